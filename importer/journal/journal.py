"""The journal: a SQLite file that knows what was planned, sent and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.journal import batch_rows, forgetting
from importer.journal import numbers as numbers_in_groups
from importer.journal.accounts import Accounts
from importer.journal.groups import GroupQueries
from importer.journal.schema import explained
from importer.journal.transitions import Transitions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from importer.journal.forgetting import ForgottenBatch
    from importer.model import Rows


class Journal(GroupQueries, Transitions, Accounts):
    """All that the stories ask of the journal: its parts over one open file, numbers, forgetting.

    What it says holds after a crash.
    """

    def known_among(
        self, numbers: pd.Series, account: str, but: str, *, of_others: bool = False
    ) -> pd.DataFrame:
        """Return those of some numbers that this account's batches hold in groups.

        The columns are `number`, `batch`, `seq` and `group_name`; each number stands once. Batches
        that were undone, and batches of the fingerprint `but` (the same list), don't count. With
        `of_others`, the groups of all other accounts count instead, those of `but` included.
        """
        with explained(self.path):
            return numbers_in_groups.known_among(
                self._connection, numbers, account, but, of_others=of_others
            )

    def settled_numbers(self, chain: Sequence[str]) -> pd.DataFrame:
        """Return the numbers about which a chain of corrected batches has decided."""
        with explained(self.path):
            return numbers_in_groups.settled_numbers(self._connection, chain)

    def skipped(self, batch: str) -> pd.DataFrame:
        """Return the numbers that a batch left out as known, shaped as `known_among`."""
        with explained(self.path):
            return numbers_in_groups.skipped_numbers(self._connection, batch)

    def without_group(self, skipped: pd.DataFrame) -> frozenset[str]:
        """Return those of `skipped` numbers that are in no created group of their batch."""
        with explained(self.path):
            return numbers_in_groups.without_group(self._connection, skipped)

    def save_rows(
        self, batch: str, rows: Rows, lines: pd.DataFrame, assumptions: tuple[str, ...] = ()
    ) -> None:
        """Keep a batch's rows and what was decided about each: whole, or not at all.

        Raises:
            JournalError: they can't be kept.
        """
        batch_rows.save(batch_rows.path_of(self.path, batch), rows, lines, assumptions)

    def load_rows(self, batch: str) -> tuple[Rows, pd.DataFrame, tuple[str, ...]]:
        """Return what `save_rows` kept of a batch.

        Raises:
            JournalError: it is missing or damaged.
        """
        return batch_rows.load(batch_rows.path_of(self.path, batch))

    def remove_rows(self, batch: str) -> None:
        """Remove what `save_rows` kept of a batch, where it is there.

        Raises:
            JournalError: it can't be removed.
        """
        batch_rows.remove(batch_rows.path_of(self.path, batch))

    def forget(self, partings: Sequence[ForgottenBatch], at_ms: int) -> None:
        """Take the numbers out of finished batches: out of all of them, or of none.

        Until `clean`, bytes of them may be left in the file and beside it.

        Raises:
            JournalError: a batch is not finished, or was forgotten before.
        """
        with self._transaction():
            for one in partings:
                forgetting.forget(self._connection, one, at_ms)

    def is_clean(self) -> bool:
        """Whether no number that was forgotten is left in the journal's bytes."""
        with explained(self.path):
            return forgetting.is_clean(self._connection)

    def clean(self) -> None:
        """Leave no byte of what was forgotten in the journal's files.

        Raises:
            JournalError: the disk has no room, or another program reads the journal.
        """
        with explained(self.path):
            forgetting.clean(self._connection, str(self.path))
