"""Partitions so small that short lists have several."""

from __future__ import annotations

import pytest

from importer.batch.large import shares
from importer.batch.large.cluster import connection
from importer.reading.parts import cutting


@pytest.fixture
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make partitions and shares so small that short lists have several; and have patience."""
    monkeypatch.setattr(cutting, "BYTES", 3_000)
    monkeypatch.setattr(cutting, "ROWS", 150)
    monkeypatch.setattr(shares, "ROWS_OF_A_SHARE", 200)
    monkeypatch.setattr(connection, "REACHED", 60.0)
    monkeypatch.setattr(connection, "WORKERS_COME", 120.0)
