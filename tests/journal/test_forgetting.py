"""Numbers of forgotten batches are removed in portions, and the rest of them at the next call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.journal import journal as journal_module
from importer.journal.upkeep.checking import check
from importer.model import Batch, GroupState
from tests.journal.test_journal import take
from tests.journal.test_known_numbers import forgotten

if TYPE_CHECKING:
    from importer.journal import Journal
    from tests.conftest import MakeGroup

GROUPS = 7


class Killed(BaseException):
    """The process is killed."""


def planned(journal: Journal, name: str, first: int, make_group: MakeGroup) -> list[str]:
    """Plan and send a batch of some groups of three numbers, and return its numbers."""
    numbers = [str(85251000000 + first + at) for at in range(3 * GROUPS)]
    batch = Batch(name, name, "account", "list.csv", 1000 + first)
    groups = [make_group(*numbers[3 * at : 3 * at + 3], seq=at + 1) for at in range(GROUPS)]
    journal.plan(batch, groups)
    for at in range(GROUPS):
        take(journal, GroupState.SENDING, GroupState.CREATED, batch=name, seq=at + 1)
    return numbers


def known(journal: Journal, numbers: list[str]) -> set[str]:
    return {*journal.known_among(pd.Series(numbers, dtype="str"), "account", "")["batch"]}


def kept(journal: Journal) -> set[int]:
    """Return the numbers that the journal has anywhere."""
    rows = journal.database.rows("SELECT phones FROM groups WHERE phones <> ''")
    in_groups = {int(one) for (phones,) in rows for one in phones.split(",")}
    return in_groups | {one for (one,) in journal.database.rows("SELECT number FROM group_numbers")}


@pytest.mark.parametrize("many", [0, 1000])
@pytest.mark.parametrize("portions", [0, 1, 3, 6])
def test_killed_between_portions(
    journal: Journal,
    make_group: MakeGroup,
    monkeypatch: pytest.MonkeyPatch,
    many: int,
    portions: int,
) -> None:
    """Wherever it is killed, the batch is forgotten for all, others whole, and the rest goes next.

    The journal is sound all the while.
    """
    monkeypatch.setattr(journal_module, "AT_ONCE", 6)
    monkeypatch.setattr("importer.journal.long_plans.AT_ONCE", 10)
    monkeypatch.setattr(journal_module, "MANY_NUMBERS", many)
    gone = planned(journal, "gone", 0, make_group)
    stays = planned(journal, "stays", 50, make_group)
    journal.forget([forgotten("gone")], 9)
    done = 0
    real = journal.database.give_way

    def killed_after_some() -> None:
        nonlocal done
        done += 1
        if done > portions:
            raise Killed
        real()

    with monkeypatch.context() as dying:
        dying.setattr(journal.database, "give_way", killed_after_some)
        try:
            journal.clean()
        except Killed:
            assert not journal.is_clean() or kept(journal).isdisjoint(map(int, gone))
    assert known(journal, gone) == set()
    assert known(journal, stays) == {"stays"}
    assert [one for one in check(journal).findings if "rows of this batch" not in one] == []
    journal.clean()
    assert journal.is_clean()
    assert kept(journal) == {*map(int, stays)}
    assert [one.group.size for one in journal.groups("gone")] == [3] * GROUPS
