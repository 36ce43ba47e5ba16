"""Promises of sheets of texts: read as columns, they are what they are read cell by cell."""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import rustpy_xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importer.errors import UnreadableInput
from importer.reading import excel, read_rows, textgrid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.model import Rows

CELLS = st.one_of(
    st.sampled_from(["", " ", "+85251234567", "85251234568", "Total", "HK", "\u00a0", "\u2003"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
)
LINES = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12)
A2 = r'<c r="A2" t="\w+">.*?</c>'
HEADER = ["Phone", "Country", "Name"]


def by_openpyxl(path: Path, lines: Sequence[Sequence[object]]) -> None:
    """Write as openpyxl does."""
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append([None if cell == "" else cell for cell in line])  # type: ignore[union-attr]
    book.save(path)


def by_rust(path: Path, lines: Sequence[Sequence[object]], *, shared: bool = False) -> None:
    """Write each text where it stands."""
    names, *rest = lines
    records = [dict(zip(names, line, strict=True)) for line in rest]
    rustpy_xlsxwriter.write_worksheet(records, str(path), "Sheet1", dedupe_strings=shared)


def as_shared(path: Path, lines: Sequence[Sequence[object]]) -> None:
    """Write texts into a part of their own, as Excel does."""
    by_rust(path, lines, shared=True)


def read(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, in_columns: bool
) -> tuple[Rows | str, int]:
    """Return what is read, or why nothing is, and how many sheets were read as columns."""
    taken: list[Any] = []

    def read_texts(*given: Any, read_texts: Any = textgrid.read_texts) -> Any:
        taken.append(read_texts(*given) if in_columns else None)
        return taken[-1]

    with monkeypatch.context() as patch:
        patch.setattr(excel, "read_texts", read_texts)
        try:
            return read_rows(path), sum(one is not None for one in taken)
        except UnreadableInput as error:
            return str(error), 0


def assert_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Compare both ways of reading; return how many sheets were read as columns."""
    bulk, sheets = read(path, monkeypatch, in_columns=True)
    plain, _ = read(path, monkeypatch, in_columns=False)
    if isinstance(bulk, str) or isinstance(plain, str):
        assert bulk == plain
        return sheets
    assert bulk.source == plain.source
    for one, other in ((bulk.cells, plain.cells), (bulk.extras, plain.extras)):
        assert one.equals(other)
        assert [*one.columns] == [*other.columns]
        assert [*one.dtypes] == [*other.dtypes]
    return sheets


@pytest.mark.parametrize("write", [by_openpyxl, by_rust, as_shared])
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=LINES)
@example(lines=[["+85251234567", " HK ", ""], ["", "", "a"], [" ", "HK", "_x0041_"]])
@example(lines=[["+85251234567", "HK", "a"], ["5000", "", "Total"]])
def test_texts_are_read_alike(
    lines: list[list[str]],
    write: Callable[[Path, Sequence[Sequence[object]]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows, columns and notes are the same, whichever way a sheet of texts is read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write(path, [HEADER, *lines])
        assert_same(path, monkeypatch)


@pytest.mark.parametrize("write", [by_openpyxl, by_rust, as_shared])
def test_texts_are_read_as_columns(
    write: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quick way is taken for what Excel's kin write, shared strings and inline ones."""
    lines = [["+85251234567", "HK", "a"]] * 3
    write(tmp_path / "list.xlsx", [HEADER, *lines])
    assert assert_same(tmp_path / "list.xlsx", monkeypatch) == 1


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (A2, '<c r="A2"><v>85251234567</v></c>'),
        (A2, '<c r="A2" t="n"><v>85251234567</v></c>'),
        (A2, '<c r="A2" t="b"><v>1</v></c>'),
        (A2, '<c r="A2" t="e"><v>#N/A</v></c>'),
        (A2, "<c r='A2'><v>85251234567</v></c>"),
        (A2, '<c r="A2"><f>1+1</f><v>2</v></c>'),
        (r'<row r="1".*?</row>', ""),
        (A2.replace("2", "1"), ""),
        (r"</sheetData>", '</sheetData><mergeCells><mergeCell ref="B2:B3"/></mergeCells>'),
        (r'<row r="3"', '<row r="3" hidden="1"'),
        (r"</row></sheetData>", '</row><row r="9"><c r="A9" s="0"/></row></sheetData>'),
        (r"<sheetData>.*</sheetData>", "<sheetData/>"),
    ],
)
def test_what_is_no_text_is_read_by_cells(
    found: str, instead: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number, truth, error or formula, a gap at the top, a merge: what is read stays the same."""
    plain, path = tmp_path / "plain.xlsx", tmp_path / "list.xlsx"
    by_openpyxl(plain, [HEADER, ["+85251234567", "HK", "a"], ["+85251234568", "HK", "b"]])
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("sheet1.xml"):
                changed, count = re.subn(found, instead, text.decode(), flags=re.DOTALL)
                assert count == 1
                text = changed.encode()
            target.writestr(name, text)
    assert_same(path, monkeypatch)
