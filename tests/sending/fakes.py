"""Stand-ins for what sending leans on. They keep one list of events, so that order can be seen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from importer import grouping
from importer.api.reply import Reply, Silence
from importer.errors import JournalError
from importer.model import Group, GroupState, Transition
from importer.sending.pacing import Pacer
from importer.sending.world import World
from tests.sending.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = "batch"
FIRST_NUMBER = 85_250_000_000

LOST = Reply(0, silence=Silence.LOST, message="no answer in time")
NOT_SENT = Reply(0, silence=Silence.NOT_SENT, message="no connection")


def answered(code: int | None, **fields: Any) -> Reply:
    """Return an answer of HTTP 200 with a return code."""
    return Reply(0, **({"http_status": 200, "code": code, "message": "told"} | fields))


def made(group: Group) -> Reply:
    """Return the answer to a group that was made."""
    return answered(0, group_id=f"id-{group.seq}", message="success")


def groups_of(*sizes: int, batch: str = BATCH) -> list[Group]:
    """Return planned groups of these sizes, no number twice."""
    groups, begin = [], FIRST_NUMBER
    for seq, size in enumerate(sizes, start=1):
        groups.append(
            Group(
                seq=seq,
                name=f"list HK {seq:03}",
                country="HK",
                remark=f"spring {grouping.token(batch, seq)}",
                phones=",".join(str(begin + at) for at in range(size)),
                size=size,
            )
        )
        begin += size
    return groups


def world_of(loop: VirtualLoop) -> World:
    """Return a world with a virtual loop's time and no chance in it."""
    return World(clock=loop.time, now_ms=loop.epoch_ms, sleep=asyncio.sleep, chance=lambda: 0.0)


class Watcher:
    """Remembers what it was told; `on_waiting` is called at each wait."""

    def __init__(self, on_waiting: Callable[[], None] = lambda: None) -> None:
        self.states: list[GroupState] = []
        self.waits: list[tuple[float, str]] = []
        self._on_waiting = on_waiting

    def settled(self, state: GroupState) -> None:
        self.states.append(state)

    def waiting(self, seconds: float, why: str) -> None:
        self.waits.append((seconds, why))
        self._on_waiting()


class TellingPacer(Pacer):
    """The real pacer; tells when it let somebody through."""

    def __init__(self, rate: float | None, loop: VirtualLoop, events: list[str]) -> None:
        super().__init__(rate, clock=loop.time, sleep=asyncio.sleep)
        self._events = events

    async def slot(self) -> None:
        await super().slot()
        self._events.append("slot")

    async def leave(self) -> None:
        await super().leave()
        self._events.append("leave")


class FakeApi:
    """Answers createGroup as `answer` says after `latency` seconds, signed by its own clock."""

    def __init__(
        self,
        loop: VirtualLoop,
        events: list[str],
        answer: Callable[[Group], Reply] = made,
        latency: Callable[[Group], float] = lambda group: 0.1,
    ) -> None:
        self.clock_ms = 0
        self.calls: list[tuple[Group, int]] = []
        """(group, ts) of each call."""
        self.followed: list[int] = []
        self._loop = loop
        self._events = events
        self._answer = answer
        self._latency = latency

    async def create_group(self, group: Group) -> Reply:
        clock_ms = self.clock_ms
        ts = self._loop.epoch_ms() + clock_ms
        self.calls.append((group, ts))
        self._events.append(f"call {group.seq}")
        answer = self._answer(group)
        await asyncio.sleep(self._latency(group))
        return replace(answer, sent_ms=ts, clock_ms=clock_ms)

    def follow_clock(self, server_ms: int) -> None:
        self.followed.append(server_ms)
        self.clock_ms = server_ms - self._loop.epoch_ms()


class FakeDesk:
    """Keeps a batch's states in memory, as strictly as the journal does.

    `slow` says how many seconds a step takes; a step for which `fails` holds is not recorded.
    """

    batch = BATCH

    def __init__(
        self,
        groups: list[Group],
        events: list[str],
        slow: Callable[[Transition], float] = lambda step: 0.0,
        fails: Callable[[Transition], bool] = lambda step: False,
        *,
        splits: bool = True,
    ) -> None:
        self.states = {one.seq: GroupState.PLANNED for one in groups}
        self.steps: list[Transition] = []
        self._events = events
        self._slow = slow
        self._fails = fails
        self._splits = splits
        self._halve = partial(grouping.halve, BATCH)

    async def record(self, step: Transition) -> None:
        await asyncio.sleep(self._slow(step))
        if self._fails(step):
            raise JournalError("the disk is full")
        assert self.states[step.seq] is step.leaves
        self.states[step.seq] = step.enters
        self.states |= {child.seq: GroupState.PLANNED for child in step.children}
        self.steps.append(step)
        self._events.append(f"{step.enters} {step.seq}")

    def may_split(self, group: Group) -> bool:
        return self._splits and group.size > 1

    def halves(self, group: Group) -> tuple[Group, Group]:
        return self._halve(group, max(self.states) + 1)
