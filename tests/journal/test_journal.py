"""The journal: every step names what it leaves, is whole or not at all, and is there after a crash.

Real files and real servers: SQLite's and PostgreSQL's.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import Exit, JournalError
from importer.model import Batch, Decision, GroupRecord, GroupState, Transition
from tests.stores import database_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.journal import Journal
    from importer.store import Store
    from tests.conftest import MakeGroup
PLANNED, SENDING, CREATED = GroupState.PLANNED, GroupState.SENDING, GroupState.CREATED
REFUSED, IN_DOUBT, SPLIT = GroupState.REFUSED, GroupState.IN_DOUBT, GroupState.SPLIT
DELETING, DELETED = GroupState.DELETING, GroupState.DELETED


BATCH = Batch("b1", "fingerprint", "account", "list.xlsx", created_ms=1000, settings='{"n": 5}')


def step(
    leaves: GroupState, enters: GroupState, seq: int = 1, batch: str = BATCH.id, **learned: Any
) -> Transition:
    return Transition(batch, seq, leaves, enters, at_ms=5000, **learned)


def take(journal: Journal, *states: GroupState, seq: int = 1, batch: str = BATCH.id) -> None:
    """Take a planned group through these states."""
    leaves = PLANNED
    for enters in states:
        journal.apply([step(leaves, enters, seq, batch)])
        leaves = enters


def states(journal: Journal, batch: str = BATCH.id) -> list[GroupState]:
    return [one.state for one in journal.groups(batch)]


def test_a_plan_is_read_back(journal: Journal, make_group: MakeGroup) -> None:
    """Batch and groups come back as they were planned, in their order, all PLANNED."""
    groups = [make_group("85235753351", seq=2, name="b'\"; --"), make_group("85235753352", seq=1)]
    journal.plan(BATCH, groups)
    assert journal.batches() == [BATCH]
    assert journal.groups(BATCH.id) == [GroupRecord(g, PLANNED) for g in reversed(groups)]
    assert journal.groups("other") == []


def test_groups_are_read_without_numbers_and_some_with(
    journal: Journal, make_group: MakeGroup
) -> None:
    """What is known of all groups is read without their numbers; those of some are read apart."""
    groups = [make_group(f"8523575335{at}", seq=at) for at in range(1, 6)]
    journal.plan(BATCH, groups)
    take(journal, SENDING, CREATED, seq=2)
    whole = journal.groups(BATCH.id)
    bare = [replace(one, group=replace(one.group, phones="")) for one in whole]
    assert journal.group_facts(BATCH.id) == bare == journal.chain_facts(BATCH.id)
    assert journal.groups_at(BATCH.id, [4, 2, 9]) == [whole[1], whole[3]]
    assert journal.groups_at(BATCH.id, []) == journal.groups_at("other", [1]) == []


def test_a_plan_is_whole_or_not_at_all(journal: Journal, make_group: MakeGroup) -> None:
    """Where one group can't be planned, no group is, nor is the batch."""
    with pytest.raises(JournalError):
        journal.plan(BATCH, [make_group(seq=1), make_group(seq=2), make_group(seq=1)])
    assert journal.batches() == []
    assert journal.groups(BATCH.id) == []
    journal.plan(BATCH, [make_group()])
    assert states(journal) == [PLANNED]


def test_a_group_of_no_batch_is_not_planned(journal: Journal, make_group: MakeGroup) -> None:
    """A group always has its batch, also one that takes over another's numbers."""
    with pytest.raises(JournalError):
        journal.apply([step(PLANNED, SENDING)])
    journal.plan(BATCH, [make_group()])
    child = make_group(seq=1)
    with pytest.raises(JournalError):
        journal.apply([step(PLANNED, SPLIT, children=(child,))])
    assert states(journal) == [PLANNED]


@pytest.mark.parametrize("leaves", [one for one in GroupState if one is not PLANNED])
def test_a_step_from_a_state_that_is_not_so_is_refused(
    journal: Journal, make_group: MakeGroup, leaves: GroupState
) -> None:
    """Every step names the state that it leaves; nothing of a commit with a wrong one is kept."""
    journal.plan(BATCH, [make_group(seq=1), make_group("85235753352", seq=2)])
    with pytest.raises(JournalError, match=f"Group 2 of batch b1 is no longer {leaves.value}"):
        journal.apply([step(PLANNED, SENDING, 1), step(leaves, CREATED, 2)])
    assert states(journal) == [PLANNED, PLANNED]
    assert journal.groups(BATCH.id)[0].attempts == 0


@pytest.mark.parametrize(("seq", "batch"), [(2, "b1"), (1, "b2")])
def test_a_step_of_no_group_is_refused(
    journal: Journal, make_group: MakeGroup, seq: int, batch: str
) -> None:
    """A step must change exactly one row."""
    journal.plan(BATCH, [make_group()])
    with pytest.raises(JournalError, match="no longer"):
        journal.apply([step(PLANNED, SENDING, seq, batch)])


