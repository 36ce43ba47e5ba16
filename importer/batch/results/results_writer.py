"""Writes the results of a list, as a workbook or as CSV, and says where they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer import report
from importer.batch.lists.changes import changes_table
from importer.batch.results import next_step
from importer.batch.results.summary_sections import how_to_print, next_of, sections_of
from importer.errors import SettingsError
from importer.moments import zone_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from importer.batch.input.normalized_file import NormalizedFile
    from importer.batch.lists.changes import ListChanges
    from importer.batch.results.next_step import NextStep
    from importer.batch.results.summary import Summary
    from importer.context import Job


def target_of(job: Job, suffix: str) -> Path:
    """Return where a job's results go; `suffix` is such as `.results`.

    Raises:
        SettingsError: they are asked for as Parquet, which is for long lists.
    """
    if job.settings.format == "parquet":
        raise SettingsError(
            f"{job.settings.origin('format')} parquet is for lists that are checked or run with "
            "it: the results of this one are xlsx or csv."
        )
    suffix = f"{suffix}.{job.settings.format}"
    source = job.path.with_name(f"{job.list_name}.{job.settings.format}")
    return report.target_path(source, job.settings.out, suffix)


@dataclass(frozen=True, slots=True)
class ResultsToWrite:
    """What the results of a list show."""

    normalized: NormalizedFile
    statuses: pd.DataFrame
    groups: pd.DataFrame
    """As `line_statuses.group_table` gives them."""
    summary: Summary
    forgotten: str = ""
    """Why the lines are not the input's; "" where they are."""
    changes: ListChanges | None = None
    list_name: str = ""


def write_file(suffix: str, job: Job, results: ResultsToWrite) -> Summary:
    """Write the workbook, or the CSV for machines, and say where it is.

    Raises:
        OutputError: it can't be written.
    """
    target, source = target_of(job, suffix), results.normalized.rows.source
    correct = next_step.corrections(target, results.list_name)
    write_form = report.write_csv if job.settings.format == "csv" else report.write
    kept = report.kept_as(target, source)
    written = write_form(target, _content(job, results, correct))
    summary = replace(results.summary, results=written)
    if written != target:
        note = (
            f"{target.name} is open in another program, or was changed since it was written: the "
            f"results are in {written.name}."
        )
    elif kept is not None:
        note = f"Your corrections are kept in {kept.name}; {target.name} is written anew."
    else:
        return summary
    if summary.next_step == correct:
        summary = replace(summary, next_step=next_step.corrections(written, results.list_name))
    return replace(summary, notes=(*summary.notes, note))


def _content(job: Job, results: ResultsToWrite, correct: NextStep) -> report.ResultsContent:
    """Return what the workbook holds; `correct` is how its corrected rows are run."""
    summary, normalized, changes = results.summary, results.normalized, results.changes
    cells, lines, statuses = normalized.rows.cells, normalized.lines, results.statuses
    in_list = [] if changes is None else [("What changed in the list", changes.figures)]
    return report.ResultsContent(
        headline=summary.headline,
        sections=[*in_list, *sections_of(summary, normalized, job)],
        next_step=next_of(summary),
        tally=summary.tally,
        rows=normalized.rows,
        lines=lines,
        statuses=statuses,
        groups=results.groups,
        zone=zone_of(job.context.now),
        how_to_print="" if job.settings.print == "all" else how_to_print(job, summary.batch),
        how_to_run="put it into the inbox" if job.context.in_night else correct.command,
        forgotten=results.forgotten,
        changes=None if changes is None else changes_table(cells, lines, statuses, changes),
    )
