"""The phone numbers of a journal's groups, as columns: `number`, `batch`, `seq`, `group_name`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from importer.journal.schema import states

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_MAY_GET_MADE = states(lambda one: one.may_get_made)
_WITH_NUMBERS = states(lambda one: one.has_numbers)


def known_numbers(
    connection: sqlite3.Connection, account: str, but: str, *, of_others: bool = False
) -> pd.DataFrame:
    """Return the numbers that an account's batches hold in groups.

    Groups that are certain not to exist don't count, and neither do batches that were undone or are
    of the fingerprint `but`: they are the same list. With `of_others`, the numbers of all other
    accounts are returned instead, with those of this fingerprint.
    """
    whose = "b.account <> ? AND ? <> ''" if of_others else "b.account = ? AND b.fingerprint <> ?"
    rows = connection.execute(
        "SELECT g.phones, g.batch, g.seq, g.name FROM groups g "  # noqa: S608 - the enum's words
        f"JOIN batches b ON b.id = g.batch WHERE {whose} "
        "AND b.undone_ms IS NULL AND b.forgotten_ms IS NULL "
        f"AND g.state IN {_MAY_GET_MADE} "
        "ORDER BY b.created_ms, g.batch, g.seq",
        (account, but),
    ).fetchall()
    return _by_number(rows)


def settled_numbers(connection: sqlite3.Connection, chain: Sequence[str]) -> pd.DataFrame:
    """Return the numbers about which a chain of corrected batches has decided.

    They are in a group of one of these batches, whatever became of it, or were left out.
    """
    marks = ",".join("?" * len(chain))
    rows = connection.execute(
        "SELECT phones, batch, seq, name FROM groups "  # noqa: S608 - the enum's words
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

    Where that batch was forgotten, its groups have no numbers any more, but their places.
    """
    created: set[str] = set()
    for batch, members in skipped.groupby("batch"):
        groups = connection.execute(
            "SELECT seq, phones FROM groups WHERE batch = ? AND state = 'CREATED'", (str(batch),)
        ).fetchall()
        created.update(number for _, phones in groups for number in phones.split(","))
        forgotten = [seq for seq, phones in groups if not phones]
        created.update(members.loc[members["seq"].isin(forgotten), "number"])
    return frozenset(skipped["number"]) - created


def _by_number(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["number", "batch", "seq", "group_name"])
    frame["number"] = frame["number"].astype("str").str.split(",")
    return frame.explode("number", ignore_index=True).drop_duplicates("number")
