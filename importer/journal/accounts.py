"""What the journal knows of an account as a whole: its names, and what its server put up with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

_TABLES = ("batches", "rates", "group_sizes")
"""The tables with a column `account`."""


def adopt(connection: sqlite3.Connection, account: str, former: Collection[str]) -> None:
    """Give an account's batches the account's name of today, within a transaction."""
    for one in former:
        for table in _TABLES:
            connection.execute(
                f"UPDATE OR IGNORE {table} SET account = ? WHERE account = ?",  # noqa: S608 - ours
                (account, one),
            )
    for table in _TABLES[1:]:
        connection.executemany(
            f"DELETE FROM {table} WHERE account = ?",  # noqa: S608 - ours
            [(one,) for one in former],
        )


def is_known_as(connection: sqlite3.Connection, names: Collection[str]) -> bool:
    """Whether there is anything under one of these names of an account."""
    marks = ",".join("?" * len(names))
    return any(
        connection.execute(
            f"SELECT 1 FROM {table} WHERE account IN ({marks}) LIMIT 1",  # noqa: S608 - marks
            tuple(names),
        ).fetchone()
        for table in _TABLES
    )


def highest_number(
    connection: sqlite3.Connection, account: str, names: Collection[Sequence[str]]
) -> int:
    """Return the highest number that one of the account's group names has; 0 where there is none.

    `names` are what stands around the number: before it, and after it.
    """
    return max((_highest(connection, account, parts) for parts in names), default=0)


def _highest(connection: sqlite3.Connection, account: str, parts: Sequence[str]) -> int:
    names = connection.execute(
        "SELECT g.name FROM groups g JOIN batches b ON b.id = g.batch "
        "WHERE b.account = ? AND g.name >= ? AND g.name < ?",
        (account, parts[0], f"{parts[0]}:"),  # The colon follows the nine.
    )
    pattern = re.compile("([0-9]{1,18})".join(map(re.escape, parts)))
    found = (pattern.fullmatch(name) for (name,) in names)
    return max((int(one[1]) for one in found if one is not None), default=0)


def accounts(connection: sqlite3.Connection) -> list[str]:
    """Return the accounts that have batches."""
    rows = connection.execute("SELECT DISTINCT account FROM batches ORDER BY account")
    return [row[0] for row in rows]
