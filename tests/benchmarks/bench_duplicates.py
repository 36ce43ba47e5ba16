"""Numbers that stand twice in a list past memory: hash partitions of our own beside DuckDB.

`python -m tests.benchmarks.bench_duplicates [MILLIONS...]` finds, for so many million numbers of
which a tenth stand twice, the first line of each later one: with the partitions that the product
uses, and with DuckDB (`pip install duckdb`), each in a process of its own with its memory bounded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

MILLION = 1_000_000
_BLOCK = 200_000
_MEMORY = "700MB"
"""What DuckDB may take before it spills."""


def numbers_of(block: int, lines: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the numbers of a block of a list of so many lines."""
    rng = np.random.default_rng(block)
    return 8_613_800_000_000 + rng.integers(0, lines * 5, _BLOCK)


def by_partitions(folder: Path, lines: int) -> int:
    """Find them as `batch.large` does; return how many there are."""
    from importer.batch.large.passes.decisions import firsts_in
    from importer.batch.large.shares import RecordShares, shares_for
    from importer.phones.shares import share_of

    shares = shares_for(lines)
    records = RecordShares(folder / "numbers", 3)
    found = RecordShares(folder / "found", 3)
    for block in range(lines // _BLOCK):
        numbers = numbers_of(block, lines)
        at = np.arange(_BLOCK) + block * _BLOCK
        records.add(share_of(numbers, shares), np.stack([numbers, at, at], axis=1))
    total = 0
    for share in range(shares):
        again = firsts_in(records.read(share))
        found.add(again[:, 0] // _BLOCK, again)
        total += len(again)
        records.remove(share)
    return total


def by_duckdb(folder: Path, lines: int) -> int:
    """Find them with DuckDB, by a window over each number."""
    import duckdb
    import pyarrow as pa

    database = duckdb.connect(str(folder / "numbers.duckdb"))
    database.execute(f"SET memory_limit = '{_MEMORY}'; SET temp_directory = '{folder}'")
    database.execute("CREATE TABLE numbers (number BIGINT, line BIGINT)")
    for block in range(lines // _BLOCK):
        batch = pa.table(
            {"number": numbers_of(block, lines), "line": np.arange(_BLOCK) + block * _BLOCK}
        )
        database.register("batch", batch)
        database.execute("INSERT INTO numbers SELECT * FROM batch")
    database.execute(
        "CREATE TABLE found AS SELECT n.line, f.first FROM numbers n JOIN (SELECT number, "
        "min(line) AS first, count(*) AS times FROM numbers GROUP BY number HAVING times > 1) f "
        "USING (number) WHERE n.line > f.first ORDER BY n.line"
    )
    [(total,)] = database.execute("SELECT count(*) FROM found").fetchall()
    return int(total)


WAYS = {"partitions": by_partitions, "duckdb": by_duckdb}


def main() -> None:
    """Print a line for each way and length, or do the one that the arguments name."""
    if len(sys.argv) == 3 and sys.argv[1] in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            print(WAYS[sys.argv[1]](Path(folder), int(sys.argv[2])))
        return
    for millions in [int(one) for one in sys.argv[1:]] or [5, 20]:
        for way in WAYS:
            began = time.perf_counter()
            process = subprocess.Popen(  # noqa: S603 - it is this Python
                [sys.executable, __file__, way, str(millions * MILLION)],
                stdout=subprocess.PIPE,
                text=True,
            )
            assert process.stdout is not None
            found = process.stdout.read().strip()
            _, _, usage = os.wait4(process.pid, 0)
            print(
                f"{way:12}{millions:>5} million {time.perf_counter() - began:>7.1f} s wall "
                f"{usage.ru_utime + usage.ru_stime:>7.1f} s cpu {usage.ru_maxrss / 1024:>7,.0f} MB "
                f"{found:>12} found",
                flush=True,
            )


if __name__ == "__main__":
    main()
