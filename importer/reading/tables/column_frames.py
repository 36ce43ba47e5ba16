"""Build the rows of a sheet that is held column by column; `frames` does it from lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import CellKind
from importer.reading.layout.words import TOTALS
from importer.reading.tables.cells import describe
from importer.reading.tables.columnar import Column, ColumnarLines
from importer.reading.tables.frames import (
    Taken,
    hidden_notes,
    rows_without_number,
    total_notes,
    unique_names,
)
from importer.reading.tables.sheets import Mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.reading.layout.layouts import Layout
    from importer.reading.tables.columnar import Flags, Others
    from importer.reading.tables.sheets import Sheet

_TEXT = pa.large_string()
_PIECE = 10_000
_SURELY_HELD = "[0-9A-Za-z+]"
_DIGITS = "^(?:0|-?[1-9][0-9]{0,14})$"
"""A whole number that is shown as it is written in the file."""
_LABELS_OF_TOTALS = pa.array(sorted(TOTALS), _TEXT)


def take(sheet: Sheet, layout: Layout, *, visible_only: bool) -> Taken | None:
    """Take a sheet's phone cells and the other columns of their rows.

    None where that is left to `frames`: lines of cells, several phone columns, merged cells below
    the header, or labels of totals.
    """
    lines = sheet.lines
    if not isinstance(lines, ColumnarLines) or not _is_simple(sheet, layout, lines):
        return None
    below = [column.part(layout.first, len(lines)) for column in lines.columns]
    phone = layout.phones[0]
    others = [at for at in range(len(below)) if at != phone]
    if any(_has_totals(below[at]) for at in others):
        return None
    names = unique_names(layout, len(below))
    others = [at for at in others if _is_named(layout, at) or _holds(below[at])]
    held = _held(below[phone])
    hidden = _hidden(sheet, layout.first, len(held)) & held
    empty = 0
    if not held.all():
        empty = _count_held([below[at].filter(~held) for at in [phone, *others]])
    if visible_only:
        held &= ~hidden
    if not held.all():
        below = [column.filter(held) for column in below]
    count = len(below[phone])
    originals, kinds = _described(below[phone])
    cells = {
        "sheet": _same(sheet.name, count),
        "row": pa.array(np.flatnonzero(held) + layout.first + 1),
        "column": _same(names[phone], count),
        "original": originals,
        "kind": kinds,
        "region": _regions(below, layout.countries_of(phone), count),
    }
    frame = pa.table(cells).to_pandas()
    notes = (
        *rows_without_number(sheet.name, empty),
        *hidden_notes(sheet.name, int(hidden.sum()), visible_only),
        *total_notes(sheet.name, frame),
    )
    return Taken(frame, _extras({names[at]: below[at] for at in others}, count), notes)


def _is_simple(sheet: Sheet, layout: Layout, lines: ColumnarLines) -> bool:
    return (
        len(layout.phones) == 1
        and max(layout.phones[0], *layout.countries_of(layout.phones[0]), 0) < len(lines.columns)
        and all(top < layout.first for (top, _), _ in sheet.merged)
    )


def _has_totals(column: Column) -> bool:
    return bool(pc.any(pc.is_in(column.texts, _LABELS_OF_TOTALS)).as_py())


def _hidden(sheet: Sheet, first: int, count: int) -> Flags:
    flags = np.zeros(count, np.bool_)
    flags[[row - first for row in sheet.hidden if first <= row < first + count]] = True
    return flags


def _held(column: Column) -> Flags:
    """Return which cells show more than white space (what `str.strip` removes)."""
    held: Flags
    texts = column.texts
    held = pc.match_substring_regex(texts, _SURELY_HELD).to_numpy(zero_copy_only=False)
    held = held.copy()
    doubtful = ~held & (pc.binary_length(texts).to_numpy() > 0)
    for at in np.flatnonzero(doubtful).tolist():
        held[at] = bool(texts[at].as_py().strip())
    if column.others is not None:
        shows = [bool(describe(value)[0].strip()) for value in column.others.values]
        is_other = column.others.codes >= 0
        held[is_other] = np.array(shows, np.bool_)[column.others.codes[is_other]]
    return held


def _count_held(columns: Sequence[Column]) -> int:
    """Return how many lines hold something in any of some columns."""
    lines = np.zeros(len(columns[0]), dtype=np.bool_)
    for column in columns:
        lines |= pc.not_equal(column.texts, "").to_numpy(zero_copy_only=False)
        if column.others is not None:
            lines |= column.others.codes >= 0
    return int(lines.sum())


def _described(column: Column) -> tuple[pa.Array, pa.Array]:
    """Return the text and the kind of each phone cell, as `cells.describe` gives them."""
    if column.others is not None:
        return _described_others(column, column.others)
    if column.numbers is None:
        return column.texts, _same(CellKind.TEXT.value, len(column))
    numbers = pa.array(column.numbers)
    kinds = pc.if_else(numbers, CellKind.NUMBER.value, CellKind.TEXT.value).cast(_TEXT)
    odd = pc.and_not(numbers, pc.match_substring_regex(column.texts, _DIGITS))
    if not pc.any(odd).as_py():
        return column.texts, kinds
    shown = [describe(float(text)) for text in column.texts.filter(odd).to_pylist()]
    texts = pa.array([text for text, _ in shown], _TEXT)
    odd_kinds = pa.array([kind.value for _, kind in shown], _TEXT)
    return (
        pc.replace_with_mask(column.texts, odd, texts),
        pc.replace_with_mask(kinds, odd, odd_kinds),
    )


def _described_others(column: Column, others: Others) -> tuple[pa.Array, pa.Array]:
    texts, kinds = _described(replace(column, others=None))
    shown = [describe(value) for value in others.values]
    where = pa.array(others.codes >= 0)
    codes = pa.array(others.codes[others.codes >= 0])
    other_texts = pa.array([text for text, _ in shown], _TEXT).take(codes)
    other_kinds = pa.array([kind.value for _, kind in shown], _TEXT).take(codes)
    return (
        pc.replace_with_mask(texts, where, other_texts),
        pc.replace_with_mask(kinds, where, other_kinds),
    )


def _regions(below: Sequence[Column], countries: Sequence[int], count: int) -> pa.Array:
    """Return each row's country: the first of its country columns that is not empty."""
    if not countries:
        return _same("", count)
    regions = _stripped(below[countries[0]])
    for at in countries[1:]:
        regions = pc.if_else(pc.equal(regions, ""), _stripped(below[at]), regions)
    return regions


