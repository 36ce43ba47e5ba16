"""Real runs that are stopped while a call of theirs is under way, and taken over by another one.

The run that was stopped is woken again: while the other one works, or when that has ended.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from importer.model import GroupState
from importer.sandbox import Sandbox
from importer.store import store_of
from tests.batch.test_killed_in_flight import PATIENCE, creates
from tests.fast_forward import now
from tests.hosts import begin, end
from tests.served import account_of, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.model import RunRecord
    from importer.store import Store

LEASE = "2"
"""Seconds that a lease lasts in these tests."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture
def vendor(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A vendor whose answers take a while, on each store."""
    sandbox = Sandbox(clock=now, latency=0.3)
    with running(sandbox) as url:
        for name, value in (account_of(url) | {"IMPORTER_TEST_LEASE": LEASE}).items():
            monkeypatch.setenv(name, value)
        yield sandbox


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def runs() -> list[RunRecord]:
    with store_of(os.environ).open() as journal:
        return [one for records in journal.run_records().values() for one in records]


@pytest.mark.parametrize("woken", ["while the other works", "when the other has ended"])
def test_a_run_that_was_stopped_is_taken_over(vendor: Sandbox, tmp_path: Path, woken: str) -> None:
    """Its calls are looked for; when it is woken, it records nothing, and sends nothing more."""
    numbers = hong_kong(40)
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["Phone", *numbers]) + "\n", encoding="utf-8")
    # With one call at a time nothing else goes on: no commit of a file is stopped in its middle.
    pace = ("--rate", "100", "--timeout", "120")
    owner = begin("desk1", "run", path, "--group-size", "2", "--concurrency", "1", *pace)
    try:
        wait_until(lambda: creates(vendor) > 2)
        owner.send_signal(signal.SIGSTOP)
        made = creates(vendor)
        other = begin("desk1", "resume", "--wait", *pace)
        if woken == "while the other works":
            wait_until(lambda: len(runs()) == 2)
        else:
            code, said = end(other)
            assert code == 0, said
            assert creates(vendor) > made
            made = creates(vendor)
        owner.send_signal(signal.SIGCONT)
        code, words = end(owner)
        assert code == 1, words
        assert "Another run works on batch" in words or "another run must have changed it" in words
        if woken == "when the other has ended":
            assert creates(vendor) == made
        else:
            code, said = end(other)
            assert code == 0, said
    finally:
        owner.kill()
        owner.communicate()
    assert numbers_at(vendor) == {one.removeprefix("+"): 1 for one in numbers}
    with store_of(os.environ).open() as journal:
        [batch] = journal.batches()
        groups = journal.groups(batch.id)
    assert {one.state for one in groups} == {GroupState.CREATED}
    assert sorted(one.group_id for one in groups) == sorted(vendor.groups)
    assert any("after no clear answer" in one.message for one in groups), "none was looked for"
