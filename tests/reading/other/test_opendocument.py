"""OpenDocument sheets show what their styles and their XML say."""

from __future__ import annotations

import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from importer.reading.forms import Form
from tests.reading.differential.documents import MIME, SPACES
from tests.reading.differential.opinions import careful_sheets, described
from tests.reading.files import kinds, read, repack, shown

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "+852 3575 3351"
CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
DIGITS = '<number:number number:min-integer-digits="{}"/>'
PLUS = (
    '<number:number-style style:name="N1"><number:text>+</number:text>'
    f"{DIGITS.format(1)}</number:number-style>"
)
ZEROS = f'<number:number-style style:name="N1">{DIGITS.format(12)}</number:number-style>'
CELL = '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>'


def document(path: Path, *tables: str, styles: str = "", common: str = "") -> Path:
    """Write an OpenDocument sheet of these tables, with styles of its own and common ones."""
    automatic = f"<office:automatic-styles>{styles}</office:automatic-styles>"
    body = f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", MIME)
        package.writestr(
            "content.xml",
            f'<office:document-content{SPACES} xmlns:calcext="{CALC}">{automatic}{body}'
            "</office:document-content>",
        )
        if common:
            package.writestr(
                "styles.xml",
                f"<office:document-styles{SPACES}><office:styles>{common}</office:styles>"
                "</office:document-styles>",
            )
    return path


def table(*cells: str, name: str = "List", before: str = "", after: str = "") -> str:
    rows = "".join(f"<table:table-row>{cell}</table:table-row>" for cell in cells)
    return f'<table:table table:name="{name}">{before}{rows}{after}</table:table>'


def cell(content: str, typed: str = ' office:value-type="string"') -> str:
    return f"<table:table-cell{typed}><text:p>{content}</text:p></table:table-cell>"


def number(value: object, text: str = "", more: str = "", kind: str = "float") -> str:
    """Return a cell with a number, and the text that was saved of it."""
    shown = f"<text:p>{text}</text:p>" if text else ""
    return (
        f'<table:table-cell office:value-type="{kind}" office:value="{value}"{more}>{shown}'
        "</table:table-cell>"
    )


def _cell(path: Path, inner: str, **styles: str) -> tuple[str, str]:
    """Return what the only cell of a document is, and its kind."""
    raw = document(path, table(inner), **styles).read_bytes()
    sheet = careful_sheets(path.name, raw, Form.ODS, [])["List"]
    [(text, kind)] = described(sheet).values()
    return text, kind.value


@pytest.mark.parametrize(
    "inner",
    [
        cell(NUMBER, typed=""),
        cell("<![CDATA[+852 3575 3351]]>"),
        cell("+852 <text:span>3575</text:span> 3351"),
        cell("+852 <text:a>35<text:span>75</text:span></text:a> 33<text:span>51</text:span>"),
        cell("+852<text:s/>3575<text:s text:c='1'/>3351"),
        cell("&#43;852 3575 33<!-- 99 -->51"),
        "\n  " + cell(NUMBER) + "\n  ",
        '<table:table-cell office:value-type="string" office:string-value="+852 3575 3351"/>',
        cell(NUMBER + "</text:p><office:annotation><text:p>9</text:p></office:annotation><text:p>"),
    ],
)
def test_texts_as_they_are_shown(tmp_path: Path, inner: str) -> None:
    """Cells without a type, CDATA, spans, counted spaces and indented files show one text."""
    assert _cell(tmp_path / "a.ods", inner) == (NUMBER, "text")


@pytest.mark.parametrize(
    "content",
    ["35753351</text:p><text:p>35753352", "35753351<text:line-break/>35753352"],
)
def test_lines_in_a_cell(tmp_path: Path, content: str) -> None:
    """Paragraphs and line breaks part two numbers, and so does a tab."""
    assert _cell(tmp_path / "a.ods", cell(content)) == ("35753351\n35753352", "text")
    tab = cell("35753351<text:tab/>35753352")
    assert _cell(tmp_path / "b.ods", tab) == ("35753351  35753352", "text")


def test_two_tables_of_one_name(tmp_path: Path) -> None:
    """Which of them a sheet's name means can't be told."""
    one = table(cell("Phone"), cell(NUMBER))
    with pytest.raises(UnreadableInput, match=r"a\.ods"):
        read(document(tmp_path / "a.ods", one, one))


