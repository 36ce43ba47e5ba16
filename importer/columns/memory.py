"""How this process treats memory: a list needs much of it at once, and then none of it any more."""

from __future__ import annotations

import ctypes
import gc
import os
import sys

_POOLS = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
"""Arrow's own pool keeps some 50 MB that a list never needs, and no matrix is multiplied here."""
_OBJECTS = 100_000
"""Made between two searches for garbage. Nearly all that is made here lives on, or goes by itself;
by the usual 700 a twentieth of the time went into looking."""
_MMAP_THRESHOLD, _LARGE = -3, 4 * 1024**2
"""Bytes of what the GNU C library gets from the system, and gives back, by itself: mallopt(3). Left
alone it raises the bound to 32 MB, and keeps what is smaller: 8 MB of 200,000 rows, 50 of a million
for 5 % less time."""


def prepare() -> None:
    """Set what libraries read when they are loaded, which is after the command line."""
    for name, value in _POOLS.items():
        os.environ.setdefault(name, value)
    gc.set_threshold(_OBJECTS)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Give the system what a stage is done with, before the next one takes as much again.

    The C library keeps most of it otherwise. It costs a few milliseconds.
    """
    import pyarrow

    pyarrow.default_memory_pool().release_unused()
