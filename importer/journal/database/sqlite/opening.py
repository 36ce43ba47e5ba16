"""Opens a journal's file: makes a new one whole, and notices one that is emptied or replaced."""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
from contextlib import nullcontext
from typing import TYPE_CHECKING

from importer.errors import JournalError
from importer.journal import lock
from importer.journal.database.sqlite.database import SqliteDatabase
from importer.journal.database.sqlite.errors import explained
from importer.journal.database.sqlite.schema import is_older, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from importer.journal.database.protocol import UpgradeProgress

PATIENCE = 10.0
"""Seconds to wait for another program that holds the journal at this moment."""
HEADER = 100
"""Bytes. Every SQLite database has them; a file that has fewer was cut off."""
COST = (
    "with another journal the importer knows nothing of earlier lists, so a list that was run "
    "before would make all its groups again"
)
"""What it costs to lead IMPORTER_JOURNAL elsewhere."""


def open_database(path: Path, progress: UpgradeProgress | None = None) -> SqliteDatabase:
    """Open a journal by its real path, made anew with its folder where there is none yet.

    `progress` shows how a journal of an older version is brought up to date. The file is readable
    by its owner only: it holds phone numbers.

    Raises:
        JournalError: no such folder can be made, the file is no journal, is damaged, or was
            written by a newer version.
        JournalLocked: it is an older version's, and another run holds it.
    """
    path = path.resolve()
    if path.is_dir():
        raise JournalError(
            f"The journal {path} can't be written, as it is a folder: name a file, such as "
            f"{path / 'journal.sqlite3'}."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make_new(path)
        _refuse_emptied(path)
        # Found out here: SQLite would say so of the first write only.
        with path.open("r+b"):
            pass
    except OSError as error:
        raise JournalError(
            f"The journal {path} can't be written ({error.strerror or error}): correct the rights "
            f"of its file and folder. IMPORTER_JOURNAL can name another file, but {COST}."
        ) from error
    with explained(path):
        database = SqliteDatabase(_connection(path), path)
        try:
            older = is_older(database.connection)
            with lock.hold_while_upgrading(path) if older else nullcontext():
                prepare(database, progress)
            database.take_own_rows()
        except BaseException:
            database.close()
            raise
    return database


def _connection(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=PATIENCE)


def _make_new(path: Path) -> None:
    """Make a journal beside its place, then give it its name: so there is never half of one."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    beside.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    try:
        with explained(path):
            connection = _connection(beside)
            try:
                prepare(SqliteDatabase(connection, path))
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()
        _name(beside, path)
    finally:
        for one in (beside, *(beside.with_name(beside.name + end) for end in ("-wal", "-shm"))):
            one.unlink(missing_ok=True)


def _name(beside: Path, path: Path) -> None:
    """Give a new journal its name, unless another process has made one meanwhile."""
    try:
        os.link(beside, path)
    except FileExistsError:
        return
    except OSError:  # A file system without hard links.
        if not path.exists():
            beside.rename(path)


def _refuse_emptied(path: Path) -> None:
    size = path.stat().st_size
    if path.is_file() and size < HEADER:
        raise JournalError(
            f"The journal {path} is damaged: only {size} bytes of it are left. Put back the latest "
            "copy of it, with its folder of rows. Where there is no copy, remove the file; but "
            f"{COST}."
        )
