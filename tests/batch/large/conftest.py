"""Blocks and shares of long lists, so small that short lists have several."""

from __future__ import annotations

import pytest

from importer.batch.large import results_folder as results
from importer.batch.large import shares
from importer.batch.large.recorded import known, list_on_disk, ordered
from importer.reading.parts import stream, text_blocks


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks and shares so small that short lists have several."""
    monkeypatch.setattr(stream, "ROWS", 700)
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 20_000)
    monkeypatch.setattr(shares, "ROWS_OF_A_SHARE", 500)
    monkeypatch.setattr(results, "LINES_OF_A_FILE", 1_000)
    monkeypatch.setattr(ordered, "NUMBERS_OF_A_RANGE", 300)
    monkeypatch.setattr(ordered, "_SAMPLED", 3)
    monkeypatch.setattr(list_on_disk, "NUMBERS_OF_A_SHARE", 200)
    monkeypatch.setattr(known, "_GROUPS_OF_A_SHARE", 2)
