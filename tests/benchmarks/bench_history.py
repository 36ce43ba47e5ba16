"""What a run costs beside a journal that knows millions of numbers, and beside a new one.

Run by hand: `python -m tests.benchmarks.bench_history [MILLIONS [LIST...]]`. A journal of so many
million known numbers (1) is made as the version before the look-up left it, and brought up to date.
Then lists of so many numbers (1,000 and 1,000,000), one in a hundred of them known, are run on it
and on a new journal; each run is a whole process, and the server is the sandbox in a process of its
own, at a rate that never waits.

A list of 1,000 may take 1.5 times as long and a second, and 100 MB more; a list of 1,000,000 twice
as long; a known number takes at most 30 bytes.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from importer.journal import Journal
from importer.journal.database.sqlite import schema
from tests.benchmarks.bench_check import measure
from tests.benchmarks.bench_run import told_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

LISTS = (1_000, 1_000_000)
ACCOUNT = "bench"
A_BATCH, A_GROUP = 50_000, 500
_FIRST, _SPACE, _STRIDE = 8613_000_000_000, 500_000_000, 314_159_257
"""Even numbers of China's 130 to 139 are known, in an order that looks like chance."""


def main() -> None:
    """Make a journal, run each list on it and on a new one, and print what they took."""
    known = round(float(sys.argv[1] if len(sys.argv) > 1 else 1) * 1e6)
    lists = [int(one) for one in sys.argv[2:]] or LISTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old = folder / "old" / "journal.sqlite3"
        make_journal(old, known)
        server = subprocess.Popen(
            [sys.executable, "-m", "importer", "sandbox", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            os.environ.update(told_by(server), IMPORTER_ACCOUNT=ACCOUNT)
            for size in lists:
                compare(size, known, old, folder)
            tell_of_all_groups(old)
        finally:
            server.terminate()


def make_journal(path: Path, known: int) -> None:
    """Make a journal of an older version that knows so many numbers, and bring it up to date."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as older:
        older.execute("PRAGMA journal_mode = WAL")
        for step in schema.STEPS[:3]:
            older.executescript(step)
        older.execute("PRAGMA user_version = 3")
        for start in range(0, known, A_BATCH):
            older.execute("BEGIN")
            _insert_batch(
                older, start // A_BATCH, known_numbers(start, min(start + A_BATCH, known))
            )
            older.execute("COMMIT")
    before = _size_of(path)
    begun = time.perf_counter()
    Journal.open(path).close()
    seconds = time.perf_counter() - begun
    print(
        f"{known:,} known numbers: the journal was brought up to date in {seconds:.0f} s, by "
        f"{(_size_of(path) - before) / known:.1f} bytes a number"
    )


def _size_of(path: Path) -> int:
    return sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*"))


def _insert_batch(older: sqlite3.Connection, at: int, numbers: NDArray[np.int64]) -> None:
    batch = f"b{at:07}"
    older.execute(
        "INSERT INTO batches (id, fingerprint, account, file, created_ms, settings, corrects) "
        "VALUES (?, ?, ?, 'list.csv', ?, '{}', '')",
        (batch, f"f{at}", ACCOUNT, at),
    )
    groups = enumerate(np.split(numbers, range(A_GROUP, len(numbers), A_GROUP)), 1)
    older.executemany(
        "INSERT INTO groups (batch, seq, name, country, remark, phones, size, state, group_id) "
        "VALUES (?, ?, ?, 'CN', '#aaaaaaaaaa', ?, ?, 'CREATED', ?)",
        (
            (
                batch,
                seq,
                f"n {at} {seq}",
                ",".join(map(str, some.tolist())),
                len(some),
                f"{at}-{seq}",
            )
            for seq, some in groups
        ),
    )


def known_numbers(start: int, end: int) -> NDArray[np.int64]:
    """Return known numbers, each once whatever the range."""
    return _FIRST + 2 * (np.arange(start, end, dtype=np.int64) * _STRIDE % _SPACE)


def made_list(size: int, known: int, at: int = 0) -> Iterator[str]:
    """Give the lines of a list: one known number in a hundred, the others new ones of `at`."""
    yield "Phone"
    new = np.arange(at * size, (at + 1) * size, dtype=np.int64)
    numbers = _FIRST + 1 + 2 * (new * _STRIDE % _SPACE)
    some = np.linspace(0, known - 1, size // 100, dtype=np.int64)
    numbers[::100][: len(some)] = _FIRST + 2 * (some * _STRIDE % _SPACE)
    yield from (f"+{number}" for number in numbers.tolist())


def compare(size: int, known: int, old: Path, folder: Path) -> None:
    """Run a list on both journals, and print time and memory and their ratios."""
    source = folder / f"list{size}.csv"
    source.write_text("\n".join(made_list(size, known)) + "\n", encoding="utf-8")
    new = run(source, folder / f"new{size}" / "journal.sqlite3")
    beside = run(source, old)
    print(
        f"  a list of {size:,}: {new[0]:.1f} s and {new[1]:.0f} MB on a new journal, "
        f"{beside[0]:.1f} s and {beside[1]:.0f} MB on this one: {beside[0] / new[0]:.2f} times as "
        f"long, {beside[1] - new[1]:+.0f} MB"
    )


def tell_of_all_groups(journal: Path) -> None:
    """Print how long those questions take that are about all groups, and the look-up's space."""
    with Journal.open(journal) as opened:
        of_batch = (opened.owned_groups, opened.created_at)
        of_batch_named = {one.__name__: partial(one, "b0000000") for one in of_batch}
        of_all = {one.__name__: one for one in (opened.progress, opened.counts_by_state)}
        for name, question in (of_all | of_batch_named).items():
            begun = time.perf_counter()
            answers = len(question())
            print(f"  {name}: {time.perf_counter() - begun:.2f} s for {answers:,} answers")
    with closing(sqlite3.connect(journal)) as reading:
        size = "SELECT sum(pgsize) FROM dbstat WHERE name = 'group_numbers'"
        count = "SELECT count(*) FROM group_numbers"
        per_number = reading.execute(size).fetchone()[0] / reading.execute(count).fetchone()[0]
    print(f"  a known number takes {per_number:.1f} bytes")


def run(source: Path, journal: Path) -> tuple[float, float]:
    """Return the seconds and the most megabytes of a run of a list."""
    os.environ["IMPORTER_JOURNAL"] = str(journal)
    out = journal.with_name(f"{source.stem}.xlsx")
    out.parent.mkdir(exist_ok=True)
    pace = ["--rate", "10000", "--concurrency", "16", "--max-groups", "100000"]
    options = ["--known", "skip", "--quiet", "--yes", *pace]
    return measure(["importer", "run", str(source), *options, "--out", str(out)])


if __name__ == "__main__":
    main()
