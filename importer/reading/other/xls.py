"""Excel's .xls (Excel 5 to 2003), read by xlrd.

xlrd gives values, number formats, hidden rows, merged cells and rich texts. The compound file about
the records, and what xlrd skips of them, are read by modules beside this one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlrd

from importer.model import CellKind
from importer.reading.budget import Budget
from importer.reading.other.containers import workbook_stream
from importer.reading.other.xls_records import SheetRecords, without_records
from importer.reading.tables.looks import STRUCK, as_struck, with_look
from importer.reading.tables.number_formats import cell_of
from importer.reading.tables.sheets import Mark
from importer.reading.tables.sparse import SparseSheet
from importer.reading.tables.text_formats import text_of
from importer.reading.tables.workbooks import SheetTitle, SparseWorkbook, choose, damaged, locked
from importer.reading.xlsx.careful import as_total, conditional_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sheets import Cell, Place

_ERRORS = xlrd.error_text_from_code
_LOOKS = {1: "superscript", 2: "subscript"}


def read_xls(name: str, raw: bytes, wanted: Sequence[str]) -> SparseWorkbook:
    """Read a workbook's visible sheets, or those that are wanted.

    Raises:
        UnreadableInput: it is broken, locked with a password, holds too much, or has no sheet of a
            wanted name.
    """
    with Path(os.devnull).open("w", encoding="utf-8") as silence:
        book = _open(name, raw, silence)
        names = book.sheet_names()
        visible = [state == 0 for state in book._sheet_visibility]
        titles = [SheetTitle(*pair) for pair in zip(names, visible, strict=True)]
        chosen, notes = choose(name, titles, wanted)
        budget = Budget(name, len(raw))
        records = [SheetRecords(book, names.index(title)) for title in chosen]
        book.mem = without_records(book.mem, [at for one in records for at in one.unneeded])
        sheets = []
        for index, (title, its_records) in enumerate(zip(chosen, records, strict=True)):
            sheet = SparseSheet(title, index, budget)
            _ensure_sure(name, title, its_records)
            _read_sheet(book, names.index(title), sheet, budget, its_records)
            budget.add(sheet.height, sheet.width)
            book.unload_sheet(names.index(title))
            sheets.append(sheet)
    return SparseWorkbook("Excel 97 workbook", tuple(sheets), notes)


def _open(name: str, raw: bytes, silence: Any) -> Any:
    try:
        stream = workbook_stream(raw)
    except ValueError as error:
        raise damaged(name) from error
    options: dict[str, Any] = {
        "file_contents": stream,
        "formatting_info": True,
        "on_demand": True,
        "ragged_rows": True,
        "logfile": silence,
    }
    try:
        return xlrd.open_workbook(**options)
    except xlrd.XLRDError as error:
        raise (locked(name) if "encrypted" in str(error) else damaged(name)) from error
    except (UnicodeError, LookupError):
        # An odd code page; what Excel 97 and later write is Unicode whatever it says.
        return xlrd.open_workbook(**options, encoding_override="cp1252")


def _ensure_sure(name: str, title: str, records: SheetRecords) -> None:
    if records.has_conditional_format:
        raise conditional_format(name, title)
    if records.twice is not None:
        raise damaged(name, f"sheet '{title}', row {records.twice[0] + 1}, a cell twice")


def _read_sheet(
    book: Any, at: int, sheet: SparseSheet, budget: Budget, records: SheetRecords
) -> None:
    source = book.sheet_by_index(at)
    for row in range(source.nrows):
        for column in range(source.row_len(row)):
            kind, value = source.cell_type(row, column), source.cell_value(row, column)
            if kind in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
                continue
            budget.ensure_place(row, column)
            cell = _cell(book, source, (row, column), kind, value)
            sheet.add(row, column, as_total(cell) if (row, column) in records.totals else cell)
            budget.ensure_grid(sheet.height, sheet.width)
    sheet.merged.extend(
        ((top, left), (bottom - 1, right - 1)) for top, bottom, left, right in source.merged_cells
    )
    sheet.hidden.update(row for row, info in source.rowinfo_map.items() if info.hidden)


def _cell(book: Any, source: Any, place: Place, kind: int, value: Any) -> Cell | Mark:
    font = book.xf_list[source.cell_xf_index(*place)].font_index
    runs = source.rich_text_runlist_map.get(place) if kind == xlrd.XL_CELL_TEXT else None
    if runs:
        text = _with_looks(book, value, [(0, font), *runs])
        return text and text_of(text, _code(book, source, place))
    cell = _value(book, source, place, kind, value)
    return as_struck(cell) if _look_of(book, font) == STRUCK else cell


def _value(book: Any, source: Any, place: Place, kind: int, value: Any) -> Cell | Mark:
    if kind == xlrd.XL_CELL_TEXT:
        return value and text_of(value, _code(book, source, place))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_ERROR:
        return Mark(_ERRORS.get(value, "#ERROR!"), CellKind.ERROR)
    code = _code(book, source, place)
    return cell_of(float(value), code, epoch_1904=bool(book.datemode))


def _code(book: Any, source: Any, place: Place) -> str:
    style = book.xf_list[source.cell_xf_index(*place)]
    return str(book.format_map[style.format_key].format_str)


def _with_looks(book: Any, text: str, runs: Sequence[tuple[int, int]]) -> str:
    """Return a text with the looks of its runs; they are (start, font) pairs, the first from 0."""
    units = text.encode("utf-16-le")  # A character outside the first 65,536 counts as two.
    ends = [start for start, _ in runs[1:]] + [len(units) // 2]
    pieces: list[str] = []
    for (start, font), end in zip(runs, ends, strict=True):
        piece = units[2 * start : 2 * end].decode("utf-16-le")
        pieces.append(with_look(piece, _look_of(book, font)))
    return "".join(pieces)


def _look_of(book: Any, font: int) -> str:
    if font >= len(book.font_list):
        return ""
    found = book.font_list[font]
    return STRUCK if found.struck_out else _LOOKS.get(found.escapement, "")
