"""Workers that take groups through their states: record, call, understand, record."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from importer.api.codes import outcome_of
from importer.model import Group, GroupState, Transition
from importer.sending.retry import Decision, Stop, decide

if TYPE_CHECKING:
    from importer.api.reply import Reply
    from importer.sending.pacing import Pacer

SEND_WITHIN = 5.0
"""Seconds from the record that a group is being sent to its call; later it is not sent.

So the journal knows the latest `ts` that a call can carry, also of a run that was cut off.
"""
GRACE = 10.0
"""Seconds that calls under way have to be answered when a run is stopped."""


class Api(Protocol):
    """What sending needs of the client."""

    clock_ms: int

    async def create_group(self, group: Group) -> Reply:
        """Make one call."""


Record = Callable[[Transition], Awaitable[None]]
"""Returns when a step is on disk."""


class Dispatcher:
    """Sends a batch's planned groups.

    Time, chance and the journal come from outside: `clock` in seconds, `now_ms` in milliseconds
    since the epoch, `chance` from 0 to 1. `settled` is told of each group that this run is done
    with, `waiting` of each pause in seconds and its reason.
    """

    def __init__(
        self,
        batch: str,
        api: Api,
        record: Record,
        pacer: Pacer,
        *,
        concurrency: int,
        clock: Callable[[], float],
        now_ms: Callable[[], int],
        chance: Callable[[], float],
        settled: Callable[[GroupState], None] = lambda state: None,
        waiting: Callable[[float, str], None] = lambda seconds, reason: None,
    ) -> None:
        self._batch = batch
        self._api = api
        self._record = record
        self._pacer = pacer
        self._concurrency = concurrency
        self._clock = clock
        self._now_ms = now_ms
        self._chance = chance
        self._settled = settled
        self._waiting = waiting
        self._queue: deque[Group] = deque()
        self._calls: set[asyncio.Task[bool]] = set()
        self._stopping = asyncio.Event()
        self.stopped: Stop | None = None

    def stop(self, reason: Stop) -> None:
        """Take no further group; calls under way go on to their answers."""
        self.stopped = self.stopped or reason
        self._stopping.set()

    async def send(self, groups: Sequence[Group]) -> Stop | None:
        """Send groups that are PLANNED; return why it stopped before the last one, if it did.

        Raises:
            JournalError: a step could not be recorded. Nothing was sent that is not recorded.
        """
        self._queue.extend(groups)
        workers = [asyncio.create_task(self._work()) for _ in range(self._concurrency)]
        await self._until_done_or_stopped(workers)
        for worker in workers:
            worker.cancel()
        ends = await asyncio.gather(*workers, return_exceptions=True)
        for error in [*ends, *await self._finish_calls()]:
            if isinstance(error, Exception):
                raise error
        return self.stopped

    async def _until_done_or_stopped(self, workers: Sequence[asyncio.Task[None]]) -> None:
        done = asyncio.ensure_future(asyncio.wait(workers))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([done, stopping], return_when=asyncio.FIRST_COMPLETED)
        done.cancel()
        stopping.cancel()

    async def _finish_calls(self) -> list[BaseException | None]:
        """Wait for the answers to calls under way; what takes too long stays SENDING."""
        calls = list(self._calls)
        if not calls:
            return []
        await asyncio.wait(calls, timeout=GRACE)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        return [None if call.cancelled() else call.exception() for call in calls]

    async def _work(self) -> None:
        try:
            while self._queue:
                await self._deliver(self._queue.popleft())
        except BaseException:
            self._stopping.set()
            raise

    async def _deliver(self, group: Group) -> None:
        """Send one group until this run is done with it."""
        tries = 0
        again = True
        while again:
            await self._pacer.slot()
            tries += 1
            call = asyncio.create_task(self._attempt(group, tries))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
            # A worker that is stopped leaves its call under way, to hear the answer.
            again = await asyncio.shield(call)

    async def _attempt(self, group: Group, tries: int) -> bool:
        """Make one call; return whether the group has to be sent again."""
        recorded_at = self._clock()
        latest_ms = self._now_ms() + self._api.clock_ms + int(SEND_WITHIN * 1000)
        await self._step(group, GroupState.PLANNED, GroupState.SENDING, sent_ms=latest_ms)
        await self._pacer.leave()
        if self._clock() - recorded_at > SEND_WITHIN:
            await self._step(group, GroupState.SENDING, GroupState.PLANNED)
            return True
        called_at = self._clock()
        reply = await self._api.create_group(group)
        decision = decide(
            outcome_of(reply),
            reply,
            tries,
            clock_corrected=reply.clock_ms != 0,
            jitter=self._chance(),
        )
        await self._step_on(group, decision.enters, reply)
        self._follow(decision, reply, called_at)
        return decision.again

    def _follow(self, decision: Decision, reply: Reply, called_at: float) -> None:
        """Do to the whole run what an answer asks for."""
        if decision.correct_clock and self._api.clock_ms == 0 and reply.server_ms is not None:
            self._api.clock_ms = reply.server_ms - self._now_ms()
        if decision.slow_down:
            self._pacer.slow_down(called_at)
        if decision.pause:
            self._pacer.pause(decision.pause)
            self._waiting(decision.pause, reply.message)
        if decision.stop is not None:
            self.stop(decision.stop)
        if not decision.again:
            self._settled(decision.enters)

    async def _step(
        self, group: Group, leaves: GroupState, enters: GroupState, *, sent_ms: int | None = None
    ) -> None:
        await self._record(
            Transition(self._batch, group.seq, leaves, enters, self._now_ms(), sent_ms)
        )

    async def _step_on(self, group: Group, enters: GroupState, reply: Reply) -> None:
        await self._record(
            Transition(
                batch=self._batch,
                seq=group.seq,
                leaves=GroupState.SENDING,
                enters=enters,
                at_ms=self._now_ms(),
                sent_ms=reply.sent_ms,
                code=reply.code,
                message=reply.message,
                request_id=reply.request_id,
                group_id=reply.group_id,
            )
        )
