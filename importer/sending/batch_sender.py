"""A batch from its plan to its end: send, look at what is in doubt, send what was not made.

While one group waits to be looked for, the others go on being sent; one look settles all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from importer.model import GroupRecord, GroupState, Transition
from importer.sending.dispatch import Dispatcher
from importer.sending.listing import GroupLister, ListingError
from importer.sending.retry import MAX_SENDINGS, Stop
from importer.sending.settling import (
    LISTING_DELAY,
    ListingIndex,
    Presence,
    Settlement,
    Wanted,
    final_from,
    missing_canaries,
    settle,
)
from importer.sending.stop_signal import Stopped, StopSignal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.sending.access import VendorAccess
    from importer.sending.group_recorder import GroupRecorder
    from importer.sending.listing import Snapshot

DATE_STEP = 1.0
"""Seconds in which `Date` moves on: it shows whole ones."""
MAX_WAITS = 5
"""How often the server's clock is asked for before it counts as standing still."""
MAX_LOOKS = 4
"""How often one run looks for groups in doubt before it leaves the rest to the next run."""
LOOK_AGAIN_AFTER = (15.0, 45.0, 120.0)
"""Seconds between looks at a listing that does not show what must be there."""
SHOWN = 3
"""How many groupIds a message names."""


class SendingStore(Protocol):
    """What sending a batch reads of the journal."""

    def groups(self, batch: str) -> list[GroupRecord]:
        """Return a batch's groups, by their place in the batch."""

    def owned_groups(self) -> frozenset[str]:
        """Return the groupIds of all groups that any batch has at the vendor."""

    def created_at(self, batch: str) -> Mapping[str, int]:
        """Return when the created groups of the batch's account were made, in ms, by groupId."""


