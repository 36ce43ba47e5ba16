"""Reads the sheets of a results workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl

if TYPE_CHECKING:
    from pathlib import Path


def sheet(path: Path, name: str) -> list[dict[str, object]]:
    """Read a sheet of a workbook as one dictionary per row."""
    book = openpyxl.load_workbook(path, read_only=True)
    header, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]
