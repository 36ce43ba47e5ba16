"""The empty input workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.commands.template import write_template
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
    sheet["A2"], sheet["B2"], sheet["C2"] = "0912345678", "TW", "Ann"
    sheet["A3"] = "+852 3575 3351"
    book.save(path)
    rows = read_rows(path)
    assert rows.source.columns == (("List", "Phone", "Country"),)
    assert rows.cells[["row", "original", "kind", "region"]].to_numpy().tolist() == [
        [2, "0912345678", "text", "TW"],
        [3, "+852 3575 3351", "text", ""],
    ]
    assert list(rows.extras) == ["Country", "Name", "Note"]


def test_empty_it_is_an_empty_list(tmp_path: Path) -> None:
    """The template as it is written holds no numbers, and nothing that could be taken for one."""
    write_template(tmp_path / "list.xlsx")
    assert read_rows(tmp_path / "list.xlsx").cells.empty


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
