"""Why nothing may be sent of a long list, by its counts and a sample of its rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from importer.batch.planning.gates import RowCounts, gate_of_counts, suggested_regions
from importer.model import Reason, Rows, Status
from importer.results_columns import NumbersColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from importer.batch.large.decisions import DecidedList
    from importer.batch.large.groups import Grouped
    from importer.context import Job
    from importer.model import Source


def gate_of(
    job: Job, source: Source, decided: DecidedList, grouped: Grouped, rejected: pa.Table
) -> tuple[str, Mapping[str, Any]]:
    """Return why nothing may be sent, "" where it may, and the settings that would let it."""
    rows, lines = sample_of(source, rejected, list(grouped.by_country))
    counts = RowCounts(
        rows=decided.blocks.lines,
        rejected=decided.rejected,
        accepted=grouped.planned,
        different_rejects=decided.different_rejects,
        without_country=decided.reasons[Reason.NO_COUNTRY.value],
    )
    problem = gate_of_counts(counts, rows, lines, job.settings)
    found = suggested_regions(rows, lines, job.settings) if problem else ()
    return problem, {"region": found[0].region} if found else {}


def sample_of(
    source: Source, rejected: pa.Table, countries: list[str]
) -> tuple[Rows, pd.DataFrame]:
    """Return rejected rows, and a row of each country that the list has numbers of."""
    table = rejected.to_pandas()
    others = pd.DataFrame({"country": countries}, dtype="str")
    lines = pd.DataFrame(
        {
            "status": table[NumbersColumn.STATUS.value],
            "reason": table[NumbersColumn.REASON.value],
            "country": "",
        }
    )
    lines = pd.concat(
        [lines, others.assign(status=Status.PLANNED.value, reason="")], ignore_index=True
    )
    originals = [*table[NumbersColumn.ORIGINAL.value], *[""] * len(others)]
    cells = pd.DataFrame({"original": pd.Series(originals, dtype="str")})
    return Rows(cells, pd.DataFrame(index=cells.index), source), lines
