"""What the journal knows of an account: its names, and the rate and group size its server takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.journal.journal_file import JournalFile
from importer.journal.schema import explained

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

_TABLES = ("batches", "rates", "group_sizes")
"""The tables with a column `account`."""


class Accounts(JournalFile):
    """Names accounts, and keeps what was learned of their servers."""

    def adopt(self, account: str, former: Collection[str]) -> None:
        """Let an account's batches be known by the account's name of today."""
        with explained(self.path):
            known = _is_known_as(self._connection, former)
        if known:
            with self._transaction():
                _adopt(self._connection, account, former)

    def accounts(self) -> list[str]:
        """Return the accounts that have batches here."""
        rows = self._rows("SELECT DISTINCT account FROM batches ORDER BY account", ())
        return [row[0] for row in rows]

    def highest_number(self, account: str, names: Collection[Sequence[str]]) -> int:
        """Return the highest number that one of the account's group names has; 0 where none has.

        `names` are what stands around the number: before it, and after it.
        """
        return max((self._highest(account, parts) for parts in names), default=0)

    def _highest(self, account: str, parts: Sequence[str]) -> int:
        names = self._rows(
            "SELECT g.name FROM groups g JOIN batches b ON b.id = g.batch "
            "WHERE b.account = ? AND g.name >= ? AND g.name < ?",
            (account, parts[0], f"{parts[0]}:"),  # The colon follows the nine.
        )
        pattern = re.compile("([0-9]{1,18})".join(map(re.escape, parts)))
        found = (pattern.fullmatch(name) for (name,) in names)
        return max((int(one[1]) for one in found if one is not None), default=0)

    def learned_group_size(self, account: str) -> int | None:
        """Return the most numbers that the server takes in a group, where it refused more."""
        rows = self._rows("SELECT size FROM group_sizes WHERE account = ?", (account,))
        return rows[0][0] if rows else None

    def learn_group_size(self, account: str, size: int | None) -> None:
        """Keep the most numbers of a group for this account's next groups; None forgets it."""
        with self._transaction():
            self._connection.execute("DELETE FROM group_sizes WHERE account = ?", (account,))
            if size is not None:
                self._connection.execute("INSERT INTO group_sizes VALUES (?, ?)", (account, size))

    def learned_rate(self, account: str) -> float | None:
        """Return the calls a second that the server last put up with, where it refused more."""
        rows = self._rows("SELECT rate FROM rates WHERE account = ?", (account,))
        return rows[0][0] if rows else None

    def learn_rate(self, account: str, rate: float | None) -> None:
        """Keep a rate for the next run; None forgets it."""
        with self._transaction():
            self._connection.execute("DELETE FROM rates WHERE account = ?", (account,))
            if rate is not None:
                self._connection.execute("INSERT INTO rates VALUES (?, ?)", (account, rate))


def _adopt(connection: sqlite3.Connection, account: str, former: Collection[str]) -> None:
    """Give an account's batches the account's name of today, within a transaction."""
    for one in former:
        for table in _TABLES:
            connection.execute(
                f"UPDATE OR IGNORE {table} SET account = ? WHERE account = ?",  # noqa: S608 - a name of _TABLES
                (account, one),
            )
    for table in _TABLES[1:]:
        connection.executemany(
            f"DELETE FROM {table} WHERE account = ?",  # noqa: S608 - a name of _TABLES
            [(one,) for one in former],
        )


def _is_known_as(connection: sqlite3.Connection, names: Collection[str]) -> bool:
    """Whether there is anything under one of these names of an account."""
    marks = ",".join("?" * len(names))
    return any(
        connection.execute(
            f"SELECT 1 FROM {table} WHERE account IN ({marks}) LIMIT 1",  # noqa: S608 - question marks
            tuple(names),
        ).fetchone()
        for table in _TABLES
    )
