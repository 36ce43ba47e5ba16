"""One file to rows: choose the format, find the columns, keep what held something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from importer.errors import UnreadableInput
from importer.model import Rows, Source
from importer.reading.cells import as_text, describe
from importer.reading.delimited import read_delimited
from importer.reading.excel import read_excel
from importer.reading.layout import Layout, NoLayout, find_layout, is_empty

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.reading.sheets import Cell, Progress, Sheet, Workbook

READERS = {".csv": read_delimited, ".xlsx": read_excel}


def read_rows(
    path: Path, column: str | None = None, progress: Progress = lambda count: None
) -> Rows:
    """Read a spreadsheet's phone column, with the row numbers that Excel shows.

    `column` names the phone column where the header's words don't tell. `progress` is told how
    many more rows have been read.

    Raises:
        UnreadableInput: no such file, not a spreadsheet, or no phone column was found.
    """
    workbook = _open(path, progress)
    layouts = [(sheet, find_layout(sheet, column)) for sheet in workbook.sheets]
    found = [(sheet, layout) for sheet, layout in layouts if isinstance(layout, Layout)]
    unclear = [(sheet, layout) for sheet, layout in layouts if isinstance(layout, NoLayout)]
    doubtful = [(sheet, layout) for sheet, layout in unclear if layout.candidates]
    if doubtful:
        raise UnreadableInput(_several_columns(path, *doubtful[0]))
    if not found:
        raise UnreadableInput(_no_column(path, unclear, column))
    notes = workbook.notes + tuple(
        f"Sheet '{sheet.name}' has no phone column and was left out."
        for sheet, _ in unclear
        if not all(map(is_empty, sheet.lines))
    )
    cells = pd.concat([_cells(sheet, layout) for sheet, layout in found], ignore_index=True)
    extras = pd.concat([_extras(sheet, layout) for sheet, layout in found], ignore_index=True)
    held = cells["original"].str.strip() != ""
    columns = tuple(
        (sheet.name, layout.names[layout.phone], _country_name(layout)) for sheet, layout in found
    )
    return Rows(
        cells[held].reset_index(drop=True),
        _one_type_a_column(extras[held].reset_index(drop=True)),
        Source(path, workbook.form, columns, notes),
    )


def _open(path: Path, progress: Progress) -> Workbook:
    reader = READERS.get(path.suffix.lower())
    if not path.exists():
        raise UnreadableInput(f"{path} does not exist: check the name and the folder.")
    if not path.is_file():
        raise UnreadableInput(f"{path} is not a file: name a .csv or .xlsx file.")
    if reader is None:
        raise UnreadableInput(
            f"{path.name} is not a .csv or .xlsx file: open it in Excel and save it as .xlsx."
        )
    try:
        return reader(path, progress)
    except OSError as error:
        raise UnreadableInput(
            f"{path} can't be opened ({error.strerror or error}): check that you may read it and "
            "that no other program holds it."
        ) from error


def _several_columns(path: Path, sheet: Sheet, layout: NoLayout) -> str:
    return (
        f"{path.name}, sheet '{sheet.name}': the phone numbers could be in "
        f"{_quoted(layout.candidates)}; "
        f'name the right one, such as --column "{layout.candidates[0]}".'
    )


def _no_column(path: Path, unclear: Sequence[tuple[Sheet, NoLayout]], column: str | None) -> str:
    what = f"no column '{column}'" if column else "no phone column"
    there = "; ".join(
        f"sheet '{sheet.name}' has {_quoted(layout.names)}"
        for sheet, layout in unclear
        if any(layout.names)
    )
    if not there:
        return f"{path.name} is empty: {what} was found in it."
    return f"{path.name} has {what}: {there}. Name the phone column with --column."


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names if name)


def _country_name(layout: Layout) -> str:
    return "" if layout.country is None else layout.names[layout.country]


def _column(sheet: Sheet, layout: Layout, at: int) -> list[Cell]:
    """Return one column below the header; short lines end in empty cells."""
    return [line[at] if at < len(line) else "" for line in sheet.lines[layout.first :]]


def _cells(sheet: Sheet, layout: Layout) -> pd.DataFrame:
    described = [describe(cell) for cell in _column(sheet, layout, layout.phone)]
    regions: list[str] | str = ""
    if layout.country is not None:
        regions = [as_text(cell).strip() for cell in _column(sheet, layout, layout.country)]
    first_row = layout.first + 1
    return pd.DataFrame(
        {
            "sheet": pd.Series(sheet.name, index=range(len(described)), dtype="str"),
            "row": range(first_row, first_row + len(described)),
            "original": pd.Series([text for text, _ in described], dtype="str"),
            "kind": pd.Series([kind.value for _, kind in described], dtype="str"),
            "region": pd.Series(regions, index=range(len(described)), dtype="str"),
        }
    )


def _extras(sheet: Sheet, layout: Layout) -> pd.DataFrame:
    width = max((len(line) for line in sheet.lines[layout.header :]), default=0)
    names = [*layout.names, *[""] * (width - len(layout.names))]
    taken: set[str] = set()
    columns: dict[str, list[Cell]] = {}
    for at, name in enumerate(names):
        if at == layout.phone:
            continue
        values = _column(sheet, layout, at)
        if name or any(value != "" for value in values):
            columns[_unique(name or f"Column {at + 1}", taken)] = values
    return pd.DataFrame(columns, index=range(len(sheet.lines) - layout.first), dtype="object")


def _unique(name: str, taken: set[str]) -> str:
    """Tell columns of one name apart: `Note`, `Note (2)`."""
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name} ({count})"
    taken.add(candidate)
    return candidate


def _one_type_a_column(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each column the one type that all its cells share, or else their text.

    A column of dates stays dates and one of numbers stays numbers; a mixed one becomes text, which
    shows everything and converts nothing.
    """
    return pd.DataFrame({name: _one_type(frame[name]) for name in frame}, index=frame.index)


def _one_type(values: pd.Series) -> pd.Series:
    values = values.mask(values.isna() | (values == ""), None)
    inferred = pd.api.types.infer_dtype(values, skipna=True)
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
