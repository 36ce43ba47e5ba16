"""A journal in a SQLite file: what only a file can suffer, and journals of older versions.

Real files, real SQLite.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from importer.errors import JournalError
from importer.journal import SCHEMA_VERSION, Journal
from importer.journal.database.sqlite import schema
from importer.journal.database.sqlite.database import SqliteDatabase
from importer.model import Batch
from tests.journal.holders import held_by_another_process
from tests.journal.test_journal import (
    BATCH,
    PLANNED,
    SENDING,
    SPLIT,
    states,
    step,
    take,
    told_in_a_sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakeGroup


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal.open(path) as opened:
        yield opened


def connection_of(journal: Journal) -> sqlite3.Connection:
    assert isinstance(journal._database, SqliteDatabase)
    return journal._database.connection


def test_what_was_committed_is_on_disk(journal: Journal, path: Path, make_group: MakeGroup) -> None:
    """Another connection sees each step at once, and a commit waits for the disk."""
    journal.plan(BATCH, [make_group()])
    take(journal, SENDING)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT state FROM groups").fetchall() == [("SENDING",)]
    connection = connection_of(journal)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"


def test_what_is_overwritten_is_gone_from_the_file(
    journal: Journal, path: Path, make_group: MakeGroup
) -> None:
    """Without a forgetting as well: a number that leaves its list is nowhere in the free space."""
    numbers = [f"8525{at:07}" for at in range(1_000)]
    journal.plan(BATCH, [make_group(*numbers)])
    connection = connection_of(journal)
    connection.execute("UPDATE groups SET phones = '1'")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = path.read_bytes()
    assert not [one for one in numbers if one.encode() in kept]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_its_owner_can_read_it(path: Path, make_group: MakeGroup) -> None:
    """It holds phone numbers: the file, and what SQLite keeps beside it, are 0600."""
    old = os.umask(0)
    try:
        with Journal.open(path) as journal:
            journal.plan(BATCH, [make_group()])
            modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert modes == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_full_disk(journal: Journal, path: Path, make_group: MakeGroup) -> None:
    """A plan that finds no room is not there at all, and the journal works on."""
    pages = connection_of(journal).execute("PRAGMA page_count").fetchone()[0]
    connection_of(journal).execute(f"PRAGMA max_page_count = {pages}")
    many = [make_group(*[str(number) for number in range(500)], seq=seq) for seq in range(1, 50)]
    with told_in_a_sentence(path, "disk of the journal .* is full"):
        journal.plan(BATCH, many)
    assert journal.batches() == []
    connection_of(journal).execute("PRAGMA max_page_count = 1000000")
    journal.plan(BATCH, many)
    assert len(states(journal)) == 49


def test_a_disk_that_fills_up_while_sending(
    journal: Journal, path: Path, make_group: MakeGroup
) -> None:
    """A step that finds no room is not taken, nor is any of its commit."""
    journal.plan(BATCH, [make_group("1", "2"), make_group("3", seq=2)])
    pages = connection_of(journal).execute("PRAGMA page_count").fetchone()[0]
    connection_of(journal).execute(f"PRAGMA max_page_count = {pages}")
    children = tuple(make_group("1", seq=seq, remark="x" * 5000) for seq in (3, 4))
    with told_in_a_sentence(path, "is full"):
        journal.apply([step(PLANNED, SENDING, 2), step(PLANNED, SPLIT, 1, children=children)])
    assert states(journal) == [PLANNED, PLANNED]


def test_a_directory_in_its_place(path: Path) -> None:
    """What can't be opened as a file is told, not traced."""
    path.mkdir(parents=True)
    with told_in_a_sentence(path, "can't be written"):
        Journal.open(path)


def test_a_file_in_place_of_its_folder(path: Path) -> None:
    """A folder that can't be made is told."""
    path.parent.write_text("not a folder")
    with told_in_a_sentence(path, "can't be written"):
        Journal.open(path)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write what is read-only"
)
def test_a_read_only_folder(path: Path) -> None:
    """Where no file can be made, the text says so."""
    path.parent.mkdir(mode=0o500)
    with told_in_a_sentence(path, "can't be written"):
        Journal.open(path)


