"""The fast way through an .xlsx comes to what the careful way comes to, for every file."""

from __future__ import annotations

import datetime
import random
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.errors import UnreadableInput
from importer.reading import ReadOptions, read_rows
from importer.reading.bounded.worker import answer
from importer.reading.xlsx.fast.sheet import read_plain
from importer.reading.xlsx.package import Package
from tests.reading.damage import COUNT, damage_inside, excel
from tests.reading.files import SPREADSHEETML, read, repack, sheet_xml, workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.model import Rows

A, B = "85235753351", "85235753352"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = (
    f'<styleSheet xmlns="{SPREADSHEETML}"><numFmts><numFmt numFmtId="164" formatCode="000000000000"'
    '/><numFmt numFmtId="165" formatCode="yyyy"/></numFmts><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="1"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/>'
    '<xf numFmtId="49"/></cellXfs></styleSheet>'
)
"""Styles 0, 1 and 5 show numbers as they are, 2 and 4 as dates, 3 with leading zeros."""


def _answer_here(name: str, request: bytes, size: int) -> bytes:
    """Read in this process what the worker process would read: it takes half a second to start."""
    return answer(request)


@contextmanager
def watched(*, fast: bool) -> Iterator[list[bool]]:
    """Tell of each sheet whether the fast way took it; without `fast` none."""
    taken: list[bool] = []

    def watch(*arguments: Any) -> Any:
        sheet = read_plain(*arguments) if fast else None
        taken.append(sheet is not None)
        return sheet

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("importer.reading.xlsx.workbook.read_plain", watch)
        patch.setattr("importer.reading.bounded.caller._run", _answer_here)
        yield taken


def verdict(path: Path, *, fast: bool, options: ReadOptions) -> tuple[Rows | str, list[bool]]:
    with watched(fast=fast) as taken:
        try:
            return read_rows(path, options), taken
        except UnreadableInput as told:
            return str(told), taken


def ensure_same(path: Path, **options: Any) -> list[bool]:
    """Read a file both ways and compare; return of each sheet whether the fast way took it."""
    asked = ReadOptions(**options)
    quick, taken = verdict(path, fast=True, options=asked)
    careful, _ = verdict(path, fast=False, options=asked)
    if isinstance(quick, str) or isinstance(careful, str):
        assert quick == careful
        return taken
    assert quick.source == careful.source
    pd.testing.assert_frame_equal(quick.cells, careful.cells)
    pd.testing.assert_frame_equal(quick.extras, careful.extras)
    return taken


def shared(path: Path, data: str, table: str) -> Path:
    """Make a workbook whose sheet holds this XML, with this table of shared texts."""
    sheet_xml(path, data)
    repack(path, "xl/sharedStrings.xml", table.encode())
    repack(
        path,
        "xl/_rels/workbook.xml.rels",
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{OFFICE}/sharedStrings" '
        f'Target="sharedStrings.xml"/><Relationship Id="rId3" Type="{OFFICE}/styles" '
        'Target="styles.xml"/></Relationships>'.encode(),
    )
    return repack(path, "xl/styles.xml", STYLES.encode())


def sst(*texts: str) -> str:
    return f'<sst xmlns="{SPREADSHEETML}">{"".join(f"<si>{text}</si>" for text in texts)}</sst>'


def plain_texts(path: Path) -> Path:
    return workbook(path, ["Name", "Phone"], ["Ann & Bob", A], ["Müller 😀", B], [" c ", None])


def plain_numbers(path: Path) -> Path:
    return workbook(path, ["Phone", "Sum"], [int(A), 1.5], [int(B), None], [0, 7], [A, -1])


def plain_shared(path: Path) -> Path:
    rows = "".join(
        f'<row r="{n}" spans="1:2"><c r="A{n}" s="1" t="s"><v>{n % 2 + 1}</v></c>'
        f'<c r="B{n}"><v>{n}</v></c></row>'
        for n in range(2, 9)
    )
    head = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><v>x</v></c></row>'
    texts = sst("<t>Phone</t>", f"<t>{A}</t>", f'<t xml:space="preserve"> {B} </t>')
    return shared(path, head + rows, texts)


def plain_gaps(path: Path) -> Path:
    rows = [f'<row r="{n}"><c r="B{n}"><v>{A}</v></c><c r="D{n}" s="1"/></row>' for n in (3, 4, 9)]
    head = '<row r="2"><c r="B2" t="inlineStr"><is><t>Phone</t></is></c></row>'
    return sheet_xml(path, head + "".join(rows) + '<row r="12" ht="3"/>')


def plain_dates(path: Path) -> Path:
    day = datetime.datetime(2024, 2, 29)  # noqa: DTZ001 - Excel's dates have no zone
    cells = [day, day.replace(hour=7, minute=5), day.time(), datetime.timedelta(days=3), 1.5]
    lines = [[A, cell, cells[line % 2], day] for line, cell in enumerate(cells)]
    return workbook(path, ["Phone", "Mixed", "Days and times", "Day"], *lines, [day, day, None])


