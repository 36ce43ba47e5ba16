"""How this process treats memory: a list needs much of it at once, and then none of it any more."""

from __future__ import annotations

import gc
import os

_POOLS = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
"""Arrow's own pool keeps some 50 MB that a list never needs, and no matrix is multiplied here."""
_OBJECTS = 100_000
"""Made between two searches for garbage. Nearly all that is made here lives on, or goes by itself;
by the usual 700 a twentieth of the time went into looking."""


def prepare() -> None:
    """Set what libraries read when they are loaded, which is after the command line."""
    for name, value in _POOLS.items():
        os.environ.setdefault(name, value)
    gc.set_threshold(_OBJECTS)


def give_back() -> None:
    """Give the system what a stage is done with, before the next one takes as much again.

    The C library keeps it otherwise: a quarter of what a million rows took. It costs a few
    milliseconds.
    """
    import pyarrow

    pyarrow.default_memory_pool().release_unused()
