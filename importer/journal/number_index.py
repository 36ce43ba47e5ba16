"""Finds phone numbers in the journal's groups, at a cost that does not grow with the journal.

The table `group_numbers` has a row for each number of each group: the number as an integer, its
batch's ordinal, and the group's place in the batch; some 17 bytes together. It is written by the
same transactions as the groups. Whether a group counts is not kept here: that is for `batches` and
`groups` to say, so nothing is rewritten here when a state changes.

Rows are inserted, looked up and deleted in the order of the numbers, so that each page of the table
is read or written once, however many of its numbers are meant.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from importer.journal.database.protocol import Database

    Ints = NDArray[np.int64]
    Rows = NDArray[np.int64]
    """Rows of the table, of three columns: number, ordinal of the batch, place of the group."""
    GroupPhones = tuple[int, int, str]
    """Of a group: the ordinal of its batch, its place, and its numbers, joined by commas."""

AT_ONCE = 50_000
"""Numbers that are looked up, or inserted, by one statement."""
BUILT_AT_ONCE = 3_000_000
"""Numbers that are sorted in memory when the table is first filled: about 250 MB."""
_GROUPS_READ = 1_000
_SAMPLED = 100
"""One number of so many shows how the numbers are spread."""


def integers_of(numbers: pa.Array) -> Ints:
    """Return phone numbers as integers. They have digits only, and never begin with a zero."""
    return np.asarray(pc.cast(numbers, pa.int64()).to_numpy(zero_copy_only=False))


def add(database: Database, groups: Sequence[GroupPhones]) -> None:
    """Add the numbers of groups, within a transaction."""
    _insert(database, _rows_of(database, groups), lambda _: None)


def portions(ordinal: int, numbers: NDArray[np.int64], size: int) -> Iterator[Rows]:
    """Yield the rows of a batch's numbers, each with its group's place, in the numbers' order."""
    places = np.full(len(numbers), ordinal, dtype=np.int64)
    rows = _in_order(np.column_stack([numbers[:, 0], places, numbers[:, 1]]))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def insert(database: Database, rows: Rows) -> None:
    """Add some rows, within a transaction."""
    _insert(database, rows, lambda _: None)


def remove_next(database: Database, ordinal: int, above: int, most: int) -> int | None:
    """Remove a batch's numbers among the next ones in the table, within a transaction.

    Return how far the table was read, None where it ends; `most` rows are read.
    """
    [(last,)] = database.rows(
        "SELECT max(number) FROM "
        "(SELECT number FROM group_numbers WHERE number > ? ORDER BY number LIMIT ?) AS ahead",
        (above, most),
    )
    if last is not None:
        database.change(
            "DELETE FROM group_numbers WHERE number > ? AND number <= ? AND batch = ?",
            (above, last, ordinal),
        )
    return None if last is None else int(last)


def remove(database: Database, groups: Sequence[GroupPhones]) -> None:
    """Remove the numbers of groups, within a transaction."""
    remove_rows(database, _rows_of(database, groups))


def remove_rows(database: Database, rows: Rows) -> None:
    """Remove some rows, within a transaction."""
    database.change_many(
        "DELETE FROM group_numbers WHERE number = ? AND batch = ? AND seq = ?",
        _in_order(rows).tolist(),
    )


def look_up(database: Database, numbers: Ints) -> Rows:
    """Return the table's rows of these numbers."""
    sought = np.unique(numbers)
    found = [
        row
        for start in range(0, len(sought), AT_ONCE)
        for row in database.rows_given(
            {"number": sought[start : start + AT_ONCE].tolist()},
            "SELECT n.number, n.batch, n.seq FROM given CROSS JOIN group_numbers n "
            "WHERE n.number = given.number",
        )
    ]
    return np.array(found, np.int64).reshape(-1, 3)


def count_missing(database: Database, groups: Sequence[GroupPhones]) -> int:
    """Return how many numbers of groups are not in the table."""
    rows = _rows_of(database, groups)
    found = look_up(database, rows[:, 0])
    return len({*map(tuple, rows.tolist())} - {*map(tuple, found.tolist())})


def build(database: Database, advance: Callable[[int], None]) -> None:
    """Fill the empty table from the groups of an older journal, within a transaction.

    Numbers are inserted in their order, so that pages are full. Where they are more than fit into
    memory, the groups are read once for each range of numbers that does. `advance` hears how many
    numbers were inserted since it last heard.
    """
    for low, high in _ranges(database):
        within = [rows[(rows[:, 0] >= low) & (rows[:, 0] < high)] for rows in _all_rows(database)]
        _insert(database, np.concatenate(within), advance)


def _ranges(database: Database) -> Iterator[tuple[int, int]]:
    """Return ranges that hold all numbers, each about `BUILT_AT_ONCE` of them at most."""
    samples = [rows[::_SAMPLED, 0] for rows in _all_rows(database)]
    if not samples:
        return
    sample = np.sort(np.concatenate(samples))
    step = max(1, BUILT_AT_ONCE // _SAMPLED)
    limits = [0, *np.unique(sample[step::step]).tolist(), np.iinfo(np.int64).max]
    yield from pairwise(limits)


def _all_rows(database: Database) -> Iterator[Rows]:
    portions = database.portions(
        "SELECT b.ordinal, g.seq, g.phones FROM groups g JOIN batches b ON b.id = g.batch "
        "WHERE g.state <> 'SPLIT' AND g.phones <> ''",
        size=_GROUPS_READ,
    )
    return (_rows_of(database, groups) for groups in portions)


def _rows_of(database: Database, groups: Sequence[GroupPhones]) -> Rows:
    """Return the table's rows of groups.

    Raises:
        JournalError: they can't be read.
    """
    held = [one for one in groups if one[2]]
    numbers = pc.split_pattern(pa.array([one[2] for one in held], pa.large_string()), ",")
    places = np.array([one[:2] for one in held], np.int64).reshape(-1, 2)
    of_group = pc.list_parent_indices(numbers).to_numpy(zero_copy_only=False)
    try:
        integers = integers_of(pc.list_flatten(numbers))
    except pa.ArrowInvalid as error:
        raise database.damaged("the numbers of one of its groups can't be read") from error
    return np.column_stack([integers, places[of_group]])


def _insert(database: Database, rows: Rows, advance: Callable[[int], None]) -> None:
    rows = _in_order(rows)
    for start in range(0, len(rows), AT_ONCE):
        numbers, batches, places = rows[start : start + AT_ONCE].T.tolist()
        # A number that a damaged list has twice in one group is one number. Without WHERE, SQLite
        # would take ON for that of a join.
        database.change_given(
            {"number": numbers, "batch": batches, "seq": places},
            "INSERT INTO group_numbers SELECT number, batch, seq FROM given WHERE true "
            "ON CONFLICT DO NOTHING",
        )
        advance(len(numbers))


def _in_order(rows: Rows) -> Rows:
    return rows[np.argsort(rows[:, 0], kind="stable")]
