"""Deletes groups that are certain to be a batch's own, each step recorded first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from importer.api.codes import SUCCESS, CallOutcome, outcome_of
from importer.model import GroupRecord, GroupState, Transition
from importer.sending.listing import GroupLister, ListApi, ListingError
from importer.sending.retry import LONGEST_PAUSE, Stop
from importer.sending.settling import MARGIN_MS, Listing
from importer.sending.stop_signal import Stopped, StopSignal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from importer.api.reply import Reply
    from importer.sending.clock import Clock
    from importer.sending.pacing import Pacer

MAX_ROUNDS = 4
"""How often the list is looked at to see which deletions without a clear answer were done."""


class DeleteApi(ListApi, Protocol):
    """What deleting needs of the client."""

    async def delete_group(self, group_id: str) -> Reply:
        """Make one call. Deleting again what is deleted does no harm."""


@dataclass(frozen=True, slots=True)
class Found:
    """A batch's created groups, as the vendor shows them."""

    own: tuple[GroupRecord, ...] = ()
    """Still there, with the token: these may be deleted."""
    gone: tuple[GroupRecord, ...] = ()
    """Not there any more."""
    fresh: tuple[GroupRecord, ...] = ()
    """Not there, but made so short a time ago that the list may not show it yet."""
    foreign: tuple[GroupRecord, ...] = ()
    """There, but without the token: somebody may have put them to another use."""


def tell_apart(groups: Sequence[GroupRecord], listing: Listing, now_ms: int) -> Found:
    """Look a batch's created groups up in a listing read at `now_ms`, by groupId and token."""
    own, gone, fresh, foreign = [], [], [], []
    for one in groups:
        if not one.state.is_at_vendor:
            continue
        listed = listing.with_id(one.group_id)
        if listed is None and (one.created_ms or 0) + MARGIN_MS > now_ms:
            fresh.append(one)
        elif listed is None:
            gone.append(one)
        elif one.group.token in listed.remark:
            own.append(one)
        else:
            foreign.append(one)
    return Found(tuple(own), tuple(gone), tuple(fresh), tuple(foreign))


class Deletion:
    """Deletes one batch's groups, one call after the other under the shared pace."""

    def __init__(
        self,
        batch: str,
        read: Callable[[], Sequence[GroupRecord]],
        record: Callable[[Transition], Awaitable[None]],
        api: DeleteApi,
        pacer: Pacer,
        clock: Clock,
        deleted: Callable[[], None] = lambda: None,
    ) -> None:
        self._batch = batch
        self._read = read
        self._record = record
        self._api = api
        self._pacer = pacer
        self._clock = clock
        self._deleted = deleted
        self._stop_signal = StopSignal()
        self._lister = GroupLister(api, pacer, self._pause)

    def stop(self, reason: Stop) -> None:
        """Begin no further call."""
        self._stop_signal.set(reason)

    async def look(self) -> Found:
        """Return the batch's groups as the vendor shows them now.

        Raises:
            ListingError: the list could not be read.
        """
        began = self._clock.now_ms()
        snapshot = await self._lister.look()
        return tell_apart(self._read(), Listing(snapshot.groups), began)

    async def run(self) -> Stop | None:
        """Delete what is the batch's own; return why it stopped before the last one, if it did.

        Raises:
            ListingError: the list could not be read.
            JournalError: a step could not be recorded; no group is deleted without its record.
        """
        for _ in range(MAX_ROUNDS):
            try:
                found = await self.look()
            except ListingError:
                if self._stop_signal.reason is None:
                    raise
                return self._stop_signal.reason
            for one in found.gone:
                await self._mark(one, GroupState.DELETED, "was not at the vendor any more")
            if not found.own:
                return None
            for one in found.own:
                if self._stop_signal.reason is None:
                    await self._delete(one)
            if self._stop_signal.reason is not None:
                return self._stop_signal.reason
        return Stop.UNCLEAR if (await self.look()).own else None

    async def _delete(self, one: GroupRecord) -> None:
        try:
            await self._stop_signal.wait(self._pacer.slot())
        except Stopped:
            return
        if one.state is GroupState.CREATED:
            await self._mark(one, GroupState.DELETING)
        await self._pacer.leave()
        called_at = self._clock.monotonic()
        reply = await self._api.delete_group(one.group_id)
        outcome = outcome_of(reply)
        if reply.code == SUCCESS:
            await self._step(one, GroupState.DELETING, GroupState.DELETED, reply.message)
            self._deleted()
        elif outcome is CallOutcome.CREDENTIALS:
            self.stop(Stop.CREDENTIALS)
        elif outcome is CallOutcome.RATE_LIMITED:
            self._wait_out(reply.retry_after or 1.0, called_at)

    async def _pause(self, seconds: float) -> None:
        try:
            await self._stop_signal.wait(self._clock.sleep(seconds))
        except Stopped:
            raise ListingError("the run was stopped") from None

    def _wait_out(self, pause: float, called_at: float) -> None:
        self._pacer.slow_down(called_at)
        if pause > LONGEST_PAUSE:
            self.stop(Stop.RATE)
        else:
            self._pacer.pause(pause)

    async def _mark(self, one: GroupRecord, enters: GroupState, message: str = "") -> None:
        await self._step(one, one.state, enters, message)

    async def _step(
        self, one: GroupRecord, leaves: GroupState, enters: GroupState, message: str
    ) -> None:
        await self._record(
            Transition(
                batch=self._batch,
                seq=one.group.seq,
                leaves=leaves,
                enters=enters,
                at_ms=self._clock.now_ms(),
                code=one.code,
                message=message,
                request_id=one.request_id,
                group_id=one.group_id,
            )
        )
