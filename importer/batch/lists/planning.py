"""From a file's numbers to the calls of a sync: what is seen, what changes, what is shown of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from importer import report
from importer.batch.input.duplicates import ACCEPTED, accepted_numbers
from importer.batch.lists.changes import ListChanges, Removed, changes_table
from importer.batch.lists.difference import Difference, Place, difference
from importer.batch.lists.drift import look_at_list
from importer.batch.lists.outcome import groups_for
from importer.batch.lists.rails import Change, Rail, rail
from importer.batch.lists.state import known_elsewhere, not_in_list
from importer.batch.planning import plan
from importer.batch.planning.fingerprint import batch_id
from importer.batch.planning.list_in_memory import NumbersInMemory
from importer.batch.planning.list_to_plan import KnownNumbers
from importer.batch.planning.preview import preview
from importer.batch.planning.send_question import (
    known_choice,
    known_problem,
    lines_with,
    other_account_problem,
)
from importer.batch.results import line_statuses
from importer.batch.results.next_step import NextStep, sync_anew, sync_of
from importer.batch.results.summary import Summary
from importer.columns.buffers import texts_of
from importer.errors import Exit, GateClosed, SettingsError
from importer.model import Group, GroupRecord, GroupState, Known, ListStep, StepKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from importer.batch.input.normalized_file import NormalizedFile
    from importer.batch.lists.state import ListState
    from importer.context import Job, Prompter
    from importer.journal import Journal
    from importer.model import Batch

SYNC_ENDING = ".sync.xlsx"
_LEAVES = "planned"


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What a sync would do."""

    batch_id: str
    difference: Difference
    groups: Sequence[Group]
    """The new groups."""
    steps: Sequence[ListStep]
    """The calls that change groups that are there."""
    records: Sequence[GroupRecord]
    """The groups that the file's numbers are in, or would come into."""
    changes: ListChanges
    known: Sequence[Known] = ()
    """Numbers that are left out, because another batch has put them into a group."""
    corrections: Sequence[tuple[Place, tuple[str, ...]]] = ()
    """What groups hold at the vendor, where the journal says something else."""
    gone: Sequence[Place] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    """Why nothing may be sent; "" where it may."""
    adopts: str = ""
    """The batch that may be this list, so that its numbers are known."""
    opened_by: Mapping[str, Any] = field(default_factory=dict)
    """The settings that would let it be sent all the same, where any would."""


def plan_sync(
    journal: Journal, state: ListState, job: Job, normalized: NormalizedFile, name: str
) -> SyncPlan:
    """Look at the list's groups, and plan what changes so that they hold the file's numbers.

    Raises:
        ImporterError: the vendor's groups can't be listed, or a setting does not fit the file.
    """
    lines = normalized.lines
    coming = not_in_list(state, accepted_numbers(lines))
    known = known_elsewhere(journal, coming, job.context.account)
    choice = known_choice(KnownNumbers.of(known), job)
    closed = _Closed() if choice else _closed_by(known, name)
    problem = closed.problem or other_account_problem(journal, NumbersInMemory(coming), job)
    opened_by = closed.opened_by
    left_out = known if choice == "skip" else known.iloc[:0]
    taken = lines[~lines_with(lines, left_out["number"])] if len(left_out) else lines
    accepted = taken[taken["status"] == ACCEPTED]
    keys = plan.group_keys(job, normalized).loc[accepted.index]
    wanted = dict(zip(_objects(accepted["number"]), _objects(keys), strict=True))
    seen = look_at_list(journal, state, wanted.keys(), job.settings, job.context)
    change = difference(wanted, seen.groups, size=_size(journal, job))
    new_batch = batch_id(secrets.token_bytes(5))
    groups = _new_groups(journal, job, normalized, taken, change, new_batch)
    steps = _steps(state, change)
    own = [GroupRecord(one, GroupState.PLANNED) for one in groups]
    if not problem:
        problem, opened_by = plan.size_gate(len(groups), job.settings)
    return SyncPlan(
        new_batch,
        change,
        groups,
        steps,
        groups_for(state, new_batch, steps, own, texts_of(accepted["number"])),
        _changes(name, change, steps),
        list(plan.known_groups(left_out)),
        seen.corrections,
        seen.gone,
        seen.notes,
        problem,
        closed.adopts,
        opened_by,
    )


