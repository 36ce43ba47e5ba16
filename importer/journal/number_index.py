"""Finds phone numbers in the journal's groups, at a cost that does not grow with the journal.

The table `group_numbers` has a row for each number of each group: the number as an integer, its
batch's ordinal, and the group's place in the batch; some 17 bytes together. It is written by the
same transactions as the groups. Whether a group counts is not kept here: that is for `batches` and
`groups` to say, so nothing is rewritten here when a state changes.

Rows are inserted, looked up and deleted in the order of the numbers, so that each page of the table
is read or written once, however many of its numbers are meant.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

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


class UnreadableNumbers(Exception):
    """A group's numbers are no phone numbers, joined by commas."""


def integers_of(numbers: pa.Array) -> Ints:
    """Return phone numbers as integers. They have digits only, and never begin with a zero."""
    return np.asarray(pc.cast(numbers, pa.int64()).to_numpy(zero_copy_only=False))


def add(connection: sqlite3.Connection, groups: Sequence[GroupPhones]) -> None:
    """Add the numbers of groups, within a transaction."""
    _insert(connection, _rows_of(groups), lambda _: None)


def remove(connection: sqlite3.Connection, groups: Sequence[GroupPhones]) -> None:
    """Remove the numbers of groups, within a transaction."""
    rows = _rows_of(groups)
    connection.executemany(
        "DELETE FROM group_numbers WHERE number = ? AND batch = ? AND seq = ?",
        _in_order(rows).tolist(),
    )


def look_up(connection: sqlite3.Connection, numbers: Ints) -> Rows:
    """Return the table's rows of these numbers."""
    sought = np.unique(numbers)
    found = [
        row
        for start in range(0, len(sought), AT_ONCE)
        for row in connection.execute(
            "SELECT n.number, n.batch, n.seq FROM json_each(?) AS one "
            "CROSS JOIN group_numbers n WHERE n.number = one.value",
            (json.dumps(sought[start : start + AT_ONCE].tolist()),),
        )
    ]
    return np.array(found, np.int64).reshape(-1, 3)


def build(connection: sqlite3.Connection, advance: Callable[[int], None]) -> None:
    """Fill the empty table from the groups of an older journal, within a transaction.

    Numbers are inserted in their order, so that pages are full. Where they are more than fit into
    memory, the groups are read once for each range of numbers that does. `advance` hears how many
    numbers were inserted since it last heard.
    """
    for low, high in _ranges(connection):
        within = [rows[(rows[:, 0] >= low) & (rows[:, 0] < high)] for rows in _all_rows(connection)]
        _insert(connection, np.concatenate(within), advance)


def _ranges(connection: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """Return ranges that hold all numbers, each about `BUILT_AT_ONCE` of them at most."""
    samples = [rows[::_SAMPLED, 0] for rows in _all_rows(connection)]
    if not samples:
        return
    sample = np.sort(np.concatenate(samples))
    step = max(1, BUILT_AT_ONCE // _SAMPLED)
    limits = [0, *np.unique(sample[step::step]).tolist(), np.iinfo(np.int64).max]
    yield from pairwise(limits)


def _all_rows(connection: sqlite3.Connection) -> Iterator[Rows]:
    cursor = connection.execute(
        "SELECT b.ordinal, g.seq, g.phones FROM groups g JOIN batches b ON b.id = g.batch "
        "WHERE g.state <> 'SPLIT' AND g.phones <> ''"
    )
    while groups := cursor.fetchmany(_GROUPS_READ):
        yield _rows_of(groups)


def _rows_of(groups: Sequence[GroupPhones]) -> Rows:
    """Return the table's rows of groups.

    Raises:
        UnreadableNumbers: the journal is damaged.
    """
    held = [one for one in groups if one[2]]
    numbers = pc.split_pattern(pa.array([one[2] for one in held], pa.large_string()), ",")
    places = np.array([one[:2] for one in held], np.int64).reshape(-1, 2)
    of_group = pc.list_parent_indices(numbers).to_numpy(zero_copy_only=False)
    try:
        integers = integers_of(pc.list_flatten(numbers))
    except pa.ArrowInvalid as error:
        raise UnreadableNumbers("the numbers of one of its groups can't be read") from error
    return np.column_stack([integers, places[of_group]])


def _insert(connection: sqlite3.Connection, rows: Rows, advance: Callable[[int], None]) -> None:
    rows = _in_order(rows)
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE].tolist()
        # A number that a damaged list has twice in one group is one number.
        connection.executemany("INSERT OR IGNORE INTO group_numbers VALUES (?, ?, ?)", some)
        advance(len(some))


def _in_order(rows: Rows) -> Rows:
    return rows[np.argsort(rows[:, 0], kind="stable")]
