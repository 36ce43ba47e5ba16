"""What cells of workbooks show: values, formulas, errors, formats, hidden rows."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from tests.reading.files import convert, kinds, read, repack, sheet_xml, shown, text, workbook

if TYPE_CHECKING:
    from pathlib import Path

A, B = "85235753351", "85235753352"


def _all_kinds(path: Path) -> Path:
    day = datetime.datetime(2024, 3, 1)
    values = [85235753351, A, 3575335.5, day, True, "#N/A", "=1/0", 8613812345678901, 912345678]
    workbook(path, ["Name", "Phone"], *([f"n{at}", value] for at, value in enumerate(values, 2)))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet["B7"].data_type = "e"
    sheet["B10"].number_format = "0000000000"
    sheet.row_dimensions[3].hidden = True
    book.save(path)
    return path


def test_every_kind_of_cell(tmp_path: Path) -> None:
    """Each cell has a line with what Excel shows and what it is; none vanishes."""
    assert kinds(read(_all_kinds(tmp_path / "a.xlsx"))) == {
        2: (A, "number"),
        3: (A, "text"),
        4: ("3575335.5", "fraction"),
        5: ("2024-03-01", "date"),
        6: ("TRUE", "boolean"),
        7: ("#N/A", "error"),
        8: ("=1/0", "unsaved"),
        9: ("8613812345678900", "imprecise"),
        10: ("0912345678", "number"),
    }


def test_saved_formulas_give_their_value(tmp_path: Path) -> None:
    """A formula is its saved value; an empty one is an empty cell; a sum is no number."""
    path = sheet_xml(
        tmp_path / "a.xlsx",
        '<row r="1"><c r="A1" t="str"><v>Phone</v></c></row>'
        f'<row r="2"><c r="A2" t="str"><f>"852"&amp;B2</f><v>{A}</v></c></row>'
        f'<row r="3"><c r="A3"><f>B3+0</f><v>{B}</v></c></row>'
        '<row r="4"><c r="A4" t="str"><f>""</f><v></v></c></row>'
        '<row r="5"><c r="A5"><f>B5&amp;"x"</f><v/></c></row>'
        '<row r="6"><c r="A6" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        '<row r="7"><c r="A7"><f>SUM(A2:A6)</f><v>85235753353</v></c></row>',
    )
    assert kinds(read(path)) == {
        2: (A, "text"),
        3: (B, "number"),
        5: ('=B5&"x"', "unsaved"),
        6: ("#DIV/0!", "error"),
        7: ("85235753353", "total"),
    }


def test_cells_without_references_are_counted(tmp_path: Path) -> None:
    """Some programs leave out where a cell is; errors are then found by counting."""
    path = sheet_xml(
        tmp_path / "a.xlsx",
        '<row><c t="str"><v>Name</v></c><c t="str"><v>Phone</v></c></row>'
        '<row><c t="str"><v>a</v></c><c t="e"><v>#REF!</v></c></row>'
        f'<row><c t="str"><v>b</v></c><c><v>{A}</v></c></row>',
    )
    assert kinds(read(path)) == {2: ("#REF!", "error"), 3: (A, "number")}


def test_prefixed_xml(tmp_path: Path) -> None:
    """Programs that prefix every element are read alike, errors and hidden rows included."""
    path = workbook(tmp_path / "a.xlsx", ["x"])
    xml = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<x:sheetData><x:row r="1"><x:c r="A1" t="str"><x:v>Phone</x:v></x:c></x:row>'
        '<x:row r="2" hidden="1"><x:c r="A2" t="e"><x:v>#N/A</x:v></x:c></x:row>'
        f'<x:row r="3"><x:c r="A3"><x:f>1</x:f><x:v>{A}</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    rows = read(repack(path, "xl/worksheets/sheet1.xml", xml.encode()))
    assert kinds(rows) == {2: ("#N/A", "error"), 3: (A, "number")}
    assert "hidden" in rows.source.notes[0]


def test_error_below_the_last_value(tmp_path: Path) -> None:
    """An error cell at the very end, where no value reaches, has its line too."""
    path = workbook(tmp_path / "a.xlsx", ["Phone"], [A])
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A5"] = "#N/A"
    book.worksheets[0]["A5"].data_type = "e"
    book.save(path)
    assert kinds(read(path)) == {2: (A, "text"), 5: ("#N/A", "error")}


def test_error_in_the_country_is_no_missing_country(tmp_path: Path) -> None:
    """A lookup of the country that failed must not let the default country step in."""
    path = workbook(tmp_path / "a.xlsx", ["Phone", "Country"], ["35753351", "#N/A"])
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B2"].data_type = "e"
    book.save(path)
    assert read(path).cells["region"].tolist() == ["#N/A"]


def test_hidden_and_filtered_rows(tmp_path: Path) -> None:
    """Hidden rows are read and counted in a note; visible_only leaves them out and says so."""
    path = _all_kinds(tmp_path / "a.xlsx")
    rows = read(path)
    assert 3 in rows.cells["row"].tolist()
    assert "1 number stands in hidden or filtered rows and was read" in rows.source.notes[0]
    rows = read(path, visible_only=True)
    assert 3 not in rows.cells["row"].tolist()
    assert "1 number in hidden or filtered rows was left out" in rows.source.notes[0]


@pytest.mark.parametrize(("ending", "form"), [("xls", "Excel 97"), ("ods", "OpenDocument")])
def test_other_formats_show_the_same(tmp_path: Path, ending: str, form: str) -> None:
    """An .xls and an .ods give the rows of the .xlsx they were made of, errors and all."""
    path = convert(_all_kinds(tmp_path / "a.xlsx"), ending)
    rows = read(path)
    found = kinds(rows)
    assert form in rows.source.form
    assert {row: kind for row, (_, kind) in found.items() if row != 6} == {
        2: "number",
        3: "text",
        4: "fraction",
        5: "date",
        7: "error",
        8: "error",
        9: "imprecise",
        10: "number",
    }
    assert found[7][0] == "#N/A"
    assert "hidden or filtered rows" in rows.source.notes[0]


def test_the_ending_does_not_matter(tmp_path: Path) -> None:
    """Content says what a file is: a workbook as .csv, a CSV as .xls, text without ending."""
    as_csv = workbook(tmp_path / "a.xlsx", ["Phone"], [A]).rename(tmp_path / "a.csv")
    assert read(as_csv).source.form == "Excel workbook"
    as_xls = text(tmp_path / "b.xls", f"Phone\tName\n{A}\tx\n")
    assert read(as_xls).source.form == "CSV, UTF-8, tab"
    assert shown(read(text(tmp_path / "list", f"phone\n{A}\n"))) == [(2, A)]


def test_web_page_as_xls(tmp_path: Path) -> None:
    """The 'Excel' that many programs export is a web page: its table is read, and that is said."""
    page = (
        "<html><head><meta charset='utf-8'><style>x</style></head><body><table>"
        "<tr><th>Name</th><th>Phone</th><th>Land</th></tr>"
        f"<tr><td>M&uuml;ller</td><td>+{A}</td><td rowspan=2>HK</td></tr>"
        f"<tr><td>b</td><td>0{B}</td></tr></table></body></html>"
    )
    rows = read(text(tmp_path / "a.xls", page))
    assert shown(rows) == [(2, f"+{A}"), (3, f"0{B}")]
    assert rows.cells["region"].tolist() == ["HK", "HK"]
    assert rows.extras["Name"].tolist() == ["Müller", "b"]
    assert "is a web page inside" in rows.source.notes[0]


def test_shared_texts_and_rich_texts(tmp_path: Path) -> None:
    """Texts in Excel's shared table come out as they are."""
    path = sheet_xml(
        tmp_path / "a.xlsx",
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Phone</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><r><t xml:space="preserve">+852 </t></r>'
        "<r><t>3575 3351</t></r></is></c></row>",
    )
    assert shown(read(path)) == [(2, "+852 3575 3351")]


