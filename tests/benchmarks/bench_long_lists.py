"""Checks and runs of lists past one workbook: rows a second, memory and disk, as they grow.

`python -m tests.benchmarks.bench_long_lists [FORM [MILLIONS...]]` makes lists of so many million
rows (1, 5 and 20 by default) as `parquet` or `csv`, in files of a million rows each, checks each in
a process of its own, and prints for each how long it took and what it needed at most. With `run`
before all that, each is planned as one batch, and ten of its groups are sent to a sandbox.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

MILLION = 1_000_000
_REPEATED = 0.9
"""Different numbers, as a share of the rows."""
_EVERY = 0.5
"""Seconds between two looks at the disk."""


def made(folder: Path, millions: int, form: str) -> int:
    """Write a list in files of a million rows; return its bytes.

    Half of the numbers are written with a plus, a quarter with the country code alone, and a
    quarter as at home; one in fifty is no number. A tenth stands twice.
    """
    rng = np.random.default_rng(millions)
    folder.mkdir()
    most = int(millions * MILLION * _REPEATED)
    for at in range(millions):
        picked = rng.integers(0, most, MILLION)
        # Mobile numbers of China: 13, 15 and 18 and what follows.
        begins = np.array([138, 139, 150, 159, 186, 188])[picked % 6]
        national = pc.cast(pa.array(begins * 10**8 + picked % 10**8), pa.string())
        way = rng.integers(0, 100, MILLION)
        prefix = pa.array(np.select([way < 50, way < 75], ["+86", "86"], ""))
        phones = pc.binary_join_element_wise(prefix, national, "")
        phones = pc.if_else(pa.array(way == 99), "n/a", phones)
        phones = pc.if_else(pa.array(way == 98), pc.utf8_slice_codeunits(phones, 0, 8), phones)
        table = pa.table(
            {
                "Customer": pc.cast(pa.array(np.arange(MILLION) + at * MILLION), pa.string()),
                "Mobile": phones,
                "Country": pa.array(np.full(MILLION, "CN")),
            }
        )
        if form == "csv":
            pa_csv.write_csv(table, folder / f"part-{at:04}.csv")
        else:
            pq.write_table(table, folder / f"part-{at:04}.parquet")
    return sum(one.stat().st_size for one in folder.iterdir())


def bytes_in(folder: Path) -> int:
    """Return what a folder holds now, while others write in it."""
    total = 0
    for top, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(top) / name).stat().st_size
            except FileNotFoundError:
                continue
    return total


RUN = ("--sandbox", "--yes", "--max-groups", "1000000", "--limit-groups", "10")


def checked(folder: Path, *options: str, verb: str = "check") -> tuple[float, float, int, int, str]:
    """Check or run a list; return seconds of wall and processor, memory, disk, what was printed."""
    most = [0]
    ended = threading.Event()
    before = bytes_in(folder.parent)

    def look() -> None:
        while not ended.wait(_EVERY):
            most[0] = max(most[0], bytes_in(folder.parent) - before)

    watcher = threading.Thread(target=look)
    watcher.start()
    began = time.perf_counter()
    code = "import sys; from importer.__main__ import main; sys.argv[0] = 'importer'; main()"
    arguments = [verb, str(folder), "--format", "parquet", "--timings", *options]
    process = subprocess.Popen(  # noqa: S603 - it is this Python
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    ended.set()
    watcher.join()
    scale = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale, most[0], said


def main() -> None:
    """Print a line for each list."""
    verb = "run" if sys.argv[1:2] == ["run"] else "check"
    form, *given = sys.argv[2 if verb == "run" else 1 :] or ["parquet"]
    sizes = [int(one) for one in given] or [1, 5, 20]
    print(
        f"{'rows':>12} {'input':>9} {'wall':>8} {'cpu':>8} {'us/row':>7} {'memory':>9} {'disk':>9}"
    )
    with tempfile.TemporaryDirectory() as top:
        for millions in sizes:
            work = Path(top) / str(millions)
            work.mkdir()
            size = made(work / "list", millions, form)
            wall, cpu, memory, disk, said = checked(
                work / "list", *(RUN if verb == "run" else ()), verb=verb
            )
            print(
                f"{millions * MILLION:>12,} {size / 1e6:>6,.0f} MB {wall:>6,.1f} s {cpu:>6,.1f} s "
                f"{cpu / millions:>7.2f} {memory / 1e6:>6,.0f} MB {disk / 1e6:>6,.0f} MB",
                flush=True,
            )
            if "-v" in os.environ.get("BENCH", ""):
                print(said)
            shutil.rmtree(work)


if __name__ == "__main__":
    main()
