"""Deletes groups that are certain to be a batch's own, each step recorded first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from importer.api.codes import CallOutcome, outcome_of
from importer.model import GroupRecord, GroupState, Transition
from importer.sending.calls.retry import Stop, Tries
from importer.sending.calls.stop_signal import Stopped, StopSignal
from importer.sending.dispatch import BREAKER
from importer.sending.listing.lister import GroupLister, ListingError
from importer.sending.listing.settling import (
    LISTING_DELAY,
    ListingIndex,
    is_cut_of,
    missing_canaries,
    tokens_in,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from importer.api.reply import Reply
    from importer.sending.calls.access import VendorAccess
    from importer.sending.listing.lister import Snapshot
    from importer.sending.listing.pages import Listed

MAX_ROUNDS = 4
"""How often the list is looked at to see which deletions without a clear answer were done."""


class DeletionStore(Protocol):
    """What deleting reads of the journal."""

    def group_facts(self, batch: str) -> list[GroupRecord]:
        """Return a batch's groups without their numbers, by their place in the batch."""

    def owned_groups(self, batch: str) -> frozenset[str]:
        """Return the groupIds of the groups that a batch's account has at the vendor."""

    def created_at(self, batch: str) -> Mapping[str, int]:
        """Return when the created groups of the batch's account were made, in ms, by groupId."""


@dataclass(frozen=True, slots=True)
class FoundGroups:
    """A batch's created groups, as the vendor shows them."""

    own: tuple[GroupRecord, ...] = ()
    """Listed, with the token or with what the vendor kept of it: these may be deleted."""
    unlisted: tuple[GroupRecord, ...] = ()
    """Not listed. deleteGroup is sent for them all the same: a list may be old or not whole."""
    foreign: tuple[GroupRecord, ...] = ()
    """Listed under their groupId, but with another remark: put to another use by somebody."""
    doubles: tuple[Listed, ...] = ()
    """Listed with a token of the batch under a groupId that the journal does not know."""
    is_believable: bool = False
    """Whether the list is whole, and shows what must be there."""


def tell_apart(
    groups: Sequence[GroupRecord], listing: ListingIndex, owned: Collection[str]
) -> FoundGroups:
    """Look a batch's created groups up in a listing, by groupId and token.

    `owned` are the groupIds of all groups that any batch has.
    """
    own, unlisted, foreign = [], [], []
    for one in groups:
        if not one.state.is_at_vendor:
            continue
        listed = listing.with_id(one.group_id)
        if listed is None:
            unlisted.append(one)
        elif one.group.token in listed.remark or is_cut_of(listed.remark, one.group.remark):
            own.append(one)
        else:
            foreign.append(one)
    marked = {
        listed.group_id: listed
        for one in groups
        for listed in listing.with_token(one.group.token)
        if listed.group_id not in owned
    }
    return FoundGroups(tuple(own), tuple(unlisted), tuple(foreign), tuple(marked.values()))