MAPPED = (
    PLUS.replace("N1", "N1P0") + f'<number:number-style style:name="N1">{DIGITS.format(1)}'
    '<style:map style:condition="value()&gt;=0" style:apply-style-name="N1P0"/>'
    "</number:number-style>"
)
STYLED = ' table:style-name="ce1"'


@pytest.mark.parametrize(
    ("inner", "styles", "said"),
    [
        (number(85235753351), "", "85235753351"),
        (number("8.5235753351E10", "85235753351"), "", "85235753351"),
        (number(85235753351, "+85235753351", STYLED), PLUS + CELL, "+85235753351"),
        (number(85235753351, more=STYLED), PLUS + CELL, "+85235753351"),
        (number(85235753351, "085235753351", STYLED), ZEROS + CELL, "085235753351"),
        (number(85235753351, "+85235753351", STYLED), MAPPED + CELL, "+85235753351"),
        (
            number(85235753351, more=' table:style-name="ce2"'),
            PLUS + CELL + '<style:style style:name="ce2" style:family="table-cell" '
            'style:parent-style-name="ce1"/>',
            "+85235753351",
        ),
        (number(85235753351, "85,235,753,351.00"), "", "85235753351"),
        (number(85235753351, "85.235.753.351,00 €", kind="currency"), "", "85235753351"),
        (number(85235753351, "85 235 753 351"), "", "85235753351"),
        (number(85235753351, "8.52E+10"), "", "85235753351"),
        (number(85235753351, "###"), "", "85235753351"),
    ],
)
def test_numbers_as_their_style_shows_them(
    tmp_path: Path, inner: str, styles: str, said: str
) -> None:
    """The style says what is added to the digits, also where no text was saved of the number."""
    assert _cell(tmp_path / "a.ods", inner, styles=styles) == (said, "number")


@pytest.mark.parametrize(
    "common",
    [
        PLUS + '<style:default-style style:family="table-cell" style:data-style-name="N1"/>',
        PLUS + CELL.replace("ce1", "Default"),
    ],
)
def test_the_default_style(tmp_path: Path, common: str) -> None:
    """A cell without a style has the default one of the document."""
    shown = _cell(tmp_path / "a.ods", number(85235753351), common=common)
    assert shown == ("+85235753351", "number")


def test_default_styles_of_columns_and_rows(tmp_path: Path) -> None:
    """A cell without a style has that of its row, else that of its column."""
    columns = (
        '<table:table-column table:number-columns-repeated="2"/>'
        '<table:table-column table:default-cell-style-name="ce1"/>'
    )
    styled = f'<table:table-row table:default-cell-style-name="ce1">{number(1)}</table:table-row>'
    sheet = table(number(1) * 4, before=columns, after=styled)
    raw = document(tmp_path / "a.ods", sheet, styles=PLUS + CELL).read_bytes()
    cells = described(careful_sheets("a.ods", raw, Form.ODS, [])["List"])
    texts = {place: text for place, (text, _) in cells.items()}
    assert texts == {(0, 0): "1", (0, 1): "1", (0, 2): "+1", (0, 3): "1", (1, 0): "+1"}


EMBEDDED = (
    '<number:number-style style:name="N1"><number:number number:min-integer-digits="10">'
    '<number:embedded-text number:position="4">-</number:embedded-text></number:number>'
    "</number:number-style>"
)


@pytest.mark.parametrize(
    ("inner", "styles"),
    [
        (number(85235753351, "+85235753351"), ""),
        (number(85235753351, "85235753352"), ""),
        (number(85235753351, "85235753351", STYLED), PLUS + CELL),
        (number(35753351, "3575335100%", kind="percentage"), ""),
        (number(35753351, kind="percentage"), ""),
        (number(4155552671, "415-555-2671", STYLED), EMBEDDED + CELL),
        (number(85235753351, more=STYLED), CELL),
        (
            number(85235753351, more=' table:style-name="ce2"'),
            PLUS + CELL + '<style:style style:name="ce2" style:family="table-cell"><style:map '
            'style:condition="cell-content()&gt;0" style:apply-style-name="ce1"/></style:style>',
        ),
        (
            '<table:table-cell office:value-type="string" office:string-value="+85235753351">'
            "<text:p>+85235753352</text:p></table:table-cell>",
            "",
        ),
    ],
)
def test_what_can_be_read_in_two_ways(tmp_path: Path, inner: str, styles: str) -> None:
    """Where the text that was saved is not what the style shows, the cell is no certain number."""
    assert _cell(tmp_path / "a.ods", inner, styles=styles)[1] == "format"


