"""A long list's plan is recorded in short transactions, and is a batch whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from importer.batch.history import history
from importer.errors import JournalError, JournalLocked, PlanOvertaken
from importer.journal import planned_since
from importer.journal.upkeep.checking import check
from importer.journal.upkeep.copying import copy
from importer.model import (
    Batch,
    Group,
    GroupState,
    Known,
    ListBatch,
    ListRole,
    ListStep,
    StepKind,
    Transition,
)
from importer.store import store_of
from tests.journal.holders import ROOT
from tests.journal.long_plans import (
    ACCOUNT,
    NUMBERS,
    RUNNER,
    Planned,
    after_each_portion,
    batch_of,
    in_small_portions,
    plan_long,
    rows_of_tables,
)
from tests.journal.test_batch_rows import plain
from tests.journal.test_known_numbers import forgotten
from tests.stores import database_of, new_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.journal import Journal
    from importer.journal.database.protocol import Database
    from importer.journal.run import Run
    from importer.store import Store
    from tests.conftest import MakeGroup

OTHERS = [str(85251000501 + at) for at in range(40)]
PORTIONS = 7
"""Of a plan of all `NUMBERS`: two of groups, four of numbers, one of what is left out."""


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_portions(monkeypatch)


@pytest.fixture
def run(journal: Journal) -> Iterator[Run]:
    with journal.begin_run(RUNNER) as begun:
        yield begun


@pytest.fixture
def other(store: Store) -> Iterator[Journal]:
    """The same journal as another run has it open, which waits for nobody."""
    with store.open() as opened:
        database = database_of(opened)
        is_file = "sqlite" in str(store)
        database.rows("PRAGMA busy_timeout = 0" if is_file else "SET lock_timeout = '1s'")
        yield opened


def plan_with_known(journal: Journal, run: Run) -> None:
    """Plan a list that leaves a number to an earlier batch."""
    skipped = [Known("b0", 1, "list HK 001", OTHERS[0])]
    seen = journal.plannings(ACCOUNT)
    planned = Planned("long", NUMBERS, skipped)
    journal.plan_large(batch_of("long"), planned, run.take_now, seen=seen)


@pytest.fixture
def _earlier(other: Journal, make_group: MakeGroup) -> None:
    """A journal that has an earlier batch."""
    other.plan(batch_of("b0", 5), [make_group(OTHERS[0])])
    other.save_rows("b0", *plain())


@pytest.mark.usefixtures("_earlier")
def test_nothing_of_it_is_seen_before_it_is_a_batch(
    journal: Journal,
    run: Run,
    other: Journal,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No look-up, list, check or copy has anything of it after any portion; then all is there."""
    plannings = other.plannings(ACCOUNT)

    def look(portion: int) -> None:
        for account, of_others in ((ACCOUNT, False), ("another", True)):
            found = other.known_among(pd.Series(NUMBERS), account, "", of_others=of_others)
            assert found.empty
        assert [one.id for one in other.batches()] == ["b0"]
        assert [one.batch.id for one in history(store)] == ["b0"]
        assert other.find(batch_of("long").fingerprint, ACCOUNT) is None
        assert other.highest_number(ACCOUNT, [("long ", "")]) == 0
        assert other.plannings(ACCOUNT) == plannings
        other.refuse_lost_batches()
        assert check(other).findings == ()
        assert check(other).numbers == 1
        if portion == PORTIONS:
            with new_store("sqlite", tmp_path / "copy").open() as target:
                assert copy(other.database, target.database).tables["group_numbers"] == 1
                assert rows_of_tables(target)["groups"] == 1

    portions = after_each_portion(monkeypatch, journal, look)
    plan_with_known(journal, run)
    assert len(portions) == PORTIONS
    assert other.known_among(pd.Series(NUMBERS), ACCOUNT, "")["number"].tolist() == NUMBERS
    assert other.skipped("long")["number"].tolist() == [OTHERS[0]]
    assert [one.group.seq for one in other.groups("long")] == [1, 2, 3, 4]
    assert rows_of_tables(other)["plans"] == 0
    with pytest.raises(JournalLocked), other.begin_run(RUNNER) as second:
        second.take(["long"])


