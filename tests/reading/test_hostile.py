"""Files made to hurt: each is one clean sentence, in bounded time and memory."""

from __future__ import annotations

import io
import os
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from importer.countries import nearest_country, understand_region
from importer.errors import UnreadableInput
from importer.reading import limits, read_rows, snapshot
from importer.reading.bounded import caller
from tests.reading.files import (
    SPREADSHEETML,
    convert,
    read,
    repack,
    sheet_xml,
    shown,
    text,
    workbook,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

A = "85235753351"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _zeros(megabytes: int) -> bytes:
    return b"0" * (megabytes * 1024**2)


def _bomb(path: Path) -> Path:
    """A texts' table of 1.2 GB in 1.2 MB."""
    workbook(path, ["Phone"], [A])
    raw = path.read_bytes()
    packed = io.BytesIO(raw)
    with (
        zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as package,
        package.open("xl/sharedStrings.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(1200):
            part.write(_zeros(1))
    path.write_bytes(packed.getvalue())
    return path


def _long_cell(path: Path) -> Path:
    """One cell of 40 million characters."""
    return sheet_xml(path, '<row r="1"><c r="A1" t="str"><v>' + "9" * 70_000_000 + "</v></c></row>")


def _long_text(path: Path) -> Path:
    """One text of five million characters, in a sheet that is plain otherwise."""
    cell = '<c r="A1" t="inlineStr"><is><t>' + "0" * 5_000_000 + "</t></is></c>"
    return sheet_xml(path, f'<row r="1">{cell}</row>')


def _far_cell(path: Path) -> Path:
    """Two cells, at either end of the largest sheet: 17 billion between them."""
    return sheet_xml(
        path,
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
    )


def _too_many_rows(path: Path) -> Path:
    """Ten million rows declared, in a kilobyte."""
    return sheet_xml(
        path,
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        "<row r='10000000'><c t='n'\n r = 'a10000000'><v>2</v></c></row>",
    )


def _entities(path: Path) -> Path:
    """Entities nested ten deep, ten wide."""
    laughs = '<!DOCTYPE x [<!ENTITY a0 "ha">'
    laughs += "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 11)) + "]>"
    workbook(path, ["Phone"], [A])
    return repack(path, "xl/workbook.xml", f"{laughs}<workbook>&a10;</workbook>".encode())


def _cut(path: Path) -> Path:
    """A download that broke off."""
    raw = workbook(path, ["Phone"], [A]).read_bytes()
    return text(path, raw[: len(raw) // 2])


def _wrong_sum(path: Path) -> Path:
    """A bad byte in the packed sheet."""
    raw = bytearray(workbook(path, *([A] for _ in range(200))).read_bytes())
    at = raw.find(b"xl/worksheets/sheet1.xml") + 60
    raw[at] ^= 0xFF
    return text(path, bytes(raw))


def _locked(path: Path) -> Path:
    """The container that Excel puts an encrypted workbook into."""
    return text(path, OLE + bytes(1024) + "EncryptedPackage".encode("utf-16-le") + bytes(512))


def _twins(path: Path) -> Path:
    """Two parts of one name, of which two programs would read different ones."""
    workbook(path, ["Phone"], [A])
    with zipfile.ZipFile(path, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    return path


def _many_cells(path: Path) -> Path:
    return text(path, b"phone" + b"," * (limits.GRID_CELLS + 10))


def _long_field(path: Path) -> Path:
    return text(path, b'phone\n"' + _zeros(2) + b'"\n')


def _open_cells(path: Path) -> Path:
    """Cells that never close, each of which could be searched to the end for its own."""
    return sheet_xml(path, '<row r="1"><c r="AA1" t="e">' + "<c><v><f>" * 2_000_000)


def _open_tags(path: Path) -> Path:
    """The same with tags."""
    return sheet_xml(path, '<row r="1"><c r="AA1" t="e">' + "<c  r " * 3_000_000)


def _open_page(path: Path) -> Path:
    """Tags that never close, on which the standard library's parser would work for hours."""
    return text(path, b"<table><tr><td>" + b"<a " * 1_000_000 + b"<!--" * 500_000)


def _deep_page(path: Path) -> Path:
    return text(path, b"<table><tr>" + b"<td colspan=16000 rowspan=99999>1" * 50)


def _reaching_cells(path: Path) -> Path:
    """A cell that reaches over each column of all rows, which are 200,000."""
    return text(path, "<table><tr><td rowspan=99999 colspan=16000>1" + "<tr>" * 200_000)


def _wide_document(path: Path) -> Path:
    """An OpenDocument sheet that repeats one cell over every column of every row."""
    odf = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{odf}:office:1.0" xmlns:table="{odf}:table:1.0" '
        f'xmlns:text="{odf}:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="S"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell office:value-type="string" table:number-columns-repeated="16384">'
        "<text:p>85235753351</text:p></table:table-cell></table:table-row></table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
    return text(path, packed.getvalue())


def _cpu_seconds() -> float:
    """Return the seconds of work of this process and those it started, however busy others are."""
    return sum(os.times()[:4])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_bomb, "would unpack to more than 1 GB"),
        (_long_cell, "a row of more than"),
        (_long_text, "a cell of more than 1,000,000 characters"),
        (_far_cell, r"spans 1,048,576 rows and 16,384 columns"),
        (_too_many_rows, "spans 10,000,000 rows"),
        (_entities, "entities of its own"),
        (_cut, "cut off or damaged"),
        (_wrong_sum, "cut off or damaged"),
        (_locked, "protected with a password"),
        (_twins, "cut off or damaged"),
        (_many_cells, "a line of more than 16,777,216 characters"),
        (_long_field, "below row 1"),
        (_open_cells, "cut off or damaged"),
        (_open_tags, "cut off or damaged"),
        (_open_page, "no phone column"),
        (_deep_page, "more columns than a sheet of Excel"),
        (_reaching_cells, "more than 30,000,000 cells"),
        (_wide_document, "more than can be read"),
    ],
)
def test_one_sentence(tmp_path: Path, make: Callable[[Path], Path], sentence: str) -> None:
    """Each gives one sentence that names the file, within seconds."""
    path = make(tmp_path / "bad.xlsx")
    began = _cpu_seconds()
    with pytest.raises(UnreadableInput, match=sentence) as told:
        read(path)
    assert _cpu_seconds() - began < 10
    assert "bad.xlsx" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_million_formatted_empty_rows(tmp_path: Path) -> None:
    """Rows that hold a format and nothing else cost next to nothing and give no lines."""
    path = sheet_xml(
        tmp_path / "a.xlsx",
        '<row r="1"><c r="A1" t="str"><v>Phone</v></c></row>'
        f'<row r="2"><c r="A2"><v>{A}</v></c></row>'
        + "".join(
            f'<row r="{row}" s="1"><c r="A{row}" s="1"/><c r="AB{row}" s="1"/></row>'
            for row in range(3, 1_000_000)
        ),
    )
    began = _cpu_seconds()
    assert shown(read(path)) == [(2, A)]
    assert _cpu_seconds() - began < 10


def test_a_format_for_each_cell(tmp_path: Path) -> None:
    """Formats as long as Excel allows, more than are remembered, for 5,000 different numbers."""
    codes = "".join(
        f'<numFmt numFmtId="{200 + at}" formatCode="[&lt;{at}]{"0-" * 123}"/>' for at in range(1200)
    )
    styles = "".join(f'<xf numFmtId="{200 + at}"/>' for at in range(1200))
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" s="{n % 1200}"><v>{85235000000 + n}</v></c></row>'
        for n in range(2, 5_002)
    )
    path = sheet_xml(
        tmp_path / "a.xlsx", '<row r="1"><c r="A1" t="str"><v>Phone</v></c></row>' + rows
    )
    sheet = f"<numFmts>{codes}</numFmts><cellXfs>{styles}</cellXfs>"
    repack(
        path,
        "xl/styles.xml",
        f'<styleSheet xmlns="{SPREADSHEETML}">{sheet}</styleSheet>'.encode(),
    )
    began = _cpu_seconds()
    assert len(read(path).cells) == 5_000
    assert _cpu_seconds() - began < 8


def test_columns_of_one_name(tmp_path: Path) -> None:
    """So many phone columns that their rows have no room are refused at once, by their number."""
    lines = [",".join(["Phone"] * 16_000), *[",".join(["35753351"] * 16_000)] * 5]
    path = text(tmp_path / "a.csv", "\n".join(lines))
    began = _cpu_seconds()
    with pytest.raises(UnreadableInput, match=r"2,000 phone columns, .* --column"):
        read(path)
    assert _cpu_seconds() - began < 15


def test_other_columns_of_one_name(tmp_path: Path) -> None:
    """Columns that share their name are told apart in time that grows with their number."""
    lines = [",".join(["Phone", *["Note"] * 16_000]), ",".join([A, *["x"] * 16_000])]
    began = _cpu_seconds()
    rows = read(text(tmp_path / "a.csv", "\n".join(lines)))
    assert [*rows.extras.columns[:2]] == ["Note", "Note (2)"]
    assert len({*rows.extras.columns}) == 16_000
    assert _cpu_seconds() - began < 15


def test_marks_without_end_on_one_letter(tmp_path: Path) -> None:
    """Accents by the hundred thousand on one letter, which Unicode puts in order pair by pair."""
    marks = "a" + "\u0300\u0327" * 200_000
    path = text(tmp_path / "a.csv", f"Phone,Country\n{A},{marks}\n{marks},HK\n")
    began = _cpu_seconds()
    assert [row for row, _ in shown(read(path))] == [2, 3]
    assert not understand_region(marks)
    assert nearest_country(marks) is None
    assert _cpu_seconds() - began < 5


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (b"%PDF-1.7", "is a PDF document"),
        (b"\x89PNG\r\n", "is a picture"),
        (b"{\\rtf1", "is an RTF document"),
        (b"\x1f\x8b\x08", "is a compressed archive"),
        (b"\x00\x01\x02binary", "neither a workbook nor text"),
        (OLE + "WordDocument".encode("utf-16-le"), "is a Word document"),
        (OLE + bytes(2000), "cut off or damaged"),
        (b"PK\x03\x04zip", "cut off or damaged"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
         "XML Spreadsheet 2003"),
        (b"MIME-Version: 1.0\r\n", "is a web archive"),
        (b"<html><body>Sorry, log in</body></html>", "with text above its table"),
        (b"<html></html>", "a web page with no table"),
    ],
)  # fmt: skip
def test_other_files_are_called_by_their_name(tmp_path: Path, start: bytes, sentence: str) -> None:
    """What is no spreadsheet is told as what it is."""
    with pytest.raises(UnreadableInput, match=sentence):
        read(text(tmp_path / "a.xlsx", start))


