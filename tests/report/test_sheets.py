"""Promises of the sheets Groups, Numbers and Rejected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter

from importer import report
from importer.model import Reason, Status
from importer.report import tables
from tests.report import readback
from tests.report.contents import content

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

OURS = [
    "Sheet",
    "Row",
    "Original",
    "Number",
    "Country",
    "Type",
    "Status",
    "Reason",
    "Group Name",
    "Group ID",
]
EACH = list(Status)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "list.results.xlsx"


def test_sheets_and_columns_stand_in_the_promised_order(target: Path) -> None:
    """Scripts find Summary, Groups, Numbers, Rejected and their columns as promised."""
    report.write(target, content(EACH, extras={"Name": ["a"] * 6}))
    assert readback.sheet_names(target) == ["Summary", "Groups", "Numbers", "Rejected"]
    assert readback.openpyxl_rows(target, "Numbers")[0] == [*OURS, "Name"]
    assert readback.openpyxl_rows(target, "Rejected")[0] == [
        *OURS[:8],
        "What To Do",
        *OURS[8:],
        "Name",
    ]
    assert readback.openpyxl_rows(target, "Groups")[0][:3] == ["Group Name", "Group ID", "Country"]


def test_two_readers_agree_on_every_line(target: Path) -> None:
    """Two libraries, openpyxl and calamine, read the same texts and numbers that were put in."""
    told = content(EACH, extras={"Name": list("abcdef")})
    report.write(target, told)
    expected = [
        ["Sheet1", row, original, number, country, kind, status, reason, name, group, extra]
        for row, original, number, country, kind, status, reason, name, group, extra in zip(
            told.rows.cells["row"],
            told.rows.cells["original"],
            told.lines["number"],
            told.lines["country"],
            told.lines["type"],
            told.statuses["status"],
            told.statuses["reason"],
            told.statuses["group_name"],
            told.statuses["group_id"],
            told.rows.extras["Name"],
            strict=True,
        )
    ]
    by_openpyxl = readback.openpyxl_rows(target, "Numbers")[1:]
    assert [["" if cell is None else cell for cell in line] for line in by_openpyxl] == expected
    assert readback.calamine_rows(target, "Numbers")[1:] == expected


def test_numbers_and_ids_are_text_cells(target: Path) -> None:
    """A phone number or an id of 19 digits is text, never a float that loses digits."""
    report.write(target, content([Status.CREATED] * 3))
    types = readback.cell_types(target, "Numbers")
    assert (types["Original"], types["Number"], types["Group ID"]) == ({"s"}, {"s"}, {"s"})
    assert types["Row"] == {"n"}
    groups = readback.cell_types(target, "Groups")
    assert (groups["Group ID"], groups["Request ID"]) == ({"s"}, {"s"})
    assert (groups["Numbers"], groups["Created At"]) == ({"n"}, {"d"})


def test_texts_of_digits_show_no_green_triangles(target: Path) -> None:
    """Each column of text is exempt from Excel's warning `number stored as text`."""
    report.write(target, content([Status.CREATED] * 3, extras={"Account": ["0012"] * 3}))
    (ignored,) = readback.found(readback.part(target, "Numbers"), "ignoredError")
    assert ignored["numberStoredAsText"] == "1"
    assert {"C2:C4", "D2:D4", "J2:J4", "K2:K4"} <= set(ignored["sqref"].split())


def test_inputs_columns_come_back_as_they_were(target: Path) -> None:
    """Dates stay dates, numbers numbers, truths truths, and their order is the input's."""
    extras: dict[str, list[object]] = {
        "Z": [datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 2, 3)],
        "Amount": [1.5, float("nan")],
        "Whole": [123_456_789_012.0, 7.0],
        "Paid": [True, False],
        "Code": ["007", ""],
    }
    report.write(target, content([Status.CREATED] * 2, extras=extras))
    header, first, second = readback.openpyxl_rows(target, "Numbers")
    assert header[10:] == list(extras)
    assert first[10:] == [*(values[0] for values in extras.values())]
    assert second[10:] == [datetime(2024, 2, 3), None, 7, False, None]
    types = readback.cell_types(target, "Numbers")
    assert [types[name] for name in extras] == [{"d"}, {"n"}, {"n"}, {"b"}, {"s"}]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([1, "a", None], ["1", "a", None]),
        ([time(1, 2, 3)], ["01:02:03"]),
        ([Decimal("1.10")], ["1.10"]),
        ([date(1850, 1, 2), date(2024, 1, 2)], ["1850-01-02", "2024-01-02"]),
        ([pd.Timestamp("2024-01-02", tz="Asia/Hong_Kong")], ["2024-01-02 00:00:00+08:00"]),
        ([pd.Timestamp("1950-05-05 13:01:59")], ["1950-05-05 13:01:59"]),
        ([2**60], [str(2**60)]),
        (pd.Categorical(["x", "y"]), ["x", "y"]),
        (pd.Series([None, None], dtype="object"), [None, None]),
    ],
)
def test_what_a_sheet_has_no_cell_for_is_shown_as_text(
    target: Path, values: list[object], shown: list[str | None]
) -> None:
    """No value of the input is lost in silence because Excel has no type for it."""
    extras = pd.DataFrame({"Extra": values})
    report.write(target, content([Status.CREATED] * len(extras), extras=extras))
    assert [line[10] for line in readback.openpyxl_rows(target, "Numbers")[1:]] == shown


