"""One session with a PostgreSQL server, which is begun again when it was lost."""

from __future__ import annotations

import time
import uuid
from itertools import chain, repeat
from typing import TYPE_CHECKING

import psycopg

from importer.errors import JournalAway, JournalError
from importer.journal.database.postgres.errors import away, connection_error, explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.journal.database.postgres.address import Address
    from importer.journal.database.protocol import T

_BEGIN = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '60s'"
"""Where the network is cut in a transaction, the server ends it after so long, so that whoever
looks whether it was committed does not wait for it without end."""
_NOTE = (
    "INSERT INTO commits VALUES ('{session}', {number}, "
    "(extract(epoch FROM clock_timestamp()) * 1000)::bigint) "
    "ON CONFLICT (session) DO UPDATE SET number = {kept}, at_ms = excluded.at_ms"
)
_REMOVE_OLD = (
    "DELETE FROM commits "
    "WHERE at_ms < (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 604800000"
)
"""Runs that were killed leave a row each; a week later nobody looks for their transactions."""
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each new attempt to reach the server; the last one for all further ones."""


class Session:
    """Keeps a connection, begins transactions, and finds out what became of a lost one."""

    def __init__(self, address: Address, notice: Callable[[str], None]) -> None:
        self.address = address
        self.notice = notice
        """Told in a sentence that the server is waited for, and that it is there again."""
        self.patience = 600.0
        """Seconds to wait for a server that is away."""
        self.sleep: Callable[[float], None] = time.sleep
        self.clock: Callable[[], float] = time.monotonic
        self.is_in_transaction = False
        self._name = uuid.uuid4()
        self._number = 0
        self._connection: psycopg.Connection | None = None

    def connection(self) -> psycopg.Connection:
        """Return the connection, made where there is none.

        Raises:
            JournalAway: the server can't be reached at this moment.
            JournalError: it refuses the connection.
        """
        if self._connection is None or self._connection.closed:
            if self.is_in_transaction:
                raise away(self.address, psycopg.OperationalError("the connection was lost"))
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> psycopg.Connection:
        try:
            return psycopg.connect(self.address.conninfo, autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            raise connection_error(self.address, error) from error

    def patiently(self, attempt: Callable[[], T]) -> T:
        """Return what an attempt returns, made again while the server is away.

        Raises:
            JournalAway: it was away longer than `patience`.
        """
        since: float | None = None
        for pause in _pauses():
            try:
                done = attempt()
            except JournalAway:
                now = self.clock()
                if since is None:
                    since = now
                    if self.patience:
                        self.notice(
                            f"The journal {self.address} can't be reached: waiting for its server."
                        )
                # It may have been shortened meanwhile.
                if now - since >= self.patience:
                    raise
                self.close()
                self.sleep(pause)
            else:
                if since is not None:
                    self.notice(f"The journal {self.address} is reached again: going on.")
                return done
        raise AssertionError("the pauses have no end")

    def whole(self, work: Callable[[], T]) -> T:
        """Do `work` in one transaction.

        Raises:
            JournalAway: the server went away, and nothing of it was recorded.
            JournalError: the database failed, and nothing of it was recorded.
        """
        self._begin()
        try:
            done = work()
        except BaseException:
            self._roll_back()
            raise
        self._commit()
        return done

    def _begin(self) -> None:
        connection = self.connection()
        with explained(self.address, connection):
            connection.execute(_BEGIN)
        self.is_in_transaction = True

    def _roll_back(self) -> None:
        self.is_in_transaction = False
        if self._connection is None or self._connection.closed:
            return
        try:
            self._connection.execute("ROLLBACK")
        except psycopg.Error:
            self.close()

    def _commit(self) -> None:
        """Commit; where the answer is lost, look up whether it was done.

        Raises:
            JournalAway: it was not done, or the server can't be reached to look it up.
        """
        self._number += 1
        old = f"{_REMOVE_OLD}; " if self._number == 1 else ""
        note = _NOTE.format(session=self._name, number=self._number, kept="excluded.number")
        connection = self.connection()
        try:
            with explained(self.address, connection):
                connection.execute(f"{old}{note}; COMMIT")
        except JournalAway:
            self.is_in_transaction = False
            if not self.patiently(self._is_committed):
                raise
        except BaseException:
            self._roll_back()
            raise
        self.is_in_transaction = False

    def _is_committed(self) -> bool:
        """Return whether the last transaction was committed.

        The row is written, not only read: so this waits for a transaction that is being committed
        at this moment.
        """
        connection = self.connection()
        look = _NOTE.format(session=self._name, number=-1, kept="commits.number")
        with explained(self.address, connection):
            found = connection.execute(f"{look} RETURNING number").fetchone()
        return found is not None and found[0] == self._number

    def close(self) -> None:
        """Close the connection, where there is one."""
        if self._connection is not None:
            self._connection.close()

    def end(self) -> None:
        """Close the connection for good, and leave no row of the session."""
        try:
            if self._number and self._connection is not None and not self._connection.closed:
                self._connection.execute("DELETE FROM commits WHERE session = %s", (self._name,))
        except (psycopg.Error, JournalError):
            pass  # The row tells nobody anything any more, and is removed after a week.
        finally:
            self.close()


def _pauses() -> Iterator[float]:
    return chain(_PAUSES, repeat(_PAUSES[-1]))
