"""A results workbook, corrected in place, is an input: only what was corrected is sent."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.batch.sheets import sheet
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from importer.sandbox import Sandbox

GOOD = hong_kong(5)
LINES = [GOOD[0], "n/a", *GOOD[1:4], "+852 51", GOOD[4], "call Ann"]
FIXED, TYPED, THIRD = (one.removeprefix("+") for one in hong_kong(3, start=500))


@contextmanager
def list_run(operator: Operator) -> Iterator[tuple[Sandbox, Path]]:
    """Run the list at a sandbox that stays; give the sandbox and the results workbook."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        yield server, operator.folder / "list.results.xlsx"


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
    with list_run(operator) as (server, results):
        correct(results, fix_two)
        told = json.loads(operator.run("run", results, "--json").out)
    assert (told["rows"], told["created"], told["rejected"], told["exit"]) == (8, 7, 1, 0)
    assert told["groups"] == 2
    assert [one.phones for one in server.groups.values()][1:] == [(FIXED, TYPED)]
    assert set(numbers_at(server).values()) == {1}


def test_the_new_workbook_tells_the_whole_story(operator: Operator) -> None:
    """Every line of the first file is there in its order, with its own row and its group."""
    with list_run(operator) as (server, results):
        correct(results, fix_two)
        done = operator.run("run", results, "--json")
    lines = sheet(operator.folder / json.loads(done.out)["results"], "Numbers")
    assert [line["Row"] for line in lines] == list(range(2, 10))
    assert [line["Status"] for line in lines] == [*["created"] * 7, "rejected"]
    assert {line["Group ID"] for line in lines[:7]} == set(server.groups)


def test_corrections_are_not_written_over(operator: Operator) -> None:
    """A results workbook that somebody has saved is theirs: a rerun writes beside it."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        path = operator.write_list("list.csv", LINES)
        operator.run("run", path)
        results = operator.folder / "list.results.xlsx"
        correct(results, fix_two)
        saved = results.read_bytes()
        done = operator.run("run", path)
    assert results.read_bytes() == saved
    assert (operator.folder / "list.results (2).xlsx").exists()
    assert "changed since" in " ".join(done.out.split())


def test_the_same_correction_again_makes_nothing(operator: Operator) -> None:
    """A corrected workbook that was run is shown, and one without a correction as well."""
    with list_run(operator) as (server, results):
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
    with list_run(operator) as (server, results):
        correct(results, lambda page, columns: setattr(
            page.cell(2, columns["Original"]), "value", GOOD[4]
        ))  # fmt: skip
        told = json.loads(operator.run("run", results, "--json").out)
    assert (told["created"], told["duplicate"], told["rejected"], told["exit"]) == (5, 1, 2, 0)
    assert len(server.groups) == 1


def type_one(page: Worksheet, columns: dict[str, int]) -> None:
    """Type a number into the first row of Rejected."""
    page.cell(2, columns["Number"]).value = f"+{FIXED}"


def test_a_refused_number_stays_refused(operator: Operator) -> None:
    """A correction does not send again what the vendor refused, and the books balance."""
    server = fast_sandbox(poison=[GOOD[3].removeprefix("+")])
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        results = operator.folder / "list.results.xlsx"
        correct(results, type_one)
        calls = len(server.calls)
        done = operator.run("run", results, "--json")
    told = json.loads(done.out)
    assert (told["created"], told["refused"], told["rejected"], told["exit"]) == (5, 1, 2, 1)
    assert len(server.calls) - calls == 1
    assert "BALANCE" not in sheet_text(operator.folder / told["results"])


def sheet_text(path: Path) -> str:
    """Return all that the sheet Summary says."""
    page = openpyxl.load_workbook(path)["Summary"]
    return " ".join(str(cell) for row in page.iter_rows(values_only=True) for cell in row if cell)


@pytest.mark.parametrize("first", ["skip", "allow"])
@pytest.mark.parametrize("then", ["ask", "skip", "allow"])
def test_what_was_decided_about_known_numbers_stays(
    operator: Operator, first: str, then: str
) -> None:
    """Numbers that another batch had first are not asked about, nor sent, by a correction."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("other.csv", GOOD[:2]))
        operator.run("run", operator.write_list("list.csv", LINES), "--known", first)
        before = numbers_at(server)
        results = operator.folder / "list.results.xlsx"
        correct(results, type_one)
        told = json.loads(operator.run("run", results, "--known", then, "--json").out)
    duplicates = 2 if first == "skip" else 0
    assert (told["created"], told["duplicate"], told["exit"]) == (6 - duplicates, duplicates, 0)
    assert numbers_at(server) == before + Counter([FIXED])


def test_a_correction_again_is_refused(operator: Operator) -> None:
    """--again means a whole list; a results workbook adds what was corrected and no more."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        done = operator.run("run", operator.folder / "list.results.xlsx", "--again")
    assert done.exit == 2
    assert "--again is for the list itself" in done.err
    assert set(numbers_at(server).values()) == {1}


def test_corrections_of_an_undone_batch_are_a_list_of_their_own(operator: Operator) -> None:
    """What was deleted on purpose is not made again by a correction, and that is said."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        done = operator.run("run", operator.write_list("list.csv", LINES), "--json")
        operator.run("undo", json.loads(done.out)["batch"], "--yes")
        results = operator.folder / "list.results.xlsx"
        correct(results, type_one)
        done = operator.run("run", results, "--max-rejects", "70")
    assert done.exit == 0
    assert "run the list that it was made from" in done.out
    assert numbers_at(server) == Counter([FIXED])


