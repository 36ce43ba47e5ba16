"""Excel's binary .xlsb, record by record: Microsoft's [MS-XLSB]."""

from __future__ import annotations

import struct
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.model import CellKind
from importer.reading.budget import Budget
from importer.reading.other.xlsb_formulas import gives_total, shares
from importer.reading.tables.looks import STRUCK, with_look
from importer.reading.tables.sheets import Mark
from importer.reading.tables.sparse import SparseSheet
from importer.reading.tables.workbooks import SheetTitle, SparseWorkbook, choose
from importer.reading.xlsx.book import Styles, format_code, relations
from importer.reading.xlsx.careful import as_total, conditional_format
from importer.reading.xlsx.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.reading.tables.sheets import Cell, Place

    Record = tuple[int, bytes]

_BOOK = "xl/workbook.bin"
_PART_BYTES = 256 * 1024**2
_ROW, _MERGE, _SHEET, _BOOK_FLAGS, _TEXT, _FONT, _FORMAT, _STYLE = 0, 176, 156, 153, 19, 43, 44, 47
_NAME, _ARRAY_FORMULA, _SHARED_FORMULA = 39, 426, 427
_STYLES_START, _STYLES_END = 617, 618
_CONDITION, _CONDITIONAL_STYLE = 463, 507
_FORMAT_CODE, _FORMAT_ID = 0x26, 0x29
"""Properties of a conditional style that are a number format: 2.5.159."""
_RK, _ERROR, _BOOLEAN, _REAL, _STRING, _SHARED = 2, 3, 4, 5, 6, 7
_F_STRING, _F_NUMBER, _F_BOOLEAN, _F_ERROR, _RICH_STRING = 8, 9, 10, 11, 62
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
_MOST_SHARED = 10_000
"""Formulas that cells of a sheet share and that give totals."""
_STRUCK_FONT = 0x08
"""The flag of a font with a line through it: fStrikeout in a FontFlags, 2.5.57."""
_LOOKS = {1: "superscript", 2: "subscript"}


