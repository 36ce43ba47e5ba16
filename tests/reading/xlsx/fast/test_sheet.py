"""Which sheets the fast way takes, and what it sees in them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.reading.files import SPREADSHEETML, kinds, read, repack, sheet_xml, workbook
from tests.reading.xlsx.fast.both_ways import (
    HEAD,
    STYLES,
    A,
    B,
    ensure_same,
    plain_dates,
    plain_gaps,
    plain_numbers,
    plain_shared,
    plain_texts,
    plain_under_a_merged_title,
    shared,
    sst,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    "make",
    [
        plain_texts,
        plain_numbers,
        plain_shared,
        plain_gaps,
        plain_dates,
        plain_under_a_merged_title,
    ],
)
def test_usual_lists_are_read_the_fast_way(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """Texts, numbers, dates, gaps and a merged title are fast, and come to the same."""
    assert ensure_same(make(tmp_path / "a.xlsx")) == [True]


@pytest.mark.parametrize("struck", ["<strike/>", '<strike val="1"/>', '<strike val="0"/>', "<b/>"])
def test_both_ways_see_what_is_struck_through(tmp_path: Path, struck: str) -> None:
    """Numbers with a line through them are marked by both ways, and texts by the careful one."""
    fonts = f"<fonts><font/><font>{struck}</font></fonts>"
    styles = f'{fonts}<cellXfs><xf/><xf fontId="1"/></cellXfs>'
    styles = f'<styleSheet xmlns="{SPREADSHEETML}">{styles}</styleSheet>'
    is_struck = struck in {"<strike/>", '<strike val="1"/>'}
    for row in (f'<c r="A2" s="1"><v>{A}</v></c>', f'<c r="A2" s="1" t="str"><v>{A}</v></c>'):
        data = f'{HEAD}<row r="2">{row}</row><row r="3"><c r="A3"><v>{B}</v></c></row>'
        path = shared(tmp_path / "a.xlsx", data, sst("<t>x</t>"))
        repack(path, "xl/styles.xml", styles.encode())
        is_text = ' t="str"' in row
        assert ensure_same(path) == [not (is_struck and is_text)]
        plain = "text" if is_text else "number"
        assert kinds(read(path)) == {2: (A, "struck" if is_struck else plain), 3: (B, "number")}


def inline(text: str) -> str:
    return f'<c r="A2" t="inlineStr"><is><t>{text}</t></is></c>'


@pytest.mark.parametrize(
    "row",
    [
        f'<row r="2">{inline(f" {A}")}</row>',
        f'<row r="2">{inline(f"{A} ")}</row>',
        f'<row r="2">{inline(f"{A}_x0041_")}</row>',
        f'<row r="2">{inline(f"{A}&#65;")}</row>',
        f'<row r="2">{inline(f"{A}&x;")}</row>',
        f'<row r="2">{inline(f"{A}<!-- x -->")}</row>',
        f'<row r="2">{inline(A)}</row>'.replace("53", "\r\n"),
        f'<row r="2">{inline("&amp;")}</row>& ',
        f'<row r="2">{inline(A)}{inline(B)}</row>',
        f'<row r="2" r="3">{inline(A)}</row>',
        f"<row>{inline(A)}</row>",
        f'<row r="2"/></row><row r="3">{inline(A).replace("A2", "A3")}</row>',
        f'<row r="3">{inline(A).replace("A2", "A3")}</row><row r="2">{inline(B)}</row>',
        f'<row r="2">{inline(A)}</row><row r="2">{inline(B)}</row>',
        f'<row r="3"/><row r="2">{inline(A)}</row><row r="9"/>',
        '<row r="2"><c r="A2" t="inlineStr"/><c r="B2" t="inlineStr"/></row>'
        f'<row><c><v>{A}</v></c></row><x><y/><z/></x><row r="9"/>',
        f'<row r="2">{inline(A).replace("A2", "A9")}</row>',
        f'<row r="2">{inline(A).replace("inlineStr", "n")}</row>',
        f'<row r="2">{inline(A).replace("</t>", "")}</row>',
        '<row r="2"><c r="A2" t="inlineStr"/></row>',
        f'<row r="2"><c r="A2" t="inlineStr"><v>{A}</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>0</v></c></row>',
        '<row r="2"><c r="A2" t="d"><v>2024-02-29</v></c></row>',
        *(
            f'<row r="2"><c r="A2"><v>{value}</v></c></row>'
            for value in ("007", "+5", ".5", "1e400", "NaN", "inf", "1_0", " 5", "5 ", "x", "")
        ),
    ],
)
def test_unusual_rows_are_left_to_the_careful_reader(tmp_path: Path, row: str) -> None:
    """What isn't written the usual way isn't taken, and comes to what it always came to."""
    assert ensure_same(sheet_xml(tmp_path / "a.xlsx", HEAD + row), columns=("A",)) == [False]


@pytest.mark.parametrize("dimension", ["A1:B3", "A1", "A1:XFD1048576", "B2:C1", "", "x", "A0:Z9"])
def test_dimensions_that_lie(tmp_path: Path, dimension: str) -> None:
    """What a sheet says of its own size changes nothing."""
    path = plain_texts(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as package:
        xml = package.read("xl/worksheets/sheet1.xml")
    xml = xml.replace(b'ref="A1:B4"', f'ref="{dimension}"'.encode())
    ensure_same(repack(path, "xl/worksheets/sheet1.xml", xml))


@pytest.mark.parametrize("target", ["st=les.xml", "other.xml", "styles.xml"])
def test_styles_that_are_related_otherwise(tmp_path: Path, target: str) -> None:
    """The styles are those that the workbook is related to; without any, both ways know none."""
    path = plain_dates(tmp_path / "a.xlsx")
    repack(path, "xl/other.xml", STYLES.encode())
    with zipfile.ZipFile(path) as package:
        relations = package.read("xl/_rels/workbook.xml.rels")
    assert b"styles.xml" in relations
    relations = relations.replace(b"styles.xml", target.encode())
    assert ensure_same(repack(path, "xl/_rels/workbook.xml.rels", relations)) == [True]


@pytest.mark.parametrize("visible_only", [False, True])
def test_what_shows_beyond_the_values(tmp_path: Path, visible_only: bool) -> None:
    """Hidden rows and zeros that a format shows are seen in plain sheets, too."""
    rows = (
        '<row r="2" hidden="1"><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row>'
    )
    rows += '<row r="4"><c r="A4" s="3"><v>35753351</v></c></row>'
    path = shared(tmp_path / "a.xlsx", HEAD + rows, sst("<t>x</t>"))
    assert ensure_same(path, columns=("A",), visible_only=visible_only) == [True]
    for make in (plain_texts, plain_gaps):
        path = make(tmp_path / "a.xlsx")
        with zipfile.ZipFile(path) as package:
            xml = package.read("xl/worksheets/sheet1.xml")
        for hides in (b'hidden="1"', b'ht="0" customHeight="1"', b'ht="0.0"'):
            hidden = xml.replace(b'<row r="3"', b'<row r="3" ' + hides)
            path = repack(path, "xl/worksheets/sheet1.xml", hidden)
            assert ensure_same(path, visible_only=visible_only) == [True]
            assert "hidden" in read(path, visible_only=visible_only).source.notes[-1]


def test_columns_of_each_kind(tmp_path: Path) -> None:
    """Numbers stay numbers, texts texts, and mixed columns become text, in the phone column too."""
    rows = [[int(A), n / 2 if n % 3 else None, n if n % 2 else f"t{n}", None] for n in range(50)]
    rows[7][0], rows[8][0], rows[9][0] = 1.5, 10**17, A
    path = workbook(tmp_path / "a.xlsx", ["Phone", "Sum", "Mixed", "Empty"], *rows)
    assert ensure_same(path) == [True]
    extras = read(path).extras
    assert [str(extras[name].dtype) for name in extras] == ["float64", "str", "str"]


def test_lists_longer_than_a_block(tmp_path: Path) -> None:
    """A list that is unpacked in many pieces, with a wider row far down, is one list."""
    rows: list[list[Any]] = [[f"+852 3575 {n:04}", "x" * 90] for n in range(30_000)]
    rows[25_000] += [None, "far", 7]
    assert ensure_same(workbook(tmp_path / "a.xlsx", ["Phone", "Note"], *rows)) == [True]


@pytest.mark.parametrize("size", [1, 7, 50, 300])
@pytest.mark.parametrize("make", [plain_texts, plain_numbers, plain_shared, plain_gaps])
def test_pieces_of_any_size(
    tmp_path: Path, make: Callable[[Path], Path], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the unpacked XML is cut in pieces, it is the same sheet."""
    monkeypatch.setattr("importer.reading.xlsx.package._CHUNK", size)
    assert ensure_same(make(tmp_path / "a.xlsx")) == [True]


