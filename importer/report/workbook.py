"""The workbook as a file: all sheets in one go, straight from columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns import memory
from importer.plurals import visible
from importer.report import cell_values, output_paths, styles, summary_sheet, tables
from importer.report.column_widths import texts, titled, width
from importer.report.option_table import by_option, plain_options
from importer.report.pages import write_pages
from importer.results_columns import (
    ADVICE_COLUMN,
    CHANGES,
    GroupsColumn,
    NumbersColumn,
    ResultsSheet,
)

if TYPE_CHECKING:
    from pathlib import Path

    from rustpy_xlsxwriter import Format

    from importer.report.content import ResultsContent

_FREEZE = {ResultsSheet.GROUPS: 1, ResultsSheet.NUMBERS: 4, ResultsSheet.REJECTED: 4}
"""Columns that stay in sight when a wide sheet is scrolled."""
_AS_TEXT = frozenset(
    {
        NumbersColumn.ORIGINAL,
        NumbersColumn.NUMBER,
        NumbersColumn.GROUP_ID,
        GroupsColumn.REQUEST_ID,
    }
)
_PAGE_WIDTH = 210
"""Characters across a printed page that are still read with ease."""
_PAGE_WIDTH_OF_REJECTED = 150
"""Characters across a page that is written on by hand: letters of nearly their full size."""
_ROW_IS_KNOWN_BY = 3
"""The first columns of Rejected, which say whose line it is: Sheet, Row, Original."""
_MANY = 1_000
"""Lines of a list that is printed in short unless all is asked for: about 25 pages."""
_MOST_PRINTED = 10
"""Columns whose headers are printed of a sheet that is not."""
_DIGITS_SHOWN = 10**11
"""From here on Excel's General format turns a whole number into 1.23E+11."""
_TO_FILL_IN = (NumbersColumn.NUMBER, NumbersColumn.COUNTRY)
"""The columns of Rejected that corrections are typed into."""
_FIRST_TO_FILL_IN = "D2"
"""The first cell of Number in Rejected: chosen as the sheet is opened, it shows what to do."""
_FOR_A_NUMBER = 24.0
"""The width of a column that a number is typed into."""
_WHOLE = (NumbersColumn.REASON.value, ADVICE_COLUMN)
"""The columns of Rejected whose every text is seen whole."""
_WIDEST_WHOLE = 120
_NOT_IN_XML = dict.fromkeys((0xFFFE, 0xFFFF), "\N{REPLACEMENT CHARACTER}")
"""What XML 1.0 holds in no form, beside the control characters."""
_MOST_IN_A_HINT = 255
"""Characters of the message that Excel shows beside a cell: its *Data validation* limits."""


def write(path: Path, content: ResultsContent) -> Path:
    """Write the workbook beside its place and rename it; return where it is.

    It goes to `NAME (2).xlsx` and so on where the place is open in a spreadsheet program, can't be
    replaced, is the input itself, or holds a file that is no results of an earlier run.

    Raises:
        OutputError: it can't be written anywhere in that folder.
    """
    return output_paths.put(path, content.rows.source, lambda part: _fill(part, content))


def _fill(part: Path, content: ResultsContent) -> None:
    memory.give_back()
    numbers = tables.numbers_table(content)
    rejected = tables.rejected_table(numbers)
    summary = summary_sheet.build(content, _reasons(content, rejected))
    if content.long is not None:
        numbers = tables.sentence(content.long.sentence)
    if content.forgotten:
        numbers = rejected = tables.sentence(content.forgotten)
    listed = {
        ResultsSheet.GROUPS: tables.groups_table(content),
        ResultsSheet.NUMBERS: numbers,
        ResultsSheet.REJECTED: rejected,
    }
    pages = [(ResultsSheet.SUMMARY.value, summary.table)]
    first_cells = {}
    options = {ResultsSheet.SUMMARY.value: summary.options}
    for name, table in listed.items():
        shared = _all_options(name, table, content)
        for page_name, page in tables.paged(name.value, table):
            pages.append((page_name, page))
            options[page_name] = shared
            if "data_validations" in shared and page.num_rows:
                first_cells[f"xl/worksheets/sheet{len(pages)}.xml"] = _FIRST_TO_FILL_IN
    if content.changes is not None:
        for page_name, page in tables.paged(CHANGES, tables.plain_table(content.changes)):
            pages.append((page_name, page))
            options[page_name] = plain_options(page)
    finish = replace(summary.finish, first_cells=first_cells)
    write_pages(part, pages, by_option(options), finish)


def _all_options(name: ResultsSheet, table: pa.Table, content: ResultsContent) -> dict[str, Any]:
    """Return how each page of a sheet looks, is filled in and is printed."""
    usual = _options(name, table, content.zone)
    to_correct = _for_corrections(name, table, content.how_to_run)
    return usual | to_correct | _for_paper(name, table, content, usual["page_setup"])


def _reasons(content: ResultsContent, rejected: pa.Table) -> pd.DataFrame:
    """Return `tables.reasons_of` all lines, of which the workbook may show some."""
    shown = tables.reasons_of(rejected)
    if content.long is None:
        return shown
    counts = content.long.reasons
    return pd.DataFrame({"count": counts, "first": shown["first"].reindex(counts.index)})


def _options(name: ResultsSheet, table: pa.Table, zone: str) -> dict[str, Any]:
    widths = [width(title, column) for title, column in titled(table)]
    frozen = _FREEZE[name]
    across = max(1, round(sum(widths) / _PAGE_WIDTH))
    return {
        "freeze_panes": {"row": 1, "col": frozen},
        "autofilter": True,
        "header_format": styles.header(),
        "column_widths": widths,
        "column_formats": [_form(name, title, column, zone) for title, column in titled(table)],
        # Ours stand before an input's column of the same name, and the first of a name is meant.
        "conditional_formats": {NumbersColumn.STATUS.value: styles.status_rules()},
        "ignore_errors": texts(table),
        "page_setup": styles.page(fit_to_pages=(across, 0), repeat_rows=0),
        "sheet_view": {"tab_color": styles.TABS[name]},
    }


