"""Finding the header, the phone columns and the country column, or asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer.errors import UnclearColumn, UnreadableInput
from tests.reading.files import kinds, read, shown, text, workbook

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = "85235753351", "85235753352", "85235753353"


@pytest.mark.parametrize(
    "header",
    [
        "Phone", "phone_no.", "Customer Phone", "MOBILE NUMBER", "Handynummer", "Téléphone",
        "Teléfono", "Telefone", "Telefoonnummer", "Puhelinnumero", "Telefonszám", "Nr telefonu",
        "Номер телефона", "Τηλέφωνο", "Cep Telefonu", "Nomor HP", "Số điện thoại", "เบอร์โทรศัพท์",
        "मोबाइल नंबर", "رقم الهاتف", "טלפון", "手机号码", "電話番号", "휴대폰번호",
    ],
)  # fmt: skip
def test_header_in_many_languages(tmp_path: Path, header: str) -> None:
    """A header says phone in its own language, even if nothing below it looks like one."""
    rows = read(workbook(tmp_path / "a.xlsx", ["ID", header], ["12345678", "x"], ["12345679", A]))
    assert rows.source.columns == (("Sheet1", header, ""),)
    assert shown(rows) == [(2, "x"), (3, A)]


def test_titles_stand_above_the_header(tmp_path: Path) -> None:
    """Title lines, even one that reads like a header, don't hide the header below them."""
    rows = read(
        workbook(
            tmp_path / "a.xlsx",
            ["Phone numbers"],
            ["as of May", None, "page 1"],
            [],
            ["Name", "Country", "Phone"],
            ["a", "HK", A],
            ["b", "SG", B],
        )
    )
    assert rows.source.columns == (("Sheet1", "Phone", "Country"),)
    assert shown(rows) == [(5, A), (6, B)]
    assert rows.cells["region"].tolist() == ["HK", "SG"]


def test_title_over_the_phone_column_itself(tmp_path: Path) -> None:
    """Of two lines that say phone, the one right above the numbers is the header."""
    rows = read(workbook(tmp_path / "a.xlsx", ["Phone numbers"], ["Mobile", "Name"], [A, "a"]))
    assert rows.source.columns == (("Sheet1", "Mobile", ""),)
    assert shown(rows) == [(3, A)]


def test_no_header(tmp_path: Path) -> None:
    """Without a header the column is known by its cells, and called by Excel's letter."""
    rows = read(workbook(tmp_path / "a.xlsx", ["Ann", f"+{A}", 3], ["Bob", f"+{B}", 4]))
    assert rows.source.columns == (("Sheet1", "B", ""),)
    assert shown(rows) == [(1, f"+{A}"), (2, f"+{B}")]
    assert list(rows.extras) == ["A", "C"]
    assert "because its cells look like them" in rows.source.notes[0]


def test_one_number_a_line(tmp_path: Path) -> None:
    """A text file with nothing but a number on each line needs no header; line 1 is row 1."""
    assert shown(read(text(tmp_path / "a.txt", f"{A}\n{B}\n"))) == [(1, A), (2, B)]


def test_unknown_header_is_settled_by_content(tmp_path: Path) -> None:
    """A header in a language not known here is found by cells written as only numbers are."""
    rows = read(workbook(tmp_path / "a.xlsx", ["Izen", "Zenbakia"], ["a", "+34 943 001 122"]))
    assert rows.source.columns == (("Sheet1", "Zenbakia", ""),)


@pytest.mark.parametrize(
    "header", ["Order", "Invoice No.", "订单编号", "Customer ID", "Account Number"]
)
def test_other_digits_are_no_phones(tmp_path: Path, header: str) -> None:
    """Orders and accounts look like numbers, and calling them would reach strangers."""
    path = workbook(tmp_path / "a.xlsx", [header, "Name"], ["91234567", "a"], ["98765432", "b"])
    with pytest.raises(UnreadableInput, match="has no phone column"):
        read(path)


def test_bare_digits_under_an_unknown_header_are_asked_about(tmp_path: Path) -> None:
    """Digits alone under a word not known could be anything: the operator says."""
    path = workbook(tmp_path / "a.xlsx", ["Izen", "Zenbakia"], ["a", A], ["b", "85291234567"])
    with pytest.raises(UnreadableInput, match=rf"'Zenbakia' \({A}, 85291234567\)"):
        read(path)
    assert shown(read(path, columns=("Zenbakia",))) == [(2, A), (3, "85291234567")]


@pytest.mark.parametrize("rows", [[20240131, 20240201, 20240202], [100001, 100002, 100003]])
def test_dates_and_counters_are_no_phones(tmp_path: Path, rows: list[int]) -> None:
    """Without a header, a column of compact dates or of counters is not taken."""
    with pytest.raises(UnreadableInput, match="no phone column"):
        read(workbook(tmp_path / "a.xlsx", *([f"n{one}", one] for one in rows)))


