"""A night that is killed at any step is continued by the next: nothing twice, nothing lost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from importer.batch import pipeline
from importer.journal import Journal, batch_rows
from importer.nightly import night
from importer.nightly.folders import inbox_folder, moving
from importer.nightly.morning import report
from importer.sandbox import Sandbox
from tests.nightly.nights import Office, balances
from tests.served import hong_kong, numbers_at, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STEPS: list[tuple[Any, str]] = [
    (Journal, "plan"),
    (batch_rows, "save"),
    (pipeline, "send_recorded"),
    (pipeline, "write_results"),
    (night, "run_file"),
    (night, "resume_batch"),
    (moving, "empty"),
    (moving, "move"),
    (moving, "write_reason"),
    (inbox_folder.OpenedFile, "move"),
    (Journal, "forget"),
    (batch_rows, "remove"),
    (Journal, "clean"),
    (shutil, "rmtree"),
    (report, "write_line"),
    (report, "write_workbook"),
]
"""What a night does that another one finds: it is killed before and after each call of each."""


class Killed(BaseException):
    """The process is gone."""


class Fuse:
    """Kills the process at the n-th crossing of a step's begin or end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1
        for owner, name in STEPS:
            monkeypatch.setattr(owner, name, self._guarded(getattr(owner, name)))

    def _cross(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def _guarded(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any, **options: Any) -> Any:
            self._cross()
            result = step(*arguments, **options)
            self._cross()
            return result

        return guarded


MOST_STEPS = 60


@pytest.mark.parametrize("part", range(4))
def test_a_night_killed_at_each_step(
    office: Office, monkeypatch: pytest.MonkeyPatch, environment: Path, part: int
) -> None:
    """Whenever it is killed, two more nights bring each file to its place and each number once.

    They remove what is older than a day, and are killed while they do that as well.
    """
    office.configure("keep_days = 90", "keep_days = 1")
    office.share_clock()
    fuse = Fuse(monkeypatch)
    killed = 0
    ended: set[str] = set()
    server = Sandbox(clock=office.world_now)
    with running(server) as url:
        office.operator.use(url)
        for step in range(1 + part, MOST_STEPS, 4):
            start = step * 100
            wanted = [one.removeprefix("+") for one in hong_kong(25, start)]
            office.drop(f"hk/{step}.csv", hong_kong(20, start))
            office.drop(f"more {step}.csv", hong_kong(10, start + 15), age=60)
            office.drop(f"wrong {step}.csv", ["Ann", "Bob"], age=30)
            killed += killed_at(office, fuse, step)
            ended |= {*office.names("done")}
            for _ in range(2):
                office.next_evening()
                done = office.night()
                assert "Traceback" not in done.err
                assert all(balances(line) for line in office.lines())
                ended |= {*office.names("done")}
            assert office.names("inbox") == []
            there = numbers_at(server)
            assert {number: there[number] for number in wanted} == dict.fromkeys(wanted, 1), step
            assert office.names("outbox/.writing") == []
    assert set(numbers_at(server).values()) == {1}
    assert killed > 5
    with Journal.open(environment) as journal:
        assert [one.forgotten_ms is None for one in journal.batches()].count(True) < 10
        assert journal.is_clean()
    assert sorted(name.rpartition("/")[2] for name in ended) == sorted(
        name
        for step in range(1 + part, MOST_STEPS, 4)
        for name in (f"{step}.csv", f"more {step}.csv")
    )
    assert len(office.names("failed")) == len(range(1 + part, MOST_STEPS, 4))


def killed_at(office: Office, fuse: Fuse, step: int) -> bool:
    """Run a night that is killed at a step; tell whether it has so many."""
    fuse.left = step
    try:
        office.night()
    except Killed:
        return True
    finally:
        fuse.left = -1
    return False
