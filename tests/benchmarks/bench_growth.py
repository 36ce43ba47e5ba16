"""How time and memory of `importer check` grow with the rows of a list.

Run by hand: `python -m tests.benchmarks.bench_growth`. Each is a whole process, one after the
other. A row of 1,000,000 may take 1.1 times as long as a row of 100,000, and less memory.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.bench_check import check, written

SIZES = (100_000, 200_000, 1_000_000)
MOST = 1.1


def main() -> None:
    """Measure each size, and print the first and the last beside each other."""
    per_row, peaks = [], []
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            seconds, peak = check(written(rows, Path(folder)))
        per_row.append(seconds / rows)
        peaks.append(peak)
        print(
            f"{rows:>9,} rows: {seconds:5.2f} s, {per_row[-1] * 1e6:5.1f} us a row, {peak:.0f} MB"
        )
    print(
        f"A row takes {per_row[-1] / per_row[0]:.2f} of the time, {MOST} is the most; with "
        f"{SIZES[-1] // SIZES[0]} times the rows the peak is {peaks[-1] / peaks[0]:.1f} times as "
        "high."
    )


if __name__ == "__main__":
    main()
