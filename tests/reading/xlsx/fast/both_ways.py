"""Reads a workbook by the fast way and by the careful one; small plain workbooks to read so."""

from __future__ import annotations

import datetime
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from importer.errors import UnreadableInput
from importer.reading import ReadOptions, read_rows
from importer.reading.bounded.worker import answer
from importer.reading.xlsx.fast.sheet import read_plain
from tests.reading.files import SPREADSHEETML, repack, sheet_xml, workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def text_cell(text: str) -> str:
    return f'<c r="@" t="inlineStr"><is><t>{text}</t></is></c>'


HEAD = f'<row r="1">{text_cell("Phone")}{text_cell("Note")}</row>'.replace("@", "A1", 1)
HEAD = HEAD.replace("@", "B1")


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
    day = datetime.datetime(2024, 2, 29)
    cells = [day, day.replace(hour=7, minute=5), day.time(), datetime.timedelta(days=3), 1.5]
    lines = [[A, cell, cells[line % 2], day] for line, cell in enumerate(cells)]
    return workbook(path, ["Phone", "Mixed", "Days and times", "Day"], *lines, [day, day, None])


def plain_under_a_merged_title(path: Path) -> Path:
    text = '<c r="A{}" t="inlineStr"><is><t>{}</t></is></c>'
    rows = "".join(
        f'<row r="{n}">{text.format(n, one)}</row>' for n, one in enumerate(("List", "Phone", A), 1)
    )
    return sheet_xml(path, rows, '<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>')
