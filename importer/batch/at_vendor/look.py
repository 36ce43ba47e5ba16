"""A look at all groups of the account, and at what the journal knows of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.batch.at_vendor.comparing import Comparison, compare
from importer.batch.send import account_at, terms_of
from importer.batch.vendor_silent import explained
from importer.context import open_journal
from importer.sending.listing.lister import ListingError
from importer.sending.listing.settling import shown_delay
from importer.sending.session import list_all

if TYPE_CHECKING:
    from importer.context import Context
    from importer.journal import Journal
    from importer.sending.listing.lister import Snapshot
    from importer.settings import Settings


def look_at_vendor(settings: Settings, context: Context) -> Comparison:
    """Return all groups at the vendor beside those of the account's batches.

    Nothing is changed, and nobody is kept from working meanwhile: the listing is read first, so
    that a group made since is young and not gone.

    Raises:
        ImporterError: the journal can't be read, or the vendor's groups can't be listed.
    """
    with open_journal(context) as journal:
        try:
            snapshot, begun_ms = asyncio.run(_list(journal, settings, context))
        except ListingError as error:
            raise explained(error) from error
        lists = journal.list_names()
        batches = [(one, journal.groups(one.id)) for one in journal.batches(context.account)]
    made = {
        record.group_id: min(record.created_ms or 0, record.sent_ms or 0)
        for _, records in batches
        for record in records
        if record.group_id and record.state.is_at_vendor
    }
    delay = shown_delay(made, snapshot.ids, begun_ms, settings.listing_delay)
    found = compare(
        snapshot.groups,
        batches,
        young_from_ms=begun_ms - int(delay * 1000),
        problem=snapshot.problem,
    )
    named = (replace(one, list_name=lists.get(one.batch, "")) for one in found.groups)
    return replace(found, groups=tuple(named))


async def _list(journal: Journal, settings: Settings, context: Context) -> tuple[Snapshot, int]:
    async with account_at(settings, context) as account:
        return await list_all(account, terms_of(settings, context, journal))
