"""What was planned for an account since a list was looked up, beside a long plan of the list.

Looked through is what others have planned, and not the long list: so however long that is, it is
done as soon as others plan less than can be looked through meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from importer.journal import number_index
from importer.model import GroupState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal.database.protocol import Database
    from importer.model import Batch

_SINCE = "b.account = ? AND b.planning > ?"
_GROUPS_AT_ONCE = 100


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


def has_common(database: Database, batch: Batch, ordinal: int, seen: int) -> bool:
    """Whether since then the same list was planned, or one of its numbers or of its groups' names.

    The plan of `batch` has its numbers in the look-up by its `ordinal`.
    """
    since = database.rows(
        f"SELECT b.id, b.fingerprint FROM batches b WHERE {_SINCE}", (batch.account, seen)
    )
    return any(
        fingerprint == batch.fingerprint
        or any(
            _has_a_name(database, batch.id, names) or _has_a_number(database, ordinal, phones)
            for names, phones in _planned(database, other)
        )
        for other, fingerprint in since
    )


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
    return bool(
        names
        and database.rows_given(
            {"name": names},
            "SELECT 1 FROM given CROSS JOIN groups g WHERE g.name = given.name AND g.batch = ? "
            "LIMIT 1",
            (batch,),
        )
    )


def _has_a_number(database: Database, ordinal: int, phones: list[str]) -> bool:
    numbers = pc.list_flatten(pc.split_pattern(pa.array(phones, pa.large_string()), ","))
    numbers = numbers.filter(pc.not_equal(numbers, ""))
    rows = number_index.look_up(database, number_index.integers_of(numbers))
    return bool((rows[:, 1] == ordinal).any())
