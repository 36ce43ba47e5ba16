"""One open journal file: reads, and transactions that are whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from importer.errors import JournalError
from importer.journal import batch_rows
from importer.journal.opening import connect, identity_of
from importer.journal.schema import explained, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from importer.journal.schema import UpgradeProgress


class JournalFile:
    """One journal file, open. Use it as a context manager; it may pass between threads.

    SQLite's errors leave every method as a `JournalError` of one sentence.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path
        self._file = identity_of(path)

    @classmethod
    def open(cls, path: Path, progress: UpgradeProgress | None = None) -> Self:
        """Open a journal by its real path, made anew with its folder where there is none yet.

        `progress` shows how a journal of an older version is brought up to date.

        Raises:
            JournalError: no such folder can be made, the file is no journal, is damaged, or was
                written by a newer version.
        """
        path = path.resolve()
        journal = cls(connect(path, progress), path)
        try:
            journal._take_own_rows()
        except BaseException:
            journal.close()
            raise
        return journal

    def _take_own_rows(self) -> None:
        if batch_rows.may_be_elsewhere(self.path):
            own = self._rows("SELECT id FROM batches", ())
            batch_rows.take_from_shared_folder(self.path, (one for (one,) in own))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _rows(self, statement: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        with explained(self.path):
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self.path), transaction(self._connection):
            self._refuse_replaced()
            yield

    def _refuse_replaced(self) -> None:
        if identity_of(self.path) != self._file:
            raise JournalError(
                f"The journal {self.path} was removed or replaced while this run had it open, so "
                "the run ends here. Put the journal back that was there before, then run "
                "`importer resume`."
            )