def test_all_phone_columns_are_read(tmp_path: Path) -> None:
    """Several columns whose headers say phone are all read, and how to read one is said."""
    data = [[f"9123456{n}", f"3575335{n}"] for n in range(5)]
    rows = read(workbook(tmp_path / "a.xlsx", ["Mobile", "Telephone"], *data))
    assert [column for _, column, _ in rows.source.columns] == ["Mobile", "Telephone"]
    assert sorted(rows.cells["original"]) == sorted(number for line in data for number in line)
    assert "of 2 columns were read, 'Mobile', 'Telephone'" in rows.source.notes[0]
    assert '--column "Mobile"' in rows.source.notes[0]


def test_two_columns_without_a_header_that_says_so_are_asked_about(tmp_path: Path) -> None:
    """Two columns that fit equally well: both are shown, with three cells of each."""
    data = [[f"+8529123456{n}", f"+8523575335{n}"] for n in range(5)]
    with pytest.raises(UnclearColumn) as asked:
        read(workbook(tmp_path / "a.xlsx", ["Bat", "Bi"], *data))
    assert "'Bat' (+85291234560, +85291234561, +85291234562)" in str(asked.value)
    assert "'Bi' (+85235753350, +85235753351, +85235753352)" in str(asked.value)
    assert '--column "Bat"' in str(asked.value)
    assert (asked.value.option, asked.value.choices) == ("column", ("Bat", "Bi"))


def test_content_settles_between_two_headers(tmp_path: Path) -> None:
    """Of two phone headers, the one with no numbers below it is out."""
    rows = read(workbook(tmp_path / "a.xlsx", ["Telephone", "Mobile"], ["yes", A], ["no", B]))
    assert rows.source.columns == (("Sheet1", "Mobile", ""),)


def test_header_against_content_is_asked_about(tmp_path: Path) -> None:
    """A phone header over words, beside a column that is surely numbers, is the operator's."""
    data = [["Nokia", f"+{A}"], ["Apple", f"+{B}"], ["Sony", f"+{C}"]]
    with pytest.raises(UnreadableInput, match=r"could be in 'Reach' .* or 'Phone'"):
        read(workbook(tmp_path / "a.xlsx", ["Phone", "Reach"], *data))


def test_number_under_number_means_phones_only_if_it_looks_so(tmp_path: Path) -> None:
    """`No` heads both phone lists and counters; its cells decide."""
    rows = read(workbook(tmp_path / "a.xlsx", ["No", "Number"], [1, A], [2, B]))
    assert rows.source.columns == (("Sheet1", "Number", ""),)
    with pytest.raises(UnreadableInput, match="no phone column"):
        read(workbook(tmp_path / "b.xlsx", ["No", "Name"], [1, "a"], [2, "b"]))


def test_numbered_phone_columns_are_all_read(tmp_path: Path) -> None:
    """Phone 1 and Phone 2 are read both, row by row, each cell with its column."""
    data: list[list[Any]] = [["a", A, "HK", B], ["b", None, "HK", C], ["c", None, "HK", None]]
    rows = read(workbook(tmp_path / "a.xlsx", ["Name", "Phone 1", "Country", "Phone 2"], *data))
    assert rows.source.columns == (
        ("Sheet1", "Phone 1", "Country"),
        ("Sheet1", "Phone 2", "Country"),
    )
    lines = rows.cells[["row", "column", "original"]].to_numpy().tolist()
    assert lines == [[2, "Phone 1", A], [2, "Phone 2", B], [3, "Phone 2", C]]
    assert rows.extras["Name"].tolist() == ["a", "a", "b"]
    assert rows.extras["Phone 2"].tolist() == [B, B, C]


def test_named_columns(tmp_path: Path) -> None:
    """--column takes headers in any case, several of them, and Excel's letters."""
    path = workbook(tmp_path / "a.xlsx", ["Mobile", "Office", "X"], [A, B, C])
    assert shown(read(path, columns=("office",))) == [(2, B)]
    assert shown(read(path, columns=("Office", "Mobile"))) == [(2, B), (2, A)]
    assert shown(read(path, columns=("B",))) == [(2, B)]
    with pytest.raises(UnreadableInput, match=r"no column 'Fax': sheet 'Sheet1' has 'Mobile'"):
        read(path, columns=("Fax",))


def test_column_named_where_there_is_no_header(tmp_path: Path) -> None:
    """A letter names a column of a list without header, and its first row is kept."""
    path = text(tmp_path / "a.csv", f"{A},x\n{B},y\n")
    assert shown(read(path, columns=("A",))) == [(1, A), (2, B)]


