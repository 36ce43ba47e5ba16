"""`undo` of a sync: the list is made to hold what it held before, by a sync of its own."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from importer.batch.history import ensure_same_account, find_batch
from importer.batch.lists import sending
from importer.batch.lists.difference import Difference, Place, difference
from importer.batch.lists.drift import SeenList, look_at_list
from importer.batch.lists.planning import calls_line
from importer.batch.lists.state import ListState, hold_list, known_elsewhere, load_list, not_in_list
from importer.batch.planning.fingerprint import batch_id, fingerprint, token
from importer.batch.results.next_step import NOTHING, NextStep
from importer.batch.results.summary import Summary, next_lines
from importer.batch.undo import UndoOutcome, undo_held_batch
from importer.context import Job, begin_run, open_journal
from importer.errors import Exit, GateClosed
from importer.model import (
    Batch,
    Group,
    GroupState,
    ListBatch,
    ListRole,
    ListStep,
    StepKind,
    StepState,
    Tally,
)
from importer.plurals import counted, plural
from importer.sending.calls.retry import Stop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.context import Context, Progress
    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.model import GroupRecord
    from importer.settings import Settings


def undo_in_list(
    batch: Batch, member: ListBatch, settings: Settings, context: Context, progress: Progress
) -> UndoOutcome:
    """Take the newest sync of a list back, after asking; of its first batch, delete all groups.

    Raises:
        ImporterError: a later sync stands, the journal or the vendor can't be used, or the operator
            does not agree.
    """
    ensure_same_account(batch, context)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        journal.refuse_lost_batches()
        hold_list(journal, run, member.account, member.name)
        state = load_list(journal, member.account, member.name)
        own = [one for one in state.standing if one.role is not ListRole.UNDO]
        _refuse_other_than_newest(batch, member, own)
        if batch.forgotten_ms is not None:
            raise GateClosed(
                f"The phone numbers of batch {batch.id} were forgotten, so it can't be taken back."
            )
        if len(own) == 1:
            return _undo_whole_list(batch, state, journal, settings, context, progress)
        if member.role is ListRole.ADOPTED:
            return undo_held_batch(batch, journal, settings, context, progress)
        job = Job(Path(batch.file), settings, context)
        return _Undoing(journal, run, job, batch, member, progress).run()


def resume_undo(
    batch: Batch, member: ListBatch, settings: Settings, context: Context, progress: Progress
) -> Summary:
    """Finish the undo of a sync that was cut off; it has no rows, so no results are written.

    Raises:
        ImporterError: the journal or the vendor can't be used.
    """
    with open_journal(context) as journal:
        sync = journal.list_batch(member.undoes) or member
    undone = find_batch(context, member.undoes)
    outcome = undo_in_list(undone, sync, settings, context, progress)
    is_done = outcome.exit is Exit.DONE
    return Summary(
        file=Path(batch.file),
        tally=Tally(0),
        exit=outcome.exit,
        headline=outcome.lines[0],
        batch=batch.id,
        next_step=NOTHING if is_done else NextStep("finish it", f"importer undo {undone.id}"),
    )


def _undo_whole_list(
    first: Batch,
    state: ListState,
    journal: Journal,
    settings: Settings,
    context: Context,
    progress: Progress,
) -> UndoOutcome:
    """Delete all groups of a list of which only the first batch stands.

    Some may be of other batches: an undo makes a group anew that its sync had deleted.
    """
    others = dict.fromkeys(one.batch for one in state.groups if one.batch != first.id)
    deleted = 0
    for name in others:
        other = find_batch(context, name)
        outcome = undo_held_batch(other, journal, settings, context, progress, named=first.id)
        deleted += outcome.deleted
        if outcome.exit is not Exit.DONE:
            return replace(outcome, batch=first.id, deleted=deleted)
    outcome = undo_held_batch(first, journal, settings, context, progress)
    return replace(outcome, deleted=outcome.deleted + deleted)


def _refuse_other_than_newest(batch: Batch, member: ListBatch, own: Sequence[ListBatch]) -> None:
    if member.role is ListRole.UNDO:
        raise GateClosed(
            f"Batch {batch.id} took a sync of the list {member.name} back: to go forward again, "
            f"sync its file: `importer sync FILE --list {member.name}`."
        )
    if not own or own[-1].batch != batch.id:
        newest = own[-1].batch if own else ""
        first = f": first `importer undo {newest}`" if newest else ""
        raise GateClosed(
            f"Nothing was changed: only the newest sync of the list {member.name} can be taken "
            f"back{first}."
        )


@dataclass(frozen=True, slots=True)
class _Before:
    """What a list held before a sync."""

    wanted: Mapping[str, str]
    """The numbers, each with its group."""
    homes: Mapping[str, Place]
    back: int
    """How many numbers come back."""
    gone: int
    """How many leave again."""
    elsewhere: int
    """How many don't come back, because another batch has put them into a group since."""


