"""Excel's .xlsb shows what an .xlsx of the same cells shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from tests.reading.files import kinds, read, repack
from tests.reading.xlsb_files import (
    error_cell,
    merge,
    number_cell,
    record,
    row,
    shared_cell,
    shared_texts,
    styles,
    text_cell,
    xlsb,
)

if TYPE_CHECKING:
    from pathlib import Path


def _list(path: Path) -> Path:
    sheet = (
        row(1, text_cell(0, "Phone"), text_cell(1, "Country"))
        + row(2, number_cell(0, 35753351.0), text_cell(1, "HK"))
        + row(3, text_cell(0, "35753352"), hidden=True)
        + row(4, error_cell(0, 0x2A), text_cell(1, "SG"))
        + row(5, text_cell(0, "91234567"), error_cell(1, 0x2A))
        + record(146)
        + merge(1, 2, 1, 1)
    )
    return xlsb(path, sheet)


def test_binary_workbook(tmp_path: Path) -> None:
    """Values, errors, hidden rows and merged countries of an .xlsb are those of an .xlsx."""
    rows = read(_list(tmp_path / "a.xlsb"))
    assert rows.source.form == "binary Excel workbook"
    assert kinds(rows) == {
        2: ("35753351", "number"),
        3: ("35753352", "text"),
        4: ("#N/A", "error"),
        5: ("91234567", "text"),
    }
    assert rows.cells["region"].tolist() == ["HK", "HK", "SG", "#N/A"]
    assert "hidden or filtered rows" in rows.source.notes[0]


def test_formats_and_shared_texts(tmp_path: Path) -> None:
    """A format that adds a plus to a number and the table of shared texts are looked at."""
    sheet = row(1, shared_cell(0, 1)) + row(2, number_cell(0, 85235753351.0, style=1))
    texts = shared_texts("no", "Phone")
    rows = read(xlsb(tmp_path / "a.xlsb", sheet, texts=texts, formats=styles("+0")))
    assert kinds(rows) == {2: ("+85235753351", "number")}


def test_damaged_binary_workbook(tmp_path: Path) -> None:
    """A record that claims more than there is ends in one sentence."""
    path = repack(_list(tmp_path / "a.xlsb"), "xl/workbook.bin", b"\x9c\x01\xff\xff\xff\x7f")
    with pytest.raises(UnreadableInput, match=r"cut off or damaged"):
        read(path)
