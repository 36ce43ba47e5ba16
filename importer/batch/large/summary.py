"""The summary of a long list, and the workbook that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import report
from importer.batch.input.normalized_file import NormalizedFile
from importer.batch.large.preview import commonest
from importer.batch.large.results_folder import MOST_REJECTED, NUMBERS
from importer.batch.results import line_statuses, next_step
from importer.batch.results import summary as words
from importer.batch.results.results_file import fixed_zone
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

    from importer.batch.large.groups import Grouped
    from importer.batch.large.passes.decisions import DecidedList
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
    verb: str,
) -> Summary:
    """Sum up a list of which nothing was sent; `problem` says why nothing may be.

    `changes` are settings that would let it; `verb` is the command, `run` or `check`.
    """
    tally = Tally(
        rows=decided.blocks.lines,
        planned=grouped.planned,
        duplicate=decided.repeated,
        rejected=decided.rejected,
        groups=len(groups),
    )
    imbalance = line_statuses.imbalance(tally, planned_records(groups))
    step = (
        next_step.after_gate(tally, job.path, place, job.settings, verb=verb, changes=changes)
        if problem
        else next_step.after_check(tally, job.path, job.settings)
    )
    return Summary(
        file=job.path,
        tally=tally,
        exit=Exit.GATE if problem else Exit.UNFINISHED if imbalance else Exit.DONE,
        headline=" ".join(filter(None, [imbalance, words.check_headline(tally, problem)])),
        reasons=tuple(decided.reasons.most_common()),
        notes=source.notes,
        next_step=step,
    )


def planned_records(groups: Sequence[Group]) -> list[GroupRecord]:
    """Return groups as the journal would have them before they are sent."""
    return [GroupRecord(one, GroupState.PLANNED) for one in groups]


def write_summary(
    path: Path,
    job: Job,
    source: Source,
    assumptions: tuple[str, ...],
    summary: Summary,
    groups: Sequence[GroupRecord],
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
    content = report.ResultsContent(
        headline=summary.headline,
        sections=sections_of(summary, normalized, job),
        next_step=next_of(summary),
        zone=zone_of(job.context.now),
        tally=summary.tally,
        rows=rows,
        lines=lines,
        statuses=statuses,
        groups=line_statuses.group_table(groups, fixed_zone(job)),
        long=counts,
    )
    report.write(path, content)


def counts_of(
    lines: int, rejected: int, countries: Mapping[str, int], reasons: Mapping[str, int]
) -> report.LongListCounts:
    """Return what the workbook counts over all lines, of which it shows some."""
    sentence = (
        f"The {lines:,} lines are in the folder {NUMBERS} beside this file; the sheet Rejected has "
        f"the first {min(rejected, MOST_REJECTED):,} of {rejected:,}."
    )
    return report.LongListCounts(sentence, commonest(countries), commonest(reasons))
