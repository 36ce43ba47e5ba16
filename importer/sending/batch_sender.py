"""A batch from its plan to its end: send, look at what is in doubt, send what was not made.

While one group waits to be looked for, the others go on being sent; one look settles all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from importer.model import Group, GroupRecord, GroupState, Transition
from importer.sending.dispatch import CreateApi, Dispatcher, SendingProgress
from importer.sending.listing import GroupLister, ListApi, ListingError
from importer.sending.retry import Stop, may_split
from importer.sending.settling import Listing, Presence, Settlement, final_from, settle
from importer.sending.stop_signal import Stopped, StopSignal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from importer.sending.budget import Budget
    from importer.sending.clock import Clock
    from importer.sending.pacing import Pacer

DATE_STEP = 1.0
"""Seconds in which `Date` moves on: it shows whole ones."""
MAX_WAITS = 5
"""How often the server's clock is asked for before it counts as standing still."""
MAX_LOOKS = 4
"""How often one run looks for groups in doubt before it leaves the rest to the next run."""


class Api(CreateApi, ListApi, Protocol):
    """What a sender needs of the client."""


class Store(Protocol):
    """What a sender needs of the journal."""

    def groups(self, batch: str) -> list[GroupRecord]:
        """Return a batch's groups, by their place in the batch."""

    def owned_groups(self) -> frozenset[str]:
        """Return the groupIds of all groups that any batch has."""


class BatchGroupRecorder:
    """Records a batch's steps, and keeps count of what they made."""

    def __init__(
        self,
        batch: str,
        groups: Sequence[GroupRecord],
        record: Callable[[Transition], Awaitable[None]],
        halve: Callable[[Group, int], tuple[Group, Group]],
    ) -> None:
        self.batch = batch
        self._record = record
        self._halve = halve
        self._next_seq = max((one.group.seq for one in groups), default=0) + 1
        self._splits = sum(one.state is GroupState.SPLIT for one in groups)
        self._created = sum(one.state is GroupState.CREATED for one in groups)

    async def record(self, step: Transition) -> None:
        """Return when a step is on disk."""
        await self._record(step)
        self._splits += step.enters is GroupState.SPLIT
        self._created += step.enters is GroupState.CREATED

    def may_split(self, group: Group) -> bool:
        """Say whether a group that was refused for its content can be cut in two."""
        return may_split(group.size, self._splits, self._created)

    def halves(self, group: Group) -> tuple[Group, Group]:
        """Cut a group in two, each half with a name, a place and a token of its own."""
        halves = self._halve(group, self._next_seq)
        self._next_seq += 2
        return halves


