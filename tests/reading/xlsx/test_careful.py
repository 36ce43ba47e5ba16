"""Workbooks that two programs could read in two ways are refused; odd but clear ones are read."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from tests.reading.files import SPREADSHEETML, kinds, read, repack, sheet_xml, shown, workbook

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


STYLED = {
    "a number of its own": '<c r="B2" s="1"><v>85235753351</v></c>',
    "a text of its own": '<c r="B2" s="2" t="str"><v>85235753351</v></c>',
}


def _styled(path: Path, data: str, before: str = "", after: str = "") -> Path:
    """Write a sheet whose styles 1 and 2 add a plus, to numbers and to texts."""
    data = f"{before}<sheetData>{HEAD.replace('A1', 'B1')}{data}</sheetData>{after}"
    xml = f'<worksheet xmlns="{SPREADSHEETML}">{data}</worksheet>'
    repack(workbook(path, ["x"]), "xl/styles.xml", STYLES.encode())
    return repack(path, "xl/worksheets/sheet1.xml", xml.encode())


STYLES = (
    f'<styleSheet xmlns="{SPREADSHEETML}"><numFmts><numFmt numFmtId="164" '
    'formatCode="&quot;+&quot;0"/><numFmt numFmtId="165" formatCode="&quot;+&quot;@"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
    '<dxfs><dxf><font/></dxf><dxf><numFmt numFmtId="166" formatCode="\\+0"/></dxf></dxfs>'
    "</styleSheet>"
)
PLAIN = '<c r="B2"><v>85235753351</v></c>'


@pytest.mark.parametrize("cell", STYLED.values(), ids=STYLED.keys())
def test_formats_that_add_a_plus(tmp_path: Path, cell: str) -> None:
    """A cell is read as its format shows it, be it a number or a text."""
    rows = read(_styled(tmp_path / "a.xlsx", row(cell)))
    assert shown(rows) == [(2, "+85235753351")]


@pytest.mark.parametrize(
    ("data", "before"),
    [
        (row(PLAIN).replace('r="2">', 'r="2" s="1" customFormat="1">', 1), ""),
        (row(PLAIN), '<cols><col min="2" max="2" style="1"/></cols>'),
        (row(PLAIN.replace("<c ", '<c t="str" ')), '<cols><col min="1" max="5" style="2"/></cols>'),
    ],
)
def test_formats_of_rows_and_columns(tmp_path: Path, data: str, before: str) -> None:
    """Programs differ in whether a cell without a style has that of its row or column."""
    found = kinds(read(_styled(tmp_path / "a.xlsx", data, before)))
    assert found == {2: ("85235753351", "format")}


@pytest.mark.parametrize(
    "before",
    ['<cols><col min="1" max="1" style="1"/></cols>', '<cols><col min="2" max="2"/></cols>'],
)
def test_formats_of_other_columns(tmp_path: Path, before: str) -> None:
    """A format that some other column has says nothing of a cell."""
    found = kinds(read(_styled(tmp_path / "a.xlsx", row(PLAIN), before)))
    assert found == {2: ("85235753351", "number")}


RULE = (
    '<conditionalFormatting sqref="B2"><cfRule type="expression" dxfId="{}" priority="1"/>'
    "</conditionalFormatting>"
)
OTHER_RULE = (
    '<extLst><ext uri="x"><x14:rules xmlns:x14="urn:x14"><x14:cfRule><x14:dxf>'
    '<numFmt numFmtId="9" formatCode="\\+0"/></x14:dxf></x14:cfRule></x14:rules></ext></extLst>'
)


def test_conditional_formats(tmp_path: Path) -> None:
    """One that changes how numbers are shown is refused; a colour is none of them."""
    rows = read(_styled(tmp_path / "a.xlsx", row(PLAIN), after=RULE.format(0)))
    assert shown(rows) == [(2, "85235753351")]
    for rule in (RULE.format(1), OTHER_RULE):
        with pytest.raises(UnreadableInput, match="a conditional format changes"):
            read(_styled(tmp_path / "a.xlsx", row(PLAIN), after=rule))


def test_array_formulas(tmp_path: Path) -> None:
    """All cells that have their values from an array formula of a total are totals."""
    first = '<c r="A2"><f t="array" ref="A2:A3">SUM(C2:C9*D2:E9)</f><v>85235753351</v></c>'
    data = HEAD + row(first) + row('<c r="A3"><v>85235753352</v></c>', 3)
    data += row('<c r="A4"><v>85235753353</v></c>', 4)
    found = kinds(read(sheet_xml(tmp_path / "a.xlsx", data)))
    assert [kind for _, kind in found.values()] == ["total", "total", "number"]


def test_two_formats_of_one_number(tmp_path: Path) -> None:
    """Where two formats have one number, nobody can tell which is meant; twice one is one."""
    for other, kind in (("+0", "format"), ("0", "number")):
        path = sheet_xml(tmp_path / "a.xlsx", HEAD + row('<c r="A2" s="1"><v>85235753351</v></c>'))
        codes = "".join(
            f'<numFmt numFmtId="164" formatCode="{code}"/>' for code in ("0", other, "0")
        )
        styles = f'<numFmts>{codes}</numFmts><cellXfs><xf/><xf numFmtId="164"/></cellXfs>'
        xml = f'<styleSheet xmlns="{SPREADSHEETML}">{styles}</styleSheet>'
        found = kinds(read(repack(path, "xl/styles.xml", xml.encode())))
        assert found == {2: ("85235753351", kind)}
