"""A check of a list past one workbook: its numbers, its groups and its books, in bounded memory.

files -> what the columns show -> lines decided -> numbers that repeat -> groups -> a folder
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from importer import report
from importer.batch.input.read_file import phone_options, read_options, stage
from importer.batch.large import results_folder as results
from importer.batch.large.gate import gate_of
from importer.batch.large.groups import group, groups_of, names_by_seq
from importer.batch.large.passes.list_reading import ListReading
from importer.batch.large.preview import preview_of
from importer.batch.large.shares import shares_for
from importer.batch.large.size import files_of, size_of
from importer.batch.large.summary import (
    counts_of,
    planned_records,
    summarize,
    write_summary,
)
from importer.batch.large.ways import way_of
from importer.batch.large.work_folder import work_folder
from importer.batch.planning import grouping, plan
from importer.batch.planning.duration import sending_line, sending_time
from importer.errors import SettingsError
from importer.journal import disk_space
from importer.masking import masked
from importer.plurals import counted
from importer.reading.parts.stream import names_of, open_list
from importer.reading.tables.frames import rows_without_number
from importer.results_columns import CHECK_ENDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from importer.batch.large.groups import Grouped
    from importer.batch.large.passes.decisions import DecidedList
    from importer.batch.large.passes.evidence import ListEvidence
    from importer.batch.large.size import Size
    from importer.batch.large.ways import Way
    from importer.batch.results.summary import Summary
    from importer.context import Job, Progress
    from importer.model import Group, Source
    from importer.reading.parts.stream import LargeList
    from importer.settings import Settings

_GIGABYTE = 1024**3


@dataclass(frozen=True, slots=True)
class SeenList:
    """A list as far as its numbers: what the check and the run of it have in common."""

    source: Source
    files: Sequence[str]
    """The names of its files."""
    types: Mapping[str, pa.DataType]
    """The input's other columns."""
    assumptions: tuple[str, ...]
    decided: DecidedList
    is_long: bool
    """Whether it is more than is read into memory at once."""


def check_list(job: Job, progress: Progress) -> Summary:
    """Do all of the main job that neither sends nor records anything, for a list of any length.

    Raises:
        ImporterError: a file, a setting or the output can't be used.
    """
    place = place_of(job, CHECK_ENDING)
    with seen_list(job, place, progress) as (seen, work):
        return write_check(job, seen, work, place, progress)


