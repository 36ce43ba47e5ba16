"""What is said of a file as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from tests.reading.files import read, shown, workbook

if TYPE_CHECKING:
    from pathlib import Path


def test_a_header_of_two_lines_is_quoted_on_one(tmp_path: Path) -> None:
    """A sentence has no line break, and the name in it finds the column when it is pasted."""
    path = workbook(tmp_path / "a.xlsx", ["Order\nNo", "Name"], ["85235753351", "Ann"])
    with pytest.raises(UnreadableInput, match="'Order No'"):
        read(path, columns=("Nummer",))
    assert shown(read(path, columns=("Order No",))) == [(2, "85235753351")]
