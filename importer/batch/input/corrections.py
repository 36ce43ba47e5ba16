"""Corrected rows among the rows that they were rejected from. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from importer.batch.input.duplicates import mark_duplicates
from importer.model import Rows, Status
from importer.reading.tables.frames import one_type_a_column

if TYPE_CHECKING:
    from importer.batch.input.normalized_file import NormalizedFile

_PLACE = ["sheet", "row"]


def merge(earlier: NormalizedFile, corrected: NormalizedFile) -> NormalizedFile:
    """Return the whole list: what was accepted before, and corrected rows instead of rejected ones.

    Rows are known by sheet and row. A rejected row that the corrected workbook no longer has stays
    rejected. The order is that of the first file.
    """
    old, new = earlier.rows, corrected.rows
    rejected = earlier.lines["status"] == Status.REJECTED.value
    replaced = rejected & _places(old).isin(_places(new))
    kept = ~replaced.to_numpy()
    cells = pd.concat([old.cells.loc[kept, list(new.cells)], new.cells], ignore_index=True)
    extras = pd.concat([old.extras[kept], new.extras], ignore_index=True)
    lines = pd.concat([earlier.lines[kept], corrected.lines], ignore_index=True)
    order = _in_order_of(cells, old.cells)
    cells, extras, lines = (
        frame.iloc[order].reset_index(drop=True) for frame in (cells, extras, lines)
    )
    source = replace(new.source, columns=old.source.columns)
    rows = Rows(cells, one_type_a_column(extras[list(old.extras.columns)]), source)
    verdicts = lines.drop(columns="status")
    # Whose number stands in an earlier row is found anew: a correction can change it.
    repeated = lines["status"] == Status.DUPLICATE.value
    verdicts.loc[repeated, "reason"] = ""
    return replace(corrected, rows=rows, lines=mark_duplicates(verdicts, cells))


def _places(rows: Rows) -> pd.Series:
    cells = rows.cells
    return cells["sheet"] + "\n" + cells["row"].astype("str")


def _in_order_of(cells: pd.DataFrame, first: pd.DataFrame) -> pd.Index:
    """Return the positions of `cells` in the order in which their rows stood in `first`."""
    seen = first.drop_duplicates(_PLACE)[_PLACE].reset_index(drop=True)
    at = cells[_PLACE].merge(seen.reset_index(names="at"), on=_PLACE, how="left")["at"]
    return at.fillna(len(seen)).sort_values(kind="stable").index
