"""From a sheet of texts to columns of rows, as `frames` does it, with no object for each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import CellKind
from importer.reading.frames import Taken, unique_names
from importer.reading.sheets import no_details
from importer.reading.textgrid import TextGrid
from importer.reading.words import TOTALS

if TYPE_CHECKING:
    from importer.reading.layout import Layout
    from importer.reading.sheets import Sheet

_TEXT = pa.large_string()
_SURELY_HELD = "[0-9A-Za-z+]"


def take(sheet: Sheet, layout: Layout) -> Taken | None:
    """Take a sheet's phone cells and the other columns of their rows.

    None where that is left to `frames`: several phone columns, hidden rows, sums, or no texts.
    """
    grid = sheet.lines
    plain = isinstance(grid, TextGrid) and sheet.look is no_details and len(layout.phones) == 1
    if not isinstance(grid, TextGrid) or not plain or layout.phones[0] >= len(grid.columns):
        return None
    columns = [column.slice(layout.first) for column in grid.columns]
    others = [at for at in range(len(columns)) if at != layout.phones[0]]
    if any(_has_totals(columns[at]) for at in others):
        return None
    names = unique_names(layout, len(columns))
    held = _held(columns[layout.phones[0]])
    if not pc.all(held).as_py():
        columns = [column.filter(held) for column in columns]
    count = len(columns[0])
    regions = None if layout.country is None else _stripped(columns[layout.country])
    cells = {
        "sheet": _same(sheet.name, count),
        "row": pa.array(np.flatnonzero(held) + layout.first + 1),
        "column": _same(names[layout.phones[0]], count),
        "original": columns[layout.phones[0]],
        "kind": _same(CellKind.TEXT.value, count),
        "region": _same("", count) if regions is None else regions,
    }
    named = {
        names[at]: _or_nothing(columns[at])
        for at in others
        if _is_named(layout, at) or _holds(grid.columns[at].slice(layout.first))
    }
    extras = pa.table(named).to_pandas() if named else pd.DataFrame(index=range(count))
    return Taken(pa.table(cells).to_pandas(), extras, ())


def _has_totals(column: pa.Array) -> bool:
    labels = pa.array(sorted(TOTALS), _TEXT)
    return bool(pc.any(pc.is_in(column, labels)).as_py())


def _held(column: pa.Array) -> pa.Array:
    """Return which cells hold more than space, as `str.strip` has it."""
    sure = pc.match_substring_regex(column, _SURELY_HELD).to_numpy(zero_copy_only=False)
    held = sure.copy()
    for at in np.flatnonzero(~sure).tolist():
        held[at] = bool(column[at].as_py().strip())
    return pa.array(held)


def _stripped(column: pa.Array) -> pa.Array:
    """Strip texts of which many are the same."""
    coded = column.dictionary_encode()
    stripped = [text.strip() for text in coded.dictionary.to_pylist()]
    return pa.array(stripped, _TEXT).take(coded.indices)


def _same(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, _TEXT), count)


def _is_named(layout: Layout, at: int) -> bool:
    return layout.header >= 0 and at < len(layout.names) and bool(layout.names[at])


def _holds(column: pa.Array) -> bool:
    return bool(pc.any(pc.not_equal(column, "")).as_py())


def _or_nothing(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, _TEXT), column)
