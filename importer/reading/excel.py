"""Excel workbooks, read by calamine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from importer.errors import UnreadableInput
from importer.reading.sheets import Progress, Sheet, Workbook

if TYPE_CHECKING:
    from pathlib import Path


def read_excel(path: Path, progress: Progress) -> Workbook:
    """Read the visible sheets of an .xlsx workbook.

    Raises:
        UnreadableInput: the file is no workbook, is broken, or is locked with a password.
    """
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            return _visible_sheets(workbook, progress)
    except PasswordError as error:
        raise UnreadableInput(
            f"{path.name} is protected with a password: save a copy without one."
        ) from error
    except CalamineError as error:
        raise UnreadableInput(
            f"{path.name} can't be read as an Excel workbook: open it in Excel and save it again "
            "as .xlsx."
        ) from error


def _visible_sheets(workbook: CalamineWorkbook, progress: Progress) -> Workbook:
    sheets, notes = [], []
    for meta in workbook.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        if meta.visible != SheetVisibleEnum.Visible:
            notes.append(f"Sheet '{meta.name}' is hidden and was left out.")
            continue
        lines = workbook.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
        progress(len(lines))
        sheets.append(Sheet(meta.name, lines))
    return Workbook("Excel workbook", tuple(sheets), tuple(notes))
