"""The main job for a list past one workbook: the whole way, of which memory holds a portion.

files -> lines decided, on disk -> groups -> journal -> calls -> journal -> a folder of results
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from importer.batch.history import ensure_same_account
from importer.batch.input.read_file import stage
from importer.batch.large.check import place_of, seen_list, write_check
from importer.batch.large.gate import countries_in, first_rejected, gate_of
from importer.batch.large.recorded.kept import keep_found, keep_planned
from importer.batch.large.recorded.list_on_disk import ListOnDisk
from importer.batch.large.recorded.results import write_results
from importer.batch.planning import plan
from importer.batch.planning.plan import PlanOutcome
from importer.batch.results.results_file import write_forgotten_results
from importer.batch.sent import ensure_not_undone, facts_of, results_written, send_recorded
from importer.context import Job, begin_run, open_journal
from importer.errors import JournalError
from importer.file_names import list_stem
from importer.journal import disk_space
from importer.journal.rows_in_portions import KeptRows
from importer.results_columns import CHECK_ENDING, RESULTS_ENDING, list_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.batch.large.check import SeenList
    from importer.batch.results.summary import Summary
    from importer.context import Context, Progress
    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.model import Batch
    from importer.settings import Settings


def run_list(job: Job, progress: Progress) -> Summary:
    """Do the main job for a list of any length.

    Raises:
        ImporterError: a file, a setting, the journal or the output can't be used.
    """
    place = place_of(job, RESULTS_ENDING)
    with ExitStack() as reading:
        seen, work = reading.enter_context(seen_list(job, place, progress, is_run=True))
        problem, changes = _gate(job, seen)
        if problem:
            unsent = PlanOutcome(None, problem=problem, changes=changes)
            return _write_unsent(job, seen, work, progress, unsent)
        _check_room(job, seen.decided.blocks.lines, place)
        with open_journal(job.context) as journal, begin_run(journal, job.context, progress) as run:
            journal.refuse_lost_batches()
            planned = _plan(journal, job, seen, work, progress, run)
            if planned.batch is None:
                return _write_unsent(job, seen, work, progress, planned)
            # What waited on disk for the journal is not needed while days are spent sending.
            reading.close()
            if planned.batch.forgotten_ms is not None:
                outcome = facts_of(journal, planned.batch, notes=planned.notes)
                return write_forgotten_results(job, outcome)
            job.context.on_recorded()
            return _send(
                journal,
                planned.batch,
                job,
                progress,
                planned.notes,
                planned_now=planned.planned_now,
            )


def _gate(job: Job, seen: SeenList) -> tuple[str, Mapping[str, Any]]:
    decided = seen.decided
    rejected = first_rejected(decided)
    return gate_of(job, seen.source, decided, countries_in(decided), rejected)


def resume_list(
    batch: Batch, settings: Settings, context: Context, progress: Progress, *, refused: bool
) -> Summary | None:
    """Finish what an earlier run left of a long list; None where its rows are not in portions.

    Raises:
        ImporterError: the journal, the batch's rows or the output can't be used.
    """
    ensure_same_account(batch, context)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        journal.refuse_lost_batches()
        # Held first: another run may have planned it, and be keeping its rows at this moment.
        run.take([batch.id])
        job = _job_of(batch, settings, context, journal)
        if job is None:
            return None
        _check_room(job, 0, place_of(job, RESULTS_ENDING))
        ensure_not_undone(journal, batch)
        return _send(journal, batch, job, progress, planned_now=False, refused=refused)


def show_list(batch: Batch, settings: Settings, context: Context) -> Summary | None:
    """Write the results of a long list again; None where its rows are not in portions.

    Raises:
        ImporterError: the journal, the batch's rows or the output can't be used.
    """
    with open_journal(context) as journal:
        job = _job_of(batch, settings, context, journal)
        if job is None:
            return None
        with journal.open_rows_file(batch.id) as file:
            outcome = facts_of(journal, batch)
            return write_results(job, KeptRows(file), outcome, journal, lambda _: None)


def _job_of(batch: Batch, settings: Settings, context: Context, journal: Journal) -> Job | None:
    """Return the job of a list whose rows are kept in portions, None for any other."""
    if journal.list_batch(batch.id) is not None:
        return None
    try:
        with journal.open_rows_file(batch.id) as file:
            kept = KeptRows(file)
    except JournalError:
        return None
    if not kept.is_in_portions:
        return None
    path = kept.source.path
    return Job(path, settings, context, list_name(list_stem(path), kept.source.form))


def _plan(
    journal: Journal, job: Job, seen: SeenList, work: Path, progress: Progress, run: Run
) -> PlanOutcome:
    """Find or plan the batch of a list, and keep its lines with the journal."""
    listed = ListOnDisk(seen, work / "plan", progress, keep_planned)
    planned = plan.find_or_plan(journal, job, listed, progress, run)
    batch = planned.batch
    if batch is not None and batch.forgotten_ms is None and not listed.has_lines_kept:
        with stage(progress, "Saving"):
            keep_found(journal, batch, seen, listed, work / "found")
    return planned


def _send(
    journal: Journal,
    batch: Batch,
    job: Job,
    progress: Progress,
    notes: tuple[str, ...] = (),
    *,
    planned_now: bool,
    refused: bool = False,
) -> Summary:
    """Send a batch whose lines are kept, and write its results."""
    outcome = send_recorded(
        journal,
        batch,
        job,
        progress,
        notes,
        planned_now=planned_now,
        refused=refused,
        has_numbers=False,
    )
    with (
        results_written(outcome),
        journal.open_rows_file(batch.id) as file,
        stage(progress, "Writing") as advance,
    ):
        return write_results(job, KeptRows(file), outcome, journal, advance)


def _check_room(job: Job, rows: int, place: Path) -> None:
    """Make sure before the first call that its record and its results will find room.

    Raises:
        OutputError: a disk is nearly full.
    """
    disk_space.check_room(disk_space.for_list(rows), place.parent)
    job.context.store.check_room(rows)


def _write_unsent(
    job: Job, seen: SeenList, work: Path, progress: Progress, planned: PlanOutcome
) -> Summary:
    """Show the groups that would be made, and what kept them from being sent."""
    return write_check(
        job,
        seen,
        work,
        place_of(job, CHECK_ENDING),
        progress,
        verb="run",
        problem=planned.problem,
        changes=planned.changes,
    )
