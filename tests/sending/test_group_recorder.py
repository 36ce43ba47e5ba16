"""What a batch learns from its answers: the size of groups that the account takes."""

from __future__ import annotations

from functools import partial

import pytest

from importer.batch.planning import grouping
from importer.model import Group, GroupRecord, GroupState, Transition
from importer.sending.group_recorder import BatchGroupRecorder
from tests.sending.fakes import BATCH, groups_of
from tests.sending.virtual_time import run_virtually

SENDING, CREATED, SPLIT = GroupState.SENDING, GroupState.CREATED, GroupState.SPLIT


class Learning:
    """A recorder of planned groups, whose steps go nowhere."""

    def __init__(self, *sizes: int) -> None:
        self.groups = groups_of(*sizes)
        records = [GroupRecord(one, GroupState.PLANNED) for one in self.groups]
        self.recorder = BatchGroupRecorder(BATCH, records, _drop, partial(grouping.halve, BATCH))

    def make(self, group: Group) -> None:
        """Let a group be made."""
        step = Transition(BATCH, group.seq, SENDING, CREATED, 0, group_id=f"g{group.seq}")
        run_virtually(self.recorder.record(step))

    def split_well(self, group: Group, code: int) -> None:
        """Let a group be refused, and both of its halves be made."""
        halves = self.recorder.halves(group)
        step = Transition(BATCH, group.seq, SENDING, SPLIT, 0, code=code, children=halves)
        run_virtually(self.recorder.record(step))
        for half in halves:
            self.make(half)


async def _drop(step: Transition) -> None:
    pass


@pytest.mark.parametrize(("code", "limit"), [(1002, 5), (10004, None), (10007, None)])
def test_only_a_refusal_that_may_be_for_size_teaches_a_size(code: int, limit: int | None) -> None:
    """What blames a number's country code says nothing of how many there may be."""
    learning = Learning(10)
    learning.split_well(learning.groups[0], code)
    assert learning.recorder.size_limit == limit


@pytest.mark.parametrize("comes_first", [True, False])
def test_a_group_of_that_size_that_is_made_refutes_it(comes_first: bool) -> None:
    """A refusal that came by chance leaves groups as large as they were."""
    learning = Learning(10, 10)
    chance, well = learning.groups
    if comes_first:
        learning.make(well)
    learning.split_well(chance, 1002)
    if not comes_first:
        assert learning.recorder.size_limit == 5
        learning.make(well)
    assert (learning.recorder.size_limit, learning.recorder.largest_made) == (None, 10)
