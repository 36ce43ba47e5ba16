"""`importer check` on a workbook, beside the script that one writes in an afternoon.

Run by hand: `python -m tests.benchmarks.bench_check [ROWS]`. Both are whole processes, from the
start of Python to the written workbook, one after the other; the afternoon script is pandas
read_excel, phonenumbers in an apply, and to_excel. It prints seconds, peak memory and the ratios.

10 times as fast in half of its memory is the least on 200,000 rows, 12 times in a third of it on
1,000,000. `bench_floors` tells where the time goes, `bench_growth` how it grows.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import rustpy_xlsxwriter

from tests.benchmarks.bench_normalize import made, plainly

ROWS = 200_000
_KILOBYTE = 1024
_RUN = """
import runpy, sys
from pathlib import Path
del sys.argv[0]
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
finally:
    told = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in told if line.startswith("VmHWM"))
    Path(sys.argv[-1] + ".peak").write_text(peak.split()[1])
"""
"""Runs a module and notes its peak; getrusage would count what its parent had as well."""


def main() -> None:
    """Measure both and print them, or be the afternoon script."""
    if len(sys.argv) == 4 and sys.argv[1] == "afternoon":
        afternoon(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        source = written(rows, Path(folder))
        ours = check(source)
        theirs = measure([__spec__.name, "afternoon", str(source), f"{folder}/afternoon.xlsx"])
    print(
        f"{rows:,} rows: importer check {ours[0]:.1f} s and {ours[1]:.0f} MB, the afternoon script "
        f"{theirs[0]:.1f} s and {theirs[1]:.0f} MB: {theirs[0] / ours[0]:.1f} times as fast with "
        f"{ours[1] / theirs[1]:.2f} of its memory."
    )


def written(rows: int, folder: Path) -> Path:
    """Write the list of which both make something, its texts shared as Excel keeps them."""
    cells = made(rows)[["original", "region"]]
    cells.columns = pd.Index(["Phone", "Country"])
    path = folder / "list.xlsx"
    records = cells.to_dict("records")
    rustpy_xlsxwriter.write_worksheet(records, str(path), "Sheet1", dedupe_strings=True)
    return path


def check(source: Path) -> tuple[float, float]:
    """Return the seconds and the peak of a check of a list, its workbook written beside it."""
    out = str(source.with_name("out.xlsx"))
    return measure(["importer", "check", str(source), "--quiet", "--yes", "--out", out])


def measure(command: list[str]) -> tuple[float, float]:
    """Return the seconds of a whole process and the most megabytes that it had."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", _RUN, *command], check=True)  # noqa: S603 - our own arguments
    seconds = time.perf_counter() - begun
    peak = Path(f"{command[-1]}.peak").read_text()
    return seconds, int(peak) * _KILOBYTE / 1e6


def afternoon(source: Path, target: Path) -> None:
    """Do what the script does."""
    cells = pd.read_excel(source, engine="openpyxl", dtype=str, keep_default_na=False)
    cells["Valid"] = [plainly(*one) for one in zip(cells["Phone"], cells["Country"], strict=True)]
    cells.to_excel(target, index=False)


if __name__ == "__main__":
    main()