def plain_under_a_merged_title(path: Path) -> Path:
    text = '<c r="A{}" t="inlineStr"><is><t>{}</t></is></c>'
    rows = "".join(
        f'<row r="{n}">{text.format(n, one)}</row>' for n, one in enumerate(("List", "Phone", A), 1)
    )
    return sheet_xml(path, rows, '<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>')


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


def text_cell(text: str) -> str:
    return f'<c r="@" t="inlineStr"><is><t>{text}</t></is></c>'


HEAD = f'<row r="1">{text_cell("Phone")}{text_cell("Note")}</row>'.replace("@", "A1", 1)
HEAD = HEAD.replace("@", "B1")
TEXTS = st.sampled_from([
    A, "+852 3575 3351", "x", "Total", "#N/A", "0", "007", "", "_x000D_", "_x41_", "a_x0041_",
    "&amp;", "&lt;b&gt;", "&#10;", "&#x41;", "&nbsp;", "& ", "]]>", "😀é", "<!-- a -->",
    "<![CDATA[a]]>", "\x01", " a", "a ", "\n", "\xa0a\u3000", "a\r\nb", 'r="1" t="e"',
])  # fmt: skip
VALUES = st.sampled_from([
    A, f"-{A}", "0", "1", "2", "3", "99", "-1", "-0", "007", "1.50", ".5", "5.", "+5", "1e15",
    "1E+15", "1e400", "1e-7", "8.5235753351E10", "852357533511234567", "999999999999999",
    "1000000000000000", "NaN", "inf", "0x1F", "45352.5", "0.25", "TRUE", "x", "", " 5", "5 ",
])  # fmt: skip
TYPES = st.sampled_from(
    ["", "", "", *(f' t="{one}"' for one in ("n", "s", "s", "str", "b", "e", "d", ""))]
)
STYLED = st.sampled_from([*[""] * 5, *(f' s="{style}"' for style in (0, 1, 2, 3, 4, 9))])


@st.composite
def cells(draw: st.DrawFn) -> str:
    """One cell, plain as a rule; `@` stands for its reference."""
    form = draw(st.sampled_from("tttttttvvvvvvpesfbro"))
    style, type_, text, value = draw(STYLED), draw(TYPES), draw(TEXTS), draw(VALUES)
    return {
        "t": f'<c r="@"{style} t="inlineStr"><is><t>{text}</t></is></c>',
        "p": f'<c r="@"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>',
        "v": f'<c r="@"{style}{type_}><v>{value}</v></c>',
        "s": f'<c r="@" t="str"><v>{text}</v></c>',
        "f": f'<c r="@"{style}><f>SUM(A1)</f><v>{value}</v></c>',
        "e": f'<c r="@"{style}{type_}/>',
        "b": '<c r="@" t="inlineStr"></c>',
        "r": f'<c r="@" t="inlineStr"><is><r><t>{text}</t></r><r><t>y</t></r></is></c>',
        "o": "",
    }[form]


@st.composite
def sheets(draw: st.DrawFn) -> tuple[str, str]:
    """The rows of a sheet, and what stands below them."""
    plainly = draw(st.booleans())
    rows, number = [HEAD], 1
    for line in draw(st.lists(st.lists(cells(), max_size=3), max_size=6)):
        number += draw(st.sampled_from((1, 1, 1, 1, 2, 5)))
        held = "".join(
            cell.replace("@", f"{letter}{number}")
            for letter, cell in zip("ABC", line, strict=False)
        )
        more = draw(st.sampled_from(("", "", ' spans="1:3"', ' hidden="1"', ' ht="1" ht="2"')))
        rows.append(f'<row r="{number}"{more}>{held}</row>')
    if not plainly and len(rows) > 2:
        rows[-1] = draw(st.sampled_from((
            rows[-1].replace(' r="', ' x="'), rows[1], rows[-1] + "\n", f"<!-- -->{rows[-1]}",
            rows[-1].replace("</row>", ""), rows[-1].replace("<c ", "\n<c "), "<row/>" + rows[-1],
            rows[-1].replace("row", "x:row"), f"& {rows[-1]}", f"text {rows[-1]} > ",
        )))  # fmt: skip
    after = draw(st.sampled_from((
        "", "", "", '<mergeCells><mergeCell ref="B2:B4"/></mergeCells>', "<pageMargins/>",
        '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>', "<mergeCell/>", "<broken>", "<!-- -->",
    )))  # fmt: skip
    return "".join(rows), after


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sheets(), st.booleans())
def test_both_ways_come_to_the_same(
    tmp_path: Path, sheet: tuple[str, str], visible_only: bool
) -> None:
    """Whatever the cells are and however they are written: cells, extras, notes and errors."""
    path = tmp_path / "a.xlsx"
    table = sst("<t>Phone</t>", f"<t>{A}</t>", "<t>x &amp; y</t>", "<t/>")
    data, after = sheet
    xml = f'<worksheet xmlns="{SPREADSHEETML}"><sheetData>{data}</sheetData>{after}</worksheet>'
    shared(path, data, table)
    repack(path, "xl/worksheets/sheet1.xml", xml.encode())
    ensure_same(path, columns=("A",), visible_only=visible_only)
    ensure_same(path)


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
    """Calamine finds the styles by their usual name; a relation to others makes no other dates."""
    path = plain_dates(tmp_path / "a.xlsx")
    repack(path, "xl/other.xml", STYLES.encode())
    with zipfile.ZipFile(path) as package:
        relations = package.read("xl/_rels/workbook.xml.rels")
    assert b"styles.xml" in relations
    relations = relations.replace(b"styles.xml", target.encode())
    assert ensure_same(repack(path, "xl/_rels/workbook.xml.rels", relations)) == [True]