def test_a_step_can_be_taken_once(journal: Journal, store: Store, make_group: MakeGroup) -> None:
    """Two runs can't both take one step, whatever they believe."""
    journal.plan(BATCH, [make_group()])
    with store.open() as other:
        other.apply([step(PLANNED, SENDING)])
        with pytest.raises(JournalError, match="another run must have changed it"):
            journal.apply([step(PLANNED, SENDING)])
    assert journal.groups(BATCH.id)[0].attempts == 1


def test_what_was_learned_is_kept(journal: Journal, make_group: MakeGroup) -> None:
    """Attempts are counted, the last `ts` stays, and the vendor's answer is kept whole."""
    journal.plan(BATCH, [make_group()])
    journal.apply([step(PLANNED, SENDING, sent_ms=7000)])
    journal.apply([step(SENDING, PLANNED, code=27, message="busy", request_id="r1")])
    refused = journal.groups(BATCH.id)[0]
    assert (refused.sent_ms, refused.code, refused.message) == (7000, 27, "busy")
    assert refused.created_ms is None
    journal.apply([step(PLANNED, SENDING, sent_ms=8000)])
    journal.apply([step(SENDING, CREATED, code=0, message="success", group_id="g", sent_ms=7900)])
    assert journal.groups(BATCH.id) == [
        GroupRecord(
            make_group(),
            CREATED,
            attempts=2,
            sent_ms=7900,
            code=0,
            message="success",
            group_id="g",
            created_ms=5000,
        )
    ]


def test_children_are_planned_by_the_step_that_splits(
    journal: Journal, make_group: MakeGroup
) -> None:
    """The numbers of a split group go on in the same commit, so none is ever lost."""
    journal.plan(BATCH, [make_group("1", "2")])
    halves = (make_group("1", seq=2), make_group("2", seq=3))
    take(journal, SENDING)
    journal.apply([step(SENDING, SPLIT, children=halves)])
    assert states(journal) == [SPLIT, PLANNED, PLANNED]
    assert [one.group for one in journal.groups(BATCH.id)[1:]] == list(halves)


def test_only_what_was_being_sent_is_in_doubt_after_a_crash(
    journal: Journal, make_group: MakeGroup
) -> None:
    """SENDING becomes IN_DOUBT with its `ts`; other states and other batches are left alone."""
    groups = [make_group(str(seq), seq=seq) for seq in (1, 2, 3)]
    journal.plan(BATCH, groups)
    journal.plan(replace(BATCH, id="b2"), groups)
    journal.apply([step(PLANNED, SENDING, 1, sent_ms=7000), step(PLANNED, SENDING, 2)])
    journal.apply([step(PLANNED, SENDING, 1, "b2"), step(SENDING, CREATED, 2)])
    assert journal.settle_interrupted(BATCH.id) == 1
    assert states(journal) == [IN_DOUBT, CREATED, PLANNED]
    assert states(journal, "b2") == [SENDING, PLANNED, PLANNED]
    assert journal.groups(BATCH.id)[0].sent_ms == 7000
    assert "cut off" in journal.groups(BATCH.id)[0].message
    assert journal.settle_interrupted(BATCH.id) == 0


def test_the_newest_batch_of_a_list_is_found(journal: Journal) -> None:
    """A list is known by fingerprint and account; what was undone is not found any more."""
    for batch_id, created_ms in (("old", 1), ("new", 3), ("middle", 2)):
        journal.plan(replace(BATCH, id=batch_id, created_ms=created_ms), [])
    journal.plan(replace(BATCH, id="theirs", account="other", created_ms=9), [])
    journal.plan(replace(BATCH, id="longer", fingerprint="other", created_ms=9), [])
    assert found(journal) == "new"
    journal.mark_undone("new", 77)
    assert found(journal) == "middle"
    assert {one.id: one.undone_ms for one in journal.batches("account")}["new"] == 77
    journal.mark_undone("middle", 78)
    journal.mark_undone("old", 79)
    assert journal.find(BATCH.fingerprint, BATCH.account) is None


def found(journal: Journal) -> str:
    batch = journal.find(BATCH.fingerprint, BATCH.account)
    assert batch is not None
    return batch.id


def test_batches_are_listed_by_age_and_account(journal: Journal) -> None:
    """The oldest first, those of one account where it is named."""
    for batch_id, created_ms, account in (("b", 2, "x"), ("a", 1, "y"), ("c", 3, "x")):
        journal.plan(replace(BATCH, id=batch_id, created_ms=created_ms, account=account), [])
    assert [one.id for one in journal.batches()] == ["a", "b", "c"]
    assert [one.id for one in journal.batches("x")] == ["b", "c"]


