"""The results of a batch or of a check: its lines and groups joined, summed up, and written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from importer import report
from importer.batch.input.normalized_file import NormalizedFile
from importer.batch.planned_settings import as_planned
from importer.batch.results import line_statuses, next_step
from importer.batch.results import summary as words
from importer.batch.results.results_writer import ResultsToWrite, target_of, write_file
from importer.batch.results.summary import Summary
from importer.errors import Exit, SettingsError
from importer.model import Batch, ForgottenCounts, GroupRecord, GroupState, Rows, Source
from importer.plurals import counted, plural
from importer.results_columns import (
    CHECK_ENDING,
    FORGOTTEN_ENDING,
    RESULTS_ENDING,
)
from importer.sending.calls.retry import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from importer.batch.lists.changes import ListChanges
    from importer.batch.results.next_step import NextStep
    from importer.context import Job
    from importer.model import Group, Tally


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What the journal says of a batch when a run is over."""

    batch: Batch
    groups: Sequence[GroupRecord]
    skipped: pd.DataFrame
    stop: Stop | None = None
    notes: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    """Those of the skipped numbers whose group of an earlier batch is not there."""
    before: int | None = None
    """How many numbers were in groups when the run began; None where nothing was run."""
    changes: ListChanges | None = None
    """What it changes in a list that is kept in step; None for any other batch."""
    list_name: str = ""
    """The list that it belongs to; "" for none."""

    @property
    def doubles(self) -> tuple[str, ...]:
        """The groupIds of what the vendor made a second time."""
        return tuple(double for one in self.groups for double in one.doubles)

    @property
    def hidden(self) -> list[str]:
        """The names of groups that may be at the vendor twice, which no listing shows."""
        return [one.group.name for one in self.groups if one.may_be_twice]

    @property
    def to_remove(self) -> int:
        """How many numbers are still to be removed from the list that it belongs to."""
        return 0 if self.changes is None else self.changes.left

    @property
    def is_undone(self) -> bool:
        """Whether an undo deleted the groups of the whole batch."""
        return self.batch.undone_ms is not None

    @property
    def deleted(self) -> int:
        """Numbers of groups that an undo deleted of a batch which this one corrects, or began to.

        0 where the batch itself is undone.
        """
        if self.is_undone:
            return 0
        return sum(one.group.size for one in self.groups if one.state is GroupState.DELETED)


def check_results_place(job: Job) -> None:
    """Make sure before anything is sent that the results of a job can be written.

    Raises:
        OutputError: they can't be written where they would go.
    """
    report.check_target(target_of(job, RESULTS_ENDING))


def results_folder(job: Job) -> Path:
    """Return the folder that the results of a job go to."""
    return target_of(job, RESULTS_ENDING).parent


@dataclass(frozen=True, slots=True)
class LineOutcomes:
    """What became of a list's lines, counted."""

    tally: Tally
    reasons: tuple[tuple[str, int], ...]
    """Why lines were rejected, the commonest first."""
    left_out: int
    """Lines that were left to a group of an earlier batch that is not there."""
    gone: int = 0
    """Lines whose numbers a later sync took out of their groups."""
    lost: str = ""
    """Why the lines are only the numbers of the groups; "" where they are the input's."""


def write_results(job: Job, normalized: NormalizedFile, outcome: BatchOutcome) -> Summary:
    """Write the results workbook of a batch, and sum up.

    Raises:
        OutputError: the workbook can't be written.
    """
    job = replace(job, settings=as_planned(outcome.batch, job.settings))
    statuses = line_statuses.assign_statuses(
        normalized.lines, outcome.groups, outcome.skipped, outcome.missing
    )
    gone = 0
    if outcome.list_name:
        statuses, gone = line_statuses.mark_removed(statuses, outcome.list_name)
    lines = LineOutcomes(
        line_statuses.tally(statuses, outcome.groups),
        words.reasons(statuses),
        line_statuses.left_out(statuses, normalized.lines, outcome.missing),
        gone,
        normalized.lost,
    )
    target = target_of(job, RESULTS_ENDING)
    summary = summarize(job, outcome, lines, normalized.rows.source.notes, target)
    results = ResultsToWrite(
        normalized,
        statuses,
        _table_of(outcome.groups, job),
        summary,
        normalized.lost,
        outcome.changes,
        outcome.list_name,
    )
    return write_file(RESULTS_ENDING, job, results)


