"""What is said of a file as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importer.errors import UnreadableInput
from tests.reading.files import read, shown, text, workbook

if TYPE_CHECKING:
    from pathlib import Path


def test_a_header_of_two_lines_is_quoted_on_one(tmp_path: Path) -> None:
    """A sentence has no line break, and the name in it finds the column when it is pasted."""
    path = workbook(tmp_path / "a.xlsx", ["Order\nNo", "Name"], ["85235753351", "Ann"])
    with pytest.raises(UnreadableInput, match="'Order No'"):
        read(path, columns=("Nummer",))
    assert shown(read(path, columns=("Order No",))) == [(2, "85235753351")]


def without_sheets(folder: Path) -> list[Path]:
    """Write a list called `june` in each form that has no sheets."""
    page = "<table><tr><td>Phone</td></tr><tr><td>+85235753351</td></tr></table>"
    pq.write_table(pa.table({"Phone": ["+85235753351"]}), folder / "june.parquet")
    return [
        text(folder / "june.csv", "Phone\n+85235753351\n"),
        text(folder / "june.xls", page),
        folder / "june.parquet",
    ]


def test_a_sheet_is_not_asked_of_a_file_that_has_none(tmp_path: Path) -> None:
    """The rows of another sheet are wanted: as of a workbook without it, none are read."""
    for path in without_sheets(tmp_path):
        with pytest.raises(UnreadableInput, match=f"{path.name} has no sheets, so none is called"):
            read(path, sheets=("July",))


def test_a_file_may_be_asked_for_by_what_results_call_its_sheet(tmp_path: Path) -> None:
    """The column Sheet of results has the list's name there."""
    for path in without_sheets(tmp_path):
        assert shown(read(path, sheets=("June",))) == [(2, "+85235753351")]
