"""The product's story: a spreadsheet in, number groups at the vendor, a results workbook out.

    file -> rows -> numbers and rejects -> groups -> journal -> calls -> journal -> results.xlsx

`run_file` tells it from top to bottom; `check_file` stops before the journal, `resume_batch` begins
with it, `show_batch` only tells what is in it.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from importer.batch import corrections, grouping, plan
from importer.batch.gates import gate, question, suggested_regions
from importer.batch.outcome import (
    BatchOutcome,
    check_results_place,
    input_path_of,
    results_folder,
    write_forgotten_results,
    write_results,
    write_unsent_results,
)
from importer.batch.plan import NormalizedFile
from importer.columns import memory
from importer.context import Job, open_journal
from importer.countries import understand_region
from importer.errors import JournalError, SettingsError, UnclearColumn
from importer.journal import Journal, batch_rows, disk_space, lock
from importer.model import GroupState, Rows, Source
from importer.phones import PhoneOptions, normalize
from importer.plurals import counted
from importer.reading import ReadOptions, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from importer.batch.summary import Summary
    from importer.context import Context, Progress
    from importer.model import Batch, Group
    from importer.sending.retry import Stop
    from importer.settings import Settings


def run_file(path: Path, settings: Settings, context: Context, progress: Progress) -> Summary:
    """Do the main job for one file. The same list again continues, or shows what was done.

    Raises:
        ImporterError: the file, a setting, the journal or the output can't be used.
    """
    job = Job(path, settings, context)
    check_results_place(job)
    job, normalized = _with_chosen_region(job, read_and_normalize(job, progress), progress)
    problem = gate(normalized.rows, normalized.lines, job.settings)
    if problem:
        return _write_unsent_results(job, normalized, progress, problem)
    _check_room(job, normalized)
    with _lock_of(context), open_journal(context) as journal:
        journal.refuse_lost_batches()
        planned = plan.find_or_plan(journal, job, normalized, progress)
        if planned.batch is None:
            return _write_unsent_results(job, normalized, progress, planned.problem)
        if planned.batch.forgotten_ms is not None:
            return write_forgotten_results(
                job, _outcome(journal, planned.batch, notes=planned.notes)
            )
        _remember(planned.batch, normalized, context)
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
    check_results_place(job)
    job, normalized = _with_chosen_region(job, read_and_normalize(job, progress), progress)
    problem = gate(normalized.rows, normalized.lines, job.settings)
    groups = plan.make_groups(job, normalized, normalized.lines, batch="check")
    plan.show_preview(normalized, normalized.lines, groups, progress)
    return _write_unsent_results(job, normalized, progress, problem, groups)


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
    normalized = _remembered(batch, context)
    job = Job(normalized.rows.source.path, settings, context)
    check_results_place(job)
    ensure_same_account(batch, context)
    _check_room(job, normalized)
    with _lock_of(context), open_journal(context) as journal:
        journal.refuse_lost_batches()
        if journal.is_undone(batch.id):
            raise SettingsError(
                f"Batch {batch.id} was undone: run {batch.file} itself again to make new groups."
            )
        outcome = _send(journal, batch, job, progress, planned_now=False, refused=refused)
    return _write_results(job, normalized, outcome, progress)


def ensure_same_account(batch: Batch, context: Context) -> None:
    """Refuse to finish or undo a batch at an account that never had it.

    There its groups are not to be found, so that they would be made twice, or taken for deleted.

    Raises:
        SettingsError: the batch is another account's, or another server's.
    """
    if batch.account != context.account:
        raise SettingsError(
            f"Batch {batch.id} was sent with another access key or to another address: set "
            "NXCLOUD_ACCESS_KEY and NXCLOUD_URL as they were then. If it is the same account all "
            f'the same, set IMPORTER_ACCOUNT="{batch.account}".'
        )


def show_batch(batch: Batch, settings: Settings, context: Context) -> Summary:
    """Write the results workbook of a batch again, from the journal.

    Raises:
        ImporterError: the journal, the batch's rows or the output can't be used.
    """
    with open_journal(context) as journal:
        outcome = _outcome(journal, batch)
    if batch.forgotten_ms is not None:
        return write_forgotten_results(Job(input_path_of(batch), settings, context), outcome)
    normalized = _remembered(batch, context)
    job = Job(normalized.rows.source.path, settings, context)
    check_results_place(job)
    return write_results(job, normalized, outcome)


def read_and_normalize(job: Job, progress: Progress) -> NormalizedFile:
    """Read a file and decide about each row.

    Raises:
        ImporterError: the file or a setting can't be used.
    """
    settings = job.settings
    plan.check_template(job)
    region = default_region(settings)
    rows = _read(job, _read_options(settings, region), progress)
    with _stage(progress, "Normalizing", len(rows.cells)) as advance:
        options = PhoneOptions(region, settings.strict, settings.bare_digits)
        decided = normalize(rows.cells, options, advance)
        rows = _of_lines(rows, decided.lines["cell"])
    lines = grouping.mark_duplicates(decided.lines.drop(columns="cell"), rows.cells)
    normalized = NormalizedFile(rows, lines, decided.assumptions)
    return _with_the_rest(normalized, job) if rows.source.corrects else normalized


def _with_chosen_region(
    job: Job, normalized: NormalizedFile, progress: Progress
) -> tuple[Job, NormalizedFile]:
    """Read a file anew with the region that the operator chooses, where most rows lack one."""
    if not gate(normalized.rows, normalized.lines, job.settings):
        return job, normalized
    found = suggested_regions(normalized.rows, normalized.lines, job.settings)
    if not found:
        return job, normalized
    answer = job.context.prompter.choose(question(found), [one.region for one in found])
    if answer is None:
        return job, normalized
    job = replace(job, settings=replace(job.settings, region=answer))
    return job, read_and_normalize(job, progress)


def _read(job: Job, options: ReadOptions, progress: Progress) -> Rows:
    """Read a file; who sits at a terminal is asked which column is meant, where that is unclear.

    Raises:
        UnreadableInput: it can't be read, or nobody says which column is meant.
    """
    while True:
        try:
            with _stage(progress, "Reading") as advance:
                return read_rows(job.path, options, advance, job.context.opened)
        except UnclearColumn as unclear:
            answer = job.context.prompter.choose(str(unclear), unclear.choices)
            if answer is None:
                raise
            options = options.with_answer(unclear.option, answer)


@contextmanager
def _stage(
    progress: Progress, name: str, total: int | None = None
) -> Iterator[Callable[[int], None]]:
    """Show a stage that counts rows, and give its memory back to the system at its end.

    What was done between two stages gives its memory back as the next one begins.
    """
    memory.give_back()
    with progress.stage(name, total, "row") as advance:
        yield advance
    memory.give_back()


def _check_room(job: Job, normalized: NormalizedFile) -> None:
    """Make sure before the first call that its record and its results will find room.

    Raises:
        OutputError: a disk is nearly full.
    """
    folders = (job.context.journal.parent, results_folder(job))
    disk_space.check_room(disk_space.for_list(len(normalized.lines)), *folders)


def _write_results(
    job: Job, normalized: NormalizedFile, outcome: BatchOutcome, progress: Progress
) -> Summary:
    with _stage(progress, "Writing") as advance:
        summary = write_results(job, normalized, outcome)
        advance(summary.tally.rows)
    return summary


def _write_unsent_results(
    job: Job,
    normalized: NormalizedFile,
    progress: Progress,
    problem: str,
    groups: Sequence[Group] | None = None,
) -> Summary:
    """Show the groups that would be made, and what kept them from being sent."""
    if groups is None:
        groups = plan.make_groups(job, normalized, normalized.lines, batch="check")
    with _stage(progress, "Writing") as advance:
        summary = write_unsent_results(job, normalized, groups, problem)
        advance(summary.tally.rows)
    return summary


def _lock_of(context: Context) -> AbstractContextManager[None]:
    """Hold the journal for this batch, unless whoever called holds it for all of its batches."""
    if context.held:
        return nullcontext()
    return lock.hold(context.journal, context.now, wait=context.wait)


def _with_the_rest(corrected: NormalizedFile, job: Job) -> NormalizedFile:
    """Put corrected rows back among the rows of the batch that they were rejected from.

    Without such a batch they are a list of their own: that of a check, of another computer or
    account, or one that was undone. The other rows were not sent then, and that is said.

    Raises:
        SettingsError: the batch was forgotten, and --again does not say what to do then.
    """
    context = job.context
    batch = _standing(corrected.rows.source.corrects, context)
    if batch is None:
        return _on_their_own(corrected)
    if batch.forgotten_ms is not None:
        return _of_forgotten(batch, corrected, job.settings)
    return corrections.merge(
        NormalizedFile(*batch_rows.load(batch_rows.path_of(context.journal, batch.id))), corrected
    )


def _standing(batch: str, context: Context) -> Batch | None:
    """Return a batch of this account's journal, unless it was undone."""
    if not context.journal.exists():
        return None
    with open_journal(context) as journal:
        known = {one.id: one for one in journal.batches(context.account)}
    return known[batch] if batch in known and known[batch].undone_ms is None else None