@pytest.mark.parametrize(
    "table",
    [
        sst("<t>Phone</t>", f"<r><t>{A}</t></r>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t><rPh sb='0' eb='1'><t>x</t></rPh>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", f"<t> {A} </t>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", "<t/>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", "", f"<t>{B}</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}_x0041_&#65;</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>") + "<sst/>",
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>").replace("</sst>", ""),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>").replace("<si>", "<x><si>", 1),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>").replace(
            "<sst ", '<?xml version="2"?><sst '
        ),
        sst("<t>Phone</t>", f'<t>{A}"</t>', f"<t>{B}</t>", "<t>x</t>").replace("<sst ", '<sst x="'),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>").replace("<sst ", '<sst x="\udcff" '),
        sst("<t>Phone</t>", f"<t>{A}\udcff</t>", f"<t>{B}</t>"),
        '<?xml version="1.0" standalone="no" encoding="latin1"?>'
        + sst("<t>Phone</t>", f"<t>{A}é</t>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{'9' * 1_000_001}</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{'9' * 4_000_001}</t>"),
        "",
    ],
)
def test_unusual_tables_of_shared_texts(tmp_path: Path, table: str) -> None:
    """Rich texts, phonetic runs, missing entries and broken tables end as they always did."""
    path = plain_shared(tmp_path / "a.xlsx")
    table = table.replace("</sst>", "<si><t>y</t></si><si><t>z</t></si></sst>", 1)
    raw = table.encode(errors="surrogateescape")
    ensure_same(repack(path, "xl/sharedStrings.xml", raw))
    xml = f"<worksheet><sheetData>{HEAD}</sheetData></worksheet>"
    ensure_same(repack(path, "xl/worksheets/sheet1.xml", xml.encode()))


@pytest.mark.parametrize(("change", "times"), [(b"<t>", 1), (b"<x/><t>", 1)])
def test_shared_texts_are_unpacked_once(
    tmp_path: Path, change: bytes, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table is gone through once in this process, plain or not."""
    path = plain_shared(tmp_path / "a.xlsx")
    table = zipfile.ZipFile(path).read("xl/sharedStrings.xml").replace(b"<t>", change)
    repack(path, "xl/sharedStrings.xml", table)
    unpacked: list[str] = []
    chunks = Package.chunks

    def watch(package: Package, part: str) -> Iterator[bytes]:
        unpacked.append(part)
        return chunks(package, part)

    monkeypatch.setattr(Package, "chunks", watch)
    read(path)
    assert unpacked.count("xl/sharedStrings.xml") == times


@pytest.mark.parametrize("pointer", ["+1", "-0", "01", "0x1", " 1", "1.0", "9", ""])
def test_unusual_pointers_to_shared_texts(tmp_path: Path, pointer: str) -> None:
    """What points to a shared text is a number of digits, and no other writing of one."""
    row = f'<row r="2"><c r="A2" t="s"><v>{pointer}</v></c></row>'
    ensure_same(shared(tmp_path / "a.xlsx", HEAD + row, sst("<t>x</t>", f"<t>{A}</t>")))


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
        xml = xml.replace(b'<row r="3"', b'<row r="3" hidden="1"')
        path = repack(path, "xl/worksheets/sheet1.xml", xml)
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


def test_damage_comes_to_the_same(tmp_path: Path) -> None:
    """A damaged file is read or refused alike, whichever way it is read."""
    makers = (plain_texts, plain_numbers, plain_shared, plain_gaps, plain_dates)
    files = [make(tmp_path / "a.xlsx").read_bytes() for make in makers]
    files.append(excel(tmp_path).read_bytes())
    for seed in range(COUNT or 300):
        chance = random.Random(f"plain {seed}")
        path = tmp_path / "damaged.xlsx"
        path.write_bytes(damage_inside(chance.choice(files), chance))
        ensure_same(path)


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
