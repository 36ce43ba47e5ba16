"""A journal of each kind of store in turn, and what long plans are tried with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.journal.long_plans import RUNNER, after_each_portion, in_small_portions
from tests.stores import database_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.store import Store
    from tests.journal.long_plans import AfterEach


@pytest.fixture
def journal(store: Store) -> Iterator[Journal]:
    with store.open() as opened:
        yield opened


@pytest.fixture
def run(journal: Journal) -> Iterator[Run]:
    with journal.begin_run(RUNNER) as begun:
        yield begun


@pytest.fixture
def other(store: Store) -> Iterator[Journal]:
    """The same journal as another run has it open, which waits for nobody."""
    with store.open() as opened:
        database = database_of(opened)
        is_file = "sqlite" in str(store)
        database.rows("PRAGMA busy_timeout = 0" if is_file else "SET lock_timeout = '1s'")
        yield opened


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_portions(monkeypatch)


@pytest.fixture
def after_each(monkeypatch: pytest.MonkeyPatch, journal: Journal) -> AfterEach:
    """What is done after each portion that the journal records or removes."""
    return partial(after_each_portion, monkeypatch, journal)
