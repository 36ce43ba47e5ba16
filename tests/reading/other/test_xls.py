"""Old workbooks (.xls) that today's programs do not write any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from importer.reading.forms import Form
from importer.reading.other.xls import has_total_token
from tests.reading.differential.opinions import careful_sheets, described
from tests.reading.files import kinds, read
from tests.reading.xls_files import EXCEL_5, number_cell, text_cell, wide_text_cell, xls

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


def test_signs_of_a_total() -> None:
    """A sum in its short form, and the number of a function that gives a total."""
    assert has_total_token(b"\x25" + bytes(8) + b"\x19\x10\x00\x00")
    assert has_total_token(b"\x25" + bytes(8) + b"\x42\x01\x05\x00")
    assert not has_total_token(b"\x44" + bytes(4) + b"\x1e\x01\x00\x03")
