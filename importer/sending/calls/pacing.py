"""The one pace that all workers share: calls evenly spaced, slower when the server says so.

The promise: whichever second the server looks at, it sees at most `rate` calls begin.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MARGIN = 0.015
"""How much further apart calls are planned than the rate asks, as a share.

So a second's worth of calls takes 1.015 s: room for `SLACK`, and for 10 ms by which the network can
push two calls together on their way.
"""
SLACK = 0.005
"""Seconds that one call may leave early to make up for one that left late.

A timer wakes late by a little each time, and without slack these would add up to a lower rate.
"""

CUT = 0.5
"""What a refusal for rate leaves of the rate."""
LOWEST = 1 / 64
"""How far the rate may fall, as a share of the ceiling."""
STEP = 0.05
"""What each quiet second gives back, as a share of the ceiling."""


class Spacing:
    """Lets callers through at least `gap` seconds apart, in the order they came."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]):
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._due = clock()

    async def wait(self, gap: Callable[[], float]) -> None:
        """Return when the caller may go; `gap` is asked for again after each sleep."""
        async with self._turn:
            while (early := self._due - self._clock()) > 0:
                await self._sleep(early)
            self._due = max(self._due, self._clock() - SLACK) + gap()

    def hold(self, until: float) -> None:
        """Let nobody through before `until`, by the clock."""
        self._due = max(self._due, until)


class Pace(Protocol):
    """When calls may leave: one process's pace, or the one that several keep together."""

    rate: float | None
    """Calls a second; None for no limit."""

    async def slot(self) -> None:
        """Wait until it is time to make a call ready."""

    async def leave(self) -> None:
        """Wait until a call that is ready may leave."""

    def pause(self, seconds: float) -> None:
        """Let nobody through for some seconds."""

    def slow_down(self, called_at: float) -> None:
        """Cut the rate after a refusal for rate of a call that was made at `called_at`."""


class Pacer:
    """Shared by all workers of one process. `rate` is the ceiling in calls a second, None for none.

    `begin` is the rate to begin with, where an earlier run learned that the ceiling is too much.

    A worker waits for `slot()` first, then makes its call ready, and waits for `leave()` at the
    very last: a slow disk between the two can't push calls together at the server.
    """

    def __init__(
        self,
        rate: float | None,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        begin: float | None = None,
    ) -> None:
        self.ceiling = rate
        self.rate = rate if begin is None or rate is None else min(begin, rate)
        self._clock = clock
        self._slots = Spacing(clock, sleep)
        self._exits = Spacing(clock, sleep)
        self._cut_at = self._raised_at = clock()

    async def slot(self) -> None:
        """Wait for this caller's turn, however long the server asked to wait."""
        await self._slots.wait(self._gap)
        self._recover()

    async def leave(self) -> None:
        """Wait until a call may leave without coming too close behind the one before."""
        await self._exits.wait(self._gap)

    def _gap(self) -> float:
        return 0.0 if self.rate is None else (1 + MARGIN) / self.rate

    def pause(self, seconds: float) -> None:
        """Give out no slot for some seconds."""
        until = self._clock() + seconds
        self._slots.hold(until)
        # While nobody calls, nothing shows that the server would put up with more.
        self._raised_at = max(self._raised_at, until)

    def slow_down(self, called_at: float) -> None:
        """Cut the rate after a refusal for rate of a call that was made at `called_at`.

        Calls that were under way when the rate was cut tell nothing new: a burst of refusals cuts
        once.
        """
        if self.rate is None or self.ceiling is None or called_at < self._cut_at:
            return
        self.rate = max(self.rate * CUT, self.ceiling * LOWEST)
        self._cut_at = self._clock()
        self._raised_at = max(self._raised_at, self._cut_at)

    def _recover(self) -> None:
        """Give back a step for each second without a refusal, up to the ceiling."""
        if self.rate is None or self.ceiling is None or self.rate >= self.ceiling:
            return
        quiet = self._clock() - self._raised_at
        if quiet >= 1:
            self.rate = min(self.ceiling, self.rate + self.ceiling * STEP * quiet)
            self._raised_at = self._clock()
