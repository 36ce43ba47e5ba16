"""Plans of long lists beside another run: how long they take, and how long that run waits.

`python -m tests.benchmarks.bench_long_plans [KIND [MILLIONS...]]` plans lists of so many million
numbers (1 and 5 by default) in a new journal, `sqlite` or `postgresql`, first alone and then while
another process records something every 50 ms, and prints for each how long the plan took, and the
longest and the mean that the other process waited for the journal.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from importer.environment import host_name
from importer.model import Batch, Group, Runner
from importer.store import store_named
from tests.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from importer.model import Known
    from importer.store import Store

MILLION = 1_000_000
FIRST = 8613800000000
SIZE = 500
"""Numbers of a group."""
_OTHER = "from tests.benchmarks.bench_long_plans import record; record()"


@dataclass(frozen=True)
class Numbers:
    """See `long_plans.LargePlan`: so many numbers that follow each other."""

    count: int

    def groups(self) -> Iterator[list[Group]]:
        """See `LargePlan`."""
        for start in range(0, self.count, MILLION):
            yield [_group(at) for at in range(start, min(self.count, start + MILLION), SIZE)]

    def numbers(self) -> Iterator[NDArray[np.int64]]:
        """See `LargePlan`."""
        for start in range(0, self.count, MILLION):
            at = np.arange(start, min(self.count, start + MILLION))
            yield np.column_stack([FIRST + at, 1 + at // SIZE])

    def known(self) -> Iterator[list[Known]]:
        """See `LargePlan`."""
        return iter(())


def _group(at: int) -> Group:
    phones = ",".join(map(str, range(FIRST + at, FIRST + at + SIZE)))
    seq = 1 + at // SIZE
    return Group(seq, f"list CN {seq:06}", "CN", f"#{seq}", phones, SIZE)


def record() -> None:
    """Record something every 50 ms until a file is there; print how long that waited."""
    waits = []
    with store_named(sys.argv[1], os.environ).open() as journal, journal.begin_run(_runner()):
        print("begun", flush=True)
        while not Path(sys.argv[2]).exists():
            began = time.perf_counter()
            journal.learn_rate("main", 4.0)
            waits.append(time.perf_counter() - began)
            time.sleep(0.05)
    print(f"{max(waits):.2f} s at most, {sum(waits) / len(waits):.3f} s in the mean")


def _runner() -> Runner:
    return Runner("run", "bench", host_name(), os.getpid())


def plan(store: Store, millions: int) -> float:
    """Plan a list; return the seconds."""
    with store.open() as journal, journal.begin_run(_runner()) as run:
        batch = Batch(f"b{millions}", "list", "main", "list.csv", 1)
        began = time.perf_counter()
        journal.plan_large(batch, Numbers(millions * MILLION), run.take_now, seen=0)
        return time.perf_counter() - began


def main() -> None:
    """Print a line for each size."""
    kind, *given = sys.argv[1:] or ["sqlite"]
    for millions in [int(one) for one in given] or [1, 5]:
        with tempfile.TemporaryDirectory() as folder:
            alone = plan(new_store(kind, Path(folder) / "alone"), millions)
            store = new_store(kind, Path(folder) / "beside")
            store.open().close()
            ended = Path(folder) / "ended"
            other = subprocess.Popen(  # noqa: S603 - it is this Python
                [sys.executable, "-c", _OTHER, str(store), str(ended)],
                stdout=subprocess.PIPE,
                text=True,
            )
            assert other.stdout is not None
            other.stdout.readline()
            beside = plan(store, millions)
            ended.touch()
            said = other.communicate()[0].strip()
        print(
            f"{millions * MILLION:>12,} {alone:>6.1f} s alone {beside:>6.1f} s beside another, "
            f"which waited {said}",
            flush=True,
        )


if __name__ == "__main__":
    main()
