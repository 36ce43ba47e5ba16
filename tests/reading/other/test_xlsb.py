"""Excel's .xlsb shows what an .xlsx of the same cells shows."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from importer.reading.forms import Form
from importer.reading.other.xlsb_formulas import gives_total
from tests.reading.differential.opinions import careful_sheets
from tests.reading.files import kinds, read, repack
from tests.reading.xlsb_files import (
    condition,
    conditional_style,
    defined_name,
    error_cell,
    formula_cell,
    merge,
    number_cell,
    record,
    row,
    shared_cell,
    shared_formula,
    shared_texts,
    styles,
    text_cell,
    text_formula_cell,
    wide_text,
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


@pytest.mark.parametrize(
    ("kind", "held", "refused"),
    [
        (0x26, b"\x03\0" + '+0"'.encode("utf-16-le"), True),
        (0x26, b"\x04\0" + "0000".encode("utf-16-le"), True),
        (0x26, b"\x09\0" + "0".encode("utf-16-le"), True),
        (0x29, b"\xa4\0", True),
        (0x29, b"\x09\0", True),
        (0x29, b"\x03\0", False),
        (0x26, b"\x04\0" + "0.00".encode("utf-16-le"), False),
        (0x1C, b"\x01", False),
    ],
)
def test_a_number_format_by_a_condition(
    tmp_path: Path, kind: int, held: bytes, refused: bool
) -> None:
    """A condition that may add to a number is refused, by the style that it names."""
    formats = styles('"+"0') + conditional_style(0x1C, b"\0") + conditional_style(kind, held)
    for style in (0, 1):
        sheet = row(1, text_cell(0, "Phone")) + row(2, number_cell(0, 6562345601.0))
        path = xlsb(tmp_path / "a.xlsb", sheet + condition(style), formats=formats)
        if refused and style == 1:
            with pytest.raises(UnreadableInput, match="conditional format"):
                careful_sheets("a.xlsb", path.read_bytes(), Form.XLSB, [])
        else:
            assert careful_sheets("a.xlsb", path.read_bytes(), Form.XLSB, [])["List"].lines


def test_formats_and_shared_texts(tmp_path: Path) -> None:
    """A format that adds a plus to a number and the table of shared texts are looked at."""
    sheet = row(1, shared_cell(0, 1)) + row(2, number_cell(0, 85235753351.0, style=1))
    texts = shared_texts("no", "Phone")
    rows = read(xlsb(tmp_path / "a.xlsb", sheet, texts=texts, formats=styles("+0")))
    assert kinds(rows) == {2: ("+85235753351", "number")}


def test_what_is_struck_through_is_told(tmp_path: Path) -> None:
    """A font with a line through it is that of its styles, and of the runs of rich texts."""
    fonts = b"".join(record(43, struct.pack("<4H", 220, flags, 400, 0)) for flags in (0x02, 0x0A))
    used = b"".join(record(47, struct.pack("<3H", 0, 0, font) + bytes(10)) for font in (0, 1))
    rich = b"\x01" + wide_text("35753351 2") + struct.pack("<IHHHH", 2, 0, 0, 9, 1)
    sheet = (
        row(1, text_cell(0, "Phone"))
        + row(2, text_cell(0, "35753351"))
        + row(3, text_cell(0, "35753352", 1))
        + row(4, number_cell(0, 35753353.0, 1))
        + row(5, record(62, struct.pack("<II", 0, 0) + rich))
    )
    path = xlsb(tmp_path / "a.xlsb", sheet, formats=fonts + record(617) + used + record(618))
    assert kinds(read(path, region="HK")) == {
        2: ("35753351", "text"),
        3: ("35753352", "struck"),
        4: ("35753353", "struck"),
        5: ("35753351 2\u0336", "text"),
    }


def test_damaged_binary_workbook(tmp_path: Path) -> None:
    """A record that claims more than there is ends in one sentence."""
    path = repack(_list(tmp_path / "a.xlsb"), "xl/workbook.bin", b"\x9c\x01\xff\xff\xff\x7f")
    with pytest.raises(UnreadableInput, match=r"cut off or damaged"):
        read(path)


AREA = b"\x25" + bytes(12)
"""A2:A9, or any other; where it is does not matter here."""
REFERENCE = b"\x44" + bytes(6)
ONE = b"\x1e\x01\x00"


def _call(function: int, count: int) -> bytes:
    return b"\x42" + bytes([count]) + function.to_bytes(2, "little")


def _text(value: str) -> bytes:
    return b"\x17" + len(value).to_bytes(2, "little") + value.encode("utf-16-le")


SUM, IF, COUNTIF, ROUND = _call(4, 1), _call(1, 3), b"\x41\x5a\x01", b"\x41\x1b\x00"
TOTALS = {
    "SUM(A2:A9)": AREA + SUM,
    "its short form": AREA + b"\x19\x10\x00\x00",
    "ROUND(AVERAGE(A2:A9),1)": AREA + _call(5, 1) + ONE + ROUND,
    "1+SUM(A2:A9)": ONE + AREA + SUM + b"\x03",
    "IF(A1,SUM(A2:A9),1)": REFERENCE + b"\x19\x02\x00\x00" + AREA + SUM + ONE + IF,
    "AVERAGEIFS(A2:A9,A2:A9,1)": AREA + AREA + ONE + _call(484, 3),
    "STDEV.S(A2:A9), by its name": b"\x23\x01\x00\x00\x00" + AREA + _call(255, 2),
    "SUM(Table1[Phone])": b"\x18\x19" + bytes(12) + SUM,
    "a token that is not known": b"\x7f" + AREA + SUM,
}
NO_TOTALS = {
    "A2+1": REFERENCE + ONE + b"\x03",
    "IF(COUNTIF(A2:A9,A2),A2,1)": AREA + REFERENCE + COUNTIF + REFERENCE + ONE + IF,
    "a text that looks like tokens": _text("\u1019\u1042\u0104\u4200\u0401\u0000") + ONE + b"\x08",
    "XLOOKUP(A2,A2:A9,A2:A9)": b"\x23\x02\x00\x00\x00" + REFERENCE + AREA + AREA + _call(255, 4),
    "1042": b"\x1e\x19\x10",
}
NAMES = ("_xlfn.STDEV.S", "_xlfn.XLOOKUP")


@pytest.mark.parametrize("tokens", TOTALS.values(), ids=TOTALS.keys())
def test_totals(tokens: bytes) -> None:
    """A sum is no phone number, however it is wrapped."""
    assert gives_total(tokens, NAMES)


@pytest.mark.parametrize("tokens", NO_TOTALS.values(), ids=NO_TOTALS.keys())
def test_no_totals(tokens: bytes) -> None:
    """A value that a count only decides on is none, and neither are bytes of a text."""
    assert not gives_total(tokens, NAMES)


def test_totals_in_a_workbook(tmp_path: Path) -> None:
    """Formulas are found behind their values, and names of functions among those of the book."""
    tokens = [*TOTALS.values(), *NO_TOTALS.values()]
    rows = [row(at, formula_cell(0, 85235753351.0, one)) for at, one in enumerate(tokens, 2)]
    sheet = row(1, text_cell(0, "Phone")) + b"".join(rows)
    names = b"".join(map(defined_name, NAMES))
    found = kinds(read(xlsb(tmp_path / "a.xlsb", sheet, names=names)))
    wanted = ["total"] * len(TOTALS) + ["number"] * len(NO_TOTALS)
    assert [kind for _, kind in found.values()] == wanted


def test_shared_formulas(tmp_path: Path) -> None:
    """Cells that share a formula with the first of them are totals as much as that one."""
    shared = b"\x01" + bytes(4)

    def three(first: int, tokens: bytes) -> bytes:
        cells = [formula_cell(0, 85235753351.0, shared) for _ in range(3)]
        cells[0] += shared_formula((first - 1, first, 0, 0), tokens)
        return b"".join(row(at, one) for at, one in enumerate(cells, first))

    sheet = row(1, text_cell(0, "Phone")) + three(2, AREA + SUM) + three(5, REFERENCE)
    found = kinds(read(xlsb(tmp_path / "a.xlsb", sheet)))
    assert [kind for _, kind in found.values()] == ["total", "total", *["number"] * 4]


def test_formulas_that_give_texts(tmp_path: Path) -> None:
    """A text that is made of a sum is none of a phone number; one that is joined is."""
    whole = AREA + SUM + _text("0") + b"\x41\x30\x00"
    sheet = (
        row(1, text_cell(0, "Phone"))
        + row(2, text_formula_cell(0, "+85235753351", whole))
        + row(3, text_formula_cell(0, "+85235753352", _text("+852") + REFERENCE + b"\x08"))
    )
    rows = read(xlsb(tmp_path / "a.xlsb", sheet))
    assert kinds(rows) == {2: ("+85235753351", "total"), 3: ("+85235753352", "text")}


def test_formats_of_texts(tmp_path: Path) -> None:
    """A format may add something to a text, or show nothing of it."""
    cells = [text_cell(0, "85235753351", style=at) for at in range(4)]
    sheet = row(1, text_cell(0, "Phone"))
    sheet += b"".join(row(at, one) for at, one in enumerate(cells, 2))
    formats = styles('"+"@', ";;;", "@")
    assert kinds(read(xlsb(tmp_path / "a.xlsb", sheet, formats=formats))) == {
        2: ("85235753351", "text"),
        3: ("+85235753351", "text"),
        4: ("85235753351", "format"),
        5: ("85235753351", "text"),
    }
