"""What stands around plain rows: merged ranges, and nothing that could be read otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.reading.xlsx.book import Styles
from importer.reading.xlsx.fast.frame import merged_ranges
from importer.reading.xlsx.fast.tags import NotPlainError

if TYPE_CHECKING:
    from importer.reading.tables.sheets import Place

DATA = "<sheetData></sheetData>"
STYLES = Styles(["General", '"+"0'], epoch_1904=False, conditional=[None, '"+"0'])
MERGED = '<mergeCells><mergeCell ref="B2:B4"/></mergeCells>'


def _ranges(inside: str, *, has_bare_numbers: bool = True) -> tuple[tuple[Place, Place], ...]:
    frame = f"<worksheet>{inside}</worksheet>".encode()
    return merged_ranges(frame, STYLES, has_bare_numbers=has_bare_numbers)


def test_merged_ranges_in_their_place() -> None:
    """As Excel writes them."""
    assert _ranges(DATA + MERGED) == (((1, 1), (3, 1)),)


@pytest.mark.parametrize(
    "inside",
    [f"<sheetData/>{DATA}", f"<a>{DATA}</a>", "", f"{DATA}<!-- x -->", f"{DATA}</b>"],
)
def test_what_is_left_to_the_careful_reader(inside: str) -> None:
    """Rows in another place or twice, comments, and what is no XML."""
    with pytest.raises(NotPlainError):
        _ranges(inside)


def test_styles_of_columns_and_conditions() -> None:
    """A plus that a column or a condition adds is looked at carefully, where it may show."""
    column = '<cols><col min="1" max="1" style="1"/></cols>'
    assert _ranges(column + DATA, has_bare_numbers=False) == ()
    with pytest.raises(NotPlainError):
        _ranges(column + DATA)
    for rule, plain in (('<cfRule dxfId="0"/>', True), ('<cfRule dxfId="1"/>', False)):
        inside = f"{DATA}<conditionalFormatting>{rule}</conditionalFormatting>"
        if plain:
            assert _ranges(inside) == ()
            continue
        with pytest.raises(NotPlainError):
            _ranges(inside)
