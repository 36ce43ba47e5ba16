"""Promises of the sheet Summary."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer import report
from importer.model import Reason, Status
from importer.report import styles, tables
from tests.report import readback
from tests.report.contents import content

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree import ElementTree

    from importer.report import ResultsContent

MIXED = [Status.CREATED] * 7 + [Status.DUPLICATE] * 2 + [Status.REJECTED] * 3


def written(tmp_path: Path, told: ResultsContent) -> Path:
    tmp_path.mkdir(exist_ok=True)
    return report.write(tmp_path / "list.results.xlsx", told)


OUTCOMES = "Outcome"
REASONS = "Why rows were rejected"
COUNTRIES = "Accepted numbers by country"


def block(path: Path, title: str, width: int = 2) -> list[tuple[Any, ...]]:
    """Return the lines below a title of the Summary, in the columns that begin with its own."""
    rows = readback.openpyxl_rows(path, "Summary")
    top = next((at for at, row in enumerate(rows) if title in row), len(rows))
    if top == len(rows):
        return []
    left = rows[top].index(title)
    lines = [tuple(row[left : left + width]) for row in rows[top + 1 : top + 8]]
    return list(takewhile(lambda line: line[0] is not None, lines))


def chart(path: Path, number: int) -> tuple[Any, ElementTree.Element]:
    """Return a chart as openpyxl reads it, and its XML."""
    sheet: Any = openpyxl.load_workbook(path)["Summary"]
    return sheet._charts[number], readback.parts(path)[f"xl/charts/chart{number + 1}.xml"]


def test_it_says_first_what_happened(tmp_path: Path) -> None:
    """The file's name and the headline in words stand above all else."""
    path = written(tmp_path, content(MIXED, headline="7 of 12 numbers are in 1 group."))
    rows = readback.openpyxl_rows(path, "Summary")
    assert rows[0][0] == "Results of customers.xlsx"
    assert rows[1][0] == "7 of 12 numbers are in 1 group."


def test_outcomes_add_up_to_the_total(tmp_path: Path) -> None:
    """Each outcome has its line, and the last line is their sum."""
    path = written(tmp_path, content(MIXED))
    *lines, total = block(path, OUTCOMES, 3)
    assert [name for name, _, _ in lines] == [status.value for status in Status]
    assert sum(count for _, count, _ in lines) == total[1] == 12
    assert sum(share for _, _, share in lines) == pytest.approx(1)
    assert total[0] == "Total"


def test_rejects_are_counted_by_reason_and_linked(tmp_path: Path) -> None:
    """A reason leads to its first line in Rejected; details don't make another reason."""
    reasons = [""] * 9 + ["too long: 16 digits", "too short: 5 digits", "too short: 6 digits"]
    path = written(tmp_path, content(MIXED, reasons=reasons))
    lines = block(path, REASONS)
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
    *reasons, all_reasons = block(path, REASONS)
    assert reasons[-1] == (f"{len(Reason) - 5} other reasons", len(Reason) - 5)
    assert sum(count for _, count in reasons) == all_reasons[1] == len(Reason)
    *countries, all_countries = block(path, COUNTRIES)
    assert countries[0] == ("Hong Kong (HK)", 6)
    assert sum(count for _, count in countries) == all_countries[1] == 22


def wraps_of(xml: ElementTree.Element) -> set[str | None]:
    """Return how the labels of a chart's bars are broken; a million's digits must not be."""
    labels = [one for one in xml.iter() if one.tag.endswith("}dLbls")]
    return {part.get("wrap") for one in labels for part in one.iter() if "}bodyPr" in part.tag}


def test_what_became_of_the_rows_is_one_bar_in_the_statuses_colours(tmp_path: Path) -> None:
    """Each outcome is a part of one bar, from its own cells, in the colour of its cell beside."""
    path = written(tmp_path, content(MIXED))
    bar, xml = chart(path, 0)
    assert bar.grouping == "percentStacked"
    sheet: Any = openpyxl.load_workbook(path)["Summary"]
    for part, status in zip(bar.series, Status, strict=True):
        name, count = (
            sheet[ref.f.partition("!")[2].replace("$", "")].value
            for ref in (part.tx.strRef, part.val.numRef)
        )
        assert (name, count) == (status.value, MIXED.count(status))
        fill = part.graphicalProperties.solidFill.srgbClr
        assert f"#{fill}" == styles.COLOURS[status]
    assert "What became of 12 rows" in "".join(xml.itertext())
    assert wraps_of(xml) == {"none"}


def test_countries_have_a_chart_only_where_there_are_several(tmp_path: Path) -> None:
    """One bar of one country says nothing; two say their names in words."""
    one = written(tmp_path / "a", content([Status.CREATED] * 3))
    assert sum("charts/chart" in name for name in readback.parts(one)) == 1
    assert block(one, COUNTRIES) == [("Hong Kong (HK)", 3), ("Total accepted", 3)]
    several = written(tmp_path / "b", content([Status.CREATED] * 5))
    bars, xml = chart(several, 1)
    cells = bars.series[0].val.numRef.f.partition("!")[2].replace("$", "")
    sheet: Any = openpyxl.load_workbook(several)["Summary"]
    assert [cell.value for (cell,) in sheet[cells]] == [3, 2]
    assert {"Hong Kong (HK)", "China (CN)"} <= set(xml.itertext())
    assert wraps_of(xml) == {"none"}


def test_nothing_rejected_and_nothing_accepted_are_left_out(tmp_path: Path) -> None:
    """An empty block or chart says nothing."""
    path = written(tmp_path / "a", content([Status.REJECTED] * 3))
    assert block(path, COUNTRIES) == []
    assert sum("charts/chart" in name for name in readback.parts(path)) == 1
    assert block(written(tmp_path / "b", content([Status.CREATED])), REASONS) == []


def test_no_cell_is_there_for_a_chart_alone(tmp_path: Path) -> None:
    """All that is filled in is printed: nothing stands in grey beside the page."""
    path = written(tmp_path, content(MIXED))
    sheet: Any = openpyxl.load_workbook(path)["Summary"]
    assert sheet.max_column == 9
    texts = [cell.value for row in sheet for cell in row if isinstance(cell.value, str)]
    assert all(text.strip() for text in texts)


def test_the_next_command_stands_alone_to_be_copied(tmp_path: Path) -> None:
    """It is one cell, whole, however long it is."""
    command = f"importer run {'long name ' * 20}.csv"
    told = replace(content(MIXED), next_step=[("Next", "run it"), ("Command", command)])
    rows = _rows(written(tmp_path, told))
    assert next(row for row in rows if row[0] == "Command")[2] == command


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
    assert areas.startswith("'Summary'!$A$1:$I$")
    assert int(areas.rpartition("$")[2]) >= len(_rows(path))


def test_it_is_sound_whatever_it_tells(tmp_path: Path) -> None:
    """Excel has nothing to repair: rows in order, nothing twice, no formula."""
    facts = [("=1+1", "=HYPERLINK(1)"), ("+a", "@SUM(1)"), ("", ""), ("x" * 300, "长" * 900)]
    path = written(tmp_path, content(MIXED, facts=facts, headline="=1+1 \ud83d \x01"))
    assert readback.problems(path) == []
    assert _rows(path)[1][0] == "=1+1 � \x01"
