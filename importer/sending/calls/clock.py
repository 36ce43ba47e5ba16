"""Time and chance, passed in, so that tests can be in another clock than the computer's."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.sending.calls.pacing import SLACK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def _epoch_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks, the way to sleep and the dice of one run."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only ever go forward."""
    now_ms: Callable[[], int] = _epoch_ms
    """The computer's time of day, in milliseconds since the epoch."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
    """From 0 to 1."""
    slack: float = SLACK
    """Seconds that a call may leave late."""
