"""The pace that several processes keep together, on one made-up clock and a real row."""

from __future__ import annotations

import asyncio
import math
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.journal.pace import PaceRow
from importer.journal.pace_file import PaceFile
from importer.sending.calls.shared_pace import SharedPacer
from tests.sending.calls.test_pacing import late_sleep, most_in_one_second
from tests.sending.virtual_time import VirtualLoop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

START = 10_000.0
"""Seconds that the database's clock is ahead of a process's."""


@pytest.fixture(scope="module")
def pace_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaceFile]:
    """A file whose clock is whatever loop a test runs on."""
    file = PaceFile(tmp_path_factory.mktemp("pace") / "pace", lambda: NOW[0]() + START)
    yield file
    file.close()


T = TypeVar("T")
NOW: list[Callable[[], float]] = [lambda: 0.0]
_accounts = iter(range(10**9))


class Processes:
    """Several processes on one row; `left` holds when the calls of each left."""

    def __init__(
        self,
        file: PaceFile,
        rates: Sequence[float],
        *,
        lateness: float = 0.0,
        disk: Callable[[], float] = lambda: 0.0,
        trip: Callable[[], float] = lambda: 0.0,
        seed: int = 0,
    ) -> None:
        self.loop = VirtualLoop()
        self.left: list[list[float]] = [[] for _ in rates]
        self._file = file
        self._account = f"{next(_accounts)}"
        self._rates = rates
        self._disk = disk
        self._trip = trip
        self._sleep = late_sleep(Random(seed), lateness)
        self.pacers: list[SharedPacer] = []

    async def _call(self, work: Callable[[], T], /) -> T:
        await asyncio.sleep(self._trip())
        return work()

    def run(
        self,
        seconds: float,
        *,
        workers: int = 8,
        answer: Sequence[Callable[[], float]] | None = None,
        meanwhile: Callable[[SharedPacer], None] = lambda pacer: None,
    ) -> None:
        """Let all processes call for some time; `answer` is how long each waits for answers."""
        NOW[0] = self.loop.time

        async def work(
            pacer: SharedPacer, left: list[float], answered: Callable[[], float]
        ) -> None:
            while True:
                await pacer.slot()
                meanwhile(pacer)
                await asyncio.sleep(self._disk())
                await pacer.leave()
                left.append(self.loop.time())
                await asyncio.sleep(answered())

        async def main() -> None:
            for rate in self._rates:
                row = PaceRow(self._file, self._account, is_quick=True)
                pacer = SharedPacer(
                    row, rate, clock=self.loop.time, sleep=self._sleep, call=self._call
                )
                self.pacers.append(pacer)
            answers = answer or [lambda: 0.0] * len(self._rates)
            tasks = [
                asyncio.create_task(work(pacer, left, answered))
                for pacer, left, answered in zip(self.pacers, self.left, answers, strict=True)
                for _ in range(workers)
            ]
            await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task.done():
                    task.result()
                task.cancel()

        run_virtually(main(), self.loop)

    @property
    def together(self) -> list[float]:
        """When all calls left, in order."""
        return sorted(at for one in self.left for at in one)


