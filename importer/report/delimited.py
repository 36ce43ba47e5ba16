"""The lines of Numbers as CSV, for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import rustpy_xlsxwriter

from importer.excel_limits import EXACT_INTEGER
from importer.report import output_paths
from importer.report.cell_values import is_text
from importer.report.tables import numbers_table

if TYPE_CHECKING:
    from pathlib import Path

    from importer.report.content import ResultsContent

_STRETCH = 65_536
_LIKE_A_FORMULA = r"^([=+\-@\t\r\n'＝＋－＠])"
"""What makes a spreadsheet program take a text for a formula (OWASP, *CSV Injection*), and the
apostrophe itself, so that a guard is distinct from an apostrophe of the input."""


def write_csv(path: Path, content: ResultsContent) -> Path:
    """Write the lines of Numbers as CSV: UTF-8 with BOM, commas, one row a number.

    Texts that a spreadsheet program might run, also `+852 3575 3351`, get an apostrophe in front,
    and so do those that begin with one: who takes one leading apostrophe off each cell has the
    text as it was. The column Number has digits only and needs none. Where the place is taken it
    is written elsewhere, as a workbook is; where it is, is returned.

    Raises:
        OutputError: it can't be written anywhere in that folder.
    """
    return output_paths.put(path, content.rows.source, lambda part: _fill(part, content))


def _fill(part: Path, content: ResultsContent) -> None:
    write_csv_table(part, numbers_table(content))


def write_csv_table(path: Path, table: pa.Table) -> None:
    """Write a table of lines as `write_csv` does."""
    columns = [_whole(column) for column in table.columns]
    names = [_guard(name) for name in table.column_names]
    guarded_table = pa.Table.from_arrays(columns, names)
    # A stretch at a time, so that no second copy of all texts is held.
    guarded = (_guarded(batch) for batch in guarded_table.to_batches(_STRETCH))
    rows = pa.RecordBatchReader.from_batches(guarded_table.schema, guarded)
    rustpy_xlsxwriter.write_csv(rows, str(path), bom=True)


def _guarded(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [_guard_all(column) if is_text(column) else column for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _guard(name: str) -> str:
    guarded: str = _guard_all(pa.scalar(name)).as_py()
    return guarded


def _guard_all(texts: pa.Array | pa.Scalar) -> Any:
    return pc.replace_substring_regex(texts, _LIKE_A_FORMULA, r"'\1")


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write the numbers of a column without a fraction as `7`, which a sheet shows, not `7.0`."""
    if not pa.types.is_floating(column.type):
        return column
    least_most = pc.min_max(column).as_py()
    if least_most["min"] is None or max(map(abs, least_most.values())) > EXACT_INTEGER:
        return column
    whole = pc.all(pc.equal(column, pc.trunc(column))).as_py()
    return column.cast(pa.int64()) if whole else column