@pytest.mark.parametrize(
    "cells",
    [
        f'<c r="A2"><f>B2</f><v>{A}</v></c><c r="B2" t="b"><v>1</v></c>',
        f'<c r="A2" t="str"><f>"+"&amp;B2</f><v>+{A}</v></c><c r="B2" t="e"><v>#SPILL!</v></c>',
        f'<c r="A2"><f t="shared" ref="A2:A3" si="0">B2</f><v>{A}</v></c>',
        f'<c r="A2"><f t="shared" si="0"/><v>{A}</v></c><c r="B2" t="str"><f>C2</f><v></v></c>',
        f'<c r="A2"><f>+SUM(B2:B3)+1</f><v>{A}</v></c>',
        f'<c r="A2"><f>IF(COUNTIF(B:B,B2)&gt;1,"",B2)</f><v>{A}</v></c>',
    ],
)
def test_values_of_formulas_booleans_and_errors(tmp_path: Path, cells: str) -> None:
    """Both ways say the same of them, and the fast way takes them."""
    other = f'<row r="3" hidden="1"><c r="A3"><v>{B}</v></c></row>'
    path = sheet_xml(tmp_path / "a.xlsx", f'{HEAD}<row r="2">{cells}</row>{other}')
    assert ensure_same(path, columns=("A",)) == [True]
    assert ensure_same(path, columns=("A",), visible_only=True) == [True]
