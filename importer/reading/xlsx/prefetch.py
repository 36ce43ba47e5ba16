"""The next pieces of a file are unpacked while the last one is looked at."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_AHEAD = 3
"""Pieces that wait to be taken, so that memory is bounded."""


def ahead(pieces: Iterator[bytes]) -> Generator[bytes, None, None]:
    """Give the pieces of an iterator that goes on in a thread: zlib lets go of the interpreter.

    What the iterator raises is raised here, after the pieces before. The thread has ended when this
    ends, or is closed.
    """
    with ThreadPoolExecutor(1, "unpacking") as thread:
        waiting = deque(thread.submit(next, pieces, None) for _ in range(_AHEAD))
        while (piece := waiting.popleft().result()) is not None:
            waiting.append(thread.submit(next, pieces, None))
            yield piece
