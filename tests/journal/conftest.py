"""A journal of each kind of store in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal import Journal
    from importer.store import Store


@pytest.fixture
def journal(store: Store) -> Iterator[Journal]:
    with store.open() as opened:
        yield opened
