"""Makes the calls that change a list's groups, each recorded first, and settles those in doubt.

To add numbers that are there, or to remove such as are not, does no harm; so a call in doubt may be
made again once nobody can deliver the first any more, and what the group then holds counts.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

from importer.api.client import Operation
from importer.api.codes import REFUSAL_CODES, CallOutcome, outcome_of
from importer.model import GroupState, ListStep, StepKind, StepState, StepTransition
from importer.sending.calls.retry import CONTENT_CODES, FREE_SPLITS, MAX_SENDINGS, MAX_TRIES, Stop
from importer.sending.calls.stop_signal import Stopped, StopSignal
from importer.sending.dispatch import BREAKER, SEND_WITHIN
from importer.sending.doubt import DATE_STEP, LONGEST_WAIT, LOOK_AGAIN_AFTER, MAX_WAITS
from importer.sending.listing.lister import GroupLister, ListingError
from importer.sending.listing.settling import (
    UNPROVED_DELAY,
    final_from,
    missing_canaries,
    shows_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from importer.api.reply import Reply
    from importer.sending.calls.access import VendorAccess
    from importer.sending.calls.retry import Decision
    from importer.sending.listing.lister import Snapshot
    from importer.sending.listing.pages import Listed

MAX_ROUNDS = 4
"""How often calls are made in one run before what is left waits for the next."""
_ENTERS = {
    GroupState.CREATED: StepState.DONE,
    GroupState.REFUSED: StepState.REFUSED,
    GroupState.IN_DOUBT: StepState.IN_DOUBT,
    GroupState.PLANNED: StepState.PLANNED,
}


class ListStore(Protocol):
    """What changing a list's groups reads and writes of the journal."""

    def list_steps(self, batch: str) -> list[ListStep]:
        """Return the calls of a batch of a list, in their order."""

    def take_list_steps(self, transitions: Sequence[StepTransition]) -> None:
        """Record what became of calls, and what that did to their groups."""

    def cut_list_step(
        self, batch: str, step: int, rest: Sequence[tuple[str, StepState]], phones: str
    ) -> None:
        """Leave a call some of its numbers, and give the others to new calls."""

    def reopen_list_step(self, batch: str, step: int, phones: str) -> None:
        """Record that a call that was DONE has not done these numbers after all: PLANNED again."""

    def earlier_call_ms(self, batch: str, step: ListStep) -> int:
        """Return when another batch last changed a step's group, in ms; 0 where none has."""

    def created_at(self, batch: str) -> Mapping[str, int]:
        """Return when the created groups of the batch's account were made, in ms, by groupId."""


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
        self._batch = batch
        self._store = store
        self._access = access
        self._concurrency = concurrency
        self._listing_delay = listing_delay
        self._done = done
        self._stop_signal = StopSignal()
        self._lister = GroupLister(access, self._stop_signal)
        self._recording = asyncio.Lock()
        self._splits = 0
        self._made = 0
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
                await self._send(self._in_state(StepState.PLANNED, kinds))
            doubtful = self._in_state(StepState.IN_DOUBT, kinds)
            if self._reason() not in {None, Stop.UNCLEAR}:
                return self._reason()
            if not doubtful and not self._in_state(StepState.PLANNED, kinds):
                if settle_only or not await self._reopen_untrue(kinds):
                    return None
                continue
            if not doubtful:
                continue
            stop = await self._try_to_settle(doubtful)
            if stop is not None or settle_only:
                return stop
        return Stop.UNCLEAR

    def _reason(self) -> Stop | None:
        """Return why no further call is made now, None where one may be."""
        return self._stop_signal.reason or self._ended

    def _in_state(self, state: StepState, kinds: Collection[StepKind]) -> list[ListStep]:
        steps = self._store.list_steps(self._batch)
        return [one for one in steps if one.state is state and one.kind in kinds]

    async def _send(self, steps: Sequence[ListStep]) -> None:
        """Make calls, those for one group one after the other."""
        by_group: dict[tuple[str, int], deque[ListStep]] = {}
        for one in steps:
            by_group.setdefault((one.group_batch, one.group_seq), deque()).append(one)
        queue = deque(by_group.values())

        async def work() -> None:
            while queue and self._reason() is None:
                of_group = queue.popleft()
                while of_group and self._reason() is None:
                    of_group.extendleft(reversed(await self._deliver(of_group.popleft())))

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
        """Make one call until this round is done with it; return the calls it was cut into."""
        for tries in range(1, MAX_TRIES + 1):
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
        return ()

    async def _attempt(self, step: ListStep, tries: int) -> tuple[bool, Sequence[ListStep]]:
        """Make one call; return whether to make it again, and the calls it was cut into."""
        access = self._access
        latest_ms = access.client.next_ts() + int(SEND_WITHIN * 1000)
        await self._take(step, StepState.PLANNED, StepState.SENDING, sent_ms=latest_ms)
        await access.pacer.leave()
        ts = access.client.next_ts()
        if ts > latest_ms or self._stop_signal.reason is not None:
            await self._take(step, StepState.SENDING, StepState.PLANNED)
            if tries >= MAX_TRIES:
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
        await self._take(step, StepState.SENDING, enters, reply=reply)
        if enters is StepState.DONE:
            self._made += 1
        if enters in {StepState.DONE, StepState.REFUSED}:
            self._done()
        return ()

    def _may_split(self, step: ListStep, reply: Reply) -> bool:
        """Whether a call that was refused for one of its numbers may be cut in two."""
        is_content = reply.code in CONTENT_CODES and step.size > 1
        return is_content and self._splits < FREE_SPLITS + self._made

    async def _split(self, step: ListStep) -> Sequence[ListStep]:
        self._splits += 1
        await self._take(step, StepState.SENDING, StepState.PLANNED)
        numbers = step.phones.split(",")
        middle = (len(numbers) + 1) // 2
        first, second = ",".join(numbers[:middle]), ",".join(numbers[middle:])
        before = {one.step for one in self._store.list_steps(self._batch)}
        await self._cut(step, [(second, StepState.PLANNED)], first)
        steps = self._store.list_steps(self._batch)
        return [one for one in steps if one.step == step.step or one.step not in before]

    def _count_unclear(self, outcome: CallOutcome) -> None:
        unclear = outcome in {CallOutcome.UNCLEAR, CallOutcome.FAILED}
        self._unclear_in_a_row = self._unclear_in_a_row + 1 if unclear else 0
        if self._unclear_in_a_row >= BREAKER:
            self._ended = Stop.UNCLEAR

    async def _try_to_settle(self, doubtful: Sequence[ListStep]) -> Stop | None:
        """Look at the groups of calls in doubt and record what is seen; return why not, if not."""
        try:
            return await self._settle(doubtful)
        except ListingError as error:
            if self._stop_signal.reason is None:
                why = f"the groups of {len(doubtful)} calls in doubt could not be looked at: "
                self._access.progress.waiting(0, f"{why}{error}")
            return self._stop_signal.reason or error.stop

    async def _settle(self, doubtful: Sequence[ListStep]) -> Stop | None:
        sent_ms = max(one.sent_ms or 0 for one in doubtful)
        earlier_ms = max(self._store.earlier_call_ms(self._batch, one) for one in doubtful)
        # A listing of before another sync could show what that one has changed since.
        is_recent = earlier_ms > sent_ms - 2 * UNPROVED_DELAY * 1000
        delay = max(self._listing_delay, UNPROVED_DELAY if is_recent else 0.0)
        await self._wait_until(final_from(sent_ms, delay), len(doubtful))
        left = list(doubtful)
        for pause in (0.0, *LOOK_AGAIN_AFTER):
            if pause:
                self._access.progress.waiting(pause, "the vendor's listing does not tell yet")
                await self._pause(pause)
            snapshot = await self._look({one.group_id for one in left})
            left = [one for one in left if not await self._record_look(one, snapshot)]
            if not left:
                return None
        return Stop.BLIND

    async def _look(self, ids: Collection[str]) -> Snapshot:
        return await self._lister.read(lambda one: one.group_id in ids)

    async def _record_look(self, step: ListStep, snapshot: Snapshot) -> bool:
        """Record what a listing shows of a call in doubt; return False where it tells nothing."""
        listed = next((one for one in snapshot.groups if one.group_id == step.group_id), None)
        if step.kind is StepKind.DELETE:
            return await self._record_deletion(step, listed, snapshot)
        if listed is None or not shows_numbers(listed):
            return False
        numbers = step.phones.split(",")
        wants = step.kind is StepKind.ADD
        done = [one for one in numbers if (one in listed.phones) == wants]
        left = [one for one in numbers if (one in listed.phones) != wants]
        if not left:
            await self._take(step, StepState.IN_DOUBT, StepState.DONE, message=_SEEN)
            self._made += 1
            self._done()
            return True
        if done:
            await self._cut(step, [(",".join(done), StepState.IN_DOUBT)], ",".join(left))
            steps = self._store.list_steps(self._batch)
            await self._take(steps[-1], StepState.IN_DOUBT, StepState.DONE, message=_SEEN)
        await self._take_absent(step)
        return True

    async def _reopen_untrue(self, kinds: Collection[StepKind]) -> bool:
        """Look whether calls did what their answers say; plan again what they did not do.

        A listing that contradicts them may be older than they are, so it is read once more when it
        can't be any longer. Return whether anything was planned again.
        """
        done = self._in_state(StepState.DONE, kinds)
        if not self._made or not done:
            return False
        self._made = 0
        try:
            if not _untrue(done, await self._look({one.group_id for one in done})):
                return False
            last_ms = max(one.sent_ms or 0 for one in done)
            await self._wait_until(final_from(last_ms, UNPROVED_DELAY), len(done))
            untrue = _untrue(done, await self._look({one.group_id for one in done}))
        except ListingError as error:
            self._access.progress.waiting(0, f"what was done could not be looked at: {error}")
            return False
        for step, phones in untrue:
            async with self._recording:
                await asyncio.to_thread(
                    self._store.reopen_list_step, self._batch, step.step, phones
                )
        return bool(untrue)

    async def _take_absent(self, step: ListStep) -> None:
        """Plan again what was not done; what was only ever said to fail counts as refused."""
        given_up = step.code is not None and step.attempts >= MAX_SENDINGS
        enters = StepState.REFUSED if given_up else StepState.PLANNED
        message = f"{step.message} (sent {step.attempts} times)" if given_up else ""
        await self._take(step, StepState.IN_DOUBT, enters, message=message, code=step.code)

    async def _record_deletion(
        self, step: ListStep, listed: Listed | None, snapshot: Snapshot
    ) -> bool:
        if listed is not None:
            was_refused = step.code in REFUSAL_CODES
            enters = StepState.REFUSED if was_refused else StepState.PLANNED
            await self._take(step, StepState.IN_DOUBT, enters, message=step.message, code=step.code)
            return True
        if not snapshot.is_whole or not self._shows_others(step, snapshot):
            return False
        await self._take(step, StepState.IN_DOUBT, StepState.DONE, message="no longer listed")
        self._done()
        return True

    def _shows_others(self, step: ListStep, snapshot: Snapshot) -> bool:
        """Whether a listing shows the account's other groups, so that an absence counts."""
        deleted = {
            one.group_id
            for one in self._store.list_steps(self._batch)
            if one.kind is StepKind.DELETE
        }
        created = {
            group_id: at_ms
            for group_id, at_ms in self._store.created_at(self._batch).items()
            if group_id not in deleted and group_id != step.group_id
        }
        now_ms = self._access.clock.now_ms() - int(self._listing_delay * 1000)
        settled = {group_id: at_ms for group_id, at_ms in created.items() if at_ms <= now_ms}
        return bool(settled) and not missing_canaries(settled, snapshot.ids, now_ms)

    async def _take(
        self,
        step: ListStep,
        leaves: StepState,
        enters: StepState,
        *,
        sent_ms: int | None = None,
        reply: Reply | None = None,
        message: str = "",
        code: int | None = None,
    ) -> None:
        transition = StepTransition(
            self._batch,
            step.step,
            leaves,
            enters,
            sent_ms=sent_ms if reply is None else reply.sent_ms,
            code=code if reply is None else reply.code,
            message=message if reply is None else reply.message,
            request_id="" if reply is None else reply.request_id,
        )
        async with self._recording:
            await asyncio.to_thread(self._store.take_list_steps, [transition])

    async def _cut(
        self, step: ListStep, rest: Sequence[tuple[str, StepState]], phones: str
    ) -> None:
        async with self._recording:
            await asyncio.to_thread(self._store.cut_list_step, self._batch, step.step, rest, phones)

    async def _wait_until(self, final_ms: int, doubtful: int) -> None:
        """Wait until the server's clock shows a time.

        Raises:
            ListingError: the run was stopped, or the server's clock stands still.
        """
        for _ in range(MAX_WAITS):
            early = (final_ms - await self._lister.server_ms()) / 1000
            if early <= 0:
                return
            if early > LONGEST_WAIT:
                raise ListingError(f"calls may be delivered for {early:.0f} s yet: run again then")
            self._access.progress.waiting(
                early, f"the vendor's answer to {doubtful} calls is not known; then it is final"
            )
            await self._pause(early + DATE_STEP)
        raise ListingError("the server's clock stands still")

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not longer than until the run is stopped.

        Raises:
            ListingError: the run was stopped.
        """
        try:
            await self._stop_signal.wait(self._access.clock.sleep(seconds))
        except Stopped:
            raise ListingError("the run was stopped") from None


_SEEN = "found at the vendor after no clear answer"


def _untrue(steps: Sequence[ListStep], snapshot: Snapshot) -> list[tuple[ListStep, str]]:
    """Return the calls that a listing contradicts, each with the numbers that it does.

    A group that is not listed contradicts nothing.
    """
    listed = {one.group_id: one for one in snapshot.groups}
    found = []
    for step in steps:
        group = listed.get(step.group_id)
        if group is None:
            continue
        wants = step.kind is StepKind.ADD
        left = [one for one in step.phones.split(",") if (one in group.phones) != wants]
        if step.kind is StepKind.DELETE:
            found.append((step, step.phones))
        elif left and shows_numbers(group):
            found.append((step, ",".join(left)))
    return found
