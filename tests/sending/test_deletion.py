"""Deleting: only what is certain to be the batch's own, each step on disk before it is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import JournalError
from importer.model import GroupState, Transition
from importer.sandbox import CreatedGroup
from importer.sending.calls.access import VendorAccess
from importer.sending.calls.pacing import Pacer
from importer.sending.calls.retry import LONGEST_PAUSE, MAX_TRIES, Stop
from importer.sending.deletion import MAX_ROUNDS, Deletion, FoundGroups
from importer.sending.dispatch import BREAKER
from importer.sending.listing.lister import ListingError
from tests.sending.fakes import BATCH, LOST, Scene, answered, clock_of, groups_of
from tests.sending.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PLANNED, SENDING, CREATED = GroupState.PLANNED, GroupState.SENDING, GroupState.CREATED
DELETING, DELETED = GroupState.DELETING, GroupState.DELETED


class Stage(Scene):
    """A batch whose first `created` groups exist at the vendor."""

    def __init__(self, path: Path, created: int, planned: int = 0, **sandbox: Any) -> None:
        super().__init__(path, groups_of(*[2] * (created + planned)), **sandbox)
        self.rate: float | None = 10
        self.told_deleted = 0
        self.fails_at: GroupState | None = None
        self.stop_after: int | None = None
        for group in self.groups[:created]:
            group_id = f"id-{group.seq}"
            numbers = tuple(group.phones.split(","))
            self.put(CreatedGroup(group_id, group.name, numbers, group.remark, "1"))
            self.step(group.seq, PLANNED, SENDING)
            self.step(group.seq, SENDING, CREATED, group_id)

    def put(self, group: CreatedGroup) -> None:
        self.sandbox.groups[group.group_id] = group

    def change(self, group_id: str, **changes: Any) -> None:
        self.put(replace(self.sandbox.groups[group_id], **changes))

    def step(self, seq: int, leaves: GroupState, enters: GroupState, group_id: str = "") -> None:
        self.journal.apply([Transition(BATCH, seq, leaves, enters, 0, group_id=group_id)])

    def deletion(self) -> Deletion:
        async def record(step: Transition) -> None:
            if step.enters is self.fails_at:
                raise JournalError("the disk is full")
            self.journal.apply([step])

        def deleted() -> None:
            self.told_deleted += 1
            if self.told_deleted == self.stop_after:
                deletion.stop(Stop.INTERRUPTED)

        clock = clock_of(self.loop)
        pacer = Pacer(self.rate, clock=clock.monotonic, sleep=clock.sleep)
        access = VendorAccess(self.client, pacer, clock, self.progress)
        deletion = Deletion(BATCH, self.journal, record, access, deleted)
        return deletion

    def run(self) -> Stop | None:
        return run_virtually(self._run(), self.loop)

    async def _run(self) -> Stop | None:
        return await self.deletion().run()

    def look(self) -> FoundGroups:
        return run_virtually(self._look(), self.loop)

    async def _look(self) -> FoundGroups:
        return await self.deletion().look()


@pytest.fixture
def stage_of(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Make a stage; its journal is closed at the end."""
    stages: list[Stage] = []

    def make(created: int, **options: Any) -> Stage:
        stages.append(Stage(tmp_path / f"{len(stages)}.sqlite3", created, **options))
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()


def test_deletes_what_the_batch_made(stage_of: Callable[..., Stage]) -> None:
    """Every created group goes, one call each; groups that were never made are left alone."""
    stage = stage_of(3, planned=2)
    assert stage.run() is None
    assert stage.sandbox.groups == {}
    assert stage.states == [DELETED] * 3 + [PLANNED] * 2
    assert stage.client.deleted == ["id-1", "id-2", "id-3"]
    assert stage.told_deleted == 3


def test_a_deleted_group_keeps_its_id(stage_of: Callable[..., Stage]) -> None:
    """The journal goes on telling which group it was."""
    stage = stage_of(1)
    stage.run()
    assert stage.records[0].group_id == "id-1"


