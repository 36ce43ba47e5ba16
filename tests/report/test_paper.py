"""What a printer gets: the Summary and Rejected of a long list, or all where that is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl

from importer import report
from importer.model import Status
from tests.report.contents import content

if TYPE_CHECKING:
    from pathlib import Path

    from importer.report import ResultsContent

LONG = [Status.CREATED] * 1_000 + [Status.REJECTED]
HOW = "importer results ysmd4qzq --print all"


def sheets(folder: Path, told: ResultsContent) -> Any:
    return openpyxl.load_workbook(report.write(folder / "list.results.xlsx", told))


def test_a_long_list_prints_its_summary_and_rejected(tmp_path: Path) -> None:
    """Of Groups and Numbers there are the headers, with the command that prints all lines."""
    book = sheets(tmp_path, replace(content(LONG), how_to_print=HOW))
    for name in ("Groups", "Numbers"):
        assert book[name].print_area == f"'{name}'!$A$1:$J$1"
        assert book[name].oddHeader.left.text.endswith(HOW)
    assert not book["Rejected"].print_area
    assert book["Summary"].print_area


def test_all_is_printed_where_that_is_asked_and_of_short_lists(tmp_path: Path) -> None:
    """Without a way to print more there is no more; a thousand lines are no long list."""
    for told in (content(LONG), replace(content(LONG[1:]), how_to_print=HOW)):
        book = sheets(tmp_path, told)
        assert not book["Numbers"].print_area
        assert not book["Groups"].print_area


def test_rejected_says_on_paper_what_to_do_with_it(tmp_path: Path) -> None:
    """The command stands at the head of each page, whatever the file is called."""
    command = "importer run 'a & b.results.xlsx'"
    book = sheets(tmp_path, replace(content(LONG[-3:]), how_to_run=command))
    head = book["Rejected"].oddHeader.left.text
    assert head.startswith("Type the right numbers into the yellow cells")
    assert head.endswith(command.replace("&", "&&"))


def test_rejected_is_printed_to_be_written_on(tmp_path: Path) -> None:
    """Its letters stay readable: over two pages, and each says which row a line is of."""
    extras = {f"Column {at}": ["x" * 30] * 3 for at in range(6)}
    sheet = sheets(tmp_path, content(LONG[-3:], extras=extras))["Rejected"]
    widths = sum(one.width for one in sheet.column_dimensions.values())
    assert sheet.page_setup.fitToWidth > 1
    assert widths / sheet.page_setup.fitToWidth < 190
    assert sheet.print_title_cols == "$A:$C"
    assert sheet.print_title_rows == "$1:$1"


def test_what_was_forgotten_is_not_to_be_corrected(tmp_path: Path) -> None:
    """Where a sentence stands in the place of the numbers, no page says to type any."""
    told = replace(content(LONG[-3:]), forgotten="The numbers were forgotten.", how_to_run="x")
    assert not sheets(tmp_path, told)["Rejected"].oddHeader.left.text
