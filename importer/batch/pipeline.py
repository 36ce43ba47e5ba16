"""The whole way: a spreadsheet in, number groups at the vendor, a results workbook out.

    file -> rows -> numbers and rejects -> groups -> journal -> calls -> journal -> results.xlsx

`run_file` goes the whole way; `check_file` stops before the journal, `resume_batch` begins with it,
`show_batch` only writes what is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.batch.history import ensure_same_account, find_batch
from importer.batch.input.chosen_region import read_with_region, region_change
from importer.batch.input.long_lists import is_in_portions, is_long, say_if_no_cluster
from importer.batch.input.read_file import stage
from importer.batch.input.saved_rows import load_rows, save_rows
from importer.batch.input.usable_settings import ensure_usable
from importer.batch.lists.outcome import outcome_in_list
from importer.batch.planning import plan
from importer.batch.planning.gates import gate
from importer.batch.planning.list_in_memory import ListInMemory
from importer.batch.results.results_file import (
    BatchOutcome,
    check_results_place,
    forgotten_source,
    results_folder,
    write_forgotten_results,
    write_results,
    write_unsent_results,
)
from importer.batch.sent import (
    ensure_not_undone,
    outcome_of,
    results_written,
    send_recorded,
)
from importer.context import Job, begin_run, open_journal
from importer.file_names import list_stem
from importer.journal import disk_space
from importer.results_columns import list_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.batch.input.normalized_file import NormalizedFile
    from importer.batch.results.summary import Summary
    from importer.context import Context, Progress
    from importer.model import Batch, Group, Source
    from importer.settings import Settings


def run_file(path: Path, settings: Settings, context: Context, progress: Progress) -> Summary:
    """Do the main job for one file. The same list again continues, or shows what was done.

    Raises:
        ImporterError: the file, a setting, the journal or the output can't be used.
    """
    job = Job(path, settings, context)
    ensure_usable(settings, context.now.date())
    if is_long(job):
        from importer.batch.large.recorded.run import run_list

        return run_list(job, progress)
    say_if_no_cluster(job, progress)
    check_results_place(job)
    job, normalized = read_with_region(job, progress)
    problem = gate(normalized.rows, normalized.lines, job.settings)
    if problem:
        changes = region_change(job, normalized)
        return _write_unsent_results(job, normalized, progress, problem, changes=changes)
    _check_room(job, normalized)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        journal.refuse_lost_batches()
        planned = plan.find_or_plan(journal, job, ListInMemory(normalized), progress, run)
        if planned.batch is None:
            return _write_unsent_results(
                job, normalized, progress, planned.problem, changes=planned.changes
            )
        if planned.batch.forgotten_ms is not None:
            return write_forgotten_results(
                job, outcome_of(journal, planned.batch, notes=planned.notes)
            )
        save_rows(planned.batch, normalized, journal)
        context.on_recorded()
        outcome = send_recorded(
            journal,
            planned.batch,
            job,
            progress,
            planned.notes,
            planned_now=planned.planned_now,
        )
    return _write_results(job, normalized, outcome, progress)


def check_file(path: Path, settings: Settings, context: Context, progress: Progress) -> Summary:
    """Do all of the main job that neither sends nor records anything.

    Raises:
        ImporterError: the file, a setting or the output can't be used.
    """
    job = Job(path, settings, context)
    ensure_usable(settings, context.now.date())
    if is_long(job):
        from importer.batch.large.check import check_list

        return check_list(job, progress)
    say_if_no_cluster(job, progress)
    check_results_place(job)
    job, normalized = read_with_region(job, progress)
    problem = gate(normalized.rows, normalized.lines, job.settings)
    groups = plan.make_groups(job, normalized, normalized.lines, batch="check")
    plan.show_preview(normalized, normalized.lines, groups, job.settings, progress)
    if problem:
        changes: Mapping[str, Any] = region_change(job, normalized)
    else:
        problem, changes = plan.size_gate(len(groups), job.settings)
    return _write_unsent_results(
        job, normalized, progress, problem, groups, verb="check", changes=changes
    )


def resume_batch(
    batch: Batch,
    settings: Settings,
    context: Context,
    progress: Progress,
    *,
    refused: bool = False,
) -> Summary:
    """Finish what an earlier run left of a batch, without its input file.

    `refused` sends those groups once more that the vendor refused, after a look.

    Raises:
        ImporterError: the journal, the batch's rows or the output can't be used.
    """
    if batch.forgotten_ms is not None:
        return show_batch(batch, settings, context)
    if is_in_portions(batch):
        from importer.batch.large.recorded.run import resume_list

        summary = resume_list(batch, settings, context, progress, refused=refused)
        if summary is not None:
            return summary
    ensure_same_account(batch, context)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        journal.refuse_lost_batches()
        # Held first: another run may have planned it, and be keeping its rows at this moment.
        run.take(journal.correction_chain(batch.id))
        normalized = load_rows(batch, context)
        job = _job_of(normalized.rows.source, settings, context)
        check_results_place(job)
        _check_room(job, normalized)
        ensure_not_undone(journal, batch)
        forgotten = journal.is_forgotten(batch.id)  # While this run waited.
        if not forgotten:
            outcome = send_recorded(
                journal, batch, job, progress, planned_now=False, refused=refused
            )
    if forgotten:
        return show_batch(find_batch(context, batch.id), settings, context)
    return _write_results(job, normalized, outcome, progress)


def show_batch(batch: Batch, settings: Settings, context: Context) -> Summary:
    """Write the results workbook of a batch again, from the journal.

    Raises:
        ImporterError: the journal, the batch's rows or the output can't be used.
    """
    if is_in_portions(batch) and batch.forgotten_ms is None:
        from importer.batch.large.recorded.run import show_list

        summary = show_list(batch, settings, context)
        if summary is not None:
            return summary
    with open_journal(context) as journal:
        outcome = outcome_of(journal, batch)
    if batch.forgotten_ms is not None:
        return write_forgotten_results(_job_of(forgotten_source(batch), settings, context), outcome)
    normalized = load_rows(batch, context)
    job = _job_of(normalized.rows.source, settings, context)
    check_results_place(job)
    with open_journal(context) as journal:
        member = journal.list_batch(batch.id)
        if member is not None:
            outcome = outcome_in_list(journal, batch, member, normalized)
    return write_results(job, normalized, outcome)


def _job_of(source: Source, settings: Settings, context: Context) -> Job:
    """Return the job of a list that was read before."""
    return Job(source.path, settings, context, list_name(list_stem(source.path), source.form))


def _check_room(job: Job, normalized: NormalizedFile) -> None:
    """Make sure before the first call that its record and its results will find room.

    Raises:
        OutputError: a disk is nearly full.
    """
    rows = len(normalized.lines)
    disk_space.check_room(disk_space.for_list(rows), results_folder(job))
    job.context.store.check_room(rows)


def _write_results(
    job: Job, normalized: NormalizedFile, outcome: BatchOutcome, progress: Progress
) -> Summary:
    with stage(progress, "Writing") as advance, results_written(outcome):
        summary = write_results(job, normalized, outcome)
        advance(summary.tally.rows)
    return summary


def _write_unsent_results(
    job: Job,
    normalized: NormalizedFile,
    progress: Progress,
    problem: str,
    groups: Sequence[Group] | None = None,
    *,
    verb: str = "run",
    changes: Mapping[str, Any],
) -> Summary:
    """Show the groups that would be made, and what kept them from being sent.

    `changes` are the settings that would let them, and `verb` is the command to try these with.
    """
    if groups is None:
        groups = plan.make_groups(job, normalized, normalized.lines, batch="check")
    with stage(progress, "Writing") as advance:
        summary = write_unsent_results(job, normalized, groups, problem, verb=verb, changes=changes)
        advance(summary.tally.rows)
    return summary
