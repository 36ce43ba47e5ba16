"""A long list's plan is overtaken by who plans its numbers meanwhile, and by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import PlanOvertaken
from importer.journal import planned_since
from importer.model import (
    Batch,
    Group,
    GroupState,
    ListBatch,
    ListRole,
    ListStep,
    StepKind,
    Transition,
)
from tests.journal.long_plans import (
    ACCOUNT,
    NUMBERS,
    OTHERS,
    RUNNER,
    Planned,
    batch_of,
    check_groups,
    plan_long,
    rows_of_tables,
)
from tests.stores import database_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.journal import Journal
    from importer.journal.database.protocol import Database
    from importer.journal.run import Run
    from tests.conftest import MakeGroup
    from tests.journal.long_plans import AfterEach

pytestmark = pytest.mark.usefixtures("small_portions")


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
    after_each: AfterEach,
) -> None:
    """Whatever puts a number of it into a group meanwhile, or takes its place, is noticed."""
    made: dict[str, int] = {}

    def overtake(now: int) -> None:
        if now == 2:
            before = rows_of_tables(other)
            do(other, make_group)
            made.update({one: count - before[one] for one, count in rows_of_tables(other).items()})

    before = rows_of_tables(other)
    after_each(overtake)
    with pytest.raises(PlanOvertaken):
        plan_long(journal, run, "long", NUMBERS)
    assert made
    assert rows_of_tables(other) == {one: count + made[one] for one, count in before.items()}
    assert check_groups(other) == []


def test_two_long_plans_with_a_common_number(
    journal: Journal, run: Run, other: Journal, after_each: AfterEach
) -> None:
    """Whichever is recorded first is a batch, and the other one is overtaken and leaves nothing."""

    def plan_the_other(portion: int) -> None:
        if portion == 3:
            with other.begin_run(RUNNER) as second:
                plan_long(other, second, "second", [*OTHERS[:6], NUMBERS[0]])

    after_each(plan_the_other)
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
    after_each: AfterEach,
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
    after_each(plan_many)
    plan_long(journal, run, "long", NUMBERS)
    assert looks == [0, 1]


def test_numbers_that_others_plan_again_and_again_are_left_to_them(
    journal: Journal,
    run: Run,
    other: Journal,
    make_group: MakeGroup,
    after_each: AfterEach,
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

    after_each(plan_some)
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
    after_each: AfterEach,
) -> None:
    """The operator wants them in a group of this list as well, whoever else has them in one."""

    def plan_some(portion: int) -> None:
        if portion == 2:
            other.plan(batch_of("short"), [make_group(*NUMBERS[:9])])

    after_each(plan_some)
    planned = Planned("long", NUMBERS)
    assert journal.plan_large(batch_of("long"), planned, run.take_now, seen=0, known="allow") == 0
    assert [one.id for one in other.batches()] == ["long", "short"]
    assert rows_of_tables(other)["group_numbers"] == len(NUMBERS) + 9


def test_a_common_number_among_many_is_found_before_the_last_transaction(
    journal: Journal,
    run: Run,
    other: Journal,
    make_group: MakeGroup,
    after_each: AfterEach,
) -> None:
    """However many numbers others have planned, the one that is common is among them."""
    after_each(
        lambda portion: (
            other.plan(batch_of("short"), [make_group(*OTHERS[:9], NUMBERS[0])])
            if portion == 2
            else None
        ),
    )
    with pytest.raises(PlanOvertaken):
        plan_long(journal, run, "long", NUMBERS)
    assert rows_of_tables(other)["group_numbers"] == 10


def test_a_batch_of_an_older_version_is_looked_through(
    run: Run, journal: Journal, other: Journal, after_each: AfterEach
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

    after_each(plan_as_before)
    with pytest.raises(PlanOvertaken):
        plan_long(journal, run, "long", NUMBERS)


def _insert_a_group(journal: Journal) -> None:
    journal.insert_only_groups("old", [Group(1, "old 1", "HK", "#", NUMBERS[0], 1)])