@contextmanager
def seen_list(
    job: Job, place: Path, progress: Progress, *, is_run: bool = False
) -> Iterator[tuple[SeenList, Path]]:
    """Give a list whose lines are decided, and the folder where they wait.

    `is_run` is whether it is to be sent: then it is said how long that takes. The folder is beside
    `place`, and goes when the `with` block ends.

    Raises:
        ImporterError: a file, a setting or the output can't be used.
    """
    files = files_of(job)
    parts = files.parts
    size = size_of(parts)
    needed = size.disk(sum(part.size for part in parts), is_run=is_run)
    disk_space.check_room(needed, place.parent)
    progress.note(
        f"{job.path}: {counted(len(parts), 'file')} with about {size.rows:,} rows; up to "
        f"{needed / _GIGABYTE:.1f} GB of the disk of {place.parent} are needed meanwhile."
    )
    if is_run:
        time = sending_time(-(-size.rows // job.settings.group_size), job.settings.rate)
        progress.note(
            f"To send so many numbers takes {time} at {job.settings.rate:g} calls a second; it may "
            "be stopped and resumed."
        )
    large = open_list(job.path, parts, read_options(job.settings))
    large = replace(large, source=large.source.noted(files.notes))
    with work_folder(place.parent) as work:
        with way_of(job.settings, work, progress) as way:
            seen = _seen(job, large, size, way, progress)
        yield seen, work


def place_of(job: Job, ending: str) -> Path:
    """Return the folder that the results go to.

    Raises:
        OutputError: nothing can be written there.
    """
    source = job.path.with_name(f"{job.list_name}.xlsx")
    target = report.target_path(source, job.settings.out, f"{ending}.xlsx")
    place = target.with_name(target.name.removesuffix(".xlsx"))
    report.check_target(place.with_name(f"{place.name}.xlsx"))
    return place


def _seen(job: Job, large: LargeList, size: Size, way: Way, progress: Progress) -> SeenList:
    reading = ListReading(large, phone_options(job.settings), shares_for(size.rows))
    with stage(progress, "Looking") as advance:
        evidence = way.evidence(reading, advance)
    others = [name for name in names_of(large) if name in evidence.types]
    plan.ensure_column(job.settings, others, large.source.path.name)
    with stage(progress, "Normalizing", evidence.lines) as advance:
        decided = way.decide(reading, evidence, advance)
    return SeenList(
        _noted(large, evidence),
        [part.name for part in large.parts],
        results.types_of(others, evidence.types),
        evidence.assumptions,
        decided,
        size.is_long,
    )


def write_check(
    job: Job,
    seen: SeenList,
    work: Path,
    place: Path,
    progress: Progress,
    *,
    verb: str = "check",
    problem: str = "",
    changes: Mapping[str, Any] | None = None,
) -> Summary:
    """Write what a list would make. `problem` says why a run, the `verb`, has sent nothing of it.

    `changes` are the settings that would let it.

    Raises:
        ImporterError: --name does not fit the list, or the output can't be used.
    """
    decided, source = seen.decided, seen.source
    grouped, groups = _grouped(job, decided, work / "groups")
    if verb == "check":
        note_preview(seen, grouped, groups, job.settings, progress)
    layout = results.Layout(seen.files, seen.types, names_by_seq(groups))
    made = made_in(work)
    with stage(progress, "Writing", decided.blocks.lines) as advance:
        tables = _lines(decided, grouped, layout)
        folder = made / results.NUMBERS
        rejected = results.write_lines(tables, layout.schema, folder, form_of(job), advance)
    if not problem:
        problem, changes = gate_of(job, source, decided, grouped.by_country, rejected)
    if not problem:
        problem, changes = plan.size_gate(len(groups), job.settings)
    summary = summarize(
        job, source, decided, grouped, groups, problem, changes or {}, place, verb=verb
    )
    write_summary(
        made / results.SUMMARY,
        job,
        source,
        seen.assumptions,
        summary,
        planned_records(groups),
        rejected,
        counts_of(decided.blocks.lines, decided.rejected, grouped.by_country, decided.reasons),
    )
    return replace(summary, results=results.put(made, place))


def _lines(decided: DecidedList, grouped: Grouped, layout: results.Layout) -> Iterator[pa.Table]:
    """Yield the lines of a list block by block; what was read goes from the disk."""
    for block in range(len(decided.blocks)):
        yield results.lines_of_block(decided, grouped, layout, block)
        decided.blocks.remove(block)


def made_in(work: Path) -> Path:
    """Make the folder of results, for its owner's eyes, which `results.put` puts into its place."""
    made = work / "made"
    made.mkdir(mode=0o700)
    return made


def form_of(job: Job) -> str:
    """Return how lines are written: `csv` or `parquet`."""
    return "csv" if job.settings.format == "csv" else "parquet"


def note_preview(
    seen: SeenList,
    grouped: Grouped,
    groups: Sequence[Group],
    settings: Settings,
    progress: Progress,
) -> None:
    """Say what would be done; where it goes to a log, with the numbers masked."""
    lines = preview_of(seen.source, seen.assumptions, seen.decided, grouped, groups)
    sent = min(len(groups), settings.limit_groups or len(groups))
    for line in (*lines, *sending_line(sent, settings.rate)):
        progress.note(masked(line) if progress.is_log else line)


def _noted(large: LargeList, evidence: ListEvidence) -> Source:
    name = large.source.columns[0][0]
    notes = (*large.source.notes, *rows_without_number(name, evidence.passed))
    if evidence.lines > large.sampled:
        notes = (
            f"The phone and country columns were chosen by the first {large.sampled:,} rows of "
            "this list; what is said of its other columns was counted in those rows.",
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
