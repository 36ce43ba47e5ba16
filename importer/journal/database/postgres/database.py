"""A journal's rows in a PostgreSQL database."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from functools import partial
from io import BytesIO
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
from pyarrow import feather

from importer.environment import state_folder
from importer.errors import JournalError
from importer.journal import batch_rows
from importer.journal.database.postgres import schema
from importer.journal.database.postgres.errors import AGAIN, both_at_once, explained
from importer.journal.database.postgres.session import Session
from importer.journal.database.postgres.statements import for_postgres, storable, table_given
from importer.journal.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from psycopg import Connection

    from importer.journal.database.postgres.address import Address
    from importer.journal.database.protocol import Given, T, Values
    from importer.model import Rows

_ATTEMPTS = 5
"""How often a transaction is done anew that came into another's way."""
A_PART = 4 * 1024**2
"""Bytes of a batch's rows that one row of the database keeps."""
_ONE_BY_ONE = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
"""Looks up each given row by an index: what that costs does not grow with the table."""
_TABLES = (
    "batches",
    "groups",
    "known",
    "group_numbers",
    "decisions",
    "batch_rows",
    "commits",
    "runs",
    "plans",
)


class PostgresDatabase:
    """See `Database`. Waits while the server is away, and says so."""

    def __init__(
        self, address: Address, notice: Callable[[str], None], runs: Path | None = None
    ) -> None:
        self.session = Session(address, notice)
        self._presence = Presence(runs or state_folder() / "runs", is_whole=False)
        self._turn = RLock()
        self._cursors = count()

    @classmethod
    def open(
        cls, address: Address, notice: Callable[[str], None], runs: Path | None = None
    ) -> PostgresDatabase:
        """Open a journal; its tables are made, or brought up to date.

        `runs` is the folder in which this computer's runs show that they are alive, None for one in
        the user's state folder.

        Raises:
            JournalError: the server refuses, the tables are newer, or this user may not make them.
            JournalAway: the server can't be reached.
        """
        database = cls(address, notice, runs)
        patience, database.session.patience = database.session.patience, 0.0
        try:
            database.refuse_other_encodings()
            schema.prepare(database)
        except BaseException:
            database.close()
            raise
        database.session.patience = patience
        return database

    @classmethod
    def version_of(cls, address: Address) -> int:
        """Return the version of the journal's tables in a database; 0 where there are none.

        Raises:
            JournalError: the server refuses.
            JournalAway: it can't be reached.
        """
        database = cls(address, lambda _: None)
        database.session.patience = 0.0
        try:
            return schema.version_of(database)
        finally:
            database.close()

    def __str__(self) -> str:
        return str(self.session.address)

    def refuse_other_encodings(self) -> None:
        """Refuse a database that can't keep every character."""
        encoding = self.rows("SHOW server_encoding")[0][0]
        if encoding != "UTF8":
            raise JournalError(
                f"The database {self} keeps texts as {encoding}, which lacks characters: have one "
                "made with `createdb --encoding UTF8 --template template0 importer`."
            )

    def rows(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """See `Database`."""
        return self._with_connection(lambda connection: _rows(connection, statement, values))

    def rows_given(
        self, given: Given, statement: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """See `Database`."""
        whole = f"{table_given(given)} {statement}"

        def look_up() -> list[tuple[Any, ...]]:
            connection = self.session.connection()
            with explained(self.session.address, connection):
                connection.execute(_ONE_BY_ONE)
                found = _rows(connection, whole, [*map(list, given.values()), *values])
                connection.execute(_ONE_BY_ONE.replace("off", "DEFAULT"))
            return found

        return self.run(look_up)

    def portions(
        self, statement: str, values: Values = (), *, size: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        """See `Database`. The caller is within `run`."""
        connection = self.session.connection()
        with (
            explained(self.session.address, connection),
            connection.cursor(f"portions_{next(self._cursors)}") as cursor,
        ):
            cursor.execute(for_postgres(statement).encode(), storable(values))
            while rows := cursor.fetchmany(size):
                yield rows

    def change(self, statement: str, values: Values = ()) -> int:
        """See `Database`."""
        return self._with_connection(
            lambda connection: (
                connection.execute(for_postgres(statement).encode(), storable(values)).rowcount
            )
        )

    def change_many(self, statement: str, many: Iterable[Sequence[Any]]) -> None:
        """See `Database`. The caller is within `run`."""
        rows = [storable(one) for one in many]

        def change(connection: Connection) -> None:
            with connection.cursor() as cursor:
                cursor.executemany(for_postgres(statement).encode(), rows)

        if rows:
            self._with_connection(change)

    def change_given(self, given: Given, statement: str, values: Sequence[Any] = ()) -> int:
        """See `Database`."""
        return self.change(
            f"{table_given(given)} {statement}", [*map(list, given.values()), *values]
        )

    def run(self, work: Callable[[], T]) -> T:
        """See `Database`."""
        with self._turn:
            if self.session.is_in_transaction:
                return work()
            return self.session.patiently(lambda: self._run_once_or_again(work))

    def _run_once_or_again(self, work: Callable[[], T]) -> T:
        for attempt in range(_ATTEMPTS):
            try:
                return self.session.whole(work)
            except AGAIN as error:
                if attempt == _ATTEMPTS - 1:
                    raise both_at_once(self.session.address, error) from error
        raise AssertionError("the last attempt returns or raises")

    def _with_connection(self, use: Callable[[Connection], T]) -> T:
        def attempt() -> T:
            connection = self.session.connection()
            with explained(self.session.address, connection):
                return use(connection)

        with self._turn:
            if self.session.is_in_transaction:
                return attempt()
            return self.session.patiently(attempt)

    def give_way(self) -> None:
        """See `Database`. A transaction holds the rows only that it changes."""

    def lock_account(self, account: str) -> None:
        """See `Database`."""
        self.rows("SELECT pg_advisory_xact_lock(hashtextextended(?, 1))", (account,))

    @contextmanager
    def show_run(self, *, wait: bool) -> Iterator[str]:
        """See `Database`. Nobody has a whole database alone."""
        with ExitStack() as shown:
            try:
                owner = shown.enter_context(self._presence.shown())
            except OSError as error:
                raise JournalError(
                    f"{self._presence.folder} can't be written ({error.strerror or error}): "
                    "correct its rights; other runs see there whether this one is alive."
                ) from error
            yield owner

    def is_gone(self, owner: str, *, on_this_computer: bool) -> bool | None:
        """See `Database`: of a run on another computer only its lease tells."""
        return self._presence.is_gone(owner) if on_this_computer else None

    def damaged(self, what: str) -> JournalError:
        """See `Database`."""
        return JournalError(
            f"The journal {self} is damaged: {what}. Have the database's administrator put back "
            "its latest backup, then run again."
        )

    def next_ordinal(self) -> int:
        """See `Database`."""
        ordinal: int = self.rows("SELECT nextval('batch_ordinals')")[0][0]
        return ordinal

    def note_unclean(self) -> None:
        """See `Database`. What is deleted leaves no row."""

    def number_batches_on(self) -> None:
        """See `Database`."""
        self.rows("SELECT setval('batch_ordinals', max(ordinal)) FROM batches HAVING count(*) > 0")

    def freeze(self) -> None:
        """See `Database`."""
        self.change("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        self.change("SET LOCAL idle_in_transaction_session_timeout = 0")

    def unsound_storage(self) -> list[str]:
        """See `Database`. The server watches over its files itself."""
        return []

    def is_clean(self) -> bool:
        """See `Database`. Files are the server's; the rows of batches are the journal's."""
        return not self.rows(
            "SELECT 1 FROM batch_rows r JOIN batches b ON b.id = r.batch "
            "WHERE b.forgotten_ms IS NOT NULL LIMIT 1"
        )

    def clean(self) -> None:
        """Have the server give up the space of deleted rows.

        Their bytes stay in free space, the write-ahead log, standbys and backups until the server
        overwrites or removes them: nobody reads them there by SQL.
        """
        self.change(f"VACUUM {', '.join(_TABLES)}")

    def save_rows(
        self, batch: str, rows: Rows, lines: pd.DataFrame, assumptions: tuple[str, ...]
    ) -> None:
        """See `Database`."""
        file = BytesIO()
        table = batch_rows.as_table(rows, lines, assumptions)
        feather.write_feather(table, file, compression="lz4")
        self._keep_rows_file(batch, file.getvalue())

    def load_rows(self, batch: str) -> tuple[Rows, pd.DataFrame, tuple[str, ...]]:
        """See `Database`."""
        try:
            table = feather.read_table(BytesIO(self._rows_file(batch)))
            return batch_rows.from_table(table)
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            raise JournalError(
                f"The rows of batch {batch} can't be read from the journal {self}: run the "
                "importer on the input file again, which makes no group twice."
            ) from error

    def remove_rows(self, batch: str) -> None:
        """See `Database`."""
        self.change("DELETE FROM batch_rows WHERE batch = ?", (batch,))

    def _rows_file(self, batch: str) -> bytes:
        statement = for_postgres(
            "SELECT bytes FROM batch_rows WHERE batch = ? AND part >= 0 ORDER BY part"
        )
        parts = self._with_connection(
            lambda connection: (
                connection.cursor(binary=True).execute(statement.encode(), (batch,)).fetchall()
            )
        )
        return b"".join(part for (part,) in parts)

    def _keep_rows_file(self, batch: str, file: bytes) -> None:
        parts = [
            (batch, part, file[start : start + A_PART])
            for part, start in enumerate(range(0, len(file), A_PART))
        ]

        def keep() -> None:
            self.change("DELETE FROM batch_rows WHERE batch = ?", (batch,))
            self.change_many("INSERT INTO batch_rows VALUES (?, ?, ?)", parts)

        self.run(keep)

    def write_rows_file(
        self,
        batch: str,
        write: Callable[[BinaryIO], object],
        check: Callable[[], object],
    ) -> None:
        """See `Database`. Until all parts are there, they are counted below zero."""

        def keep(part: int, piece: bytes) -> None:
            check()
            self.change("DELETE FROM batch_rows WHERE batch = ? AND part = ?", (batch, -1 - part))
            self.change("INSERT INTO batch_rows VALUES (?, ?, ?)", (batch, -1 - part, piece))

        def count_from_zero(parts: int) -> None:
            check()
            self.change(
                "DELETE FROM batch_rows WHERE batch = ? AND (part >= 0 OR part < ?)",
                (batch, -parts),
            )
            self.change("UPDATE batch_rows SET part = -1 - part WHERE batch = ?", (batch,))

        with tempfile.TemporaryFile() as file:
            write(file)
            file.seek(0)
            for part in count():
                piece = file.read(A_PART)
                if not piece:
                    self.run(partial(count_from_zero, part))
                    return
                self.run(partial(keep, part, piece))

    @contextmanager
    def open_rows_file(self, batch: str) -> Iterator[BinaryIO]:
        """See `Database`. A file on this computer is filled with them."""
        with tempfile.TemporaryFile() as file:
            for part in count():
                piece = self._part_of_rows(batch, part)
                if piece is None:
                    break
                file.write(piece)
            file.seek(0)
            yield file

    def _part_of_rows(self, batch: str, part: int) -> bytes | None:
        statement = for_postgres("SELECT bytes FROM batch_rows WHERE batch = ? AND part = ?")
        found = self._with_connection(
            lambda connection: (
                connection.cursor(binary=True).execute(statement.encode(), (batch, part)).fetchone()
            )
        )
        return found[0] if found else None

    def kept_batches(self) -> frozenset[str]:
        """See `Database`."""
        kept = self.rows("SELECT id FROM batches WHERE id IN (SELECT batch FROM batch_rows)")
        return frozenset(one for (one,) in kept)

    def refuse_lost_batches(self, known: frozenset[str]) -> None:
        """See `Database`. Rows are in the same database, so they are as old as the journal is."""

    def stop_waiting(self) -> None:
        """See `Database`."""
        self.session.patience = 0.0

    def close(self) -> None:
        """See `Database`."""
        self.session.end()


def _rows(connection: Connection, statement: str, values: Values) -> list[tuple[Any, ...]]:
    cursor = connection.execute(for_postgres(statement).encode(), storable(values))
    return cursor.fetchall() if cursor.description is not None else []
