"""A check of a list past one workbook: its numbers, its groups and its books, in bounded memory.

files -> what the columns show -> lines decided -> numbers that repeat -> groups -> a folder
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer import report
from importer.batch.input.read_file import phone_options, read_options, stage
from importer.batch.large import folder as results
from importer.batch.large.gate import gate_of
from importer.batch.large.groups import group, groups_of, names_by_seq
from importer.batch.large.preview import preview_of
from importer.batch.large.shares import shares_for
from importer.batch.large.size import files_of, size_of
from importer.batch.large.summary import counts_of, summarize, write_summary
from importer.batch.large.ways import way_of
from importer.batch.large.work_folder import work_folder
from importer.batch.planning import grouping, plan
from importer.batch.planning.duration import sending_line
from importer.errors import SettingsError
from importer.journal import disk_space
from importer.masking import masked
from importer.plurals import counted
from importer.reading.parts.stream import SAMPLE_ROWS, names_of, open_list
from importer.reading.tables.frames import rows_without_number
from importer.results_columns import CHECK_ENDING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from importer.batch.large.decisions import DecidedList
    from importer.batch.large.evidence import ListEvidence
    from importer.batch.large.groups import Grouped
    from importer.batch.large.ways import Way
    from importer.batch.results.summary import Summary
    from importer.context import Job, Progress
    from importer.model import Group, Source
    from importer.reading.parts.stream import LargeList

_GIGABYTE = 1024**3


def check_list(job: Job, progress: Progress) -> Summary:
    """Do all of the main job that neither sends nor records anything, for a list of any length.

    Raises:
        ImporterError: a file, a setting or the output can't be used.
    """
    files = files_of(job)
    parts = files.parts
    size = size_of(parts)
    place = place_of(job)
    needed = size.disk(sum(part.size for part in parts))
    disk_space.check_room(needed, place.parent)
    progress.note(
        f"{job.path}: {counted(len(parts), 'file')} with about {size.rows:,} rows; up to "
        f"{needed / _GIGABYTE:.1f} GB of the disk of {place.parent} are needed meanwhile."
    )
    large = open_list(job.path, parts, read_options(job.settings))
    large = replace(large, source=large.source.noted(files.notes))
    with work_folder(place.parent) as work, way_of(job.settings, progress) as way:
        return _check(
            job, large, way, shares_for(size.rows), work, place, progress, is_long=size.is_long
        )


def place_of(job: Job) -> Path:
    """Return the folder that the results go to.

    Raises:
        OutputError: nothing can be written there.
    """
    source = job.path.with_name(f"{job.list_name}.xlsx")
    target = report.target_path(source, job.settings.out, f"{CHECK_ENDING}.xlsx")
    place = target.with_name(target.name.removesuffix(".xlsx"))
    report.check_target(place.with_name(f"{place.name}.xlsx"))
    return place


def _check(
    job: Job,
    large: LargeList,
    way: Way,
    shares: int,
    work: Path,
    place: Path,
    progress: Progress,
    *,
    is_long: bool,
) -> Summary:
    options = phone_options(job.settings)
    with stage(progress, "Looking") as advance:
        evidence = way.evidence(large, options, work, shares, advance)
    large = replace(large, source=_noted(large, evidence))
    others = [name for name in names_of(large) if name in evidence.types]
    plan.ensure_column(job.settings, others, large.source.path.name)
    with stage(progress, "Normalizing", evidence.lines) as advance:
        decided = way.decide(large, options, evidence, work, shares, advance)
    grouped, groups = _grouped(job, decided, work / "groups")
    lines = preview_of(large.source, evidence.assumptions, decided, grouped, groups)
    lines += sending_line(len(groups), job.settings.rate)
    for line in lines:
        progress.note(masked(line) if progress.is_log else line)
    layout = results.Layout(
        [part.name for part in large.parts],
        results.types_of(others, evidence.types),
        names_by_seq(groups),
    )
    made = work / "made"
    made.mkdir(mode=0o700)  # As every file of results: for its owner's eyes.
    with stage(progress, "Writing", decided.blocks.lines) as advance:
        rejected = _write(job, decided, grouped, layout, made, advance)
    problem, changes = gate_of(job, large.source, decided, grouped, rejected)
    if not (problem or is_long):  # A long list is run as several files, each on its own.
        problem, changes = plan.size_gate(len(groups), job.settings)
    summary = summarize(
        job, large.source, decided, grouped, groups, problem, changes, place, is_long=is_long
    )
    write_summary(
        made / results.SUMMARY,
        job,
        large.source,
        evidence.assumptions,
        summary,
        groups,
        rejected,
        counts_of(decided, grouped),
    )
    return replace(summary, results=results.put(made, place))


def _write(
    job: Job,
    decided: DecidedList,
    grouped: Grouped,
    layout: results.Layout,
    made: Path,
    advance: Callable[[int], None],
) -> pa.Table:
    form = "csv" if job.settings.format == "csv" else "parquet"
    folder = made / results.NUMBERS
    return results.write_lines(decided, grouped, layout, folder, form, advance)


def _noted(large: LargeList, evidence: ListEvidence) -> Source:
    name = large.source.columns[0][0]
    notes = (*large.source.notes, *rows_without_number(name, evidence.passed))
    if evidence.lines > SAMPLE_ROWS:
        notes = (
            f"The columns of this list were found by its first {SAMPLE_ROWS:,} rows; what is said "
            "of its other columns is counted in these.",
            *notes,
        )
    return replace(large.source, notes=notes)


def _grouped(job: Job, decided: DecidedList, path: Path) -> tuple[Grouped, list[Group]]:
    options = plan.grouping_options(job, "check")
    try:
        grouped = group(decided, options, path)
        return grouped, groups_of(grouped, options)
    except grouping.TemplateError as error:
        raise SettingsError(f"{job.settings.origin('name')}: {error}.") from error
