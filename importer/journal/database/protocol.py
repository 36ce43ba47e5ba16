"""What the journal asks of a database. Its SQL is written once, in what all of them understand.

Values stand for the marks `?` or `:name`. `INDEXED BY` names the index that SQLite has to use, and
`FOR UPDATE` the rows that PostgreSQL has to lock: each is left out for the other. `now_ms()` is the
database's own clock, in milliseconds since the epoch, and `now_us()` in microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import pandas as pd

    from importer.errors import JournalError
    from importer.model import Rows

T = TypeVar("T")
Values = Sequence[Any] | Mapping[str, Any]
Given = Mapping[str, Sequence[int] | Sequence[str]]
"""Columns by their names, all of one length: the rows of a table `given` for one statement."""


class UpgradeProgress(Protocol):
    """Shows how an older journal is brought up to date, which takes minutes for a large one."""

    def stage(
        self, name: str, total: int | None, unit: str
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a stage; what it gives is told how much more is done."""

    def note(self, text: str) -> None:
        """Show a sentence to the operator now; called from any thread."""


class Database(Protocol):
    """Reads and changes a journal's rows. Threads may share one; each waits for the other.

    Every method raises `JournalError` with one sentence where the database fails.
    """

    def __str__(self) -> str:
        """Return what messages call it; a password is not shown."""

    def rows(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""

    def rows_given(
        self, given: Given, statement: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Return all rows of a query that reads the table `given`.

        With `given CROSS JOIN other`, SQLite looks up each given row in the other table.
        """

    def portions(
        self, statement: str, values: Values = (), *, size: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query within a transaction, at most `size` at a time."""

    def change(self, statement: str, values: Values = ()) -> int:
        """Do one statement, and return how many rows it changed."""

    def change_many(self, statement: str, many: Iterable[Sequence[Any]]) -> None:
        """Do one statement for each of many rows of values."""

    def change_given(self, given: Given, statement: str, values: Sequence[Any] = ()) -> int:
        """Do one statement that reads the table `given`, and return how many rows it changed."""

    def run(self, work: Callable[[], T]) -> T:
        """Do `work` in one transaction, whole or not at all, and return what it returns.

        Within another `run` of the same thread, `work` belongs to the outer transaction. It may be
        done again from its start where the database went away meanwhile, so it must do nothing
        but read and change this database.
        """

    def give_way(self) -> None:
        """Let others change something between two transactions that follow each other."""

    def lock_account(self, account: str) -> None:
        """Let nobody else plan for an account until this transaction ends."""

    def damaged(self, what: str) -> JournalError:
        """Return the error of a journal in which something can't be so, with what to do."""

    def show_run(self, *, wait: bool) -> AbstractContextManager[str]:
        """Name a new run, and show that it is alive, while the `with` block runs.

        With `wait`, wait until nobody has the journal alone.

        Raises:
            JournalLocked: somebody has the journal alone, as to bring it up to date.
        """

    def is_gone(self, owner: str, *, on_this_computer: bool) -> bool | None:
        """Whether a run has ended; None where that can't be told from here."""

    def next_ordinal(self) -> int:
        """Return the ordinal of the next batch, within the transaction that inserts it."""

    def note_unclean(self) -> None:
        """Keep that `clean` is due, within the transaction that removes numbers."""

    def number_batches_on(self) -> None:
        """Let the next batch have an ordinal above all that are there."""

    def freeze(self) -> None:
        """Let all that is read in this transaction be of one moment. Nothing was read in it yet."""

    def unsound_storage(self) -> list[str]:
        """Return in sentences what of the files is damaged, as far as the database can tell."""

    def is_clean(self) -> bool:
        """Whether nothing that was forgotten is left in the files that belong to the journal."""

    def clean(self) -> None:
        """Leave nothing of what was forgotten in the files that belong to the journal."""

    def save_rows(
        self, batch: str, rows: Rows, lines: pd.DataFrame, assumptions: tuple[str, ...]
    ) -> None:
        """Keep a batch's rows and what was decided about each: whole, or not at all."""

    def load_rows(self, batch: str) -> tuple[Rows, pd.DataFrame, tuple[str, ...]]:
        """Return what `save_rows` kept of a batch."""

    def remove_rows(self, batch: str) -> None:
        """Remove what `save_rows` kept of a batch, where it is there."""

    def write_rows_file(
        self,
        batch: str,
        write: Callable[[BinaryIO], object],
        check: Callable[[], object],
    ) -> None:
        """Keep what `write` writes as a batch's rows: whole, or not at all.

        `check` is called in each transaction of it, and raises where they may not be kept any more.
        """

    def open_rows_file(self, batch: str) -> AbstractContextManager[BinaryIO]:
        """Open what is kept of a batch's rows to read it in portions."""

    def kept_batches(self) -> frozenset[str]:
        """Return the batches of which `save_rows` has kept something."""

    def refuse_lost_batches(self, known: frozenset[str]) -> None:
        """Notice rows of batches that the journal does not know: it was replaced by an older one.

        Raises:
            JournalError: there are such rows.
        """

    def stop_waiting(self) -> None:
        """Wait for no server that is away any more: somebody wants an end now."""

    def close(self) -> None:
        """Close it."""