def test_several_sheets(tmp_path: Path) -> None:
    """Every sheet with a phone column is read under its own name; others are named as left out."""
    book = openpyxl.Workbook()
    for title, lines in (
        ("One", [["Phone"], [A]]),
        ("Two", [["x"], ["y"]]),
        ("三", [["手机"], [B]]),
    ):
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(tmp_path / "a.xlsx")
    rows = read(tmp_path / "a.xlsx")
    assert rows.cells["sheet"].tolist() == ["One", "三"]
    assert rows.source.notes == ("Sheet 'Two' has no phone column and was left out.",)
    assert read(tmp_path / "a.xlsx", sheets=("三",)).cells["original"].tolist() == [B]
    with pytest.raises(UnreadableInput, match=r"no sheet 'Four'.*'One', 'Two', '三'"):
        read(tmp_path / "a.xlsx", sheets=("Four",))


def test_hidden_sheets_are_left_out_and_named(tmp_path: Path) -> None:
    """What is hidden is not imported by accident, and --sheet still reads it."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Phone"])
    book.worksheets[0].append([A])
    old = book.create_sheet("Old")
    old.append(["Phone"])
    old.append([B])
    old.sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    rows = read(tmp_path / "a.xlsx")
    assert shown(rows) == [(2, A)]
    assert "Sheet 'Old' is hidden and was left out" in rows.source.notes[0]
    assert shown(read(tmp_path / "a.xlsx", sheets=("old",))) == [(2, B)]


def test_empty_rows_in_the_middle(tmp_path: Path) -> None:
    """A gap ends nothing: rows below it are read with Excel's numbers."""
    rows = read(workbook(tmp_path / "a.xlsx", ["Phone"], [A], [], [], [None, "x"], [B]))
    assert shown(rows) == [(2, A), (6, B)]


@pytest.mark.parametrize("label", ["Total", "TOTAL:", "合计", "Summe", "Итого", "Grand Total"])
def test_totals_line_gives_no_number(tmp_path: Path, label: str) -> None:
    """A sum that has the shape of a number is a reject of its own, and is noted."""
    rows = read(
        workbook(tmp_path / "a.xlsx", ["Name", "Phone"], ["a", 91234567], [label, 182469134])
    )
    assert kinds(rows) == {2: ("91234567", "number"), 3: ("182469134", "total")}
    assert "the totals in row 3" in rows.source.notes[0]


def test_total_as_a_usual_word_labels_nothing(tmp_path: Path) -> None:
    """A word that a tenth of the rows have is a value of its column, such as a company's name."""
    data = [["Total", A], ["Total", B], ["Shell", C], ["Total", A], ["Total", B]]
    rows = read(workbook(tmp_path / "a.xlsx", ["Company", "Phone"], *data))
    assert set(rows.cells["kind"]) == {"text"}


def test_merged_country_counts_for_every_row_it_covers(tmp_path: Path) -> None:
    """A merged country read from its first row alone would give the others another country."""
    path = workbook(
        tmp_path / "a.xlsx",
        ["Phone", "Country"],
        ["35753351", "HK"],
        ["35753352"],
        ["91234567", "SG"],
    )
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("B2:B3")
    book.save(path)
    assert read(path).cells["region"].tolist() == ["HK", "HK", "SG"]


def test_merged_header_names_all_its_columns(tmp_path: Path) -> None:
    """A header over two columns makes both phone columns."""
    path = workbook(tmp_path / "a.xlsx", ["Name", "Phone"], ["a", A, B])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("B1:C1")
    book.save(path)
    rows = read(path)
    assert rows.cells[["column", "original"]].to_numpy().tolist() == [
        ["Phone", A],
        ["Phone (2)", B],
    ]


def test_merged_phone_cell_is_one_number(tmp_path: Path) -> None:
    """A number merged over three rows is one cell, in the first of them."""
    path = workbook(tmp_path / "a.xlsx", ["Phone", "Name"], [A, "x"], [None, "y"], [None, "z"])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("A2:A4")
    book.save(path)
    assert shown(read(path)) == [(2, A)]


def test_extras_keep_their_types(tmp_path: Path) -> None:
    """The other columns go along as they were: numbers, dates, and text where they are mixed."""
    import datetime

    day = datetime.date(2024, 5, 1)
    rows = read(
        workbook(tmp_path / "a.xlsx", ["Phone", "N", "D", "M"], [A, 1, day, 2], [B, 2.5, day, "x"])
    )
    assert [str(kind) for kind in rows.extras.dtypes][:1] == ["float64"]
    assert str(rows.extras["D"].dtype).startswith("datetime64")
    assert rows.extras["M"].tolist() == ["2", "x"]


def test_nothing_but_a_header(tmp_path: Path) -> None:
    """An empty list is read as no rows; an empty file or sheet is said to be empty."""
    assert read(workbook(tmp_path / "a.xlsx", ["Phone"])).cells.empty
    with pytest.raises(UnreadableInput, match="is empty"):
        read(text(tmp_path / "a.csv", b""))
    with pytest.raises(UnreadableInput, match="is empty"):
        read(workbook(tmp_path / "b.xlsx"))
