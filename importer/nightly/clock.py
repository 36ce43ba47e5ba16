"""The time of a night, passed in, so that tests can live ten of them in a few seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _now() -> datetime:
    return datetime.now().astimezone()


@dataclass(frozen=True, slots=True)
class NightClock:
    """The clock of a night, and the way to wait."""

    now: Callable[[], datetime] = _now
    """Aware, in the operator's time zone."""
    sleep: Callable[[float], None] = time.sleep
    settle: float = 10.0
    """Seconds between the two looks at the inbox."""