class Deletion:
    """Deletes one batch's groups, one call after the other under the shared pace."""

    def __init__(
        self,
        batch: str,
        store: DeletionStore,
        record: Callable[[Transition], Awaitable[None]],
        access: VendorAccess,
        deleted: Callable[[], None] = lambda: None,
        *,
        listing_delay: float = LISTING_DELAY,
    ) -> None:
        self._batch = batch
        self._store = store
        self._record = record
        self._access = access
        self._deleted = deleted
        self._listing_delay = listing_delay
        self._stop_signal = StopSignal()
        self._lister = GroupLister(access, self._stop_signal)
        self._was_listed: set[str] = set()
        """The batch's groupIds that a listing of this run has shown."""
        self.refused: dict[str, str] = {}
        """What the vendor said to the deletions that it refused, by groupId."""
        self.doubles: list[str] = []
        """The groupIds of doubles that were deleted."""
        self._unclear_in_a_row = 0

    def stop(self, reason: Stop) -> None:
        """Begin no further call."""
        self._stop_signal.set(reason)

    async def look(self) -> FoundGroups:
        """Return the batch's groups as the vendor shows them now.

        Raises:
            ListingError: the list could not be read.
        """
        groups = self._store.group_facts(self._batch)
        ids = {one.group_id for one in groups if one.group_id}
        tokens = {one.group.token for one in groups}

        def wanted(listed: Listed) -> bool:
            return listed.group_id in ids or not tokens.isdisjoint(tokens_in(listed.remark))

        # Groups are known by their marks: the numbers of all may be more than memory holds.
        snapshot = await self._lister.read(wanted, keep_numbers=False)
        found = tell_apart(
            groups, ListingIndex(snapshot.groups), self._store.owned_groups(self._batch)
        )
        self._was_listed |= {one.group_id for one in (*found.own, *found.foreign)}
        return replace(found, is_believable=self._shows_others(snapshot))

    def _shows_others(self, snapshot: Snapshot) -> bool:
        """Whether a list is whole and is not one in which all of the account's groups are gone.

        That the batch's groups were listed earlier in this run, and are not now, is an undo's work.
        """
        created = self._store.created_at(self._batch)
        others = {one: at for one, at in created.items() if one not in self._own_ids()}
        now_ms = self._access.clock.now_ms() - int(self._listing_delay * 1000)
        others = {one: at for one, at in others.items() if at <= now_ms}
        shown = bool(others) and not missing_canaries(others, snapshot.ids, now_ms)
        return snapshot.is_whole and (shown or bool(self._was_listed))

    def _own_ids(self) -> set[str]:
        return {one.group_id for one in self._store.group_facts(self._batch)}

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
            if not (found.own or found.unlisted or found.doubles):
                return None
            unclear = await self._delete_all(found)
            if self._stop_signal.reason is not None or not unclear:
                return self._stop_signal.reason
        return Stop.UNCLEAR if (await self.look()).own else None

    async def _delete_all(self, found: FoundGroups) -> bool:
        """Delete what was found; return whether to look again, for what had no clear answer."""
        unclear = False
        for double in found.doubles:
            if not await self._turn():
                return False
            outcome, _ = await self._call(double.group_id)
            unclear |= outcome is CallOutcome.UNCLEAR
            if outcome is CallOutcome.DONE:
                self.doubles.append(double.group_id)
        for one in (*found.own, *found.unlisted):
            if self._stop_signal.reason is None:
                unclear |= await self._delete(one, found)
        return unclear

    async def _delete(self, one: GroupRecord, found: FoundGroups) -> bool:
        """Delete a group, its record first; return whether the answer was unclear."""
        if not await self._turn():
            return False
        if one.state is GroupState.CREATED:
            await self._step(one, one.state, GroupState.DELETING, "")
        outcome, reply = await self._call(one.group_id)
        if outcome is CallOutcome.DONE:
            await self._step(one, GroupState.DELETING, GroupState.DELETED, reply.message)
            self._deleted()
        elif outcome is CallOutcome.REFUSED:
            await self._take_refusal(one, reply, found)
        return outcome is CallOutcome.UNCLEAR

    async def _take_refusal(self, one: GroupRecord, reply: Reply, found: FoundGroups) -> None:
        """Record a group as deleted that the vendor neither lists nor knows.

        A vendor that refuses every deletion may list nothing as well. Where it has deleted others
        of the batch, a deletion that was cut off before is one that it has done.
        """
        was_done = one.state is GroupState.DELETING and self._has_deleted()
        if one in found.unlisted and (found.is_believable or was_done):
            gone = "was not at the vendor any more"
            await self._step(one, GroupState.DELETING, GroupState.DELETED, gone)
            return
        self.refused[one.group_id] = reply.message
        if one.state is GroupState.CREATED:
            await self._step(one, GroupState.DELETING, GroupState.CREATED, one.message)

    def _has_deleted(self) -> bool:
        return any(one.state is GroupState.DELETED for one in self._store.group_facts(self._batch))

    async def _turn(self) -> bool:
        """Wait for the shared pace; return False where the run is being stopped."""
        try:
            await self._stop_signal.wait(self._access.pacer.slot())
        except Stopped:
            return False
        return True

    async def _call(self, group_id: str) -> tuple[CallOutcome, Reply]:
        """Call until the answer is clear, the tries are over or the run is stopped."""
        tries, unclear = Tries(), False
        while True:
            await self._access.pacer.leave()
            called_at = self._access.clock.monotonic()
            reply = await self._access.client.delete_group(group_id)
            outcome = outcome_of(reply, makes_group=False)
            decision = self._access.decide(
                outcome, reply, tries, called_at=called_at, repeatable=True
            )
            if decision.stop in {Stop.CREDENTIALS, Stop.RATE, Stop.CLOCK, Stop.NOT_REACHED}:
                self.stop(decision.stop)
            if not decision.again:
                # Refused after an unclear try: that one may have deleted it.
                refused = outcome is CallOutcome.REFUSED and not unclear
                is_clear = refused or outcome is CallOutcome.DONE
                self._count_unclear(is_clear=is_clear)
                return (outcome if is_clear else CallOutcome.UNCLEAR), reply
            unclear |= outcome in {CallOutcome.UNCLEAR, CallOutcome.FAILED}
            if not await self._turn():
                return CallOutcome.UNCLEAR, reply

    def _count_unclear(self, *, is_clear: bool) -> None:
        """Stop where one group after the other was tried in vain: each takes half a minute."""
        self._unclear_in_a_row = 0 if is_clear else self._unclear_in_a_row + 1
        if self._unclear_in_a_row >= BREAKER:
            self.stop(Stop.UNCLEAR)

    async def _step(
        self, one: GroupRecord, leaves: GroupState, enters: GroupState, message: str
    ) -> None:
        await self._record(
            Transition(
                batch=self._batch,
                seq=one.group.seq,
                leaves=leaves,
                enters=enters,
                at_ms=self._access.clock.now_ms(),
                code=one.code,
                message=message,
                request_id=one.request_id,
                group_id=one.group_id,
                attempt=one.attempts,
            )
        )
