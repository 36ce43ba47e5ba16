"""An answer and the number of tries to a decision: what to record, and what comes next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.api.codes import Outcome
from importer.model import GroupState

if TYPE_CHECKING:
    from importer.api.reply import Reply

MAX_TRIES = 6
"""How often one group is sent in a run when it is certain each time that it was not made."""
FIRST_PAUSE = 1.0
"""Seconds before the second try; each further pause is twice as long."""
LONGEST_PAUSE = 600.0
"""Seconds. A server that asks for more is done with us for this run."""


class Stop(StrEnum):
    """Why a run stops before its last group; the value is shown to the operator."""

    CREDENTIALS = "the API refused the credentials"
    CLOCK = "this computer's clock is too far from the server's"
    NOT_REACHED = "the server can't be reached"
    RATE = "the server keeps refusing calls for their rate"
    INTERRUPTED = "the run was interrupted"


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
    outcome: Outcome, reply: Reply, tries: int, *, clock_corrected: bool, jitter: float
) -> Decision:
    """Decide after the call number `tries` (from 1) of a group in this run.

    `clock_corrected` says whether that call was signed by a corrected clock already. `jitter`, from
    0 to 1, lengthens pauses that the server did not ask for, by half at the most.

    A group is sent again only where it is certain that it was not made.
    """
    match outcome:
        case Outcome.CREATED:
            return Decision(GroupState.CREATED)
        case Outcome.REFUSED:
            return Decision(GroupState.REFUSED)
        case Outcome.UNCLEAR:
            return Decision(GroupState.IN_DOUBT)
        case Outcome.CREDENTIALS:
            return Decision(GroupState.PLANNED, stop=Stop.CREDENTIALS)
        case Outcome.CLOCK:
            return _after_clock(reply, tries, clock_corrected)
        case Outcome.RATE_LIMITED:
            pause = _backoff(tries, jitter) if reply.retry_after is None else reply.retry_after
            return _again(tries, pause, Stop.RATE, slow_down=True)
        case Outcome.NOT_SENT:
            return _again(tries, _backoff(tries, jitter), Stop.NOT_REACHED)


def _after_clock(reply: Reply, tries: int, clock_corrected: bool) -> Decision:
    if clock_corrected or reply.server_ms is None or tries >= MAX_TRIES:
        return Decision(GroupState.PLANNED, stop=Stop.CLOCK)
    return Decision(GroupState.PLANNED, again=True, correct_clock=True)


def _again(tries: int, pause: float, otherwise: Stop, *, slow_down: bool = False) -> Decision:
    if tries >= MAX_TRIES or pause > LONGEST_PAUSE:
        return Decision(GroupState.PLANNED, stop=otherwise)
    return Decision(GroupState.PLANNED, again=True, pause=pause, slow_down=slow_down)


def _backoff(tries: int, jitter: float) -> float:
    return FIRST_PAUSE * 2.0 ** (tries - 1) * (1 + jitter / 2)
