"""Doubt about groups settled by looking: wait, list, believe or not, and record what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from importer.model import MADE_TWICE, MAY_BE_TWICE, GroupRecord, GroupState, Transition
from importer.sending.calls.retry import after_absence
from importer.sending.listing.lister import GroupLister, ListingError
from importer.sending.listing.settling import (
    ListingIndex,
    Presence,
    Settlement,
    Wanted,
    doubles_of,
    final_from,
    is_recognisable,
    missing_canaries,
    settle,
    shown_delay,
)
from importer.sending.listing.waiting import LOOK_AGAIN_AFTER, Waiting
from importer.sending.portions import GroupStore, with_numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.model import Decision
    from importer.sending.calls.access import VendorAccess
    from importer.sending.calls.stop_signal import StopSignal
    from importer.sending.group_recorder import GroupRecorder
    from importer.sending.listing.lister import Snapshot

SAMPLE = 5
"""How many created groups of the batch must not all have become strangers in a listing."""
SHOWN = 3
"""How many groupIds a message names."""
_WHY_YOUNG = "the vendor's listing does not show yet what was made a moment ago"


class SendingStore(GroupStore, Protocol):
    """What sending a batch reads of the journal."""

    def group_facts(self, batch: str) -> list[GroupRecord]:
        """Return a batch's groups without their numbers, by their place in the batch."""

    def owned_groups(self, batch: str) -> frozenset[str]:
        """Return the groupIds of the groups that a batch's account has at the vendor."""

    def created_at(self, batch: str) -> Mapping[str, int]:
        """Return when the created groups of the batch's account were made, in ms, by groupId."""

    def decisions(self, batch: str) -> Sequence[Decision]:
        """Return what operators said of a batch's groups."""

    def not_made_before(self, batch: str) -> Mapping[str, int]:
        """Return when, in ms, those groups can have been made at the earliest, by groupId."""