def test_texts_under_a_format(tmp_path: Path) -> None:
    """A style for texts may add something to them."""
    style = (
        '<number:text-style style:name="N1"><number:text>+</number:text><number:text-content/>'
        "</number:text-style>"
    )
    inner = cell("85235753351", f' office:value-type="string"{STYLED}')
    shown = _cell(tmp_path / "a.ods", inner, styles=style + CELL)
    assert shown == ("+85235753351", "text")


def test_hidden_texts_in_a_cell(tmp_path: Path) -> None:
    """What a document hides of a text is no part of its number."""
    style = (
        '<style:style style:name="T1" style:family="text">'
        '<style:text-properties text:display="none"/></style:style>'
    )
    for hidden in (
        '<text:span text:style-name="T1">9<text:span>9</text:span></text:span>',
        "<text:hidden-text>9</text:hidden-text>",
    ):
        shown = _cell(tmp_path / "a.ods", cell(NUMBER + hidden), styles=style)
        assert shown == (NUMBER, "text")


def test_other_documents(tmp_path: Path) -> None:
    """A text document with a table in it is told as what it is."""
    path = document(tmp_path / "a.ods", table(cell("Phone"), cell(NUMBER)))
    for kind, refused in (("text", True), ("spreadsheet", False), ("spreadsheet-template", False)):
        repack(path, "mimetype", f"application/vnd.oasis.opendocument.{kind}".encode())
        if refused:
            with pytest.raises(UnreadableInput, match="is an OpenDocument text"):
                read(path)
        else:
            assert shown(read(path)) == [(2, NUMBER)]


def test_conditional_formats(tmp_path: Path) -> None:
    """One that changes how numbers are shown is refused, with what to do."""
    rule = (
        "<calcext:conditional-formats><calcext:conditional-format><calcext:condition "
        'calcext:apply-style-name="ce1"/></calcext:conditional-format></calcext:conditional-formats>'
    )
    sheet = table(cell("Phone"), number(85235753351), after=rule)
    with pytest.raises(UnreadableInput, match="a conditional format changes"):
        read(document(tmp_path / "a.ods", sheet, styles=PLUS + CELL))
    style = ZEROS.replace("12", "1")
    rows = read(document(tmp_path / "a.ods", sheet, styles=style + CELL))
    assert shown(rows) == [(2, "85235753351")]


def test_totals(tmp_path: Path) -> None:
    """Sums, and all cells of a matrix formula that gives them, are no phone numbers."""
    matrix = (
        ' table:formula="of:=MMULT([.C1:.D2];[.C1:.D2])" table:number-matrix-rows-spanned="2"'
        ' table:number-matrix-columns-spanned="1"'
    )
    sheet = table(
        cell("Phone"),
        number(85235753351, more=' table:formula="of:=[.B2]+0"'),
        number(85235753352, more=' table:formula="of:=ROUND(SUM([.B2:.B9]);0)"'),
        number(85235753353, more=matrix),
        number(85235753354),
        number(85235753355),
    )
    found = kinds(read(document(tmp_path / "a.ods", sheet)))
    assert [kind for _, kind in found.values()] == ["number", *["total"] * 3, "number"]


def test_sheets_by_the_thousand(tmp_path: Path) -> None:
    """A file of more sheets than any list has is refused by their number; many small ones are read.

    Each sheet's cells are found without looking at those of the others.
    """
    began = time.process_time()
    few = [table(cell("Phone"), cell(f"+852357533{at:02}"), name=f"S{at}") for at in range(60)]
    cells = read(document(tmp_path / "a.ods", *few)).cells
    assert cells["sheet"].tolist() == [f"S{at}" for at in range(60)]
    assert cells["original"].tolist() == [f"+852357533{at:02}" for at in range(60)]
    many = [table(cell("Phone"), name=f"S{at}") for at in range(3000)]
    with pytest.raises(UnreadableInput, match="has 3,000 sheets, more than the 2,000"):
        read(document(tmp_path / "a.ods", *many))
    assert time.process_time() - began < 5
