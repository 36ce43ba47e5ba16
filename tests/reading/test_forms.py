"""What a file is, by its first bytes, where those of two forms are alike."""

from __future__ import annotations

import pytest

from importer.errors import UnreadableInput
from importer.reading.forms import Form, form_of


@pytest.mark.parametrize(
    "content",
    [
        "ID;Phone\n1;+85235753351\n",
        "ID;PLZ;Phone\nF;10115;+4930123456\n",
        "ID;P;Phone\n1;2;+85235753351\n",
        "PK,Phone\n1,+85235753351\n",
        "PK\tPhone\n1\t+85235753351\n",
        "PK\n+85235753351\n",
        "TABLE\n0123456789\n",
        "GIF,Phone\n",
        "Rar,Phone\n",
        "[note],Phone\n",
        "Note: old\nPhone\n+85235753351\n",
        "<Phone>,<Name>\n+85235753351,Ann\n",
        "<1>\n<2>\n",
        "<Phone>\n<+85235753351>\n",
        "BZh,Phone\n",
        "{a},Phone\n",
    ],
)
def test_lists_that_begin_like_something_else(content: str) -> None:
    """A header that looks like the start of another form makes no other form of a list."""
    assert form_of("a.csv", content.encode()) is Form.TEXT


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K"Phone"\r\n', "SYLK"),
        ("ID;PSCALC3\nB;Y2;X1\nC;X1;Y1;K85235753351\nE\n", "SYLK"),
        ('TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n', "DIF"),
        ('[\n {"phone": "+85235753351"}]', "JSON"),
        ("BEGIN:VCARD\nTEL:+85235753351\n", "contact cards"),
        ("PK\x03\x04 and no more", "cut off"),
        ('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
         "XML Spreadsheet 2003"),
        ("<people>\n  <person phone='85235753351'/>\n</people>", "an XML document"),
        ("MIME-Version: 1.0\r\n\r\n<table>", "web archive"),
        ("From: <Saved by Excel>\r\nSubject: list\r\n of all\r\nMIME-Version: 1.0\r\n",
         "web archive"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_other_forms_are_named(content: str, said: str, encoding: str) -> None:
    """What is no list is not read as one, whose numbers would be those of something else."""
    if encoding == "utf-16" and said in {"SYLK", "DIF", "cut off"}:
        pytest.skip("no program writes it so")
    with pytest.raises(UnreadableInput, match=said):
        form_of("a.csv", content.encode(encoding))


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"BZh91AY&SY", "a compressed archive"),
        (b"\xfd7zXZ\0\0", "a compressed archive"),
        (b"II*\0\x08", "a picture"),
        (b"\0\0\x02\0\x06\x04", "Lotus"),
        (b"\0\x01\0\0Standard Jet DB", "an Access database"),
    ],
)
def test_other_bytes_are_named(start: bytes, said: str) -> None:
    """Bytes of a known form are told as that."""
    with pytest.raises(UnreadableInput, match=said):
        form_of("a.xls", start + bytes(99))


def test_the_note_that_a_workbook_is_open() -> None:
    """The small file that Excel puts beside an open workbook is told as what it is."""
    with pytest.raises(UnreadableInput, match="name the workbook itself"):
        form_of("~$list.xlsx", b"\x03Ann" + bytes(160))


def test_a_page_in_utf_16() -> None:
    """A web page is known as one in UTF-16 too."""
    assert form_of("a.xls", "<html><table>".encode("utf-16")) is Form.HTML
