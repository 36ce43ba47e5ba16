"""Sheets that are named after a country other than the one that is given for all sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.errors import UnreadableInput
from tests.reading.files import read, shown

if TYPE_CHECKING:
    from pathlib import Path

LIST = ["Phone"], ["9123 4567"], ["8123 4568"]


def _book(path: Path, **sheets: tuple[list[str], ...]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


def test_a_sheet_of_another_country_is_told(tmp_path: Path) -> None:
    """Numbers of Singapore are valid in Hong Kong: the sheet that says so is read by itself."""
    path = _book(tmp_path / "a.xlsx", Customers=LIST, Singapore=LIST)
    with pytest.raises(UnreadableInput, match=r'--sheet "Singapore" --region SG') as told:
        read(path, region="HK")
    assert "\n" not in str(told.value)
    assert len(shown(read(path, region="SG"))) == 4
    assert len(shown(read(path, region="HK", sheets=("Singapore",)))) == 2
    assert len(shown(read(path, region="HK", country_column="none"))) == 4
    assert len(shown(read(path))) == 4


@pytest.mark.parametrize(
    "other",
    [
        {"Macao": (["Phone"], ["+853 6612 3456"])},
        {"Macao": (["Phone", "Country"], ["6612 3456", "MO"])},
        {"Hongkong": LIST},
        {"IT": LIST},
        {"Macao": (["Name"], ["Ann"])},
        {"Macao list": LIST},
    ],
)
def test_a_sheet_of_no_other_country(
    tmp_path: Path, other: dict[str, tuple[list[str], ...]]
) -> None:
    """Nothing is told where all numbers say their country, or the name may mean something else."""
    read(_book(tmp_path / "a.xlsx", Customers=LIST, **other), region="HK")
