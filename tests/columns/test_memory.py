"""Memory goes back to the system between stages, not only to the process."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys

import pytest

from importer.columns import memory

BEGIN = """
import os
from pathlib import Path
from importer.columns import memory

memory.prepare()
memory.give_back()  # which loads a library

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

def filled(size):
    return b"x" * size
"""
SMALL = """
held = [filled(60_000) for _ in range(1_000)]
full = resident()
live_on = held[::100]
held.clear()
memory.give_back()
print(full - resident())
"""
"""Frees sixty megabytes in pieces so small that the C library keeps them for itself."""
LARGE = """
filled(30_000_000)
held = [(filled(6_000_000), filled(60_000)) for _ in range(10)]
full = resident()
live_on = [small for large, small in held]
del held
print(full - resident())
"""
"""Frees as much in large pieces, after a larger one that would make the C library keep these."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others give back by themselves")
@pytest.mark.parametrize("work", [SMALL, LARGE], ids=["asked for", "of itself"])
def test_what_is_freed_goes_back(work: str) -> None:
    """Most of what a stage freed is the system's again, also between what lives on."""
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        [sys.executable, "-c", BEGIN + work],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert int(done.stdout) > 45_000_000


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
