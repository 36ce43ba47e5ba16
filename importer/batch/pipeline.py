"""The whole way: a spreadsheet in, number groups at the vendor, a results workbook out.

    file -> rows -> numbers and rejects -> groups -> journal -> calls -> journal -> results.xlsx

`run_file` goes the whole way; `check_file` stops before the journal, `resume_batch` begins with it,
`show_batch` only writes what is in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.batch.history import ensure_same_account, find_batch
from importer.batch.input.chosen_region import read_with_region, region_change
from importer.batch.input.long_lists import is_long, refuse_long, say_if_no_cluster
from importer.batch.input.read_file import stage
from importer.batch.input.saved_rows import load_rows, save_rows
from importer.batch.input.usable_settings import ensure_usable
from importer.batch.lists.outcome import outcome_in_list
from importer.batch.planned_settings import as_planned
from importer.batch.planning import plan
from importer.batch.planning.gates import gate
from importer.batch.results.results_file import (
    BatchOutcome,
    check_results_place,
    forgotten_source,
    results_folder,
    write_forgotten_results,
    write_results,
    write_unsent_results,
)
from importer.context import Job, begin_run, open_journal
from importer.errors import (
    JournalError,
    OutputError,
    RecordingFailed,
    ResultsNotWritten,
    SettingsError,
)
from importer.file_names import list_stem
from importer.journal import Journal, disk_space
from importer.model import GroupState
from importer.plurals import counted
from importer.results_columns import list_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.batch.input.normalized_file import NormalizedFile
    from importer.batch.results.summary import Summary
    from importer.context import Context, Progress
    from importer.model import Batch, Group, Source
    from importer.sending.calls.retry import Stop
    from importer.settings import Settings


def run_file(path: Path, settings: Settings, context: Context, progress: Progress) -> Summary:
    """Do the main job for one file. The same list again continues, or shows what was done.

    Raises:
        ImporterError: the file, a setting, the journal or the output can't be used.
    """
    job = Job(path, settings, context)
    ensure_usable(settings, context.now.date())
    refuse_long(job)
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
        planned = plan.find_or_plan(journal, job, normalized, progress, run)
        if planned.batch is None:
            return _write_unsent_results(
                job, normalized, progress, planned.problem, changes=planned.changes
            )
        if planned.batch.forgotten_ms is not None:
            return write_forgotten_results(
                job, _outcome(journal, planned.batch, notes=planned.notes)
            )
        save_rows(planned.batch, normalized, journal)
        context.on_recorded()
        outcome = _send(
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
    ensure_same_account(batch, context)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        journal.refuse_lost_batches()
        # Held first: another run may have planned it, and be keeping its rows at this moment.
        run.take(journal.correction_chain(batch.id))
        normalized = load_rows(batch, context)
        job = _job_of(normalized.rows.source, settings, context)
        check_results_place(job)
        _check_room(job, normalized)
        if journal.is_undone(batch.id):
            raise SettingsError(
                f"Batch {batch.id} was undone: `importer run {batch.file}` makes its groups anew."
            )
        forgotten = journal.is_forgotten(batch.id)  # While this run waited.
        if not forgotten:
            outcome = _send(journal, batch, job, progress, planned_now=False, refused=refused)
    if forgotten:
        return show_batch(find_batch(context, batch.id), settings, context)
    return _write_results(job, normalized, outcome, progress)


def show_batch(batch: Batch, settings: Settings, context: Context) -> Summary:
    """Write the results workbook of a batch again, from the journal.

    Raises:
        ImporterError: the journal, the batch's rows or the output can't be used.
    """
    with open_journal(context) as journal:
        outcome = _outcome(journal, batch)
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
    with stage(progress, "Writing") as advance:
        try:
            summary = write_results(job, normalized, outcome)
        except OutputError as error:
            raise ResultsNotWritten(f"{error} {_made(outcome)}") from error
        advance(summary.tally.rows)
    return summary


def _made(outcome: BatchOutcome) -> str:
    """Say what was made of a batch whose results can't be written."""
    groups = [one for one in outcome.groups if one.state.has_numbers]
    made = sum(one.state is GroupState.CREATED for one in groups)
    return (
        f"{made:,} of {counted(len(groups), 'group')} of this list are made: `importer results "
        f"{outcome.batch.id} --out FOLDER` writes them elsewhere."
    )


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


def _send(
    journal: Journal,
    batch: Batch,
    job: Job,
    progress: Progress,
    notes: tuple[str, ...] = (),
    *,
    planned_now: bool,
    refused: bool = False,
) -> BatchOutcome:
    # Imported by who calls: the libraries of the network take a tenth of a second to load.
    from importer.batch import send

    as_planned(batch, job.settings)  # Settings that are damaged end the run before a call.
    before = _numbers_in_groups(journal, batch)
    try:
        sent = send.send(journal, batch, job, progress, planned_now=planned_now, refused=refused)
    except JournalError as error:
        raise RecordingFailed(f"{error} {_made_so_far(journal, batch)}") from error
    outcome = _outcome(journal, batch, sent.stop, (*notes, *sent.notes))
    return replace(outcome, before=before)


def _numbers_in_groups(journal: Journal, batch: Batch) -> int:
    groups = journal.chain_facts(batch.id)
    return sum(one.group.size for one in groups if one.state is GroupState.CREATED)


def _made_so_far(journal: Journal, batch: Batch) -> str:
    """Say what a run had made when its journal failed."""
    try:
        states = journal.state_counts(batch.id)
    except JournalError:
        return f"What was made of batch {batch.id} until then can't be read."
    made = states.get(GroupState.CREATED, 0)
    doubtful = states.get(GroupState.SENDING, 0) + states.get(GroupState.IN_DOUBT, 0)
    sentence = f"Until then {made:,} of {counted(sum(states.values()), 'group')} were made"
    if doubtful:
        sentence += f", and {doubtful:,} more may have been"
    return f"{sentence}: `importer resume {batch.id}` goes on, and makes none twice."


def _outcome(
    journal: Journal, batch: Batch, stop: Stop | None = None, notes: tuple[str, ...] = ()
) -> BatchOutcome:
    skipped = journal.skipped(batch.id)
    missing = journal.without_group(skipped)
    return BatchOutcome(batch, journal.chain_groups(batch.id), skipped, stop, notes, missing)