def _steps(state: ListState, change: Difference) -> list[ListStep]:
    """Return the calls that change the list's groups, by the names that these have."""
    record_of = {one.place: one.record for one in state.groups}
    return [
        ListStep(
            at,
            one.kind,
            *one.place,
            ",".join(one.numbers),
            group_id=record_of[one.place].group_id,
            group_name=record_of[one.place].group.name,
        )
        for at, one in enumerate(change.updates, 1)
    ]


def _objects(texts: pd.Series) -> list[str]:
    found: list[str] = texts.to_numpy(dtype=object).tolist()
    return found


@dataclass(frozen=True, slots=True)
class _Closed:
    """The gate of known numbers: open, or closed and what opens it."""

    problem: str = ""
    adopts: str = ""
    """The batch that may be this list."""
    opened_by: Mapping[str, Any] = field(default_factory=dict)


def _closed_by(known: pd.DataFrame, name: str) -> _Closed:
    """Return what closes the gate where numbers are in groups of other batches."""
    batches = known["batch"].unique()
    problem = (
        f"Nothing was sent: {known_problem(KnownNumbers.of(known))} If that batch is this list, "
        f"let it be: --list {name} --adopt {batches[0]}."
    )
    if len(batches) == 1:
        return _Closed(problem, adopts=str(batches[0]))
    return _Closed(problem, opened_by={"known": "skip"})


def _size(journal: Journal, job: Job) -> int:
    """Return the most numbers of a group: as the settings say, and as the account takes."""
    learned = None
    if not job.settings.any_size:
        learned = journal.learned_group_size(job.context.account)
    return min(job.settings.group_size, learned or job.settings.group_size)


def _new_groups(
    journal: Journal,
    job: Job,
    normalized: NormalizedFile,
    taken: pd.DataFrame,
    change: Difference,
    batch: str,
) -> list[Group]:
    if not change.new:
        return []
    lines = taken[taken["number"].isin(list(change.new)) & (taken["status"] == ACCEPTED)]
    return plan.make_groups(
        job,
        normalized,
        lines,
        batch,
        partial(plan.next_number, journal, job),
        size_limit=_size(journal, job),
    )


def _changes(name: str, change: Difference, steps: Sequence[ListStep]) -> ListChanges:
    gone = frozenset(change.removed)
    removed = [
        Removed(number, one.group_name, one.group_id, _LEAVES)
        for one in steps
        if one.kind is not StepKind.ADD
        for number in one.phones.split(",")
        if number in gone
    ]
    return ListChanges(name, frozenset(change.added), change.kept, tuple(removed))


def closed_rail(
    state: ListState,
    planned: SyncPlan,
    rows: int,
    max_remove: float,
    prompter: Prompter,
    *,
    is_said: bool,
) -> Rail | None:
    """Return why a change may not be made, None where it may or the operator says so."""
    # Of what is still at the vendor: a number that somebody took out there is not removed again.
    removed = len(planned.difference.removed)
    before = planned.difference.kept + removed
    change = Change(state.name, before, removed, rows, state.last_rows)
    closed = rail(change, max_remove, is_said=is_said)
    if closed is None or (closed.question and prompter.accept(closed.question)):
        return None
    return closed


def check_adoption(journal: Journal, state: ListState, batch: Batch, account: str) -> None:
    """Refuse to adopt what can't be a list's beginning.

    Raises:
        GateClosed: the list is there already, or the batch is not finished.
        SettingsError: the batch is another account's.
    """
    if batch.account != account:
        raise SettingsError(f"Batch {batch.id} is another account's, so it can't be adopted.")
    if state.standing:
        raise GateClosed(
            f"The list {state.name} is there already: sync it without --adopt, or give the batch "
            "a list of another name."
        )
    if batch.undone_ms is not None or batch.forgotten_ms is not None:
        raise GateClosed(f"Batch {batch.id} was undone or forgotten, so it can't be adopted.")
    chain = journal.chain_groups(batch.id)
    if any(one.state.is_unfinished or one.state.is_in_undo for one in chain):
        raise GateClosed(
            f"Batch {batch.id} is not finished: `importer resume {batch.id}`, then adopt it."
        )


