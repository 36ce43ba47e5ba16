"""Promises of the sheet Summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer import report
from importer.model import Reason, Status
from importer.report import tables
from tests.report import readback
from tests.report.contents import content

if TYPE_CHECKING:
    from pathlib import Path

    from importer.report import ResultsContent

MIXED = [Status.CREATED] * 7 + [Status.DUPLICATE] * 2 + [Status.REJECTED] * 3


def written(tmp_path: Path, told: ResultsContent) -> Path:
    return report.write(tmp_path / "list.results.xlsx", told)


def block(path: Path, title: str, width: int = 2) -> list[tuple[Any, ...]]:
    """Return the lines below a title of the Summary's table, and the columns right of it."""
    rows = readback.openpyxl_rows(path, "Summary")
    top = next(at for at, row in enumerate(rows) if "Outcome" in row)
    left = rows[top].index(title)
    return [tuple(row[left : left + width]) for row in rows[top + 1 :]]


def test_it_says_first_what_happened(tmp_path: Path) -> None:
    """The file's name and the headline in words stand above all else."""
    path = written(tmp_path, content(MIXED, headline="7 of 12 numbers are in 1 group."))
    rows = readback.openpyxl_rows(path, "Summary")
    assert rows[0][0] == "Results of customers.xlsx"
    assert rows[1][0] == "7 of 12 numbers are in 1 group."


def test_outcomes_add_up_to_the_total(tmp_path: Path) -> None:
    """Each outcome has its line, and the last line is their sum."""
    path = written(tmp_path, content(MIXED))
    *lines, total = block(path, "Outcome", 3)
    assert [name for name, _, _ in lines] == [status.value for status in Status]
    assert sum(count for _, count, _ in lines) == total[1] == 12
    assert sum(share for _, _, share in lines) == pytest.approx(1)
    assert total[0] == "Total"


def test_rejects_are_counted_by_reason_and_linked(tmp_path: Path) -> None:
    """A reason leads to its first line in Rejected; details don't make another reason."""
    reasons = [""] * 9 + ["too long: 16 digits", "too short: 5 digits", "too short: 6 digits"]
    path = written(tmp_path, content(MIXED, reasons=reasons))
    lines = block(path, "Rejected because")
    assert lines[:2] == [("too short", 2), ("too long", 1)]
    assert lines[-1] == ("Total rejected", 3)
    sheet = openpyxl.load_workbook(path)["Summary"]
    links = {cell.value: cell.hyperlink.location for row in sheet for cell in row if cell.hyperlink}
    assert links["too short"] == "'Rejected'!A3"
    assert links["too long"] == "'Rejected'!A2"
    assert all(not cell.hyperlink.target for row in sheet for cell in row if cell.hyperlink), (
        "a link leaves the workbook"
    )


def test_a_link_finds_a_line_of_a_further_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Rejected goes on in `Rejected 2`, so do the links."""
    monkeypatch.setattr(tables, "SHEET_ROWS", 4)
    reasons = ["too long"] * 4 + ["too short"]
    path = written(tmp_path, content([Status.REJECTED] * 5, reasons=reasons))
    (link,) = [
        cell.hyperlink.location
        for row in openpyxl.load_workbook(path)["Summary"]
        for cell in row
        if cell.hyperlink and cell.value == "too short"
    ]
    assert link == "'Rejected 2'!A3"


def test_many_reasons_and_countries_are_summed_up(tmp_path: Path) -> None:
    """A page has room for six of each; the last one stands for the others, and all add up."""
    statuses = [Status.CREATED] * 22 + [Status.REJECTED] * len(Reason)
    told = content(statuses, reasons=[""] * 22 + [reason.value for reason in Reason])
    path = written(tmp_path, told)
    *reasons, all_reasons = block(path, "Rejected because")
    assert reasons[-1] == (f"{len(Reason) - 5} other reasons", len(Reason) - 5)
    assert sum(count for _, count in reasons) == all_reasons[1] == len(Reason)
    *countries, all_countries = block(path, "Country")
    assert countries[0] == ("HK", 6)
    assert sum(count for _, count in countries) == all_countries[1] == 22


def test_it_has_a_chart_of_outcomes_and_one_of_countries(tmp_path: Path) -> None:
    """Both charts show the table's figures, without its total."""
    path = written(tmp_path, content(MIXED))
    charts = [root for name, root in readback.parts(path).items() if "charts/chart" in name]
    assert len(charts) == 2
    outcomes = block(path, "Chart: outcome")
    assert outcomes[:6] == [
        (status.value, count)
        for status, count in zip(reversed(Status), [0, 0, 3, 2, 0, 7], strict=True)
    ]
    assert outcomes[6:] == [(None, None)]


def test_no_accepted_number_means_no_chart_of_countries(tmp_path: Path) -> None:
    """An empty chart says nothing and is left out."""
    path = written(tmp_path, content([Status.REJECTED] * 3))
    assert sum("charts/chart" in name for name in readback.parts(path)) == 1


def test_it_tells_what_was_assumed_and_set(tmp_path: Path) -> None:
    """Each fact stands under its section."""
    told = content(MIXED)
    texts = {cell for row in _rows(written(tmp_path, told)) for cell in row}
    assert {"What was assumed", "Settings"} <= texts
    assert {text for _, facts in told.sections for fact in facts for text in fact} <= texts


def _rows(path: Path) -> list[list[Any]]:
    return readback.openpyxl_rows(path, "Summary")


def test_it_prints_on_one_page(tmp_path: Path) -> None:
    """However many facts there are, one landscape page holds it all."""
    facts = [(f"Note {at}", "word " * 200) for at in range(12)]
    path = written(tmp_path, content(MIXED, facts=facts, headline="A long story. " * 30))
    (setup,) = readback.found(readback.part(path, "Summary"), "pageSetup")
    assert (setup["orientation"], setup.get("fitToWidth", "1"), setup.get("fitToHeight", "1")) == (
        "landscape",
        "1",
        "1",
    )
    areas = openpyxl.load_workbook(path)["Summary"].print_area
    assert areas.endswith(f"$J${len(_rows(path))}")


def test_it_is_sound_whatever_it_tells(tmp_path: Path) -> None:
    """Excel has nothing to repair: rows in order, nothing twice, no formula."""
    facts = [("=1+1", "=HYPERLINK(1)"), ("+a", "@SUM(1)"), ("", ""), ("x" * 300, "长" * 900)]
    path = written(tmp_path, content(MIXED, facts=facts, headline="=1+1 \ud83d \x01"))
    assert readback.problems(path) == []
    assert _rows(path)[1][0] == "=1+1 � \x01"