def test_each_portion_is_small(
    journal: Journal, run: Run, other: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction writes more numbers, or more texts of numbers, than it may."""
    before = rows_of_tables(other)

    def measure(_: int) -> None:
        nonlocal before
        after = rows_of_tables(other)
        assert after["group_numbers"] - before["group_numbers"] <= 4
        assert after["groups"] - before["groups"] <= 2
        before = after

    after_each_portion(monkeypatch, journal, measure)
    plan_long(journal, run, "long", NUMBERS)


def test_another_run_sends_and_plans_meanwhile(
    journal: Journal,
    run: Run,
    other: Journal,
    make_group: MakeGroup,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It records its steps, renews its leases and plans lists after each portion, at once.

    The long list is not overtaken by lists of other numbers, however many.
    """

    def work(portion: int) -> None:
        name = f"short{portion}"
        group = make_group(OTHERS[portion], name=name)
        other.plan(batch_of(name), [group], seen=other.plannings(ACCOUNT))
        second.take_now([name])
        for leaves, enters in (
            (GroupState.PLANNED, GroupState.SENDING),
            (GroupState.SENDING, GroupState.CREATED),
        ):
            other.apply([Transition(name, 1, leaves, enters, 9, group_id=name)])
        other.renew_leases(other.owner)

    with other.begin_run(RUNNER) as second:
        portions = after_each_portion(monkeypatch, journal, work)
        plan_long(journal, run, "long", NUMBERS)
    assert len(other.batches()) == len(portions) + 1
    assert len({one.id for one in other.batches()}) == len(portions) + 1


def plan_the_number(other: Journal, make_group: MakeGroup) -> None:
    group = make_group(OTHERS[3], NUMBERS[7])
    other.plan(batch_of("short"), [group], seen=other.plannings(ACCOUNT))


def plan_the_same_list(other: Journal, make_group: MakeGroup) -> None:
    other.plan(batch_of("long again"), [make_group(OTHERS[3])], seen=other.plannings(ACCOUNT))


def give_the_same_name(other: Journal, make_group: MakeGroup) -> None:
    group = make_group(OTHERS[3], name="long 002")
    other.plan(batch_of("short"), [group], seen=other.plannings(ACCOUNT))


def send_it_again_after_a_refusal(other: Journal, _: MakeGroup) -> None:
    other.apply([Transition("refused", 1, GroupState.REFUSED, GroupState.PLANNED, 9)])


def sync_it_into_a_group(other: Journal, _: MakeGroup) -> None:
    step = ListStep(1, StepKind.ADD, "refused", 1, NUMBERS[7])
    member = ListBatch("sync", ACCOUNT, "vip", ListRole.SYNC, 1)
    seen = other.plannings(ACCOUNT)
    other.plan_list_batch(batch_of("sync"), [], member, [step], seen=seen)


def find_it_in_a_group_at_the_vendor(other: Journal, _: MakeGroup) -> None:
    member = ListBatch("sync", ACCOUNT, "vip", ListRole.SYNC, 1)
    corrections = [(("created", 1), [OTHERS[1], NUMBERS[7]])]
    other.plan_list_batch(batch_of("sync"), [], member, [], (), corrections)


def adopt_another_account(other: Journal, make_group: MakeGroup) -> None:
    other.plan(Batch("old", "f", "former", "a.csv", 7), [make_group(NUMBERS[7])])
    other.adopt(ACCOUNT, ["former"])


OVERTAKING = [
    plan_the_number,
    plan_the_same_list,
    give_the_same_name,
    send_it_again_after_a_refusal,
    sync_it_into_a_group,
    find_it_in_a_group_at_the_vendor,
    adopt_another_account,
]


@pytest.fixture
def _refused(other: Journal, make_group: MakeGroup) -> None:
    """A batch whose group with a number of the long list was refused, and one that was made."""
    for name, number, ends in (
        ("refused", NUMBERS[7], GroupState.REFUSED),
        ("created", OTHERS[1], GroupState.CREATED),
    ):
        other.plan(batch_of(name, 5), [make_group(number, name=name)])
        other.apply([Transition(name, 1, GroupState.PLANNED, GroupState.SENDING, 9)])
        other.apply([Transition(name, 1, GroupState.SENDING, ends, 9, group_id=name)])


@pytest.mark.parametrize("do", OVERTAKING, ids=lambda one: one.__name__)
@pytest.mark.usefixtures("_refused")
def test_overtaken_by_who_plans_one_of_its_numbers(
    do: Callable[[Journal, MakeGroup], None],
    journal: Journal,
    run: Run,
    other: Journal,
    make_group: MakeGroup,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever puts a number of it into a group meanwhile, or takes its place, is noticed."""
    made: dict[str, int] = {}

    def overtake(now: int) -> None:
        if now == 2:
            before = rows_of_tables(other)
            do(other, make_group)
            made.update({one: count - before[one] for one, count in rows_of_tables(other).items()})

    before = rows_of_tables(other)
    after_each_portion(monkeypatch, journal, overtake)
    with pytest.raises(PlanOvertaken):
        plan_long(journal, run, "long", NUMBERS)
    assert made
    assert rows_of_tables(other) == {one: count + made[one] for one, count in before.items()}
    assert check_groups(other) == []


def check_groups(journal: Journal) -> list[str]:
    """Return what a check finds but for rows of batches, which are not kept here."""
    return [one for one in check(journal).findings if "rows of this batch" not in one]


def test_two_long_plans_with_a_common_number(
    journal: Journal, run: Run, other: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever is recorded first is a batch, and the other one is overtaken and leaves nothing."""

    def plan_the_other(portion: int) -> None:
        if portion == 3:
            with other.begin_run(RUNNER) as second:
                plan_long(other, second, "second", [*OTHERS[:6], NUMBERS[0]])

    after_each_portion(monkeypatch, journal, plan_the_other)
    with pytest.raises(PlanOvertaken):
        plan_long(journal, run, "long", NUMBERS)
    assert [one.id for one in other.batches()] == ["second"]
    assert rows_of_tables(other) == {
        "batches": 1, "groups": 3, "known": 0, "group_numbers": 7, "plans": 0,
    }  # fmt: skip


def test_what_was_planned_is_looked_through_before_the_last_transaction(
    journal: Journal,
    run: Run,
    other: Journal,
    make_group: MakeGroup,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The journal is held for few numbers only, and others may plan more meanwhile.

    What was looked through is not looked through again.
    """
    looks: list[int] = []
    look = planned_since.common

    def watch(database: Database, batch: Batch, ordinal: int, seen: int) -> Iterator[Any]:
        looks.append(seen)
        yield from look(database, batch, ordinal, seen)
        if len(looks) == 1:
            other.plan(batch_of("later"), [make_group(OTHERS[20], name="later")])

    def plan_many(portion: int) -> None:
        if portion == 2:
            other.plan(batch_of("short"), [make_group(*OTHERS[:9])])

    monkeypatch.setattr(planned_since, "common", watch)
    after_each_portion(monkeypatch, journal, plan_many)
    plan_long(journal, run, "long", NUMBERS)
    assert looks == [0, 1]


def test_numbers_that_others_plan_again_and_again_are_left_to_them(
    journal: Journal,
    run: Run,
    other: Journal,
    make_group: MakeGroup,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where known numbers are skipped, a long plan comes through, however often it is overtaken.

    A group that has no number left is none.
    """
    taken = [NUMBERS[at : at + 2] for at in (2, 6, 8, 10)]

    def plan_some(portion: int) -> None:
        if portion in {2, 6, 7, 8}:
            numbers = taken[len(other.batches())]
            name = f"short{len(other.batches())}"
            other.plan(batch_of(name), [make_group(*numbers, name=name)])

    after_each_portion(monkeypatch, journal, plan_some)
    left = journal.plan_large(
        batch_of("long"),
        Planned("long", NUMBERS),
        run.take_now,
        seen=0,
        known="skip",
        keep_lines=lambda: journal.write_rows_file("long", lambda file: file.write(b"lines")),
    )
    assert left == 8
    groups = {one.group.seq: one.group.phones.split(",") for one in other.groups("long")}
    assert groups == {1: NUMBERS[:2], 2: NUMBERS[4:6]}
    assert [one.group.size for one in other.groups("long")] == [2, 2]
    skipped = other.skipped("long")
    assert dict(zip(skipped["number"], skipped["batch"], strict=True)) == {
        number: f"short{at}" for at, numbers in enumerate(taken) for number in numbers
    }
    assert check_groups(other) == []
    assert not database_of(other).kept_batches(), "lines that are no longer true"


def test_known_numbers_that_are_allowed_overtake_nobody(
    journal: Journal,
    run: Run,
    other: Journal,
    make_group: MakeGroup,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The operator wants them in a group of this list as well, whoever else has them in one."""

    def plan_some(portion: int) -> None:
        if portion == 2:
            other.plan(batch_of("short"), [make_group(*NUMBERS[:9])])

    after_each_portion(monkeypatch, journal, plan_some)
    planned = Planned("long", NUMBERS)
    assert journal.plan_large(batch_of("long"), planned, run.take_now, seen=0, known="allow") == 0
    assert [one.id for one in other.batches()] == ["long", "short"]
    assert rows_of_tables(other)["group_numbers"] == len(NUMBERS) + 9


def test_a_common_number_among_many_is_found_before_the_last_transaction(
    journal: Journal,
    run: Run,
    other: Journal,
    make_group: MakeGroup,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many numbers others have planned, the one that is common is among them."""
    after_each_portion(
        monkeypatch,
        journal,
        lambda portion: (
            other.plan(batch_of("short"), [make_group(*OTHERS[:9], NUMBERS[0])])
            if portion == 2
            else None
        ),
    )
    with pytest.raises(PlanOvertaken):
        plan_long(journal, run, "long", NUMBERS)
    assert rows_of_tables(other)["group_numbers"] == 10


KILLED = """
import os, sys
from pathlib import Path
import pytest
from importer.journal.run import Run
from importer.store import store_of
from tests.journal.long_plans import (
    NUMBERS, RUNNER, after_each_portion, in_small_portions, plan_long,
)

def die_after(last, do):
    child = os.fork()
    if not child:
        patch = pytest.MonkeyPatch()
        in_small_portions(patch)
        with store_of(os.environ).open() as journal, journal.begin_run(RUNNER) as run:
            end = lambda portion: os.kill(os.getpid(), 9) if portion == last else None
            after_each_portion(patch, journal, end)
            do(journal, run)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)

def plan(journal, run):
    plan_long(journal, run, f"long{os.getpid()}", NUMBERS)

def remove(journal, run):
    journal.remove_abandoned_plans()

if sys.argv[1] == "plan":
    killed = [die_after(last, plan) for last in range(1, 7)]
else:
    killed = [die_after(last, remove) for last in range(1, int(sys.argv[1]))]
print(all(killed))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it forks")
def test_killed_after_any_portion(store: Store, make_group: MakeGroup) -> None:
    """Nothing of what a killed run has recorded counts, and the next one removes all of it.

    So it does where it is killed itself while it removes.
    """
    assert str(store)
    with store_of(os.environ).open() as journal:
        journal.plan(batch_of("b0", 5), [make_group(OTHERS[0])])
        journal.save_rows("b0", *plain())
        before = rows_of_tables(journal)
        for how in ("plan", "9"):
            assert _forked(how) == "True"
            assert rows_of_tables(journal)["plans"] in range(1, 7)
            assert journal.known_among(pd.Series(NUMBERS), ACCOUNT, "").empty
            assert check(journal).findings == ()
        with journal.begin_run(RUNNER) as run:
            journal.remove_abandoned_plans()
            assert rows_of_tables(journal) == before
            plan_long(journal, run, "long", NUMBERS)
        assert not database_of(journal).rows("SELECT 1 FROM leases")
        assert [one.id for one in journal.batches()] == ["b0", "long"]


def _forked(how: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", KILLED, how], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or done.stderr


def test_a_plan_that_is_written_at_this_moment_is_left_alone(
    journal: Journal, run: Run, other: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever removes what killed runs left takes nothing from a run that is alive."""
    after_each_portion(monkeypatch, journal, lambda _: other.remove_abandoned_plans())
    with other.begin_run(RUNNER):
        plan_long(journal, run, "long", NUMBERS)
    assert [one.size for one in (record.group for record in other.groups("long"))] == [3] * 4
    assert check_groups(other) == []


@pytest.mark.parametrize("portion", [1, 4, 6])
def test_a_run_that_was_thought_dead_writes_nothing_more(
    portion: int, journal: Journal, run: Run, other: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its plan is removed by another run once its lease has run out, and it ends with a sentence.

    It keeps no lines either: a file of lines without a batch would stop every other run.
    """

    def take_over(now: int) -> None:
        if now == portion:
            database_of(other).change("UPDATE leases SET until_ms = 1")
            other.remove_abandoned_plans()

    after_each_portion(monkeypatch, journal, take_over)
    with pytest.raises(JournalError, match="was not heard of for two minutes") as told:
        journal.plan_large(
            batch_of("long"),
            Planned("long", NUMBERS),
            run.take_now,
            seen=0,
            keep_lines=lambda: journal.write_rows_file("long", lambda file: file.write(b"lines")),
        )
    assert "Nothing was sent" in str(told.value) or portion == 6
    assert set(rows_of_tables(other).values()) == {0}
    other.refuse_lost_batches()
    assert not database_of(other).kept_batches()


def test_lines_are_kept_before_it_is_a_batch(
    journal: Journal, run: Run, other: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the batch's as soon as it is there, and go with a plan that never becomes one."""
    monkeypatch.setattr("importer.journal.database.postgres.database.A_PART", 3)

    def plan(name: str) -> None:
        journal.plan_large(
            batch_of(name),
            Planned(name, NUMBERS[:3]),
            run.take_now,
            seen=0,
            keep_lines=lambda: keep(name),
        )

    def keep(name: str) -> None:
        journal.write_rows_file(name, lambda file: file.write(b"lines"))
        other.refuse_lost_batches()
        assert not database_of(other).kept_batches() & {name}
        if name == "killed":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan("killed")
    journal.release_leases(journal.owner)
    journal.remove_abandoned_plans()
    plan("long")
    assert database_of(other).kept_batches() == {"long"}
    with other.open_rows_file("long") as file:
        assert file.read() == b"lines"
    other.refuse_lost_batches()


def test_a_batch_of_an_older_version_is_looked_through(
    run: Run, journal: Journal, other: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that began before PostgreSQL's tables were brought up to date does not say when."""
    if "sqlite" in str(journal.database):
        pytest.skip("a file is brought up to date while nobody uses it")

    def plan_as_before(portion: int) -> None:
        if portion == 2:
            database_of(other).change(
                "INSERT INTO batches (id, fingerprint, account, file, created_ms, settings, "
                "corrects, ordinal) VALUES ('old', 'f', ?, 'a.csv', 1, '{}', '', 99)",
                (ACCOUNT,),
            )
            other.run(lambda: _insert_a_group(other))

    after_each_portion(monkeypatch, journal, plan_as_before)
    with pytest.raises(PlanOvertaken):
        plan_long(journal, run, "long", NUMBERS)


def _insert_a_group(journal: Journal) -> None:
    journal.insert_only_groups("old", [Group(1, "old 1", "HK", "#", NUMBERS[0], 1)])


def test_two_that_remove_the_same_plan_take_nothing_of_a_batch_that_follows_it(
    store: Store, make_group: MakeGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a file the ordinal of a removed plan is given again, while a slower run still removes."""
    with store.open() as slow, store.open() as fast:
        leave_abandoned(slow, monkeypatch)

        def be_quicker(portion: int) -> None:
            if portion == 1:
                fast.remove_abandoned_plans()
                fast.plan(batch_of("short"), [make_group(*NUMBERS)])

        after_each_portion(monkeypatch, slow, be_quicker)
        slow.remove_abandoned_plans()
        known = fast.known_among(pd.Series(NUMBERS), ACCOUNT, "")
        assert known["number"].tolist() == NUMBERS
        assert check_groups(fast) == []


def leave_abandoned(journal: Journal, patch: pytest.MonkeyPatch) -> None:
    """Let a run end in the middle of a plan."""

    def stop(portion: int) -> None:
        if portion == 5:
            raise KeyboardInterrupt

    with patch.context() as dying, suppress(KeyboardInterrupt):
        after_each_portion(dying, journal, stop)
        with journal.begin_run(RUNNER) as run:
            plan_long(journal, run, "dead", NUMBERS)
    assert rows_of_tables(journal)["plans"] == 1


def test_what_is_forgotten_is_in_no_abandoned_plan(
    store: Store, make_group: MakeGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed run of the same list has left its numbers too: nobody else would remove them."""
    with store.open() as journal:
        leave_abandoned(journal, monkeypatch)
        journal.plan(batch_of("short"), [make_group(NUMBERS[0])])
        for leaves, enters in (
            (GroupState.PLANNED, GroupState.SENDING),
            (GroupState.SENDING, GroupState.CREATED),
        ):
            journal.apply([Transition("short", 1, leaves, enters, 9)])
        journal.forget([forgotten("short")], 10)
        journal.clean()
        assert rows_of_tables(journal) == {
            "batches": 1, "groups": 1, "known": 0, "group_numbers": 0, "plans": 0,
        }  # fmt: skip


def test_a_journal_with_an_abandoned_plan_is_no_target_of_a_copy(
    store: Store, tmp_path: Path, make_group: MakeGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan's ordinal may be a batch's that is copied, whose numbers went with the plan then."""
    with store.open() as target, new_store("sqlite", tmp_path / "other").open() as source:
        leave_abandoned(target, monkeypatch)
        source.plan(batch_of("short"), [make_group(*NUMBERS)])
        with pytest.raises(JournalError, match="a copy needs a new one"):
            copy(source.database, target.database)
        target.remove_abandoned_plans()
        copy(source.database, target.database)
        assert check_groups(target) == []
        assert rows_of_tables(target)["group_numbers"] == len(NUMBERS)
