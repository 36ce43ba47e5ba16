"""`importer sync` of a list of which one number in a hundred changed, beside `importer check`.

Run by hand: `python -m tests.benchmarks.bench_sync [ROWS [RATE]]`. All are whole processes; the
server is the sandbox, in a process of its own, which answers at once. The least possible calls are
one for each group that loses a number, and the new groups that hold what came, where no group has
room. What a sync costs without its calls is told by `--dry-run`, which reads, lists, compares and
writes the changes, and by a second sync of the same file, which shows its results. These times are
those of the processor, so that other work on the computer tells little. At last the sync by the
clock, beside a check and its calls at the RATE (no limit to speak of; 5 is the product's default).
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import phonenumbers

from importer.sandbox import state_url
from tests.benchmarks.bench_check import measure
from tests.benchmarks.bench_run import told_by

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 1_000_000
SIZE = 500


def main() -> None:
    """Sync a list, change it, and measure the second sync."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    rate = sys.argv[2] if len(sys.argv) > 2 else "10000"
    random = Random(1)
    held = list(itertools.islice(valid_numbers(), rows + rows // 200))
    numbers, coming = held[:rows], held[rows:]
    gone = {*random.sample(numbers, rows // 200)}
    changed = [one for one in numbers if one not in gone] + coming
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.csv", Path(folder) / "second.csv"
        for path, listed in ((first, numbers), (second, changed)):
            path.write_text("\n".join(["Phone", *listed]) + "\n")
        server = subprocess.Popen(
            [sys.executable, "-m", "importer", "sandbox", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            told = told_by(server)
            os.environ.update(told)
            os.environ["IMPORTER_JOURNAL"] = f"{folder}/journal.sqlite3"
            common = ["--quiet", "--yes", "--max-groups", "100000", "--group-size", str(SIZE)]
            wide = ["--list", "many", "--concurrency", "16"]
            pace = [*wide, "--rate", "10000"]
            out = ["--out", f"{folder}/results.xlsx"]
            measure(["importer", "sync", str(first), *common, *pace, *out])
            groups = state(told)["groups"]
            touched = sum(not gone.isdisjoint(f"+{n}" for n in one["phones"]) for one in groups)
            check = measured(["importer", "check", str(second), *common, *out])
            trial = ["importer", "sync", str(second), *common, *pace, "--dry-run", *out]
            dry_run = measured(trial)
            looked = len(state(told)["calls"])
            sync = measured(["importer", "sync", str(second), *common, *wide, "--rate", rate, *out])
            after = state(told)
            shown = measured(["importer", "sync", str(second), *common, *pace, *out])
        finally:
            server.terminate()
    calls = Counter(one["action"] for one in after["calls"][looked:])
    there = Counter(number for one in after["groups"] for number in one["phones"])
    assert there == Counter(one.removeprefix("+") for one in changed)
    least = touched + -(-(rows // 200) // SIZE)
    changing = sum(calls.values()) - calls["listGroup"]
    print(
        f"{rows:,} numbers, {rows // 200:,} gone and as many new: {changing:,} changing calls, "
        f"{least:,} are the least possible, and {calls['listGroup']:,} pages of the listing; "
        f"processor time of check {check[0]:.2f} s, of sync {sync[0]:.2f} s, of its dry run "
        f"{dry_run[0]:.2f} s ({dry_run[0] / check[0]:.2f} times a check), of the same "
        f"file again {shown[0]:.2f} s ({shown[0] / check[0]:.2f} times); memory of check "
        f"{check[1]:.0f} MB, of sync {sync[1]:.0f} MB. By the clock the sync took {sync[2]:.1f} s, "
        f"a check {check[2]:.1f} s, and {sum(calls.values()):,} calls at {rate} a second take "
        f"{sum(calls.values()) / float(rate):.1f} s."
    )


def measured(command: list[str]) -> tuple[float, float, float]:
    """Return the processor seconds of a whole process, its most megabytes, and its seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, megabytes = measure(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return used, megabytes, seconds


def valid_numbers() -> Iterator[str]:
    """Yield numbers of Hong Kong's plan, which is told in blocks of ten thousand."""
    for block in range(5000, 10_000):
        if phonenumbers.is_valid_number(phonenumbers.parse(f"+852{block}0000")):
            yield from (f"+852{block}{at:04}" for at in range(10_000))


def state(told: dict[str, str]) -> Any:
    """Return what the server holds."""
    with urllib.request.urlopen(state_url(told["NXCLOUD_URL"])) as answer:  # noqa: S310 - our own
        return json.load(answer)


if __name__ == "__main__":
    main()
