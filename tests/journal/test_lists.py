"""Named lists in the journal: what a call has done to a group is known with it, on both stores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from importer.errors import JournalError
from importer.journal.leases import name_of_list
from importer.model import (
    Batch,
    Group,
    GroupState,
    ListBatch,
    ListRole,
    ListStep,
    Runner,
    StepKind,
    StepState,
    StepTransition,
    Transition,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.journal import Journal
    from importer.store import Store
    from tests.conftest import MakeGroup

FIRST = Batch("b1", "f1", "account", "a.csv", 1000)
SYNC = Batch("b2", "f2", "account", "b.csv", 2000)
MEMBER = ListBatch("b2", "account", "customers", ListRole.SYNC, rows=3)


@pytest.fixture
def journal(store: Store, make_group: MakeGroup) -> Iterator[Journal]:
    """A journal with a list that has adopted a batch of two created groups."""
    with store.open() as opened:
        make(opened, FIRST, make_group("1001", "1002"), make_group("1003", seq=2))
        opened.adopt_into_list([FIRST], "customers")
        yield opened


def make(journal: Journal, batch: Batch, *groups: Group) -> None:
    journal.plan(batch, groups)
    for leaves, enters in (("PLANNED", "SENDING"), ("SENDING", "CREATED")):
        for one in groups:
            step = Transition(batch.id, one.seq, GroupState(leaves), GroupState(enters), 5000)
            journal.apply([replace(step, group_id=f"id-{one.seq}")])


def call(step: int, kind: StepKind, phones: str, seq: int = 1) -> ListStep:
    return ListStep(step, kind, FIRST.id, seq, phones)


def take(journal: Journal, step: int, *states: StepState, **learned: Any) -> None:
    leaves = StepState.PLANNED
    for enters in states:
        journal.take_list_steps([StepTransition(SYNC.id, step, leaves, enters, **learned)])
        leaves = enters


def known(journal: Journal, *numbers: str) -> dict[str, int]:
    found = journal.known_among(pd.Series(numbers, dtype="str"), "account", "")
    return dict(zip(found["number"].tolist(), found["seq"].tolist(), strict=True))


def test_a_list_has_its_batches(journal: Journal) -> None:
    """What was adopted and what was planned belong to the list, the oldest first."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.ADD, "1009")])
    batches = journal.list_batches("account", "customers")
    assert [(one.batch, one.role, one.file) for one in batches] == [
        ("b1", ListRole.ADOPTED, "a.csv"),
        ("b2", ListRole.SYNC, "b.csv"),
    ]
    assert journal.list_names() == {"b1": "customers", "b2": "customers"}
    assert journal.list_batches("other") == []
    [step] = journal.list_steps("b2")
    assert (step.group_id, step.state, step.size) == ("id-1", StepState.PLANNED, 1)
    with pytest.raises(JournalError, match="belongs to the list customers already"):
        journal.adopt_into_list([FIRST], "others")


def test_what_is_done_is_done_to_the_group(journal: Journal) -> None:
    """Added numbers are known at once, removed ones are not any more, and the size is right."""
    steps = [call(1, StepKind.ADD, "1009,1010"), call(2, StepKind.REMOVE, "1001")]
    journal.plan_list_batch(SYNC, [], MEMBER, steps)
    take(journal, 1, StepState.SENDING)
    assert journal.groups("b1")[0].group.phones == "1001,1002"
    journal.take_list_steps([StepTransition("b2", 1, StepState.SENDING, StepState.DONE)])
    take(journal, 2, StepState.SENDING, StepState.DONE)
    group = journal.groups("b1")[0].group
    assert (group.phones, group.size) == ("1002,1009,1010", 3)
    assert known(journal, "1001", "1002", "1009", "1010") == {"1002": 1, "1009": 1, "1010": 1}


def test_a_group_that_left_its_list(journal: Journal) -> None:
    """A group that was deleted whole is not at the vendor, and its numbers are free."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.DELETE, "1003", seq=2)])
    take(journal, 1, StepState.SENDING, StepState.DONE)
    assert [one.state for one in journal.groups("b1")] == [GroupState.CREATED, GroupState.DELETED]
    assert known(journal, "1001", "1003") == {"1001": 1}


def test_a_call_is_recorded_once(journal: Journal) -> None:
    """A transition from a state that is not so is refused, and nothing is done to the group."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.ADD, "1009")])
    with pytest.raises(JournalError, match="no longer SENDING"):
        journal.take_list_steps([StepTransition("b2", 1, StepState.SENDING, StepState.DONE)])
    take(journal, 1, StepState.SENDING, sent_ms=7000)
    with pytest.raises(JournalError, match="no longer PLANNED"):
        take(journal, 1, StepState.SENDING)
    [step] = journal.list_steps("b2")
    assert (step.attempts, step.sent_ms) == (1, 7000)
    assert journal.groups("b1")[0].group.phones == "1001,1002"


def test_a_plan_is_whole_or_not_at_all(journal: Journal, make_group: MakeGroup) -> None:
    """Where a call can't be recorded, there is no batch, no group and no list of it."""
    twice = [call(1, StepKind.ADD, "1"), call(1, StepKind.ADD, "2")]
    with pytest.raises(JournalError):
        journal.plan_list_batch(SYNC, [make_group("5")], MEMBER, twice)
    assert [one.id for one in journal.batches()] == ["b1"]
    assert journal.list_batch("b2") is None


