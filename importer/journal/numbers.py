"""The phone numbers of a journal's groups, as columns: `number`, `batch`, `seq`, `group_name`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from importer.columns.buffers import texts_of
from importer.columns.matching import is_among
from importer.journal import number_index
from importer.journal.part import states
from importer.model import StepState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from importer.journal.database.protocol import Database

_MAY_GET_MADE = states(lambda one: one.may_get_made)
_OPEN = "(" + ", ".join(f"'{one}'" for one in StepState if one.is_open) + ")"
_COLUMNS = ["number", "batch", "seq", "group_name"]
_WITH_NUMBERS = states(lambda one: one.has_numbers)


def known_among(
    database: Database,
    numbers: pd.Series,
    account: str,
    but: str,
    *,
    of_others: bool = False,
) -> pd.DataFrame:
    """Return those of some numbers that an account's batches hold in groups, each once.

    A number in several groups is in the one that was planned first. Groups that are certain not to
    exist don't count, and neither do batches that were undone or are of the fingerprint `but`: they
    are the same list. A number that a sync has still to add to a group counts as in it. With
    `of_others`, the groups of all other accounts count instead, those of this fingerprint included.
    """
    found = _look_up(database, numbers)
    whose = "b.account <> ? AND ? <> ''" if of_others else "b.account = ? AND b.fingerprint <> ?"
    condition = f"{whose} AND b.undone_ms IS NULL AND b.forgotten_ms IS NULL"
    groups = _groups_at(
        database, found, f"{condition} AND g.state IN {_MAY_GET_MADE}", (account, but)
    )
    known = found.merge(groups, on=["ordinal", "seq"])
    known["number"] = known["number"].astype("str")
    coming = _to_be_added(database, condition, (account, but))
    sought = is_among(texts_of(coming["number"]), texts_of(numbers))
    known = pd.concat([known, coming[sought]])
    known = known.sort_values(["created_ms", "batch", "seq"], kind="stable")
    return known[_COLUMNS].drop_duplicates("number", ignore_index=True)


def _to_be_added(database: Database, condition: str, values: Sequence[str]) -> pd.DataFrame:
    """Return the numbers that syncs which have not ended have still to add to their groups."""
    rows = database.rows(
        "SELECT s.phones, s.group_batch, s.group_seq, g.name, b.created_ms "
        "FROM list_batches l JOIN batches b ON b.id = l.batch "
        "JOIN list_steps s ON s.batch = l.batch "
        "JOIN groups g ON g.batch = s.group_batch AND g.seq = s.group_seq "
        f"WHERE l.ended_ms IS NULL AND s.kind = 'add' AND s.state IN {_OPEN} AND {condition}",
        values,
    )
    columns = [*_COLUMNS, "created_ms"]
    found = [(number, *others) for phones, *others in rows for number in phones.split(",")]
    return pd.DataFrame(found, columns=columns).astype({"number": "str"})


def _look_up(database: Database, numbers: pd.Series) -> pd.DataFrame:
    """Return where numbers are: `number`, an integer, its batch's `ordinal`, its group's `seq`."""
    rows = number_index.look_up(database, number_index.integers_of(texts_of(numbers)))
    return pd.DataFrame(rows, columns=["number", "ordinal", "seq"])


def _groups_at(
    database: Database, places: pd.DataFrame, condition: str, values: Sequence[str] = ()
) -> pd.DataFrame:
    """Return those groups at places (`ordinal`, `seq`) that meet a condition, each once."""
    wanted = places[["ordinal", "seq"]].drop_duplicates()
    rows = database.rows_given(
        {"ordinal": wanted["ordinal"].tolist(), "seq": wanted["seq"].tolist()},
        "SELECT b.ordinal, g.seq, b.id, g.name, b.created_ms "
        "FROM given CROSS JOIN batches b CROSS JOIN groups g INDEXED BY group_facts "
        "WHERE b.ordinal = given.ordinal AND g.batch = b.id AND g.seq = given.seq "
        f"AND {condition}",
        values,
    )
    groups = pd.DataFrame(rows, columns=["ordinal", "seq", "batch", "group_name", "created_ms"])
    return groups.astype({"ordinal": "int64", "seq": "int64"})


def settled_among(database: Database, numbers: pd.Series, chain: Sequence[str]) -> pd.DataFrame:
    """Return those of some numbers about which a chain of corrected batches has decided, each once.

    They are in a group of one of these batches, whatever became of it, or were left out.
    """
    if not chain:
        return _by_number([])
    found = _look_up(database, numbers)
    marks = ",".join("?" * len(chain))
    groups = _groups_at(database, found, f"b.id IN ({marks}) AND g.state IN {_WITH_NUMBERS}", chain)
    in_groups = found.merge(groups, on=["ordinal", "seq"])
    in_groups["number"] = in_groups["number"].astype("str")
    sought = texts_of(numbers)
    left_out = [
        some[is_among(texts_of(some["number"]), sought)]
        for batch in chain
        for some in _skipped_in_portions(database, batch)
    ]
    return pd.concat([in_groups[_COLUMNS], *left_out]).drop_duplicates("number", ignore_index=True)


def _skipped_in_portions(database: Database, batch: str) -> Iterator[pd.DataFrame]:
    """Yield what `skipped_numbers` returns, by some of the earlier groups at a time."""
    last: tuple[str, int] = ("", 0)
    while rows := database.rows(
        "SELECT phones, earlier_batch, earlier_seq, group_name FROM known "
        "WHERE batch = ? AND (earlier_batch, earlier_seq) > (?, ?) "
        "ORDER BY earlier_batch, earlier_seq LIMIT 500",
        (batch, *last),
    ):
        yield _by_number(rows)
        last = rows[-1][1:3]


def skipped_numbers(database: Database, batch: str) -> pd.DataFrame:
    """Return the numbers that a batch left out as known, each with the group it is in."""
    rows = database.rows(
        "SELECT phones, earlier_batch, earlier_seq, group_name FROM known WHERE batch = ? "
        "ORDER BY earlier_batch, earlier_seq",
        (batch,),
    )
    return _by_number(rows)


def skipped_in(database: Database, batch: str, places: Sequence[tuple[str, int]]) -> pd.DataFrame:
    """Return what `skipped_numbers` returns, of some of the earlier groups."""
    rows = database.rows_given(
        {"earlier": [one for one, _ in places], "seq": [seq for _, seq in places]},
        "SELECT k.phones, k.earlier_batch, k.earlier_seq, k.group_name "
        "FROM given CROSS JOIN known k WHERE k.batch = ? "
        "AND k.earlier_batch = given.earlier AND k.earlier_seq = given.seq",
        (batch,),
    )
    return _by_number(rows)


def places_in(database: Database, batch: str, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return rows of a number and the place of its group, of those that a batch has."""
    [(ordinal,)] = database.rows("SELECT ordinal FROM batches WHERE id = ?", (batch,))
    rows = number_index.look_up(database, numbers)
    of_batch: NDArray[np.int64] = rows[rows[:, 1] == ordinal][:, [0, 2]]
    return of_batch