def _of_forgotten(batch: Batch, corrected: NormalizedFile, settings: Settings) -> NormalizedFile:
    """Take corrected rows as a list of their own, where --again says so.

    Which of them were sent before was known by all rows of their batch, which are forgotten.
    """
    if not settings.again:
        raise SettingsError(
            f"{corrected.rows.source.path.name} corrects batch {batch.id}, whose phone numbers "
            "were forgotten, so it can't be told whether its corrected rows were sent already: if "
            "you are sure that they were not, --again sends them as a list of their own."
        )
    return _on_their_own(corrected)


def _on_their_own(corrected: NormalizedFile) -> NormalizedFile:
    source = corrected.rows.source
    note = (
        f"No batch that is in use here belongs to {source.path.name}: only the rows of its sheet "
        "Rejected are a list now; for all other rows run the list that it was made from."
    )
    source = replace(source, corrects="", notes=(*source.notes, note))
    return replace(corrected, rows=replace(corrected.rows, source=source))


def _read_options(settings: Settings, region: str | None) -> ReadOptions:
    return ReadOptions(
        columns=settings.column,
        country_column=settings.country_column,
        region=region,
        sheets=settings.sheet,
        visible_only=settings.visible_only,
        encoding=settings.encoding,
        delimiter=settings.delimiter,
    )


