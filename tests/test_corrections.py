"""A results workbook, corrected in place, is an input: only what was corrected is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running
from tests.test_main_job import sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from importer.sandbox import Sandbox

GOOD = hong_kong(5)
LINES = [GOOD[0], "n/a", *GOOD[1:4], "+852 51", GOOD[4], "call Ann"]
FIXED, TYPED, THIRD = (one.removeprefix("+") for one in hong_kong(3, start=500))


@dataclass
class Day:
    """A list that was run, with its results workbook, and the server that took it."""

    operator: Operator
    server: Sandbox
    results: Path

    def run(self, path: Path) -> dict[str, Any]:
        """Run a workbook and return what it tells scripts."""
        told: dict[str, Any] = json.loads(self.operator.run("run", path, "--json").out)
        return told


@pytest.fixture
def day(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Day]:
    """A list of five good numbers and three rejects, already run."""
    operator, server = Operator(monkeypatch, capsys, tmp_path), fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        yield Day(operator, server, tmp_path / "list.results.xlsx")


def correct(path: Path, change: Callable[[Worksheet, dict[str, int]], None]) -> None:
    """Open a workbook as an operator does, change its sheet Rejected, and save it."""
    book = openpyxl.load_workbook(path)
    page = book["Rejected"]
    columns = {str(cell.value): cell.column for cell in page[1] if cell.column}
    change(page, columns)
    book.save(path)


def fix_two(page: Worksheet, columns: dict[str, int]) -> None:
    """Correct one row in Original and type another into Number; the third stays."""
    page.cell(2, columns["Original"]).value = f"+{FIXED}"
    page.cell(3, columns["Number"]).value = f"+{TYPED}"


def fix_first(number: str) -> Callable[[Worksheet, dict[str, int]], None]:
    """Correct the first rejected row in Original."""

    def change(page: Worksheet, columns: dict[str, int]) -> None:
        page.cell(2, columns["Original"]).value = f"+{number}"

    return change


def test_only_what_was_corrected_is_sent(day: Day) -> None:
    """Two corrected rows make one new group; the summary tells of both runs."""
    correct(day.results, fix_two)
    told = day.run(day.results)
    assert (told["rows"], told["created"], told["rejected"], told["exit"]) == (8, 7, 1, 0)
    assert told["groups"] == 2
    assert [one.phones for one in day.server.groups.values()][1:] == [(FIXED, TYPED)]
    assert set(numbers_at(day.server).values()) == {1}


def test_the_new_workbook_tells_the_whole_story(day: Day) -> None:
    """Every line of the first file is there in its order, with its own row and its group."""
    correct(day.results, fix_two)
    lines = sheet(day.operator.folder / day.run(day.results)["results"], "Numbers")
    assert [line["Row"] for line in lines] == list(range(2, 10))
    assert [line["Status"] for line in lines] == [*["created"] * 7, "rejected"]
    assert {line["Group ID"] for line in lines[:7]} == set(day.server.groups)


def test_the_same_correction_again_makes_nothing(day: Day) -> None:
    """A corrected workbook that was run is shown, and one without a correction as well."""
    assert "no group was made" in day.operator.run("run", day.results).out
    correct(day.results, fix_two)
    day.run(day.results)
    calls = len(day.server.calls)
    again = day.run(day.results)
    assert (again["created"], again["exit"], len(day.server.calls)) == (7, 0, calls)


def test_a_correction_of_a_correction(day: Day) -> None:
    """The second results workbook can be corrected in turn; nothing is sent twice."""
    correct(day.results, fix_two)
    second = day.operator.folder / day.run(day.results)["results"]
    correct(second, fix_first(THIRD))
    told = day.run(second)
    assert (told["created"], told["rejected"], told["groups"], told["exit"]) == (8, 0, 3, 0)
    assert set(numbers_at(day.server).values()) == {1}


def test_corrected_into_a_number_of_the_list(day: Day) -> None:
    """A correction that gives a number which the list has already is a duplicate of that row."""
    correct(day.results, fix_first(GOOD[4].removeprefix("+")))
    told = day.run(day.results)
    assert (told["created"], told["duplicate"], told["rejected"], told["exit"]) == (5, 1, 2, 0)
    assert len(day.server.groups) == 1
