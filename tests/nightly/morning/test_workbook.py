"""`night.xlsx`: a page that is read at a glance, whose links lead to what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

import openpyxl
import pytest

from tests.nightly.nights import table_of
from tests.served import hong_kong

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from importer.sandbox import Sandbox
    from tests.nightly.nights import Office


@pytest.fixture
def page(office: Office, sandbox: Sandbox) -> Worksheet:
    """The page of a night with a good list, two that failed, and one that waits."""
    office.drop("hk/good 100 %#1.csv", [*hong_kong(4), "n/a"])
    office.drop("mostly wrong.csv", [*hong_kong(2, 50), "Ann", "Bob", "Eve"])
    office.drop("broken.xlsx", []).write_bytes(b"PK\x03\x04 this is no workbook")
    office.drop("late.csv.part", ["x"])
    office.night()
    folder = office.folder / "outbox" / office.date
    book = openpyxl.load_workbook(folder / "night.xlsx")
    assert book.sheetnames == ["Night"]
    return book["Night"]


def test_words_come_first_and_failures_before_the_rest(page: Worksheet) -> None:
    """The page begins with how it went; lists to look at come before lists that are done."""
    head = [str(page.cell(row, 1).value) for row in range(1, 4)]
    assert head[0].startswith("The night of Sunday, 2026-03-01, from 22:00 to 22:0")
    assert head[1].startswith("4 lists: 1 is done, 2 failed and are to be looked at, 1 waits in")
    outcomes = [one["Outcome"] for one in table_of(page)]
    assert outcomes == ["failed", "failed", "waits", "done", None]


def test_planned_groups_of_failed_lists_are_not_made(page: Worksheet) -> None:
    """What a gate kept from being sent counts as no group, in the words and in the table."""
    assert "4 numbers are in 1 group." in str(page["A2"].value)
    told = {one["List"]: one for one in table_of(page)}
    assert [told[name]["Groups"] for name in ("mostly wrong.csv", "All lists")] == [0, 1]
    assert told["All lists"]["Numbers"] == 10
    assert told["All lists"]["Not sent"] == 2


def test_links_lead_to_results_and_reasons(page: Worksheet, office: Office) -> None:
    """Each link is the way from the workbook to a file that there is, whatever its name."""
    folder = office.folder / "outbox" / office.date
    cells = [cell for row in page.iter_rows() for cell in row]
    targets = [str(cell.hyperlink.target) for cell in cells if cell.hyperlink is not None]
    assert all((folder / unquote(target)).is_file() for target in targets)
    assert sorted(unquote(target).rpartition("/")[2] for target in targets) == [
        "broken.xlsx.reason.txt",
        "good 100 %#1.results.xlsx",
        "mostly wrong.check.xlsx",
        "mostly wrong.csv.reason.txt",
    ]


def test_it_is_one_page_in_landscape(page: Worksheet) -> None:
    """It is printed one page wide, and the header is repeated on further pages."""
    assert page.page_setup.orientation == "landscape"
    assert page.sheet_properties.pageSetUpPr is not None
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
    assert page.print_title_rows


def test_nothing_overlaps(page: Worksheet) -> None:
    """Merged cells share no row with the table, and rows are as high as their texts need."""
    table = next(row for row in range(1, 99) if page.cell(row, 1).value == "List")
    merged = list(page.merged_cells.ranges)
    assert max(one.max_row for one in merged) < table
    assert len({one.min_row for one in merged}) == len(merged)
    assert all(one.min_row == one.max_row for one in merged)
    for row in range(table + 1, page.max_row):
        for column in "ACD":
            cell = page[f"{column}{row}"]
            lines = len(str(cell.value or "")) / page.column_dimensions[column].width
            assert float(page.row_dimensions[row].height or 0) >= lines * 15


def test_an_empty_night_has_no_table(office: Office, sandbox: Sandbox) -> None:
    """A night without lists says so, and shows no table of nothing."""
    office.night()
    path = office.folder / "outbox" / office.date / "night.xlsx"
    sheet = openpyxl.load_workbook(path)["Night"]
    assert sheet["A2"].value == "There was nothing to do."
    assert all(sheet.cell(row, 1).value != "List" for row in range(1, sheet.max_row + 1))


def test_nights_that_end_together_keep_their_reports(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night that ends while another one writes its workbook takes another name for its own."""
    folder = office.folder / "outbox" / office.date
    save = openpyxl.Workbook.save

    def other_night_ends(book: openpyxl.Workbook, file: BinaryIO) -> None:
        save(book, file)
        (folder / "night.xlsx").write_bytes(b"of the other night")

    monkeypatch.setattr(openpyxl.Workbook, "save", other_night_ends)
    assert "night (2).xlsx" in office.night().err
    assert (folder / "night.xlsx").read_bytes() == b"of the other night"
    assert openpyxl.load_workbook(folder / "night (2).xlsx")["Night"]["A2"].value