def test_looking_deletes_nothing(stage_of: Callable[..., Stage]) -> None:
    """What would be deleted can be shown first: own, unlisted and foreign groups told apart."""
    stage = stage_of(3)
    del stage.sandbox.groups["id-2"]
    stage.change("id-3", remark="somebody's")
    found = stage.look()
    seqs = [[one.group.seq for one in part] for part in (found.own, found.unlisted, found.foreign)]
    assert seqs == [[1], [2], [3]]
    assert stage.states == [CREATED] * 3
    assert stage.client.deleted == []


def test_only_groups_with_the_mark_are_deleted(stage_of: Callable[..., Stage]) -> None:
    """A group whose mark is gone may be in somebody's use; groups of others never are touched."""
    stage = stage_of(3)
    stage.change("id-2", remark="now for the autumn sale")
    stage.put(CreatedGroup("theirs", "list HK 001", ("85251111111",), "", "1"))
    assert stage.run() is None
    assert set(stage.sandbox.groups) == {"id-2", "theirs"}
    assert stage.states == [DELETED, CREATED, DELETED]


def test_what_is_gone_is_recorded(stage_of: Callable[..., Stage]) -> None:
    """A group that the list does not show and the vendor does not know counts as deleted."""
    stage = stage_of(2)
    del stage.sandbox.groups["id-1"]
    assert stage.run() is None
    assert stage.states == [DELETED, DELETED]
    assert stage.client.deleted == ["id-2", "id-1"]
    assert "not at the vendor" in stage.records[0].message


@pytest.mark.parametrize("done", [True, False])
def test_a_deletion_without_clear_answer_is_looked_up(
    stage_of: Callable[..., Stage], done: bool
) -> None:
    """Done or not, the next look tells; what is still there is deleted again."""
    stage = stage_of(3)
    stage.client.deletion_answers = (None, LOST)
    stage.client.deletes_all_the_same = done
    assert stage.run() is None
    assert stage.sandbox.groups == {}
    assert stage.states == [DELETED] * 3
    assert stage.client.deleted.count("id-2") == (3 if done else 2)


def test_what_can_not_be_deleted_ends(stage_of: Callable[..., Stage]) -> None:
    """After MAX_ROUNDS the run ends, says so, and the group is not called deleted."""
    stage = stage_of(1)
    stage.client.deletion_answers = (answered(10006),) * 100
    stage.client.deletes_all_the_same = False
    assert stage.run() is Stop.UNCLEAR
    assert len(stage.client.deleted) == MAX_ROUNDS * MAX_TRIES
    assert stage.states == [DELETING]
    assert set(stage.sandbox.groups) == {"id-1"}


def test_interrupted_and_resumed(stage_of: Callable[..., Stage]) -> None:
    """A stop begins no further call; the next run goes on where it was."""
    stage = stage_of(5)
    stage.stop_after = 2
    assert stage.run() is Stop.INTERRUPTED
    assert stage.states == [DELETED] * 2 + [CREATED] * 3
    stage.start_anew()
    assert stage.run() is None
    assert stage.states == [DELETED] * 5
    assert len(stage.client.deleted) == 5


def test_a_stop_waits_for_no_slot(stage_of: Callable[..., Stage]) -> None:
    """After a stop nobody queues for the groups that are left."""
    stage = stage_of(5)
    stage.rate, stage.stop_after = 0.1, 1
    assert stage.run() is Stop.INTERRUPTED
    assert stage.loop.now < 25


def test_a_stop_while_waiting_for_the_slot_begins_no_call(stage_of: Callable[..., Stage]) -> None:
    """What had not left when the run was stopped, does not leave any more."""
    stage = stage_of(3)
    stage.rate = 0.1

    async def main() -> Stop | None:
        deletion = stage.deletion()
        stage.loop.call_later(15, deletion.stop, Stop.INTERRUPTED)
        return await deletion.run()

    assert run_virtually(main(), stage.loop) is Stop.INTERRUPTED
    assert stage.client.deleted == ["id-1"]
    assert stage.states == [DELETED, CREATED, CREATED]


@pytest.mark.parametrize("done", [True, False])
def test_killed_between_the_record_and_the_answer(
    stage_of: Callable[..., Stage], done: bool
) -> None:
    """A group found DELETING after a crash is looked up like any other."""
    stage = stage_of(2)
    stage.step(1, CREATED, DELETING, "id-1")
    if done:
        del stage.sandbox.groups["id-1"]
    assert stage.run() is None
    assert stage.states == [DELETED, DELETED]
    assert stage.sandbox.groups == {}