def _of_lines(rows: Rows, cell: pd.Series) -> Rows:
    """Return what is told of each line, of a cell that held several numbers once for each.

    What only the deciding needed is let go.
    """
    cells, extras = rows.cells[["sheet", "row", "original"]], rows.extras
    if len(cell) != len(cells):
        cells, extras = (frame.iloc[cell].reset_index(drop=True) for frame in (cells, extras))
    return replace(rows, cells=cells, extras=extras)


def default_region(settings: Settings) -> str | None:
    """Return the country of numbers without country code, as the settings name it.

    Raises:
        SettingsError: it is no country.
    """
    if settings.region is None:
        return None
    region = understand_region(settings.region)
    if region is None:
        raise SettingsError(
            f"--region {settings.region} is no country: use two letters such as HK, or a calling "
            "code such as 852."
        )
    return region


def _remember(batch: Batch, normalized: NormalizedFile, context: Context) -> None:
    """Keep what the results need beside the journal, before anything is sent.

    The input's place is kept whole, so that results are beside it from whatever folder they are
    asked for.
    """
    source = normalized.rows.source
    rows = replace(normalized.rows, source=replace(source, path=source.path.absolute()))
    batch_rows.save(
        batch_rows.path_of(context.journal, batch.id),
        rows,
        normalized.lines,
        normalized.assumptions,
    )


def _remembered(batch: Batch, context: Context) -> NormalizedFile:
    """Return the rows that were kept of a batch; where they were lost, the numbers of its groups.

    Only `results` and the workbook need rows: sending, settling and undo need the journal alone.
    """
    try:
        return NormalizedFile(*batch_rows.load(batch_rows.path_of(context.journal, batch.id)))
    except JournalError as error:
        with open_journal(context) as journal:
            return _of_groups(batch, journal, str(error))


def _of_groups(batch: Batch, journal: Journal, why: str) -> NormalizedFile:
    """Return the numbers that the journal has of a batch, as rows of no sheet."""
    groups = [one.group for one in journal.chain_groups(batch.id) if one.state.has_numbers]
    numbers = [(number, one.country) for one in groups for number in one.phones.split(",")]
    numbers += [(number, "") for number in journal.skipped(batch.id)["number"]]
    lines = pd.DataFrame(numbers, columns=["number", "country"], dtype="str")
    lines = lines.assign(type="", reason="", status=grouping.ACCEPTED).astype("str")
    cells = pd.DataFrame({"sheet": "", "row": 0, "original": lines["number"]}, lines.index)
    planned = json.loads(batch.settings)
    path = Path(planned.get("out") or ".") / batch.file
    path = path if path.parent.is_dir() else Path(batch.file)
    source = Source(path, "", (), corrects=batch.corrects)
    lost = f"{why} Until then its groups are known, and not its rows."
    return NormalizedFile(Rows(cells, pd.DataFrame(index=lines.index), source), lines, lost=lost)


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

    plan.as_planned(batch, job.settings)  # Settings that are damaged end the run before a call.
    try:
        sent = send.send(journal, batch, job, progress, planned_now=planned_now, refused=refused)
    except JournalError as error:
        raise JournalError(f"{error} {_made_so_far(journal, batch)}") from error
    return _outcome(journal, batch, sent.stop, (*notes, *sent.notes))


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
