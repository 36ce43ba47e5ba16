"""Unpacks the next pieces of a part while the current one is parsed."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_AHEAD = 3
"""Most pieces that wait to be taken; it bounds the memory."""


def ahead(pieces: Iterator[bytes]) -> Generator[bytes, None, None]:
    """Yield an iterator's pieces, which a thread takes from it ahead of the caller.

    zlib releases the interpreter's lock, so that unpacking and parsing go on at once. An error of
    the iterator is raised after the pieces before it. Callers that stop early must close the
    generator, which ends the thread.
    """
    with ThreadPoolExecutor(1, "unpacking") as thread:
        waiting = deque(thread.submit(next, pieces, None) for _ in range(_AHEAD))
        while (piece := waiting.popleft().result()) is not None:
            waiting.append(thread.submit(next, pieces, None))
            yield piece
