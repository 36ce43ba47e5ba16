"""The empty input workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.commands.template import write_template
from importer.countries import understand_region
from importer.errors import OutputError
from importer.reading import read_rows

if TYPE_CHECKING:
    from pathlib import Path


def test_filled_in_it_reads_back(tmp_path: Path) -> None:
    """What a person fills in is what is read, leading zeros and countries included."""
    path = tmp_path / "list.xlsx"
    write_template(path)
    book = openpyxl.load_workbook(path)
    sheet = book["List"]
    sheet["A3"], sheet["B3"], sheet["C3"] = "0912345678", "Taiwan", "Ann"
    sheet["A4"] = "+852 3575 3351"
    book.save(path)
    rows = read_rows(path)
    assert rows.source.columns == (("List", "Phone", "Country"),)
    assert rows.cells[["row", "original", "kind", "region"]].to_numpy().tolist() == [
        [3, "0912345678", "text", "Taiwan"],
        [4, "+852 3575 3351", "text", ""],
    ]
    assert list(rows.extras) == ["Country", "Name", "Note"]


def test_empty_it_is_an_empty_list(tmp_path: Path) -> None:
    """The template as it is written holds no numbers, and nothing that could be taken for one."""
    write_template(tmp_path / "list.xlsx")
    assert read_rows(tmp_path / "list.xlsx").cells.empty


def test_help_comes_first_and_an_example_stands_above_the_header(tmp_path: Path) -> None:
    """Whoever opens it sees how it is filled in; the example is no line of the list."""
    write_template(tmp_path / "list.xlsx")
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    assert book.sheetnames == ["Help", "List", "Countries"]
    assert book.active is book["Help"]
    rows = list(book["List"].iter_rows(max_row=2, max_col=4, values_only=True))
    assert str(rows[0][0]).startswith("Example: +852")
    assert rows[1] == ("Phone", "Country", "Name", "Note")


def test_each_country_of_the_list_is_understood(tmp_path: Path) -> None:
    """A name that is chosen is read as its two letters, and none means two countries."""
    write_template(tmp_path / "list.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx")["Countries"]
    named = [(str(name), region) for name, region, _ in sheet.iter_rows(2, values_only=True)]
    assert [understand_region(name) for name, _ in named] == [region for _, region in named]
    assert len({name for name, _ in named}) == len(named)
    assert ("Hong Kong", "HK") in named


def test_phone_column_is_text_and_countries_can_be_chosen(tmp_path: Path) -> None:
    """Excel must not turn what is typed into numbers, and the drop-down holds every country."""
    write_template(tmp_path / "list.xlsx")
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    sheet = book["List"]
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet["A500"].number_format == "@"
    (choice,) = sheet.data_validations.dataValidation
    last = book["Countries"].max_row
    assert choice.formula1 == f"Countries!$A$2:$A${last}"
    assert last > 200


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A list that is there already is never lost to a template."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists already"):
        write_template(path)
    assert path.read_bytes() == b"mine"
    with pytest.raises(OutputError, match=r"let it end in \.xlsx"):
        write_template(tmp_path / "list.csv")
    with pytest.raises(OutputError, match="can't be written"):
        write_template(tmp_path / "no" / "list.xlsx")
