"""Error cells and hidden rows of the binary workbooks, which calamine leaves empty or unsaid.

The records: Microsoft's [MS-XLS] and [MS-XLSB]; the container of .xls: [MS-CFB].
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.model import CellKind
from importer.reading.tables.sheets import Mark
from importer.reading.xlsx.package import related_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.tables.sheets import Place
    from importer.reading.xlsx.package import Package

_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_END_OF_CHAIN = 0xFFFFFFFA
"""Sector numbers from here on are signs, not places."""

Record = tuple[int, bytes]


@dataclass(slots=True)
class Inspected:
    """What a sheet shows beyond its raw values."""

    marks: dict[Place, Mark] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    merged: list[tuple[Place, Place]] = field(default_factory=list)


class NotUnderstoodError(Exception):
    """The records are not as Microsoft describes them."""


def inspect_xls(raw: bytes) -> dict[str, Inspected]:
    """Return what the sheets of an .xls show beyond their raw values, by their names.

    Raises:
        NotUnderstoodError: it is broken, or older than Excel 97.
    """
    try:
        stream = _workbook_stream(raw)
        starts = {
            _short_text(data[6:]): _u32(data, 0)
            for type_, data in _records(stream)
            if type_ == 0x85  # BOUNDSHEET
        }
        # Each sheet ends where the next begins, so that no byte is gone through twice.
        bounds = sorted({*starts.values(), len(stream)})
        return {
            name: _xls_sheet(stream[start : next(end for end in bounds if end > start)])
            for name, start in starts.items()
        }
    except (struct.error, IndexError, ValueError, StopIteration) as error:
        raise NotUnderstoodError from error


def _xls_sheet(stream: bytes) -> Inspected:
    found = Inspected()
    for type_, data in _records(stream):
        if type_ == 0x208 and data[12] & 0x20:  # ROW, its height hidden
            found.hidden.add(_u16(data, 0))
        elif type_ == 0x205 and data[7]:  # BOOLERR, an error
            _add_error(found, _u16(data, 0), _u16(data, 2), data[6])
        elif type_ == 0x06 and data[6] == 2 and data[12:14] == b"\xff\xff":  # FORMULA, an error
            _add_error(found, _u16(data, 0), _u16(data, 2), data[8])
    return found


def _add_error(found: Inspected, row: int, column: int, code: int) -> None:
    found.marks[row, column] = Mark(_ERRORS.get(code, "#ERROR!"), CellKind.ERROR)


def _records(stream: bytes) -> Iterator[Record]:
    """Give the records of one substream, from its BOF to its EOF."""
    at = 0
    while at + 4 <= len(stream):
        type_, size = struct.unpack_from("<HH", stream, at)
        if type_ == 0x0A:
            return
        yield type_, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _short_text(data: bytes) -> str:
    count, wide = data[0], data[1] & 1
    codec = "utf-16-le" if wide else "latin-1"
    return data[2 : 2 + count * (1 + wide)].decode(codec)


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _workbook_stream(raw: bytes) -> bytes:
    """Take the stream `Workbook` out of its container, which is built like a small disk."""
    sector = 1 << _u16(raw, 30)
    small = 1 << _u16(raw, 32)
    if not 128 <= sector <= 4096 or not 8 <= small <= sector:
        raise ValueError("no sizes of sectors")
    table = _table(raw, sector)
    directory = _chain(raw, sector, table, _u32(raw, 48), 1)
    entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
    for entry in entries:
        name = entry[: max(0, _u16(entry, 64) - 2)].decode("utf-16-le", errors="replace")
        if name in {"Workbook", "Book"}:
            start, size = _u32(entry, 116), _u32(entry, 120)
            if size >= _u32(raw, 56):
                return _chain(raw, sector, table, start, 1)[:size]
            store = _chain(raw, sector, table, _u32(entries[0], 116), 1)
            small_table = _numbers(_chain(raw, sector, table, _u32(raw, 60), 1))
            return _chain(store, small, small_table, start, 0)[:size]
    raise ValueError("no workbook in the container")


def _table(raw: bytes, sector: int) -> list[int]:
    """Return which sector follows which; the table's own places are listed in the header first."""
    places = _numbers(raw[76:512])
    following = _u32(raw, 68)
    visited = set()
    while following < _END_OF_CHAIN and following not in visited:
        visited.add(following)
        start = sector * (following + 1)
        numbers = _numbers(raw[start : start + sector])
        places += numbers[:-1]
        following = numbers[-1]
    parts = (raw[sector * (at + 1) : sector * (at + 2)] for at in places if at < _END_OF_CHAIN)
    return _numbers(b"".join(parts))


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _chain(data: bytes, sector: int, table: list[int], at: int, header: int) -> bytes:
    """Join the sectors that follow each other, after a header of one sector or of none."""
    offset = sector * header
    parts: list[bytes] = []
    while at < _END_OF_CHAIN:
        if len(parts) > len(table):
            raise ValueError("a chain of sectors that never ends")
        parts.append(data[offset + at * sector : offset + (at + 1) * sector])
        at = table[at]
    return b"".join(parts)


def inspect_xlsb(package: Package) -> dict[str, Inspected]:
    """Return what the sheets of an .xlsb show beyond their raw values, by their names.

    Raises:
        NotUnderstoodError: it is broken.
    """
    sheets = {}
    try:
        parts = related_parts(package, "xl/workbook.bin")
        for type_, data in _packed_records(package.read("xl/workbook.bin")):
            if type_ == 156:  # BrtBundleSh
                relation, after = _long_text(data, 8)
                part = parts.get(relation, ("", ""))[1]
                sheets[_long_text(data, after)[0]] = _xlsb_sheet(package.read(part))
    except (IndexError, ValueError) as error:
        raise NotUnderstoodError from error
    return sheets


def _xlsb_sheet(stream: bytes) -> Inspected:
    found = Inspected()
    row = 0
    for type_, data in _packed_records(stream):
        if type_ == 0:  # BrtRowHdr
            row = _u32(data, 0)
            if data[11] & 0x10:
                found.hidden.add(row)
        elif type_ in {3, 11}:  # BrtCellError, BrtFmlaError
            _add_error(found, row, _u32(data, 0), data[8])
        elif type_ == 176:  # BrtMergeCell
            top, bottom, left, right = struct.unpack_from("<4I", data)
            found.merged.append(((top, left), (bottom, right)))
    return found


def _packed_records(stream: bytes) -> Iterator[Record]:
    at = 0
    while at < len(stream):
        type_, at = _packed_number(stream, at, 2)
        size, at = _packed_number(stream, at, 4)
        yield type_, stream[at : at + size]
        at += size


def _packed_number(stream: bytes, at: int, longest: int) -> tuple[int, int]:
    """Return a number that is written seven bits a byte, and where it ends."""
    number = 0
    for step in range(longest):
        byte = stream[at + step]
        number |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:
            return number, at + step + 1
    return number, at + longest


def _long_text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 4 + 2 * _u32(data, at)
    if end > len(data):
        raise ValueError("a text longer than its record")
    return data[at + 4 : end].decode("utf-16-le"), end
