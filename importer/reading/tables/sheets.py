"""What every format becomes first: named sheets of raw cells, numbered as Excel numbers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.model import CellKind

Cell = str | int | float | bool | date | datetime | time | timedelta
"""A raw cell; the empty string where the cell is empty."""

Advance = Callable[[int], None]
"""Told how many more rows have been read."""

Place = tuple[int, int]
"""A cell's row and column, counted from 0."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a cell shows where its raw value doesn't tell."""

    text: str
    kind: CellKind


@dataclass(frozen=True, slots=True)
class Details:
    """What can be known of some columns beyond their raw values."""

    marks: Mapping[Place, Mark] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    """Rows that are hidden or filtered away, counted from 0."""


def no_details(columns: frozenset[int]) -> Details:
    """Say that raw values are all there is, as in a text file."""
    return Details()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: `lines[0]` is Excel's row 1, `lines[n][0]` is Excel's column A."""

    name: str
    lines: Sequence[list[Cell]]
    merged: tuple[tuple[Place, Place], ...] = ()
    """First and last cell of each merged range; only the first one holds the value."""
    look: Callable[[frozenset[int]], Details] = no_details
    """Looks closer at some columns; costly, so it is asked once the columns are known."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file's sheets in order, with a description of its form for the operator's eyes."""

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
