"""A corrected workbook of a list that was not sent, as after a check, is the whole list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.batch.input.test_corrections import correct, type_one
from tests.batch.sheets import sheet
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

GOOD = hong_kong(5)
LINES = [GOOD[0], "n/a", *GOOD[1:4], "+852 51", GOOD[4], GOOD[0], "call Ann"]
FIXED = hong_kong(1, start=500)[0]
BARE = [one.removeprefix("+") for one in [*GOOD, FIXED]]


def _told(done: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(done.out)
    return told


@pytest.mark.parametrize("how", ["check", "gate", "rehearsal"])
def test_good_rows_and_corrected_ones_are_sent(operator: Operator, how: str) -> None:
    """After a check, a closed gate or a rehearsal nothing was sent, so all of the list is now."""
    path = operator.write_list("list.csv", LINES)
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        if how == "check":
            operator.run("check", path)
        elif how == "gate":
            assert operator.run("run", path, "--max-rejects", "1").exit == 3
        else:
            operator.run("run", path, "--sandbox")
        assert not server.groups
        book = operator.folder / f"list.{'results' if how == 'rehearsal' else 'check'}.xlsx"
        correct(book, type_one)
        told = _told(operator.run("run", book, "--json"))
        assert (told["rows"], told["created"], told["duplicate"], told["rejected"]) == (9, 6, 1, 2)
    assert numbers_at(server) == dict.fromkeys(BARE, 1)


def test_the_results_are_those_of_the_list(operator: Operator) -> None:
    """Each line has the sheet, the row and the text of the list, in its order."""
    operator.run("check", operator.write_list("list.csv", LINES))
    book = operator.folder / "list.check.xlsx"
    correct(book, type_one)
    told = _told(operator.run("run", book, "--sandbox", "--json"))
    lines = sheet(operator.folder / told["results"], "Numbers")
    assert [line["Row"] for line in lines] == list(range(2, 11))
    assert {line["Sheet"] for line in lines} == {"list"}
    assert [line["Original"] for line in lines] == [LINES[0], FIXED, *LINES[2:]]


def test_it_is_the_same_batch_as_the_list(operator: Operator) -> None:
    """The corrected list, run from its own file later, is known: nothing is made twice."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("check", operator.write_list("list.csv", LINES))
        book = operator.folder / "list.check.xlsx"
        correct(book, type_one)
        first = _told(operator.run("run", book, "--json"))
        mended = [FIXED if one == "n/a" else one for one in LINES]
        again = _told(operator.run("run", operator.write_list("mended.csv", mended), "--json"))
    assert again["batch"] == first["batch"]
    assert len(server.groups) == 1


def test_a_row_that_was_taken_out_of_rejected_stays_rejected(operator: Operator) -> None:
    """No line of the list is lost, whatever was deleted from the sheet of the rejected ones."""
    operator.run("check", operator.write_list("list.csv", LINES))
    book = operator.folder / "list.check.xlsx"
    correct(book, lambda page, columns: page.delete_rows(3))
    told = _told(operator.run("run", book, "--sandbox", "--json"))
    assert (told["rows"], told["rejected"]) == (9, 3)


def test_what_is_typed_into_numbers_counts(operator: Operator) -> None:
    """Some correct the line in the sheet Numbers: its column Number is read as well."""
    server = fast_sandbox()

    def type_into_numbers(path: Path) -> None:
        book = openpyxl.load_workbook(path)
        page = book["Numbers"]
        columns = {str(cell.value): cell.column for cell in page[1] if cell.column}
        page.cell(3, columns["Number"]).value = FIXED
        book.save(path)

    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", LINES))
        type_into_numbers(operator.folder / "list.results.xlsx")
        told = _told(operator.run("run", operator.folder / "list.results.xlsx", "--json"))
    assert (told["created"], told["rejected"]) == (6, 2)
    assert numbers_at(server) == dict.fromkeys(BARE, 1)


@pytest.mark.parametrize("sent", [False, True])
def test_corrections_are_read_as_the_list_was(operator: Operator, sent: bool) -> None:
    """The region that the list was read with needs not be named again; an option beats it."""
    server = fast_sandbox()
    path = operator.write_list("list.csv", [*GOOD, "5123"])
    with running(server) as url:
        operator.use(url)
        operator.run("run" if sent else "check", path, "--region", "HK")
        book = operator.folder / f"list.{'results' if sent else 'check'}.xlsx"
        correct(book, lambda page, columns: setattr(
            page.cell(2, columns["Number"]), "value", "5123 4567"
        ))  # fmt: skip
        told = _told(operator.run("run", book, "--json"))
    assert (told["created"], told["rejected"]) == (6, 0)
    assert "85251234567" in numbers_at(server)


@pytest.mark.parametrize("option", ["Land", "none"])
@pytest.mark.parametrize("sent", [False, True])
def test_corrections_go_by_the_list_s_country_column(
    operator: Operator, option: str, sent: bool
) -> None:
    """A column that --country-column named counts, and one that it took out does not."""
    header = {"Land": "Land", "none": "Country"}[option]
    lines = [f"{number},SG" for number in GOOD]
    path = operator.folder / "list.csv"
    path.write_text("\n".join([f"Phone,{header}", *lines, "n/a,SG"]) + "\n")
    server = fast_sandbox()

    def local_number(page: Worksheet, columns: dict[str, int]) -> None:
        page.cell(2, columns["Number"]).value = "91234567"

    with running(server) as url:
        operator.use(url)
        operator.run("run" if sent else "check", path, "--country-column", option)
        book = operator.folder / f"list.{'results' if sent else 'check'}.xlsx"
        correct(book, local_number)
        told = _told(operator.run("run", book, "--json"))
    expected = (6, 0) if option == "Land" else (5, 1)
    assert (told["created"], told["rejected"]) == expected
    assert ("6591234567" in numbers_at(server)) == (option == "Land")


def test_a_phone_column_in_importer_toml_is_of_the_list(operator: Operator) -> None:
    """A results workbook is read as such, whichever column importer.toml names for lists."""
    (operator.folder / "importer.toml").write_text('column = ["Phone"]\n')
    operator.run("check", operator.write_list("list.csv", LINES))
    book = operator.folder / "list.check.xlsx"
    correct(book, type_one)
    told = _told(operator.run("run", book, "--sandbox", "--json"))
    assert (told["rows"], told["created"]) == (9, 6)


def test_a_summary_that_was_changed_misleads_nobody(operator: Operator) -> None:
    """What the sheet Summary says of country and strictness counts only where it can be meant."""
    operator.run("check", operator.write_list("list.csv", LINES), "--region", "HK")
    path = operator.folder / "list.check.xlsx"
    book = openpyxl.load_workbook(path)
    for row in book["Summary"].iter_rows():
        for cell in row:
            if cell.value == "HK" or str(cell.value).startswith("valid numbers"):
                cell.value = "Atlantis"
    book.save(path)
    told = _told(operator.run("run", path, "--sandbox", "--json"))
    assert (told["rows"], told["created"], told["exit"]) == (9, 5, 0)
