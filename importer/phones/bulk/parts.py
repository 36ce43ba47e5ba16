"""Cells in parts that threads share: each a view of the frame, never a copy. Pure."""

from __future__ import annotations

from importer.columns.threads import threads

_MOST_CELLS = 200_000
"""Of one part. With a third more, a million would take 5 % less time, and 10 MB more memory."""
_FEWEST_CELLS = 60_000
"""Of one part where there are several. Arrow compiles a pattern each time anew, for some 15 ms in
all, which is as much as it takes to look at 25,000 cells."""


def size_of_parts(count: int) -> int:
    """Return how many cells one part of so many has: as many parts as keep each thread at work."""
    at_once = threads()
    rounds = -(-count // (at_once * _MOST_CELLS))
    parts = max(1, min(at_once * rounds, count // _FEWEST_CELLS))
    return max(1, -(-count // parts))


def parts_of(count: int, size: int) -> list[slice]:
    """Return the parts of so many cells."""
    return [slice(begin, min(begin + size, count)) for begin in range(0, count, size)]
