"""A corrected workbook that somebody drops into the inbox, as its failure's reason said."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import openpyxl

from tests.served import hong_kong, numbers_at

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox
    from tests.nightly.nights import Office

GOOD = hong_kong(3)
WRONG = ["n/a", "call Ann", "see below", "none"]
FIXED = hong_kong(4, start=50)


def correct(path: Path, numbers: list[str]) -> None:
    """Type numbers into the sheet Rejected, from its first line on."""
    book = openpyxl.load_workbook(path)
    for row, number in enumerate(numbers, 2):
        book["Rejected"].cell(row, 4).value = number
    book.save(path)


def drop_again(office: Office, path: Path) -> None:
    """Put a workbook into the inbox, last changed an hour ago."""
    place = office.folder / "inbox" / "hk" / path.name
    shutil.copy(path, place)
    changed = office.clock.time.timestamp() - 3600
    os.utime(place, (changed, changed))


def test_a_list_that_a_gate_stopped(office: Office, sandbox: Sandbox) -> None:
    """Corrected, its workbook brings the whole list into groups, and only then is it done."""
    office.drop("hk/list.csv", [*GOOD, *WRONG])
    office.night()
    assert office.lines()[0]["outcome"] == "failed"
    assert "Rejected of list.check.xlsx" in office.lines()[0]["advice"]
    workbook = office.folder / "outbox" / office.date / "hk" / "list.check.xlsx"
    correct(workbook, FIXED)
    office.next_evening()
    drop_again(office, workbook)
    office.night()
    line = office.lines()[0]
    assert (line["outcome"], line["created"], line["rejected"]) == ("done", 7, 0)
    wanted = [one.removeprefix("+") for one in [*GOOD, *FIXED]]
    assert numbers_at(sandbox) == dict.fromkeys(wanted, 1)
    results = office.folder / "outbox" / office.date / "hk" / "list.results.xlsx"
    assert results.exists()
    assert {one.group_name for one in sandbox.groups.values()} == {"hk list 001"}


def test_rejected_rows_of_a_list_that_was_sent(office: Office, sandbox: Sandbox) -> None:
    """Only they are sent, and the new workbook has all rows of the list."""
    office.drop("hk/list.csv", [*GOOD, WRONG[0]])
    office.night()
    workbook = office.folder / "outbox" / office.date / "hk" / "list.results.xlsx"
    correct(workbook, FIXED[:1])
    office.next_evening()
    drop_again(office, workbook)
    office.night()
    line = office.lines()[0]
    assert (line["outcome"], line["rows"], line["created"]) == ("done", 4, 4)
    assert set(numbers_at(sandbox).values()) == {1}
    assert len(sandbox.groups) == 2
