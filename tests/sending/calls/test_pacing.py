"""The shared pace, whatever disks and timers do, on a clock that is made up."""

from __future__ import annotations

import asyncio
import math
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.sending.calls.pacing import Pacer
from tests.sending.virtual_time import VirtualLoop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HAIR = 1e-9
"""Seconds that floating point may be off by."""


def late_sleep(random: Random, latest: float) -> Callable[[float], Awaitable[None]]:
    """Return a sleep that oversleeps by up to `latest` seconds."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds + random.uniform(0, latest))

    return sleep


def departures(
    rate: float | None,
    calls: int,
    *,
    workers: int = 8,
    disk: Callable[[], float] = lambda: 0.0,
    lateness: float = 0.0,
    seed: int = 0,
    meanwhile: Callable[[Pacer, VirtualLoop], None] = lambda pacer, loop: None,
) -> list[float]:
    """Return when each call left, in seconds; `meanwhile` happens after each slot."""
    loop = VirtualLoop()
    left: list[float] = []

    async def work(pacer: Pacer, places: list[int]) -> None:
        while places:
            places.pop()
            await pacer.slot()
            meanwhile(pacer, loop)
            await asyncio.sleep(disk())
            await pacer.leave()
            left.append(loop.time())

    async def main() -> None:
        sleep = late_sleep(Random(seed), lateness)
        pacer = Pacer(rate, clock=loop.time, sleep=sleep)
        places = list(range(calls))
        await asyncio.gather(*(work(pacer, places) for _ in range(workers)))

    run_virtually(main(), loop)
    return left


def most_in_one_second(left: list[float]) -> int:
    """Return the most calls that any window of one second sees, its end not included."""
    return max(sum(begin <= at < begin + 1 - HAIR for at in left) for begin in left)


@settings(max_examples=150, deadline=None)
@given(
    rate=st.floats(0.5, 200),
    workers=st.integers(1, 24),
    stall=st.sampled_from([0.0, 0.001, 0.03, 0.3, 4.0]),
    lateness=st.floats(0, 0.02),
    troubled=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_no_second_sees_more_calls_than_the_rate(
    rate: float, workers: int, stall: float, lateness: float, troubled: bool, seed: int
) -> None:
    """Whichever second the server looks at, it sees at most `rate` calls, rounded up.

    Whatever the disk takes between slot and leave, and however late timers wake; also while the
    rate is cut, recovers and is paused.
    """
    random = Random(seed)

    def disk() -> float:
        return random.choice([0.0, random.uniform(0, stall), stall])

    def meanwhile(pacer: Pacer, loop: VirtualLoop) -> None:
        if troubled and random.random() < 0.02:
            pacer.slow_down(loop.time())
        if troubled and random.random() < 0.02:
            pacer.pause(random.uniform(0, 3))

    left = departures(
        rate,
        min(math.ceil(rate) * 3 + 3, 400),
        workers=workers,
        disk=disk,
        lateness=lateness,
        seed=seed,
        meanwhile=meanwhile,
    )
    assert most_in_one_second(left) <= math.ceil(rate)


@settings(max_examples=40, deadline=None)
@given(rate=st.floats(0.5, 200), lateness=st.floats(0, 0.001), seed=st.integers(0, 2**32))
def test_the_rate_is_reached(rate: float, lateness: float, seed: int) -> None:
    """At least 98 % of the rate asked for, where timers are good and enough callers wait."""
    random = Random(seed)
    left = departures(
        rate,
        max(20, math.ceil(rate) * 2),
        workers=32,
        disk=lambda: random.uniform(0, 0.02),
        lateness=lateness,
        seed=seed,
    )
    # The first to leave may be late itself, and nothing makes up for the last.
    took = left[-1] - left[0] - 0.02
    assert (len(left) - 1) / took >= 0.98 * rate


def test_no_rate_is_no_limit() -> None:
    """With no rate asked for, nobody waits, and a refusal for rate finds nothing to cut."""
    left = departures(None, 1000, meanwhile=lambda pacer, loop: pacer.slow_down(loop.time()))
    assert left == [0.0] * 1000


def test_everybody_is_let_through_in_the_order_they_came() -> None:
    """Nobody overtakes, so no group waits for ever behind others."""
    loop = VirtualLoop()
    order: list[int] = []

    async def main() -> None:
        pacer = Pacer(10, clock=loop.time, sleep=asyncio.sleep)

        async def work(number: int) -> None:
            await pacer.slot()
            order.append(number)

        await asyncio.gather(*(work(number) for number in range(20)))

    run_virtually(main(), loop)
    assert order == list(range(20))


def test_a_pause_holds_everybody() -> None:
    """Nobody gets a slot before the pause is over, those that wait for one already among them."""
    loop = VirtualLoop()
    slots: list[float] = []

    async def main() -> None:
        pacer = Pacer(2, clock=loop.time, sleep=asyncio.sleep)

        async def work() -> None:
            await pacer.slot()
            slots.append(loop.time())

        waiting = [asyncio.create_task(work()) for _ in range(6)]
        await asyncio.sleep(0.1)
        pacer.pause(30)
        pacer.pause(5)  # A shorter one does not cut a longer one short.
        await asyncio.gather(*waiting)

    run_virtually(main(), loop)
    assert slots[0] == 0.0
    assert slots[1] == pytest.approx(30.1)
    assert len(slots) == 6


class Alone:
    """A pacer that one caller uses, with a clock that only sleeping moves, to see its rate."""

    def __init__(self, rate: float, begin: float | None = None) -> None:
        self.now = 0.0
        self.pacer = Pacer(rate, clock=lambda: self.now, sleep=self._sleep, begin=begin)

    async def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def rates_until(self, seconds: float) -> list[float | None]:
        """Take slots until some time, and return the rate after each."""
        rates = []

        async def main() -> None:
            while self.now < seconds:
                await self.pacer.slot()
                rates.append(self.pacer.rate)

        run_virtually(main())
        return rates


def test_a_burst_of_refusals_cuts_once() -> None:
    """Calls that were under way when the rate was cut tell nothing new; later ones do."""
    alone = Alone(8)
    alone.now = 10.0
    for called_at in (9.0, 9.2, 9.9):
        alone.pacer.slow_down(called_at)
    assert alone.pacer.rate == 4
    alone.now = 10.5
    alone.pacer.slow_down(10.2)
    assert alone.pacer.rate == 2


def test_the_rate_has_a_lowest() -> None:
    """However often it is cut, calls go on: a rate of nothing would never learn better."""
    alone = Alone(64)
    for second in range(1, 40):
        alone.now = float(second)
        alone.pacer.slow_down(second)
    assert alone.pacer.rate == 1


def test_quiet_time_gives_the_rate_back_in_steps() -> None:
    """Additive up: some of the ceiling each quiet second, to the ceiling and never above."""
    alone = Alone(20)
    alone.pacer.slow_down(0.0)
    assert set(alone.rates_until(0.8)) == {10}, "the first second is not over"
    rates = [rate or 0 for rate in alone.rates_until(15)]
    assert rates == sorted(rates)
    assert max(rates) == rates[-1] == 20
    assert max(after - before for before, after in pairwise(rates)) < 1.2, "not at one go"


def test_no_rate_comes_back_while_nobody_calls_for_a_pause() -> None:
    """A pause is no quiet time: after it the rate is what the refusal left of it."""
    alone = Alone(20)
    alone.pacer.slow_down(0.0)
    alone.pacer.pause(300)
    assert alone.rates_until(300) == [10]
    assert alone.rates_until(303)[-1] == pytest.approx(13, abs=1)


@pytest.mark.parametrize(("rate", "begin", "begins"), [(8, 2, 2), (8, 20, 8), (8, None, 8)])
def test_begins_with_what_was_learned(rate: float, begin: float | None, begins: float) -> None:
    """A run begins with the rate that an earlier one learned, and not above the one asked for."""
    assert Alone(rate, begin).pacer.rate == begins


def test_what_was_learned_is_no_ceiling() -> None:
    """The rate that an earlier run learned rises again to the one asked for."""
    assert Alone(8, 2).rates_until(60)[-1] == 8
