"""What a run costs beside a PostgreSQL journal that knows millions of numbers, and a new one.

Run by hand: `python -m tests.benchmarks.bench_shared [MILLIONS [LIST...]]`, with a server as the
tests find one. A journal of so many million known numbers (1) is made in a file, and copied into a
database by `importer journal copy`. Then lists of so many numbers (1,000), one in a hundred of them
known, are run on it and on a new database; the sandbox is a process of its own. At last the steps
that one connection records in a second, on both stores; each commit is synced to the disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from importer.model import Batch, Group, GroupState, Transition
from importer.store import PostgresStore, SqliteStore
from tests.benchmarks.bench_check import measure
from tests.benchmarks.bench_history import ACCOUNT, made_list, make_journal
from tests.benchmarks.bench_run import told_by
from tests.postgres import MISSING, SETTINGS, PostgresServer, programs

if TYPE_CHECKING:
    from importer.journal import Journal
    from importer.store import Store

STEPS = 1_000
ROUNDS = 3


def main() -> None:
    """Make both journals, run each list on them, and print what they took."""
    known = round(float(sys.argv[1] if len(sys.argv) > 1 else 1) * 1e6)
    lists = [int(one) for one in sys.argv[2:]] or [1_000]
    found = programs()
    if found is None:
        raise SystemExit(MISSING)
    SETTINGS.update(fsync="on", full_page_writes="on", autovacuum="on", shared_buffers="128MB")
    server = PostgresServer(found)
    try:
        with tempfile.TemporaryDirectory() as name:
            os.environ["XDG_STATE_HOME"] = name
            compare(Path(name), server, known, lists)
    finally:
        server.remove()


def compare(folder: Path, server: PostgresServer, known: int, lists: list[int]) -> None:
    """Fill a database, and print what each list takes on it and on a new one."""
    old = server.new_database()
    file = folder / "old" / "journal.sqlite3"
    make_journal(file, known)
    seconds = seconds_of_copy(file, server.url(old))
    bytes_a_number = "SELECT pg_total_relation_size('group_numbers') / greatest(count(*), 1)::float"
    [(space,)] = server.execute(f"{bytes_a_number} FROM group_numbers", database=old)
    print(f"{known:,} known numbers were copied in {seconds:.0f} s; one takes {space:.0f} bytes")
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "importer", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        os.environ.update(told_by(sandbox), IMPORTER_ACCOUNT=ACCOUNT)
        for size in lists:
            both = []
            # Alternately, the best of each: the server's own work after the copy disturbs. Each
            # round has a list of its own: of one that was run before only the results are shown.
            for at in range(ROUNDS):
                source = folder / f"list{size}_{at}.csv"
                lines = "\n".join(made_list(size, known, at))
                source.write_text(f"{lines}\n", encoding="utf-8")
                new = server.new_database()
                both.append(
                    (run(source, server.url(new), folder), run(source, server.url(old), folder))
                )
            first, beside = (min(ran) for ran in zip(*both, strict=True))
            print(
                f"  a list of {size:,}: {first[0]:.1f} s and {first[1]:.0f} MB on a new journal, "
                f"{beside[0]:.1f} s and {beside[1]:.0f} MB on this one: "
                f"{beside[0] / first[0]:.2f} times as long, {beside[1] - first[1]:+.0f} MB"
            )
    finally:
        sandbox.terminate()
    tell_of_steps(folder, server)


def seconds_of_copy(source: Path, target: str) -> float:
    """Return the seconds that a copy takes as a process."""
    command = [sys.executable, "-m", "importer", "journal", "copy", str(source), target]
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own arguments
    return time.perf_counter() - begun


def run(source: Path, journal: str, folder: Path) -> tuple[float, float]:
    """Return the seconds and the most megabytes of a run of a list."""
    os.environ["IMPORTER_JOURNAL"] = journal
    pace = ["--rate", "10000", "--concurrency", "16", "--max-groups", "100000"]
    options = ["--known", "skip", "--quiet", "--yes", *pace]
    out = folder / f"{source.stem}.{time.monotonic_ns()}.xlsx"
    return measure(["importer", "run", str(source), *options, "--out", str(out)])


def tell_of_steps(folder: Path, server: PostgresServer) -> None:
    """Print how many steps a second are recorded, each in a commit of its own."""
    from importer.journal.database.postgres.address import read_address

    database = server.new_database()
    stores: dict[str, Store] = {
        "SQLite": SqliteStore(folder / "steps" / "journal.sqlite3"),
        "PostgreSQL": PostgresStore(read_address(server.url(database), {}), folder / "shared"),
    }
    for name, store in stores.items():
        with store.open() as journal:
            print(f"  {name}: {STEPS / seconds_of_steps(journal):,.0f} steps a second")


def seconds_of_steps(journal: Journal) -> float:
    """Return the seconds that so many steps take."""
    journal.plan(Batch("b1", "f", "a", "l", 1), [Group(1, "n", "HK", "#r", "85251000001", 1)])
    states = (GroupState.PLANNED, GroupState.SENDING)
    begun = time.perf_counter()
    for at in range(STEPS):
        leaves, enters = states if at % 2 == 0 else states[::-1]
        journal.apply([Transition("b1", 1, leaves, enters, at)])
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
