"""Whatever a sheet holds, the fast way through it comes to what the careful way comes to."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reading.damage import COUNT, damage_inside, excel
from tests.reading.files import SPREADSHEETML, repack
from tests.reading.xlsx.fast.both_ways import (
    HEAD,
    A,
    ensure_same,
    plain_dates,
    plain_gaps,
    plain_numbers,
    plain_shared,
    plain_texts,
    shared,
    sst,
)

if TYPE_CHECKING:
    from pathlib import Path


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

ROW_ATTRIBUTES = ("", "", ' spans="1:3"', ' hidden="1"', ' ht="0"', ' ht="1" ht="2"')


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
        more = draw(
            st.sampled_from(("", "", ' spans="1:3"', ' hidden="1"', ' ht="0"', ' ht="1" ht="2"'))
        )
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
