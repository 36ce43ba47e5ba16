"""Stand-ins for what sending leans on. They keep one list of events, so that order can be seen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from email.utils import formatdate
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, cast

from importer.api.client import Account, Client
from importer.api.reply import Reply, Silence
from importer.batch.planning import fingerprint, grouping
from importer.errors import JournalError
from importer.journal import Journal
from importer.model import Batch, Group, GroupRecord, GroupState, Transition
from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, Sandbox
from importer.sending.calls.clock import Clock
from importer.sending.calls.pacing import Pacer
from tests.sending.network import Network, Troubles
from tests.sending.virtual_time import EPOCH, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import aiohttp

    from importer.api.client import Operation

BATCH = "batch"
FIRST_NUMBER = 85_250_000_000

LOST = Reply(0, silence=Silence.LOST, message="no answer in time")
NOT_SENT = Reply(0, silence=Silence.NOT_SENT, message="no connection")


def date_of(server_ms: int) -> str:
    """Return the `Date` header of a server whose clock shows this, cut to the second."""
    return formatdate(server_ms // 1000, usegmt=True)


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
                remark=f"spring {fingerprint.token(batch, seq)}",
                phones=",".join(str(begin + at) for at in range(size)),
                size=size,
            )
        )
        begin += size
    return groups


def clock_of(loop: VirtualLoop) -> Clock:
    """Return a clock with a virtual loop's time and no chance in it."""
    return Clock(monotonic=loop.time, now_ms=loop.epoch_ms, sleep=asyncio.sleep, random=lambda: 0.0)


class SendingProgress:
    """Remembers what it was told; `on_waiting` is called at each wait."""

    def __init__(self, on_waiting: Callable[[], None] = lambda: None) -> None:
        self.states: list[GroupState] = []
        self.waits: list[tuple[float, str]] = []
        self.answers: list[str] = []
        self.stops: list[tuple[int, float]] = []
        self._on_waiting = on_waiting

    def group_finished(self, state: GroupState) -> None:
        self.states.append(state)

    def waiting(self, seconds: float, why: str) -> None:
        self.waits.append((seconds, why))
        self._on_waiting()

    def stopping(self, calls: int, seconds: float) -> None:
        self.stops.append((calls, seconds))

    def not_understood(self, answer: str) -> None:
        self.answers.append(answer)


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


class UnaskedApi:
    """The vendor's calls, none of which is asked for; fakes answer those that their tests make."""

    clock_ms = 0

    def next_ts(self) -> int:
        return 0

    async def list_groups(self, *, limit: int, offset: int) -> Reply:
        raise AssertionError("nobody asked for a list")

    async def create_group(self, group: Group, ts: int) -> Reply:
        raise AssertionError("nobody asked for a group")

    async def update_group(
        self, group_id: str, operation: Operation, phones: str, ts: int
    ) -> Reply:
        raise AssertionError("nobody asked for an update")

    async def delete_group(self, group_id: str) -> Reply:
        raise AssertionError("nobody asked for a deletion")

    def follow_clock(self, server_ms: int) -> None:
        raise AssertionError("the clock is right")


class FakeApi(UnaskedApi):
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

    def next_ts(self) -> int:
        return self._loop.epoch_ms() + self.clock_ms

    async def create_group(self, group: Group, ts: int) -> Reply:
        clock_ms = self.clock_ms
        self.calls.append((group, ts))
        self._events.append(f"call {group.seq}")
        answer = self._answer(group)
        await asyncio.sleep(self._latency(group))
        return replace(answer, sent_ms=ts, clock_ms=clock_ms)

    def follow_clock(self, server_ms: int) -> None:
        self.followed.append(server_ms)
        self.clock_ms = server_ms - self._loop.epoch_ms()


class FakeGroupRecorder:
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

    def is_too_large(self, group: Group) -> bool:
        return False

    def claim(self, group_id: str) -> bool:
        return True


class SpyingClient(Client):
    """The real client; notes when it looked, by the server's clock, and can be made to fail."""

    listing_answer: Reply | None = None
    """What listGroup answers instead of the truth."""
    deletion_answers: tuple[Reply | None, ...] = ()
    """What the coming deleteGroup calls answer instead; None is the truth."""
    deletes_all_the_same = True
    """Whether a deletion that is answered otherwise is done."""

    def __init__(self, scene: Scene, network: Network) -> None:
        session = cast("aiohttp.ClientSession", network)
        account = Account("http://127.0.0.1/api/pns/", ACCESS_KEY, ACCESS_SECRET)
        super().__init__(session, account, timeout=30, now_ms=self._now)
        self.looked_at_ms: list[float] = []
        self.deleted: list[str] = []
        self._scene = scene

    def _now(self) -> int:
        return self._scene.loop.epoch_ms()

    async def list_groups(self, *, limit: int, offset: int) -> Reply:
        if self.listing_answer is not None:
            return self.listing_answer
        reply = await super().list_groups(limit=limit, offset=offset)
        if limit > 1 and reply.code == 0:
            self.looked_at_ms.append(self._scene.sandbox.now() * 1000)
        return reply

    async def delete_group(self, group_id: str) -> Reply:
        self.deleted.append(group_id)
        instead, *rest = self.deletion_answers or (None,)
        self.deletion_answers = tuple(rest)
        if instead is None:
            return await super().delete_group(group_id)
        if self.deletes_all_the_same:
            await super().delete_group(group_id)
        return instead


class Scene:
    """The real journal with one planned batch, the real client, the sandbox's vendor, made-up time.

    `sandbox` are options of the sandbox.
    """

    def __init__(self, path: Path, groups: list[Group], **sandbox: Any) -> None:
        self.groups = groups
        self.loop = VirtualLoop()
        options: dict[str, Any] = {"random": Random(1)} | sandbox
        self.sandbox = Sandbox(clock=lambda: EPOCH + self.loop.now, **options)
        self.progress = SendingProgress()
        self.journal = Journal.open(path)
        self.journal.plan(Batch(BATCH, "f", "a", "list.csv", 0), groups)
        network = Network(self.sandbox, Random(2), Troubles())
        self.client = SpyingClient(self, network)

    def start_anew(self) -> None:
        """Be another process a moment later: with another loop, and what one learned forgotten."""
        now = self.loop.now
        self.loop = VirtualLoop()
        self.loop.now = now
        self.progress = SendingProgress()
        self.client.clock_ms = 0

    def close(self) -> None:
        self.journal.__exit__(None, None, None)
        self.loop.close()

    @property
    def records(self) -> list[GroupRecord]:
        return self.journal.groups(BATCH)

    @property
    def states(self) -> list[GroupState]:
        return [one.state for one in self.records]
