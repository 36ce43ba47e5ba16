"""A results workbook, corrected in place, is an input: only what was corrected is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running
from tests.test_main_job import sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

GOOD = hong_kong(5)
LINES = [GOOD[0], "n/a", *GOOD[1:4], "+852 51", GOOD[4], "call Ann"]
FIXED, TYPED, THIRD = (one.removeprefix("+") for one in hong_kong(3, start=500))


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    """Somebody who corrects."""
    return Operator(monkeypatch, capsys, tmp_path)


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


def test_only_what_was_corrected_is_sent(operator: Operator) -> None:
    """Two corrected rows make one new group; the new workbook tells of both runs."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        results = operator.folder / "list.results.xlsx"
        correct(results, fix_two)
        told = json.loads(operator.run("run", results, "--json").out)
    assert (told["rows"], told["created"], told["rejected"], told["exit"]) == (8, 7, 1, 0)
    assert told["groups"] == 2
    assert [one.phones for one in server.groups.values()][1:] == [(FIXED, TYPED)]
    assert set(numbers_at(server).values()) == {1}


def test_the_new_workbook_tells_the_whole_story(operator: Operator) -> None:
    """Every line of the first file is there in its order, with its own row and its group."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        results = operator.folder / "list.results.xlsx"
        correct(results, fix_two)
        done = operator.run("run", results, "--json")
    lines = sheet(operator.folder / json.loads(done.out)["results"], "Numbers")
    assert [line["Row"] for line in lines] == list(range(2, 10))
    assert [line["Status"] for line in lines] == [*["created"] * 7, "rejected"]
    assert {line["Group ID"] for line in lines[:7]} == set(server.groups)


def test_the_same_correction_again_makes_nothing(operator: Operator) -> None:
    """A corrected workbook that was run is shown, and one without a correction as well."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        results = operator.folder / "list.results.xlsx"
        untouched = operator.run("run", results)
        assert "no group was made" in untouched.out
        correct(results, fix_two)
        operator.run("run", results)
        calls = len(server.calls)
        again = json.loads(operator.run("run", results, "--json").out)
    assert (again["created"], again["exit"], len(server.calls)) == (7, 0, calls)


def test_a_correction_of_a_correction(operator: Operator) -> None:
    """The second results workbook can be corrected in turn; nothing is sent twice."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        first = operator.folder / "list.results.xlsx"
        correct(first, fix_two)
        second = operator.folder / json.loads(operator.run("run", first, "--json").out)["results"]
        correct(second, lambda page, columns: setattr(
            page.cell(2, columns["Original"]), "value", f"+{THIRD}"
        ))  # fmt: skip
        told = json.loads(operator.run("run", second, "--json").out)
    assert (told["created"], told["rejected"], told["groups"], told["exit"]) == (8, 0, 3, 0)
    assert set(numbers_at(server).values()) == {1}


def test_corrected_into_a_number_of_the_list(operator: Operator) -> None:
    """A correction that gives a number which the list has already is a duplicate of that row."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        results = operator.folder / "list.results.xlsx"
        correct(results, lambda page, columns: setattr(
            page.cell(2, columns["Original"]), "value", GOOD[4]
        ))  # fmt: skip
        told = json.loads(operator.run("run", results, "--json").out)
    assert (told["created"], told["duplicate"], told["rejected"], told["exit"]) == (5, 1, 2, 0)
    assert len(server.groups) == 1


@pytest.mark.parametrize(("known", "times"), [("skip", 1), ("allow", 2)])
@pytest.mark.parametrize("then", ["ask", "skip", "allow"])
def test_known_numbers_are_decided_about_once(
    operator: Operator, known: str, times: int, then: str
) -> None:
    """What an earlier list holds too is neither asked about again nor sent once more."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("earlier.csv", GOOD[:2]))
        operator.run("run", operator.write_list("list.csv", LINES), "--known", known)
        results = operator.folder / "list.results.xlsx"
        correct(results, fix_two)
        told = json.loads(operator.run("run", results, "--known", then, "--json").out)
    assert told["exit"] == 0
    assert told["created"] + told["duplicate"] == 7
    counts = numbers_at(server)
    assert {counts[one.removeprefix("+")] for one in GOOD[:2]} == {times}
    assert {counts[FIXED], counts[TYPED]} == {1}