def test_a_vendor_that_lists_and_deletes_nothing_proves_nothing(
    stage_of: Callable[..., Stage],
) -> None:
    """A deletion without clear answer, then refused, of a group that no list shows: not deleted."""
    stage = stage_of(1, vendor=["no-delete", "empty-listing"], delete_script=["delete-cut-before"])
    stage.run()
    stage.start_anew()
    stage.run()
    assert set(stage.sandbox.groups) == {"id-1"}
    assert stage.states == [DELETING]


def test_a_vendor_that_answers_no_deletion_is_given_up(stage_of: Callable[..., Stage]) -> None:
    """Each group is tried for half a minute: after BREAKER of them the rest is left to later."""
    stage = stage_of(BREAKER + 20)
    stage.client.deletion_answers = (LOST,) * 1000
    stage.client.deletes_all_the_same = False
    assert stage.run() is Stop.UNCLEAR
    assert stage.states == [DELETING] * BREAKER + [CREATED] * 20
    assert len(stage.client.deleted) == BREAKER * MAX_TRIES
    assert stage.loop.now < BREAKER * 60


def test_killed_at_the_last_of_a_batch(stage_of: Callable[..., Stage]) -> None:
    """A vendor that has deleted the others has deleted the last one, too, that it knows no more."""
    stage = stage_of(2)
    stage.step(1, CREATED, DELETING, "id-1")
    stage.step(1, DELETING, DELETED, "id-1")
    stage.step(2, CREATED, DELETING, "id-2")
    stage.sandbox.groups.clear()
    assert stage.run() is None
    assert stage.states == [DELETED, DELETED]


def test_nothing_is_deleted_that_is_not_recorded(stage_of: Callable[..., Stage]) -> None:
    """Where the journal fails, no call leaves."""
    stage = stage_of(2)
    stage.fails_at = DELETING
    with pytest.raises(JournalError):
        stage.run()
    assert stage.client.deleted == []


def test_refused_credentials_stop_it(stage_of: Callable[..., Stage]) -> None:
    """A key that may not delete ends the run at its first refusal."""
    stage = stage_of(3)
    stage.client.deletion_answers = (answered(1005),)
    stage.client.deletes_all_the_same = False
    assert stage.run() is Stop.CREDENTIALS
    assert stage.client.deleted == ["id-1"]
    assert stage.states == [DELETING, CREATED, CREATED]


def test_a_refusal_for_rate_is_waited_out(stage_of: Callable[..., Stage]) -> None:
    """Deleting keeps the pace that the server asks for, and the group's turn comes again."""
    stage = stage_of(2)
    stage.client.deletion_answers = (answered(None, http_status=429, retry_after=30.0),)
    stage.client.deletes_all_the_same = False
    assert stage.run() is None
    assert stage.states == [DELETED, DELETED]
    assert stage.loop.now > 30


def test_too_long_a_wait_ends_it(stage_of: Callable[..., Stage]) -> None:
    """A server that asks for more patience than a run has is left until the next run."""
    stage = stage_of(2)
    busy = answered(None, http_status=429, retry_after=LONGEST_PAUSE + 1)
    stage.client.deletion_answers = (busy,)
    stage.client.deletes_all_the_same = False
    assert stage.run() is Stop.RATE
    assert stage.loop.now < 5


def test_a_clock_that_is_off_is_corrected(stage_of: Callable[..., Stage]) -> None:
    """An undo begins with a look, so it is there that the clock is put right."""
    stage = stage_of(2, skew=90.0)
    assert stage.run() is None
    assert stage.states == [DELETED, DELETED]


def test_what_can_not_be_listed_is_not_deleted(stage_of: Callable[..., Stage]) -> None:
    """Without a snapshot of the list nothing is certain to be the batch's own."""
    stage = stage_of(2)
    stage.client.listing_answer = LOST
    with pytest.raises(ListingError):
        stage.run()
    assert stage.client.deleted == []
    assert stage.states == [CREATED, CREATED]
