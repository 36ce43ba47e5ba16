"""Send a batch: the account to call, the pace, the progress that the operator sees.

This is apart from the pipeline, as only runs call: a check does not load the network libraries.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from importer.api.client import Account
from importer.batch.planning import grouping
from importer.masking import masked
from importer.model import GroupState
from importer.moments import zone_of
from importer.plurals import counted, plural
from importer.sending.session import SendResult, Terms, send_batch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence

    from importer.context import Context, Job, Progress
    from importer.journal import Journal
    from importer.model import Batch, GroupRecord, Transition
    from importer.sending.calls.retry import Stop
    from importer.settings import Settings


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """How sending ended: what stopped it early, if anything did, and notes for the summary."""

    stop: Stop | None
    notes: tuple[str, ...]


def send(
    journal: Journal,
    batch: Batch,
    job: Job,
    progress: Progress,
    *,
    planned_now: bool,
    refused: bool = False,
    settle_only: bool = False,
) -> SendOutcome:
    """Send what is planned of a batch and settle what is in doubt.

    The batch that this one corrects is finished first. `planned_now` says whether
    this run has planned the batch: of any other, a copy of the journal may have sent groups.
    `refused` sends those groups once more that the vendor refused, after a look, but for those with
    a number that another batch has put into a group since. With `settle_only` nothing is sent.

    Raises:
        JournalError: the journal can't be read or written.
    """
    ending = SendResult(None, None)
    notes: list[str] = []
    for one in journal.correction_chain(batch.id):
        journal.settle_interrupted(one)
        groups = journal.group_facts(one)
        if any(group.state.is_in_undo for group in groups):
            notes.append(_undone_note(one, journal))
            continue
        if journal.is_undone(one):
            continue
        again = _refused_groups(one, groups, journal, job) if refused else _RefusedGroups()
        notes += again.notes
        unfinished = sum(
            group.state.is_unfinished or group.group.seq in again.places for group in groups
        )
        if not unfinished:
            continue
        with progress.stage("Sending", unfinished, "group") as advance:
            sending = SendingNotes(progress, advance)
            calls = _call(
                journal,
                one,
                job,
                sending,
                look_first=not planned_now or one != batch.id,
                refused=again.places,
                most_groups=0 if settle_only else job.settings.limit_groups or None,
            )
            ending = asyncio.run(calls)
        notes += [*sending.notes, *_learn(journal, job, ending)]
        if ending.stop is not None:
            break
    return SendOutcome(ending.stop, (*notes, *_note_of_pace(ending)))


def _note_of_pace(ending: SendResult) -> Iterator[str]:
    if ending.learned_rate is not None:
        yield (
            f"The server refused calls for their rate: the pace fell to {ending.learned_rate:.3g} "
            "a second, and the next run begins there."
        )


@dataclass(frozen=True, slots=True)
class _RefusedGroups:
    """Which of a batch's refused groups may be sent once more, and what to say of the others."""

    places: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()


def _refused_groups(
    batch: str, groups: Sequence[GroupRecord], journal: Journal, job: Job
) -> _RefusedGroups:
    """Leave out the groups with a number that is in another group by now: it would be in two."""
    refused_places = [one.group.seq for one in groups if one.state is GroupState.REFUSED]
    refused = [one.group for one in journal.groups_at(batch, refused_places)]
    numbers = [number for one in refused for number in one.phones.split(",")]
    known = journal.known_among(pd.Series(numbers, dtype="str"), job.context.account, but="")
    elsewhere = frozenset(known["number"])
    left = [one for one in refused if not elsewhere.isdisjoint(one.phones.split(","))]
    places = frozenset(one.seq for one in refused) - {one.seq for one in left}
    if not left:
        return _RefusedGroups(places)
    batches = ", ".join(known["batch"].unique()[:3])
    left_out = f"{counted(len(left), 'refused group')} {plural(len(left), 'was', 'were')}"
    are = plural(len(elsewhere), "of the numbers is", "of the numbers are")
    note = (
        f"{left_out} not sent again: {len(elsewhere):,} {are} in groups of other batches by now "
        f"({batches}). Where other numbers of theirs are to be sent, make a list of those that are "
        "refused, and run it with --known skip."
    )
    return _RefusedGroups(places, (note,))


def _learn(journal: Journal, job: Job, ending: SendResult) -> tuple[str, ...]:
    """Remember the pace and the most numbers of a group that this run has learned.

    Return what to say of the numbers.
    """
    account = job.context.account
    journal.learn_rate(account, ending.learned_rate)
    size, before = ending.size_limit, journal.learned_group_size(account)
    if before is not None and ending.largest_made > before:
        journal.learn_group_size(account, size)
        if size is None:
            return (f"The vendor took groups of more than {before:,} numbers again.",)
    if size is None or size == before:
        return ()
    journal.learn_group_size(account, size)
    return (
        f"The vendor refused larger groups, and took their halves of {size:,} numbers: this "
        f"account's groups are made of at most {size:,} numbers from now on (--any-size tries "
        "larger ones again).",
    )


