"""Parts of a work among threads, a few of them at a time, and what comes of them in order. Pure.

Arrow, numpy and zlib let go of the interpreter while they work, so that threads do work at once.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from concurrent.futures import Future

    Part = TypeVar("Part")
    Result = TypeVar("Result")

_MOST_THREADS = 4
"""More would wait for the interpreter, which still calls each operation."""


def threads() -> int:
    """Return how many threads work at once."""
    return min(_processors(), _MOST_THREADS)


def map_in_threads(
    work: Callable[[Part], Result], parts: Sequence[Part]
) -> Generator[Result, None, None]:
    """Do the work for each part on all processors, and return what comes of each in order.

    No more is done ahead of what was taken than one part for each thread. Whoever may stop early
    closes it, which ends the threads.
    """
    workers = min(len(parts), threads())
    if workers < 2:
        yield from map(work, parts)
        return
    ahead: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for part in parts:
            ahead.append(pool.submit(work, part))
            if len(ahead) > workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _processors() -> int:
    """Return how many this process may use, where the system tells, else how many there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
