"""The text that Excel shows of one raw cell, and the kind of its value. Pure."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.model import CellKind
from importer.reading.tables.sheets import Mark

if TYPE_CHECKING:
    from importer.reading.tables.sheets import Cell

EXACT_INTEGERS = 10**15
"""Spreadsheets keep 15 significant digits: https://support.microsoft.com (Excel specifications)."""


def describe(cell: Cell | Mark) -> tuple[str, CellKind]:
    """Return a cell's text and kind; a whole number reads as its digits, without `.0`."""
    if isinstance(cell, str):
        return cell, CellKind.TEXT
    if isinstance(cell, Mark):
        return cell.text, cell.kind
    if isinstance(cell, bool):
        return str(cell).upper(), CellKind.BOOLEAN
    if isinstance(cell, int | float):
        return _describe_number(cell)
    return as_text(cell), CellKind.DATE


def _describe_number(value: float) -> tuple[str, CellKind]:
    if not math.isfinite(value):
        return str(value), CellKind.ERROR
    if value != int(value):
        return repr(value), CellKind.FRACTION
    if abs(value) < EXACT_INTEGERS:
        return str(int(value)), CellKind.NUMBER
    return f"{Decimal(f'{value:.15g}'):f}", CellKind.IMPRECISE


def as_text(cell: Cell | Mark) -> str:
    """Return the text of any cell; dates in ISO 8601."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return describe(cell)[0]
