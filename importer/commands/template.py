"""An empty input workbook: help, a list whose phone column stays text, a choice of countries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from importer.countries import region_name, understand_region
from importer.errors import OutputError
from importer.excel_limits import SHEET_ROWS
from importer.report.cell_values import wrapped_lines

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

_COLUMNS = (("Phone", 26), ("Country", 24), ("Name", 28), ("Note", 40))
_EXAMPLE = ("Example: +852 3575 3351", "Hong Kong", "Ann Example", "your own words, as you like")
"""Stands above the header: what is there is no line of the list, so it is never sent."""
_EXAMPLE_ROW, _HEADER_ROW = 1, 2
_FIRST_ROW = 3
_TEXT, _LETTERS, _GREY = "@", "Calibri", "7F7F7F"
_HELP = (
    "Go to the sheet List and write one phone number into each row of the column Phone, below the "
    "header. The grey line above the header is an example; it is never sent.",
    "Best write a number with a plus and its country's code, such as +852 3575 3351. Spaces and "
    "dashes do no harm.",
    "If a number is written as it is dialled at home, choose its country in the column Country: "
    "click the cell, then the small arrow. You may also type the name, or two letters such as HK.",
    "The columns Name and Note are for your own use. You may add more columns; all are kept in the "
    "results.",
    "The column Phone is formatted as text, so that Excel leaves long numbers and leading zeros as "
    "they are. When you paste, choose 'values only' to keep it so.",
    "Save the workbook, then look at what would be sent: importer check FILE.xlsx. Nothing is sent "
    "by that. Where lists are dropped into a folder, put the workbook there.",
)
_HELP_WIDTH = 96


def write_template(path: Path) -> None:
    """Write an empty input workbook.

    Raises:
        OutputError: a file of this name is there already, or it can't be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise OutputError(f"{path.name} is no name for a workbook: let it end in .xlsx.")
    book = Workbook()
    book.remove(book.worksheets[0])
    _help(book.create_sheet("Help"))
    _list(book.create_sheet("List"))
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
    for at, ((title, width), example) in enumerate(zip(_COLUMNS, _EXAMPLE, strict=True)):
        letter = "ABCD"[at]
        cell = sheet[f"{letter}{_EXAMPLE_ROW}"]
        cell.value = example
        cell.font = Font(name=_LETTERS, italic=True, color=_GREY)
        sheet[f"{letter}{_HEADER_ROW}"] = title
        _head(sheet, f"{letter}{_HEADER_ROW}")
        sheet.column_dimensions[letter].width = width
    sheet.column_dimensions["A"].number_format = _TEXT
    for row in range(_FIRST_ROW, _FIRST_ROW + 1000):
        # A column's format holds for new cells in Excel; other programs look at cells alone.
        sheet[f"A{row}"].number_format = _TEXT
    choice = DataValidation(
        type="list",
        formula1=f"Countries!$A$2:$A${len(_countries_by_name()) + 1}",
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="warning",
        errorTitle="Country",
        error="This is no name of the list. Two letters such as HK, and other names of a country, "
        "may be understood as well: the check will tell.",
    )
    choice.add(f"B{_FIRST_ROW}:B{SHEET_ROWS}")
    sheet.add_data_validation(choice)
    sheet.freeze_panes = f"A{_FIRST_ROW}"
    _fit_to_page(sheet)


def _help(sheet: Worksheet) -> None:
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width = 4
    sheet.column_dimensions["B"].width = _HELP_WIDTH
    sheet["A1"] = "How to fill in this workbook"
    sheet["A1"].font = Font(name=_LETTERS, bold=True, size=14)
    sheet.row_dimensions[1].height = 26
    for number, text in enumerate(_HELP, 1):
        row = number + 1
        sheet[f"A{row}"], sheet[f"B{row}"] = number, text
        for letter in "AB":
            sheet[f"{letter}{row}"].alignment = Alignment(
                wrap_text=True, vertical="top", horizontal="left"
            )
        sheet.row_dimensions[row].height = 15 * wrapped_lines(text, _HELP_WIDTH) + 6
    _fit_to_page(sheet)


def _countries(sheet: Worksheet) -> None:
    sheet.append(["Name", "Letters", "Calling code"])
    for letter, width in (("A", 40), ("B", 10), ("C", 14)):
        _head(sheet, f"{letter}1")
        sheet.column_dimensions[letter].width = width
    for name, region in _countries_by_name():
        sheet.append([name, region, f"+{phonenumbers.country_code_for_region(region)}"])
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    _fit_to_page(sheet)


def _countries_by_name() -> list[tuple[str, str]]:
    """Return the countries that have phone numbers, each by the name that it is understood by."""
    named = [(region_name(one), one) for one in phonenumbers.SUPPORTED_REGIONS]
    return sorted((name if understand_region(name) == one else one, one) for name, one in named)


def _fit_to_page(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _head(sheet: Worksheet, cell: str) -> None:
    sheet[cell].font = Font(name=_LETTERS, bold=True, color="FFFFFF")
    sheet[cell].fill = PatternFill("solid", fgColor="1F3864")
