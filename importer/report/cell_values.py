"""Any column as one that a sheet's cells can hold, with no copy where it fits as it is. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.excel_limits import CELL_UNITS, EXACT_INTEGER
from importer.report.escapes import longest
from importer.text_lines import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST_DAY, _LAST_DAY = datetime(1900, 3, 1), datetime(9999, 12, 31)
"""Between them Excel, LibreOffice and the calendar agree: Excel has a 29 February 1900."""
_FIRST_TIME = datetime(1970, 1, 1)
"""The writer counts an earlier day's time of day from its end: 13:01:59 would read 10:58:01."""


def cut(text: str) -> str:
    """Return a text that a cell can hold: whole, or cut with an ellipsis at its end."""
    units = text.encode("utf-16-le")
    if len(units) <= CELL_UNITS * 2:
        return text
    return units[: (CELL_UNITS - 1) * 2].decode("utf-16-le", "ignore") + "…"


def sound(text: str) -> str:
    """Replace halves of characters, which no file can hold, by the mark made for them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fit(values: pd.Series) -> pa.ChunkedArray:
    """Return a column of texts, numbers, booleans or dates, as a sheet's cells hold them.

    What a cell has no type for (a date before 1900, a time with a zone or before 1970, a number of
    more than 15 digits, a mixed column) becomes text, so that nothing is lost in silence.
    """
    column = _arrow(values)
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if not _has_cells(column):
        column, kind = _as_text(column), pa.large_string()
    return _fit_text(column) if _is_text(kind) else column


def _arrow(values: pd.Series) -> pa.ChunkedArray:
    try:
        array = pa.Array.from_pandas(values)
    except (pa.ArrowException, UnicodeEncodeError):
        texts = [None if _missing(value) else sound(str(value)) for value in values]
        array = pa.array(texts, pa.large_string())
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _missing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or value != value


def _has_cells(column: pa.ChunkedArray) -> bool:
    """Whether a sheet has cells for each value of this type."""
    kind = column.type
    if pa.types.is_integer(kind):
        return _within(column, -EXACT_INTEGER, EXACT_INTEGER)
    if pa.types.is_timestamp(kind):
        return (
            kind.tz is None
            and _within(column, _FIRST_DAY, _LAST_DAY)
            and (_within(column, _FIRST_TIME, _LAST_DAY) or not has_time(column))
        )
    if pa.types.is_date(kind):
        return _within(column, _FIRST_DAY.date(), _LAST_DAY.date())
    return bool(
        _is_text(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_null(kind)
    )


def _within(column: pa.ChunkedArray, least: Any, most: Any) -> bool:
    found = pc.min_max(column).as_py()
    return found["min"] is None or (least <= found["min"] and found["max"] <= most)


def has_time(column: pa.ChunkedArray) -> bool:
    """Whether some moment of a column is not the beginning of its day."""
    if pa.types.is_date(column.type):
        return False
    days = pc.floor_temporal(column, unit="day")
    return not pc.all(pc.equal(days, column)).as_py()


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = [None if value is None else sound(str(value)) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def _fit_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    # UTF-8 takes at least as many bytes as UTF-16 units, so this finds each that is too long.
    if longest(column) <= CELL_UNITS:
        return column
    texts = [None if value is None else cut(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def widest(texts: Iterable[str]) -> int:
    """Return the width of the widest line of these texts, 0 where there is none."""
    return max((text_width(line) for text in texts for line in text.splitlines()), default=0)


def wrapped_lines(text: str, width: int) -> int:
    """Return how many lines a text takes, as words are not broken where that can be helped."""
    lines, used = 1, 0
    for word in text.split():
        long = text_width(word)
        if used and used + 1 + long > width:
            lines, used = lines + 1, 0
        lines += (long - 1) // width if long > width else 0
        used += min(long, width) + (1 if used else 0)
    return lines


def sample(column: pa.ChunkedArray, size: int = 400) -> list[Any]:
    """Return up to `size` values from all over a column."""
    step = max(len(column) // size, 1)
    places = pa.array(range(0, len(column), step), pa.int64())
    return [value for value in column.take(places).to_pylist() if value]


def is_text(column: pa.Array | pa.ChunkedArray) -> bool:
    """Whether a column holds texts."""
    return _is_text(column.type)
