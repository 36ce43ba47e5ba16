"""The common form of all formats: named sheets of raw cells, numbered as in Excel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from importer.model import CellKind

Cell = str | int | float | bool | date | datetime | time | timedelta
"""A raw cell; the empty string where the cell is empty."""

Advance = Callable[[int], None]
"""Called with the number of rows that were read since the last call."""

Place = tuple[int, int]
"""A cell's row and column, counted from 0."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell whose kind its raw value does not tell, such as an error or a total."""

    text: str
    kind: CellKind

    @property
    def raw(self) -> str:
        """The text; empty for errors and for formulas without a saved value."""
        return "" if self.kind in {CellKind.ERROR, CellKind.UNSAVED} else self.text


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: `lines[0]` is Excel's row 1, `lines[n][0]` is Excel's column A."""

    name: str
    lines: Sequence[list[Cell]]
    merged: tuple[tuple[Place, Place], ...] = ()
    """First and last cell of each merged range; only the first one holds a value."""
    hidden: frozenset[int] = frozenset()
    """Rows that are hidden or filtered away, counted from 0."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file's sheets in order; `form` and `notes` are shown to the operator."""

    form: str
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()


def letters(column: int) -> str:
    """Return Excel's name of a column counted from 0: A, B, ..., Z, AA."""
    name = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def column_of(name: str) -> int:
    """Return the column, counted from 0, that Excel calls by these letters."""
    column = 0
    for letter in name.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1
