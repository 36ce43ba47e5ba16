"""The results of a long list that was recorded: its folder, from kept lines and the journal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.batch.input.duplicates import ACCEPTED
from importer.batch.large import results_folder as results
from importer.batch.large.check import form_of, made_in, place_of
from importer.batch.large.results_folder import InputLines, as_sheet
from importer.batch.large.summary import counts_of, write_summary
from importer.batch.large.work_folder import work_folder
from importer.batch.planned_settings import as_planned
from importer.batch.results import line_statuses
from importer.batch.results.results_file import LineOutcomes, summarize
from importer.journal.rows_in_portions import (
    CELLS,
    EARLIER_BATCH,
    EARLIER_SEQ,
    GROUP,
    LINES,
    KeptRows,
)
from importer.model import ForgottenCounts, GroupState, Status, Tally
from importer.results_columns import RESULTS_ENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from importer.batch.results.results_file import BatchOutcome
    from importer.batch.results.summary import Summary
    from importer.context import Job
    from importer.journal import Journal
    from importer.model import Batch, GroupRecord

_TEXT = pa.large_string()


def write_results(
    job: Job,
    kept: KeptRows,
    outcome: BatchOutcome,
    journal: Journal,
    advance: Callable[[int], None],
) -> Summary:
    """Write the folder of a batch's results, and sum up. The outcome needs no numbers of groups.

    Raises:
        OutputError: it can't be written.
        JournalError: the lines can't be read.
    """
    job = replace(job, settings=as_planned(outcome.batch, job.settings))
    place = place_of(job, RESULTS_ENDING)
    lines = _Lines(journal, outcome.batch.id, kept, _Groups.of(outcome.groups))
    with work_folder(place.parent) as work:
        made = made_in(work)
        schema = results.sheet_schema(kept.types)
        rejected = results.write_lines(
            lines.tables(), schema, made / results.NUMBERS, form_of(job), advance
        )
        counted = lines.counts
        tally = Tally(
            rows=counted.statuses.total(),
            **{one.name.lower(): counted.statuses[one.value] for one in Status},
            groups=sum(one.state is GroupState.CREATED for one in outcome.groups),
        )
        reasons = tuple(counted.reasons.most_common())
        summary = summarize(
            job,
            outcome,
            LineOutcomes(tally, reasons, counted.left_out),
            kept.source.notes,
            place / results.SUMMARY,
        )
        write_summary(
            made / results.SUMMARY,
            job,
            kept.source,
            kept.assumptions,
            summary,
            outcome.groups,
            rejected,
            counts_of(tally.rows, tally.rejected, counted.countries, counted.reasons),
        )
        return replace(summary, results=results.put(made, place))


def forgotten_counts(journal: Journal, batch: Batch) -> ForgottenCounts | None:
    """Count a batch's lines as its results do; None where they are not kept in portions.

    Raises:
        JournalError: the lines can't be read.
    """
    with journal.open_rows_file(batch.id) as file:
        kept = KeptRows(file)
        if not kept.is_in_portions:
            return None
        lines = _Lines(journal, batch.id, kept, _Groups.of(journal.group_facts(batch.id)))
        for _ in lines.tables():
            pass
        counted = lines.counts
        return ForgottenCounts(
            path=str(kept.source.path),
            form=kept.source.form,
            rows=counted.statuses.total(),
            duplicate=counted.statuses[Status.DUPLICATE.value],
            rejected=counted.statuses[Status.REJECTED.value],
            reasons=dict(counted.reasons.most_common()),
        )


@dataclass(frozen=True, slots=True)
class _Groups:
    """What became of a batch's groups, by their places; nothing at 0."""

    statuses: pa.Array
    reasons: pa.Array
    names: pa.Array
    ids: pa.Array
    are_split: NDArray[np.bool_]

    @classmethod
    def of(cls, groups: Sequence[GroupRecord]) -> _Groups:
        """Take what the journal says."""
        size = max((one.group.seq for one in groups), default=0) + 1
        texts = [[""] * size for _ in range(4)]
        are_split = np.zeros(size, dtype=np.bool_)
        for one in groups:
            at = one.group.seq
            are_split[at] = one.state is GroupState.SPLIT
            if one.state.has_numbers:
                facts = (
                    one.state.status.value,
                    line_statuses.explain(one),
                    one.group.name,
                    one.group_id,
                )
                for column, fact in zip(texts, facts, strict=True):
                    column[at] = fact
        statuses, reasons, names, ids = (pa.array(one, _TEXT) for one in texts)
        return cls(statuses, reasons, names, ids, are_split)


@dataclass(slots=True)
class _Counts:
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    left_out: int = 0