def _undone_note(batch: str, journal: Journal) -> str:
    if journal.is_undone(batch):
        return f"Batch {batch} was undone: only a run of its own list makes its groups anew."
    return (
        f"An undo of batch {batch} has begun, so nothing more is sent of it: `importer undo "
        f"{batch}` finishes that, then its list can be run anew."
    )


async def _call(
    journal: Journal,
    batch: str,
    job: Job,
    sending: SendingNotes,
    *,
    look_first: bool,
    refused: Collection[int],
    most_groups: int | None,
) -> SendResult:
    terms = replace(terms_of(job.settings, job.context, journal), most_groups=most_groups)
    async with account_at(job.settings, job.context) as account:
        return await send_batch(
            batch,
            _RecordingJournal(journal, sending.progress),
            account,
            terms,
            partial(grouping.halve, batch),
            sending,
            look_first=look_first,
            refused=refused,
        )


def terms_of(settings: Settings, context: Context, journal: Journal) -> Terms:
    """Give the terms to call on, as the settings and earlier runs have them."""
    who = context.credentials
    learned = journal.learned_rate(context.account)
    return Terms(
        rate=settings.rate,
        concurrency=settings.concurrency,
        timeout=settings.timeout,
        use_proxy=who is not None and not who.on_loopback,
        learned_rate=learned,
        open_pace=partial(context.store.open_pace, context.account, learned),
        size_limit=None if settings.any_size else journal.learned_group_size(context.account),
        listing_delay=settings.listing_delay,
        budget=context.budget,
    )


@asynccontextmanager
async def account_at(settings: Settings, context: Context) -> AsyncIterator[Account]:
    """Give the account to call with: the operator's, or one at a sandbox that lives as long."""
    who = context.credentials
    if who is not None:
        yield Account(who.url, who.access_key, who.secret, settings.sign_algorithm)
        return
    from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, Sandbox, serve

    async with serve(Sandbox()) as url:
        yield Account(url, ACCESS_KEY, ACCESS_SECRET, settings.sign_algorithm)


class _RecordingJournal:
    """The journal as sending needs it; reports each step once it is on disk."""

    def __init__(self, journal: Journal, progress: Progress) -> None:
        self.group_facts = journal.group_facts
        self.groups_at = journal.groups_at
        self.owned_groups = journal.owned_groups
        self.known_group_ids = journal.known_group_ids
        self.created_at = journal.created_at
        self.decisions = journal.decisions
        self.not_made_before = journal.not_made_before
        self._journal = journal
        self._progress = progress

    def apply(self, transitions: Sequence[Transition]) -> None:
        """Record steps, then report them."""
        self._journal.apply(transitions)
        self._progress.steps(transitions)


class SendingNotes:
    """Shows the operator how sending, or deleting, goes on."""

    def __init__(self, progress: Progress, advance: Callable[[int], None]) -> None:
        self.progress = progress
        self._advance = advance
        self.notes: list[str] = []
        """What the summary tells as well."""
        self._not_understood: set[str] = set()
        self._countdown: asyncio.Task[None] | None = None

    def group_finished(self, state: GroupState) -> None:
        """Count groups whose end is certain."""
        if state in {GroupState.CREATED, GroupState.REFUSED}:
            self._advance(1)

    def group_deleted(self) -> None:
        """Count a group that is deleted."""
        self._advance(1)

    def waiting(self, seconds: float, why: str) -> None:
        """Say that nobody calls for a while, and why; what ends a run is for the summary."""
        if not seconds:
            self.notes.append(f"{why[:1].upper()}{why[1:]}.")
            return
        end = datetime.now().astimezone() + timedelta(seconds=seconds)
        until = f"{end:%H:%M:%S} {zone_of(end)}"
        self.progress.note(f"Waiting {seconds:.0f} s, until {until}: {why}.")
        self._count_down(round(seconds))

    def stopping(self, calls: int, seconds: float) -> None:
        """Answer an interrupt at once."""
        self._end_countdown()
        begun = (
            f"Stopping: finishing {counted(calls, 'call')}, at most {seconds:.0f} s"
            if calls
            else "Stopping: nothing more is sent, and what was done is being written down"
        )
        # A log was stopped by a service or a script, which presses no keys.
        leave = "." if self.progress.is_log else "; press Ctrl+C again to leave now."
        self.progress.note(begun + leave)

    def not_understood(self, answer: str) -> None:
        """Put an answer that was not understood into the log, once for each form."""
        if answer not in self._not_understood:
            self._not_understood.add(answer)
            self.progress.note(f"An answer of the vendor was not understood: {masked(answer)}")

    def _count_down(self, seconds: int) -> None:
        """Show how much is left of a wait; a newer one takes its place."""
        self._end_countdown()
        loop = asyncio.get_running_loop()
        self._countdown = loop.create_task(self._show_what_is_left(seconds))

    async def _show_what_is_left(self, seconds: int) -> None:
        for left in range(seconds, 0, -1):
            self.progress.waiting(left)
            await asyncio.sleep(1)
        self.progress.waiting(0)

    def _end_countdown(self) -> None:
        if self._countdown is not None:
            self._countdown.cancel()
            self.progress.waiting(0)
