"""Promises of work among threads: in order, a little at a time, and no thread is left."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from importer.columns import threads

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSORS = (1, 2, 3)


@pytest.fixture(params=PROCESSORS)
def processors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many processors."""
    monkeypatch.setattr(threads, "_processors", lambda: request.param)
    return int(request.param)


def test_what_comes_is_in_order(processors: int) -> None:
    """Where the first part is done last, it comes first."""
    others_done = threading.Event()

    def work(part: int) -> int:
        if part == 0 and processors > 1:
            assert others_done.wait(10)
        if part == 1:
            others_done.set()
        return part

    assert list(threads.map_in_threads(work, range(20))) == list(range(20))


def test_one_processor_has_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be done at once, the caller does it."""
    monkeypatch.setattr(threads, "_processors", lambda: 1)
    workers = set(threads.map_in_threads(lambda _: threading.current_thread(), range(5)))
    assert workers == {threading.current_thread()}


class Counted(list[int]):
    """Parts that know how many of them were given out."""

    given = 0

    def __iter__(self) -> Iterator[int]:
        """Give the parts out."""
        for part in super().__iter__():
            self.given += 1
            yield part


def test_little_is_done_ahead(processors: int) -> None:
    """However slow the taker is, only a few parts are given out at once."""
    parts = Counted(range(50))
    with closing(threads.map_in_threads(abs, parts)) as found:
        for taken, _ in enumerate(found, 1):
            assert parts.given <= taken + processors


def test_all_processors_work(processors: int) -> None:
    """As many parts are worked on at once as there are processors."""
    together = threading.Barrier(processors, timeout=10)
    list(threads.map_in_threads(lambda _: together.wait(), range(processors * 2)))


@pytest.mark.usefixtures("processors")
def test_an_error_comes_out_and_ends_the_threads() -> None:
    """What one part raises is raised, and nothing runs on."""
    before = threading.active_count()

    def work(part: int) -> int:
        if part == 3:
            raise ZeroDivisionError
        return part

    with pytest.raises(ZeroDivisionError):
        list(threads.map_in_threads(work, range(10)))
    assert threading.active_count() == before


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.usefixtures("processors")
def test_a_taker_that_stops_ends_the_threads(error: type[BaseException]) -> None:
    """A full disk, or an interrupt, ends the threads before it is told to anybody."""
    before = threading.active_count()
    done: list[int] = []

    def take() -> None:
        with closing(threads.map_in_threads(done.append, range(1_000))) as found:
            for _ in found:
                raise error

    with pytest.raises(error):
        take()
    assert threading.active_count() == before
    assert len(done) < 10
