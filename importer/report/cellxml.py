"""Lines of a sheet as XML, straight from columns. Pure.

Cells are written as the library writes them; ECMA-376 part 1, 18.3.1.4. Arrow joins texts line by
line, and each text to join takes the same time however long it is: so there are two for a cell, its
reference and all the rest, and the rest is made once for each different value of a column that has
few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.report.signs import bytes_of, holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.report.signs import Bytes

TEXT = pa.large_string()
_DAY_SECONDS = 86_400
_EPOCH = 25_569
"""Excel's number of the day 1970-01-01."""
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column's cells go, and what they look like."""

    letters: str
    style: str
    """` s="7"`, or nothing."""
    kind: str
    """`inlineStr`, `b`, or "" for a number."""
    spaced: bool
    """Whether its texts keep the space at their ends."""
    few: bool
    """Whether its texts are few different ones, over and over."""


def kind_of(kind: pa.DataType) -> str:
    """Return the type of a column's cells as `Place.kind` has it."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return "inlineStr"
    return "b" if pa.types.is_boolean(kind) else ""


def xml_of(lines: pa.Table, places: Sequence[Place], first: int) -> Bytes:
    """Return the XML of some lines, of which the first goes to row `first`, counted from 1.

    `places` are those of the columns. All the row numbers must have as many digits as the first.
    """
    digits = _digits(first, lines.num_rows)
    parts = [_numbered('<row r="', digits, '">')]
    for place, column in zip(places, lines.columns, strict=True):
        parts += _cells(place, digits, column.combine_chunks())
    return bytes_of(_join([*parts, "</row>"]))


def _digits(first: int, count: int) -> Bytes:
    """Return the row numbers as a table of digits, a line for each."""
    rows = pc.cast(pa.array(np.arange(first, first + count)), TEXT)
    return bytes_of(rows).reshape(count, len(str(first)))


def _numbered(before: str, digits: Bytes, after: str) -> pa.Array:
    """Return each row number between two texts, which takes half the time of a join."""
    count, length = digits.shape
    signs = np.tile(np.frombuffer(f"{before}{'0' * length}{after}".encode(), np.uint8), (count, 1))
    signs[:, len(before) : len(before) + length] = digits
    offsets = np.arange(count + 1) * signs.shape[1]
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(signs))


def _cells(place: Place, digits: Bytes, values: pa.Array) -> list[pa.Array]:
    """Return a column's cells in two parts, both null where a line has no such cell."""
    begin = _numbered(f'<c r="{place.letters}', digits, "")
    if place.few:
        coded = values.dictionary_encode()
        rest = _rest_of_cells(place, coded.dictionary).take(coded.indices)
    else:
        rest = _rest_of_cells(place, values)
    if rest.null_count:
        begin = pc.if_else(rest.is_valid(), begin, pa.scalar(None, TEXT))
    return [begin, rest]


def _rest_of_cells(place: Place, values: pa.Array) -> pa.Array:
    """Return what follows the cells' references, null for what is missing.

    An empty text has a cell for its style alone.
    """
    texts = _values(values)
    begin, end = f'"{place.style}><v>', "</v></c>"
    empty = None
    if place.kind == "b":
        begin = f'"{place.style} t="b"><v>'
    elif place.kind:
        kept = ' xml:space="preserve"' if place.spaced else ""
        begin = f'"{place.style} t="inlineStr"><is><t{kept}>'
        end = "</t></is></c>"
        empty = f'"{place.style}/>' if place.style else None
    rest = _join([begin, texts, end])
    held = pc.greater(pc.binary_length(texts), 0)
    return rest if pc.all(held).as_py() else pc.if_else(held, rest, pa.scalar(empty, TEXT))


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
        for sign, escape in _ESCAPES:
            if holds(texts, sign):
                texts = pc.replace_substring(texts, sign, escape)
    return texts


def _join(parts: Sequence[pa.Array | str]) -> pa.Array:
    """Join texts line by line, and leave out what is null."""
    told = [pa.scalar(part, TEXT) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*told, pa.scalar("", TEXT), null_handling="skip")
