"""The pace that all processes of one account keep together, on this computer or on several.

Departure times come from one row that all of them share, by the clock of the database that the row
is in. The promise is that of `pacing`: whichever second the server looks at, it sees at most `rate`
calls begin, now those of all processes together.

- A process asks for a departure only when a call is ready to use it, and holds no more of them than
  `LEAD` covers. So processes that are as busy as each other get equal shares, in turns.
- A call that leaves more than `slack` late moves all departures on that are not given out yet, by
  as much. So a second's worth of calls after it still takes a second. Where a whole second's worth
  was given out before, or `EXPIRES` is over, it does not leave: it asks for another departure.
- Where processes are given different rates, the lowest holds: a call keeps its own distance from
  the call before it as well as the distance that that one asked for.

Rate limiters from libraries were tried: those that share their state through SQL are not fair, and
the others keep it in memory or in a server of another kind.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from importer.sending.calls.pacing import CUT, LOWEST, MARGIN, SLACK, STEP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.model import Departures

T = TypeVar("T")

LEAD = 0.1
"""Seconds of departures that a process may hold before their time."""
FIRST_READY = 0.02
"""Seconds that making a call ready is thought to take before the first one was."""
READY_SAMPLES = 32
"""Calls whose readying is remembered; the slowest of them counts."""
EXPIRES = 0.1
"""Seconds after which a departure is not used any more."""
LONGEST_READY = 1.0
"""Seconds. A departure is asked for no longer before it than this."""
DRIFT = 0.005
"""Seconds by which two clocks may come apart within `TRIPS` questions."""
TRIPS = 32
"""Questions that are remembered: the quickest tells the database's clock, the slowest how much
ahead of its time a departure has to be asked for."""


_SINCE: ContextVar[float | None] = ContextVar("since", default=None)
"""When a call was begun to be made ready, for the task that does it."""


class PaceRow(Protocol):
    """The row of one account."""

    is_quick: bool
    """Whether it answers within a millisecond; else it is called in a thread."""

    def reserve(
        self, ceiling: float, count: int, *, spread: float, ahead_us: int, missed_us: int
    ) -> Departures:
        """Give out `count` departures, the first at least `ahead_us` from now.

        They are `spread` seconds, divided by the rate, apart from each other and from any other's.
        `missed_us` is a departure of this process that was not used, 0 for none.

        Raises:
            JournalError: the row can't be read or written.
        """

    def move_on(self, departure_us: int, late_us: int) -> bool:
        """Move all departures that are not given out yet on by some time.

        Return False, and move none, where a second's worth after `departure_us` are given out.
        """

    def raise_rate(self, rate: float, seen_us: int) -> None:
        """Raise the rate, unless another process has changed it since `seen_us`."""

    def cut_rate(self, ceiling: float, called_us: int, *, cut: float, lowest: float) -> None:
        """Cut the rate to `cut` of it, unless it was cut after `called_us`; not below `lowest`."""

    def hold(self, pause_us: int) -> None:
        """Give out no departure for some time from now."""


@dataclass(frozen=True, slots=True)
class _Departure:
    us: int
    """By the database's clock, as the row gave it."""
    at: float
    """By this process's clock, in seconds."""


@dataclass(frozen=True, slots=True, order=True)
class _Trip:
    """One question to the row."""

    took: float
    """Seconds from the question to the answer."""
    offset: float
    """Seconds that the database's clock was ahead of this process's, give or take half of that."""
    waited: float
    """Seconds until the caller went on."""


