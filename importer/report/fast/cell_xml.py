"""Lines of a sheet as XML, straight from columns. Pure.

Cells are written as the library writes them; ECMA-376 part 1, 18.3.1.4. Arrow joins texts line by
line, and each text to join takes the same time however long it is: so there are two for a cell, its
reference and all the rest, and the rest is made once for each different value of a column that has
few.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.report.cell_values import is_text
from importer.report.escapes import bytes_of, has_space, holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.columns.buffers import Bytes

TEXT = pa.large_string()
_LOOKED_AT = 5_000
"""Lines in which most columns of many different texts show that they are such."""
_FEW = 2_500
"""Different texts; more are sooner made anew for each line than looked up for each piece."""
_DAY_SECONDS = 86_400
_EPOCH = 25_569
"""Excel's number of the day 1970-01-01."""
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


class SampleCell(NamedTuple):
    """What is said of a column's cells before their values."""

    letters: str
    style: str
    """` s="7"`, or nothing."""
    kind: str
    """As `kind_of` has it."""


@dataclass(frozen=True, slots=True)
class CellTemplate:
    """Where a column's cells go, and what stands around their values."""

    letters: str
    before: str
    """From the reference to the value."""
    after: str
    empty: str | None
    """What follows the reference where there is no value; None where there is no cell then."""
    distinct: pa.Array | None = None
    """The different texts of a column that has few."""
    tails: pa.Array | None = None
    """What follows the reference for each of them, null where there is no cell."""


def cell_template(cell: SampleCell, column: pa.ChunkedArray) -> CellTemplate:
    """Return where a column's cells go and what stands around their values.

    An empty text has a cell for its style alone.
    """
    if cell.kind != "inlineStr":
        kind = f' t="{cell.kind}"' if cell.kind else ""
        return CellTemplate(cell.letters, f'"{cell.style}{kind}><v>', "</v></c>", None)
    kept = ' xml:space="preserve"' if is_text(column) and has_space(column) else ""
    before = f'"{cell.style} t="inlineStr"><is><t{kept}>'
    empty = f'"{cell.style}/>' if cell.style else None
    template = CellTemplate(cell.letters, before, "</t></is></c>", empty)
    distinct = _distinct(column)
    if distinct is None:
        return template
    return replace(template, distinct=distinct, tails=_tails(template, distinct))


def _distinct(column: pa.ChunkedArray) -> pa.Array | None:
    """Return the different texts of a column, None where they are many."""
    if not is_text(column):
        return None
    if pc.count_distinct(column.slice(0, _LOOKED_AT), mode="all").as_py() > _FEW:
        return None
    distinct = pc.unique(column)
    return distinct if len(distinct) <= _FEW else None


def _tails(template: CellTemplate, values: pa.Array) -> pa.Array:
    """Return what follows the references of cells, null where there is no cell."""
    texts = _values(values)
    filled = pc.greater(pc.binary_length(texts), 0)
    return _choose(filled, _join([template.before, texts, template.after]), template.empty)


def kind_of(kind: pa.DataType) -> str:
    """Return the type of a column's cells: `inlineStr`, `b`, or "" for a number."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return "inlineStr"
    return "b" if pa.types.is_boolean(kind) else ""


def xml_of(lines: pa.Table, templates: Sequence[CellTemplate], first: int) -> Bytes:
    """Return the XML of some lines, of which the first goes to row `first`, counted from 1.

    `templates` are those of the columns. All the row numbers must have as many digits as the first.
    """
    digits = _digits(first, lines.num_rows)
    parts: list[pa.Array | str] = [_numbered('<row r="', digits, '">')]
    for template, column in zip(templates, lines.columns, strict=True):
        parts += _cells(template, digits, column.combine_chunks())
    return bytes_of(_join([*parts, "</row>"]))


def _digits(first: int, count: int) -> Bytes:
    """Return the row numbers as a table of digits, a line for each."""
    rows = pc.cast(pa.array(np.arange(first, first + count)), TEXT)
    return bytes_of(rows).reshape(count, len(str(first)))


def _numbered(before: str, digits: Bytes, after: str) -> pa.Array:
    """Return each row number between two texts, which takes half the time of a join."""
    count, length = digits.shape
    data = np.tile(np.frombuffer(f"{before}{'0' * length}{after}".encode(), np.uint8), (count, 1))
    data[:, len(before) : len(before) + length] = digits
    offsets = np.arange(count + 1) * data.shape[1]
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))


def _cells(template: CellTemplate, digits: Bytes, values: pa.Array) -> list[pa.Array | str]:
    """Return what a column's cells are joined of, null where a line has no cell."""
    begin = f'<c r="{template.letters}'
    if template.tails is None:
        return _cells_of_many(template, begin, digits, _values(values))
    if len(template.tails) == 1:
        tail = template.tails[0].as_py()
        return [] if tail is None else [_numbered(begin, digits, tail)]
    tails = template.tails.take(pc.index_in(values, template.distinct))
    return [_choose(tails.is_valid(), _numbered(begin, digits, ""), None), tails]


def _cells_of_many(
    template: CellTemplate, begin: str, digits: Bytes, texts: pa.Array
) -> list[pa.Array | str]:
    filled = pc.greater(pc.binary_length(texts), 0)
    empty = None if template.empty is None else _numbered(begin, digits, template.empty)
    return [
        _choose(filled, _numbered(begin, digits, template.before), empty),
        texts,
        _choose(filled, template.after, None),
    ]


def _choose(filled: pa.Array, some: pa.Array | str, other: pa.Array | str | None) -> pa.Array | str:
    """Return one where a cell has a value, the other where not."""
    if pc.all(filled).as_py():
        return some
    return pc.if_else(filled, _as_arrow(some), _as_arrow(other))


def _values(values: pa.Array) -> pa.Array:
    """Return the texts of values in XML, "" for what is missing."""
    kind = values.type
    if pa.types.is_timestamp(kind):
        whole = pc.cast(pc.floor_temporal(values, unit="second"), pa.timestamp("s"))
        seconds = pc.add(pc.cast(whole, pa.int64()), _EPOCH * _DAY_SECONDS)
        values = pc.divide(pc.cast(seconds, pa.float64()), _DAY_SECONDS)
    elif pa.types.is_date32(kind):
        values = pc.add(pc.cast(values, pa.int32()), _EPOCH)
    elif pa.types.is_boolean(kind):
        values = pc.cast(values, pa.int8())
    texts = pc.fill_null(pc.cast(values, TEXT), "")
    if kind_of(kind) == "inlineStr":
        for character, escape in _ESCAPES:
            if holds(texts, character):
                texts = pc.replace_substring(texts, character, escape)
    return texts


def _join(parts: Sequence[pa.Array | str]) -> pa.Array:
    """Join texts line by line, and leave out what is null."""
    return pc.binary_join_element_wise(*map(_as_arrow, parts), _as_arrow(""), null_handling="skip")


def _as_arrow(part: pa.Array | str | None) -> pa.Array | pa.Scalar:
    """Return a text of every line, or of each, as Arrow takes it."""
    return part if isinstance(part, pa.Array) else pa.scalar(part, TEXT)
