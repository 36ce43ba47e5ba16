"""The results file: lines and groups joined, the workbook or CSV written, all of it summed up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from importer import report
from importer.batch.input.normalized_file import NormalizedFile
from importer.batch.lists.changes import changes_table
from importer.batch.planned_settings import as_planned
from importer.batch.results import line_statuses, next_step
from importer.batch.results import summary as words
from importer.batch.results.summary import Summary
from importer.batch.results.summary_sections import how_to_print, next_of, sections_of
from importer.errors import Exit, SettingsError
from importer.model import Batch, ForgottenCounts, GroupRecord, GroupState, Rows, Source
from importer.moments import zone_of
from importer.plurals import counted, plural
from importer.results_columns import (
    CHECK_ENDING,
    FORGOTTEN_ENDING,
    RESULTS_ENDING,
)
from importer.sending.calls.retry import Stop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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


def check_results_place(job: Job) -> None:
    """Make sure before anything is sent that the results of a job can be written.

    Raises:
        OutputError: they can't be written where they would go.
    """
    report.check_target(_target(job, RESULTS_ENDING))


def results_folder(job: Job) -> Path:
    """Return the folder that the results of a job go to."""
    return _target(job, RESULTS_ENDING).parent


def _target(job: Job, suffix: str) -> Path:
    if job.settings.format == "parquet":
        raise SettingsError(
            f"{job.settings.origin('format')} parquet is for lists that are checked or run with "
            "it: the results of this one are xlsx or csv."
        )
    suffix = f"{suffix}.{job.settings.format}"
    source = job.path.with_name(f"{job.list_name}.{job.settings.format}")
    return report.target_path(source, job.settings.out, suffix)


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
    target = _target(job, RESULTS_ENDING)
    summary = summarize(job, outcome, lines, normalized.rows.source.notes, target)
    return _write(
        RESULTS_ENDING,
        job,
        normalized,
        statuses,
        outcome.groups,
        summary,
        normalized.lost,
        outcome.changes,
        outcome.list_name,
    )


def summarize(
    job: Job, outcome: BatchOutcome, lines: LineOutcomes, source_notes: Sequence[str], target: Path
) -> Summary:
    """Sum up a batch; `job` has its settings as it was planned, `target` is the results' place."""
    tally, left_out, gone = lines.tally, lines.left_out, lines.gone
    imbalance = line_statuses.imbalance(tally, outcome.groups, gone)
    notes = [*source_notes, *outcome.notes]
    if lines.lost:
        notes.append(lines.lost)
    if left_out:
        notes.append(
            f"{left_out:,} of the duplicates were left to groups of earlier batches that are not "
            "created, see Numbers: finish those batches, or run these numbers as a list of their "
            "own."
        )
    doubles = tuple(double for one in outcome.groups for double in one.doubles)
    if doubles:
        notes.append(
            f"The vendor made {counted(len(doubles), 'group')} of this list twice: "
            f"{', '.join(doubles)} at the vendor hold{'s' if len(doubles) == 1 else ''} numbers "
            "that another group has as well. Delete it there, or all of this batch's groups with "
            f"`importer undo {outcome.batch.id}`."
        )
    hidden = [one.group.name for one in outcome.groups if one.may_be_twice]
    if hidden:
        notes.append(
            f"{counted(len(hidden), 'group')} may be at the vendor twice, as no listing shows what "
            f"was made: look there for {', '.join(hidden[:3])}{', …' if len(hidden) > 3 else ''}."
        )
    left = 0 if outcome.changes is None else outcome.changes.left
    if left:
        notes.append(
            f"{counted(left, 'number')} that the file does not have {plural(left, 'is', 'are')} "
            "still in the list's groups, see Changes."
        )
    if gone:
        notes.append(
            f"{counted(gone, 'number')} of the file {plural(gone, 'is', 'are')} in no group of the "
            f"list {outcome.list_name} any more: a later sync took {plural(gone, 'it', 'them')} "
            "out."
        )
    # What a later sync took out waits for nothing.
    waiting = replace(tally, planned=tally.planned - gone)
    missed = bool(imbalance or left_out or doubles or hidden or left)
    undone = outcome.batch.undone_ms is not None
    deleted = 0 if undone else _deleted(outcome.groups)
    step = (
        next_step.of_night(tally)
        if job.context.in_night
        else next_step.after_run(
            waiting,
            outcome.batch.id,
            job.path,
            target,
            job.settings,
            undone=undone,
            deleted=deleted,
            list_name=outcome.list_name,
            left=left,
        )
    )
    summary = Summary(
        file=job.path,
        tally=tally,
        exit=_exit(outcome.stop, words.exit_of(tally), missed=missed),
        doubles=doubles,
        headline=words.headline(
            waiting,
            sandbox=job.settings.sandbox,
            imbalance=imbalance,
            stopped=_stopped(outcome),
            undone=undone,
            deleted=deleted,
            before=outcome.before or 0,
            trial=outcome.stop is Stop.TRIAL,
        ),
        batch=outcome.batch.id,
        reasons=lines.reasons,
        notes=tuple(notes),
        stopped="" if outcome.stop is None else str(outcome.stop),
        next_step=step,
    )
    if outcome.changes is not None:
        return replace(summary, headline=f"{outcome.changes.sentence} {summary.headline}")
    return summary