def _stripped(column: Column) -> pa.Array:
    """Return the stripped text of each cell; each distinct text is stripped once."""
    coded = _described(column)[0].dictionary_encode()
    stripped = [text.strip() for text in coded.dictionary.to_pylist()]
    return pa.array(stripped, _TEXT).take(coded.indices)


def _extras(columns: Mapping[str, Column], count: int) -> pd.DataFrame:
    """Return the other columns by their names.

    Arrow's are converted together: one by one they would take a wide sheet half of its time.
    """
    found = {name: _extra(column) for name, column in columns.items()}
    arrays = {name: one for name, one in found.items() if isinstance(one, pa.Array)}
    frame = pa.table(arrays).to_pandas() if arrays else pd.DataFrame(index=range(count))
    objects = {name: one for name, one in found.items() if isinstance(one, pd.Series)}
    if not objects:
        return frame
    return pd.DataFrame({name: objects.get(name, frame.get(name)) for name in found})


def _extra(column: Column) -> pa.Array | pd.Series:
    """Return a column of numbers or dates if all its cells are such, else of texts."""
    empty = pc.equal(column.texts, "")
    held = ~empty.to_numpy(zero_copy_only=False)
    if column.numbers is not None and held.any() and column.numbers[held].all():
        numbers = pc.if_else(empty, pa.scalar(None, _TEXT), column.texts)
        return pc.cast(numbers, pa.float64())
    if column.others is not None:
        held |= column.others.codes >= 0
        marked = any(isinstance(value, Mark) for value in column.others.values)
        if not marked and held.any() and (column.others.codes[held] >= 0).all():
            return _others(column.others)
        texts = _described(column)[0]
        return pc.if_else(pc.equal(texts, ""), pa.scalar(None, _TEXT), texts)
    return pc.if_else(empty, pa.scalar(None, _TEXT), _described(column)[0])


def _others(others: Others) -> pd.Series:
    """Return the values untyped; `frames.join` gives the column its type."""
    values = np.array([*others.values, None], dtype="object")
    return pd.Series(values[others.codes], dtype="object")


def _same(text: str, count: int) -> pa.ChunkedArray:
    """Return a column that repeats one text; its chunks share one buffer."""
    piece = pa.repeat(pa.scalar(text, _TEXT), min(count, _PIECE))
    whole, rest = divmod(count, max(len(piece), 1))
    return pa.chunked_array([*[piece] * whole, piece.slice(0, rest)])


def _is_named(layout: Layout, at: int) -> bool:
    return layout.headed and at < len(layout.names) and bool(layout.names[at])


def _holds(column: Column) -> bool:
    if column.others is not None and (column.others.codes >= 0).any():
        return True
    return bool(pc.any(pc.not_equal(column.texts, "")).as_py())