def test_no_file(tmp_path: Path) -> None:
    """A missing file, a folder and an impossible name are told apart."""
    for path, sentence in (
        (tmp_path / "no.csv", "does not exist"),
        (tmp_path, "is a folder"),
        (tmp_path / "a\0b", "check the name"),
    ):
        with pytest.raises(UnreadableInput, match=sentence):
            read(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe(tmp_path: Path) -> None:
    """A pipe, on which reading would wait for ever, is refused at once."""
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UnreadableInput, match="not an ordinary file"):
        read(tmp_path / "pipe.csv")


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the bound is refused by its size, unread."""
    monkeypatch.setattr(snapshot, "FILE_BYTES", 1024**2)
    with pytest.raises(UnreadableInput, match=r"has 2 MB, more than the 1 MB"):
        read(text(tmp_path / "a.csv", _zeros(2)))


def test_growing_file(tmp_path: Path) -> None:
    """A file that grows while it is read is refused: half a list looks like a whole one."""
    path = text(tmp_path / "a.csv", f"phone\n{A}\n")

    def grow(_: int) -> None:
        with path.open("ab") as file:
            file.write(b"85235753352\n")

    with pytest.raises(UnreadableInput, match="changed while it was read"):
        read_rows(path, progress=grow)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("import os; os.abort()", "cut off or damaged"),
        ("import time; time.sleep(9)", "within 1 seconds"),
    ],
)
def test_reader_that_dies_is_one_unreadable_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str, sentence: str
) -> None:
    """An old workbook at which the reading process is ended, or never ends, ends no run."""
    path = convert(workbook(tmp_path / "a.xlsx", ["Phone"], [A]), "xls")
    monkeypatch.setattr(caller, "_START", start)
    monkeypatch.setattr(caller, "WORKER_SECONDS", 1)
    with pytest.raises(UnreadableInput, match=sentence):
        read(path)


@pytest.mark.parametrize(
    "sheets",
    [
        '<sheet name="S" sheetId="1" r:id="rId1"/><sheet name="S" sheetId="2" r:id="rId1"/>',
        '<sheet name="S" sheetId="1" r:id="rId1" x:id="rId2"/>',
        '<sheet name="S" sheetId="1" x:id="rId2" r:id="rId1"/>',
    ],
    ids=["two sheets of one name", "one sheet of two parts", "the other way round"],
)
def test_sheets_that_two_programs_could_take_for_others(tmp_path: Path, sheets: str) -> None:
    """Excel writes no such thing; which list is meant is not guessed."""
    path = workbook(tmp_path / "list.xlsx", ["Phone"], ["+85251234567"])
    with zipfile.ZipFile(path) as zipped:
        book = zipped.read("xl/workbook.xml").decode()
    book = re.sub("<sheets>.*</sheets>", f"<sheets>{sheets}</sheets>", book, flags=re.DOTALL)
    book = book.replace("<workbook ", '<workbook xmlns:x="x" ', 1)
    repack(path, "xl/workbook.xml", book.encode())
    with pytest.raises(UnreadableInput, match=r"damaged|two sheets"):
        read(path)
