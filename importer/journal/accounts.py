"""What the journal knows of an account as a whole: its names, and what its server put up with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable

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
    connection: sqlite3.Connection, account: str, around: Iterable[tuple[str, str]]
) -> int:
    """Return the highest number that one of the account's group names has between two texts.

    `around` are pairs of what stands before and after the number. 0 where there is no such name.
    """
    return max((_highest(connection, account, *one) for one in around), default=0)


def _highest(connection: sqlite3.Connection, account: str, before: str, after: str) -> int:
    names = connection.execute(
        "SELECT g.name FROM groups g JOIN batches b ON b.id = g.batch "
        "WHERE b.account = ? AND g.name >= ? AND g.name < ?",
        (account, before, f"{before}:"),  # The colon follows the nine.
    )
    numbers = (
        name[len(before) : len(name) - len(after)] for (name,) in names if name.endswith(after)
    )
    return max((int(one) for one in numbers if one.isascii() and one.isdigit()), default=0)
