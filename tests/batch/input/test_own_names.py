"""Results of results keep the list's own name, and say what was there before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.results_columns import RESULTS_FORM, list_name, marked, unmarked
from tests.batch.input.test_corrections import FIXED, GOOD, LINES, THIRD, correct, fix_two, type_one
from tests.batch.sheets import sheet
from tests.served import Operator, fast_sandbox, running

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


def test_results_are_written_anew_and_corrections_kept(operator: Operator) -> None:
    """The corrected workbook becomes NAME.results.1.xlsx, as it was saved; the new one is whole."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        results = operator.folder / "list.results.xlsx"
        correct(results, fix_two)
        saved = results.read_bytes()
        done = operator.run("run", results)
        assert done.exit == 0, done.err
        correct(results, lambda page, columns: setattr(
            page.cell(2, columns["Number"]), "value", f"+{THIRD}"
        ))  # fmt: skip
        operator.run("run", results)
    assert "Results: " + str(results) in done.out
    assert (operator.folder / "list.results.1.xlsx").read_bytes() == saved
    names = {one.name for one in operator.folder.glob("*.xlsx")}
    assert names == {"list.results.xlsx", "list.results.1.xlsx", "list.results.2.xlsx"}
    assert {line["Status"] for line in sheet(results, "Numbers")} == {"created"}


def test_groups_are_named_after_the_list(operator: Operator) -> None:
    """At the vendor nothing is called after a results workbook, and numbers in names go on."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        correct(operator.folder / "list.results.xlsx", type_one)
        operator.run("run", operator.folder / "list.results.xlsx")
    assert [one.group_name for one in server.groups.values()] == ["list HK 001", "list HK 002"]


def test_a_list_that_was_checked_keeps_its_name(operator: Operator) -> None:
    """Run from the corrected workbook of a check, it is called as if run from its own file."""
    operator.run("check", operator.write_list("list.csv", LINES))
    correct(operator.folder / "list.check.xlsx", type_one)
    done = operator.run("run", "list.check.xlsx", "--sandbox", "--json")
    assert json.loads(done.out)["results"] == "list.results.xlsx"
    assert (operator.folder / "list.check.xlsx").exists()


def test_a_rerun_says_what_was_there_before(operator: Operator) -> None:
    """What earlier runs made and what this one has added are told apart."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        first = operator.run("run", operator.write_list("list.csv", LINES))
        correct(operator.folder / "list.results.xlsx", type_one)
        second = operator.run("run", operator.folder / "list.results.xlsx")
        third = operator.run("run", operator.folder / "list.results.1.xlsx")
    assert "5 of 8 numbers are in 1 group." in first.out
    said = "6 of 8 numbers are in 2 groups"
    assert f"{said}: 5 from before, 1 now." in " ".join(second.out.split())
    assert f"{said}. " in " ".join(third.out.split())


def test_headers_are_unique(operator: Operator) -> None:
    """Ours stay as promised; an input's column of the same name is marked, and known again."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["Phone", "Status", "Number", "Country", "Note"])
    for number in [*GOOD, "n/a"]:
        page.append([number, "gold", "7", "HK", "x"])
    book.save(operator.folder / "list.xlsx")
    server = fast_sandbox()

    def headers_of(name: str) -> list[str]:
        rows = openpyxl.load_workbook(operator.folder / "list.results.xlsx")[name]
        return [str(cell.value) for cell in rows[1]]

    def country_and_number(page: Worksheet, columns: dict[str, int]) -> None:
        page.cell(2, columns["Number"]).value = FIXED.removeprefix("852")

    with running(server) as url:
        operator.use(url)
        operator.run("run", "list.xlsx")
        first = headers_of("Numbers")
        for name in ("Numbers", "Rejected"):
            assert len({*headers_of(name)}) == len(headers_of(name))
        assert first[-4:] == ["Status (input)", "Number (input)", "Country (input)", "Note"]
        correct(operator.folder / "list.results.xlsx", country_and_number)
        told = json.loads(operator.run("run", "list.results.xlsx", "--json").out)
    assert (told["created"], told["rejected"]) == (6, 0)
    assert headers_of("Numbers") == first
    assert {
        line["Status (input)"] for line in sheet(operator.folder / told["results"], "Numbers")
    } == {"gold"}


@pytest.mark.parametrize("name", ["Status", "number", "Status (input)", " Row ", "Note", "(input)"])
def test_a_marked_name_is_known_again(name: str) -> None:
    """Whatever a column of the input is called, its mark comes off again."""
    assert unmarked(marked(name)) == name


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("customers.results", "customers"),
        ("customers.results.1", "customers"),
        ("customers.results (2)", "customers"),
        ("customers.check", "customers"),
        ("customers.results.results", "customers"),
        ("customers.2026.results.12", "customers.2026"),
        ("customers.1", "customers.1"),
        (".results", ".results"),
    ],
)
def test_the_list_s_own_name(stem: str, name: str) -> None:
    """Endings and counts of results come off; any other file keeps its whole name."""
    assert list_name(stem, RESULTS_FORM) == name
    assert list_name(stem, "CSV, UTF-8, comma") == stem
