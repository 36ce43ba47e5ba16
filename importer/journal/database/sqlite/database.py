"""A journal's rows in a SQLite file."""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING, Any, BinaryIO

from importer.errors import JournalError
from importer.journal import batch_rows, lock
from importer.journal.database.sqlite.errors import explained

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pandas as pd

    from importer.journal.database.protocol import Given, T, Values
    from importer.model import Rows

PAUSE = 0.1
"""Seconds after which SQLite looks again whether a file that another process holds is free."""
FileIdentity = tuple[int, int]
"""What tells a file from another one of the same name: its device and its inode."""


class SqliteDatabase:
    """See `Database`. A process that has the file open notices when it is replaced."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self.clock: Callable[[], int] = _clock_of_this_computer
        """What `now_ms()` returns in statements."""
        self.sleep: Callable[[float], object] = time.sleep
        self._file = identity_of(path)
        self._turn = RLock()
        connection.create_function("now_ms", 0, self._now_ms)

    def __str__(self) -> str:
        return str(self.path)

    def _now_ms(self) -> int:
        return self.clock()

    def rows(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """See `Database`."""
        with self._turn, explained(self.path):
            return self.connection.execute(_for_sqlite(statement), values).fetchall()

    def rows_given(
        self, given: Given, statement: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """See `Database`."""
        return self.rows(f"{_table_given(given)} {statement}", (_as_json(given), *values))

    def portions(
        self, statement: str, values: Values = (), *, size: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        """See `Database`."""
        with explained(self.path):
            cursor = self.connection.execute(_for_sqlite(statement), values)
            while rows := cursor.fetchmany(size):
                yield rows

    def change(self, statement: str, values: Values = ()) -> int:
        """See `Database`."""
        with self._turn, explained(self.path):
            return self.connection.execute(_for_sqlite(statement), values).rowcount

    def change_many(self, statement: str, many: Iterable[Sequence[Any]]) -> None:
        """See `Database`."""
        with self._turn, explained(self.path):
            self.connection.executemany(_for_sqlite(statement), many)

    def change_given(self, given: Given, statement: str, values: Sequence[Any] = ()) -> int:
        """See `Database`."""
        return self.change(f"{_table_given(given)} {statement}", (_as_json(given), *values))

    def run(self, work: Callable[[], T]) -> T:
        """See `Database`."""
        with self._turn:
            if self.connection.in_transaction:
                return work()
            with explained(self.path), transaction(self.connection):
                self._refuse_replaced()
                return work()

    def _refuse_replaced(self) -> None:
        if identity_of(self.path) != self._file:
            raise JournalError(
                f"The journal {self.path} was removed or replaced while this run had it open, so "
                "the run ends here. Put the journal back that was there before, then run "
                "`importer resume`."
            )

    def give_way(self) -> None:
        """See `Database`. Other runs that wait for the file look only now and then."""
        if not lock.runs_of(self.path).is_empty():
            self.sleep(PAUSE)

    def lock_account(self, account: str) -> None:
        """See `Database`. A transaction holds the whole file."""

    def damaged(self, what: str) -> JournalError:
        """See `Database`."""
        return JournalError(
            f"The journal {self.path} is damaged: {what}. Put back the latest copy of the journal, "
            "with its folder of rows, then run again."
        )

    def show_run(self, *, wait: bool) -> AbstractContextManager[str]:
        """See `Database`."""
        return lock.show_run(self.path, wait=wait)

    def is_gone(self, owner: str, *, on_this_computer: bool) -> bool | None:
        """See `Database`: whoever has the file open shows its run beside it."""
        return lock.runs_of(self.path).is_gone(owner)

    def next_ordinal(self) -> int:
        """See `Database`."""
        [(ordinal,)] = self.rows(
            "SELECT coalesce(max(ordinal), 0) + 1 "
            "FROM (SELECT ordinal FROM batches UNION ALL SELECT ordinal FROM plans)"
        )
        return int(ordinal)

    def note_unclean(self) -> None:
        """See `Database`."""
        self.change("UPDATE keeping SET unclean = 1")

    def number_batches_on(self) -> None:
        """See `Database`. The next ordinal follows the highest one."""

    def freeze(self) -> None:
        """See `Database`. A transaction holds the whole file."""

    def unsound_storage(self) -> list[str]:
        """See `Database`."""
        said = [text for (text,) in self.rows("PRAGMA integrity_check")]
        return [f"The file is damaged: {one}." for one in said if one != "ok"]

    def is_clean(self) -> bool:
        """See `Database`."""
        return not self.rows("SELECT unclean FROM keeping")[0][0]

    def clean(self) -> None:
        """Rewrite the file without removed numbers, and empty its write-ahead log.

        Raises:
            JournalError: the disk has no room, or another program reads the journal, so the log
                can't be emptied.
        """
        # Older versions did not overwrite what they deleted, and SQLite leaves copies of moved
        # rows in the free part of pages.
        self.change("VACUUM")
        self._empty_log()
        self.change("UPDATE keeping SET unclean = 0")

    def _empty_log(self) -> None:
        if self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
            raise JournalError(
                f"Another program reads the journal {self.path}: do the same again when it has "
                "ended, so that no bytes of what was forgotten are left."
            )

    def save_rows(
        self, batch: str, rows: Rows, lines: pd.DataFrame, assumptions: tuple[str, ...]
    ) -> None:
        """See `Database`."""
        batch_rows.save(batch_rows.path_of(self.path, batch), rows, lines, assumptions)

    def load_rows(self, batch: str) -> tuple[Rows, pd.DataFrame, tuple[str, ...]]:
        """See `Database`."""
        return batch_rows.load(batch_rows.path_of(self.path, batch))

    def remove_rows(self, batch: str) -> None:
        """See `Database`."""
        batch_rows.remove(batch_rows.path_of(self.path, batch))

    def write_rows_file(
        self,
        batch: str,
        write: Callable[[BinaryIO], object],
        check: Callable[[], object],
    ) -> None:
        """See `Database`. The file gets its name within a transaction."""
        path = batch_rows.path_of(self.path, batch)
        batch_rows.write_file(path, write, lambda put: self.run(lambda: (check(), put())))

    def open_rows_file(self, batch: str) -> AbstractContextManager[BinaryIO]:
        """See `Database`."""
        return batch_rows.open_file(batch_rows.path_of(self.path, batch))

    def kept_batches(self) -> frozenset[str]:
        """See `Database`."""
        known = {one for (one,) in self.rows("SELECT id FROM batches")}
        return batch_rows.kept_batches(self.path) & known

    def refuse_lost_batches(self, known: frozenset[str]) -> None:
        """See `Database`."""
        lost = sorted(batch_rows.kept_batches(self.path) - known)
        if lost:
            some = ", ".join(lost[:3]) + (" and others" if len(lost) > 3 else "")
            folder = batch_rows.folder_of(self.path)
            raise JournalError(
                f"The journal {self.path} does not know {len(lost):,} of the batches whose rows "
                f"are in {folder} ({some}): it is older than they are, or was begun anew, and "
                "nothing was sent. Put back the latest copy of the journal. Only where there is "
                f"none, move the files of these batches out of {folder}: then their lists are as "
                "good as new, and each would make all its groups again."
            )

    def take_own_rows(self) -> None:
        """Move the journal's rows out of the folder that journals shared once."""
        if batch_rows.may_be_elsewhere(self.path):
            own = self.rows("SELECT id FROM batches")
            batch_rows.take_from_shared_folder(self.path, (one for (one,) in own))

    def stop_waiting(self) -> None:
        """See `Database`. A file is not away."""

    def close(self) -> None:
        """See `Database`."""
        self.connection.close()


def identity_of(path: Path) -> FileIdentity | None:
    """Return which file has this name now, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done meanwhile, or undo all of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _clock_of_this_computer() -> int:
    return time.time_ns() // 1_000_000


@lru_cache(maxsize=256)
def _for_sqlite(statement: str) -> str:
    """Leave out the locks of rows: a transaction here holds the whole file."""
    return re.sub(r"\s+FOR UPDATE\b", "", statement)


def _table_given(given: Given) -> str:
    names = ", ".join(given)
    # The operator `->>` is newer than tables that are STRICT, which take SQLite 3.37.
    cells = ", ".join(f"json_extract(value, '$[{at}]')" for at in range(len(given)))
    columns = cells if len(given) > 1 else "value"
    return f"WITH given ({names}) AS (SELECT {columns} FROM json_each(?))"


def _as_json(given: Given) -> str:
    columns = [*given.values()]
    return json.dumps(columns[0] if len(columns) == 1 else [*zip(*columns, strict=True)])
