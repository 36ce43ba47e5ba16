"""Finds out what calls that change a list's groups have done, by what the groups hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.api.codes import REFUSAL_CODES
from importer.model import ListStep, StepKind, StepState
from importer.plurals import counted
from importer.sending.calls.retry import MAX_SENDINGS, Stop
from importer.sending.listing.lister import GroupLister, ListingError
from importer.sending.listing.settling import (
    UNPROVED_DELAY,
    final_from,
    missing_canaries,
    shows_numbers,
)
from importer.sending.listing.waiting import LOOK_AGAIN_AFTER, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from importer.sending.calls.access import VendorAccess
    from importer.sending.calls.stop_signal import StopSignal
    from importer.sending.listing.lister import Snapshot
    from importer.sending.listing.pages import Listed
    from importer.sending.lists.recording import StepRecorder

_NOT_YET = "before then nobody can tell what was done"
_SEEN = "found at the vendor after no clear answer"
_GONE = "its group was deleted at the vendor, on the operator's word"


class StepSettler:
    """Looks at the groups of one batch's calls, and records what is seen.

    `done` hears of each call that is found to be done. `listing_delay` is how many seconds the
    vendor may take until a listing shows a change.
    """

    def __init__(
        self,
        recorder: StepRecorder,
        access: VendorAccess,
        stop_signal: StopSignal,
        done: Callable[[], None],
        *,
        listing_delay: float,
    ) -> None:
        self._recorder = recorder
        self._access = access
        self._stop_signal = stop_signal
        self._done = done
        self._listing_delay = listing_delay
        self._lister = GroupLister(access, stop_signal)
        self._waiting = Waiting(access, stop_signal, self._lister)

    async def try_to_settle(self, doubtful: Sequence[ListStep]) -> Stop | None:
        """Look at the groups of calls in doubt and record what is seen; return why not, if not."""
        try:
            return await self._settle(doubtful)
        except ListingError as error:
            if self._stop_signal.reason is None:
                calls = counted(len(doubtful), "call")
                why = f"the groups of {calls} in doubt could not be looked at: "
                self._access.progress.waiting(0, f"{why}{error}")
            return self._stop_signal.reason or error.stop

    async def _settle(self, doubtful: Sequence[ListStep]) -> Stop | None:
        sent_ms = max(one.sent_ms or 0 for one in doubtful)
        earlier_ms = max(
            self._recorder.store.earlier_call_ms(self._recorder.batch, one) for one in doubtful
        )
        # A listing of before another sync could show what that one has changed since.
        is_recent = earlier_ms > sent_ms - 2 * UNPROVED_DELAY * 1000
        delay = max(self._listing_delay, UNPROVED_DELAY if is_recent else 0.0)
        await self._waiting.until(
            final_from(sent_ms, delay),
            f"{counted(len(doubtful), 'call')} got no clear answer, and {_NOT_YET}",
        )
        left = list(doubtful)
        for pause in (0.0, *LOOK_AGAIN_AFTER):
            if pause:
                self._access.progress.waiting(pause, "the vendor's listing does not tell yet")
                await self._waiting.pause(pause)
            snapshot = await self._look({one.group_id for one in left})
            left = [one for one in left if not await self._record_look(one, snapshot)]
            if not left:
                return None
        self._say_unlisted(left, snapshot)
        return Stop.BLIND

    def _say_unlisted(self, left: Sequence[ListStep], snapshot: Snapshot) -> None:
        """Say which group keeps calls in doubt because it is not listed, and what helps."""
        unlisted = [one for one in left if one.group_id not in snapshot.ids]
        if snapshot.is_whole and unlisted:
            one = unlisted[0]
            self._access.progress.waiting(
                0,
                f"group {one.group_name} ({one.group_id}) is not listed at the vendor, so it can't "
                "be told what was done to it; where somebody deleted it by hand, say so: "
                f"`importer settle {one.group_batch} --deleted {one.group_id}`",
            )

    async def _look(self, ids: Collection[str]) -> Snapshot:
        return await self._lister.read(lambda one: one.group_id in ids)

    async def _record_look(self, step: ListStep, snapshot: Snapshot) -> bool:
        """Record what a listing shows of a call in doubt; return False where it tells nothing."""
        listed = next((one for one in snapshot.groups if one.group_id == step.group_id), None)
        if step.kind is StepKind.DELETE:
            return await self._record_deletion(step, listed, snapshot)
        if listed is None:
            return await self._record_gone(step, snapshot)
        if not shows_numbers(listed):
            return False
        numbers = step.phones.split(",")
        wants = step.kind is StepKind.ADD
        done = [one for one in numbers if (one in listed.phones) == wants]
        left = [one for one in numbers if (one in listed.phones) != wants]
        if not left:
            await self._recorder.take(step, StepState.IN_DOUBT, StepState.DONE, message=_SEEN)
            self._done()
            return True
        if done:
            await self._recorder.cut(step, [(",".join(done), StepState.IN_DOUBT)], ",".join(left))
            steps = self._recorder.store.list_steps(self._recorder.batch)
            await self._recorder.take(steps[-1], StepState.IN_DOUBT, StepState.DONE, message=_SEEN)
        await self._take_absent(step)
        return True

    async def _record_gone(self, step: ListStep, snapshot: Snapshot) -> bool:
        """Record what is true of a call whose group was deleted, where an operator said so."""
        is_said = step.group_id not in self._recorder.store.created_at(self._recorder.batch)
        if not (is_said and snapshot.is_whole):
            return False
        enters = StepState.DONE if step.kind is StepKind.REMOVE else StepState.REFUSED
        await self._recorder.take(step, StepState.IN_DOUBT, enters, message=_GONE)
        self._done()
        return True

    async def reopen_untrue(self, kinds: Collection[StepKind]) -> bool:
        """Look whether calls did what their answers say; plan again what they did not do.

        A listing that contradicts them may be older than they are, so it is read once more when it
        can't be any longer. Return whether anything was planned again.
        """
        done = self._recorder.in_state(StepState.DONE, kinds)
        if not done:
            return False
        try:
            if not _untrue(done, await self._look({one.group_id for one in done})):
                return False
            last_ms = max(one.sent_ms or 0 for one in done)
            await self._waiting.until(
                final_from(last_ms, max(UNPROVED_DELAY, self._listing_delay)),
                f"the listing shows otherwise than calls were answered, and {_NOT_YET}",
            )
            untrue = _untrue(done, await self._look({one.group_id for one in done}))
        except ListingError as error:
            self._access.progress.waiting(0, f"what was done could not be looked at: {error}")
            return False
        for step, phones in untrue:
            await self._recorder.reopen(step, phones)
        return bool(untrue)

    async def _take_absent(self, step: ListStep) -> None:
        """Plan again what was not done; what was only ever said to fail counts as refused."""
        given_up = step.code is not None and step.attempts >= MAX_SENDINGS
        enters = StepState.REFUSED if given_up else StepState.PLANNED
        message = f"{step.message} (sent {step.attempts} times)" if given_up else ""
        await self._recorder.take(step, StepState.IN_DOUBT, enters, message=message, code=step.code)

    async def _record_deletion(
        self, step: ListStep, listed: Listed | None, snapshot: Snapshot
    ) -> bool:
        if listed is not None:
            was_refused = step.code in REFUSAL_CODES
            enters = StepState.REFUSED if was_refused else StepState.PLANNED
            await self._recorder.take(
                step, StepState.IN_DOUBT, enters, message=step.message, code=step.code
            )
            return True
        if not snapshot.is_whole or not self._shows_others(step, snapshot):
            return False
        await self._recorder.take(
            step, StepState.IN_DOUBT, StepState.DONE, message="no longer listed"
        )
        self._done()
        return True

    def _shows_others(self, step: ListStep, snapshot: Snapshot) -> bool:
        """Whether a listing shows the account's other groups, so that an absence counts."""
        deleted = {
            one.group_id
            for one in self._recorder.store.list_steps(self._recorder.batch)
            if one.kind is StepKind.DELETE
        }
        created = {
            group_id: at_ms
            for group_id, at_ms in self._recorder.store.created_at(self._recorder.batch).items()
            if group_id not in deleted and group_id != step.group_id
        }
        now_ms = self._access.clock.now_ms() - int(self._listing_delay * 1000)
        settled = {group_id: at_ms for group_id, at_ms in created.items() if at_ms <= now_ms}
        return bool(settled) and not missing_canaries(settled, snapshot.ids, now_ms)


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
