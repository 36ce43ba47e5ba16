"""A look at a list's groups before they are changed: what somebody else has done to them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.batch.lists.difference import Members, Place
from importer.batch.send import account_at, terms_of
from importer.batch.vendor_silent import VendorSilent, explained
from importer.plurals import counted, plural
from importer.sending.listing.lister import ListingError
from importer.sending.listing.settling import UNPROVED_DELAY, shows_numbers
from importer.sending.session import list_all

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from importer.batch.lists.state import ListGroup, ListState
    from importer.context import Context
    from importer.journal import Journal
    from importer.sending.listing.lister import Snapshot
    from importer.sending.listing.pages import Listed
    from importer.settings import Settings


LONGEST_COUNTRY_CODE = 3
"""Digits of a country calling code at most (ITU-T E.164)."""


@dataclass(frozen=True, slots=True)
class SeenList:
    """A list's groups as they are at the vendor."""

    groups: tuple[Members, ...]
    corrections: tuple[tuple[Place, tuple[str, ...]], ...] = ()
    """The groups of which the journal says something else, with what they hold."""
    gone: tuple[Place, ...] = ()
    """Groups that an operator deleted at the vendor, and said so."""
    notes: tuple[str, ...] = ()


def look_at_list(
    journal: Journal,
    state: ListState,
    wanted: Collection[str],
    settings: Settings,
    context: Context,
) -> SeenList:
    """Return the groups of a list as the vendor has them; nothing is changed.

    Raises:
        ImporterError: the vendor's groups can't be listed, or one of the list's is not among them.
    """
    if not state.groups:
        return SeenList(())
    ids = {one.record.group_id for one in state.groups}
    try:
        snapshot, now_ms = asyncio.run(_list(ids, journal, settings, context))
    except ListingError as error:
        raise explained(error) from error
    changed_ms = journal.last_changed_ms(context.account)
    made = journal.created_at(state.groups[0].batch)
    listed = {one.group_id: one for one in snapshot.groups}
    gone = [
        one.place
        for one in state.groups
        if one.record.group_id not in made and one.record.group_id not in listed
    ]
    there = [one for one in state.groups if one.place not in gone]
    shown_after = max(UNPROVED_DELAY, settings.listing_delay)
    young = {
        one.place
        for one in there
        if max(changed_ms.get(one.place, 0), one.record.created_ms or 0)
        > now_ms - int(shown_after * 1000)
    }
    _refuse_unlisted(there, listed, young, snapshot)
    return _compare(there, listed, young, wanted, gone)


async def _list(
    ids: Collection[str], journal: Journal, settings: Settings, context: Context
) -> tuple[Snapshot, int]:
    async with account_at(settings, context) as account:
        terms = terms_of(settings, context, journal)
        return await list_all(account, terms, lambda one: one.group_id in ids)


def _refuse_unlisted(
    groups: Sequence[ListGroup],
    listed: Mapping[str, Listed],
    young: Collection[Place],
    snapshot: Snapshot,
) -> None:
    """Refuse to change a list of which a group is not to be seen.

    Raises:
        VendorSilent: one is not listed, or without its numbers.
    """
    for one in groups:
        record = one.record
        if record.group_id not in listed and one.place not in young:
            why = f" ({snapshot.problem})" if snapshot.problem else ""
            raise VendorSilent(
                f"Group {record.group.name} ({record.group_id}) of this list is not listed at the "
                f"vendor{why}, so nothing was sent: `importer verify` shows what differs. If it "
                "was deleted there, say so: "
                f"`importer settle {one.batch} --deleted {record.group_id}`."
            )
        shown = listed.get(record.group_id)
        if shown is not None and not _can_be_read(shown, one.numbers):
            raise VendorSilent(
                f"The vendor lists group {record.group.name} ({record.group_id}) without numbers "
                "that can be read, so it can't be told what a change has done: nothing was sent."
            )


def _can_be_read(shown: Listed, numbers: Collection[str]) -> bool:
    """Whether a group is listed with numbers in the form that they were sent in.

    A listing that leaves country codes out would make all of them look taken out by somebody.
    """
    if not shows_numbers(shown):
        return False
    if not shown.phones.isdisjoint(numbers):
        return True
    tails = {one[cut:] for one in numbers for cut in range(1, LONGEST_COUNTRY_CODE + 1)}
    return shown.phones.isdisjoint(tails)


def _compare(
    groups: Sequence[ListGroup],
    listed: Mapping[str, Listed],
    young: Collection[Place],
    wanted: Collection[str],
    gone: Sequence[Place],
) -> SeenList:
    """Compare each group with what is listed; what was changed a moment ago is as recorded."""
    seen, corrections = [], []
    lost = taken = others = 0
    for one in groups:
        shown = listed.get(one.record.group_id)
        if shown is None:
            seen.append(one.members)
            continue
        strange = shown.phones.difference(one.numbers)
        if one.place in young:
            seen.append(Members(one.place, one.numbers, len(strange)))
            others += len(strange)
            continue
        kept = [number for number in one.numbers if number in shown.phones]
        ours = sorted(strange.intersection(wanted))
        numbers = (*kept, *ours)
        seen.append(Members(one.place, numbers, len(strange) - len(ours)))
        lost += len(one.numbers) - len(kept)
        taken += len(ours)
        others += len(strange) - len(ours)
        if numbers != one.numbers:
            corrections.append((one.place, numbers))
    notes = _notes(lost, taken, others, len(gone))
    return SeenList(tuple(seen), tuple(corrections), tuple(gone), tuple(notes))


def _notes(lost: int, taken: int, others: int, gone: int) -> list[str]:
    notes = []
    if gone:
        notes.append(
            f"{counted(gone, 'group')} of the list {plural(gone, 'was', 'were')} deleted at the "
            "vendor, as you said: its numbers go into groups anew where the file has them."
        )
    if lost:
        notes.append(
            f"Somebody took {counted(lost, 'number')} out of the list's groups at the vendor: they "
            "are added again where the file has them."
        )
    if taken:
        notes.append(
            f"Somebody put {counted(taken, 'number')} of the file into the list's groups at the "
            "vendor: from now on they are kept in step as well."
        )
    if others:
        notes.append(
            f"The list's groups hold {counted(others, 'number')} that somebody else put there: "
            "they are left alone."
        )
    return notes
