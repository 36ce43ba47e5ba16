"""Build the rows of a sheet whose columns are known: one row for each phone cell."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING, cast

import pandas as pd

from importer.errors import UnreadableInput
from importer.model import CellKind
from importer.plurals import counted, plural
from importer.reading.layout.content import Shape, shape
from importer.reading.layout.table import is_empty
from importer.reading.layout.words import TOTALS
from importer.reading.limits import GRID_CELLS
from importer.reading.tables.cells import as_text, describe
from importer.reading.tables.columnar import marked_columns, width
from importer.reading.tables.sheets import Mark, letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.layout.layouts import Layout
    from importer.reading.tables.sheets import Cell, Sheet

_SUMS = frozenset({CellKind.TEXT.value, CellKind.NUMBER.value, CellKind.IMPRECISE.value})
"""The kinds of cells that may hold a sum."""
_LABEL_SHARE = 0.1
"""A word in more than a tenth of a column's cells is an ordinary value, not a label of sums."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A sheet's rows: `cells` and `extras` as in `Rows`, and notes for the operator."""

    cells: pd.DataFrame
    extras: pd.DataFrame
    notes: tuple[str, ...]


def take(
    sheet: Sheet,
    layout: Layout,
    *,
    visible_only: bool,
    labels_in: frozenset[int] | None = None,
) -> Taken:
    """Take a sheet's phone cells and the other columns of their rows.

    In the columns `labels_in` a word such as Total labels a sum; None where that is to be found.

    Raises:
        UnreadableInput: its merged ranges cover more than a sheet can hold.
    """
    table = _Table(sheet, layout)
    totals = table.total_lines() if labels_in is None else table.labelled_lines(labels_in)
    cells = pd.concat([table.cells(at, totals) for at in layout.phones])
    held = cells["original"].str.strip() != ""
    hidden = (cells["row"] - 1).isin(sheet.hidden)
    kept = held & ~hidden if visible_only else held
    counted = table.count_without(frozenset(cells.loc[held, "line"]))
    cells = cells[kept].sort_values("line", kind="stable")
    extras = table.extras().iloc[cells["line"]]
    notes = [
        *rows_without_number(sheet.name, counted),
        *hidden_notes(sheet.name, int((held & hidden).sum()), visible_only),
        *total_notes(sheet.name, cells),
    ]
    return Taken(
        cells.drop(columns="line").reset_index(drop=True),
        extras.reset_index(drop=True),
        tuple(notes),
    )


def rows_without_number(name: str, count: int) -> list[str]:
    """Say how many rows of a sheet hold something, but nothing in a phone column."""
    if not count:
        return []
    what = "1 row has" if count == 1 else f"{count:,} rows have"
    was = "was" if count == 1 else "were"
    return [f"Sheet '{name}': {what} nothing in a phone column and {was} passed."]


def hidden_notes(name: str, count: int, visible_only: bool) -> list[str]:
    """Return what is said of a sheet's numbers in hidden rows."""
    if not count:
        return []
    if visible_only:
        was = plural(count, "was", "were")
        numbers = counted(count, "number")
        return [f"Sheet '{name}': {numbers} in hidden or filtered rows {was} left out."]
    stand, were = ("stands", "was") if count == 1 else ("stand", "were")
    return [
        f"Sheet '{name}': {counted(count, 'number')} {stand} in hidden or filtered rows and {were} "
        "read as well; --visible-only leaves them out."
    ]


def total_notes(name: str, cells: pd.DataFrame) -> list[str]:
    """Return what is said of a sheet's cells that hold totals."""
    rows = cells.loc[cells["kind"] == CellKind.TOTAL.value, "row"]
    if rows.empty:
        return []
    some = ", ".join(f"{row}" for row in rows[:5]) + (" and others" if len(rows) > 5 else "")
    return [f"Sheet '{name}': the totals in row {some} are no phone numbers and were rejected."]


