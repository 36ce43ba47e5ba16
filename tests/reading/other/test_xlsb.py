"""Excel's .xlsb: no program here can write one, so a small one is put together from records.

The records: Microsoft's [MS-XLSB], 2.1.4 (their heads), 2.3.2 (their numbers).
"""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from tests.reading.files import kinds, read, repack

if TYPE_CHECKING:
    from pathlib import Path

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _record(type_: int, data: bytes = b"") -> bytes:
    head = bytes([type_]) if type_ < 128 else bytes([type_ & 0x7F | 0x80, type_ >> 7])
    size, packed = len(data), b""
    while size > 0x7F:
        packed, size = packed + bytes([size & 0x7F | 0x80]), size >> 7
    return head + packed + bytes([size]) + data


def _text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def _row(number: int, *cells: bytes, hidden: bool = False) -> bytes:
    flags = 0x10 if hidden else 0
    head = struct.pack("<IIHBBBI", number - 1, 0, 300, 0, flags, 0, 0)
    return _record(0, head) + b"".join(cells)


def _words(column: int, value: str) -> bytes:
    return _record(6, struct.pack("<II", column, 0) + _text(value))


def _number(column: int, value: float) -> bytes:
    return _record(5, struct.pack("<IId", column, 0, value))


def _error(column: int, code: int) -> bytes:
    return _record(3, struct.pack("<IIB", column, 0, code))


def _binary(path: Path) -> Path:
    sheet = (
        _record(129)
        + _record(148, struct.pack("<4I", 0, 4, 0, 1))
        + _record(145)
        + _row(1, _words(0, "Phone"), _words(1, "Country"))
        + _row(2, _number(0, 35753351.0), _words(1, "HK"))
        + _row(3, _words(0, "35753352"), hidden=True)
        + _row(4, _error(0, 0x2A), _words(1, "SG"))
        + _row(5, _words(0, "91234567"), _error(1, 0x2A))
        + _record(146)
        + _record(177, struct.pack("<I", 1))
        + _record(176, struct.pack("<4I", 1, 2, 1, 1))
        + _record(178)
        + _record(130)
    )
    book = (
        _record(131)
        + _record(143)
        + _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text("List"))
        + _record(144)
        + _record(132)
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("_rels/.rels", _relation("officeDocument", "xl/workbook.bin"))
        package.writestr("xl/workbook.bin", book)
        relation = _relation("worksheet", "worksheets/sheet1.bin")
        package.writestr("xl/_rels/workbook.bin.rels", relation)
        package.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def _relation(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )


def test_binary_workbook(tmp_path: Path) -> None:
    """Values, errors, hidden rows and merged countries of an .xlsb are those of an .xlsx."""
    rows = read(_binary(tmp_path / "a.xlsb"))
    assert rows.source.form == "binary Excel workbook"
    assert kinds(rows) == {
        2: ("35753351", "number"),
        3: ("35753352", "text"),
        4: ("#N/A", "error"),
        5: ("91234567", "text"),
    }
    assert rows.cells["region"].tolist() == ["HK", "HK", "SG", "#N/A"]
    assert "hidden or filtered rows" in rows.source.notes[0]


def test_damaged_binary_workbook(tmp_path: Path) -> None:
    """A record that claims more than there is ends in one sentence."""
    path = repack(_binary(tmp_path / "a.xlsb"), "xl/workbook.bin", b"\x9c\x01\xff\xff\xff\x7f")
    with pytest.raises(UnreadableInput, match=r"cut off or damaged"):
        read(path)
