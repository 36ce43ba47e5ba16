"""Calls that change a list's groups, against a vendor in made-up time."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from importer.model import Batch, ListBatch, ListRole, ListStep, StepKind, StepState, Transition
from importer.model import GroupState as State
from importer.sandbox import CreatedGroup
from importer.sending.calls.access import VendorAccess
from importer.sending.calls.pacing import Pacer
from importer.sending.calls.retry import MAX_TRIES, OTHERS_FIRST, Stop
from importer.sending.listing.settling import LISTING_DELAY
from importer.sending.lists.updating import ListUpdater
from tests.sending.fakes import BATCH, Scene, answered, clock_of, groups_of
from tests.sending.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.api.client import Operation
    from importer.api.reply import Reply

SYNC = "sync"
BUSY = answered(None, http_status=429, retry_after=60.0)


class Stage(Scene):
    """A list of groups at the vendor, and for each of them some calls that add a number."""

    def __init__(self, path: Path, groups: int, calls: int = 1) -> None:
        super().__init__(path, groups_of(*[2] * groups))
        for group in self.groups:
            group_id = f"id-{group.seq}"
            numbers = tuple(group.phones.split(","))
            made = CreatedGroup(group_id, group.name, numbers, group.remark, "1")
            self.sandbox.groups[group_id] = made
            for leaves, enters in ((State.PLANNED, State.SENDING), (State.SENDING, State.CREATED)):
                step = Transition(BATCH, group.seq, leaves, enters, 0, group_id=group_id)
                self.journal.apply([step])
        steps = [
            ListStep(at, StepKind.ADD, BATCH, at % groups + 1, f"8526{at:07}")
            for at in range(1, groups * calls + 1)
        ]
        member = ListBatch(SYNC, "a", "customers", ListRole.SYNC, 0)
        self.journal.plan_list_batch(Batch(SYNC, "s", "a", "s.csv", 1), [], member, steps)
        self.refused: dict[str, int] = {}
        """How often the vendor refuses the calls for a group, for their rate."""
        self.called: list[str] = []
        self.at_once: Counter[str] = Counter()
        self.truly_update = self.client.update_group
        self.client.update_group = self.update_group  # type: ignore[method-assign]

    async def update_group(
        self, group_id: str, operation: Operation, phones: str, ts: int
    ) -> Reply:
        self.called.append(group_id)
        self.at_once[group_id] += 1
        assert self.at_once[group_id] == 1, "calls for one group come one after the other"
        try:
            if self.called.count(group_id) <= self.refused.get(group_id, 0):
                return BUSY
            return await self.truly_update(group_id, operation, phones, ts)
        finally:
            self.at_once[group_id] -= 1

    def run(self) -> Stop | None:
        return run_virtually(self._run(), self.loop)

    async def _run(self) -> Stop | None:
        clock = clock_of(self.loop)
        pacer = Pacer(20, clock=clock.monotonic, sleep=clock.sleep)
        access = VendorAccess(self.client, pacer, clock, self.progress)
        updater = ListUpdater(
            SYNC, self.journal, access, concurrency=4, listing_delay=LISTING_DELAY
        )
        return await updater.run((StepKind.ADD,))

    @property
    def left(self) -> list[int]:
        steps = self.journal.list_steps(SYNC)
        return [one.step for one in steps if one.state is not StepState.DONE]


async def at_once(work: Callable[..., Any], *arguments: Any) -> Any:
    """Take the place of a thread, for which made-up time does not wait."""
    return work(*arguments)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Forty groups, two calls for each."""
    monkeypatch.setattr(asyncio, "to_thread", at_once)
    made = Stage(tmp_path / "journal.sqlite3", groups=40, calls=2)
    yield made
    made.close()


def test_each_call_is_made_once(stage: Stage) -> None:
    """Those for one group come one after the other, in their order."""
    assert stage.run() is None
    assert stage.left == []
    assert Counter(stage.called) == dict.fromkeys(stage.sandbox.groups, 2)


def test_a_group_that_is_refused_alone_holds_the_others_up_for_a_while_only(stage: Stage) -> None:
    """All wait as long as the server asks, so after OTHERS_FIRST times the others go first."""
    stage.refused = {"id-2": 10_000}
    assert stage.run() is Stop.RATE
    assert stage.left == [1, 41], "both of that group"
    tries = stage.called.count("id-2")
    assert OTHERS_FIRST < tries <= OTHERS_FIRST + 2 * MAX_TRIES
    assert stage.loop.now < 60 * (tries + 1)


def test_a_group_that_others_were_let_before_is_not_forgotten(stage: Stage) -> None:
    """When they are done, its calls are made in their order."""
    stage.refused = {"id-2": OTHERS_FIRST + 1}
    assert stage.run() is None
    assert stage.left == []