class _Table:
    """A sheet below its header, column by column."""

    def __init__(self, sheet: Sheet, layout: Layout) -> None:
        self._sheet, self._layout = sheet, layout
        self._first = layout.first
        self._count = len(sheet.lines) - self._first
        widest = width(sheet.lines, max(layout.header, 0))
        self._width = max(widest, *(at + 1 for at in layout.phones))
        self._names = unique_names(layout, self._width)
        self._columns = marked_columns(sheet.lines, self._first)

    def values(self, at: int) -> list[Cell | Mark]:
        """Return one column's cells; a merged value fills all rows of its range."""
        values = list(self._columns[at]) if at < len(self._columns) else []
        values.extend([""] * (self._count - len(values)))
        # A merged phone cell is one number, not one for each row that it covers.
        return values if at in self._layout.phones else self._fill_merged(at, values)

    def _fill_merged(self, at: int, values: list[Cell | Mark]) -> list[Cell | Mark]:
        filled = 0
        for (top, left), (bottom, _) in self._sheet.merged:
            start, stop = top - self._first, min(bottom - self._first, self._count - 1)
            if left != at or start < 0 or stop <= start:
                continue
            filled += stop - start
            if filled > GRID_CELLS:
                raise UnreadableInput(
                    f"Sheet '{self._sheet.name}' has merged cells that overlap: unmerge them."
                )
            for index in range(start + 1, stop + 1):
                values[index] = values[index] if values[index] != "" else values[start]
        return values

    def cells(self, at: int, totals: frozenset[int]) -> pd.DataFrame:
        """Return what one phone column's cells show; `line` counts from 0 below the header."""
        texts, kinds = self._described(at)
        for index in totals:
            if kinds[index] in _SUMS and _countable(texts[index]):
                kinds[index] = CellKind.TOTAL.value
        first_row, every = self._first + 1, range(self._count)
        return pd.DataFrame(
            {
                "sheet": pd.Series(self._sheet.name, index=every, dtype="str"),
                "row": range(first_row, first_row + self._count),
                "column": pd.Series(self._names[at], index=every, dtype="str"),
                "original": pd.Series(texts, index=every, dtype="str"),
                "kind": pd.Series(kinds, index=every, dtype="str"),
                "region": pd.Series(self._regions(at), index=every, dtype="str"),
                "line": every,
            }
        )

    def _described(self, at: int) -> tuple[list[str], list[str]]:
        """Return the text and the kind of each cell of a phone column."""
        values = self.values(at)
        kinds = [CellKind.TEXT.value] * len(values)
        odd = {index: describe(cell) for index, cell in enumerate(values) if type(cell) is not str}
        for index, (text, kind) in odd.items():
            values[index], kinds[index] = text, kind.value
        return cast("list[str]", values), kinds

    def _regions(self, phone: int) -> list[str]:
        """Return each row's country: the first of its country columns that is not empty."""
        regions = [""] * self._count
        for at in self._layout.countries_of(phone):
            said = [as_text(cell).strip() for cell in self.values(at)]
            regions = [one or other for one, other in zip(regions, said, strict=True)]
        return regions

    def labelled_lines(self, columns: frozenset[int]) -> frozenset[int]:
        """Return the lines with the label of a sum in one of some columns."""
        labelled = (enumerate(self.values(at)) for at in columns)
        return frozenset(index for values in labelled for index, one in values if one in TOTALS)

    def total_lines(self) -> frozenset[int]:
        """Return the lines of sums: those with a label such as `Total`."""
        found: set[int] = set()
        for at in range(self._width):
            if at in self._layout.phones:
                continue
            values = self.values(at)
            if TOTALS.isdisjoint(values):
                continue
            lines = [index for index, value in enumerate(values) if value in TOTALS]
            if len(lines) <= max(3, _LABEL_SHARE * len(values)):
                found.update(lines)
        return frozenset(found)

    def count_without(self, lines: frozenset[int]) -> int:
        """Return how many lines hold something, apart from some lines."""
        below = enumerate(self._sheet.lines[self._first :])
        return sum(index not in lines and not is_empty(line) for index, line in below)

    def extras(self) -> pd.DataFrame:
        """Return the other columns; with several phone columns, these too, as text."""
        several = len(self._layout.phones) > 1
        columns: dict[str, Sequence[Cell]] = {}
        for at in range(self._width):
            values = self.values(at)
            if at in self._layout.phones:
                if several:
                    columns[self._names[at]] = [as_text(value) for value in values]
            elif self._named(at) or any(value != "" for value in values):
                columns[self._names[at]] = [_without_mark(value) for value in values]
        return pd.DataFrame(columns, index=range(self._count), dtype="object")

    def _named(self, at: int) -> bool:
        names = self._layout.names
        return self._layout.headed and at < len(names) and bool(names[at])


def _without_mark(value: Cell | Mark) -> Cell:
    return value.text if isinstance(value, Mark) else value


def _countable(text: str) -> bool:
    """Whether a text can be a sum; none is written with a leading `+` or `00`."""
    return shape(text) in {Shape.BARE, Shape.PARTED} or text.isdigit()


def unique_names(layout: Layout, width: int) -> list[str]:
    """Return a unique name for every column: `Note`, `Note (2)`."""
    taken: set[str] = set()
    last: dict[str, int] = {}
    names: list[str] = []
    given = chain(layout.names, repeat(""))
    for at, name in zip(range(width), given, strict=False):
        wanted = name or (letters(at) if not layout.headed else f"Column {letters(at)}")
        count = last.get(wanted, 1)
        candidate = wanted if count == 1 else f"{wanted} ({count})"
        while candidate in taken:
            count += 1
            candidate = f"{wanted} ({count})"
        taken.add(candidate)
        last[wanted] = count
        names.append(candidate)
    return names


def join(taken: Sequence[Taken]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put several sheets' rows below each other; each extra column becomes of one type."""
    if len(taken) == 1:
        return taken[0].cells, one_type_a_column(taken[0].extras)
    cells = pd.concat([one.cells for one in taken], ignore_index=True)
    extras = pd.concat([one.extras for one in taken], ignore_index=True)
    return cells, one_type_a_column(extras)


def one_type_a_column(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each column the one type that all its cells share, or else their text.

    A column of dates stays dates and one of numbers stays numbers; a mixed one becomes text, which
    shows everything and converts nothing.
    """
    return pd.DataFrame({name: _one_type(frame[name]) for name in frame}, index=frame.index)


def _one_type(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.StringDtype):
        return values
    if all(type(value) is str for value in values):
        # What costs a millisecond a column in a frame costs seconds in a wide sheet.
        texts = [value or None for value in values]
        return pd.Series(texts, index=values.index, dtype="str")
    values = values.mask(values.isna() | (values == ""), None)
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred == "string":
        return values.astype("str")
    if inferred in {"integer", "floating", "mixed-integer-float"}:
        return values.astype("float64")
    if inferred in {"datetime", "date"}:
        return pd.to_datetime(values, errors="coerce") if _fits_dates(values) else _texts(values)
    return _texts(values)


def _fits_dates(values: pd.Series) -> bool:
    held = values.dropna()
    return bool(pd.to_datetime(held, errors="coerce").notna().all())


def _texts(values: pd.Series) -> pd.Series:
    return values.map(as_text, na_action="ignore").astype("str")
