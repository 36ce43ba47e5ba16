"""The calls of a sync: what comes into the list first, then what leaves it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from importer.batch.send import SendingNotes, SendOutcome, account_at, send, terms_of
from importer.model import GroupState, StepKind, StepState, StepTransition
from importer.sending.calls.retry import Stop
from importer.sending.session import update_list

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from importer.batch.lists.state import ListState
    from importer.context import Job, Progress
    from importer.journal import Journal
    from importer.model import Batch, ListStep

COMING = (StepKind.ADD,)
LEAVING = (StepKind.REMOVE, StepKind.DELETE)
_SPARED = "left in its group: it could not be put into another one"


def send_sync(
    journal: Journal,
    batch: Batch,
    load: Callable[[], ListState],
    job: Job,
    progress: Progress,
    *,
    planned_now: bool,
) -> SendOutcome:
    """Make a sync's new groups, add numbers to others, and only then remove what left the list.

    `load` gives the list as it is in the journal at that moment. `planned_now` says whether this
    run has planned the sync.

    Raises:
        JournalError: the journal can't be read or written.
    """
    journal.settle_interrupted_steps(batch.id)
    made = send(journal, batch, job, progress, planned_now=planned_now)
    if made.stop is not None:
        return made
    added = update(journal, batch.id, COMING, job, progress)
    notes = (*made.notes, *added.notes)
    if added.stop is not None or not _all_came(journal, batch.id):
        return SendOutcome(added.stop or Stop.UNCLEAR, notes)
    _spare(journal, batch.id, load())
    removed = update(journal, batch.id, LEAVING, job, progress)
    return SendOutcome(removed.stop, (*notes, *removed.notes))


def settle_sync(journal: Journal, batch: Batch, job: Job, progress: Progress) -> Stop | None:
    """Find out what was done of a sync that another file takes the place of, and send no more.

    Return why that can't be told yet, None where it is known.

    Raises:
        JournalError: the journal can't be read or written.
    """
    journal.settle_interrupted(batch.id)
    journal.settle_interrupted_steps(batch.id)
    journal.give_up_list_batch(batch.id)
    if any(one.state is GroupState.IN_DOUBT for one in journal.groups(batch.id)):
        made = send(journal, batch, job, progress, planned_now=True, settle_only=True)
        if made.stop not in {None, Stop.TRIAL}:
            return made.stop
    settled = update(journal, batch.id, (*COMING, *LEAVING), job, progress, settle_only=True)
    journal.give_up_list_batch(batch.id)
    return settled.stop


def update(
    journal: Journal,
    batch: str,
    kinds: Collection[StepKind],
    job: Job,
    progress: Progress,
    *,
    settle_only: bool = False,
) -> SendOutcome:
    """Make the calls of these kinds, under the eyes of the operator."""
    steps = [one for one in journal.list_steps(batch) if one.kind in kinds]
    left = [one for one in steps if one.state.is_open]
    # Of calls that a run made which was cut off, nobody has looked yet whether they are done.
    if not left and not any(one.state is StepState.DONE for one in steps):
        return SendOutcome(None, ())
    with progress.stage("Updating", len(left), "group") as advance:
        notes = SendingNotes(progress, advance)
        stop = asyncio.run(
            _call(journal, batch, kinds, job, notes, lambda: advance(1), settle_only=settle_only)
        )
    return SendOutcome(stop, tuple(notes.notes))


async def _call(
    journal: Journal,
    batch: str,
    kinds: Collection[StepKind],
    job: Job,
    notes: SendingNotes,
    done: Callable[[], None],
    *,
    settle_only: bool,
) -> Stop | None:
    terms = terms_of(job.settings, job.context, journal)
    async with account_at(job.settings, job.context) as account:
        return await update_list(
            batch, journal, account, terms, kinds, notes, done, settle_only=settle_only
        )


def _all_came(journal: Journal, batch: str) -> bool:
    """Whether it is certain of each number that comes whether it came."""
    steps = journal.list_steps(batch)
    open_steps = any(one.state.is_open and one.kind in COMING for one in steps)
    return not open_steps and not any(one.state.is_unfinished for one in journal.groups(batch))


def _spare(journal: Journal, batch: str, state: ListState) -> None:
    """Leave numbers where they are that were to move and that no other group took.

    A list always keeps a group: the last one is not deleted.
    """
    steps = journal.list_steps(batch)
    leaving = [one for one in steps if one.kind in LEAVING and one.state is StepState.PLANNED]
    refused = _refused_numbers(journal, batch, steps)
    for one in leaving:
        staying = [number for number in one.phones.split(",") if number in refused]
        going = [number for number in one.phones.split(",") if number not in refused]
        if not staying:
            continue
        if going and one.kind is StepKind.REMOVE:
            journal.cut_list_step(
                batch, one.step, [(",".join(staying), StepState.GIVEN_UP)], ",".join(going)
            )
        else:
            _give_up(journal, batch, one)
    deleted = {(one.group_batch, one.group_seq) for one in leaving if one.kind is StepKind.DELETE}
    if all(one.place in deleted for one in state.groups):
        for one in leaving:
            if one.kind is StepKind.DELETE and not refused.intersection(one.phones.split(",")):
                _give_up(journal, batch, one)


def _give_up(journal: Journal, batch: str, step: ListStep) -> None:
    given_up = StepTransition(
        batch,
        step.step,
        StepState.PLANNED,
        StepState.GIVEN_UP,
        message=_SPARED,
        attempt=step.attempts,
    )
    journal.take_list_steps([given_up])


def _refused_numbers(journal: Journal, batch: str, steps: Collection[ListStep]) -> frozenset[str]:
    """Return the numbers that the vendor took into no group."""
    calls = [
        one.phones for one in steps if one.kind is StepKind.ADD and one.state is not StepState.DONE
    ]
    groups = [one.group.phones for one in journal.groups(batch) if one.state is GroupState.REFUSED]
    return frozenset(number for phones in (*calls, *groups) for number in phones.split(","))