class _Undoing:
    """One undo of one sync, with the journal open and held."""

    def __init__(
        self,
        journal: Journal,
        run: Run,
        job: Job,
        batch: Batch,
        member: ListBatch,
        progress: Progress,
    ) -> None:
        self._journal = journal
        self._run = run
        self._job = job
        self._batch = batch
        self._member = member
        self._progress = progress

    def run(self) -> UndoOutcome:
        """Go on with an undo that was cut off, or plan it, ask, and do it."""
        state = self._load()
        unfinished = state.unfinished
        if unfinished is not None and unfinished.undoes == self._batch.id:
            [begun] = [one for one in self._journal.batches() if one.id == unfinished.batch]
            return self._send(begun, planned_now=False)
        if unfinished is not None:
            stop = sending.settle_sync(self._journal, self._batch, self._job, self._progress)
            if stop is not None:
                return self._outcome(None, stop)
            state = self._load()
        plannings = self._journal.plannings(self._member.account)
        before = self._before(state)
        wanted = before.wanted.keys()
        seen = look_at_list(self._journal, state, wanted, self._job.settings, self._job.context)
        own = {one.place for one in state.groups if one.batch == self._batch.id}
        change = difference(
            before.wanted,
            seen.groups,
            size=max([self._job.settings.group_size, *_sizes(seen)]),
            homes=before.homes,
            closed=own,
        )
        for note in (*seen.notes, *_elsewhere_notes(before.elsewhere)):
            self._progress.note(note)
        self._ask(before, change)
        begun = self._record(state, before, change, seen, plannings)
        return self._send(begun, planned_now=True)

    def _before(self, state: ListState) -> _Before:
        """Work out from the calls that were done what the list held, and where."""
        place_of = {number: one.place for one in state.groups for number in one.numbers}
        own = {
            number
            for one in self._journal.groups(self._batch.id)
            if one.state is GroupState.CREATED
            for number in one.group.phones.split(",")
        }
        added, removed = set(own), dict[str, Place]()
        for step in self._journal.list_steps(self._batch.id):
            if step.state is not StepState.DONE:
                continue
            numbers = step.phones.split(",")
            if step.kind is StepKind.ADD:
                added.update(numbers)
            else:
                removed.update(dict.fromkeys(numbers, (step.group_batch, step.group_seq)))
        back = pd.Series([n for n in removed if n not in place_of], dtype="str")
        known = known_elsewhere(self._journal, not_in_list(state, back), self._member.account)
        removed = {n: place for n, place in removed.items() if n not in set(known["number"])}
        held = {n: place for n, place in place_of.items() if n not in added} | removed
        return _Before(
            wanted={number: f"{place[0]} {place[1]}" for number, place in held.items()},
            homes=held,
            back=len(removed.keys() - place_of.keys()),
            gone=len(place_of.keys() - held.keys()),
            elsewhere=len(known),
        )

    def _ask(self, before: _Before, change: Difference) -> None:
        """Ask before anything is sent.

        Raises:
            GateClosed: the operator does not agree, or nobody can be asked.
        """
        name, batch = self._member.name, self._batch
        moves = [
            counted(before.back, "number comes back", "numbers come back") if before.back else "",
            counted(before.gone, "number leaves", "numbers leave") if before.gone else "",
        ]
        what = ", ".join(filter(None, moves)) or "its numbers stay as they are"
        new = {before.homes[number] for number in change.new}
        self._progress.note(calls_line(change, len(new)))
        question = f"Bring the list {name} back to what it was before {batch.file}: {what}?"
        if not self._job.context.prompter.confirm(question):
            raise GateClosed(
                "Nothing was changed, as nobody agreed. To agree without a question: "
                f"`importer undo {batch.id} --yes`."
            )

    def _record(
        self,
        state: ListState,
        before: _Before,
        change: Difference,
        seen: SeenList,
        plannings: int,
    ) -> Batch:
        context = self._job.context
        name = batch_id(secrets.token_bytes(5))
        known_as = fingerprint(pd.Series(list(before.wanted), dtype="str"))
        batch = Batch(
            id=name,
            fingerprint=known_as,
            account=self._member.account,
            file=self._batch.file,
            created_ms=self._journal.moment_for(known_as, self._member.account, context.now_ms),
            settings=self._batch.settings,
        )
        member = ListBatch(
            name, self._member.account, state.name, ListRole.UNDO, 0, undoes=self._batch.id
        )
        steps = [
            ListStep(at, one.kind, *one.place, ",".join(one.numbers))
            for at, one in enumerate(change.updates, 1)
        ]
        groups = self._groups_again(name, before, change)
        self._journal.plan_list_batch(
            batch,
            groups,
            member,
            steps,
            corrections=seen.corrections,
            gone=seen.gone,
            seen=plannings,
        )
        self._run.take([batch.id])
        return batch

    def _groups_again(self, batch: str, before: _Before, change: Difference) -> list[Group]:
        """Return new groups for the numbers whose group is there no more, named as that was."""
        by_home = defaultdict(list)
        for number in change.new:
            by_home[before.homes[number]].append(number)
        records = {
            (one, record.group.seq): record
            for one in {home[0] for home in by_home}
            for record in self._journal.groups(one)
        }
        return [
            _group_again(batch, seq, records[home], numbers)
            for seq, (home, numbers) in enumerate(by_home.items(), 1)
        ]

    def _send(self, batch: Batch, *, planned_now: bool) -> UndoOutcome:
        sent = sending.send_sync(
            self._journal, batch, self._load, self._job, self._progress, planned_now=planned_now
        )
        if sent.stop is None and not self._left(batch):
            self._journal.end_list_batch(batch.id, self._job.context.now_ms)
        return self._outcome(batch, sent.stop)

    def _unchanged(self, batch: Batch) -> list[ListStep]:
        steps = self._journal.list_steps(batch.id)
        return [one for one in steps if one.state is not StepState.DONE]

    def _left(self, batch: Batch) -> list[ListStep | GroupRecord]:
        return [*self._unchanged(batch), *self._not_made(batch)]

    def _not_made(self, batch: Batch) -> list[GroupRecord]:
        groups = self._journal.groups(batch.id)
        return [one for one in groups if one.state in {GroupState.REFUSED, GroupState.IN_DOUBT}]

    def _outcome(self, batch: Batch | None, stop: Stop | None) -> UndoOutcome:
        left = [] if batch is None else self._left(batch)
        is_done = batch is not None and stop is None and not left
        name, undone = self._member.name, self._batch.id
        lines = [f"The list {name} is as it was before {undone}."] if is_done else []
        if stop is not None:
            lines.append(f"Stopped early: {stop}. Run the same command again to go on.")
        elif left:
            lines.append(
                f"{counted(len(left), 'group')} could not be changed back ({left[0].message})."
            )
        step = NOTHING if is_done else NextStep("finish it", f"importer undo {undone}")
        deleted = 0
        if batch is not None:
            steps = self._journal.list_steps(batch.id)
            deleted = sum(
                one.kind is StepKind.DELETE and one.state is StepState.DONE for one in steps
            )
        return UndoOutcome(
            exit=_exit(stop, is_done=is_done),
            lines=(*lines, *next_lines(step)),
            batch=undone,
            deleted=deleted,
            left=tuple(one.group_id for one in left if one.group_id),
            doubles=(),
            foreign=(),
        )

    def _load(self) -> ListState:
        return load_list(self._journal, self._member.account, self._member.name)


def _elsewhere_notes(count: int) -> list[str]:
    if not count:
        return []
    are = plural(count, "is", "are")
    return [
        f"{counted(count, 'number')} that left by this sync {are} in groups of other batches by "
        "now, and would be in two: they don't come back."
    ]


def _sizes(seen: SeenList) -> list[int]:
    return [len(one.numbers) + one.others for one in seen.groups]


def _group_again(batch: str, seq: int, record: GroupRecord, numbers: Sequence[str]) -> Group:
    remark = record.group.remark.replace(record.group.token, "", 1).strip()
    is_there = record.state is GroupState.CREATED
    return Group(
        seq=seq,
        name=f"{record.group.name} again" if is_there else record.group.name,
        country=record.group.country,
        remark=f"{token(batch, seq)} {remark}".strip(),
        phones=",".join(numbers),
        size=len(numbers),
    )


def _exit(stop: Stop | None, *, is_done: bool) -> Exit:
    if stop is Stop.INTERRUPTED:
        return Exit.INTERRUPTED
    if stop is Stop.CREDENTIALS:
        return Exit.CREDENTIALS
    return Exit.DONE if is_done else Exit.UNFINISHED