def _deleted(groups: Sequence[GroupRecord]) -> int:
    """Count the numbers of groups that an undo deleted: of this batch, or of one it corrects."""
    return sum(one.group.size for one in groups if one.state is GroupState.DELETED)


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
    report.check_target(_target(job, FORGOTTEN_ENDING))
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
    return _write(FORGOTTEN_ENDING, job, normalized, statuses, outcome.groups, summary, forgotten)


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
    return _write(CHECK_ENDING, job, normalized, statuses, groups, summary)


def _step_of_unsent(
    job: Job, tally: Tally, problem: str, verb: str, changes: Mapping[str, Any]
) -> NextStep:
    if job.context.in_night:
        return next_step.of_night(replace(tally, planned=0))
    if not problem:
        return next_step.after_check(tally, job.path, job.settings)
    return next_step.after_gate(
        tally, job.path, _target(job, CHECK_ENDING), job.settings, verb=verb, changes=changes
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


def _write(
    suffix: str,
    job: Job,
    normalized: NormalizedFile,
    statuses: pd.DataFrame,
    groups: Sequence[GroupRecord],
    summary: Summary,
    forgotten: str = "",
    changes: ListChanges | None = None,
    list_name: str = "",
) -> Summary:
    """Write the workbook, or the CSV for machines, and say where it is."""
    target = _target(job, suffix)
    correct = next_step.corrections(target, list_name)
    content = report.ResultsContent(
        headline=summary.headline,
        sections=[
            *([("What changed in the list", changes.figures)] if changes else []),
            *sections_of(summary, normalized, job),
        ],
        next_step=next_of(summary),
        tally=summary.tally,
        rows=normalized.rows,
        lines=normalized.lines,
        statuses=statuses,
        groups=line_statuses.group_table(groups, fixed_zone(job)),
        zone=zone_of(job.context.now),
        how_to_print="" if job.settings.print == "all" else how_to_print(job, summary.batch),
        how_to_run="put it into the inbox" if job.context.in_night else correct.command,
        forgotten=forgotten,
        changes=None
        if changes is None
        else changes_table(normalized.rows.cells, normalized.lines, statuses, changes),
    )
    write = report.write_csv if job.settings.format == "csv" else report.write
    kept = report.kept_as(target, normalized.rows.source)
    written = write(target, content)
    if kept is not None and written == target:
        note = f"Your corrections are kept in {kept.name}; {target.name} is written anew."
        summary = replace(summary, notes=(*summary.notes, note))
    if written != target:
        moved = (
            f"{target.name} is open in another program, or was changed since it was written: the "
            f"results are in {written.name}."
        )
        summary = replace(summary, notes=(*summary.notes, moved))
        if summary.next_step == correct:
            summary = replace(summary, next_step=next_step.corrections(written, list_name))
    return replace(summary, results=written)


def fixed_zone(job: Job) -> tzinfo:
    """Return the zone of today: all times of a workbook are in it, whatever summer time does."""
    return timezone(job.context.now.utcoffset() or timedelta(0))