class DoubtSettler:
    """Looks for groups at the vendor, and records what that proves.

    `listing_delay` is how many seconds the vendor may take until a listing shows a new group.
    """

    def __init__(
        self,
        store: SendingStore,
        recorder: GroupRecorder,
        access: VendorAccess,
        stop_signal: StopSignal,
        *,
        listing_delay: float,
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._access = access
        self._lister = GroupLister(access, stop_signal)
        self._waiting = Waiting(access, stop_signal, self._lister)
        self._listing_delay = listing_delay
        self._sent_again: set[int] = set()
        """The places of groups that this run plans again because no listing showed them."""

    def note(self, why: str) -> None:
        """Say something that the summary should tell as well."""
        self._access.progress.waiting(0, why)

    async def settle(self, groups: Sequence[GroupRecord]) -> str:
        """Wait until no call in doubt can be delivered any more, look, and record what is seen.

        The groups' numbers are read when they are needed. Return why a listing was not believed, ""
        where it was.

        Raises:
            ListingError: the list could not be read, or the run was stopped.
        """
        self._lister.counted = 0
        doubtful = (one for one in groups if one.state is not GroupState.PLANNED)
        last_ms = max((one.sent_ms or 0 for one in doubtful), default=0)
        if last_ms:
            await self._waiting.until(
                final_from(last_ms, self._listing_delay), _why_wait(len(groups))
            )
        left = list(groups)
        pauses = iter(LOOK_AGAIN_AFTER)
        # One answer may be wrong by itself: what is sent again was absent from two in a row.
        are_planned = was_absent = groups[0].state is GroupState.PLANNED
        while True:
            snapshot = await self._look(left)
            if are_planned and self._hides_young(snapshot):
                # Nothing was waited for yet: what was made a moment ago may still be to come.
                are_planned = False
                self._access.progress.waiting(self._listing_delay, _WHY_YOUNG)
                await self._waiting.pause(self._listing_delay)
                continue
            why = self._why_not_believed(snapshot)
            left = await self._record_looks(left, snapshot, is_certain=was_absent and not why)
            if not left:
                return ""
            was_absent = not why
            if why and not await self._look_again(pauses, why):
                break
            if not why:
                await self._wait_for_proof(last_ms, snapshot, len(left))
        for one in left:
            if one.state is not GroupState.PLANNED:
                await self._record(one, one.state, why)
        return why

    async def _look(self, groups: Sequence[GroupRecord]) -> Snapshot:
        sample = [one.group_id for one in self._sample()]
        return await self._lister.read(
            Wanted((one.group for one in self._with_numbers(groups)), sample)
        )

    def _with_numbers(self, groups: Sequence[GroupRecord]) -> Iterator[GroupRecord]:
        return with_numbers(self._store, self._recorder.batch, groups)

    async def _look_again(self, pauses: Iterable[float], why: str) -> bool:
        """Wait for a better listing; return False where it was waited for long enough."""
        pause = next(iter(pauses), 0.0)
        self._access.progress.waiting(pause, why)
        if pause:
            await self._waiting.pause(pause)
        return pause > 0

    async def _wait_for_proof(self, last_ms: int, snapshot: Snapshot, doubtful: int) -> None:
        """Wait until a listing is final that is as old as this one may be."""
        await self._waiting.pause(self._listing_delay)
        made_ms = self._store.not_made_before(self._recorder.batch)
        now_ms = self._access.clock.now_ms()
        delay = shown_delay(made_ms, snapshot.ids, now_ms, self._listing_delay)
        await self._waiting.until(final_from(last_ms, delay), _why_wait(doubtful))

    def _sample(self) -> list[GroupRecord]:
        """Return the last groups of this batch that were made."""
        groups = self._store.group_facts(self._recorder.batch)
        created = [one for one in groups if one.state is GroupState.CREATED]
        last = sorted(created, key=lambda one: one.created_ms or 0)[-SAMPLE:]
        whole = {one.group.seq: one for one in self._places([one.group.seq for one in last])}
        return [whole[one.group.seq] for one in last]

    def _hides_young(self, snapshot: Snapshot) -> bool:
        """Whether a listing lacks groups that are too young to prove that it is old."""
        settled_ms = self._access.clock.now_ms() - int(self._listing_delay * 1000)
        created = self._store.created_at(self._recorder.batch)
        return any(
            made_ms > settled_ms and group_id not in snapshot.ids
            for group_id, made_ms in created.items()
        )

    def _why_not_believed(self, snapshot: Snapshot) -> str:
        """Say why a group that a listing does not show may be there all the same; "" if not."""
        if not snapshot.is_whole:
            return snapshot.problem
        if snapshot.has_shrunk:
            return "the vendor's listing shows fewer groups than the vendor counted a moment ago"
        now_ms = self._access.clock.now_ms()
        settled_ms = now_ms - int(self._listing_delay * 1000)
        created = {
            group_id: made_ms
            for group_id, made_ms in self._store.created_at(self._recorder.batch).items()
            if made_ms <= settled_ms
        }
        missing = missing_canaries(created, snapshot.ids, now_ms)
        if missing:
            return _of_missing(missing, self._recorder.batch)
        return self._of_strangers(snapshot)

    def _of_strangers(self, snapshot: Snapshot) -> str:
        """Say that groups are listed so that nobody would know them again, or ""."""
        listed = {one.group_id: one for one in snapshot.groups}
        sample = [one for one in self._sample() if one.group_id in listed]
        if not sample or any(is_recognisable(listed[one.group_id], one.group) for one in sample):
            return ""
        return (
            "the vendor's listing shows groups with neither the marks nor the numbers that they "
            f"were made with ({_some([one.group_id for one in sample])})"
        )

    async def _record_looks(
        self, doubtful: Sequence[GroupRecord], snapshot: Snapshot, *, is_certain: bool
    ) -> list[GroupRecord]:
        """Record what a listing shows of groups in doubt; return those it says nothing of.

        `is_certain` says that what the listing does not show was not made.
        """
        listing, owned = (
            ListingIndex(snapshot.groups),
            self._store.owned_groups(self._recorder.batch),
        )
        left = []
        for fact, one in zip(doubtful, self._with_numbers(doubtful), strict=True):
            settlement = settle(one.group, listing, owned)
            is_absent = settlement.presence is Presence.ABSENT
            if is_absent and not is_certain:
                left.append(fact)
            elif one.state is not GroupState.PLANNED or _was_sent(one, settlement, listing, owned):
                await self._record_settlement(one, settlement)
        return left

    async def _record_settlement(self, one: GroupRecord, settlement: Settlement) -> None:
        match settlement.presence:
            case Presence.FOUND:
                await self._record(one, GroupState.CREATED, settlement.message, settlement.group_id)
            case Presence.UNCERTAIN:
                await self._record(one, GroupState.IN_DOUBT, settlement.message)
            case Presence.ABSENT:
                enters, message = after_absence(one)
                await self._record(one, enters, message)
                self._sent_again.add(one.group.seq)

    async def look_for_doubles(self, refused: Collection[int]) -> None:
        """Look once more for groups that were refused or sent again in this run.

        A proxy may carry a call out twice, so that the second is refused; a listing may be older
        than any that it ever showed. Then the group is there all the same, and that is said; so is
        it where the listing does not even show what was made afterwards.
        `refused` are the groups' places in the batch.
        """
        suspects = {*refused, *self._sent_again}
        if not suspects or self._access.budget.over():
            return
        why = f"{_groups(len(suspects))} refused or sent again, and looked for once more"
        self._access.progress.waiting(self._listing_delay, why)
        try:
            await self._waiting.pause(self._listing_delay)
            hidden = await self._look_once_more(suspects)
            pauses = iter(LOOK_AGAIN_AFTER)
            while hidden and self._sent_again and await self._look_again(pauses, hidden):
                hidden = await self._look_once_more(suspects)
        except ListingError:
            return
        if hidden:
            for one in self._places(self._sent_again):
                await self._append(one, MAY_BE_TWICE)

    def _places(self, places: Collection[int]) -> list[GroupRecord]:
        return self._store.groups_at(self._recorder.batch, sorted(places))

    async def _look_once_more(self, suspects: Collection[int]) -> str:
        """Record which suspects a listing shows; say that it hides what was made, or "".

        Raises:
            ListingError: the list could not be read, or the run was stopped.
        """
        doubtful = self._places(suspects)
        snapshot = await self._look(doubtful)
        listing, owned = (
            ListingIndex(snapshot.groups),
            self._store.owned_groups(self._recorder.batch),
        )
        for one in doubtful:
            if one.state is GroupState.REFUSED:
                settlement = settle(one.group, listing, owned)
                if settlement.presence is Presence.FOUND:
                    await self._record_settlement(one, settlement)
            elif ids := doubles_of(one.group, listing, owned):
                await self._append(one, f"{MADE_TWICE}{', '.join(ids)}")
        made = [one.group_id for one in self._sample()]
        hidden = [one for one in made if listing.with_id(one) is None]
        return (
            f"the vendor's listing does not show what was made ({_some(hidden)})" if hidden else ""
        )

    async def _append(self, one: GroupRecord, what: str) -> None:
        """Add to a group's message what was found out of its doubles."""
        said, _, _ = one.message.partition(f"; {MADE_TWICE}")
        await self._recorder.record(
            Transition(
                batch=self._recorder.batch,
                seq=one.group.seq,
                leaves=one.state,
                enters=one.state,
                at_ms=one.created_ms or self._access.clock.now_ms(),
                code=one.code,
                message=f"{said}; {what}",
                request_id=one.request_id,
                group_id=one.group_id,
            )
        )

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


def _was_sent(
    one: GroupRecord, settlement: Settlement, listing: ListingIndex, owned: Collection[str]
) -> bool:
    """Whether a PLANNED group was sent all the same: its mark or pieces of it leave a doubt."""
    found = settlement.presence is Presence.FOUND
    token = one.group.token
    return found or bool(listing.with_token(token) or listing.pieces_of(one.group, owned))


def _groups(count: int) -> str:
    return "1 group" if count == 1 else f"{count:,} groups"


def _why_wait(doubtful: int) -> str:
    return f"{_groups(doubtful)} got no clear answer, and before then nobody can tell what was made"


def _some(group_ids: Sequence[str]) -> str:
    return ", ".join(group_ids[:SHOWN]) + (", …" if len(group_ids) > SHOWN else "")


def _of_missing(group_ids: Sequence[str], batch: str) -> str:
    deleted = " ".join(f"--deleted {one}" for one in group_ids[:SHOWN])
    them = "it" if len(group_ids) == 1 else "them"
    return (
        f"the vendor's listing does not show {_groups(len(group_ids))} that must be there "
        f"({_some(group_ids)}); where somebody deleted {them} by hand, say so: `importer settle "
        f"{batch} {deleted}`"
    )
