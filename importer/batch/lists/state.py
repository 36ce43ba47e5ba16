"""A named list as the journal has it: its batches, and its groups at the vendor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.batch.lists.difference import Members, Place
from importer.columns.buffers import texts_of
from importer.columns.matching import is_among
from importer.context import open_journal
from importer.journal.leases import name_of_list
from importer.model import GroupRecord, GroupState, ListBatch, ListRole

if TYPE_CHECKING:
    import pandas as pd

    from importer.context import Context
    from importer.journal import Journal
    from importer.journal.run import Run


@dataclass(frozen=True, slots=True)
class ListGroup:
    """A group of a list, at the vendor."""

    batch: str
    record: GroupRecord

    @property
    def place(self) -> Place:
        """The group by its batch and its place there."""
        return self.batch, self.record.group.seq

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers that this journal put there."""
        phones = self.record.group.phones
        return tuple(phones.split(",")) if phones else ()

    @property
    def members(self) -> Members:
        """The group's place and numbers, as `difference` takes them."""
        return Members(self.place, self.numbers)


@dataclass(frozen=True, slots=True)
class ListState:
    """A named list, as the journal has it."""

    name: str
    batches: tuple[ListBatch, ...]
    """The oldest first; none where there is no such list yet."""
    groups: tuple[ListGroup, ...]

    @property
    def standing(self) -> list[ListBatch]:
        """The batches that were not undone."""
        return [one for one in self.batches if one.undone_ms is None]

    @property
    def unfinished(self) -> ListBatch | None:
        """The sync that was begun and has not come to its end."""
        newest = self.standing[-1] if self.standing else None
        return newest if newest is not None and newest.ended_ms is None else None

    @property
    def last_rows(self) -> int:
        """How many rows the file had that the list was made of last; 0 where not known."""
        synced = [one for one in self.standing if one.role is ListRole.SYNC and one.ended_ms]
        return synced[-1].rows if synced else 0

    @property
    def size(self) -> int:
        """How many different numbers its groups hold."""
        return len({number for one in self.groups for number in one.numbers})


def load_list(journal: Journal, account: str, name: str) -> ListState:
    """Return a list of an account.

    Raises:
        JournalError: the journal can't be read.
    """
    batches = journal.list_batches(account, name)
    groups = [
        ListGroup(one.batch, record)
        for one in batches
        for record in journal.groups(one.batch)
        if record.state is GroupState.CREATED
    ]
    return ListState(name, tuple(batches), tuple(groups))


def not_in_list(state: ListState, numbers: pd.Series) -> pd.Series:
    """Return those of some numbers that a list does not hold."""
    phones = pa.array([one.record.group.phones for one in state.groups], pa.large_string())
    held = pc.list_flatten(pc.split_pattern(phones, ","))
    return numbers[~is_among(texts_of(numbers), held)]


def known_elsewhere(journal: Journal, numbers: pd.Series, account: str) -> pd.DataFrame:
    """Return those of some numbers that batches of no list have put into groups.

    The columns are those of `Journal.known_among`.

    Raises:
        JournalError: the journal can't be read.
    """
    known = journal.known_among(numbers, account, but="")
    return known[~known["batch"].isin(list(journal.list_names()))]


def batches_of_lists(context: Context) -> dict[str, ListBatch]:
    """Return the batches of the account's lists by their names.

    Raises:
        JournalError: the journal can't be read.
    """
    with open_journal(context) as journal:
        return {one.batch: one for one in journal.list_batches(context.account)}


def hold_list(journal: Journal, run: Run, account: str, name: str) -> None:
    """Hold a list and its batches, so that no other run changes their groups.

    Raises:
        JournalLocked: another run works on one of them.
    """
    waited = True
    while waited:  # Whoever was waited for may have added a batch.
        batches = [one.batch for one in journal.list_batches(account, name)]
        waited = run.take([name_of_list(account, name), *batches])
