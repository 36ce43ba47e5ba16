"""`undo`: list, show, ask, and delete exactly the groups that a batch created."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.batch.history import ensure_same_account
from importer.batch.results.next_step import NOTHING, NextStep
from importer.batch.results.summary import next_lines
from importer.batch.send import SendingNotes, account_at, terms_of
from importer.batch.vendor_silent import explained
from importer.context import begin_run, open_journal
from importer.errors import Exit, GateClosed, LeftAtQuestion
from importer.model import GroupState, Transition
from importer.plurals import counted, plural
from importer.sending.calls.retry import Stop
from importer.sending.listing.lister import ListingError
from importer.sending.session import DeletionResult, delete_batch, find_batch_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.context import Context, Progress
    from importer.journal import Journal
    from importer.model import Batch, GroupRecord
    from importer.sending.deletion import FoundGroups
    from importer.settings import Settings

SHOWN = 20
"""How many groups are listed before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class UndoOutcome:
    """How an undo ended."""

    exit: Exit
    lines: tuple[str, ...]
    batch: str
    deleted: int
    left: tuple[str, ...]
    """The groupIds that are still there."""
    doubles: tuple[str, ...]
    """The groupIds that the vendor had made twice, deleted as well."""
    foreign: tuple[str, ...]
    """The groupIds without the batch's mark, which were left alone."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `importer undo --json` prints."""
        return {
            "batch": self.batch,
            "deleted": self.deleted,
            "left": list(self.left),
            "doubles": list(self.doubles),
            "foreign": list(self.foreign),
            "exit": int(self.exit),
        }


def undo_batch(
    batch: Batch, settings: Settings, context: Context, progress: Progress
) -> UndoOutcome:
    """Delete the groups of a batch of no list, after asking.

    Cut off, it goes on when it is called again.

    Raises:
        ImporterError: the journal or the vendor can't be used, the batch is in doubt, or the
            operator does not agree.
    """
    ensure_same_account(batch, context)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        run.take([batch.id])
        journal.refuse_lost_batches()
        member = journal.list_batch(batch.id)
        if member is not None:  # A sync that was waited for has adopted it.
            raise GateClosed(
                f"Nothing was deleted: batch {batch.id} belongs to the list {member.name} since a "
                "moment ago. To take it back all the same, run the same command again."
            )
        return undo_held_batch(batch, journal, settings, context, progress)


def undo_held_batch(
    batch: Batch,
    journal: Journal,
    settings: Settings,
    context: Context,
    progress: Progress,
    *,
    named: str = "",
) -> UndoOutcome:
    """Delete the groups of a batch that this run holds, after asking.

    `named` is the batch that the operator has named, where it is not this one.

    Raises:
        ImporterError: see `undo_batch`.
    """
    journal.settle_interrupted(batch.id)
    _refuse_doubt(batch, journal.group_facts(batch.id))
    try:
        found = asyncio.run(_look(batch, journal, settings, context))
        if (found.own or found.unlisted or found.doubles) and not context.prompter.confirm(
            _question(batch, found, progress)
        ):
            raise GateClosed(
                "Nothing was deleted, as nobody agreed. To agree without a question: "
                f"`importer undo {named or batch.id} --yes`."
            )
        count = len(found.own) + len(found.unlisted)
        with progress.stage("Deleting", count, "group") as advance:
            result = asyncio.run(
                _delete(batch, journal, settings, context, SendingNotes(progress, advance))
            )
    except ListingError as error:
        raise explained(error) from error
    left = _existing(journal.group_facts(batch.id))
    if _are_gone_by_word(found, left, result, context):
        journal.apply([_deleted_by_word(batch, one, context) for one in left])
        left = []
    if not left:
        journal.mark_undone(batch.id, context.now_ms)
    return _outcome(batch, found, left, result, named or batch.id)


def _are_gone_by_word(
    found: FoundGroups, left: Sequence[GroupRecord], result: DeletionResult, context: Context
) -> bool:
    """Ask about groups that the vendor neither lists nor deletes; --yes is no answer to that."""
    unlisted = {one.group.seq for one in found.unlisted}
    if not left or not {one.group.seq for one in left} <= unlisted or result.stop is not None:
        return False
    them = plural(len(left), "it", "them")
    try:
        return context.prompter.accept(
            f"The vendor does not list {_groups(len(left))}, and refused to delete {them}. If you "
            f"know that {plural(len(left), 'it is', 'they are')} gone, record {them} as deleted?"
        )
    except LeftAtQuestion as error:
        raise LeftAtQuestion(
            "You left at the question, so those groups count as still there: what was deleted "
            "before is recorded, and the same command asks again."
        ) from error


