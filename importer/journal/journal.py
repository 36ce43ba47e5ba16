"""The journal: what was planned, sent and answered, in a database."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Self

from importer.journal import forgetting
from importer.journal import numbers as numbers_in_groups
from importer.journal.accounts import Accounts
from importer.journal.database.sqlite.opening import open_database
from importer.journal.lists import Lists
from importer.journal.long_plans import AT_ONCE, LongPlans
from importer.journal.run import begun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from importer.journal.database.protocol import UpgradeProgress
    from importer.journal.forgetting import ForgottenBatch
    from importer.journal.run import Run
    from importer.model import Rows, Runner


MANY_NUMBERS = 100_000
"""Of so many numbers, those in the look-up are removed in its order: that touches each page once,
but reads it all."""


class Journal(Lists, LongPlans, Accounts):
    """All that the stories ask of the journal: its parts over one database, numbers, forgetting.

    What it says holds after a crash. Where the database fails, each method raises `JournalError`.
    """

    @classmethod
    def open(cls, path: Path, progress: UpgradeProgress | None = None) -> Self:
        """Open the journal in a SQLite file, made anew with its folder where there is none yet.

        `progress` shows how a journal of an older version is brought up to date.

        Raises:
            JournalError: no such folder can be made, the file is no journal, is damaged, or was
                written by a newer version.
        """
        return cls(open_database(path, progress))

    @contextmanager
    def begin_run(
        self, runner: Runner, *, wait: bool = False, note: Callable[[str], None] = lambda _: None
    ) -> Iterator[Run]:
        """Give a run that can hold batches, while the `with` block runs; its steps name it.

        With `wait`, it waits for others that have what it needs, and `note` hears of that.

        Raises:
            JournalLocked: somebody has the journal alone.
            JournalError: the run can't be shown to others.
        """
        with (
            self._database.show_run(wait=wait) as owner,
            begun(self, owner, runner, wait=wait, note=note) as run,
        ):
            yield run

    def known_among(
        self, numbers: pd.Series, account: str, but: str, *, of_others: bool = False
    ) -> pd.DataFrame:
        """Return those of some numbers that this account's batches hold in groups.

        The columns are `number`, `batch`, `seq` and `group_name`; each number stands once. Batches
        that were undone, and batches of the fingerprint `but` (the same list), don't count. With
        `of_others`, the groups of all other accounts count instead, those of `but` included.
        """
        return numbers_in_groups.known_among(
            self._database, numbers, account, but, of_others=of_others
        )

    def settled_among(self, numbers: pd.Series, chain: Sequence[str]) -> pd.DataFrame:
        """Return those of some numbers about which a chain of corrected batches has decided."""
        return numbers_in_groups.settled_among(self._database, numbers, chain)

    def skipped(self, batch: str) -> pd.DataFrame:
        """Return the numbers that a batch left out as known, shaped as `known_among`."""
        return numbers_in_groups.skipped_numbers(self._database, batch)

    def skipped_groups(self, batch: str) -> dict[tuple[str, int], str]:
        """Return the names of the earlier groups that a batch left numbers to, by their places."""
        rows = self._database.rows(
            "SELECT earlier_batch, earlier_seq, group_name FROM known WHERE batch = ?", (batch,)
        )
        return {(earlier, seq): name for earlier, seq, name in rows}

    def skipped_in(self, batch: str, places: Sequence[tuple[str, int]]) -> pd.DataFrame:
        """Return what `skipped` returns, of some of the earlier groups."""
        return numbers_in_groups.skipped_in(self._database, batch, places)

    def places_in(self, batch: str, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return rows of a number and the place of its group, of those that a batch has."""
        return numbers_in_groups.places_in(self._database, batch, numbers)

    def without_group(self, skipped: pd.DataFrame) -> frozenset[str]:
        """Return those of `skipped` numbers that are in no created group of their batch."""
        return numbers_in_groups.without_group(self._database, skipped)

    def save_rows(
        self, batch: str, rows: Rows, lines: pd.DataFrame, assumptions: tuple[str, ...] = ()
    ) -> None:
        """Keep a batch's rows and what was decided about each: whole, or not at all.

        Raises:
            JournalError: they can't be kept.
        """
        self._database.save_rows(batch, rows, lines, assumptions)

    def load_rows(self, batch: str) -> tuple[Rows, pd.DataFrame, tuple[str, ...]]:
        """Return what `save_rows` kept of a batch.

        Raises:
            JournalError: it is missing or damaged.
        """
        return self._database.load_rows(batch)

    def write_rows_file(self, batch: str, write: Callable[[BinaryIO], object]) -> None:
        """Keep what `write` writes as the rows of a batch, or of a plan, instead of `save_rows`.

        Raises:
            JournalError: they can't be kept, or another run has taken the batch over.
        """
        self._database.write_rows_file(batch, write, partial(self.refuse_lost, batch))

    def open_rows_file(self, batch: str) -> AbstractContextManager[BinaryIO]:
        """Open what is kept of a batch's rows to read it in portions.

        Raises:
            JournalError: it can't be read.
        """
        return self._database.open_rows_file(batch)

    def remove_rows(self, batch: str) -> None:
        """Remove what `save_rows` kept of a batch, where it is there.

        Raises:
            JournalError: it can't be removed.
        """
        self._database.remove_rows(batch)

    def forget(self, partings: Sequence[ForgottenBatch], at_ms: int) -> None:
        """Take the numbers out of finished batches: out of all of them, or of none.

        What killed runs have left of plans may have the same numbers, so it is removed before.
        Until `clean`, numbers may be left where nobody asks for them, and bytes of them in files.

        Raises:
            JournalError: a batch is not finished, or was forgotten before.
        """
        self.remove_abandoned_plans()

        def forget_all() -> None:
            for one in partings:
                self.keep_runs_out(one.batch)
                forgetting.forget(self._database, one, at_ms)

        self.run(forget_all)

    def is_clean(self) -> bool:
        """Whether no number that was forgotten is left in the journal's bytes."""
        return not forgetting.left_numbers(self._database) and self._database.is_clean()

    def clean(self) -> None:
        """Leave no byte of what was forgotten in the journal's files.

        Numbers go in portions. Cut off, it goes on at the next call.

        Raises:
            JournalError: the disk has no room, or another program reads the journal.
        """
        for left in forgetting.left_numbers(self._database):
            if left.numbers > MANY_NUMBERS:
                self.remove_from_look_up(left.ordinal)
            while self.in_turn(
                partial(forgetting.remove_next_numbers, self._database, left, AT_ONCE)
            ):
                pass
        self._database.clean()