@settings(max_examples=60, deadline=None)
@given(
    rate=st.floats(0.5, 50),
    processes=st.integers(1, 6),
    workers=st.integers(1, 8),
    stall=st.sampled_from([0.0, 0.001, 0.03, 0.3, 4.0]),
    trip=st.sampled_from([0.0, 0.002, 0.05]),
    lateness=st.sampled_from([0.0, 0.001, 0.02]),
    troubled=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_no_second_sees_more_calls_than_the_rate(
    pace_file: PaceFile,
    rate: float,
    processes: int,
    workers: int,
    stall: float,
    trip: float,
    lateness: float,
    troubled: bool,
    seed: int,
) -> None:
    """Whichever second the server looks at, all processes together make at most `rate` calls.

    Whatever disks take, however late timers wake and however far the database is; also while the
    rate is cut, recovers and is paused.
    """
    random = Random(seed)

    def meanwhile(pacer: SharedPacer) -> None:
        if troubled and random.random() < 0.02:
            pacer.slow_down(pacer._clock())
        if troubled and random.random() < 0.02:
            pacer.pause(random.uniform(0, 3))

    several = Processes(
        pace_file,
        [rate] * processes,
        lateness=lateness,
        disk=lambda: random.choice([0.0, random.uniform(0, stall), stall]),
        trip=lambda: random.uniform(0.5, 1) * trip,
        seed=seed,
    )
    several.run(min(60, 30 / rate) + 9, workers=workers, meanwhile=meanwhile)
    assert several.together, "nobody ever left"
    assert most_in_one_second(several.together) <= math.ceil(rate)


@settings(max_examples=40, deadline=None)
@given(
    rate=st.floats(2, 50),
    processes=st.integers(1, 6),
    trip=st.sampled_from([0.0, 0.002, 0.02]),
    lateness=st.sampled_from([0.0, 0.001, 0.003]),
    seed=st.integers(0, 2**32),
)
def test_the_rate_is_reached_in_equal_shares(
    pace_file: PaceFile, rate: float, processes: int, trip: float, lateness: float, seed: int
) -> None:
    """Together at least 95 % of the rate; processes that are as busy get the same."""
    random = Random(seed)
    several = Processes(
        pace_file,
        [rate] * processes,
        lateness=lateness,
        disk=lambda: random.uniform(0, 0.02),
        trip=lambda: random.uniform(0.5, 1) * trip,
        seed=seed,
    )
    several.run(8 + 20 * processes / rate, workers=16)
    left = several.together
    assert (len(left) - 1) / (left[-1] - left[0]) >= 0.95 * rate
    shares = [len(one) for one in several.left]
    assert max(shares) - min(shares) <= max(2 + rate * 0.2, 0.1 * len(left) / processes), shares


def test_a_process_that_waits_for_its_answers_leaves_the_rest_to_others(
    pace_file: PaceFile,
) -> None:
    """Nobody holds departures that it has no call for."""
    both = Processes(pace_file, [20, 20])
    both.run(30, workers=2, answer=[lambda: 5.0, lambda: 0.0])
    slow, busy = both.left
    assert len(slow) <= 2 * 7
    assert len(both.together) >= 0.95 * 20 * 30
    assert len(busy) >= 0.9 * 20 * 30


def test_the_lowest_rate_holds_for_all(pace_file: PaceFile) -> None:
    """A process that was given a lower rate is not overrun by one with a higher."""
    both = Processes(pace_file, [4, 20])
    both.run(30)
    distances = [later - earlier for earlier, later in pairwise(both.together)]
    slow = set(both.left[0])
    around = [
        later - earlier
        for earlier, later in pairwise(both.together)
        if earlier in slow or later in slow
    ]
    assert min(around) >= 0.25
    assert min(distances) >= 0.05


def test_a_pause_holds_every_process(pace_file: PaceFile) -> None:
    """What a server asks one process to wait, the others wait as well."""
    both = Processes(pace_file, [10, 10])
    asked: list[float] = []

    def meanwhile(pacer: SharedPacer) -> None:
        if not asked and pacer is both.pacers[0] and both.loop.time() > 2:
            asked.append(both.loop.time())
            pacer.pause(30)

    both.run(60, meanwhile=meanwhile)
    quiet = [at for at in both.together if asked[0] + 0.5 < at < asked[0] + 29.9]
    assert quiet == []
    assert [at for at in both.together if at > asked[0] + 30]


def test_what_one_learns_all_follow(pace_file: PaceFile) -> None:
    """A refusal for rate slows all processes down, once, and quiet time gives it back to all."""
    both = Processes(pace_file, [20, 20])
    asked: list[float] = []

    def meanwhile(pacer: SharedPacer) -> None:
        if not asked and both.loop.time() > 5:
            asked.append(both.loop.time())
            for _ in range(3):
                pacer.slow_down(both.loop.time() - 0.01)

    both.run(40, meanwhile=meanwhile)
    left = both.together
    soon = [at for at in left if asked[0] + 0.2 <= at < asked[0] + 1.2]
    late = [at for at in left if 35 <= at < 36]
    assert 9 <= len(soon) <= 11
    assert 18 <= len(late) <= 20
    assert [pacer.rate for pacer in both.pacers] == [20, 20]


def test_a_computer_that_slept_goes_on_at_once(pace_file: PaceFile) -> None:
    """Its clock stood still, and the database's did not."""
    one = Processes(pace_file, [10])
    slept = [0.0]

    def meanwhile(pacer: SharedPacer) -> None:
        if one.loop.time() > 5 and not slept[0]:
            slept[0] = 3600.0
            NOW[0] = lambda: one.loop.time() + 3600

    one.run(20, meanwhile=meanwhile)
    assert slept[0]
    assert len(one.left[0]) >= 10 * 20 * 0.9


def test_a_row_of_another_clock_is_begun_anew(pace_file: PaceFile) -> None:
    """A departure that lies far ahead was written before this computer was started anew."""
    one = Processes(pace_file, [10])
    row = PaceRow(pace_file, one._account, is_quick=True)
    NOW[0] = lambda: 10**6
    row.reserve(10, 1, spread=1, ahead_us=0, missed_us=0)
    row.hold(10**6)
    one.run(5)
    assert len(one.left[0]) >= 48