def test_columns_named_as_ours_are_kept_and_ours_is_coloured(target: Path) -> None:
    """An input's own `Status` and `Number` are marked as the input's; rules touch ours alone."""
    extras = pd.DataFrame([["old", "12", "x"]] * 6, columns=["Status", "Number", "Row"])
    report.write(target, content(EACH, extras=extras))
    assert readback.openpyxl_rows(target, "Numbers")[0] == [
        *OURS,
        "Status (input)",
        "Number (input)",
        "Row (input)",
    ]
    for sheet, lines in (("Numbers", 6), ("Rejected", 1)):
        (rules,) = readback.found(readback.part(target, sheet), "conditionalFormatting")
        assert rules["sqref"].split(":")[0] == "G2"
        assert rules["sqref"] in {f"G2:G{lines + 1}", "G2"}
    assert readback.openpyxl_rows(target, "Rejected")[1][6] == "rejected"


def test_headers_stay_in_sight_and_filter(target: Path) -> None:
    """Each long sheet has its header frozen and a filter over all lines."""
    report.write(target, content(EACH))
    for sheet, last in (("Groups", "J2"), ("Numbers", "J7"), ("Rejected", "K2")):
        root = readback.part(target, sheet)
        (pane,) = readback.found(root, "pane")
        assert (pane["ySplit"], pane["state"]) == ("1", "frozen")
        (filtered,) = readback.found(root, "autoFilter")
        assert filtered["ref"] == f"A1:{last}"


def test_one_rule_a_status_and_sheet(target: Path) -> None:
    """Colours are rules over a range, not a format per cell."""
    report.write(target, content(EACH * 50))
    rules = readback.found(readback.part(target, "Numbers"), "cfRule")
    assert [rule["text"] for rule in rules] == [status.value for status in Status]


def test_every_rejected_line_says_what_to_do(target: Path) -> None:
    """A reason with a detail has the advice of its reason; one not known has none, and no crash."""
    reasons = [*(f"{reason.value}: detail: more" for reason in Reason), "brand new"]
    report.write(target, content([Status.REJECTED] * len(reasons), reasons=reasons))
    lines = readback.openpyxl_rows(target, "Rejected")[1:]
    assert [line[7] for line in lines] == reasons
    assert [line[8] for line in lines] == [*(reason.advice for reason in Reason), None]


def test_what_is_typed_into_rejected_stays_text(target: Path) -> None:
    """A corrected number keeps its + and its leading zeros: its cells have the format Text."""
    report.write(target, content([Status.REJECTED] * 2))
    book = openpyxl.load_workbook(target)
    assert book["Rejected"]["C2"].number_format == "@"
    assert "Correct the numbers" in book["Rejected"]["C1"].comment.text


def test_an_accepted_line_may_have_a_reason(target: Path) -> None:
    """What was repaired is told beside the number, and the line is no reject."""
    report.write(target, content([Status.CREATED], reasons=["repaired: .0 removed"]))
    assert readback.openpyxl_rows(target, "Numbers")[1][7] == "repaired: .0 removed"
    assert len(readback.openpyxl_rows(target, "Rejected")) == 1


def test_no_line_at_all_makes_a_sound_workbook(target: Path) -> None:
    """An empty input has a workbook with headers and no problem."""
    report.write(target, content([]))
    assert readback.problems(target) == []
    assert readback.openpyxl_rows(target, "Numbers") == [OURS]


