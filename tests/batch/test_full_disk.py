"""A disk that fills up in the middle of a run: the end says what was made, and the rest goes on.

A limit on the size of files, put on a running process, is such a disk for which nobody needs to be
root. Commands are processes in a world in which a minute takes a second (see `fast_forward.py`).
"""

from __future__ import annotations

import re
import sqlite3
import sys
import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.batch.test_killed import list_all, start
from tests.served import account_of, hong_kong

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process later")

NUMBERS = 600
GROUP_SIZE = 2


@pytest.fixture
def server() -> Iterator[str]:
    """A sandbox as a process of its own; gives its URL."""
    process = start("sandbox", "1")
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A list."""
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["Phone", *hong_kong(NUMBERS)]) + "\n", encoding="utf-8")
    return path


def begin(path: Path, world: dict[str, str], *options: str) -> subprocess.Popen[str]:
    """Start a run that takes some seconds."""
    size = ("--group-size", str(GROUP_SIZE))
    return start("importer", "run", str(path), *size, "--rate", "2", *options, **world)


def made_of(journal: Path) -> int:
    """Return how many groups a journal says are created, also while there is no journal yet."""
    if not journal.exists():
        return 0
    with closing(sqlite3.connect(journal, timeout=10)) as reading:
        count = "SELECT count(*) FROM groups WHERE state = 'CREATED'"
        made: int = reading.execute(count).fetchone()[0]
    return made


def wait_until_made(journal: Path, groups: int) -> None:
    deadline = time.monotonic() + 60
    while made_of(journal) < groups:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def let_no_file_grow_beyond(process: subprocess.Popen[str], size: int) -> None:
    """Refuse a process every write beyond `size` bytes of a file, as a full disk would."""
    import resource

    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, size))


def numbers_at(url: str) -> Counter[str]:
    """Return how often the server has each number in a group."""
    return Counter(number for group in list_all(url) for number in group["phones"].split(","))


def test_a_journal_that_finds_no_room_while_sending(
    path: Path, tmp_path: Path, server: str
) -> None:
    """One line says what was made, exit 1; with room, resume makes exactly the rest."""
    journal = tmp_path / "journal.sqlite3"
    world = account_of(server) | {"IMPORTER_JOURNAL": str(journal)}
    process = begin(path, world)
    wait_until_made(journal, 5)
    log = journal.with_name(journal.name + "-wal")
    let_no_file_grow_beyond(process, log.stat().st_size + 50_000)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    last = err.splitlines()[-1]
    assert last.startswith(f"importer: The journal {journal} can't be read or written")
    said = re.search(r"Until then (\d+) of 300 groups were made", last)
    assert said is not None, last
    assert made_of(journal) == int(said[1])
    assert 5 <= int(said[1]) <= len(numbers_at(server)) / GROUP_SIZE < NUMBERS / GROUP_SIZE
    batch = re.search(r"`importer resume (\w+)` goes on, and makes none twice", last)
    assert batch is not None, last
    resumed = start("importer", "resume", batch[1], **world)
    out, err = resumed.communicate(timeout=60)
    assert resumed.returncode == 0, err
    assert f"{NUMBERS} of {NUMBERS} numbers are in" in out
    assert numbers_at(server) == Counter(one.removeprefix("+") for one in hong_kong(NUMBERS))


def test_results_whose_folder_is_gone_in_the_end(path: Path, tmp_path: Path, server: str) -> None:
    """One line says what is made, exit 1; the command that it names writes the results."""
    journal, out = tmp_path / "journal.sqlite3", tmp_path / "out"
    out.mkdir()
    world = account_of(server) | {"IMPORTER_JOURNAL": str(journal)}
    process = begin(path, world, "--out", str(out))
    wait_until_made(journal, 5)
    out.rmdir()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    last = err.splitlines()[-1]
    assert "The results can't be written" in last
    said = re.search(r"Of this list (\d+) of 300 groups are made: `importer results (\w+)", last)
    assert said is not None, last
    assert made_of(journal) == int(said[1]) > 5
    written = start("importer", "results", said[2], "--out", str(tmp_path), **world)
    assert written.communicate(timeout=60)[1] == ""
    assert (tmp_path / "list.results.xlsx").exists()
