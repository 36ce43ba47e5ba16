"""A refused group that is to be sent once more, while other runs plan lists of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.errors import PlanOvertaken
from importer.model import Batch, GroupState, Transition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal import Journal
    from importer.store import Store
    from tests.conftest import MakeGroup

NUMBER = "85235753351"
FIRST = Batch("b1", "f1", "main", "a.csv", 7)
OTHER = Batch("b2", "f2", "main", "b.csv", 8)


def step(leaves: GroupState, enters: GroupState) -> Transition:
    return Transition(batch=FIRST.id, seq=1, leaves=leaves, enters=enters, at_ms=9)


@pytest.fixture
def journal(store: Store, make_group: MakeGroup) -> Iterator[Journal]:
    """A journal whose first batch has one group, which the vendor refused."""
    with store.open() as journal:
        journal.plan(FIRST, [make_group(NUMBER)])
        journal.apply([step(GroupState.PLANNED, GroupState.SENDING)])
        journal.apply([step(GroupState.SENDING, GroupState.REFUSED)])
        yield journal


def test_it_stays_refused_where_another_list_took_its_number(
    journal: Journal, store: Store, make_group: MakeGroup
) -> None:
    """The same transaction looks at its numbers again, however lately they were looked at."""
    with store.open() as other:
        other.plan(OTHER, [make_group(NUMBER)], seen=other.plannings("main"))
    with pytest.raises(PlanOvertaken, match="group 1 of batch b1 into a group of batch b2"):
        journal.apply([step(GroupState.REFUSED, GroupState.PLANNED)])
    assert [one.state for one in journal.groups(FIRST.id)] == [GroupState.REFUSED]


def test_a_list_that_was_looked_up_before_is_not_planned_after(
    journal: Journal, store: Store, make_group: MakeGroup
) -> None:
    """Its look found the number free, which it is no more."""
    with store.open() as other:
        seen = other.plannings("main")
        journal.apply([step(GroupState.REFUSED, GroupState.PLANNED)])
        with pytest.raises(PlanOvertaken):
            other.plan(OTHER, [make_group(NUMBER)], seen=seen)
        assert [one.id for one in other.batches()] == [FIRST.id]


def test_another_account_overtakes_nobody(
    journal: Journal, store: Store, make_group: MakeGroup
) -> None:
    """Each account's numbers are its own."""
    with store.open() as other:
        seen = other.plannings("second")
        journal.apply([step(GroupState.REFUSED, GroupState.PLANNED)])
        other.plan(Batch("b3", "f2", "second", "b.csv", 8), [make_group(NUMBER)], seen=seen)
        assert len(other.batches()) == 2