def test_lines_go_on_in_further_sheets(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More lines than a sheet holds go on in `Numbers 2`, each with the header, none twice."""
    monkeypatch.setattr(tables, "SHEET_ROWS", 11)
    report.write(target, content([Status.REJECTED, Status.CREATED] * 12))
    names = readback.sheet_names(target)
    assert names[2:] == ["Numbers", "Numbers 2", "Numbers 3", "Rejected", "Rejected 2"]
    sheets = [readback.openpyxl_rows(target, name) for name in names[2:5]]
    assert [sheet[0] for sheet in sheets] == [OURS] * 3
    assert [line[1] for sheet in sheets for line in sheet[1:]] == list(range(2, 26))
    assert readback.problems(target) == []


def test_more_columns_than_a_sheet_has(target: Path) -> None:
    """An input as wide as a sheet loses the last columns, not its results."""
    wide = pd.DataFrame([["x"] * 16_380], columns=[f"c{at}" for at in range(16_380)])
    report.write(target, content([Status.REJECTED], extras=wide))
    assert len(readback.calamine_rows(target, "Rejected")[0]) == 16_384


@pytest.mark.parametrize("count", [3, 700])
def test_where_and_how_to_correct(target: Path, count: int) -> None:
    """The cells to type into are yellow and wide, and say on the spot what to do and to run."""
    told = replace(
        content([Status.REJECTED] * count), how_to_run="importer run 'my list.results.xlsx'"
    )
    report.write(target, told)
    page = openpyxl.load_workbook(target)["Rejected"]
    columns = {str(cell.value): get_column_letter(at) for at, cell in enumerate(page[1], 1)}
    for name in ("Number", "Country"):
        letter = columns[name]
        assert page.column_dimensions[letter].width >= (24 if name == "Number" else 9)
        note = page[f"{letter}1"].comment
        assert note is not None
        assert "importer run 'my list.results.xlsx'" in note.text
        (hint,) = [one for one in page.data_validations.dataValidation if letter in str(one.sqref)]
        assert "importer run 'my list.results.xlsx'" in str(hint.prompt)
        assert str(hint.sqref) == f"{letter}2:{letter}{count + 1}"
        assert page.column_dimensions[letter].fill.fgColor.rgb == "FFFFF2CC"
        assert page.column_dimensions[letter].number_format == "@"


@pytest.mark.parametrize("count", [5, 3_000])
def test_rejected_opens_at_the_first_cell_to_correct(target: Path, count: int) -> None:
    """Its message says at the top of the sheet what to do; where nothing is rejected none is."""
    statuses = [Status.CREATED, *[Status.REJECTED] * count]
    page = openpyxl.load_workbook(report.write(target, content(statuses)))["Rejected"]
    assert page["D1"].value == "Number"
    assert chosen_cell(page) == "D2"
    page = openpyxl.load_workbook(report.write(target, content([Status.CREATED])))["Rejected"]
    assert chosen_cell(page) != "D2"


def chosen_cell(page: Worksheet) -> str | None:
    """Return the cell that is chosen as a sheet is opened: that of the active pane."""
    view = page.views.sheetView[0]
    assert view.pane is not None
    [cell] = [one.activeCell for one in view.selection if one.pane == view.pane.activePane]
    return None if cell is None else str(cell)


def test_reasons_and_advice_are_not_cut_off(target: Path) -> None:
    """Even one long reason among many short ones is seen whole."""
    long = "not a phone number: " + "w" * 70
    report.write(target, content([Status.REJECTED] * 600, reasons=[long, *["too short"] * 599]))
    page = openpyxl.load_workbook(target)["Rejected"]
    for at, cell in enumerate(page[1], 1):
        if cell.value in {"Reason", "What To Do"}:
            letter = get_column_letter(at)
            widest = max(len(str(one.value)) for one in page[letter])
            assert page.column_dimensions[letter].width >= widest


def test_times_of_groups_say_their_zone(tmp_path: Path) -> None:
    """A cell of Excel has no zone, so its format says it; the value stays a moment."""
    told = replace(content([Status.CREATED]), zone="UTC+08:00")
    sheet: Any = openpyxl.load_workbook(report.write(tmp_path / "zone.xlsx", told))["Groups"]
    (cell,) = [cell for cell in sheet[2] if cell.data_type == "d"]
    assert cell.number_format == 'yyyy-mm-dd hh:mm:ss "UTC+08:00"'
    assert isinstance(cell.value, datetime)
