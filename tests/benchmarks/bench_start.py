"""How soon `importer check` of a list of 100 rows says something, and how soon it is done.

Run by hand: `python -m tests.benchmarks.bench_start [PAIRS]`. Each check at a terminal is followed
by a Python that imports pandas and pyarrow and nothing else, so that both meet the same computer.
Printed are medians, and of the pairs the median ratio. The first sign of life is the first byte on
the terminal; CPU time is that of the process and its children.
"""

from __future__ import annotations

import contextlib
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROWS = 100
PAIRS = 15
SOONEST = 0.5
"""Seconds within which something is said."""
MOST = 2.0
"""A whole check beside the two imports alone."""


@dataclass(frozen=True)
class Taken:
    """Seconds of one run."""

    first: float
    """Until the first byte is shown."""
    whole: float
    cpu: float


def main() -> None:
    """Measure in pairs, and print what was asked for beside what was measured."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        numbers = [f"+8525123{at:04}" for at in range(ROWS)]
        path.write_text("\n".join(["Phone", *numbers]) + "\n", encoding="utf-8")
        check = [sys.executable, "-m", "importer", "check", path.name]
        alone = [sys.executable, "-c", "import pandas, pyarrow"]
        for command in (check, alone):
            at_terminal(command, path.parent)
        runs = [
            (at_terminal(check, path.parent), at_terminal(alone, path.parent)) for _ in range(pairs)
        ]
    first = statistics.median(one.first for one, _ in runs)
    whole = statistics.median(one.whole / other.whole for one, other in runs)
    cpu = statistics.median(one.cpu / other.cpu for one, other in runs)
    seconds = [statistics.median(one.whole for one in kind) for kind in zip(*runs, strict=True)]
    print(f"pairs                                 {pairs}")
    print(f"first sign of life                    {first:.2f} s   (at most {SOONEST} s)")
    print(f"whole check                           {seconds[0]:.2f} s")
    print(f"importing pandas and pyarrow alone    {seconds[1]:.2f} s")
    sign = statistics.median(one.first / other.whole for one, other in runs)
    print(f"first sign beside the imports         {sign:.2f}")
    print(f"check beside the imports, wall clock  {whole:.2f}     (at most {MOST})")
    print(f"check beside the imports, CPU         {cpu:.2f}")


def at_terminal(command: list[str], folder: Path) -> Taken:
    """Run a command at a terminal of its own, and time it."""
    ours, theirs = pty.openpty()
    before, begun = os.times(), time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - the arguments are ours
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder
    ) as process:
        os.close(theirs)
        first = 0.0
        # Linux says by an error that the other side of a terminal is closed.
        with contextlib.suppress(OSError):
            while os.read(ours, 65_536):
                first = first or time.perf_counter() - begun
        process.wait()
    whole, after = time.perf_counter() - begun, os.times()
    os.close(ours)
    cpu = sum(after[2:4]) - sum(before[2:4])
    return Taken(first or whole, whole, cpu)


if __name__ == "__main__":
    main()
