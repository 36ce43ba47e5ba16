"""What the journal knows of an account: its names, and the rate and group size its server takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.journal.part import JournalPart, in_one_transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from importer.journal.database.protocol import Database

_KNOWN_AS = """
SELECT 1 FROM batches WHERE account = :name
UNION ALL SELECT 1 FROM rates WHERE account = :name
UNION ALL SELECT 1 FROM group_sizes WHERE account = :name
LIMIT 1
"""
_ADOPTING = (
    "INSERT INTO plannings (account, times) VALUES (:today, 1) "
    "ON CONFLICT (account) DO UPDATE SET times = plannings.times + 1",
    "UPDATE batches SET account = :today, "
    "planning = (SELECT times FROM plannings WHERE account = :today) WHERE account = :former",
    "UPDATE rates SET account = :today WHERE account = :former "
    "AND NOT EXISTS (SELECT 1 FROM rates WHERE account = :today)",
    "DELETE FROM rates WHERE account = :former",
    "UPDATE group_sizes SET account = :today WHERE account = :former "
    "AND NOT EXISTS (SELECT 1 FROM group_sizes WHERE account = :today)",
    "DELETE FROM group_sizes WHERE account = :former",
)
"""Statements that give a former account's rows to the account of today, under whose name what was
learned counts more."""


class Accounts(JournalPart):
    """Names accounts, and keeps what was learned of their servers."""

    def adopt(self, account: str, former: Collection[str]) -> None:
        """Let an account's batches be known by the account's name of today."""
        if _is_known_as(self._database, former):
            self.run(lambda: _adopt(self._database, account, former))

    def accounts(self) -> list[str]:
        """Return the accounts that have batches here."""
        rows = self._database.rows("SELECT DISTINCT account FROM batches ORDER BY account")
        return [row[0] for row in rows]

    def highest_number(self, account: str, names: Collection[Sequence[str]]) -> int:
        """Return the highest number that one of the account's group names has; 0 where none has.

        `names` are what stands around the number: before it, and after it.
        """
        return max((self._highest(account, parts) for parts in names), default=0)

    def _highest(self, account: str, parts: Sequence[str]) -> int:
        names = self._database.rows(
            "SELECT g.name FROM groups g JOIN batches b ON b.id = g.batch "
            "WHERE b.account = ? AND g.name >= ? AND g.name < ?",
            (account, parts[0], f"{parts[0]}:"),  # The colon follows the nine.
        )
        pattern = re.compile("([0-9]{1,18})".join(map(re.escape, parts)))
        found = (pattern.fullmatch(name) for (name,) in names)
        return max((int(one[1]) for one in found if one is not None), default=0)

    def learned_group_size(self, account: str) -> int | None:
        """Return the most numbers that the server takes in a group, where it refused more."""
        rows = self._database.rows("SELECT size FROM group_sizes WHERE account = ?", (account,))
        return rows[0][0] if rows else None

    @in_one_transaction
    def learn_group_size(self, account: str, size: int | None) -> None:
        """Keep the most numbers of a group for this account's next groups; None forgets it."""
        if size is None:
            self._database.change("DELETE FROM group_sizes WHERE account = ?", (account,))
            return
        self._database.change(
            "INSERT INTO group_sizes VALUES (?, ?) "
            "ON CONFLICT (account) DO UPDATE SET size = excluded.size",
            (account, size),
        )

    def learned_rate(self, account: str) -> float | None:
        """Return the calls a second that the server last put up with, where it refused more."""
        rows = self._database.rows("SELECT rate FROM rates WHERE account = ?", (account,))
        return rows[0][0] if rows else None

    @in_one_transaction
    def learn_rate(self, account: str, rate: float | None) -> None:
        """Keep the calls a second that the account's next run begins with; None forgets them."""
        if rate is None:
            self._database.change("DELETE FROM rates WHERE account = ?", (account,))
            return
        self._database.change(
            "INSERT INTO rates VALUES (?, ?) "
            "ON CONFLICT (account) DO UPDATE SET rate = excluded.rate",
            (account, rate),
        )


def _adopt(database: Database, account: str, former: Collection[str]) -> None:
    """Give an account's batches the account's name of today, within a transaction."""
    database.lock_account(account)
    for one in former:
        for statement in _ADOPTING:
            database.change(statement, {"today": account, "former": one})


def _is_known_as(database: Database, names: Collection[str]) -> bool:
    """Whether there is anything under one of these names of an account."""
    return any(database.rows(_KNOWN_AS, {"name": one}) for one in names)