def test_an_undo_of_the_corrected_batch_is_no_reason_to_wait(operator: Operator) -> None:
    """Its numbers wait for nothing that a resume could do; the way out is its own list."""
    with list_run(operator) as (server, results):
        first = next(iter(operator.run("batches", "--json").out.splitlines()))
        correct(results, fix_two)
        batch = json.loads(operator.run("run", results, "--json").out)["batch"]
        operator.run("undo", json.loads(first)["batch"], "--yes")
        done = operator.run("resume", batch)
        assert done.exit == 1
        assert "5 were in groups that an undo deleted." in done.out
        assert "resume" not in done.out
        assert "run the list of the undone batch again" in done.out
        assert operator.run("run", operator.folder / "list.csv").exit == 0
    assert set(numbers_at(server).values()) == {1}
    assert len(numbers_at(server)) == 7


def test_corrections_at_another_account_are_a_list_of_their_own(operator: Operator) -> None:
    """Another account gets what was corrected and nothing else, and that is said."""
    mine, other = fast_sandbox(), fast_sandbox()
    with running(mine) as url, running(other) as other_url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        results = operator.folder / "list.results.xlsx"
        correct(results, type_one)
        operator.use(other_url)
        done = operator.run("run", results, "--max-rejects", "70")
    assert done.exit == 0
    assert "run the list that it was made from" in done.out
    assert numbers_at(other) == Counter([FIXED])


@pytest.mark.parametrize("name", ["x" * 300, "../../journal", "none: nothing was recorded"])
def test_a_batch_that_nobody_knows_is_no_batch(operator: Operator, name: str) -> None:
    """Whatever a workbook calls its batch, its corrected rows are read, and no other file."""
    with list_run(operator) as (_server, results):
        correct(results, type_one)
        book = openpyxl.load_workbook(results)
        for row in book["Summary"].iter_rows():
            if any(cell.value == "Batch" for cell in row):
                label = next(at for at, cell in enumerate(row) if cell.value == "Batch")
                next(cell for cell in row[label + 1 :] if cell.value).value = name
        book.save(results)
        done = operator.run("run", results, "--max-rejects", "70", "--json")
    told = json.loads(done.out)
    assert (told["rows"], told["created"], told["exit"]) == (3, 1, 0)


def test_what_the_corrected_batch_had_left_is_sent_as_well(operator: Operator) -> None:
    """A run that was cut off and corrected is finished by the same command, as it says."""
    server = fast_sandbox(script=[None, *["429"] * 6])
    with running(server) as url:
        operator.use(url)
        path = operator.write_list("list.csv", LINES)
        first = operator.run("run", path, "--group-size", "2", "--concurrency", "1", "--json")
        assert json.loads(first.out)["planned"] == 3
        results = operator.folder / "list.results.xlsx"
        correct(results, fix_two)
        told = json.loads(operator.run("run", results, "--json").out)
    assert (told["created"], told["planned"], told["rejected"], told["exit"]) == (7, 0, 1, 0)
    assert set(numbers_at(server).values()) == {1}
    assert len(numbers_at(server)) == 7


@pytest.mark.parametrize("typed", [None, "unknown", 41, date(2020, 5, 4)])
def test_other_columns_of_corrected_rows_may_be_of_another_type(
    operator: Operator, typed: object
) -> None:
    """What is typed into, or missing from, the input's own columns does no harm."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["Phone", "Age", "Since", "Note"])
    for at, number in enumerate([*GOOD, "n/a", "call Ann"]):
        page.append([number, 30 + at, date(2024, 1, 1 + at), "n"] if at < 5 else [number])
    book.save(operator.folder / "list.xlsx")
    server = fast_sandbox()

    def change(page: Worksheet, columns: dict[str, int]) -> None:
        type_one(page, columns)
        for name in ("Age", "Since", "Note"):
            page.cell(2, columns[name]).value = typed  # type: ignore[assignment]

    with running(server) as url:
        operator.use(url)
        operator.run("run", "list.xlsx")
        correct(operator.folder / "list.results.xlsx", change)
        done = operator.run("run", "list.results.xlsx", "--json")
        told = json.loads(done.out)
        assert (told["created"], told["rejected"], told["exit"]) == (6, 1, 0)
        assert operator.run("results", told["batch"]).exit == 0


def test_a_check_of_corrections_says_what_it_shows(operator: Operator) -> None:
    """It knows no journal, so it shows the corrected rows alone, and says that a run does not."""
    with list_run(operator) as (_server, results):
        correct(results, fix_two)
        done = operator.run("check", results)
    said = " ".join(done.out.split())
    assert "2 of 3 numbers would go into 1 group" in said
    assert "a run puts them back among the others" in said