def _deleted_by_word(batch: Batch, one: GroupRecord, context: Context) -> Transition:
    return Transition(
        batch=batch.id,
        seq=one.group.seq,
        leaves=one.state,
        enters=GroupState.DELETED,
        at_ms=context.now_ms,
        message="gone from the vendor, on the operator's word",
        group_id=one.group_id,
        attempt=one.attempts,
    )


async def _look(
    batch: Batch, journal: Journal, settings: Settings, context: Context
) -> FoundGroups:
    async with account_at(settings, context) as account:
        terms = terms_of(settings, context, journal)
        return await find_batch_groups(batch.id, journal, account, terms)


async def _delete(
    batch: Batch,
    journal: Journal,
    settings: Settings,
    context: Context,
    shown: SendingNotes,
) -> DeletionResult:
    async with account_at(settings, context) as account:
        terms = terms_of(settings, context, journal)
        return await delete_batch(batch.id, journal, account, terms, shown.group_deleted, shown)


def _refuse_doubt(batch: Batch, groups: Sequence[GroupRecord]) -> None:
    doubtful = sum(one.state is GroupState.IN_DOUBT for one in groups)
    if doubtful:
        raise GateClosed(
            f"Batch {batch.id} has {_groups(doubtful)} in doubt, which may exist: run "
            f"`importer resume {batch.id}` first."
        )


def _question(batch: Batch, found: FoundGroups, progress: Progress) -> str:
    """Show what would be deleted, and ask."""
    for one in found.own[:SHOWN]:
        numbers = counted(one.group.size, "number")
        progress.note(f"  {one.group.name}  {one.group_id}  {numbers}")
    if len(found.own) > SHOWN:
        progress.note(f"  and {len(found.own) - SHOWN:,} more")
    if found.unlisted:
        progress.note(f"  {_groups(len(found.unlisted))} that the vendor does not list")
    if found.doubles:
        names = ", ".join(one.group_id for one in found.doubles[:SHOWN])
        progress.note(f"  {_groups(len(found.doubles))} made twice: {names}")
    count = len(found.own) + len(found.unlisted) + len(found.doubles)
    return f"Delete {_groups(count)} of batch {batch.id} ({batch.file})?"


def _groups(count: int) -> str:
    return counted(count, "group")


def _existing(groups: Sequence[GroupRecord]) -> list[GroupRecord]:
    return [one for one in groups if one.state.is_at_vendor]


def _outcome(
    batch: Batch,
    found: FoundGroups,
    left: Sequence[GroupRecord],
    result: DeletionResult,
    named: str,
) -> UndoOutcome:
    stay = {one.group.seq for one in left}
    deleted = sum(one.group.seq not in stay for one in (*found.own, *found.unlisted))
    first = f"{_groups(deleted)} of batch {batch.id} deleted."
    if not deleted:
        first = f"No group of batch {batch.id} was deleted."
    if not (deleted or left):
        first = f"Batch {batch.id} has no group at the vendor: there was nothing to delete."
    step = NextStep("finish it", f"importer undo {named}") if left else NOTHING
    return UndoOutcome(
        exit=_exit(left, result),
        lines=(first, *_other_lines(found, left, result, named), *next_lines(step)),
        batch=batch.id,
        deleted=deleted,
        left=tuple(one.group_id for one in left),
        doubles=tuple(result.doubles),
        foreign=tuple(one.group_id for one in found.foreign),
    )


def _other_lines(
    found: FoundGroups, left: Sequence[GroupRecord], result: DeletionResult, named: str
) -> Iterator[str]:
    """Say what became of groups that are not among those that were to be deleted, or stay."""
    if result.doubles:
        yield (
            f"{_groups(len(result.doubles))} that the vendor had made twice deleted as well: "
            f"{_names(result.doubles)}."
        )
    if found.foreign:
        names = _names([one.group_id for one in found.foreign])
        yield (
            f"{_groups(len(found.foreign))} without the batch's mark at the vendor, left alone: "
            f"{names}."
        )
    refused = [one.group_id for one in left if one.group_id in result.refused]
    if refused:
        yield (
            f"The vendor refused to delete {_groups(len(refused))} ({result.refused[refused[0]]}), "
            f"so they count as still there: {_names(refused)}. Ask the vendor, then run "
            f"`importer undo {named}` again."
        )
    if result.stop is not None:
        yield f"Stopped early: {result.stop}. Run the same command again to go on."


def _names(group_ids: Sequence[str]) -> str:
    return ", ".join(group_ids[:SHOWN]) + (", …" if len(group_ids) > SHOWN else "")


def _exit(left: Sequence[GroupRecord], result: DeletionResult) -> Exit:
    if result.stop is Stop.INTERRUPTED:
        return Exit.INTERRUPTED
    if result.stop is Stop.CREDENTIALS:
        return Exit.CREDENTIALS
    return Exit.UNFINISHED if left or result.doubles or result.stop else Exit.DONE
