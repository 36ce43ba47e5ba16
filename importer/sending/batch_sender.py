"""A batch from its plan to its end: send, look at what is in doubt, send what was not made.

While one group waits to be looked for, the others go on being sent; one look settles all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.model import GroupRecord, GroupState
from importer.sending.calls.retry import Stop
from importer.sending.calls.stop_signal import StopSignal
from importer.sending.dispatch import GRACE, Dispatcher
from importer.sending.doubt import DoubtSettler
from importer.sending.listing.lister import ListingError
from importer.sending.listing.settling import LISTING_DELAY
from importer.sending.listing.waiting import NotFinal
from importer.sending.portions import with_numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from importer.sending.calls.access import VendorAccess
    from importer.sending.doubt import SendingStore
    from importer.sending.group_recorder import GroupRecorder

MAX_LOOKS = 4
"""How often one run looks for groups in doubt before it leaves the rest to the next run."""


class BatchSender:
    """Takes one batch as far as it goes in this run.

    `listing_delay` is how many seconds the vendor may take until a listing shows a new group.
    `look_first` says that another copy of the journal may have sent groups that are PLANNED here: a
    backup that was put back, or a journal that was taken to another computer. `most_groups` is how
    many of the batch's groups may be made in all, None for all of them.
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
        most_groups: int | None = None,
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._access = access
        self._concurrency = concurrency
        self._look_first = look_first
        self._most_groups = most_groups
        self._stop_signal = StopSignal()
        self._settler = DoubtSettler(
            store, recorder, access, self._stop_signal, listing_delay=listing_delay
        )
        self._dispatcher: Dispatcher | None = None

    def stop(self, reason: Stop) -> None:
        """Take no further group; calls under way go on to their answers."""
        self._stop_signal.set(reason)
        if self._dispatcher is not None:
            self._dispatcher.stop(reason)
        if reason is Stop.INTERRUPTED:
            calls = 0 if self._dispatcher is None else self._dispatcher.calls_under_way
            self._access.progress.stopping(calls, GRACE)

    async def run(self) -> Stop | None:
        """Send and settle until nothing is left to do; return why it ended earlier, if it did.

        Raises:
            JournalError: a step could not be recorded. Nothing was sent that is not recorded.
        """
        stop = await self._look_for_sent() if self._look_first else None
        if stop is not None:
            return stop
        before = self._given_up()
        stop = await self._send_and_settle()
        if stop in {None, Stop.TRIAL}:
            await self._settler.look_for_doubles(self._given_up() - before)
        return stop

    async def _look_for_sent(self) -> Stop | None:
        """Look for PLANNED groups; where no listing tells, an operator's word does.

        The word does not replace the look: a copy of the journal that was made after it was given
        has it too, and the groups may have been sent since.
        """
        planned = self._in_state(GroupState.PLANNED)
        if not planned:
            return None
        stop = await self._try_to_settle(planned)
        if stop is not Stop.BLIND:
            return stop
        decided = {
            one.seq for one in self._store.decisions(self._recorder.batch) if not one.group_id
        }
        if {one.group.seq for one in self._in_state(GroupState.PLANNED)} <= decided:
            return None
        self._settler.note(
            "another copy of this journal may have sent the groups that are planned; if you know "
            f"that none has, say so: `importer settle {self._recorder.batch} --unsent`"
        )
        return stop

    async def _send_and_settle(self) -> Stop | None:
        for _ in range(MAX_LOOKS):
            stop = await self._send_planned()
            if stop not in {None, Stop.UNCLEAR, Stop.TRIAL}:
                return stop
            doubtful = self._in_state(GroupState.IN_DOUBT)
            if not doubtful:
                return stop
            stop = await self._try_to_settle(doubtful)
            if stop is not None or not self._in_state(GroupState.PLANNED):
                return stop
        return await self._send_planned()

    async def look_for_refused(self, places: Collection[int]) -> Stop | None:
        """Plan the refused groups of these places again, unless they are at the vendor after all.

        Raises:
            JournalError: a step could not be recorded.
        """
        refused = [one for one in self._in_state(GroupState.REFUSED) if one.group.seq in places]
        if not refused:
            return None
        return await self._try_to_settle(refused)

    def _in_state(self, state: GroupState) -> list[GroupRecord]:
        return [one for one in self._store.group_facts(self._recorder.batch) if one.state is state]

    def _given_up(self) -> set[int]:
        """Return the places of the groups that were sent, and refused."""
        given_up = {GroupState.REFUSED, GroupState.SPLIT}
        groups = self._store.group_facts(self._recorder.batch)
        return {one.group.seq for one in groups if one.state in given_up and one.attempts}

    async def _send_planned(self) -> Stop | None:
        planned = self._in_state(GroupState.PLANNED)
        if self._stop_signal.reason is not None or not planned:
            return self._stop_signal.reason
        first = planned[: self._left_of_trial()]
        self._dispatcher = Dispatcher(self._recorder, self._access, concurrency=self._concurrency)
        stop = await self._dispatcher.send(
            one.group for one in with_numbers(self._store, self._recorder.batch, first)
        )
        return stop or (Stop.TRIAL if len(first) < len(planned) else None)

    def _left_of_trial(self) -> int | None:
        """Return how many more groups may be made, None for all of them.

        Those in doubt and those that were refused count: they were some of the first.
        """
        if self._most_groups is None:
            return None
        tried = sum(
            one.state not in {GroupState.PLANNED, GroupState.SPLIT}
            for one in self._store.group_facts(self._recorder.batch)
        )
        return max(0, self._most_groups - tried)

    async def _try_to_settle(self, groups: Sequence[GroupRecord]) -> Stop | None:
        """Look for groups and record what is seen; return why nothing more may be sent."""
        try:
            why = await self._settler.settle(groups)
        except ListingError as error:
            if self._stop_signal.reason is not None:
                return self._stop_signal.reason
            if isinstance(error, NotFinal):
                self._settler.note(str(error))
            elif error.stop is Stop.BLIND:
                self._settler.note(f"the vendor's groups could not be listed: {error}")
            return error.stop
        # Groups in doubt stay so, and others may be sent. Of groups that look as if they could be
        # sent, but perhaps were, none may.
        is_blind = bool(why) and groups[0].state is GroupState.PLANNED
        return self._stop_signal.reason or (Stop.BLIND if is_blind else None)