def without_group(database: Database, skipped: pd.DataFrame) -> frozenset[str]:
    """Return those of `skipped` numbers that are in no created group of their earlier batch.

    A group may have been split since, so the group that a number is in now is looked up. Where the
    earlier batch was forgotten, its groups have no numbers any more, but their places.
    """
    if skipped.empty:
        return frozenset()
    batches = database.rows_given(
        {"id": skipped["batch"].unique().tolist()},
        "SELECT id, ordinal, CASE WHEN forgotten_ms IS NULL THEN 0 ELSE 1 END FROM batches "
        "WHERE id IN (SELECT id FROM given)",
    )
    earlier = pd.DataFrame(batches, columns=["batch", "ordinal", "forgotten"])
    left = skipped.merge(earlier, on="batch").astype({"number": "int64"})
    forgotten = left["forgotten"] == 1
    now = left.loc[~forgotten, ["number", "ordinal"]].merge(
        _look_up(database, skipped["number"]), on=["number", "ordinal"]
    )
    places = pd.concat([now, left.loc[forgotten, ["number", "ordinal", "seq"]]])
    created = places.merge(
        _groups_at(database, places, "g.state = 'CREATED'"), on=["ordinal", "seq"]
    )
    return frozenset(skipped["number"]) - frozenset(created["number"].astype("str"))


def _by_number(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    frame["number"] = frame["number"].astype("str").str.split(",")
    return frame.explode("number", ignore_index=True).drop_duplicates("number")
