"""Which columns are read as phone numbers: all that hold them, and the rest is named."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.errors import UnclearColumn, UnreadableInput
from importer.reading.layout import content, phone_columns, table
from importer.reading.layout.content import Shape, shape
from importer.reading.layout.find import find_layout
from importer.reading.layout.layouts import Layout, Wishes
from importer.reading.tables.sheets import Sheet
from tests.reading.files import read

if TYPE_CHECKING:
    from pathlib import Path

    from importer.model import Rows
    from importer.reading.tables.sheets import Cell

IDS = ["51724580", "61371295", "31258397", "27182818", "66260701", "39021765"]
NATIONAL = ["9123 4567", "6123 4568", "5123 4569", "9323 4560", "6423 4561", "5523 4562"]
PLUS = [f"+852 {one}" for one in NATIONAL]


def _read(folder: Path, *lines: list[str], **options: object) -> Rows:
    path = folder / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    return read(path, **options)


def _columns(rows: Rows) -> list[str]:
    return [phone for _, phone, _ in rows.source.columns]


@pytest.mark.parametrize("weak", ["No.", "番号", "Nr", "Número", "номер", "Ref"])
def test_ids_under_a_weak_header_never_beat_numbers(tmp_path: Path, weak: str) -> None:
    """Running numbers that look like phones lose against +852 under a header nobody knows."""
    rows = _read(tmp_path, [weak, "Izen"], *map(list, zip(IDS, PLUS, strict=True)))
    assert _columns(rows) == ["Izen"]


def test_ids_and_bare_numbers_are_asked_about(tmp_path: Path) -> None:
    """Where neither header nor cells tell ids from phones, the operator does."""
    bare = [one.replace(" ", "") for one in NATIONAL]
    with pytest.raises(UnclearColumn, match="'Izen'") as asked:
        _read(tmp_path, ["No.", "Izen"], *map(list, zip(IDS, bare, strict=True)))
    assert set(asked.value.choices) == {"No.", "Izen"}


def test_an_ordinal_alone_is_asked_about(tmp_path: Path) -> None:
    """`No.` over bare digits may be running numbers, even if nothing else looks like phones."""
    with pytest.raises(UnclearColumn, match=r"'No\.'"):
        _read(tmp_path, ["No.", "Name"], *([one, "x"] for one in IDS))


@pytest.mark.parametrize(
    "headers",
    [
        ("Home Phone", "Business Phone", "Mobile Phone"),
        ("Telefon privat", "Telefon geschäftlich", "Handy"),
        ("Home", "Work", "Mobile"),
        ("Phone 1 - Value", "Phone 2 - Value", "Phone 3 - Value"),
        ("Phone", "MobilePhone", "OtherPhone"),
        ("Phone Number", "Mobile Phone Number", "WhatsApp Phone Number"),
    ],
)
def test_every_phone_column_is_read(tmp_path: Path, headers: tuple[str, ...]) -> None:
    """A contact has one of several phones: no column of them is dropped."""
    lines = [["a", *(PLUS[at] if at == own else "" for at in range(3))] for own in range(3)]
    rows = _read(tmp_path, ["First Name", *headers], *lines)
    assert _columns(rows) == list(headers)
    assert sorted(rows.cells["original"]) == sorted(PLUS[:3])


def test_what_is_left_out_is_named_and_counted(tmp_path: Path) -> None:
    """A fax, an assistant and a column of an unknown name: each is named with its cells."""
    lines = [["a", PLUS[at], PLUS[at] if at < 2 else "", PLUS[0], PLUS[1]] for at in range(4)]
    header = ["Name", "Phone", "Business Fax", "Assistant's Phone", "Reach me"]
    rows = _read(tmp_path, header, *lines)
    assert _columns(rows) == ["Phone"]
    said = " ".join(rows.source.notes)
    assert "'Business Fax' (2 cells), 'Assistant's Phone' (4 cells), 'Reach me' (4 cells)" in said


def test_only_an_emergency_contact_is_asked_about(tmp_path: Path) -> None:
    """An emergency contact is not the customer, unless the operator says so."""
    lines = [["a", one] for one in NATIONAL]
    with pytest.raises(UnclearColumn, match="'Emergency phone'"):
        _read(tmp_path, ["Name", "Emergency phone"], *lines)
    rows = _read(tmp_path, ["Name", "Emergency phone"], *lines, columns=("Emergency phone",))
    assert len(rows.cells) == len(NATIONAL)


def test_rows_without_a_number_are_counted(tmp_path: Path) -> None:
    """Rows that hold something but no phone are said; empty rows are none."""
    rows = _read(tmp_path, ["Name", "Phone"], ["a", PLUS[0]], ["b", ""], ["", ""], ["c", ""])
    assert "2 rows have nothing in a phone column" in rows.source.notes[0]


def test_labelled_rows_are_data(tmp_path: Path) -> None:
    """`Mobile: 9123 4567` below `Phone` is a number, no second header."""
    lines = [["Phone", "Name"], *([f"Mobile: {one}", "a"] for one in NATIONAL)]
    assert _read(tmp_path, *lines).cells["row"].tolist() == [2, 3, 4, 5, 6, 7]


def test_a_row_below_the_header_is_never_a_header(tmp_path: Path) -> None:
    """A row that says `Mobile` and is as wide as the header is data, and counted."""
    rows = _read(tmp_path, ["Phone", "Name"], ["Mobile", "Ann"], [PLUS[0], "Bob"])
    assert rows.cells["row"].tolist() == [2, 3]


@pytest.mark.parametrize("letter", ["A", "C"])
def test_a_letter_never_means_a_data_cell(tmp_path: Path, letter: str) -> None:
    """--column A is Excel's column A, though a cell of the data is the grade A."""
    lines = [[one, "A", one, "C"] for one in PLUS]
    rows = _read(tmp_path, *lines, columns=(letter,))
    assert rows.cells["row"].tolist() == [1, 2, 3, 4, 5, 6]
    headed = [["Name", "Grade", "Phone"], ["Ann", letter, ""], ["Bob", "B", PLUS[0]]]
    layout = find_layout(Sheet("s", headed), Wishes(columns=(letter,)))  # type: ignore[arg-type]
    assert isinstance(layout, Layout)
    assert layout.phones == ({"A": 0, "C": 2}[letter],)


