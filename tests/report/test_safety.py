"""Promises about text that would do harm: formulas, control characters, texts too long."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer import report
from importer.model import Status
from tests.report import readback
from tests.report.contents import content

HARMFUL = [
    '=HYPERLINK("http://example.com","click")',
    "@SUM(1)",
    "+cmd|' /C calc'!A0",
    "-1+1",
    "{=1}",
    "internal:Rejected!A1",
    "http://example.com",
    "_x0041_",
    "_x005F_x0041_",
    "\x00\x01\x08\x0b\x1f\x7f\ufffe\uffff",
    " \t lead and trail \n",
    "a\r\nb\rc",
    "<&>\"'",
    "1E5",
    "TRUE",
    "#N/A",
]
TEXTS = st.text(st.characters(), max_size=40)
LIMIT = 32_767


def cell_types(path: Path) -> set[str]:
    book = openpyxl.load_workbook(path)
    return {cell.data_type for sheet in book for row in sheet for cell in row}


def test_harmful_texts_are_texts_on_every_sheet(tmp_path: Path) -> None:
    """What looks like a formula, a link or an escape is shown as it was, and is run nowhere."""
    count = len(HARMFUL)
    extras = pd.DataFrame(dict.fromkeys(HARMFUL, HARMFUL))
    groups = pd.DataFrame({"Group Name": HARMFUL, "Status": ["created"] * count})
    told = content(
        [Status.REJECTED] * count,
        originals=HARMFUL,
        reasons=[f"not a phone number: {text}" for text in HARMFUL],
        extras=extras,
        groups=groups,
    )
    path = report.write(tmp_path / "list.results.xlsx", told)
    header, *lines = readback.openpyxl_rows(path, "Rejected")
    assert header[11:] == [text.replace("\0", "�") for text in HARMFUL]
    assert [line[2] for line in lines] == HARMFUL
    assert [line[11:] for line in lines] == [[text] * count for text in HARMFUL]
    assert [line[0] for line in readback.openpyxl_rows(path, "Groups")[1:]] == HARMFUL
    assert cell_types(path) <= {"s", "n"}
    assert readback.problems(path) == []


def test_a_harmful_file_name_is_a_text(tmp_path: Path) -> None:
    """The name of the input stands on the Summary, and is neither a formula nor a page code."""
    told = content([Status.CREATED], path=Path("=1+1&P.xlsx"))
    path = report.write(tmp_path / "=1+1&P.results.xlsx", told)
    assert readback.openpyxl_rows(path, "Summary")[0][0] == "Results of =1+1&P.xlsx"


@given(command=TEXTS | st.sampled_from(HARMFUL))
@example(command="importer run '\x1b[2J\x01\n\ufffe\ud800<&>\"'")
@settings(max_examples=30, deadline=None)
def test_any_command_can_stand_in_a_hint(command: str) -> None:
    """Whatever a list is called, the hints beside the cells of Rejected leave the file whole."""
    told = replace(content([Status.REJECTED]), how_to_run=command)
    with tempfile.TemporaryDirectory() as folder:
        path = report.write(Path(folder) / "list.results.xlsx", told)
        assert readback.parts(path)
        assert readback.problems(path) == []


def test_nothing_leads_out_of_the_workbook(tmp_path: Path) -> None:
    """No part of the package points outside: no link, no external data, no author's name."""
    path = report.write(tmp_path / "x.xlsx", content([Status.REJECTED], originals=[HARMFUL[0]]))
    for name, root in readback.parts(path).items():
        assert "External" not in {part.attrib.get("TargetMode") for part in root.iter()}, name


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
@example([("=1+1", "_x0041_"), ("\x01", "_x005f_x0041_")])
@example([("\ud83d", "a\udc00b")])
def test_any_text_comes_back_the_same(pairs: list[tuple[str, str]]) -> None:
    """Any text in any cell is read as the same text; halves of characters become U+FFFD."""
    originals, others = [first for first, _ in pairs], [second for _, second in pairs]
    told = content([Status.REJECTED] * len(pairs), originals=originals, extras={"Extra": others})
    with tempfile.TemporaryDirectory() as folder:
        path = report.write(Path(folder) / "list.results.xlsx", told)
        lines = readback.openpyxl_rows(path, "Numbers")[1:]
        types = readback.cell_types(path, "Numbers")
    assert [(line[2] or "", line[10] or "") for line in lines] == [
        (sound(first), sound(second)) for first, second in pairs
    ]
    assert types.get("Original", {"s"}) == types.get("Extra", {"s"}) == {"s"}


def sound(text: str) -> str:
    return "".join("�" if "\ud800" <= char <= "\udfff" else char for char in text)


def test_long_texts_are_cut_to_what_a_cell_holds(tmp_path: Path) -> None:
    """A cell holds 32,767 UTF-16 units: a longer text ends in an ellipsis, no character halved."""
    texts = ["x" * LIMIT, "x" * (LIMIT + 1), "😀" * 16_383, "😀" * 16_384, "\x01" * LIMIT]
    told = content([Status.REJECTED] * 5, extras={"Extra": texts, "h" * 40_000: texts})
    path = report.write(tmp_path / "list.results.xlsx", told)
    header, *lines = readback.openpyxl_rows(path, "Numbers")
    expected = [texts[0], "x" * (LIMIT - 1) + "…", texts[2], "😀" * 16_383 + "…", texts[4]]
    assert [line[10] for line in lines] == expected
    assert header[11] == "h" * (LIMIT - 1) + "…"
