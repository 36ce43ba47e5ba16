"""Workers that take groups through their states: record, call, understand, record."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.api.codes import CallOutcome, outcome_of
from importer.model import Group, GroupState, Transition
from importer.sending.calls.retry import MAX_TRIES, OTHERS_FIRST, Stop, Tries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.api.reply import Reply
    from importer.sending.calls.access import VendorAccess
    from importer.sending.group_recorder import GroupRecorder

SEND_WITHIN = 5.0
"""Seconds from the record that a group is being sent to its call; later it is not sent.

So the journal knows the latest `ts` that a call can carry, also of a run that was cut off.
"""
GRACE = 10.0
"""Seconds that calls under way have to be answered when a run is stopped."""
LOOK_AT_CLOCK = 5.0
"""Seconds between two looks at whether the time is up."""
UNCLEAR_OUTCOMES = frozenset({CallOutcome.UNCLEAR, CallOutcome.FAILED})
ID_TAKEN = "the vendor answered with group {}, which another group of this journal has"
BREAKER = 5
"""Unclear answers in a row after which it is better to look than to go on."""


class Dispatcher:
    """Sends planned groups once, until each is done with or the run has to stop."""

    def __init__(
        self,
        recorder: GroupRecorder,
        access: VendorAccess,
        *,
        concurrency: int,
    ) -> None:
        self._recorder = recorder
        self._access = access
        self._client = access.client
        self._pacer = access.pacer
        self._clock = access.clock
        self._budget = access.budget
        self._concurrency = concurrency
        self._groups: Iterator[Group] = iter(())
        """The groups to send, read as they are needed: all may be more than memory holds."""
        self._later: deque[Group] = deque()
        """Groups that are sent after all others: halves, and those that were refused for rate."""
        self._calls: set[asyncio.Task[bool]] = set()
        self._unclear_in_a_row = 0
        self._stopping = asyncio.Event()
        self._recalled = False
        """Whether groups that are recorded and have not left must not leave any more."""
        self._stopped: Stop | None = None

    def stop(self, reason: Stop) -> None:
        """Take no further group; calls under way go on to their answers."""
        self._stopped = self._stopped or reason
        # What has begun when there have been enough is some of what is wanted.
        self._recalled = self._recalled or reason is not Stop.ENOUGH
        self._stopping.set()

    @property
    def calls_under_way(self) -> int:
        """How many calls have no answer yet."""
        return len(self._calls)

    async def send(self, groups: Iterable[Group]) -> Stop | None:
        """Send groups that are PLANNED; return why it stopped before the last one, if it did.

        Raises:
            JournalError: a step could not be recorded. Nothing was sent that is not recorded.
        """
        self._groups = iter(groups)
        workers = [asyncio.create_task(self._work()) for _ in range(self._concurrency)]
        await self._until_done_or_stopped(workers)
        for worker in workers:
            worker.cancel()
        ends = await asyncio.gather(*workers, return_exceptions=True)
        for error in [*ends, *await self._finish_calls()]:
            if isinstance(error, Exception):
                raise error
        return self._stopped

    async def _until_done_or_stopped(self, workers: Sequence[asyncio.Task[None]]) -> None:
        done = asyncio.ensure_future(asyncio.wait(workers))
        stopping = asyncio.create_task(self._stopping.wait())
        watching = [asyncio.create_task(self._stop_in_time())] if self._budget.has_end else []
        await asyncio.wait([done, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in (done, stopping, *watching):
            task.cancel()

    async def _stop_in_time(self) -> None:
        """Stop when the time is up, also while all wait because the server asked for it."""
        while not self._budget.over():
            await self._clock.sleep(LOOK_AT_CLOCK)
        self.stop(Stop.TIME)

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
            while not self._stopping.is_set():
                group = next(self._groups, None) or self._next_of_later()
                if group is None:
                    return
                await self._deliver(group)
        except asyncio.CancelledError:  # by whoever stopped all
            raise
        except BaseException:
            self._recalled = True
            self._stopping.set()
            raise

    def _next_of_later(self) -> Group | None:
        return self._later.popleft() if self._later else None

    async def _deliver(self, group: Group) -> None:
        """Send one group until this round is done with it."""
        if self._recorder.is_too_large(group):
            await self._split_unsent(group)
            return
        tries = Tries()
        again = True
        while again and tries.refused < OTHERS_FIRST:
            await self._pacer.slot()
            call = asyncio.create_task(self._attempt(group, tries))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
            # A worker that is stopped leaves its call under way, to hear the answer.
            again = await asyncio.shield(call)
        if again:
            self._later.append(group)

    async def _attempt(self, group: Group, tries: Tries) -> bool:
        """Make one call; return whether the group has to be sent again."""
        bound = self._budget.reason()
        if bound is not None:
            self.stop(bound)
            return False
        self._budget.begin()
        latest_ms = self._client.next_ts() + int(SEND_WITHIN * 1000)
        await self._recorder.record(
            self._step(group, GroupState.PLANNED, GroupState.SENDING, sent_ms=latest_ms)
        )
        await self._pacer.leave()
        # By a slow disk, a computer that slept, or a clock that was corrected in the meantime.
        ts = self._client.next_ts()
        late = ts > latest_ms
        if late:
            tries.made += 1
        if late and tries.made >= MAX_TRIES:
            self.stop(Stop.SLOW)
        if self._budget.over():
            self.stop(Stop.TIME)
        if late or self._recalled:
            self._budget.give_back()
            await self._recorder.record(self._step(group, GroupState.SENDING, GroupState.PLANNED))
            return late
        called_at = self._clock.monotonic()
        reply = self._checked(await self._client.create_group(group, ts))
        return await self._take_answer(group, reply, tries, called_at)

    def _checked(self, reply: Reply) -> Reply:
        """Take no groupId for a new group's that another group has: the vendor gave the old one."""
        if outcome_of(reply) is not CallOutcome.DONE or self._recorder.claim(reply.group_id):
            return reply
        return replace(reply, message=ID_TAKEN.format(reply.group_id), is_old_group=True)

    async def _take_answer(
        self, group: Group, reply: Reply, tries: Tries, called_at: float
    ) -> bool:
        """Record an answer and do what it asks for; return whether to send the group again."""
        outcome = outcome_of(reply)
        decision = self._access.decide(
            outcome,
            reply,
            tries,
            called_at=called_at,
            may_split=self._recorder.may_split(group),
        )
        if decision.enters not in {GroupState.CREATED, GroupState.IN_DOUBT}:
            self._budget.give_back()
        await self._record_answer(group, decision.enters, reply)
        self._count_unclear(outcome)
        if decision.stop is not None:
            self.stop(decision.stop)
        if not decision.again:
            self._access.progress.group_finished(decision.enters)
        return decision.again

    async def _split_unsent(self, group: Group) -> None:
        """Cut a group in two that the account would refuse for its size."""
        children = self._recorder.halves(group)
        step = self._step(group, GroupState.PLANNED, GroupState.SPLIT)
        message = "more numbers than the vendor takes in a group"
        await self._recorder.record(replace(step, children=children, message=message))
        self._later.extend(children)

    async def _record_answer(self, group: Group, enters: GroupState, reply: Reply) -> None:
        children = self._recorder.halves(group) if enters is GroupState.SPLIT else ()
        await self._recorder.record(
            Transition(
                batch=self._recorder.batch,
                seq=group.seq,
                leaves=GroupState.SENDING,
                enters=enters,
                at_ms=self._clock.now_ms(),
                sent_ms=reply.sent_ms,
                code=reply.code,
                message=reply.message,
                request_id=reply.request_id,
                group_id=reply.group_id,
                children=children,
            )
        )
        self._later.extend(children)

    def _step(
        self, group: Group, leaves: GroupState, enters: GroupState, *, sent_ms: int | None = None
    ) -> Transition:
        now_ms = self._clock.now_ms()
        return Transition(self._recorder.batch, group.seq, leaves, enters, now_ms, sent_ms)

    def _count_unclear(self, outcome: CallOutcome) -> None:
        self._unclear_in_a_row = self._unclear_in_a_row + 1 if outcome in UNCLEAR_OUTCOMES else 0
        if self._unclear_in_a_row >= BREAKER:
            self.stop(Stop.UNCLEAR)
