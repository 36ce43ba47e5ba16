"""Promises of `--format csv`."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer import report
from importer.model import Status
from tests.report import readback
from tests.report.contents import content

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def rows_of(path: Path) -> list[list[str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_it_has_the_columns_of_numbers(tmp_path: Path) -> None:
    """Same columns, one row a number, a BOM, dates and numbers as a machine reads them."""
    extras: dict[str, list[object]] = {
        "Name": ["陈", "b"],
        "Since": [datetime(2024, 1, 2), datetime(2024, 1, 3)],
        "Whole": [7.0, 8.0],
        "Part": [7.0, 8.5],
    }
    told = content([Status.CREATED, Status.REJECTED], extras=extras)
    path = report.write_csv(tmp_path / "list.results.csv", told)
    book = report.write(tmp_path / "list.results.xlsx", told)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfSheet,Row,Original,Number,")
    header, first, second = rows_of(path)
    assert header == readback.openpyxl_rows(book, "Numbers")[0]
    assert first[:4] == ["Sheet1", "2", "'+85235000000", "85235000000"]
    assert first[10:] == ["陈", "2024-01-02T00:00:00", "7", "7.0"]
    assert second[3] == ""


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, min_size=1, max_size=6))
@example(["=1+1", "'=1", "''", "+852 3575 3351", "-1+1", "＝1", "\t=1", "a\r\nb", 'a"b,c'])
def test_no_field_is_a_formula_and_every_text_can_be_had_back(texts: list[str]) -> None:
    """No field begins as a formula does; less one leading apostrophe it is the text that was."""
    told = content([Status.CREATED] * len(texts), originals=texts)
    with tempfile.TemporaryDirectory() as folder:
        lines = rows_of(report.write_csv(Path(folder) / "x.csv", told))[1:]
    fields = [line[2] for line in lines]
    assert not any(field.startswith(DANGEROUS) for field in fields)
    assert [field.removeprefix("'") for field in fields] == texts


def test_header_names_are_guarded(tmp_path: Path) -> None:
    """A column named like a formula is guarded as its cells are."""
    told = content([Status.CREATED], extras={"=cmd()": ["a"]})
    assert rows_of(report.write_csv(tmp_path / "x.csv", told))[0][10] == "'=cmd()"


def test_it_replaces_its_own_kind_only(tmp_path: Path) -> None:
    """An earlier CSV of ours is written again; another CSV is left alone."""
    target = tmp_path / "x.csv"
    told = content([Status.CREATED])
    assert report.write_csv(target, told) == target
    assert report.write_csv(target, told) == target
    target.write_text("Name,Phone\n")
    assert report.write_csv(target, told) == tmp_path / "x (2).csv"
    assert target.read_text() == "Name,Phone\n"