def _for_paper(
    name: ResultsSheet, table: pa.Table, content: ResultsContent, usual: dict[str, Any]
) -> dict[str, Any]:
    """Print of Groups and Numbers of a long list their headers alone, and how to print them all.

    No form of a workbook keeps a sheet from being printed with the others but to hide it.
    """
    if name == ResultsSheet.REJECTED:
        return {"page_setup": usual | _to_write_on(table, content.how_to_run)}
    if not content.how_to_print or len(content.lines) <= _MANY:
        return {}
    how = _printable(content.how_to_print)
    header = f"&LThe lines of this sheet are not printed. To print them: {how}"
    return {
        "page_setup": styles.page(
            fit_to_pages=(1, 1),
            print_area=(0, 0, 0, min(table.num_columns, _MOST_PRINTED) - 1),
            **({"header": header} if len(header) <= _MOST_IN_A_HINT else {}),
        )
    }


def _to_write_on(table: pa.Table, how_to_run: str) -> dict[str, Any]:
    """Return how Rejected is printed: legibly, and each page with what its lines are known by."""
    if NumbersColumn.ORIGINAL not in table.column_names:
        return {}
    widths = [_width_in_rejected(*one) for one in titled(table)]
    return {
        "header": _head_of_paper(how_to_run),
        "fit_to_pages": (max(1, round(sum(widths) / _PAGE_WIDTH_OF_REJECTED)), 0),
        "repeat_columns": (0, _ROW_IS_KNOWN_BY - 1),
    }


def _head_of_paper(how_to_run: str) -> str:
    """Return what stands at the top of each printed page of Rejected: what to do with it.

    A row above the headers can't say it: scripts, and the importer itself, find the promised
    columns in the first row.
    """
    what = "&LType the right numbers into the yellow cells and save this file"
    head = f"{what}; then: {_printable(how_to_run)}" if how_to_run else f"{what}."
    return head if len(head) <= _MOST_IN_A_HINT else f"{what}."


def _printable(command: str) -> str:
    """Return a text as the head of a page holds it, where `&` begins a code."""
    return _in_xml(command).replace("&", "&&")


def _in_xml(text: str) -> str:
    return visible(cell_values.sound(text)).translate(_NOT_IN_XML)


def _for_corrections(name: ResultsSheet, table: pa.Table, how_to_run: str) -> dict[str, Any]:
    """Say at the head of Rejected, and beside each cell to type into, how a number is corrected."""
    if name != ResultsSheet.REJECTED or NumbersColumn.ORIGINAL not in table.column_names:
        return {}
    number, country = (column.value for column in _TO_FILL_IN)
    run_it = _in_xml(how_to_run)
    then = f" Save this file, then: {run_it}" if run_it else " Save this file and run it."
    if len(then) > _MOST_IN_A_HINT // 2:
        then = " Save this file and run it, as the sheet Summary says."
    hints = {
        number: f"Type the right number here, best with + and its country code.{then}",
        country: f"Where the number has no country code, type its country: HK, or 852.{then}",
    }
    notes = {
        NumbersColumn.ORIGINAL.value: f"Correct the numbers in the yellow column Number.{then}",
        **hints,
    }
    return {
        "notes": {column: {"text": hint, "author": "importer"} for column, hint in notes.items()},
        "data_validations": {
            column: {"type": "any", "input_title": f"Correct: {column}", "input_message": hint}
            for column, hint in hints.items()
        },
        "column_widths": [_width_in_rejected(*one) for one in titled(table)],
    }


def _width_in_rejected(title: str, column: pa.ChunkedArray) -> float:
    if title == NumbersColumn.NUMBER:
        return max(_FOR_A_NUMBER, width(title, column))
    if title not in _WHOLE:
        return width(title, column)
    longest = cell_values.widest(pc.unique(column).to_pylist())
    return float(min(max(longest + 1, width(title, column)), _WIDEST_WHOLE))


def _form(name: ResultsSheet, title: str, column: pa.ChunkedArray, zone: str) -> Format | None:
    """Return how a column is shown; each format costs time per cell, so most have none."""
    kind = column.type
    if title == NumbersColumn.ROW or (name == ResultsSheet.GROUPS and pa.types.is_integer(kind)):
        # A gap between a number and the text that follows it.
        return styles.number(styles.LONG).set_align("right").set_indent(1)
    if title == GroupsColumn.CREATED_AT and name == ResultsSheet.GROUPS:
        return styles.number(f'{styles.MOMENT} "{zone}"')
    if pa.types.is_temporal(kind):
        return styles.number(styles.MOMENT if cell_values.has_time(column) else styles.DAY)
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return styles.number(styles.LONG) if _is_long(column) else None
    if name == ResultsSheet.REJECTED and title in _TO_FILL_IN:
        return styles.to_fill_in()
    if name == ResultsSheet.REJECTED:
        # What is typed into these cells stays text: leading zeros, + and 20 digits.
        return styles.number(styles.TEXT) if title in _AS_TEXT else None
    return None


def _is_long(column: pa.ChunkedArray) -> bool:
    """Whether a column has whole numbers only, and some so long that Excel would round them."""
    most = pc.max(pc.abs(column)).as_py()
    if most is None or most < _DIGITS_SHOWN:
        return False
    if pa.types.is_integer(column.type):
        return True
    return bool(pc.all(pc.equal(column, pc.trunc(column))).as_py())
