"""Which numbers of which groups count as known, by the state of the group and by the account."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.model import GroupState, Known

if TYPE_CHECKING:
    from importer.journal import Journal
    from tests.conftest import MakeGroup

from tests.journal.test_journal import (
    BATCH,
    CREATED,
    DELETED,
    DELETING,
    IN_DOUBT,
    PLANNED,
    REFUSED,
    SENDING,
    SPLIT,
    step,
    take,
)

KNOWN_BY_STATE = {
    PLANNED: True,
    SENDING: True,
    CREATED: True,
    IN_DOUBT: True,
    DELETING: True,
    REFUSED: False,
    SPLIT: False,
    DELETED: False,
}


@pytest.mark.parametrize(("state", "counts"), KNOWN_BY_STATE.items())
def test_numbers_are_known_from_groups_that_may_exist(
    journal: Journal, make_group: MakeGroup, state: GroupState, counts: bool
) -> None:
    """A number counts as known wherever its group exists, will, or may; not where it can't."""
    journal.plan(BATCH, [make_group("1", "2", name="n")])
    if state is not PLANNED:
        take(journal, SENDING, state)
    known = journal.known_among(pd.Series(["1", "2", "3"]), "account", but="another list")
    expected = [["1", "b1", 1, "n"], ["2", "b1", 1, "n"]] if counts else []
    assert known.to_numpy().tolist() == expected
    assert list(known) == ["number", "batch", "seq", "group_name"]


def test_every_state_is_known_or_not() -> None:
    """No state is left out of the table above."""
    assert set(KNOWN_BY_STATE) == set(GroupState)


def test_whose_numbers_are_known(journal: Journal, make_group: MakeGroup) -> None:
    """Not other accounts' numbers, not the same list's, not an undone batch's; each only once."""
    journal.plan(replace(BATCH, id="first", created_ms=1), [make_group("1", "2")])
    journal.plan(replace(BATCH, id="second", created_ms=2), [make_group("2", "3")])
    journal.plan(replace(BATCH, id="same", fingerprint="mine"), [make_group("4")])
    journal.plan(replace(BATCH, id="theirs", account="other"), [make_group("5")])
    journal.plan(replace(BATCH, id="undone"), [make_group("6")])
    journal.mark_undone("undone", 1)
    known = journal.known_among(pd.Series([*"123456"]), "account", but="mine")
    assert dict(zip(known["number"], known["batch"], strict=True)) == {
        "1": "first",
        "2": "first",
        "3": "second",
    }


def test_what_was_skipped_is_remembered(journal: Journal, make_group: MakeGroup) -> None:
    """A batch knows which numbers it left out, and where they are."""
    journal.plan(BATCH, [make_group("9")], [Known("old", 3, "HK 003", "1,2")])
    assert journal.skipped(BATCH.id).to_numpy().tolist() == [
        ["1", "old", 3, "HK 003"],
        ["2", "old", 3, "HK 003"],
    ]
    assert journal.skipped("other").empty


def test_owned_groups_are_those_of_an_account(journal: Journal, make_group: MakeGroup) -> None:
    """Every groupId that a batch of the account has at the vendor; no empty one.

    Those of another account are not among them: it may be at another server, with equal groupIds.
    """
    journal.plan(BATCH, [make_group("1", seq=1), make_group("2", seq=2)])
    journal.plan(replace(BATCH, id="b2"), [make_group("3", seq=1)])
    journal.apply([step(PLANNED, SENDING, 1), step(PLANNED, SENDING, 1, "b2")])
    journal.apply([step(SENDING, CREATED, 1, group_id="g1")])
    journal.apply([step(SENDING, CREATED, 1, "b2", group_id="g2")])
    journal.plan(replace(BATCH, id="b3", account="another"), [make_group("4", seq=1)])
    journal.apply([step(PLANNED, SENDING, 1, "b3")])
    journal.apply([step(SENDING, CREATED, 1, "b3", group_id="g3")])
    assert journal.owned_groups(BATCH.id) == {"g1", "g2"}
    assert journal.owned_groups("b3") == {"g3"}


def test_numbers_that_a_chain_of_corrections_has_decided_about(
    journal: Journal, make_group: MakeGroup
) -> None:
    """Whatever became of their groups, and those left out; of groups cut in two, the halves.

    Those of other batches, and numbers that are not asked for, are not among them.
    """
    journal.plan(BATCH, [make_group("1", "2", name="whole"), make_group("3", seq=2, name="no")])
    take(journal, SENDING)
    halves = (make_group("1", seq=3, name="a"), make_group("2", seq=4, name="b"))
    journal.apply([step(SENDING, SPLIT, children=halves)])
    take(journal, SENDING, REFUSED, seq=2)
    known = [Known("b0", at, "old", str(100 + at)) for at in range(1, 1200)]
    journal.plan(replace(BATCH, id="b2", corrects="b1"), [make_group("5", name="n")], known)
    journal.plan(replace(BATCH, id="b3"), [make_group("6", name="other")])
    asked = pd.Series(["1", "2", "3", "5", "6", "7", "101", "1299", "5000"])
    found = journal.settled_among(asked, ["b1", "b2"])
    assert sorted(found.to_numpy().tolist()) == [
        ["1", "b1", 3, "a"],
        ["101", "b0", 1, "old"],
        ["1299", "b0", 1199, "old"],
        ["2", "b1", 4, "b"],
        ["3", "b1", 2, "no"],
        ["5", "b2", 1, "n"],
    ]
    assert journal.settled_among(asked, []).empty
