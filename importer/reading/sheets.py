"""What every format becomes first: named sheets of raw cells, numbered as Excel numbers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

Cell = str | int | float | bool | date | datetime | time | timedelta
"""A raw cell; the empty string where the cell is empty."""

Progress = Callable[[int], None]
"""Told how many more rows have been read."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: `lines[0]` is Excel's row 1, `lines[n][0]` is Excel's column A."""

    name: str
    lines: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file's sheets in order, with a description of its form for the operator's eyes."""

    form: str
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()
