"""What an Excel sheet holds: Microsoft's *Excel specifications and limits*."""

from __future__ import annotations

SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384
"""Rows and columns of a sheet."""
CELL_UNITS = 32_767
"""UTF-16 units of a cell."""
EXACT_INTEGER = 2**53
"""The largest whole number that a cell, a double, keeps exactly."""