def read_xlsb(name: str, raw: bytes, wanted: Sequence[str]) -> SparseWorkbook:
    """Read a workbook's visible sheets, or those that are wanted.

    Raises:
        UnreadableInput: it is broken, holds too much, or has no sheet of a wanted name.
    """
    package = Package(name, raw)
    try:
        return _Reader(package).read(wanted)
    except (IndexError, ValueError, struct.error) as error:
        raise package.broken() from error


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._budget = Budget(package.name, package.file_bytes)
        self._epoch_1904 = False
        self._titles: list[SheetTitle] = []
        self._ids: dict[str, str] = {}
        self._looks: list[str] = []
        self._codes: list[str] | None = None
        self._struck: list[int] = []
        """The styles whose font has a line through it."""
        self._conditional: list[str | None] = []
        """The number format of each style that a condition may put on cells, where it has one."""
        self._names: list[str] = []
        self._total_areas: list[tuple[int, int, int, int]] = []
        """Ranges of shared formulas of totals: (first row, last row, first column, last column)."""

    def read(self, wanted: Sequence[str]) -> SparseWorkbook:
        """Read the sheets."""
        if not self._package.has(_BOOK):
            raise self._package.broken("no workbook in it")
        related = relations(self._package, _BOOK)
        parts = {one.id: one.target for one in related}
        kinds = {one.kind: one.target for one in related if self._package.has(one.target)}
        worksheets = {one.id for one in related if one.kind == "worksheet"}
        self._read_book()
        self._titles = [one for one in self._titles if self._ids[one.name] in worksheets]
        chosen, notes = choose(self._package.name, self._titles, wanted)
        if "styles" in kinds:
            self._read_styles(kinds["styles"])
        self._styles = Styles(
            self._codes,
            epoch_1904=self._epoch_1904,
            conditional=self._conditional,
            struck=self._struck,
        )
        texts = self._read_texts(kinds["sharedStrings"]) if "sharedStrings" in kinds else []
        targets = [parts[self._ids[title]].lower() for title in chosen]
        if len(set(targets)) != len(targets):
            raise self._package.broken("two sheets in one part")
        sheets = [
            self._read_sheet(
                SparseSheet(title, index, self._budget), parts[self._ids[title]], texts
            )
            for index, title in enumerate(chosen)
        ]
        return SparseWorkbook("binary Excel workbook", tuple(sheets), notes)

    def _records(self, part: str) -> Iterator[Record]:
        stream = bytearray()
        for chunk in self._package.chunks(part):
            stream += chunk
            if len(stream) > _PART_BYTES:
                raise UnreadableInput(
                    f"{self._package.name} has a part of more than {_PART_BYTES // 1024**2} MB: "
                    "open it in Excel and save it as .xlsx."
                )
        return _records(bytes(stream))

    def _read_book(self) -> None:
        for type_, data in self._records(_BOOK):
            if type_ == _SHEET:
                relation, after = _text(data, 8)
                title = SheetTitle(_text(data, after)[0], _u32(data, 0) == 0)
                self._titles.append(title)
                self._ids[title.name] = relation
            elif type_ == _NAME:
                self._names.append(_text(data, 9)[0])
            elif type_ == _BOOK_FLAGS:
                self._epoch_1904 = bool(data[0] & 1)

    def _read_styles(self, part: str) -> None:
        custom: dict[str, str] = {}
        codes: list[str] = []
        fonts: list[int] = []
        inside = False
        for type_, data in self._records(part):
            if type_ == _FORMAT:
                custom[str(_u16(data, 0))] = _text(data, 2)[0]
            elif type_ == _FONT:
                struck = _u16(data, 2) & _STRUCK_FONT
                self._looks.append(STRUCK if struck else _LOOKS.get(_u16(data, 6), ""))
            elif type_ in {_STYLES_START, _STYLES_END}:
                inside = type_ == _STYLES_START
            elif type_ == _STYLE and inside:
                codes.append(format_code(str(_u16(data, 2)), custom))
                fonts.append(_u16(data, 4))
            elif type_ == _CONDITIONAL_STYLE:
                self._conditional.append(_conditional_format(data, custom))
        self._codes = codes
        self._struck = [
            at
            for at, font in enumerate(fonts)
            if font < len(self._looks) and self._looks[font] == STRUCK
        ]

    def _read_texts(self, part: str) -> list[str]:
        return [self._rich(data, 0) for type_, data in self._records(part) if type_ == _TEXT]

    def _rich(self, data: bytes, at: int) -> str:
        """Return a RichStr (2.5.121) with its superscript and subscript digits marked."""
        text, after = _text(data, at + 1)
        if not data[at] & 1:
            return text
        units = text.encode("utf-16-le")
        runs = list(struct.iter_unpack("<HH", data[after + 4 : after + 4 + 4 * _u32(data, after)]))
        if not runs:
            return text
        ends = [start for start, _ in runs[1:]] + [len(units) // 2]
        pieces = [units[: 2 * runs[0][0]].decode("utf-16-le")]
        for (start, font), end in zip(runs, ends, strict=True):
            look = self._looks[font] if font < len(self._looks) else ""
            pieces.append(with_look(units[2 * start : 2 * end].decode("utf-16-le"), look))
        return "".join(pieces)

    def _read_sheet(self, sheet: SparseSheet, part: str, texts: list[str]) -> SparseSheet:
        row = -1
        places: set[int] = set()
        self._total_areas.clear()
        for (type_, data), (next_type, next_data) in _with_next(self._records(part)):
            if type_ == _ROW:
                if _u32(data, 0) <= row:
                    raise self._package.broken(f"sheet '{sheet.name}', rows out of order")
                row = _u32(data, 0)
                places.clear()
                self._total_areas = [area for area in self._total_areas if area[1] >= row]
                self._budget.ensure_place(row, 0)
                if data[11] & 0x10:
                    sheet.hidden.add(row)
            elif type_ in _HOLDING:
                column = _u32(data, 0)
                self._budget.ensure_place(row, column)
                if column in places:
                    raise self._package.broken(f"sheet '{sheet.name}', a cell is there twice")
                places.add(column)
                if next_type in {_ARRAY_FORMULA, _SHARED_FORMULA}:
                    self._note_shared(next_type, next_data)
                sheet.add(row, column, self._cell(type_, data, (row, column), texts))
                self._budget.ensure_grid(sheet.height, sheet.width)
            else:
                self._take_other(sheet, type_, data)
        self._budget.add(sheet.height, sheet.width)
        return sheet

    def _take_other(self, sheet: SparseSheet, type_: int, data: bytes) -> None:
        if type_ == _MERGE:
            top, bottom, left, right = struct.unpack_from("<4I", data)
            sheet.merged.append(((top, left), (bottom, right)))
        elif type_ == _CONDITION and not self._styles.condition_shows_alike(str(_u32(data, 8))):
            raise conditional_format(self._package.name, sheet.name)

    def _note_shared(self, type_: int, data: bytes) -> None:
        """Remember the range of a shared or array formula that gives a total."""
        start = 16 + (type_ == _ARRAY_FORMULA)
        tokens = data[start + 4 : start + 4 + _u32(data, start)]
        if gives_total(tokens, self._names):
            if len(self._total_areas) >= _MOST_SHARED:
                raise self._package.broken("too many shared formulas")
            self._total_areas.append(struct.unpack_from("<4I", data))

    def _cell(self, type_: int, data: bytes, place: Place, texts: list[str]) -> Cell | Mark:
        style = str(_u32(data, 4) & 0xFFFFFF)
        if type_ in {_STRING, _F_STRING}:
            text, end = _text(data, 8)
            cell: Cell | Mark = self._shown(text, style)
            return self._counted(cell, data, end, place) if type_ == _F_STRING and text else cell
        if type_ == _RICH_STRING:
            return self._shown(self._rich(data, 8), style)
        if type_ == _SHARED:
            return self._shown(texts[_u32(data, 8)], style)
        if type_ in {_BOOLEAN, _F_BOOLEAN}:
            return bool(data[8])
        if type_ in {_ERROR, _F_ERROR}:
            return Mark(_ERRORS.get(data[8], "#ERROR!"), CellKind.ERROR)
        number = _rk(_u32(data, 8)) if type_ == _RK else struct.unpack_from("<d", data, 8)[0]
        cell = self._styles.cell(number, style)
        return self._counted(cell, data, 16, place) if type_ == _F_NUMBER else cell

    def _counted(self, cell: Cell | Mark, data: bytes, at: int, place: Place) -> Cell | Mark:
        """Return a formula's value, marked if it is a total; `at` is its end in `data`."""
        tokens = data[at + 6 : at + 6 + _u32(data, at + 2)] if at + 6 <= len(data) else b""
        if shares(tokens):
            row, column = place
            is_total = any(
                top <= row <= bottom and left <= column <= right
                for top, bottom, left, right in self._total_areas
            )
        else:
            is_total = bool(tokens) and gives_total(tokens, self._names)
        return as_total(cell) if is_total else cell

    def _shown(self, text: str, style: str) -> Cell | Mark:
        return text and self._styles.text(text, style)


_HOLDING = frozenset(
    [
        *(_RK, _ERROR, _BOOLEAN, _REAL, _STRING, _SHARED, _RICH_STRING),
        *(_F_STRING, _F_NUMBER, _F_BOOLEAN, _F_ERROR),
    ]
)


def _conditional_format(data: bytes, custom: dict[str, str]) -> str | None:
    """Return the number format of a BrtDXF (2.4.356), None where it has none.

    A format that can't be read is empty, which shows nothing of a number.
    """
    at = 6
    for _ in range(_u16(data, 4)):
        kind, size = struct.unpack_from("<HH", data, at)
        held = data[at + 4 : at + size]
        if kind == _FORMAT_ID:
            return format_code(str(_u16(held, 0)), custom)
        if kind == _FORMAT_CODE:
            code = held[2:].decode("utf-16-le", "replace")
            return code if len(code) == _u16(held, 0) else ""
        at += max(size, 4)
    return None


def _rk(value: int) -> float:
    """Decode an RkNumber, 30 bits and two flags: 2.5.122."""
    number: float
    if value & 2:
        signed = value >> 2
        number = float(signed - (1 << 30) if signed & (1 << 29) else signed)
    else:
        (number,) = struct.unpack("<d", struct.pack("<Q", (value & 0xFFFFFFFC) << 32))
    return number / 100 if value & 1 else number


def _with_next(records: Iterator[Record]) -> Iterator[tuple[Record, Record]]:
    """Give each record with the one behind it."""
    return pairwise(chain(records, [(-1, b"")]))


def _records(stream: bytes) -> Iterator[Record]:
    at = 0
    while at < len(stream):
        type_, at = _packed_number(stream, at, 2)
        size, at = _packed_number(stream, at, 4)
        if at + size > len(stream):
            raise ValueError("a record longer than its part")
        yield type_, stream[at : at + size]
        at += size


def _packed_number(stream: bytes, at: int, longest: int) -> tuple[int, int]:
    """Decode a number of seven bits a byte; return it and the place after it."""
    number = 0
    for step in range(longest):
        byte = stream[at + step]
        number |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:
            return number, at + step + 1
    return number, at + longest


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])


def _u32(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 4 + 2 * _u32(data, at)
    if end > len(data):
        raise ValueError("a text longer than its record")
    return data[at + 4 : end].decode("utf-16-le"), end
