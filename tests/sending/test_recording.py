"""Many workers' steps in few commits, none believed before it is on disk."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from importer.errors import JournalError
from importer.model import GroupState, Transition
from importer.sending.recording import Recorder
from tests.sending.fakes import BATCH

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 10
"""Seconds after which a test that hangs fails; no test that passes waits."""


def step(seq: int) -> Transition:
    return Transition(BATCH, seq, GroupState.PLANNED, GroupState.SENDING, 0)


class Disk:
    """Commits in a thread, each held back until the test lets it through."""

    def __init__(self, failing: set[int] | None = None) -> None:
        self.commits: list[list[int]] = []
        self.running = 0
        self._failing = failing or set()
        self._begun = threading.Semaphore(0)
        self._go = threading.Semaphore(0)

    def apply(self, steps: Sequence[Transition]) -> None:
        self.running += 1
        assert self.running == 1, "one commit at a time"
        self._begun.release()
        assert self._go.acquire(timeout=PATIENCE)
        self.running -= 1
        seqs = [one.seq for one in steps]
        if self._failing & set(seqs):
            raise JournalError("the disk is full")
        self.commits.append(seqs)

    async def begun(self) -> None:
        """Wait until a commit has begun."""
        assert await asyncio.to_thread(self._begun.acquire, timeout=PATIENCE)

    def let_through(self, commits: int = 1) -> None:
        self._go.release(commits)


async def record_all(recorder: Recorder, *seqs: int) -> list[asyncio.Task[None]]:
    """Begin to record steps, in this order."""
    tasks = [asyncio.ensure_future(recorder(step(seq))) for seq in seqs]
    await asyncio.sleep(0)
    return tasks


async def test_nothing_returns_before_its_commit() -> None:
    """A step that has returned is on disk; one whose commit runs has not returned."""
    disk = Disk()
    recorder = Recorder(disk.apply)
    (task,) = await record_all(recorder, 1)
    await disk.begun()
    await asyncio.sleep(0)
    assert not task.done()
    disk.let_through()
    await task
    assert disk.commits == [[1]]


async def test_steps_that_come_meanwhile_share_the_next_commit() -> None:
    """While one commit runs, all that come wait for one more, in their order."""
    disk = Disk()
    recorder = Recorder(disk.apply)
    first = await record_all(recorder, 1)
    await disk.begun()
    others = await record_all(recorder, 5, 3, 4, 2)
    disk.let_through()
    await disk.begun()
    assert first[0].done()
    assert not any(task.done() for task in others)
    disk.let_through()
    await asyncio.gather(*others)
    assert disk.commits == [[1], [5, 3, 4, 2]]


async def test_a_failure_reaches_all_of_its_commit_and_no_other() -> None:
    """Each step of a commit that failed fails; those before and after it are recorded."""
    disk = Disk(failing={3})
    recorder = Recorder(disk.apply)
    first = await record_all(recorder, 1)
    await disk.begun()
    second = await record_all(recorder, 2, 3)
    disk.let_through()
    await disk.begun()
    third = await record_all(recorder, 4)
    disk.let_through(2)
    await asyncio.gather(*first, *third)
    for task in second:
        with pytest.raises(JournalError, match="full"):
            await task
    assert disk.commits == [[1], [4]]


async def test_works_on_after_it_was_idle() -> None:
    """The recorder begins anew after a pause, and after a failure."""
    disk = Disk(failing={2})
    recorder = Recorder(disk.apply)
    disk.let_through(3)
    await recorder(step(1))
    with pytest.raises(JournalError):
        await recorder(step(2))
    await recorder(step(3))
    assert disk.commits == [[1], [3]]


async def test_a_worker_that_was_cancelled_takes_nobody_along() -> None:
    """The step of a cancelled worker is recorded all the same, and the others hear of theirs."""
    disk = Disk()
    recorder = Recorder(disk.apply)
    gone, stays = await record_all(recorder, 1, 2)
    await disk.begun()
    gone.cancel()
    disk.let_through()
    await stays
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert disk.commits == [[1, 2]]
