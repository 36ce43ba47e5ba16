"""The long sheets, Groups, Numbers and Rejected, as tables. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.excel_limits import SHEET_COLUMNS, SHEET_ROWS
from importer.model import Reason, Status
from importer.report.cell_values import cut, fit, sound
from importer.results_columns import ADVICE_COLUMN, NumbersColumn, marked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.report.content import ResultsContent

_STATUS_AT, _REASON_AT = map([*NumbersColumn].index, [NumbersColumn.STATUS, NumbersColumn.REASON])


def groups_table(content: ResultsContent) -> pa.Table:
    """Return a line per group, as `content.groups` has them."""
    return plain_table(content.groups)


def numbers_table(content: ResultsContent) -> pa.Table:
    """Return a line per cell of the input: our columns, then the input's own as they were.

    An input's column that has a name of ours is marked as the input's. Columns that no sheet has
    room for, beyond 16,384, are left out.
    """
    cells, lines, statuses = content.rows.cells, content.lines, content.statuses
    ours = [
        (NumbersColumn.SHEET, cells["sheet"]),
        (NumbersColumn.ROW, cells["row"]),
        (NumbersColumn.ORIGINAL, cells["original"]),
        (NumbersColumn.NUMBER, lines["number"]),
        (NumbersColumn.COUNTRY, lines["country"]),
        (NumbersColumn.TYPE, lines["type"]),
        (NumbersColumn.STATUS, statuses["status"]),
        (NumbersColumn.REASON, statuses["reason"]),
        (NumbersColumn.GROUP_NAME, statuses["group_name"]),
        (NumbersColumn.GROUP_ID, statuses["group_id"]),
    ]
    extras = content.rows.extras
    others = [(marked(str(name)), extras.iloc[:, at]) for at, name in enumerate(extras.columns)]
    # One column less, so that Rejected has room for its own.
    return _table([*ours, *others][: SHEET_COLUMNS - 1])


def sentence(text: str) -> pa.Table:
    """Return a sheet that holds one sentence under our first column's name."""
    return pa.table({NumbersColumn.STATUS: [text]})


def rejected_table(numbers: pa.Table) -> pa.Table:
    """Return the rejected lines of Numbers, with what to do about each."""
    chosen = pc.equal(numbers.column(_STATUS_AT), Status.REJECTED.value)
    rejected = numbers.filter(chosen)
    advice = _advice(rejected.column(_REASON_AT))
    return rejected.add_column(_REASON_AT + 1, ADVICE_COLUMN, advice)


def reasons_of(rejected: pa.Table) -> pd.DataFrame:
    """Return for each reason its `count` and its `first` line of Rejected, commonest first."""
    reasons = pd.Series(_bare(rejected.column(_REASON_AT)).to_pylist(), dtype="object")
    places = reasons.index.to_series().groupby(reasons.to_numpy(), sort=False)
    found = pd.DataFrame({"count": places.size(), "first": places.first()})
    return found.sort_values("count", ascending=False, kind="stable")


def _bare(reasons: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take the details off: `too short: 7 digits` becomes `too short`."""
    return pc.replace_substring_regex(reasons, "(?s):.*", "")


def _advice(reasons: pa.ChunkedArray) -> pa.ChunkedArray:
    bare = _bare(reasons).combine_chunks().dictionary_encode()
    advice_of = {reason.value: reason.advice for reason in Reason}
    advice = [advice_of.get(reason, "") for reason in bare.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(advice, pa.string()).take(bare.indices)])


def plain_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as a sheet's table, its columns named as they are."""
    return _table([(str(name), frame[name]) for name in frame])


def _table(columns: list[tuple[str, pd.Series]]) -> pa.Table:
    arrays = [fit(values) for _, values in columns]
    return pa.Table.from_arrays(arrays, [_fit_name(name) for name, _ in columns])


def _fit_name(name: str) -> str:
    # Names go to the writer as C strings, which end at a NUL.
    return cut(sound(name)).replace("\0", "�")


def paged(name: str, table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Cut a long table into sheets: `Numbers`, `Numbers 2`, each with its header."""
    page = lines_of_a_sheet()
    for count, start in enumerate(range(0, max(table.num_rows, 1), page), 1):
        yield (sheet_name(name, count), table.slice(start, page))


def sheet_name(name: str, count: int) -> str:
    """Return the name of the `count`th sheet of a table, from 1."""
    return name if count == 1 else f"{name} {count}"


def lines_of_a_sheet() -> int:
    """Return how many lines a sheet holds below its header."""
    return SHEET_ROWS - 1
