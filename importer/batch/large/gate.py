"""Why nothing may be sent of a long list, by its counts and a sample of its rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.batch.large.blocks import column
from importer.batch.large.results_folder import MOST_REJECTED
from importer.batch.planning.gates import RowCounts, gate_of_counts, suggested_regions
from importer.model import Reason, Rows, Status
from importer.results_columns import NumbersColumn

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer.batch.large.passes.decisions import DecidedList
    from importer.context import Job
    from importer.model import Source

_SAMPLE = (NumbersColumn.ORIGINAL, NumbersColumn.STATUS, NumbersColumn.REASON)


def gate_of(
    job: Job,
    source: Source,
    decided: DecidedList,
    countries: Collection[str],
    rejected: pa.Table,
) -> tuple[str, Mapping[str, Any]]:
    """Return why nothing may be sent, "" where it may, and the settings that would let it.

    `countries` are those that the list has numbers of, and `rejected` some of its rejected lines.
    """
    rows, lines = sample_of(source, rejected, list(countries))
    counts = RowCounts(
        rows=decided.blocks.lines,
        rejected=decided.rejected,
        accepted=decided.blocks.lines - decided.rejected - decided.repeated,
        different_rejects=decided.different_rejects,
        without_country=decided.reasons[Reason.NO_COUNTRY.value],
    )
    problem = gate_of_counts(counts, rows, lines, job.settings)
    found = suggested_regions(rows, lines, job.settings) if problem else ()
    return problem, {"region": found[0].region} if found else {}


def countries_in(decided: DecidedList) -> set[str]:
    """Return the countries that a list has numbers of."""
    found: set[str] = set()
    for block in range(len(decided.blocks)):
        countries = column(decided.blocks.read(block, ["country"]), "country")
        found.update(countries.dictionary.to_pylist())
    return found - {""}


def first_rejected(decided: DecidedList) -> pa.Table:
    """Return the first of a list's rejected lines, as `gate_of` needs them."""
    found: list[pa.Table] = []
    count = 0
    for block in range(len(decided.blocks)):
        if count >= MOST_REJECTED:
            break
        table = decided.blocks.read(block, ["number", "original", "reason"])
        table = table.filter(pc.equal(column(table, "number"), 0))
        reasons = column(table, "reason").dictionary_decode().cast(pa.large_string())
        originals = column(table, "original").cast(pa.large_string())
        status = pa.repeat(pa.scalar(Status.REJECTED.value, pa.large_string()), len(table))
        names = [str(one) for one in _SAMPLE]
        found.append(pa.Table.from_arrays([originals, status, reasons], names))
        count += len(table)
    schema = pa.schema([(str(one), pa.large_string()) for one in _SAMPLE])
    return pa.concat_tables([schema.empty_table(), *found]).slice(0, MOST_REJECTED)


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