def test_after_a_crash_only_what_was_being_sent_is_in_doubt(journal: Journal) -> None:
    """A call found SENDING may have been done; others are as they were."""
    steps = [call(at, StepKind.ADD, f"10{at:02}") for at in (10, 11)]
    journal.plan_list_batch(SYNC, [], MEMBER, steps)
    take(journal, 10, StepState.SENDING)
    assert journal.settle_interrupted_steps("b2") == 1
    states = [one.state for one in journal.list_steps("b2")]
    assert states == [StepState.IN_DOUBT, StepState.PLANNED]
    journal.give_up_list_batch("b2")
    states = [one.state for one in journal.list_steps("b2")]
    assert states == [StepState.IN_DOUBT, StepState.GIVEN_UP]


def test_a_call_is_cut_in_two(journal: Journal) -> None:
    """Its numbers are then in two calls, each once, with what is known of it."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.ADD, "5,6,7")])
    take(journal, 1, StepState.SENDING, StepState.IN_DOUBT, sent_ms=8000)
    journal.cut_list_step("b2", 1, [("7", StepState.IN_DOUBT)], "5,6")
    steps = journal.list_steps("b2")
    assert [(one.step, one.phones, one.sent_ms) for one in steps] == [
        (1, "5,6", 8000),
        (2, "7", 8000),
    ]


def test_the_end_of_a_batch_undoes_what_it_takes_back(journal: Journal) -> None:
    """When an undo has come to its end, the sync that it takes back is undone."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.ADD, "1009")])
    back = Batch("b3", "f1", "account", "b.csv", 3000)
    undoing = ListBatch("b3", "account", "customers", ListRole.UNDO, 0, undoes="b2")
    journal.plan_list_batch(back, [], undoing, [])
    assert not journal.is_undone("b2")
    journal.end_list_batch("b3", 4000)
    assert journal.is_undone("b2")
    assert journal.list_batches("account")[-1].ended_ms == 4000


def test_when_a_group_was_last_changed(journal: Journal) -> None:
    """The latest call that left counts, and for another batch only those of others."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.ADD, "9")])
    [step] = journal.list_steps("b2")
    assert journal.last_changed_ms("account") == {}
    take(journal, 1, StepState.SENDING, sent_ms=8000)
    assert journal.last_changed_ms("account") == {("b1", 1): 8000}
    assert journal.earlier_call_ms("b2", step) == 0
    assert journal.earlier_call_ms("b3", step) == 8000


def test_who_does_not_hold_the_batch_records_nothing(journal: Journal, store: Store) -> None:
    """A run that was thought dead can record no call of a batch that another one holds by now."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.ADD, "1009")])
    take(journal, 1, StepState.SENDING)
    runner = Runner("sync", "somebody", "host", 1)
    with store.open() as other, other.begin_run(runner) as run:
        run.take([SYNC.id])
        with pytest.raises(JournalError, match="no longer SENDING"):
            journal.take_list_steps([StepTransition("b2", 1, StepState.SENDING, StepState.DONE)])
        other.take_list_steps([StepTransition("b2", 1, StepState.SENDING, StepState.DONE)])
    assert journal.groups("b1")[0].group.phones == "1001,1002,1009"


def test_a_call_names_its_attempt(journal: Journal) -> None:
    """What an attempt of a call that is over has heard is not recorded."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.ADD, "1009")])
    take(journal, 1, StepState.SENDING, attempt=0)
    done = StepTransition("b2", 1, StepState.SENDING, StepState.DONE, attempt=0)
    with pytest.raises(JournalError, match="no longer SENDING"):
        journal.take_list_steps([done])
    journal.take_list_steps([replace(done, attempt=1)])


@pytest.mark.parametrize(
    "record",
    [
        lambda journal: journal.settle_interrupted_steps("b2"),
        lambda journal: journal.give_up_list_batch("b2"),
        lambda journal: journal.end_list_batch("b2", 4000),
        lambda journal: journal.cut_list_step("b2", 1, [("1009", StepState.PLANNED)], "1010"),
        lambda journal: journal.reopen_list_step("b2", 1, "1009"),
        lambda journal: journal.adopt_into_list([SYNC], "customers"),
        lambda journal: journal.plan_list_batch(
            replace(SYNC, id="b3"), [], replace(MEMBER, batch="b3"), []
        ),
    ],
)
def test_who_does_not_hold_the_list_changes_nothing_of_it(
    journal: Journal, store: Store, record: Callable[[Journal], None]
) -> None:
    """A run that slept while another one went on with its list plans, cuts and ends nothing."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.ADD, "1009,1010")])
    before = journal.list_steps("b2"), journal.list_batches("account")
    with store.open() as other, other.begin_run(Runner("sync", "ann", "host", 1)) as run:
        run.take([name_of_list("account", "customers"), SYNC.id])
        with pytest.raises(JournalError, match="Another run works on"):
            record(journal)
    assert (journal.list_steps("b2"), journal.list_batches("account")) == before


def test_numbers_that_a_sync_has_still_to_add_are_known(journal: Journal) -> None:
    """They count as in their group while the call is open, for this account and for others."""
    journal.plan_list_batch(SYNC, [], MEMBER, [call(1, StepKind.ADD, "1009,1010")])
    assert known(journal, "1001", "1009", "2000") == {"1001": 1, "1009": 1}
    asked = pd.Series(["1009", "2000"], dtype="str")
    elsewhere = journal.known_among(asked, "another", "f9", of_others=True)
    assert elsewhere.to_numpy().tolist() == [["1009", "b1", 1, journal.groups("b1")[0].group.name]]
    assert journal.known_among(asked, "account", SYNC.fingerprint).empty
    take(journal, 1, StepState.SENDING, StepState.REFUSED)
    assert known(journal, "1001", "1009") == {"1001": 1}
