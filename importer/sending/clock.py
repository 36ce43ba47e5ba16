"""Time and chance, passed in, so that tests can be in another world than the computer's."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def _epoch_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class World:
    """The clocks, the way to sleep and the dice of one run."""

    clock: Callable[[], float] = time.monotonic
    """Seconds that only ever go forward."""
    now_ms: Callable[[], int] = _epoch_ms
    """The computer's time of day, in milliseconds since the epoch."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    """From 0 to 1."""
