"""What was planned for an account since a list was looked up, beside a long plan of the list.

Looked through is what others have planned, and not the long list: so however long that is, it is
done as soon as others plan less than can be looked through meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from importer.journal import number_index
from importer.journal.transitions import overtaken
from importer.model import GroupState

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from importer.journal.database.protocol import Database
    from importer.model import Batch

_SINCE = "b.account = ? AND b.planning > ?"
_GROUPS_AT_ONCE = 50


def count(database: Database, account: str, seen: int) -> int:
    """Return about how many numbers were planned since `plannings` said `seen`."""
    [(of_groups,)] = database.rows(
        "SELECT coalesce(sum(g.size), 0) FROM groups g INDEXED BY group_facts "
        f"JOIN batches b ON b.id = g.batch WHERE {_SINCE}",
        (account, seen),
    )
    [(of_steps,)] = database.rows(
        "SELECT coalesce(sum(length(s.phones)), 0) FROM list_steps s "
        f"JOIN batches b ON b.id = s.batch WHERE s.kind = 'add' AND {_SINCE}",
        (account, seen),
    )
    return int(of_groups) + int(of_steps) // 12


def common(
    database: Database, batch: Batch, ordinal: int, seen: int
) -> Iterator[NDArray[np.int64]]:
    """Yield the numbers of a plan that were planned since, some at a time.

    The plan of `batch` has its numbers in the look-up by its `ordinal`.

    Raises:
        PlanOvertaken: the same list was planned since, or a group was given the name of one of its.
    """
    since = database.rows(
        f"SELECT b.id, b.fingerprint FROM batches b WHERE {_SINCE}", (batch.account, seen)
    )
    for other, fingerprint in since:
        if fingerprint == batch.fingerprint:
            raise overtaken(database)
        for names, phones in _planned(database, other):
            if names and _has_a_name(database, batch.id, names):
                raise overtaken(database)
            numbers = _of_plan(database, ordinal, phones)
            if len(numbers):
                yield numbers


def _planned(database: Database, batch: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the names of some of a batch's groups, and the texts of numbers that it plans."""
    for groups in _by_place(
        database, "SELECT seq, name, state, phones FROM groups WHERE batch = ? AND seq", batch
    ):
        made = [phones for _, _, state, phones in groups if GroupState(state).may_get_made]
        yield [name for _, name, _, _ in groups], made
    for steps in _by_place(
        database,
        "SELECT step, phones FROM list_steps WHERE kind = 'add' AND batch = ? AND step",
        batch,
    ):
        yield [], [phones for _, phones in steps]


def _by_place(database: Database, query: str, batch: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a query that ends in their place, some at a time."""
    place = query.rpartition(" ")[2]
    last = -1
    while rows := database.rows(
        f"{query} > ? ORDER BY {place} LIMIT {_GROUPS_AT_ONCE}", (batch, last)
    ):
        yield rows
        last = rows[-1][0]


def _has_a_name(database: Database, batch: str, names: list[str]) -> bool:
    found = database.rows_given(
        {"name": names},
        "SELECT 1 FROM given CROSS JOIN groups g WHERE g.name = given.name AND g.batch = ? LIMIT 1",
        (batch,),
    )
    return bool(found)


def _of_plan(database: Database, ordinal: int, phones: list[str]) -> NDArray[np.int64]:
    """Return those of some numbers that a plan has."""
    numbers = pc.list_flatten(pc.split_pattern(pa.array(phones, pa.large_string()), ","))
    numbers = numbers.filter(pc.not_equal(numbers, ""))
    rows = number_index.look_up(database, number_index.integers_of(numbers))
    of_plan: NDArray[np.int64] = rows[rows[:, 1] == ordinal][:, 0]
    return of_plan
