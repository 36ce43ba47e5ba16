"""The phone numbers of a journal's groups, as columns: `number`, `batch`, `seq`, `group_name`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from importer.columns.buffers import texts_of
from importer.journal import number_index
from importer.journal.schema import states

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_MAY_GET_MADE = states(lambda one: one.may_get_made)
_COLUMNS = ["number", "batch", "seq", "group_name"]
_WITH_NUMBERS = states(lambda one: one.has_numbers)


def known_among(
    connection: sqlite3.Connection,
    numbers: pd.Series,
    account: str,
    but: str,
    *,
    of_others: bool = False,
) -> pd.DataFrame:
    """Return those of some numbers that an account's batches hold in groups, each once.

    A number in several groups is in the one that was planned first. Groups that are certain not to
    exist don't count, and neither do batches that were undone or are of the fingerprint `but`: they
    are the same list. With `of_others`, the groups of all other accounts count instead, those of
    this fingerprint included.
    """
    found = _look_up(connection, numbers)
    whose = "b.account <> ? AND ? <> ''" if of_others else "b.account = ? AND b.fingerprint <> ?"
    groups = _groups_at(
        connection,
        found,
        f"{whose} AND b.undone_ms IS NULL AND b.forgotten_ms IS NULL "
        f"AND g.state IN {_MAY_GET_MADE}",
        (account, but),
    )
    known = found.merge(groups, on=["ordinal", "seq"])
    known = known.sort_values(["created_ms", "batch", "seq"], kind="stable")
    known["number"] = known["number"].astype("str")
    return known[_COLUMNS].drop_duplicates("number", ignore_index=True)


def _look_up(connection: sqlite3.Connection, numbers: pd.Series) -> pd.DataFrame:
    """Return where numbers are: `number`, an integer, its batch's `ordinal`, its group's `seq`."""
    rows = number_index.look_up(connection, number_index.integers_of(texts_of(numbers)))
    return pd.DataFrame(rows, columns=["number", "ordinal", "seq"])


def _groups_at(
    connection: sqlite3.Connection, places: pd.DataFrame, condition: str, values: Sequence[str] = ()
) -> pd.DataFrame:
    """Return those groups at places (`ordinal`, `seq`) that meet a condition, each once."""
    # The operator `->>` is newer than tables that are STRICT, which take SQLite 3.37.
    wanted = places[["ordinal", "seq"]].drop_duplicates().to_numpy().tolist()
    rows = connection.execute(
        "SELECT b.ordinal, g.seq, b.id, g.name, b.created_ms "  # noqa: S608 - conditions of this module
        "FROM json_each(?) AS one "
        "CROSS JOIN batches b ON b.ordinal = json_extract(one.value, '$[0]') "
        "CROSS JOIN groups g INDEXED BY group_facts "
        "ON g.batch = b.id AND g.seq = json_extract(one.value, '$[1]') "
        f"WHERE {condition}",
        (json.dumps(wanted), *values),
    ).fetchall()
    groups = pd.DataFrame(rows, columns=["ordinal", "seq", "batch", "group_name", "created_ms"])
    return groups.astype({"ordinal": "int64", "seq": "int64"})


def settled_numbers(connection: sqlite3.Connection, chain: Sequence[str]) -> pd.DataFrame:
    """Return the numbers about which a chain of corrected batches has decided.

    They are in a group of one of these batches, whatever became of it, or were left out.
    """
    marks = ",".join("?" * len(chain))
    rows = connection.execute(
        "SELECT phones, batch, seq, name FROM groups "  # noqa: S608 - states, question marks
        f"WHERE batch IN ({marks}) AND state IN {_WITH_NUMBERS} AND phones <> '' "
        "UNION ALL SELECT phones, earlier_batch, earlier_seq, group_name FROM known "
        f"WHERE batch IN ({marks})",
        (*chain, *chain),
    ).fetchall()
    return _by_number(rows)


def skipped_numbers(connection: sqlite3.Connection, batch: str) -> pd.DataFrame:
    """Return the numbers that a batch left out as known, each with the group it is in."""
    rows = connection.execute(
        "SELECT phones, earlier_batch, earlier_seq, group_name FROM known WHERE batch = ? "
        "ORDER BY earlier_batch, earlier_seq",
        (batch,),
    ).fetchall()
    return _by_number(rows)


def without_group(connection: sqlite3.Connection, skipped: pd.DataFrame) -> frozenset[str]:
    """Return those of `skipped` numbers that are in no created group of their earlier batch.

    A group may have been split since, so the group that a number is in now is looked up. Where the
    earlier batch was forgotten, its groups have no numbers any more, but their places.
    """
    if skipped.empty:
        return frozenset()
    batches = connection.execute(
        "SELECT id, ordinal, forgotten_ms IS NOT NULL FROM batches "
        "WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(skipped["batch"].unique().tolist()),),
    )
    earlier = pd.DataFrame(batches, columns=["batch", "ordinal", "forgotten"])
    left = skipped.merge(earlier, on="batch").astype({"number": "int64"})
    forgotten = left["forgotten"] == 1
    now = left.loc[~forgotten, ["number", "ordinal"]].merge(
        _look_up(connection, skipped["number"]), on=["number", "ordinal"]
    )
    places = pd.concat([now, left.loc[forgotten, ["number", "ordinal", "seq"]]])
    created = places.merge(
        _groups_at(connection, places, "g.state = 'CREATED'"), on=["ordinal", "seq"]
    )
    return frozenset(skipped["number"]) - frozenset(created["number"].astype("str"))


def _by_number(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    frame["number"] = frame["number"].astype("str").str.split(",")
    return frame.explode("number", ignore_index=True).drop_duplicates("number")