def summarize(
    job: Job, outcome: BatchOutcome, lines: LineOutcomes, source_notes: Sequence[str], target: Path
) -> Summary:
    """Sum up a batch; `job` has its settings as it was planned, `target` is the results' place."""
    imbalance = line_statuses.imbalance(lines.tally, outcome.groups, lines.gone)
    # What a later sync took out waits for nothing.
    waiting = replace(lines.tally, planned=lines.tally.planned - lines.gone)
    missed = bool(
        imbalance or lines.left_out or outcome.doubles or outcome.hidden or outcome.to_remove
    )
    return Summary(
        file=job.path,
        tally=lines.tally,
        exit=_exit(outcome.stop, words.exit_of(lines.tally), missed=missed),
        doubles=outcome.doubles,
        headline=_headline(job, outcome, waiting, imbalance),
        batch=outcome.batch.id,
        reasons=lines.reasons,
        notes=(*source_notes, *outcome.notes, *_notes(outcome, lines)),
        stopped="" if outcome.stop is None else str(outcome.stop),
        next_step=_step_after(job, outcome, lines.tally, waiting, target),
    )


def _headline(job: Job, outcome: BatchOutcome, waiting: Tally, imbalance: str) -> str:
    """Say how a batch went, and before that what changed in a list that it belongs to."""
    headline = words.headline(
        waiting,
        sandbox=job.settings.sandbox,
        imbalance=imbalance,
        stopped=_stopped(outcome),
        undone=outcome.is_undone,
        deleted=outcome.deleted,
        before=outcome.before or 0,
        trial=outcome.stop is Stop.TRIAL,
    )
    return headline if outcome.changes is None else f"{outcome.changes.sentence} {headline}"


def _step_after(
    job: Job, outcome: BatchOutcome, tally: Tally, waiting: Tally, target: Path
) -> NextStep:
    """Return what comes after a batch, which in a night is for the next night."""
    if job.context.in_night:
        return next_step.of_night(tally)
    return next_step.after_run(
        waiting,
        outcome.batch.id,
        job.path,
        target,
        job.settings,
        undone=outcome.is_undone,
        deleted=outcome.deleted,
        list_name=outcome.list_name,
        left=outcome.to_remove,
    )


def _notes(outcome: BatchOutcome, lines: LineOutcomes) -> Iterator[str]:
    """Give the sentences about a batch, for its Summary."""
    if lines.lost:
        yield lines.lost
    if lines.left_out:
        yield (
            f"{lines.left_out:,} of the duplicates were left to groups of earlier batches that are "
            "not created, see Numbers: finish those batches, or run these numbers as a list of "
            "their own."
        )
    if outcome.doubles:
        count = len(outcome.doubles)
        yield (
            f"The vendor made {counted(count, 'group')} of this list twice: "
            f"{', '.join(outcome.doubles)} at the vendor {plural(count, 'holds', 'hold')} numbers "
            "that another group has as well. Delete it there, or all of this batch's groups with "
            f"`importer undo {outcome.batch.id}`."
        )
    if outcome.hidden:
        names = ", ".join(outcome.hidden[:3]) + (", …" if len(outcome.hidden) > 3 else "")
        yield (
            f"{counted(len(outcome.hidden), 'group')} may be at the vendor twice, as no listing "
            f"shows what was made: look there for {names}."
        )
    yield from _notes_of_list(outcome, lines.gone)


def _notes_of_list(outcome: BatchOutcome, gone: int) -> Iterator[str]:
    """Say what the groups of a list that is kept in step have that the file has not, and back."""
    left = outcome.to_remove
    if left:
        yield (
            f"{counted(left, 'number')} that the file does not have {plural(left, 'is', 'are')} "
            "still in the list's groups, see Changes."
        )
    if gone:
        yield (
            f"{counted(gone, 'number')} of the file {plural(gone, 'is', 'are')} in no group of the "
            f"list {outcome.list_name} any more: a later sync took {plural(gone, 'it', 'them')} "
            "out."
        )


def forgotten_source(forgotten: Batch) -> Source:
    """Return where the input of a forgotten batch was, and its form."""
    remains = ForgottenCounts.of(forgotten)
    return Source(Path(remains.path), remains.form, ())


