"""Makes a batch's calls that change a list's groups, in rounds, until what they did is known.

To add numbers that are there, or to remove such as are not, does no harm; so a call in doubt may be
made again once nobody can deliver the first any more, and what the group then holds counts.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from importer.api.client import Operation
from importer.api.codes import CallOutcome, outcome_of
from importer.model import GroupState, ListStep, StepKind, StepState
from importer.sending.calls.retry import (
    CONTENT_CODES,
    FREE_SPLITS,
    MAX_TRIES,
    OTHERS_FIRST,
    Stop,
    Tries,
)
from importer.sending.calls.stop_signal import Stopped, StopSignal
from importer.sending.dispatch import BREAKER, SEND_WITHIN
from importer.sending.lists.recording import ListStore, StepRecorder
from importer.sending.lists.settling import StepSettler

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from importer.api.reply import Reply
    from importer.sending.calls.access import VendorAccess
    from importer.sending.calls.retry import Decision

MAX_ROUNDS = 4
"""How often calls are made in one run before what is left waits for the next."""
_ENTERS = {
    GroupState.CREATED: StepState.DONE,
    GroupState.REFUSED: StepState.REFUSED,
    GroupState.IN_DOUBT: StepState.IN_DOUBT,
    GroupState.PLANNED: StepState.PLANNED,
}


class ListUpdater:
    """Makes one batch's calls of some kinds, and settles what had no clear answer."""

    def __init__(
        self,
        batch: str,
        store: ListStore,
        access: VendorAccess,
        *,
        concurrency: int,
        listing_delay: float,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        self._access = access
        self._concurrency = concurrency
        self._done = done
        self._stop_signal = StopSignal()
        self._recorder = StepRecorder(batch, store)
        self._settler = StepSettler(
            self._recorder, access, self._stop_signal, done, listing_delay=listing_delay
        )
        self._splits = 0
        self._made = 0
        self._unseen = True
        """Whether calls may have been answered by success, in this run or in one that was cut off,
        whose groups were not looked at since."""
        self._unclear_in_a_row = 0
        self._ended: Stop | None = None
        """Why no further call is made in this round, for a reason of its own."""

    def stop(self, reason: Stop) -> None:
        """Begin no further call; calls under way go on to their answers."""
        self._stop_signal.set(reason)

    async def run(self, kinds: Collection[StepKind], *, settle_only: bool = False) -> Stop | None:
        """Make and settle the calls of these kinds; return why it ended earlier, if it did.

        With `settle_only` no call is made that is PLANNED.

        Raises:
            JournalError: a call could not be recorded. Nothing was sent that is not recorded.
        """
        for _ in range(MAX_ROUNDS):
            self._ended = None
            if not settle_only:
                await self._send(self._recorder.in_state(StepState.PLANNED, kinds))
            doubtful = self._recorder.in_state(StepState.IN_DOUBT, kinds)
            if self._reason() not in {None, Stop.UNCLEAR}:
                return self._reason()
            is_planned = bool(self._recorder.in_state(StepState.PLANNED, kinds))
            if not doubtful and (settle_only or not is_planned):
                if not await self._are_untrue(kinds) or settle_only:
                    return None
                continue
            if not doubtful:
                continue
            stop = await self._settler.try_to_settle(doubtful)
            if stop is not None:
                return stop
        return Stop.UNCLEAR

    async def _are_untrue(self, kinds: Collection[StepKind]) -> bool:
        """Whether answers of success turn out not to be true, so that there is more to do."""
        if not self._unseen:
            return False
        self._unseen = False
        return await self._settler.reopen_untrue(kinds)

    def _reason(self) -> Stop | None:
        """Return why no further call is made now, None where one may be."""
        return self._stop_signal.reason or self._ended

    async def _send(self, steps: Sequence[ListStep]) -> None:
        """Make calls, those for one group one after the other."""
        by_group: dict[tuple[str, int], deque[ListStep]] = {}
        for one in steps:
            by_group.setdefault((one.group_batch, one.group_seq), deque()).append(one)
        queue = deque(by_group.values())

        async def work() -> None:
            while queue and self._reason() is None:
                of_group = queue.popleft()
                of_group.extendleft(reversed(await self._deliver(of_group.popleft())))
                if of_group:
                    queue.append(of_group)

        async def work_or_end() -> None:
            try:
                await work()
            except BaseException:
                queue.clear()
                raise

        workers = [asyncio.create_task(work_or_end()) for _ in range(self._concurrency)]
        ends = await asyncio.gather(*workers, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _deliver(self, step: ListStep) -> Sequence[ListStep]:
        """Make one call until this round is done with it; return what is to be made of it yet."""
        tries = Tries()
        while tries.refused < OTHERS_FIRST:
            try:
                await self._stop_signal.wait(self._access.pacer.slot())
            except Stopped:
                return ()
            if self._access.budget.over():
                self._ended = Stop.TIME
            if self._reason() is not None:
                return ()
            again, parts = await self._attempt(step, tries)
            if not again:
                return parts
        return (step,)

    async def _attempt(self, step: ListStep, tries: Tries) -> tuple[bool, Sequence[ListStep]]:
        """Make one call; return whether to make it again, and the calls it was cut into."""
        access = self._access
        latest_ms = access.client.next_ts() + int(SEND_WITHIN * 1000)
        await self._recorder.take(step, StepState.PLANNED, StepState.SENDING, sent_ms=latest_ms)
        await access.pacer.leave()
        ts = access.client.next_ts()
        if ts > latest_ms or self._stop_signal.reason is not None:
            await self._recorder.take(step, StepState.SENDING, StepState.PLANNED)
            tries.made += 1
            if tries.made >= MAX_TRIES:
                self._ended = Stop.SLOW
            return self._stop_signal.reason is None, ()
        called_at = access.clock.monotonic()
        reply = await self._call(step, ts)
        outcome = outcome_of(reply, makes_group=False)
        decision = access.decide(outcome, reply, tries, called_at=called_at)
        self._count_unclear(outcome)
        self._ended = decision.stop or self._ended
        return decision.again, await self._record_answer(step, decision, reply)

    async def _call(self, step: ListStep, ts: int) -> Reply:
        client = self._access.client
        if step.kind is StepKind.DELETE:
            return await client.delete_group(step.group_id)
        operation = Operation.ADD if step.kind is StepKind.ADD else Operation.REMOVE
        return await client.update_group(step.group_id, operation, step.phones, ts)

    async def _record_answer(
        self, step: ListStep, decision: Decision, reply: Reply
    ) -> Sequence[ListStep]:
        enters = _ENTERS[decision.enters]
        if enters is StepState.REFUSED and step.kind is StepKind.DELETE:
            # A group that is there no more is refused as well: what is listed decides.
            enters = StepState.IN_DOUBT
        if enters is StepState.REFUSED and self._may_split(step, reply):
            return await self._split(step)
        await self._recorder.take(step, StepState.SENDING, enters, reply=reply)
        if enters is StepState.DONE:
            self._made += 1
            self._unseen = True
        if enters in {StepState.DONE, StepState.REFUSED}:
            self._done()
        return ()

    def _may_split(self, step: ListStep, reply: Reply) -> bool:
        """Whether a call that was refused for one of its numbers may be cut in two."""
        is_content = reply.code in CONTENT_CODES and step.size > 1
        return is_content and self._splits < FREE_SPLITS + self._made

    async def _split(self, step: ListStep) -> Sequence[ListStep]:
        self._splits += 1
        await self._recorder.take(step, StepState.SENDING, StepState.PLANNED)
        numbers = step.phones.split(",")
        middle = (len(numbers) + 1) // 2
        first, second = ",".join(numbers[:middle]), ",".join(numbers[middle:])
        before = {one.step for one in self._recorder.store.list_steps(self._recorder.batch)}
        await self._recorder.cut(step, [(second, StepState.PLANNED)], first)
        steps = self._recorder.store.list_steps(self._recorder.batch)
        return [one for one in steps if one.step == step.step or one.step not in before]

    def _count_unclear(self, outcome: CallOutcome) -> None:
        unclear = outcome in {CallOutcome.UNCLEAR, CallOutcome.FAILED}
        self._unclear_in_a_row = self._unclear_in_a_row + 1 if unclear else 0
        if self._unclear_in_a_row >= BREAKER:
            self._ended = Stop.UNCLEAR
