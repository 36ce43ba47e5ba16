"""`importer run` against a server that answers at once, beside `importer check` on the same file.

Run by hand: `python -m tests.benchmarks.bench_run [ROWS]`. Both are whole processes; the server is
the sandbox, in a process of its own on the other core. The rate is set so high that it never
waits. 1.5 times the time of the check is the most allowed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.bench_check import ROWS, measure, written

MOST = 1.5


def main() -> None:
    """Measure both and print the ratio."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        source = written(rows, Path(folder))
        server = subprocess.Popen(
            [sys.executable, "-m", "importer", "sandbox", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            os.environ.update(told_by(server))
            os.environ["IMPORTER_JOURNAL"] = f"{folder}/journal.sqlite3"
            common = [str(source), "--quiet", "--yes", "--max-groups", "100000"]
            check = measure(["importer", "check", *common, "--out", f"{folder}/check.xlsx"])
            pace = ["--rate", "10000", "--concurrency", "16"]
            run = measure(["importer", "run", *common, *pace, "--out", f"{folder}/run.xlsx"])
        finally:
            server.terminate()
    print(
        f"{rows:,} rows: check {check[0]:.1f} s and {check[1]:.0f} MB, run {run[0]:.1f} s and "
        f"{run[1]:.0f} MB: {run[0] / check[0]:.2f} times as long, {MOST} are the most."
    )


def told_by(server: subprocess.Popen[str]) -> dict[str, str]:
    """Return the environment that a sandbox says to paste."""
    assert server.stdout is not None
    told: dict[str, str] = {}
    while "NXCLOUD_ACCESS_SECRET" not in told:
        line = server.stdout.readline().strip()
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            told[name] = value
    return told


if __name__ == "__main__":
    main()
