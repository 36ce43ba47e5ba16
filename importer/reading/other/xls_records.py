"""What the records of an .xls say that xlrd does not: Microsoft's [MS-XLS].

xlrd skips formulas and conditional formats: 2.4.127, 2.4.277, 2.4.42, 2.4.43, 2.5.92.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from xlrd.formula import (
    FMLA_TYPE_ARRAY,
    FMLA_TYPE_CELL,
    FMLA_TYPE_SHARED,
    decompile_formula,
)

from importer.reading.tables.totals import is_total

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.reading.tables.sheets import Place

_FORMULA, _END, _START = 0x06, 0x0A, 0x809
_EXPRESSIONS = {0x4BC: (8, FMLA_TYPE_SHARED), 0x221: (12, FMLA_TYPE_ARRAY)}
"""Formulas that other cells use: where their length is, and what they are to xlrd."""
_NUMBERS = 0xBD
_CELLS = frozenset([_FORMULA, 0x203, 0x204, 0x205, 0xD6, 0xFD, 0x27E])
"""FORMULA, NUMBER, LABEL, BOOLERR, RSTRING, LABELSST and RK, each a cell."""
_CONDITIONS = {0x1B1: 6, 0x87A: 22}
"""Where the formats of CF and CF12 begin."""
_HAS_NUMBER_FORMAT = 1 << 25
_UNNEEDED = frozenset(
    [*(0x1C, 0x5D, 0x7D, 0xAB, 0xEC, 0x15F, 0x1B0, 0x1B1, 0x1B6, 0x1B8, 0x800, 0x872)]
)
"""NOTE, OBJ, COLINFO, GCW, MSODRAWING, LABELRANGES, CONDFMT, CF, TXO, HLINK, QUICKTIP, FEAT11."""
_UNKNOWN = 0xFFFF
"""The type of no record, which xlrd passes over."""


class SheetRecords:
    """What a sheet's records say beside the values of its cells."""

    def __init__(self, book: Any, at: int) -> None:
        """Go through the records of the sheet number `at` of xlrd's book."""
        self.totals: set[Place] = set()
        """The cells whose formulas give a total."""
        self.has_conditional_format = False
        """Whether a condition puts a number format on cells."""
        self.twice: Place | None = None
        """A cell that is there twice."""
        self.unneeded: list[int] = []
        """Where records begin that say nothing of cells."""
        self._book = book
        self._held: dict[int, int] = {}
        """The columns of each row that hold something, as bits."""
        self._last: Place = (0, 0)
        self._expressions: dict[Place, bool] = {}
        self._users: list[tuple[Place, Place]] = []
        for start, type_, data in _records(book.mem, book._sh_abs_posn[at]):
            self._take(type_, data)
            if type_ in _UNNEEDED:
                self.unneeded.append(start)
        self.totals.update(place for place, first in self._users if self._expressions.get(first))

    def _take(self, type_: int, data: bytes) -> None:
        if type_ in _CELLS and len(data) >= 6:
            self._note_cells(struct.unpack_from("<HH", data), 1)
        elif type_ == _NUMBERS and len(data) >= 6:
            self._note_cells(struct.unpack_from("<HH", data), (len(data) - 6) // 6)
        if type_ == _FORMULA and len(data) >= 22:
            self._take_formula(data)
        elif type_ in _EXPRESSIONS and len(data) >= 14:
            self._take_expression(data, *_EXPRESSIONS[type_])
        elif type_ in _CONDITIONS:
            (flags,) = struct.unpack_from("<I", data.ljust(32, b"\0"), _CONDITIONS[type_])
            self.has_conditional_format |= bool(flags & _HAS_NUMBER_FORMAT)

    def _note_cells(self, first: Place, count: int) -> None:
        row, column = first
        held = self._held.get(row, 0)
        mine = ((1 << count) - 1) << min(column, 1 << 10)
        if held & mine:
            self.twice = first
        self._held[row] = held | mine

    def _take_formula(self, data: bytes) -> None:
        self._last = struct.unpack_from("<HH", data)
        (size,) = struct.unpack_from("<H", data, 20)
        if data[22:23] == b"\x01" and size == 5:  # It uses one that is written elsewhere.
            self._users.append((self._last, struct.unpack_from("<HH", data, 23)))
        elif _gives_total(self._book, data[22:], size, FMLA_TYPE_CELL, self._last):
            self.totals.add(self._last)

    def _take_expression(self, data: bytes, at: int, type_: int) -> None:
        """Take a formula that stands behind the first cell that uses it."""
        (size,) = struct.unpack_from("<H", data, at)
        total = _gives_total(self._book, data[at + 2 :], size, type_, self._last)
        top, _, left = struct.unpack_from("<HHB", data)
        self._expressions[self._last] = self._expressions[top, left] = total


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


def without_records(stream: bytes, starts: Sequence[int]) -> bytes:
    """Return a stream whose records at these places are of a type that is passed over.

    xlrd ends at some that it does not expect, such as conditions of newer programs, and takes
    gigabytes for a hyperlink over a whole sheet.
    """
    if not starts:
        return stream
    changed = bytearray(stream)
    for start in starts:
        struct.pack_into("<H", changed, start, _UNKNOWN)
    return bytes(changed)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, bytes]]:
    """Give the records of a sheet, with where they begin; skip those of charts embedded in it."""
    depth = 0
    while at + 4 <= len(stream):
        type_, size = struct.unpack_from("<HH", stream, at)
        depth += (type_ == _START) - (type_ == _END)
        if type_ == _END and depth <= 0:
            return
        if depth == 1:
            yield at, type_, stream[at + 4 : at + 4 + size]
        at += 4 + size