def calls_line(change: Difference, new_groups: int) -> str:
    """Say for the terminal how many calls a change takes, and for what."""
    calls = [
        (new_groups, "to make a group"),
        (change.count(StepKind.ADD), "to add numbers to a group"),
        (change.count(StepKind.REMOVE), "to take numbers out of a group"),
        (change.count(StepKind.DELETE), "to delete a group"),
    ]
    return f"  calls: {', '.join(f'{count:,} {what}' for count, what in calls if count) or 'none'}"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a sync would do, for the operator to read before."""

    job: Job
    normalized: NormalizedFile
    planned: SyncPlan
    name: str
    max_remove: float | None = None
    """The percentage that the operator named for this very file."""

    @property
    def lines(self) -> Iterator[str]:
        """Lay it out for the terminal."""
        change = self.planned.difference
        text = preview(
            self.normalized.rows,
            self.normalized.lines,
            self.planned.groups,
            self.normalized.assumptions,
            self.job.settings.set_by_file,
        )
        yield from text[:-1]
        yield (
            f"  list {self.name}: {len(change.added):,} to add, {len(change.removed):,} to remove, "
            f"{change.kept:,} to keep"
        )
        yield calls_line(change, len(self.planned.groups))

    @property
    def statuses(self) -> pd.DataFrame:
        """Return what would become of each line."""
        return line_statuses.assign_statuses(self.normalized.lines, self.planned.records)

    def write(self) -> Path:
        """Write the workbook of changes, and return where it is.

        Raises:
            OutputError: it can't be written.
        """
        source = self.job.path.with_name(f"{self.job.list_name}.xlsx")
        out = self.job.settings.out
        target = report.target_path(source, out if out and out.is_dir() else None, SYNC_ENDING)
        cells = self.normalized.rows.cells
        table = changes_table(cells, self.normalized.lines, self.statuses, self.planned.changes)
        figures = [
            ("List", self.name),
            ("To add", f"{len(self.planned.difference.added):,}"),
            ("To remove", f"{len(self.planned.difference.removed):,}"),
            ("To keep", f"{self.planned.difference.kept:,}"),
            ("Input", self.job.path.name),
        ]
        return report.write_tables(target, figures, {"Changes": table})

    def _next_step(self, problem: str, needed: float | None, *, dry_run: bool) -> NextStep | None:
        path, name, settings = self.job.path, self.name, self.job.settings
        share = self.max_remove if needed is None else needed
        named = [] if share is None else ["--max-remove", f"{share:g}"]
        if needed is not None:
            return NextStep("if that is what you mean", sync_of(path, name, *named))
        if dry_run and not problem:
            again = sync_of(path, name, *named)
            return NextStep("if the changes are as they should be", again)
        if self.planned.adopts:
            adopt = ("--adopt", self.planned.adopts)
            again = sync_anew(path, name, settings, *adopt, changes={})
            return NextStep("if that batch is this list", again)
        if changes := self.planned.opened_by:
            again = sync_anew(path, name, settings, changes=changes)
            return NextStep("if that is what you mean", again)
        return None

    def summary(
        self, problem: str, workbook: Path, needed: float | None = None, *, dry_run: bool = False
    ) -> Summary:
        """Sum up what was not sent: for a `problem`, or because nothing but this was asked for.

        `needed` is the percentage that may be removed which would open the rail.
        """
        statuses = self.statuses
        tally = line_statuses.tally(statuses, self.planned.records)
        said = problem or "A dry run: nothing was sent."
        step = self._next_step(problem, needed, dry_run=dry_run)
        return Summary(
            file=self.job.path,
            tally=tally,
            exit=Exit.GATE if problem else Exit.DONE,
            headline=said,
            results=workbook,
            notes=self.planned.notes,
            next_step=None if self.job.context.in_night else step,
        )
