"""An empty input workbook to fill in: a phone column that stays text, and a choice of countries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
from babel import Locale
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from importer.errors import OutputError
from importer.excel_limits import SHEET_ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

_COLUMNS = (("Phone", 24), ("Country", 12), ("Name", 28), ("Note", 40))
_TEXT = "@"
_HELP = (
    "How to fill in this workbook",
    "1. Go to the sheet 'List' and write one telephone number into each row of column A.",
    "2. Best write it with a plus and its country's code, such as +852 3575 3351. Spaces and "
    "dashes do no harm.",
    "3. If it is written as it is dialled at home, choose its country in column B: click the cell, "
    "then the small arrow. The sheet 'Countries' says which two letters mean which country.",
    "4. Columns C and D are for your own use. You may add more columns; all are kept in the "
    "results.",
    "5. Column A is formatted as text, so that Excel leaves long numbers and leading zeros as they "
    "are. When you paste, choose 'values only' to keep it so.",
    "6. Save the workbook, then let importer check it first: importer check FILE.xlsx",
)


def write_template(path: Path) -> None:
    """Write an empty input workbook.

    Raises:
        OutputError: a file of this name is there already, or it can't be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise OutputError(f"{path.name} is no name for a workbook: let it end in .xlsx.")
    book = Workbook()
    book.remove(book.worksheets[0])
    _list(book.create_sheet("List"))
    _help(book.create_sheet("Help"))
    _countries(book.create_sheet("Countries"))
    try:
        with path.open("xb") as file:
            book.save(file)
    except FileExistsError as error:
        raise OutputError(f"{path} exists already: name another file, or move it away.") from error
    except OSError as error:
        raise OutputError(
            f"{path} can't be written ({error.strerror or error}): name another place."
        ) from error


def _list(sheet: Worksheet) -> None:
    for at, (title, width) in enumerate(_COLUMNS):
        letter = "ABCD"[at]
        sheet[f"{letter}1"] = title
        _head(sheet, f"{letter}1")
        sheet.column_dimensions[letter].width = width
    sheet.column_dimensions["A"].number_format = _TEXT
    for row in range(2, 1002):
        # A column's format holds for new cells in Excel; other programs look at cells alone.
        sheet[f"A{row}"].number_format = _TEXT
    choice = DataValidation(
        type="list",
        formula1=f"Countries!$A$2:$A${len(_regions()) + 1}",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="Country",
        error="Choose two letters from the list, such as HK; the sheet Countries explains them.",
    )
    choice.add(f"B2:B{SHEET_ROWS}")
    sheet.add_data_validation(choice)
    sheet.freeze_panes = "A2"


def _help(sheet: Worksheet) -> None:
    sheet.column_dimensions["A"].width = 90
    for row, line in enumerate(_HELP, 1):
        sheet[f"A{row}"] = line
        sheet[f"A{row}"].alignment = Alignment(wrap_text=True, vertical="top")
    sheet["A1"].font = Font(bold=True, size=14)


def _countries(sheet: Worksheet) -> None:
    sheet.append(["Letters", "Name", "Calling code"])
    for letter in "ABC":
        _head(sheet, f"{letter}1")
    for name, region in _regions():
        sheet.append([region, name, f"+{phonenumbers.country_code_for_region(region)}"])
    sheet.column_dimensions["B"].width = 40
    sheet.column_dimensions["C"].width = 14


def _regions() -> list[tuple[str, str]]:
    """Return the countries that have telephone numbers, by their English names."""
    names = Locale("en").territories
    return sorted((names.get(region, region), region) for region in phonenumbers.SUPPORTED_REGIONS)


def _head(sheet: Worksheet, cell: str) -> None:
    sheet[cell].font = Font(bold=True, color="FFFFFF")
    sheet[cell].fill = PatternFill("solid", fgColor="1F4E78")
