"""Small .xls files, put together from records, where no program here writes the like.

The container: Microsoft's [MS-CFB]; the records: [MS-XLS] 2.4, and for Excel 5 the same ones with
texts of one byte a character.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
EXCEL_5, EXCEL_97 = 0x0500, 0x0600


def record(type_: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", type_, len(data)) + data


def text_cell(row: int, value: bytes, style: int = 0) -> bytes:
    """Return a text of Excel 5 in the first column; its bytes are in the workbook's code page."""
    return record(0x204, struct.pack("<HHHH", row, 0, style, len(value)) + value)


def wide_text_cell(row: int, value: str, style: int = 0) -> bytes:
    """Return a text of Excel 97 in the first column, which is Unicode."""
    data = struct.pack("<HHHHB", row, 0, style, len(value), 1) + value.encode("utf-16-le")
    return record(0x204, data)


def number_cell(row: int, value: float, style: int = 0) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, 0, style, value))


def formula_cell(row: int, value: float, tokens: bytes) -> bytes:
    """Return a formula in the first column, with its saved value."""
    head = struct.pack("<HHHdHIH", row, 0, 0, value, 0, 0, len(tokens))
    return record(0x06, head + tokens)


def xls(
    path: Path, cells: bytes, *, version: int = EXCEL_97, page: int = 1200, more: bytes = b""
) -> Path:
    """Write a workbook whose only sheet, `List`, has these cells; style 1 has the format "+"0.

    `more` are records of the workbook, behind its five fonts.
    """
    wide = version == EXCEL_97
    start = b"" if version == EXCEL_5 else bytes(8)
    code = b'"+"0'
    font = struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0)
    name = b"\x05\x00Arial" if wide else b"\x05Arial"
    length = struct.pack("<HB", len(code), 0) if wide else bytes([len(code)])
    style = bytes(20 - 4) if wide else bytes(16 - 4)
    styles = b"".join(record(0xE0, struct.pack("<HH", 0, one) + style) for one in (0, 164))
    globals_ = (
        record(0x809, struct.pack("<HHHH", version, 5, 0, 0) + start)
        + record(0x42, struct.pack("<H", page))
        + 5 * record(0x31, font + name)
        + more
        + record(0x41E, struct.pack("<H", 164) + length + code)
        + styles
    )
    title = b"\x04\x00List" if wide else b"\x04List"
    sheet_at = len(globals_) + len(record(0x85, bytes(6) + title)) + len(record(0x0A))
    globals_ += record(0x85, struct.pack("<IBB", sheet_at, 0, 0) + title) + record(0x0A)
    sheet = record(0x809, struct.pack("<HHHH", version, 0x10, 0, 0) + start)
    path.write_bytes(container(globals_ + sheet + cells + record(0x0A), wide=wide))
    return path


def container(stream: bytes, *, wide: bool = True) -> bytes:
    """Return a container that holds one stream, which has at least the size of a large one."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // _SECTOR)
    directory = _entry("Root Entry", 5, _END, 0, 1) + _entry(
        "Workbook" if wide else "Book", 2, 2, len(stream), _FREE
    )
    directory = directory.ljust(_SECTOR, b"\0")
    chain = [_FAT, _END, *range(3, 2 + sectors), _END]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(_SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", 0, *[_FREE] * 108)
    return head + fat + directory + stream.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, type_: int, start: int, size: int, child: int) -> bytes:
    written = name.encode("utf-16-le")
    data = written.ljust(64, b"\0") + struct.pack("<HBB", len(written) + 2, type_, 1)
    data += struct.pack("<III", _FREE, _FREE, child) + bytes(36)
    return data + struct.pack("<IQ", start, size)