class BatchSender:
    """Takes one batch as far as it goes in this run."""

    def __init__(
        self,
        store: Store,
        recorder: BatchGroupRecorder,
        api: Api,
        pacer: Pacer,
        clock: Clock,
        progress: SendingProgress,
        *,
        concurrency: int,
        budget: Budget | None = None,
        look_first: bool = False,
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._api = api
        self._pacer = pacer
        self._clock = clock
        self._progress = progress
        self._concurrency = concurrency
        self._budget = budget
        self._look_first = look_first
        self._lister = GroupLister(api, pacer, self._pause)
        self._dispatcher: Dispatcher | None = None
        self._stop_signal = StopSignal()

    def stop(self, reason: Stop) -> None:
        """Take no further group; calls under way go on to their answers."""
        self._stop_signal.set(reason)
        if self._dispatcher is not None:
            self._dispatcher.stop(reason)

    async def run(self) -> Stop | None:
        """Send and settle until nothing is left to do; return why it ended earlier, if it did.

        Raises:
            JournalError: a step could not be recorded. Nothing was sent that is not recorded.
        """
        try:
            await self._settle_planned()
        except ListingError as error:
            return self._stop_signal.reason or self._why_blind(error)
        for _ in range(MAX_LOOKS):
            stop = await self._send_planned()
            if stop not in {None, Stop.UNCLEAR}:
                return stop
            doubtful = self._in_state(GroupState.IN_DOUBT)
            if not doubtful:
                return stop
            try:
                await self._settle(doubtful)
            except ListingError as error:
                return self._stop_signal.reason or self._why_blind(error)
            if self._stop_signal.reason is not None or not self._in_state(GroupState.PLANNED):
                return self._stop_signal.reason
        return await self._send_planned()

    def _in_state(self, state: GroupState) -> list[GroupRecord]:
        return [one for one in self._store.groups(self._recorder.batch) if one.state is state]

    async def _send_planned(self) -> Stop | None:
        planned = [one.group for one in self._in_state(GroupState.PLANNED)]
        if self._stop_signal.reason is not None or not planned:
            return self._stop_signal.reason
        self._dispatcher = Dispatcher(
            self._recorder,
            self._api,
            self._pacer,
            self._clock,
            self._progress,
            concurrency=self._concurrency,
            budget=self._budget,
        )
        return await self._dispatcher.send(planned)

    async def _settle_planned(self) -> None:
        """Find groups that are PLANNED here and were made all the same.

        Another copy of the journal may have sent them: a backup that was put back, or a journal
        that was taken to another computer.
        """
        planned = self._in_state(GroupState.PLANNED) if self._look_first else []
        if not planned:
            return
        listing = Listing((await self._lister.look()).groups)
        owned = self._store.owned_groups()
        for one in planned:
            settlement = settle(one.group, listing, owned)
            if settlement.finding is Presence.FOUND or listing.with_token(one.group.token):
                await self._record_settlement(one, settlement)

    def _why_blind(self, error: ListingError) -> Stop:
        if error.credentials:
            return Stop.CREDENTIALS
        self._progress.waiting(0, f"the vendor's groups could not be listed: {error}")
        return Stop.BLIND

    async def _settle(self, doubtful: Sequence[GroupRecord]) -> None:
        """Wait until no call in doubt can be delivered any more, look, and record what is seen."""
        await self._wait_until(max(final_from(one.sent_ms or 0) for one in doubtful), len(doubtful))
        snapshot = await self._lister.look()
        listing, owned = Listing(snapshot.groups), self._store.owned_groups()
        for one in doubtful:
            await self._record_settlement(one, settle(one.group, listing, owned))

    async def _wait_until(self, final_ms: int, doubtful: int) -> None:
        """Wait until the server's clock shows a time.

        Raises:
            ListingError: the run was stopped, or the server's clock stands still.
        """
        for _ in range(MAX_WAITS):
            early = (final_ms - await self._lister.server_ms()) / 1000
            if early <= 0:
                return
            self._progress.waiting(early, _why_wait(doubtful))
            await self._pause(early + DATE_STEP)
        raise ListingError("the server's clock stands still")

    async def _record_settlement(self, doubtful: GroupRecord, settlement: Settlement) -> None:
        if settlement.finding is Presence.UNCERTAIN:
            enters = GroupState.IN_DOUBT
        else:
            found = settlement.finding is Presence.FOUND
            enters = GroupState.CREATED if found else GroupState.PLANNED
        await self._recorder.record(
            Transition(
                batch=self._recorder.batch,
                seq=doubtful.group.seq,
                leaves=doubtful.state,
                enters=enters,
                at_ms=self._clock.now_ms(),
                message=settlement.message,
                group_id=settlement.group_id,
            )
        )
        if enters is not GroupState.PLANNED:
            self._progress.group_finished(enters)

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not longer than until the run is stopped.

        Raises:
            ListingError: the run was stopped.
        """
        try:
            await self._stop_signal.wait(self._clock.sleep(seconds))
        except Stopped:
            raise ListingError("the run was stopped") from None


def _why_wait(doubtful: int) -> str:
    groups = "1 group" if doubtful == 1 else f"{doubtful} groups"
    return f"{groups} got no clear answer, and before then nobody can tell what was made"