class Call(Protocol):
    """Runs what may block, such as `asyncio.to_thread`."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """Return what it returns, or raise what it raises."""


class SharedPacer:
    """This process's part in the shared pace. `ceiling` is the rate it asks for, in calls a second.

    A worker waits for `slot()` first, then makes its call ready, and waits for `leave()` at the
    very last, as with `Pacer`. `call` runs the row's methods where they may block; `slack` is how
    many seconds late a call may leave.
    """

    def __init__(
        self,
        row: PaceRow,
        ceiling: float,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        call: Call,
        slack: float = SLACK,
    ) -> None:
        self.ceiling = ceiling
        self.rate: float | None = ceiling
        self._row = row
        self._clock = clock
        self._sleep = sleep
        self._call = call
        self._slack = slack
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._free: deque[_Departure] = deque()
        self._given: deque[_Departure] = deque()
        self._hold_until = clock()
        self._left = float("-inf")
        """When the last call left."""
        self._ready = deque([FIRST_READY], READY_SAMPLES)
        self._trips: deque[_Trip] = deque(maxlen=TRIPS)
        self._changes_under_way: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None

    async def slot(self) -> None:
        """Wait until it is time to make a call ready, however long the server asked to wait.

        Raises:
            JournalError: the shared row can't be read or written.
        """
        self._waiting += 1
        try:
            async with self._turn:
                departure = await self._next_free()
                while departure.at < self._hold_until:
                    departure = await self._next_free()
                self._given.append(departure)
                _SINCE.set(self._clock())
        finally:
            self._waiting -= 1

    async def leave(self) -> None:
        """Wait for a departure of this process. One that has passed is not used any more.

        Raises:
            JournalError: the shared row can't be read or written.
        """
        since = _SINCE.get()
        if since is not None:
            self._ready.append(min(self._clock() - since, LONGEST_READY))
        departure, missed = self._next_given()
        while departure is None or not await self._is_met(departure):
            missed = departure or missed
            departure, later = self._next_given()
            missed = later or missed
            if departure is None:
                departure = await self._reserve(1, self._quickest_trip(), missed)

    def pause(self, seconds: float) -> None:
        """Give out no departure for some seconds, to no process. A call that is ready leaves."""
        self._hold_until = max(self._hold_until, self._clock() + seconds)
        self._free.clear()
        self._change_later(lambda: self._row.hold(int(seconds * 1e6)))

    def slow_down(self, called_at: float) -> None:
        """Cut the rate after a refusal for rate of a call that was made at `called_at`."""
        called_us = self._in_us(called_at)
        lowest = self.ceiling * LOWEST
        self._free.clear()
        self._change_later(
            lambda: self._row.cut_rate(self.ceiling, called_us, cut=CUT, lowest=lowest)
        )

    async def _next_free(self) -> _Departure:
        ready = max(self._ready)
        if self._free:
            departure = self._free.popleft()
        else:
            departure = await self._reserve(self._share(), ready, None)
        while (early := max(departure.at, self._hold_until) - ready - self._clock()) > 0:
            await self._sleep(early)
        return departure

    def _share(self) -> int:
        """Return how many departures to ask for: as many as are waited for, but not far ahead."""
        lead = max(LEAD, 2 * self._slowest_trip())
        return max(1, min(self._waiting, int(lead * (self.rate or self.ceiling))))

    def _next_given(self) -> tuple[_Departure | None, _Departure | None]:
        """Take the first departure that has not passed; return it, and the last one that has."""
        missed = None
        while self._given:
            departure = self._given.popleft()
            if self._clock() - departure.at <= max(EXPIRES, self._slack):
                return departure, missed
            missed = departure
        return None, missed

    async def _is_met(self, departure: _Departure) -> bool:
        """Wait for a departure; return whether a call may leave now.

        One that leaves late keeps its distance from the next one of this process.
        """
        while (early := max(departure.at, self._next_at()) - self._clock()) > 0:
            await self._sleep(early)
        moved = 0.0
        while (late := self._clock() - departure.at) - moved > self._slack:
            if late > max(EXPIRES, self._slack):
                return False
            move_on = partial(self._row.move_on, departure.us, int((late - moved) * 1e6))
            if not await self._call(move_on):
                return False
            moved = late
        self._left = self._clock()
        return True

    def _next_at(self) -> float:
        return self._left + (1 + MARGIN) / (self.rate or self.ceiling) - SLACK

    async def _reserve(self, count: int, ahead: float, missed: _Departure | None) -> _Departure:
        """Ask for departures; return the first, and keep the others."""
        if self._failure is not None:
            raise self._failure
        begun = self._clock()

        def ask() -> tuple[Departures, float, float]:
            asked = self._clock()
            given = self._row.reserve(
                self.ceiling,
                count,
                spread=1 + MARGIN,
                ahead_us=int(ahead * 1e6),
                missed_us=0 if missed is None else missed.us,
            )
            return given, asked, self._clock()

        given, asked, answered = await self._call(ask)
        offset = given.now_us / 1e6 - (asked + answered) / 2
        self._take_trip(_Trip(answered - asked, offset, self._clock() - begun))
        self._learn(given)
        times = [given.first_us + at * given.gap_us for at in range(count)]
        first, *others = (_Departure(us, us / 1e6 - self._offset()) for us in times)
        self._free.extend(others)
        return first

    def _learn(self, given: Departures) -> None:
        """Take over what any process learned, and give back a step after a second without refusal.

        However long nobody called, no more than two seconds' worth are given back at a time.
        """
        self.rate = rate = min(self.ceiling, given.rate)
        quiet = (given.now_us - given.raised_us) / 1e6
        if rate < self.ceiling and quiet >= 1:
            quiet = min(quiet, max(2.0, 2 / rate))
            raised = min(self.ceiling, rate + self.ceiling * STEP * quiet)
            self._change_later(lambda: self._row.raise_rate(raised, given.raised_us))

    def _change_later(self, change: Callable[[], None]) -> None:
        """Change the row in the background; an error there is raised by the next reservation."""

        async def changed() -> None:
            try:
                await self._call(change)
            except Exception as error:  # noqa: BLE001 - raised again by the next reservation
                self._failure = error

        task = asyncio.get_running_loop().create_task(changed())
        self._changes_under_way.add(task)
        task.add_done_callback(self._changes_under_way.discard)

    def _take_trip(self, trip: _Trip) -> None:
        """Remember a question; where one of the clocks has jumped, forget all before it.

        A computer that slept has a clock that stood still meanwhile.
        """
        if self._trips:
            best = min(self._trips)
            if abs(trip.offset - best.offset) > (trip.took + best.took) / 2 + DRIFT:
                self._trips.clear()
        self._trips.append(trip)

    def _quickest_trip(self) -> float:
        return min((one.waited for one in self._trips), default=0.0)

    def _slowest_trip(self) -> float:
        return max((one.waited for one in self._trips), default=0.0)

    def _offset(self) -> float:
        return min(self._trips).offset if self._trips else 0.0

    def _in_us(self, at: float) -> int:
        return int((at + self._offset()) * 1e6)