def test_a_table_on_its_side_is_said_to(tmp_path: Path) -> None:
    """Numbers side by side behind their label: the message says how to turn them."""
    with pytest.raises(UnreadableInput, match=r"side by side in row 2.*Transpose"):
        _read(tmp_path, ["Name", "a", "b", "c"], ["Phone", *PLUS[:3]])


def test_no_suggestion_names_a_data_cell(tmp_path: Path) -> None:
    """Without a header, columns are called by their letters."""
    with pytest.raises(UnclearColumn) as asked:
        _read(tmp_path, *([one, "x", other] for one, other in zip(PLUS, PLUS[::-1], strict=True)))
    assert asked.value.choices == ("A", "C")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Phone", "Mobile: 9123 4567", "Name", "", *PLUS, *NATIONAL, "Handy"]),
            st.sampled_from(["", "Phone", "Total", "x", *PLUS]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_no_row_below_the_header_vanishes(lines: list[tuple[str, str]]) -> None:
    """Whatever a sheet holds: rows above its header hold no number, unless a note says so."""
    sheet = Sheet("s", [list(line) for line in lines])
    layout = find_layout(sheet)
    if not isinstance(layout, Layout):
        return
    above = [line for line in lines[: layout.first] if any(one in PLUS for one in line)]
    assert not above or any("above the header" in note for note in layout.notes)


def test_wide_sheets_cost_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cell of a sheet is looked at a fixed number of times, however wide the sheet is."""
    seen = 0

    def counted(text: str) -> Shape:
        nonlocal seen
        seen += 1
        return shape(text)

    for module in (content, table, phone_columns):
        monkeypatch.setattr(module, "shape", counted)

    def looks(columns: int) -> int:
        nonlocal seen
        seen = 0
        lines: list[list[Cell]] = [[f"H{at}" for at in range(columns)]]
        lines += [[f"{7 * at + row}{row}12345" for at in range(columns)] for row in range(60)]
        find_layout(Sheet("s", lines))
        return seen

    assert 0 < looks(400) <= 4.5 * looks(100)
