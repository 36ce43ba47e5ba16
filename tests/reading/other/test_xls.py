"""Old workbooks (.xls) that today's programs do not write any more."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from importer.model import CellKind
from importer.reading.forms import Form
from importer.reading.other.xls_records import has_total_token
from tests.reading.differential.opinions import careful_sheets, described
from tests.reading.files import kinds, read
from tests.reading.xls_files import (
    EXCEL_5,
    formula_cell,
    number_cell,
    record,
    text_cell,
    wide_text_cell,
    xls,
)

if TYPE_CHECKING:
    from pathlib import Path

WIDE = (
    wide_text_cell(0, "Télephone")
    + wide_text_cell(1, "+852 3575 3351")
    + number_cell(2, 6562345601, 1)
)
NARROW = (
    text_cell(0, b"Name")
    + text_cell(1, "Müller +4930123456".encode("cp1252"))
    + number_cell(2, 6562345601, 1)
)


def _texts(path: Path) -> list[str]:
    sheet = careful_sheets(path.name, path.read_bytes(), Form.XLS, [])["List"]
    return [text for text, _ in described(sheet).values()]


@pytest.mark.parametrize("page", [1200, 1252, 437, 10000, 65001, 12345, 0])
def test_any_code_page(tmp_path: Path, page: int) -> None:
    """From Excel 97 on texts are Unicode, whatever code page the workbook names."""
    path = xls(tmp_path / "a.xls", WIDE, page=page)
    assert _texts(path) == ["Télephone", "+852 3575 3351", "+6562345601"]


@pytest.mark.parametrize("page", [1252, 1200, 12345])
def test_excel_5(tmp_path: Path, page: int) -> None:
    """Excel 5 and 95 kept texts in a code page; where that is not known, digits are read still."""
    [name, text, number] = _texts(xls(tmp_path / "a.xls", NARROW, version=EXCEL_5, page=page))
    assert (name, number) == ("Name", "+6562345601")
    assert text.endswith("ller +4930123456")
    assert page != 1252 or text.startswith("Mü")


def test_formats_count(tmp_path: Path) -> None:
    """The form is named, and what a format adds is part of the number."""
    rows = read(xls(tmp_path / "a.xls", WIDE))
    assert "Excel 97" in rows.source.form
    assert kinds(rows) == {2: ("+852 3575 3351", "text"), 3: ("+6562345601", "number")}


def test_a_container_that_is_cut_off(tmp_path: Path) -> None:
    """Half a file is damaged, in one sentence."""
    path = xls(tmp_path / "a.xls", WIDE)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(UnreadableInput, match="cut off or damaged"):
        read(path)


def test_a_number_format_by_a_condition(tmp_path: Path) -> None:
    """A condition that may put another number format on cells is refused; one for colours is not.

    The records: [MS-XLS] 2.4.42 and 2.4.43, each with a DXFN (2.5.92).
    """
    head = bytes(6)  # a condition without formulas
    for flags, refused in ((1 << 25, True), (1 << 29, False)):
        old = record(0x1B1, head + struct.pack("<IH", flags, 0) + bytes(8))
        new = record(0x87A, bytes(12) + head + struct.pack("<IIH", 14, flags, 0) + bytes(8))
        for condition in (old, new):
            path = xls(tmp_path / "a.xls", WIDE + condition)
            if refused:
                with pytest.raises(UnreadableInput, match="conditional format"):
                    _texts(path)
            else:
                assert len(_texts(path)) == 3


def test_an_array_formula_that_is_a_total(tmp_path: Path) -> None:
    """The formula of `{=SUM(A1:A9)}` stands behind its cell: [MS-XLS] 2.4.4."""
    total = b"\x25" + struct.pack("<4H", 0, 8, 0, 0) + b"\x22\x01\x04\x00"
    plain = b"\x24" + struct.pack("<2H", 0, 0)
    for tokens, kind in ((total, CellKind.TOTAL), (plain, CellKind.NUMBER)):
        array = struct.pack("<HHBBHIH", 9, 9, 0, 0, 0, 0, len(tokens)) + tokens
        uses_it = b"\x01" + struct.pack("<2H", 9, 0)
        cells = WIDE + formula_cell(9, 85235753351.0, uses_it) + record(0x221, array)
        raw = xls(tmp_path / "a.xls", cells).read_bytes()
        found = described(careful_sheets("a.xls", raw, Form.XLS, [])["List"])
        assert found[9, 0] == ("85235753351", kind)


def test_a_cell_that_is_there_twice(tmp_path: Path) -> None:
    """Which of two values a program shows is not guessed; a blank cell before one is nothing."""
    blank = record(0x201, struct.pack("<HHH", 2, 0, 0))
    assert len(_texts(xls(tmp_path / "a.xls", blank + WIDE))) == 3
    with pytest.raises(UnreadableInput, match=r"row 3, a cell twice"):
        _texts(xls(tmp_path / "a.xls", WIDE + number_cell(2, 6562345602)))


def test_a_hyperlink_over_a_whole_sheet(tmp_path: Path) -> None:
    """Links are not read: one that reaches over 16 million cells takes no memory, nor time."""
    link = struct.pack("<4H", 0, 65535, 0, 255) + bytes.fromhex("d0c9ea79f9bace118c8200aa004ba90b")
    path = xls(tmp_path / "a.xls", WIDE + record(0x1B8, link + b"\x02\0\0\0" + bytes(4)) * 9)
    assert len(_texts(path)) == 3


def test_raised_digits_behind_a_wide_character(tmp_path: Path) -> None:
    """Runs are counted in units of UTF-16, of which an emoji has two."""
    text = "\U0001f4de 35753351" + "2"
    units = text.encode("utf-16-le")
    size = len(units) // 2
    rich = struct.pack("<HHHHB", 3, 0, 0, size, 1) + units + struct.pack("<HHH", 1, size - 1, 6)
    fonts = struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 1, 0, 0, 0, 0) + b"\x05\0Arial"
    path = xls(tmp_path / "a.xls", WIDE + record(0xD6, rich), more=record(0x31, fonts))
    assert _texts(path)[-1] == "\U0001f4de 35753351²"


def test_signs_of_a_total() -> None:
    """A sum in its short form, and the number of a function that gives a total."""
    assert has_total_token(b"\x25" + bytes(8) + b"\x19\x10\x00\x00")
    assert has_total_token(b"\x25" + bytes(8) + b"\x42\x01\x05\x00")
    assert not has_total_token(b"\x44" + bytes(4) + b"\x1e\x01\x00\x03")
