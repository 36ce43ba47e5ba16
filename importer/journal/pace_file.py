"""The shared pace on one computer: a small SQLite file beside the journal.

It is not in the journal, as each call would cost a sync of the disk there: this file is written
without one (`synchronous=OFF`). A process that is killed leaves it whole, as the system has what
was written; what a power failure leaves half written is thrown away and begun anew.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from importer.errors import JournalError
from importer.journal.pace import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PATIENCE = 30.0
"""Seconds to wait for another process that changes the file at this moment."""


class PaceFile:
    """The open file; `clock` is in seconds, and the same for all processes of this computer.

    Raises:
        JournalError: the file can't be made.
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._connection = self._begin()

    def rows(self, statement: str, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Return what a statement gives.

        Raises:
            JournalError: the file can't be read or written.
        """
        with self._one_at_a_time:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise self._explained(error) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _begin(self) -> sqlite3.Connection:
        try:
            try:
                return self._opened()
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorname", "") not in {
                    "SQLITE_NOTADB",
                    "SQLITE_CORRUPT",
                }:
                    raise
                self._remove()
                return self._opened()
        except (sqlite3.DatabaseError, OSError) as error:
            raise self._explained(error) from error

    def _opened(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=PATIENCE
        )
        try:
            connection.create_function("now_us", 0, lambda: int(self._clock() * 1e6))
            connection.create_function("greatest", -1, max, deterministic=True)
            connection.create_function("least", -1, min, deterministic=True)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(TABLE)
        except BaseException:
            connection.close()
            raise
        return connection

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def _explained(self, error: Exception) -> JournalError:
        return JournalError(
            f"The pace of calls can't be kept in {self._path} ({error}): correct the rights of its "
            "folder, or make room on its disk; the file itself may be removed at any time."
        )