class BatchSender:
    """Takes one batch as far as it goes in this run.

    `listing_delay` is how many seconds the vendor may take until a listing shows a new group.
    `look_first` says that another copy of the journal may have sent groups that are PLANNED here: a
    backup that was put back, or a journal that was taken to another computer.
    """

    def __init__(
        self,
        store: SendingStore,
        recorder: GroupRecorder,
        access: VendorAccess,
        *,
        concurrency: int,
        listing_delay: float = LISTING_DELAY,
        look_first: bool = False,
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._access = access
        self._concurrency = concurrency
        self._listing_delay = listing_delay
        self._look_first = look_first
        self._stop_signal = StopSignal()
        self._lister = GroupLister(access, self._stop_signal)
        self._dispatcher: Dispatcher | None = None

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
        planned = self._in_state(GroupState.PLANNED) if self._look_first else []
        if planned:
            stop = await self._try_to_settle(planned)
            if stop is not None:
                return stop
        for _ in range(MAX_LOOKS):
            stop = await self._send_planned()
            if stop not in {None, Stop.UNCLEAR}:
                return stop
            doubtful = self._in_state(GroupState.IN_DOUBT)
            if not doubtful:
                return stop
            stop = await self._try_to_settle(doubtful)
            if stop is not None or not self._in_state(GroupState.PLANNED):
                return stop
        return await self._send_planned()

    async def look_for_refused(self) -> Stop | None:
        """Plan the groups again that were refused, unless they are at the vendor after all.

        Raises:
            JournalError: a step could not be recorded.
        """
        refused = self._in_state(GroupState.REFUSED)
        if not refused:
            return None
        return await self._try_to_settle(refused)

    def _in_state(self, state: GroupState) -> list[GroupRecord]:
        return [one for one in self._store.groups(self._recorder.batch) if one.state is state]

    async def _send_planned(self) -> Stop | None:
        planned = [one.group for one in self._in_state(GroupState.PLANNED)]
        if self._stop_signal.reason is not None or not planned:
            return self._stop_signal.reason
        self._dispatcher = Dispatcher(self._recorder, self._access, concurrency=self._concurrency)
        return await self._dispatcher.send(planned)

    async def _try_to_settle(self, groups: Sequence[GroupRecord]) -> Stop | None:
        """Look for groups and record what is seen; return why nothing more may be sent."""
        try:
            why = await self._settle(groups)
        except ListingError as error:
            if self._stop_signal.reason is not None:
                return self._stop_signal.reason
            if error.stop is Stop.BLIND:
                self._note(f"the vendor's groups could not be listed: {error}")
            return error.stop
        # Groups in doubt stay so, and others may be sent. Of groups that look as if they could be
        # sent, but perhaps were, none may.
        is_blind = bool(why) and groups[0].state is GroupState.PLANNED
        return self._stop_signal.reason or (Stop.BLIND if is_blind else None)

    def _note(self, why: str) -> None:
        self._access.progress.waiting(0, why)

    async def _settle(self, groups: Sequence[GroupRecord]) -> str:
        """Wait until no call in doubt can be delivered any more, look, and record what is seen.

        Return why a listing was not believed, "" where it was.

        Raises:
            ListingError: the list could not be read, or the run was stopped.
        """
        doubtful = (one for one in groups if one.state is not GroupState.PLANNED)
        last_ms = max((one.sent_ms or 0 for one in doubtful), default=0)
        if last_ms:
            await self._wait_until(final_from(last_ms, self._listing_delay), len(groups))
        left = list(groups)
        pauses = iter((*LOOK_AGAIN_AFTER, 0.0))
        # One answer may be wrong by itself: what is sent again was absent from two in a row.
        was_absent = groups[0].state is GroupState.PLANNED
        pause = self._listing_delay
        while pause:
            snapshot = await self._lister.read(Wanted(one.group for one in left))
            why = self._why_not_believed(snapshot)
            certain = was_absent and not why
            left = await self._record_looks(left, snapshot, absent_is_certain=certain)
            if not left:
                return ""
            was_absent = not why
            pause = next(pauses) if why else self._listing_delay
            if why:
                self._access.progress.waiting(pause, why)
            if pause:
                await self._pause(pause)
        for one in left:
            if one.state is not GroupState.PLANNED:
                await self._record(one, one.state, why)
        return why

    def _why_not_believed(self, snapshot: Snapshot) -> str:
        """Say why a group that a listing does not show may be there all the same; "" if not."""
        if not snapshot.is_whole:
            return snapshot.problem
        now_ms = self._access.clock.now_ms()
        settled_ms = now_ms - int(self._listing_delay * 1000)
        created = {
            group_id: made_ms
            for group_id, made_ms in self._store.created_at(self._recorder.batch).items()
            if made_ms <= settled_ms
        }
        missing = missing_canaries(created, snapshot.ids, now_ms)
        if not missing:
            return ""
        names = ", ".join(missing[:SHOWN]) + (", …" if len(missing) > SHOWN else "")
        return (
            f"the vendor's listing does not show {_groups(len(missing))} that must be there "
            f"({names})"
        )

    async def _record_looks(
        self, doubtful: Sequence[GroupRecord], snapshot: Snapshot, *, absent_is_certain: bool
    ) -> list[GroupRecord]:
        """Record what a listing shows of groups in doubt; return those it says nothing of."""
        listing, owned = ListingIndex(snapshot.groups), self._store.owned_groups()
        left = []
        for one in doubtful:
            settlement = settle(one.group, listing, owned)
            is_absent = settlement.presence is Presence.ABSENT
            if is_absent and not absent_is_certain:
                left.append(one)
            elif one.state is not GroupState.PLANNED or self._was_sent(one, settlement, listing):
                await self._record_settlement(one, settlement)
        return left

    def _was_sent(self, one: GroupRecord, settlement: Settlement, listing: ListingIndex) -> bool:
        """Whether a PLANNED group was sent all the same: only its own mark leaves a doubt."""
        found = settlement.presence is Presence.FOUND
        return found or bool(listing.with_token(one.group.token))

    async def _record_settlement(self, one: GroupRecord, settlement: Settlement) -> None:
        match settlement.presence:
            case Presence.FOUND:
                await self._record(one, GroupState.CREATED, settlement.message, settlement.group_id)
            case Presence.UNCERTAIN:
                await self._record(one, GroupState.IN_DOUBT, settlement.message)
            case Presence.ABSENT:
                enters, message = after_absence(one)
                await self._record(one, enters, message)

    async def _record(
        self, one: GroupRecord, enters: GroupState, message: str, group_id: str = ""
    ) -> None:
        stays = enters in {GroupState.IN_DOUBT, GroupState.REFUSED}
        await self._recorder.record(
            Transition(
                batch=self._recorder.batch,
                seq=one.group.seq,
                leaves=one.state,
                enters=enters,
                at_ms=self._access.clock.now_ms(),
                code=one.code if stays else None,
                message=message,
                request_id=one.request_id if stays else "",
                group_id=one.group_id if stays else group_id,
            )
        )
        if enters is not GroupState.PLANNED:
            self._access.progress.group_finished(enters)

    async def _wait_until(self, final_ms: int, doubtful: int) -> None:
        """Wait until the server's clock shows a time.

        Raises:
            ListingError: the run was stopped, or the server's clock stands still.
        """
        for _ in range(MAX_WAITS):
            early = (final_ms - await self._lister.server_ms()) / 1000
            if early <= 0:
                return
            self._access.progress.waiting(early, _why_wait(doubtful))
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


def after_absence(one: GroupRecord) -> tuple[GroupState, str]:
    """Return what becomes of a group that was certainly not made, and what to say of it. Pure.

    A group whose answers say only that something failed is sent `MAX_SENDINGS` times in all.
    """
    if one.state is GroupState.REFUSED:
        return GroupState.PLANNED, ""
    if one.group_id:
        return GroupState.REFUSED, f"{one.message}, and made no new one"
    if one.code and one.attempts >= MAX_SENDINGS:
        return GroupState.REFUSED, f"{one.message} (sent {one.attempts} times, and not made)"
    return GroupState.PLANNED, ""


def _groups(count: int) -> str:
    return "1 group" if count == 1 else f"{count:,} groups"


def _why_wait(doubtful: int) -> str:
    return f"{_groups(doubtful)} got no clear answer, and before then nobody can tell what was made"
