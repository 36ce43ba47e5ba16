"""How long a million lines take in the results workbook, and how much memory on top.

Run by hand: `python -m tests.benchmarks.bench_report [LINES]`. It prints the seconds and the
memory that writing adds to what the batch itself takes; 8 s and 150 MB are the most allowed.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from importer import report
from importer.model import Status
from tests.report.contents import content

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.report import ResultsContent

LINES = 1_000_000
MOST_SECONDS, MOST_MEGABYTES = 8, 150
_STATM = Path("/proc/self/statm")
_PAGE_BYTES = 4096


def batch(lines: int) -> ResultsContent:
    """Return a batch of which one line in fifty is rejected, with two columns of its own."""
    statuses = [Status.REJECTED if at % 50 == 0 else Status.CREATED for at in range(lines)]
    names = [f"Person {at}" for at in range(lines)]
    return content(statuses, extras={"Name": names, "City": ["Hong Kong"] * lines})


def megabytes() -> float:
    """Return what this process has in memory."""
    return int(_STATM.read_text().split()[1]) * _PAGE_BYTES / 1e6


def measure(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that `work` takes, and the most megabytes that it adds."""
    before = megabytes()
    peak = before
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.01):
            peak = max(peak, megabytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    done.set()
    watcher.join()
    return seconds, peak - before


def main() -> None:
    """Measure the workbook and the CSV."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    told = batch(lines)
    with tempfile.TemporaryDirectory() as folder:
        for name, write in (("x.xlsx", report.write), ("x.csv", report.write_csv)):
            path = Path(folder) / name
            seconds, added = measure(partial(write, path, told))
            print(
                f"{name}: {lines:,} lines in {seconds:.1f} s ({seconds / MOST_SECONDS:.0%} of what "
                f"is allowed), {added:.0f} MB more ({added / MOST_MEGABYTES:.0%}), "
                f"{path.stat().st_size / 1e6:.0f} MB on disk"
            )


if __name__ == "__main__":
    main()
