"""Memory goes back to the system between stages, not only to the process."""

from __future__ import annotations

import gc
import os
import platform
from pathlib import Path

import pytest

from importer import memory

PIECE, PIECES = 60_000, 1_000
"""So small that the C library keeps each for itself when it is freed."""


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other systems give back by themselves"
)
def test_what_is_freed_goes_back() -> None:
    """Most of what a stage freed is the system's again, also between what lives on."""
    memory.give_back()  # which loads a library
    held = [b"x" * PIECE for _ in range(PIECES)]
    live_on = held[::100]
    held.clear()
    before = resident()
    memory.give_back()
    assert before - resident() > PIECE * PIECES * 0.8
    assert live_on


def test_settings_of_the_operator_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody set for the libraries is left as it is; what nobody set is set."""
    thresholds = gc.get_threshold()
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "mimalloc")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    try:
        memory.prepare()
        assert os.environ["ARROW_DEFAULT_MEMORY_POOL"] == "mimalloc"
        assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    finally:
        gc.set_threshold(*thresholds)