class _Lines:
    """A batch's lines with what became of them, portion by portion."""

    def __init__(self, journal: Journal, batch: str, kept: KeptRows, groups: _Groups) -> None:
        self._journal = journal
        self._batch = batch
        self._kept = kept
        self._groups = groups
        self._skipped = journal.skipped_groups(batch)
        self.counts = _Counts()

    def tables(self) -> Iterator[pa.Table]:
        """Yield the lines with the columns of the sheet Numbers, and count them."""
        for portion in range(len(self._kept)):
            yield self._table(self._kept.read(portion))

    def _table(self, table: pa.Table) -> pa.Table:
        columns = {name: _whole(table, at) for at, name in enumerate((*CELLS, *LINES))}
        seqs = self._seqs(_whole(table, table.schema.get_field_index(GROUP)), columns["number"])
        at = pa.array(seqs)
        accepted = pc.equal(columns["status"], ACCEPTED)
        status = pc.if_else(accepted, self._groups.statuses.take(at), columns["status"])
        why = self._groups.reasons.take(at)
        explained = pc.and_(accepted, pc.not_equal(why, ""))
        reason = pc.if_else(explained, why, columns["reason"])
        left = pc.and_(accepted, pc.equal(status, "")).to_numpy(zero_copy_only=False)
        if left.any():
            status, reason = self._mark_known(table, columns["number"], left, status, reason)
        self._count(accepted, status, reason, columns["country"])
        others = {name: _whole(table, at) for at, name in enumerate(self._kept.types, len(columns))}
        lines = InputLines(
            sheets=columns["sheet"],
            rows=columns["row"],
            originals=columns["original"],
            numbers=columns["number"],
            countries=columns["country"],
            types=columns["type"],
            others=others,
        )
        return as_sheet(
            lines, status, reason, self._groups.names.take(at), self._groups.ids.take(at)
        )

    def _seqs(self, planned: pa.Array, numbers: pa.Array) -> NDArray[np.int32]:
        """Return the groups that numbers are in now; some that were planned were split since."""
        seqs = np.array(planned.to_numpy(), dtype=np.int32)
        at = np.flatnonzero(self._groups.are_split[seqs])
        if len(at):
            sought = pc.cast(numbers.take(pa.array(at)), pa.int64()).to_numpy()
            found = self._journal.places_in(self._batch, sought)
            found = found[np.argsort(found[:, 0])]
            places = np.searchsorted(found[:, 0], sought)
            seqs[at] = found[places, 1]
        return seqs

    def _mark_known(
        self,
        table: pa.Table,
        numbers: pa.Array,
        left: NDArray[np.bool_],
        status: pa.Array,
        reason: pa.Array,
    ) -> tuple[pa.Array, pa.Array]:
        """Return status and reason of lines with those that were left to earlier batches."""
        batches = table.column(EARLIER_BATCH).filter(pa.array(left)).to_pylist()
        seqs = table.column(EARLIER_SEQ).filter(pa.array(left)).to_pylist()
        places = list(zip(batches, seqs, strict=True))
        skipped = pd.DataFrame(
            {
                "number": pd.Series(numbers.filter(pa.array(left)).to_pylist(), dtype="str"),
                "batch": pd.Series(batches, dtype="str"),
                "seq": seqs,
                "group_name": pd.Series([self._name(*one) for one in places], dtype="str"),
            }
        )
        skipped = skipped[skipped["batch"] != ""]
        lines = pd.DataFrame({"number": numbers.filter(pa.array(left)).to_pylist()}, dtype="str")
        statuses = pd.DataFrame({"status": "", "reason": ""}, lines.index, dtype="str")
        missing = self._journal.without_group(skipped)
        if not skipped.empty:
            line_statuses.mark_known(
                statuses, lines, pd.Series(data=True, index=lines.index), skipped, missing
            )
        self.counts.left_out += int(lines["number"].isin(list(missing)).sum())
        flags = pa.array(left)
        return (
            pc.replace_with_mask(status, flags, pa.array(statuses["status"].tolist(), _TEXT)),
            pc.replace_with_mask(reason, flags, pa.array(statuses["reason"].tolist(), _TEXT)),
        )

    def _name(self, batch: str, seq: int) -> str:
        return self._skipped.get((batch, seq), "")

    def _count(
        self, accepted: pa.Array, status: pa.Array, reason: pa.Array, countries: pa.Array
    ) -> None:
        self.counts.statuses.update(_counted(status))
        rejected = pc.equal(status, Status.REJECTED.value)
        kinds = pc.replace_substring_regex(reason.filter(rejected), "(?s):.*", "")
        self.counts.reasons.update(_counted(kinds))
        in_groups = pc.and_(accepted, pc.not_equal(status, Status.DUPLICATE.value))
        self.counts.countries.update(_counted(countries.filter(in_groups)))


def _counted(values: pa.Array) -> dict[str, int]:
    return {one["values"]: one["counts"] for one in pc.value_counts(values).to_pylist()}


def _whole(table: pa.Table, at: int) -> pa.Array:
    column = table.column(at).combine_chunks()
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
