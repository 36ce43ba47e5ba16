"""The pace that is kept against the one asked for, and the journal against the bare disk.

A sandbox that answers after 50 ms is called 200 times a second; printed are the rate that was
achieved and the most calls that it saw in any one second. Then a plan of 2,000 groups and 4,000
durable steps are recorded one by one, beside as many fsyncs of a plain file on the same disk.

    python -m tests.benchmarks.bench_sending [--seconds N]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from functools import partial
from pathlib import Path

from importer.api.client import Account
from importer.batch.planning.fingerprint import token
from importer.batch.planning.grouping import halve
from importer.journal import Journal
from importer.model import Batch, Group, GroupState, Transition
from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, Sandbox
from importer.sending.session import Terms, send_batch
from tests.served import running

BATCH = "bench"
RATE = 200
LATENCY = 0.05
CONCURRENCY = 32
GROUPS, STEPS = 2_000, 4_000


class Silent:
    """Hears how sending goes on, and says nothing."""

    def group_finished(self, state: GroupState) -> None:
        """Hear that a group is done with."""

    def waiting(self, seconds: float, why: str) -> None:
        """Hear that nobody calls for a while."""

    def stopping(self, calls: int, seconds: float) -> None:
        """Hear that the run was interrupted."""

    def not_understood(self, answer: str) -> None:
        """Say nothing."""


def plan(journal: Journal, count: int, size: int, batch: str = BATCH) -> None:
    """Plan groups of made-up numbers."""
    groups = [
        Group(
            seq=seq,
            name=f"{batch} HK {seq:05}",
            country="HK",
            remark=token(batch, seq),
            phones=",".join(str(85_250_000_000 + seq * size + at) for at in range(size)),
            size=size,
        )
        for seq in range(1, count + 1)
    ]
    journal.plan(Batch(batch, batch, "a", "bench.csv", 0), groups)


def most_in_a_second(moments: list[float]) -> int:
    """Return the most calls in any window of one second, wherever it begins."""
    first, most = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def keep_the_pace(folder: Path, seconds: int) -> None:
    """Call a slow sandbox at a fixed rate and look at what it saw."""
    sandbox = Sandbox(latency=LATENCY)
    with Journal.open(folder / "pace.sqlite3") as journal, running(sandbox) as url:
        plan(journal, RATE * seconds, size=5)
        account = Account(url, ACCESS_KEY, ACCESS_SECRET)
        terms = Terms(RATE, CONCURRENCY, timeout=30)
        asyncio.run(send_batch(BATCH, journal, account, terms, partial(halve, BATCH), Silent()))
    moments = [call.at for call in sandbox.calls]
    achieved = (len(moments) - 1) / (moments[-1] - moments[0])
    print(f"asked for {RATE} calls a second at {LATENCY * 1000:.0f} ms latency, {seconds} s long")
    print(f"achieved {achieved:.1f} a second, ratio {achieved / RATE:.3f} (goal 0.98)")
    print(f"most in any second {most_in_a_second(moments)} (at most {RATE})")


def record(folder: Path) -> float:
    """Plan and step through a journal; return the seconds taken."""
    with Journal.open(folder / "steps.sqlite3") as journal:
        begun = time.perf_counter()
        plan(journal, GROUPS, size=500)
        for seq in range(1, STEPS // 2 + 1):
            step = partial(Transition, BATCH, seq, at_ms=0)
            journal.apply([step(leaves=GroupState.PLANNED, enters=GroupState.SENDING)])
            journal.apply([step(leaves=GroupState.SENDING, enters=GroupState.CREATED)])
        return time.perf_counter() - begun


def sync(folder: Path) -> float:
    """Write and sync a plain file as often; return the seconds taken."""
    with (folder / "plain").open("wb", buffering=0) as file:
        begun = time.perf_counter()
        for _ in range(STEPS + 1):
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
        return time.perf_counter() - begun


def main() -> None:
    """Run both and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keep_the_pace(folder, seconds)
        disk, journal = sync(folder), record(folder)
    print(f"journal {journal:.2f} s for {GROUPS:,} groups and {STEPS:,} steps, disk {disk:.2f} s")
    print(f"ratio {journal / disk:.2f} (goal at most 1.5)")


if __name__ == "__main__":
    main()
