"""What stands around plain rows: merged ranges, and nothing that could be read otherwise."""

from __future__ import annotations

import pytest

from importer.reading.xlsx.fast.frame import merged_ranges
from importer.reading.xlsx.fast.tags import NotPlainError

DATA = "<sheetData></sheetData>"
MERGED = '<mergeCells><mergeCell ref="B2:B4"/></mergeCells>'


def test_merged_ranges_in_their_place() -> None:
    """As Excel writes them."""
    assert merged_ranges(f"<worksheet>{DATA}{MERGED}</worksheet>".encode()) == (((1, 1), (3, 1)),)


@pytest.mark.parametrize(
    "inside",
    [f"<sheetData/>{DATA}", f"<a>{DATA}</a>", "", f"{DATA}<!-- x -->", f"{DATA}</b>"],
)
def test_what_is_left_to_the_careful_reader(inside: str) -> None:
    """Rows in another place or twice, comments, and what is no XML."""
    with pytest.raises(NotPlainError):
        merged_ranges(f"<worksheet>{inside}</worksheet>".encode())
