"""Workbooks that two programs could read in two ways are refused; odd but clear ones are read."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from tests.reading.files import read, sheet_xml, shown, text

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>Phone</t></is></c></row>'
NUMBER = "+852 3575 3351"


def row(cell: str, number: int = 2) -> str:
    return f'<row r="{number}">{cell}</row>'


CLEAR = {
    "references": '<c r="A2" t="inlineStr"><is><t>&#43;852 3575 &#x33;351</t></is></c>',
    "CDATA": '<c r="A2" t="inlineStr"><is><t><![CDATA[+852 3575 3351]]></t></is></c>',
    "a comment inside": '<c r="A2" t="inlineStr"><is><t>+852 35<!-- no -->75 3351</t></is></c>',
    "runs": '<c r="A2" t="inlineStr"><is><r><t>+852 3575</t></r>'
    '<r><t xml:space="preserve"> 3351</t></r></is></c>',
    "phonetic signs": '<c r="A2" t="inlineStr"><is><t>+852 3575 3351</t><rPh sb="0" eb="1">'
    "<t>9</t></rPh></is></c>",
    "a saved text of a formula": '<c r="A2" t="str"><f>B2</f><v>+852 3575 3351</v></c>',
    "no place": '<c t="inlineStr"><is><t>+852 3575 3351</t></is></c>',
}


@pytest.mark.parametrize("cell", CLEAR.values(), ids=CLEAR.keys())
def test_odd_but_clear(tmp_path: Path, cell: str) -> None:
    """What the XML says is read, however it is written."""
    assert shown(read(sheet_xml(tmp_path / "a.xlsx", HEAD + row(cell)))) == [(2, NUMBER)]


TWO_WAYS = {
    "a value beside a text": row(
        '<c r="A2" t="inlineStr"><v>1</v><is><t>+85235753351</t></is></c>'
    ),
    "a cell twice": row('<c r="A2"><v>85235753351</v></c><c r="A2"><v>85235753352</v></c>'),
    "a row twice": row('<c r="A2"><v>85235753351</v></c>')
    + row('<c r="A2"><v>85235753352</v></c>'),
    "a shared text that is not there": row('<c r="A2" t="s"><v>99</v></c>'),
    "a shared text below zero": row('<c r="A2" t="s"><v>-1</v></c>'),
    "no shared text at all": row('<c r="A2" t="s"><v></v></c>'),
    "a foreign cell": row('<x:c xmlns:x="urn:other" r="A2"><x:v>85235753351</x:v></x:c>'),
    "a second sheetData": row('<c r="A2"><v>85235753351</v></c>') + "</sheetData><sheetData>",
}


@pytest.mark.parametrize("data", TWO_WAYS.values(), ids=TWO_WAYS.keys())
def test_two_ways_to_read(tmp_path: Path, data: str) -> None:
    """Nothing of it becomes a number: its cell is none, or the whole file is refused."""
    path = sheet_xml(tmp_path / "a.xlsx", HEAD + data)
    originals = []
    with suppress(UnreadableInput):
        originals = read(path).cells["original"].tolist()
    assert not [one for one in originals if any(map(str.isdigit, one))]


ODS_HEAD = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    "<office:spreadsheet>"
)
ODS_END = "</office:spreadsheet></office:body></office:document-content>"


def document(path: Path, *tables: str) -> Path:
    """Write an OpenDocument sheet of these tables."""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", ODS_HEAD + "".join(tables) + ODS_END)
    return path


def table(*cells: str, name: str = "List") -> str:
    rows = "".join(f"<table:table-row>{cell}</table:table-row>" for cell in cells)
    return f'<table:table table:name="{name}">{rows}</table:table>'


def cell(content: str, typed: str = ' office:value-type="string"') -> str:
    return f"<table:table-cell{typed}><text:p>{content}</text:p></table:table-cell>"


@pytest.mark.parametrize(
    "inner",
    [
        cell(NUMBER, typed=""),
        cell("<![CDATA[+852 3575 3351]]>"),
        cell("+852 <text:span>3575</text:span> 3351"),
        cell("+852<text:s/>3575<text:s text:c='1'/>3351"),
        "\n  " + cell(NUMBER) + "\n  ",
    ],
)
def test_opendocument_as_it_is_shown(tmp_path: Path, inner: str) -> None:
    """Cells without a type, CDATA, spans, counted spaces and indented files show one text."""
    path = document(tmp_path / "a.ods", table(cell("Phone"), inner))
    assert shown(read(path)) == [(2, NUMBER)]


def test_two_tables_of_one_name(tmp_path: Path) -> None:
    """Which of them a sheet's name means can't be told."""
    one = table(cell("Phone"), cell(NUMBER))
    with pytest.raises(UnreadableInput, match=r"a\.ods"):
        read(document(tmp_path / "a.ods", one, one))


@pytest.mark.parametrize("mark", ["<br>", "<p>", "<div>"])
def test_lines_inside_a_cell_of_a_page(tmp_path: Path, mark: str) -> None:
    """Two numbers in one cell of a web page are two, and are not glued into a third."""
    page = f"<table><tr><th>Phone</th></tr><tr><td>35753351{mark}35753352</td></tr></table>"
    [(_, original)] = shown(read(text(tmp_path / "a.xls", page)))
    assert "3575335135753352" not in original


def test_hidden_text_of_a_page(tmp_path: Path) -> None:
    """What a page does not show is no part of the number."""
    hidden = '<span style="display:none">99</span>'
    page = f"<table><tr><th>Phone</th></tr><tr><td>+852 3575 3351{hidden}</td></tr></table>"
    assert shown(read(text(tmp_path / "a.xls", page))) == [(2, NUMBER)]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Nombre,Teléfono\nJosé Núñez,+34912345678\n", "cp1252"),
        ("Nom,Tél\nÉlodie,+33123456789\n", "cp1252"),
    ],
)
def test_accents_of_western_europe(tmp_path: Path, content: str, encoding: str) -> None:
    """A few accents of Spanish or French are not taken for Polish or Japanese."""
    rows = read(text(tmp_path / "a.csv", content.encode(encoding)))
    assert rows.extras.iloc[0, 0] == content.split("\n")[1].split(",")[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_broken_quote_names_its_line(tmp_path: Path, delimiter: str) -> None:
    """A quote that never ends would swallow the rest of the list."""
    lines = ["Name" + delimiter + "Phone"]
    lines += [f"N{n}{delimiter}+85235753{n:03}" for n in range(3)]
    lines += [f'"Ann{delimiter}+85235753351'] + [
        f"M{n}{delimiter}+85235754{n:03}" for n in range(5)
    ]
    with pytest.raises(UnreadableInput, match="5"):
        read(text(tmp_path / "a.csv", "\n".join(lines)))
