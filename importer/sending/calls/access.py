"""What every kind of call shares: the client, the pace, the clock, and one way to take answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from importer.api.codes import CallOutcome
from importer.sending.calls.budget import Budget
from importer.sending.calls.retry import RateRefusals, decide

if TYPE_CHECKING:
    from importer.api.client import Operation
    from importer.api.reply import Reply
    from importer.model import Group, GroupState
    from importer.sending.calls.clock import Clock
    from importer.sending.calls.pacing import Pace
    from importer.sending.calls.retry import Decision, Tries


class VendorApi(Protocol):
    """What sending, listing and deleting need of the client."""

    clock_ms: int

    def next_ts(self) -> int:
        """Return the `ts` of a call that is signed now, in ms since the epoch."""

    async def create_group(self, group: Group, ts: int) -> Reply:
        """Make one call, signed with `ts`."""

    async def list_groups(self, *, limit: int, offset: int) -> Reply:
        """Ask for one page."""

    async def update_group(
        self, group_id: str, operation: Operation, phones: str, ts: int
    ) -> Reply:
        """Make one call, signed with `ts`."""

    async def delete_group(self, group_id: str) -> Reply:
        """Make one call. Deleting again what is deleted does no harm."""

    def follow_clock(self, server_ms: int) -> None:
        """Sign by the server's clock from now on."""


class SendingProgress(Protocol):
    """Hears how sending goes on."""

    def group_finished(self, state: GroupState) -> None:
        """Hear that a group is done with for now, in this state."""

    def waiting(self, seconds: float, why: str) -> None:
        """Hear that nobody calls for a while; 0 seconds: that this part of the run is over."""

    def stopping(self, calls: int, seconds: float) -> None:
        """Hear that a run was interrupted, and waits so long at most for so many calls."""

    def not_understood(self, answer: str) -> None:
        """Hear of an answer that was not understood, for the log."""


@dataclass(frozen=True, slots=True)
class VendorAccess:
    """One account at the vendor, and how to call it."""

    client: VendorApi
    pacer: Pace
    clock: Clock
    progress: SendingProgress
    budget: Budget = field(default_factory=Budget)
    refusals: RateRefusals = field(default_factory=RateRefusals)

    def decide(
        self,
        outcome: CallOutcome,
        reply: Reply,
        tries: Tries,
        *,
        called_at: float,
        may_split: bool = False,
        repeatable: bool = False,
    ) -> Decision:
        """Decide about an answer, and do to all calls what it asks for.

        `tries` counts the calls of its group or page, this one as well. `called_at` is when its
        call was made, by the monotonic clock. The rest is as for `decide`.
        """
        tries.count(outcome)
        self.refusals.count(outcome, called_at)
        decision = decide(
            outcome,
            reply,
            self.refusals.in_a_row if outcome is CallOutcome.RATE_LIMITED else tries.made,
            jitter=self.clock.random(),
            may_split=may_split,
            repeatable=repeatable,
        )
        self._follow(decision, reply, called_at)
        return decision

    def _follow(self, decision: Decision, reply: Reply, called_at: float) -> None:
        # Calls that were signed before the last correction say nothing about the present clock.
        is_current = reply.clock_ms == self.client.clock_ms
        if decision.correct_clock and is_current and reply.server_ms is not None:
            self.client.follow_clock(reply.server_ms)
        if decision.slow_down:
            self.pacer.slow_down(called_at)
            self.refusals.wait(called_at, self.clock.monotonic() + decision.pause)
        if decision.pause:
            self.pacer.pause(decision.pause)
            self.progress.waiting(decision.pause, reply.message)
        if reply.excerpt:
            self.progress.not_understood(reply.excerpt.decode(errors="replace"))