def write_forgotten_results(job: Job, outcome: BatchOutcome) -> Summary:
    """Write what is still known of a batch whose phone numbers were forgotten.

    The workbook has a name of its own, so that one with all the numbers, which the operator may
    have kept, stays.

    Raises:
        SettingsError: the results are asked for as CSV, which is numbers alone.
        OutputError: the workbook can't be written.
    """
    batch, remains = outcome.batch, ForgottenCounts.of(outcome.batch)
    zone = job.context.now.tzinfo
    since = f"{datetime.fromtimestamp((batch.forgotten_ms or 0) / 1000, zone):%Y-%m-%d}"
    if job.settings.format == "csv":
        raise SettingsError(
            f"The phone numbers of batch {batch.id} were forgotten on {since}, so there is nothing "
            "to write as CSV: --format xlsx tells its groups."
        )
    report.check_target(target_of(job, FORGOTTEN_ENDING))
    job = replace(job, settings=as_planned(batch, job.settings))
    lines, statuses = line_statuses.lines_from_counts(remains, outcome.groups)
    blank = pd.DataFrame("", lines.index, ["sheet", "original"], dtype="str").assign(row=0)
    source = forgotten_source(batch)
    normalized = NormalizedFile(Rows(blank, pd.DataFrame(index=lines.index), source), lines)
    tally = line_statuses.tally(statuses, outcome.groups)
    summary = Summary(
        file=job.path,
        tally=tally,
        exit=words.exit_of(tally),
        headline=words.forgotten_headline(tally, since, undone=batch.undone_ms is not None),
        batch=batch.id,
        reasons=words.reasons(statuses),
        notes=outcome.notes,
    )
    forgotten = f"The phone numbers of this batch were forgotten on {since}."
    results = ResultsToWrite(
        normalized, statuses, _table_of(outcome.groups, job), summary, forgotten
    )
    return write_file(FORGOTTEN_ENDING, job, results)


def write_unsent_results(
    job: Job,
    normalized: NormalizedFile,
    planned: Sequence[Group],
    problem: str = "",
    *,
    verb: str = "check",
    changes: Mapping[str, Any] | None = None,
    step: NextStep | None = None,
) -> Summary:
    """Show the groups that would be made, in the workbook of a check.

    `problem` says why nothing may be sent, and `changes` are settings that would let it; `verb` is
    the command, `run` or `check`; of another command, `step` is what comes after it.

    Raises:
        OutputError: the workbook can't be written.
    """
    groups = [GroupRecord(group, GroupState.PLANNED) for group in planned]
    statuses = line_statuses.assign_statuses(normalized.lines, groups)
    tally = replace(line_statuses.tally(statuses, groups), groups=len(groups))
    summary = Summary(
        file=job.path,
        tally=tally,
        exit=Exit.GATE if problem else Exit.DONE,
        headline=words.check_headline(tally, problem),
        reasons=words.reasons(statuses),
        notes=normalized.rows.source.notes,
        next_step=step or _step_of_unsent(job, tally, problem, verb, changes or {}),
    )
    return write_file(
        CHECK_ENDING, job, ResultsToWrite(normalized, statuses, _table_of(groups, job), summary)
    )


def _step_of_unsent(
    job: Job, tally: Tally, problem: str, verb: str, changes: Mapping[str, Any]
) -> NextStep:
    if job.context.in_night:
        return next_step.of_night(replace(tally, planned=0))
    if not problem:
        return next_step.after_check(tally, job.path, job.settings)
    return next_step.after_gate(
        tally, job.path, target_of(job, CHECK_ENDING), job.settings, verb=verb, changes=changes
    )


def _stopped(outcome: BatchOutcome) -> str:
    """Say why a run ended early, in the server's own words as well, and what to put right."""
    if outcome.stop is None:
        return ""
    waiting = (one for one in outcome.groups if one.state is GroupState.PLANNED)
    said = next((f" ({one.message})" for one in waiting if one.message), "")
    remedy = {
        Stop.CREDENTIALS: ": check NXCLOUD_ACCESS_KEY and NXCLOUD_ACCESS_SECRET",
        Stop.CLOCK: ": set it right",
        Stop.NOT_REACHED: ": check the network and NXCLOUD_URL",
    }.get(outcome.stop, "")
    return f"Stopped early: {outcome.stop}{said}{remedy}."


def _exit(stop: Stop | None, finished: Exit, *, missed: bool) -> Exit:
    if stop is Stop.INTERRUPTED:
        return Exit.INTERRUPTED
    if stop is Stop.CREDENTIALS:
        return Exit.CREDENTIALS
    return Exit.UNFINISHED if missed else finished


def _table_of(groups: Sequence[GroupRecord], job: Job) -> pd.DataFrame:
    return line_statuses.group_table(groups, fixed_zone(job))


def fixed_zone(job: Job) -> tzinfo:
    """Return the zone of today: all times of a workbook are in it, whatever summer time does."""
    return timezone(job.context.now.utcoffset() or timedelta(0))