def test_a_rate_is_learned_and_forgotten(journal: Journal) -> None:
    """One rate an account, the last one that was learned."""
    assert journal.learned_rate("account") is None
    journal.learn_rate("account", 2.5)
    journal.learn_rate("other", 9)
    journal.learn_rate("account", 1.25)
    assert journal.learned_rate("account") == 1.25
    journal.learn_rate("account", None)
    assert journal.learned_rate("account") is None
    assert journal.learned_rate("other") == 9


def test_it_is_there_after_it_was_closed(store: Store, make_group: MakeGroup) -> None:
    """A journal opened again goes on where it was."""
    with store.open() as journal:
        journal.plan(BATCH, [make_group()])
        take(journal, SENDING)
    with store.open() as journal:
        assert states(journal) == [SENDING]


@contextmanager
def told_in_a_sentence(place: Store | Path, about: str) -> Iterator[None]:
    """Expect an error that a user can act on: one sentence that names the file, exit code 2."""
    with pytest.raises(JournalError, match=about) as caught:
        yield
    text = str(caught.value)
    assert str(place) in text
    assert text.endswith(".")
    assert "\n" not in text
    assert caught.value.exit_code is Exit.USAGE


def in_doubt(store: Store, make_group: MakeGroup) -> Journal:
    """Return a journal whose batch b1 has two groups, the second of them in doubt."""
    journal = store.open()
    journal.plan(Batch("b1", "f", "main", "a.csv", 7), [make_group(seq=1), make_group(seq=2)])
    for seq, enters in ((1, GroupState.CREATED), (2, GroupState.IN_DOUBT)):
        journal.apply([Transition("b1", seq, GroupState.PLANNED, GroupState.SENDING, 8)])
        made = "id-1" if seq == 1 else ""
        journal.apply([Transition("b1", seq, GroupState.SENDING, enters, 9, group_id=made)])
    return journal


def test_an_operators_word_is_kept_with_who_and_when(store: Store, make_group: MakeGroup) -> None:
    """The group is created by it, and the journal says who said so."""
    with in_doubt(store, make_group) as journal:
        step = Transition("b1", 2, GroupState.IN_DOUBT, GroupState.CREATED, 10, group_id="id-2")
        journal.decide_by_hand(step, "ann")
        assert journal.groups("b1")[1].group_id == "id-2"
        assert journal.decisions("b1") == [Decision(2, 10, "ann", "id-2")]


def test_an_operators_word_takes_no_other_groups_id(store: Store, make_group: MakeGroup) -> None:
    """A groupId belongs to one group; the doubt stays, and nothing is recorded."""
    with in_doubt(store, make_group) as journal:
        step = Transition("b1", 2, GroupState.IN_DOUBT, GroupState.CREATED, 10, group_id="id-1")
        with pytest.raises(JournalError, match="is that of group 1 of batch b1"):
            journal.decide_by_hand(step, "ann")
        assert journal.groups("b1")[1].state is GroupState.IN_DOUBT
        assert journal.decisions("b1") == []


def test_a_state_that_does_not_exist_is_one_sentence(store: Store, make_group: MakeGroup) -> None:
    """A damaged state is named with its group and batch."""
    with in_doubt(store, make_group) as journal:
        database_of(journal).change("UPDATE groups SET state = 'BROKEN' WHERE seq = 2")
    with (
        store.open() as journal,
        pytest.raises(JournalError, match="group 2 of batch b1 is in the state 'BROKEN'"),
    ):
        journal.groups("b1")


@pytest.mark.parametrize(
    "damage",
    [
        """settings = '{"region": ' """,
        "settings = '[]'",
        "settings = ''",
        "forgotten_ms = 5, remains = '{}'",
        "forgotten_ms = 5, remains = 'null'",
    ],
)
def test_texts_of_a_batch_that_are_damaged_are_one_sentence(store: Store, damage: str) -> None:
    """Settings or counts that can't be read are named with their batch, however it is found."""
    with store.open() as journal:
        journal.plan(BATCH, [])
        database_of(journal).change(f"UPDATE batches SET {damage}")  # noqa: S608 - from the table above
    with store.open() as journal:
        with told_in_a_sentence(store, "damaged: what it keeps of batch b1 can't be read"):
            journal.batches()
        if "forgotten" not in damage:
            with told_in_a_sentence(store, "damaged: what it keeps of batch b1"):
                journal.find(BATCH.fingerprint, BATCH.account)


def test_a_batch_is_planned_only_as_the_journal_was_searched(
    store: Store, make_group: MakeGroup
) -> None:
    """A batch that came between is noticed by the same transaction, and nothing is recorded."""
    with store.open() as one, store.open() as other:
        seen = one.plannings("main")
        other.plan(Batch("b1", "f", "main", "a.csv", 7), [make_group()])
        with pytest.raises(JournalError, match="Another run has recorded a list"):
            one.plan(Batch("b2", "f", "main", "a.csv", 8), [make_group()], seen=seen)
        assert [batch.id for batch in one.batches()] == ["b1"]
