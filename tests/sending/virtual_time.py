"""An event loop whose time is made up: sleeping costs nothing, and order is always the same."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")
EPOCH = 1_800_000_000.0
"""What the virtual clock shows when a loop begins, in seconds since the epoch."""


class _Selector(selectors.DefaultSelector):
    """Instead of waiting for time to pass, lets it pass."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("every task waits for another: nothing will ever happen")
        self.loop.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with a clock of its own; `now` is in seconds since the loop began."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self.now = 0.0
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def epoch_ms(self) -> int:
        """What the computer's time of day would show, in milliseconds."""
        return round((EPOCH + self.now) * 1000)


def run_virtually(coroutine: Coroutine[Any, Any, T], loop: VirtualLoop | None = None) -> T:
    """Run a coroutine on a virtual loop to its end."""
    with asyncio.Runner(loop_factory=lambda: loop or VirtualLoop()) as runner:
        return runner.run(coroutine)
