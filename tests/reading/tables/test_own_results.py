"""A results workbook as an input: what was corrected, with the rows of the first file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl

from tests.reading.files import read

if TYPE_CHECKING:
    from pathlib import Path

HEADER = [
    "Sheet", "Row", "Original", "Number", "Country", "Type", "Status", "Reason", "What To Do",
    "Group Name", "Group ID", "Name", "Country",
]  # fmt: skip


def _line(row: int, original: str, reason: str, number: str = "", sheet: str = "List") -> list[Any]:
    return [sheet, row, original, number, "", "", "rejected", reason, "", "", "", f"n{row}", "HK"]


def _results(path: Path, *rejected: list[Any], numbers: tuple[list[Any], ...] = ()) -> Path:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Summary"
    book.create_sheet("Groups").append(["Group Name", "Group ID"])
    plain = [cell for cell in HEADER if cell != "What To Do"]
    sheet = book.create_sheet("Numbers")
    sheet.append(plain)
    created = [
        "List",
        2,
        "85235753351",
        "85235753351",
        "HK",
        "",
        "created",
        "",
        "g",
        "1",
        "n2",
        "HK",
    ]
    sheet.append(created)
    for line in numbers or rejected:
        sheet.append([*line[:8], *line[9:]])
    sheet = book.create_sheet("Rejected")
    sheet.append(HEADER)
    for line in rejected:
        sheet.append(line)
    book.save(path)
    return path


def test_only_the_rejected_are_read(tmp_path: Path) -> None:
    """Numbers already created are left alone; a rejected one keeps its sheet, row and country."""
    path = _results(
        tmp_path / "r.xlsx",
        _line(3, "not yet", "not a phone number", number="+852 3575 3352"),
        _line(7, "35753353", "country missing"),
    )
    rows = read(path)
    assert rows.cells.to_numpy().tolist() == [
        ["List", 3, "Number", "+852 3575 3352", "text", "HK"],
        ["List", 7, "Original", "35753353", "text", "HK"],
    ]
    assert rows.extras.to_dict("list") == {"Name": ["n3", "n7"], "Country": ["HK", "HK"]}
    assert rows.source.form == "results workbook"
    assert "is a results workbook" in rows.source.notes[-1]


def test_what_was_no_text_stays_rejected_until_corrected(tmp_path: Path) -> None:
    """A date or a long number whose Original was not touched is what it was, not fresh text."""
    was = (_line(3, "8613812345678900", "more than 15 digits"), _line(4, "2024-03-01", "a date"))
    now = (was[0], _line(4, "35753351", "a date"))
    rows = read(_results(tmp_path / "r.xlsx", *now, numbers=was))
    assert rows.cells["kind"].tolist() == ["imprecise", "text"]


def test_lines_added_by_hand_count_where_they_stand(tmp_path: Path) -> None:
    """A line without Sheet and Row is known by its place in this workbook."""
    added = _line(0, "35753351", "")
    added[0] = added[1] = None
    rows = read(_results(tmp_path / "r.xlsx", _line(3, "x", "not a phone number"), added))
    assert rows.cells[["sheet", "row"]].to_numpy().tolist() == [["List", 3], ["Rejected", 3]]


def test_country_typed_in_counts(tmp_path: Path) -> None:
    """A country that the operator fills in beside a rejected number goes before the input's."""
    line = _line(3, "91234567", "country missing")
    line[4] = "Singapore"
    assert read(_results(tmp_path / "r.xlsx", line)).cells["region"].tolist() == ["Singapore"]
