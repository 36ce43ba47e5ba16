"""Small .xlsb files, put together from records: no program here can write one.

The records: Microsoft's [MS-XLSB], 2.1.4 (their heads), 2.3.2 (their numbers).
"""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def record(type_: int, data: bytes = b"") -> bytes:
    """Return a record: its number, its length and its data."""
    head = bytes([type_]) if type_ < 128 else bytes([type_ & 0x7F | 0x80, type_ >> 7])
    size, packed = len(data), b""
    while size > 0x7F:
        packed, size = packed + bytes([size & 0x7F | 0x80]), size >> 7
    return head + packed + bytes([size]) + data


def wide_text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def row(number: int, *cells: bytes, hidden: bool = False) -> bytes:
    """Return a row by the number that Excel shows."""
    flags = 0x10 if hidden else 0
    head = struct.pack("<IIHBBBI", number - 1, 0, 300, 0, flags, 0, 0)
    return record(0, head) + b"".join(cells)


def text_cell(column: int, value: str, style: int = 0) -> bytes:
    return record(6, struct.pack("<II", column, style) + wide_text(value))


def _formula(tokens: bytes) -> bytes:
    return struct.pack("<HI", 0, len(tokens)) + tokens + bytes(4)


def formula_cell(column: int, value: float, tokens: bytes) -> bytes:
    """Return a formula that gives a number."""
    return record(9, struct.pack("<IId", column, 0, value) + _formula(tokens))


def text_formula_cell(column: int, value: str, tokens: bytes) -> bytes:
    """Return a formula that gives a text."""
    return record(8, struct.pack("<II", column, 0) + wide_text(value) + _formula(tokens))


def shared_formula(area: tuple[int, int, int, int], tokens: bytes) -> bytes:
    """Return the formula that the cells of an area share; it stands behind the first of them."""
    return record(427, struct.pack("<4II", *area, len(tokens)) + tokens + bytes(4))


def defined_name(name: str) -> bytes:
    """Return a name that a workbook defines, such as that of a newer function."""
    return record(39, bytes(9) + wide_text(name) + bytes(4))


def number_cell(column: int, value: float, style: int = 0) -> bytes:
    return record(5, struct.pack("<IId", column, style, value))


def error_cell(column: int, code: int) -> bytes:
    return record(3, struct.pack("<IIB", column, 0, code))


def shared_cell(column: int, index: int) -> bytes:
    return record(7, struct.pack("<III", column, 0, index))


def merge(top: int, bottom: int, left: int, right: int) -> bytes:
    return record(176, struct.pack("<4I", top, bottom, left, right))


def shared_texts(*values: str) -> bytes:
    return b"".join(record(19, b"\0" + wide_text(value)) for value in values)


def styles(*codes: str) -> bytes:
    """Return a table of styles: 0 is General, the next ones have these formats."""
    formats = b"".join(
        record(44, struct.pack("<H", at) + wide_text(code)) for at, code in enumerate(codes, 164)
    )
    used = [0, *range(164, 164 + len(codes))]
    cells = b"".join(record(47, struct.pack("<HH", 0, one) + bytes(12)) for one in used)
    return formats + record(617) + cells + record(618)


def conditional_style(kind: int, held: bytes) -> bytes:
    """Return a style for conditions that has a colour and one property more."""
    colour = struct.pack("<HH", 5, 12) + bytes(8)
    more = struct.pack("<HH", kind, 4 + len(held)) + held
    return record(507, bytes(4) + struct.pack("<H", 2) + colour + more)


def condition(style: int) -> bytes:
    """Return a rule that puts a style on cells, without its formulas."""
    return record(463, struct.pack("<6I", 1, 0, style, 1, 0, 0) + bytes(18))


def xlsb(
    path: Path, sheet: bytes, *, texts: bytes = b"", formats: bytes = b"", names: bytes = b""
) -> Path:
    """Write a workbook whose only sheet, `List`, holds these records."""
    head = record(129) + record(148, struct.pack("<4I", 0, 4, 0, 1)) + record(145)
    title = struct.pack("<II", 0, 1) + wide_text("rId1") + wide_text("List")
    book = record(131) + record(143) + record(156, title) + record(144) + names
    book += record(132)
    parts = {
        "worksheet": ("worksheets/sheet1.bin", head + sheet + record(130)),
        "sharedStrings": ("sharedStrings.bin", texts),
        "styles": ("styles.bin", formats),
    }
    parts = {kind: part for kind, part in parts.items() if part[1]}
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("_rels/.rels", _relations({"officeDocument": "xl/workbook.bin"}))
        package.writestr("xl/workbook.bin", book)
        targets = {kind: name for kind, (name, _) in parts.items()}
        package.writestr("xl/_rels/workbook.bin.rels", _relations(targets))
        for name, content in parts.values():
            package.writestr(f"xl/{name}", content)
    return path


def _relations(targets: dict[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="rId{at}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets.items(), 1)
    )
    return f'<Relationships xmlns="{RELATIONS}">{each}</Relationships>'
