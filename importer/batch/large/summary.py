"""The summary of a long list, and the workbook that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import report
from importer.batch.input.normalized_file import NormalizedFile
from importer.batch.large.folder import MOST_REJECTED, NUMBERS
from importer.batch.large.preview import commonest
from importer.batch.planning.duration import sending_time
from importer.batch.results import line_statuses, next_step
from importer.batch.results import summary as words
from importer.batch.results.summary import Summary
from importer.batch.results.summary_sections import next_of, sections_of
from importer.errors import Exit
from importer.model import GroupRecord, GroupState, Rows, Tally
from importer.moments import zone_of
from importer.results_columns import NumbersColumn, unmarked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from importer.batch.large.decisions import DecidedList
    from importer.batch.large.groups import Grouped
    from importer.context import Job
    from importer.model import Group, Source


def summarize(
    job: Job,
    source: Source,
    decided: DecidedList,
    grouped: Grouped,
    groups: Sequence[Group],
    problem: str,
    changes: Mapping[str, Any],
    place: Path,
    *,
    is_long: bool,
) -> Summary:
    """Sum up a check; `problem` says why nothing may be sent of it.

    `is_long` is whether the list is more than one batch holds.
    """
    tally = Tally(
        rows=decided.blocks.lines,
        planned=grouped.planned,
        duplicate=decided.repeated,
        rejected=decided.rejected,
        groups=len(groups),
    )
    records = [GroupRecord(one, GroupState.PLANNED) for one in groups]
    imbalance = line_statuses.imbalance(tally, records)
    step = (
        next_step.after_gate(tally, job.path, place, job.settings, verb="check", changes=changes)
        if problem
        else next_step.after_check_of_long_list(tally)
        if is_long
        else next_step.after_check(tally, job.path, job.settings)
    )
    return Summary(
        file=job.path,
        tally=tally,
        exit=Exit.GATE if problem else Exit.UNFINISHED if imbalance else Exit.DONE,
        headline=" ".join(filter(None, [imbalance, words.check_headline(tally, problem)])),
        reasons=tuple(decided.reasons.most_common()),
        notes=(*source.notes, *(_too_many(job, groups) if is_long else [])),
        next_step=step,
    )


def _too_many(job: Job, groups: Sequence[Group]) -> list[str]:
    """Say that a run of this list would be stopped for its size, where it would."""
    settings = job.settings
    if len(groups) <= settings.max_groups:
        return []
    return [
        f"A run would make {len(groups):,} groups, more than the {settings.max_groups:,} that "
        f"{settings.origin('max_groups')} allows, and take "
        f"{sending_time(len(groups), settings.rate)} at {settings.rate:g} calls a second."
    ]


def write_summary(
    path: Path,
    job: Job,
    source: Source,
    assumptions: tuple[str, ...],
    summary: Summary,
    groups: Sequence[Group],
    rejected: pa.Table,
    counts: report.LongListCounts,
) -> None:
    """Write the workbook of a long list: Summary, Groups, and the first rejected lines.

    Raises:
        OutputError: it can't be written.
    """
    table = rejected.to_pandas()
    ours = [one.value for one in NumbersColumn]
    rows = Rows(
        table[ours[:3]].set_axis(["sheet", "row", "original"], axis=1),
        table[table.columns[len(ours) :]].rename(columns=unmarked),
        source,
    )
    lines = table[ours[3:6]].set_axis(["number", "country", "type"], axis=1)
    statuses = table[ours[6:]].set_axis(["status", "reason", "group_name", "group_id"], axis=1)
    normalized = NormalizedFile(rows, lines, assumptions)
    records = [GroupRecord(one, GroupState.PLANNED) for one in groups]
    content = report.ResultsContent(
        headline=summary.headline,
        sections=sections_of(summary, normalized, job),
        next_step=next_of(summary),
        zone=zone_of(job.context.now),
        tally=summary.tally,
        rows=rows,
        lines=lines,
        statuses=statuses,
        groups=line_statuses.group_table(records),
        long=counts,
    )
    report.write(path, content)


def counts_of(decided: DecidedList, grouped: Grouped) -> report.LongListCounts:
    """Return what the workbook counts over all lines, of which it shows some."""
    sentence = (
        f"The {decided.blocks.lines:,} lines are in the folder {NUMBERS} beside this file; the "
        f"sheet Rejected has the first {min(decided.rejected, MOST_REJECTED):,} of "
        f"{decided.rejected:,}."
    )
    return report.LongListCounts(
        sentence, commonest(grouped.by_country), commonest(decided.reasons)
    )
