"""Excel's .xls (Excel 5 to 2003), read by xlrd.

xlrd gives values, number formats, hidden rows, merged cells and rich texts; it skips formulas, so
that these are looked up in the records themselves: Microsoft's [MS-XLS], 2.4.127 and 2.4.277.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any

import xlrd
from xlrd.formula import FMLA_TYPE_CELL, FMLA_TYPE_SHARED, decompile_formula

from importer.model import CellKind
from importer.reading.budget import Budget
from importer.reading.tables.looks import with_look
from importer.reading.tables.number_formats import cell_of
from importer.reading.tables.sheets import Mark
from importer.reading.tables.sparse import SparseSheet
from importer.reading.tables.text_formats import text_of
from importer.reading.tables.totals import is_total
from importer.reading.tables.workbooks import SheetTitle, SparseWorkbook, choose, damaged, locked
from importer.reading.xlsx.careful import as_total

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.reading.tables.sheets import Cell, Place

_FORMULA, _SHARED_FORMULA, _END, _START = 0x06, 0x4BC, 0x0A, 0x809
_ERRORS = xlrd.error_text_from_code
_LOOKS = {1: "superscript", 2: "subscript"}


def read_xls(name: str, raw: bytes, wanted: Sequence[str]) -> SparseWorkbook:
    """Read a workbook's visible sheets, or those that are wanted.

    Raises:
        UnreadableInput: it is broken, locked with a password, holds too much, or has no sheet of a
            wanted name.
    """
    with open(os.devnull, "w", encoding="utf-8") as silence:  # noqa: PTH123 - a device: no folder to name
        book = _open(name, raw, silence)
        names = book.sheet_names()
        visible = [state == 0 for state in book._sheet_visibility]
        titles = [SheetTitle(*pair) for pair in zip(names, visible, strict=True)]
        chosen, notes = choose(name, titles, wanted)
        budget = Budget(name, len(raw))
        sheets = []
        for index, title in enumerate(chosen):
            sheet = SparseSheet(title, index, budget)
            _read_sheet(book, names.index(title), sheet, budget)
            budget.add(sheet.height, sheet.width)
            book.unload_sheet(names.index(title))
            sheets.append(sheet)
    return SparseWorkbook("Excel 97 workbook", tuple(sheets), notes)


def _open(name: str, raw: bytes, silence: Any) -> Any:
    options: dict[str, Any] = {
        "file_contents": raw,
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


def _read_sheet(book: Any, at: int, sheet: SparseSheet, budget: Budget) -> None:
    source = book.sheet_by_index(at)
    totals = _totals(book, at)
    for row in range(source.nrows):
        for column in range(source.row_len(row)):
            kind, value = source.cell_type(row, column), source.cell_value(row, column)
            if kind in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
                continue
            budget.ensure_place(row, column)
            cell = _cell(book, source, (row, column), kind, value)
            sheet.add(row, column, as_total(cell) if (row, column) in totals else cell)
            budget.ensure_grid(sheet.height, sheet.width)
    sheet.merged.extend(
        ((top, left), (bottom - 1, right - 1)) for top, bottom, left, right in source.merged_cells
    )
    sheet.hidden.update(row for row, info in source.rowinfo_map.items() if info.hidden)


def _cell(book: Any, source: Any, place: Place, kind: int, value: Any) -> Cell | Mark:
    if kind == xlrd.XL_CELL_TEXT:
        runs = source.rich_text_runlist_map.get(place)
        text = _with_looks(book, value, runs) if runs else str(value)
        return text and text_of(text, _code(book, source, place))
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
    """Return a text with its superscript runs marked; `runs` are (start, font) pairs."""
    ends = [start for start, _ in runs[1:]] + [len(text)]
    pieces = [text[: runs[0][0]]]
    for (start, font), end in zip(runs, ends, strict=True):
        looks = book.font_list[font].escapement if font < len(book.font_list) else 0
        pieces.append(with_look(text[start:end], _LOOKS.get(looks, "")))
    return "".join(pieces)


def _totals(book: Any, at: int) -> frozenset[Place]:
    """Return the cells of a sheet whose formulas give a total."""
    found: set[Place] = set()
    shared: dict[Place, bool] = {}
    users: list[tuple[Place, Place]] = []
    last: Place = (0, 0)
    for type_, data in _records(book.mem, book._sh_abs_posn[at]):
        if type_ == _FORMULA and len(data) >= 22:
            last = struct.unpack_from("<HH", data)
            (size,) = struct.unpack_from("<H", data, 20)
            if data[22:23] == b"\x01" and size == 5:  # A formula that others share.
                users.append((last, struct.unpack_from("<HH", data, 23)))
            elif _gives_total(book, data[22:], size, FMLA_TYPE_CELL, last):
                found.add(last)
        elif type_ == _SHARED_FORMULA and len(data) >= 10:
            (size,) = struct.unpack_from("<H", data, 8)
            shared[last] = _gives_total(book, data[10:], size, FMLA_TYPE_SHARED, last)
    found.update(place for place, first in users if shared.get(first, False))
    return frozenset(found)


def _gives_total(book: Any, tokens: bytes, size: int, type_: int, place: Place) -> bool:
    try:
        text = decompile_formula(book, tokens, size, type_, browx=place[0], bcolx=place[1])
    except Exception:  # noqa: BLE001 - xlrd raises whatever it comes upon in odd formulas
        return has_total_token(tokens[:size])
    return is_total(str(text or "")) if text else has_total_token(tokens[:size])


_TOTAL_FUNCTIONS = frozenset([0, 4, 5, 169, 183, 227, 228, 344, 361])
"""COUNT, SUM, AVERAGE, COUNTA, PRODUCT, MEDIAN, SUMPRODUCT, SUBTOTAL, AVERAGEA: 2.5.198."""


def has_total_token(tokens: bytes) -> bool:
    """Whether a formula's bytes contain a call of a function that gives a total."""
    for at, byte in enumerate(tokens[:-1]):
        if byte == 0x19 and tokens[at + 1] == 0x10:  # A SUM of one argument.
            return True
        is_call = byte in {0x22, 0x42, 0x62} and at + 4 <= len(tokens)
        if is_call and int.from_bytes(tokens[at + 2 : at + 4], "little") in _TOTAL_FUNCTIONS:
            return True
    return False


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Give the records of a sheet; skip those of charts embedded in it."""
    depth = 0
    while at + 4 <= len(stream):
        type_, size = struct.unpack_from("<HH", stream, at)
        depth += (type_ == _START) - (type_ == _END)
        if type_ == _END and depth <= 0:
            return
        if depth == 1:
            yield type_, stream[at + 4 : at + 4 + size]
        at += 4 + size