def test_a_journal_that_became_read_only(
    journal: Journal, path: Path, make_group: MakeGroup
) -> None:
    """A step that SQLite may not write is told as what it is."""
    journal.plan(BATCH, [make_group()])
    connection_of(journal).execute("PRAGMA query_only = ON")
    with told_in_a_sentence(path, "can't be written"):
        journal.apply([step(PLANNED, SENDING)])


def test_another_program_holds_it(journal: Journal, path: Path, make_group: MakeGroup) -> None:
    """A lock that is not given back is told as such."""
    connection_of(journal).execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with told_in_a_sentence(path, "Another program holds"):
            journal.plan(BATCH, [make_group()])


@pytest.mark.parametrize("content", [b"no journal at all, but long enough. " * 200, b"\0" * 5000])
def test_a_file_that_is_no_journal(path: Path, content: bytes) -> None:
    """Another file under the journal's name is left as it is."""
    path.parent.mkdir()
    path.write_bytes(content)
    with told_in_a_sentence(path, "damaged or is no journal"):
        Journal.open(path)
    assert path.read_bytes() == content


def test_a_damaged_journal(path: Path, make_group: MakeGroup) -> None:
    """A journal whose pages were overwritten is told, when it is opened or when it is read."""
    with Journal.open(path) as journal:
        journal.plan(BATCH, [make_group(str(seq), seq=seq) for seq in range(1, 200)])
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with told_in_a_sentence(path, "damaged or is no journal"), Journal.open(path) as journal:
        journal.groups(BATCH.id)


def test_another_programs_database(path: Path) -> None:
    """A SQLite file that has other tables of our names is told, not traced."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE groups (x)")
    with told_in_a_sentence(path, "groups already exists"):
        Journal.open(path)


def test_a_newer_schema(path: Path) -> None:
    """A journal of a later version is not touched: nobody knows what it means."""
    with Journal.open(path):
        pass
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with told_in_a_sentence(path, "written by a newer importer"):
        Journal.open(path)


def test_a_journal_of_the_first_version(path: Path) -> None:
    """It is brought up to date when it is opened, and all that it knew is there."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.executescript(schema.STEPS[0])
        old.execute("PRAGMA user_version = 1")
        old.execute("INSERT INTO batches VALUES ('b1', 'f', 'account', 'a.csv', 7, '{}', NULL, '')")
        old.execute(
            "INSERT INTO groups VALUES "
            "('b1', 1, 'a 1', 'HK', '#t', '85251000001', 1, 'CREATED', 1, 8, 0, '', 'r', 'g', 9)"
        )
        old.commit()
    for _ in range(2):
        with Journal.open(path) as journal:
            assert journal.batches() == [Batch("b1", "f", "account", "a.csv", 7)]
            assert journal.find("f", "account") is not None
            assert journal.groups("b1")[0].group_id == "g"
            assert journal.is_clean()
    with closing(sqlite3.connect(path)) as new:
        assert (
            new.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION == len(schema.STEPS)
        )


def test_bringing_up_to_date_is_whole_or_not_at_all(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off in the middle of a step, the journal is of the version that it was."""
    with monkeypatch.context() as older:
        older.setattr(schema, "STEPS", schema.STEPS[:1])
        older.setattr(schema, "SCHEMA_VERSION", 1)
        with Journal.open(path):
            pass
    with monkeypatch.context() as broken:
        broken.setattr(schema, "STEPS", (schema.STEPS[0], schema.STEPS[1] + "; no SQL"))
        with pytest.raises(JournalError):
            Journal.open(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA user_version").fetchone()[0] == 1
    with Journal.open(path) as journal:
        assert journal.is_clean()


RUN = """
import sys
from pathlib import Path
from importer.journal import lock
with lock.show_run(Path(sys.argv[1]), wait=False):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_between_two_transactions_another_run_gets_the_file(journal: Journal, path: Path) -> None:
    """Who waits for it looks every 100 ms: without a pause as long, it might never find it free."""
    pauses: list[float] = []
    database = journal._database
    assert isinstance(database, SqliteDatabase)
    database.sleep = pauses.append
    database.give_way()
    assert pauses == [], "nobody else is there"
    with held_by_another_process(RUN, str(path)):
        database.give_way()
    assert pauses == [0.1]