RAISED = (
    '<row r="1"><c r="A1" t="str"><v>Phone</v></c></row><row r="2"><c r="A2" t="inlineStr"><is>'
    "<r><t>+49 30 1234567</t></r>"
    '<r><rPr><vertAlign val="superscript"/><sz val="8"/></rPr><t>1</t></r></is></c></row>'
)


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_a_raised_digit_is_a_footnote(tmp_path: Path, ending: str) -> None:
    """A superscript behind a number is none of its digits, whatever the format."""
    path = sheet_xml(tmp_path / "a.xlsx", RAISED)
    path = path if ending == "xlsx" else convert(path, ending)
    assert shown(read(path)) == [(2, "+49 30 1234567¹")]


def _with_struck_cells(path: Path) -> Path:
    workbook(path, ["Name", "Phone"], ["a", A], ["b", B], ["c", int(A)], ["d", "+852 3"], ["e", A])
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for place in ("B3", "B4", "A6"):
        sheet[place].font = Font(strike=True)
    sheet["B2"].font = Font(strike=False, bold=True)
    old = TextBlock(InlineFont(strike=True), A)
    sheet["B5"] = CellRichText(old, TextBlock(InlineFont(strike=False), f" {B}"))
    book.save(path)
    return path


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_what_is_struck_through_is_told(tmp_path: Path, ending: str) -> None:
    """A line through a cell or a part of it is kept: somebody took that number out of the list."""
    path = _with_struck_cells(tmp_path / "a.xlsx")
    path = path if ending == "xlsx" else convert(path, ending)
    found = read(path)
    struck = "".join(f"{digit}\u0336" for digit in A)
    assert kinds(found) == {
        2: (A, "text"),
        3: (B, "struck"),
        4: (A, "struck"),
        5: (f"{struck} {B}", "text"),
        6: (A, "text"),
    }
    assert found.extras["Name"].tolist() == ["a", "b", "c", "d", "e"]


FORMATTED = (
    ('"+"0', 6562345601, ("+6562345601", "number")),
    ("000000000000", 331234501, ("000331234501", "number")),
    ('"+"@', "6562345601", ("+6562345601", "text")),
    ("0%", 35753351, ("35753351", "format")),
    ("#,##0.00", 85235753351, ("85235753351", "number")),
    ("[>99]0;\\+0", 7, ("+7", "number")),
)


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_formats_in_every_format(tmp_path: Path, ending: str) -> None:
    """What a number format adds to a cell is part of it, however the workbook is saved."""
    path = workbook(tmp_path / "a.xlsx", ["Phone"], *([value] for _, value, _ in FORMATTED))
    book = openpyxl.load_workbook(path)
    for at, (code, _, _) in enumerate(FORMATTED, 2):
        book.worksheets[0].cell(at, 1).number_format = code
    book.save(path)
    path = path if ending == "xlsx" else convert(path, ending)
    found = kinds(read(path))
    assert found == {at: said for at, (_, _, said) in enumerate(FORMATTED, 2)}


def test_a_sheet_is_named_as_messages_show_it(tmp_path: Path) -> None:
    """A name with a character that nobody sees can be typed as the message writes it."""
    path = workbook(tmp_path / "a.xlsx", ["Phone"], ["+85235753351"], title="Li\u200bst")
    for name in ("Li\u200bst", "Li<U+200B>st"):
        assert len(read(path, sheets=(name,)).cells) == 1
