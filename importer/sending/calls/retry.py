"""An answer and the number of tries to a decision: what to record, and what comes next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.api.codes import CallOutcome
from importer.model import GroupState

if TYPE_CHECKING:
    from importer.api.reply import Reply
    from importer.model import GroupRecord

MAX_SENDINGS = 4
"""How often a group is sent in all whose answers say only that something failed, before it counts
as refused."""
MAX_TRIES = 6
"""How often one group is sent in a run when it is certain each time that it was not made. Refusals
for rate are counted for all calls together, see `RateRefusals`."""
OTHERS_FIRST = 20
"""How often one group is refused for rate before all others have their turn. A server that refuses
it alone would have everybody wait for it each time."""
FIRST_PAUSE = 1.0
"""Seconds before the second try; each further pause is twice as long."""
LONGEST_PAUSE = 600.0
"""Seconds. A server that asks for more is done with us for this run."""

SAME_CLOCK_MS = 5_000
"""Two clocks that differ by less agree: what is refused by one would be refused by the other."""

CONTENT_CODES = frozenset({1002, 10004, 10007})
"""Refusals that speak of what is in the group, so that its other numbers may do without the bad."""
SIZE_CODE = 1002
"""The refusal of a group that is too large; others of `CONTENT_CODES` blame single numbers."""
FREE_SPLITS = 20
"""Splits that a batch may always make. Each group that was made allows one more.

One bad number among 500 takes 9 splits, which make as many good groups. Where every group is
refused alike, for its name or by a fault of the account, nothing is made and the splitting ends.
"""


class Stop(StrEnum):
    """Why a run stops before its last group; the value is shown to the operator."""

    CREDENTIALS = "the API refused the credentials"
    CLOCK = "this computer's clock is too far from the server's"
    NOT_REACHED = "the server can't be reached"
    RATE = "the server keeps refusing calls for their rate"
    UNCLEAR = "too many calls in a row had no clear answer"
    BLIND = "the vendor's groups could not be listed"
    SLOW = "this computer takes too long to record a call before it is made"
    INTERRUPTED = "the run was interrupted"
    TIME = "the time until which the night may send is over"
    ENOUGH = "the night has made as many groups as it may"
    TRIAL = "as many groups are made as --limit-groups allows"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an answer leads to."""

    enters: GroupState
    again: bool = False
    """Whether this run sends the group again."""
    pause: float = 0.0
    """Seconds during which nobody calls."""
    slow_down: bool = False
    correct_clock: bool = False
    stop: Stop | None = None
    """Whether no further group is sent, and why."""


def decide(
    outcome: CallOutcome,
    reply: Reply,
    tries: int,
    *,
    jitter: float,
    may_split: bool = False,
    repeatable: bool = False,
) -> Decision:
    """Decide after the call number `tries` (from 1) for one group or one page in this run.

    Refusals for rate don't count in it; after one, `tries` is what `RateRefusals` counts.

    `may_split` says whether the group can be cut in two. `repeatable` says that it does no harm to
    make the call twice, as with listGroup and deleteGroup. `jitter`, from 0 to 1, lengthens pauses
    that the server did not ask for, by half at the most.

    A createGroup is made again only where it is certain that the group was not made.
    """
    match outcome:
        case CallOutcome.DONE:
            return Decision(GroupState.CREATED)
        case CallOutcome.REFUSED:
            split = may_split and reply.code in CONTENT_CODES
            return Decision(GroupState.SPLIT if split else GroupState.REFUSED)
        case CallOutcome.UNCLEAR | CallOutcome.FAILED:
            if repeatable:
                return _again(tries, _pause(reply, tries, jitter), Stop.UNCLEAR)
            return Decision(GroupState.IN_DOUBT)
        case CallOutcome.CREDENTIALS:
            return Decision(GroupState.PLANNED, stop=Stop.CREDENTIALS)
        case CallOutcome.CLOCK:
            return _after_clock(reply, tries)
        case CallOutcome.RATE_LIMITED:
            return _again(tries, _pause(reply, tries, jitter), Stop.RATE, slow_down=True)
        case CallOutcome.NOT_SENT:
            return _again(tries, backoff(tries, jitter), Stop.NOT_REACHED)


@dataclass(slots=True)
class Tries:
    """Counts the calls for one group or one page in this run."""

    made: int = 0
    """But for those that were refused for rate."""
    refused: int = 0
    """Those that were refused for rate."""

    def count(self, outcome: CallOutcome) -> None:
        """Take the outcome of a call."""
        if outcome is CallOutcome.RATE_LIMITED:
            self.refused += 1
        else:
            self.made += 1


@dataclass(slots=True)
class RateRefusals:
    """Counts refusals for rate since the server last took a call, a burst of them as one.

    One call among many can be refused again and again while others go through; that is a pace to
    be found, and no reason to stop. To a burst belong all calls that were made before the pause
    was over that its first refusal asked for: what was ready by then leaves, and tells nothing new.
    Its other refusals don't lengthen it: where they come one after the other, it would have no end.
    """

    in_a_row: int = 0
    _burst_ends: float = float("-inf")

    def count(self, outcome: CallOutcome, called_at: float) -> None:
        """Take the outcome of a call made at `called_at`, in seconds of one clock."""
        if outcome in {CallOutcome.DONE, CallOutcome.REFUSED}:
            self.in_a_row = 0
        elif outcome is CallOutcome.RATE_LIMITED and called_at >= self._burst_ends:
            self.in_a_row += 1

    def wait(self, called_at: float, until: float) -> None:
        """Take that nobody calls before `until`, as a call made at `called_at` was refused."""
        if called_at >= self._burst_ends:
            self._burst_ends = until


def may_split(size: int, splits: int, created: int) -> bool:
    """Say whether a batch that made `splits` and `created` so far may cut a group of `size`."""
    return size > 1 and splits < FREE_SPLITS + created


def backoff(tries: int, jitter: float) -> float:
    """Return the seconds to wait after a number of tries, the longer the more there were."""
    return FIRST_PAUSE * 2.0 ** (tries - 1) * (1 + jitter / 2)


def _pause(reply: Reply, tries: int, jitter: float) -> float:
    return backoff(tries, jitter) if reply.retry_after is None else reply.retry_after


def _after_clock(reply: Reply, tries: int) -> Decision:
    """Sign by the server's `Date` from now on, unless that is the clock that was refused."""
    server_ms = reply.server_ms
    if server_ms is None or tries >= MAX_TRIES or abs(server_ms - reply.sent_ms) < SAME_CLOCK_MS:
        return Decision(GroupState.PLANNED, stop=Stop.CLOCK)
    return Decision(GroupState.PLANNED, again=True, correct_clock=True)


def _again(tries: int, pause: float, otherwise: Stop, *, slow_down: bool = False) -> Decision:
    if tries >= MAX_TRIES or pause > LONGEST_PAUSE:
        return Decision(GroupState.PLANNED, stop=otherwise)
    return Decision(GroupState.PLANNED, again=True, pause=pause, slow_down=slow_down)


def after_absence(one: GroupRecord) -> tuple[GroupState, str]:
    """Return what becomes of a group that was certainly not made, and what to say of it.

    A group whose answers say only that something failed is sent `MAX_SENDINGS` times in all.
    """
    if one.state is GroupState.REFUSED:
        return GroupState.PLANNED, ""
    if one.group_id:
        return GroupState.REFUSED, f"{one.message}, and made no new one"
    if one.code and one.attempts >= MAX_SENDINGS:
        return (
            GroupState.REFUSED,
            f"{one.message} (sent {one.attempts} times, and no listing showed it)",
        )
    return GroupState.PLANNED, ""
