"""The plan of a sync: afterwards the groups hold the file's numbers, whatever they held before."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from importer.batch.lists.difference import Difference, Members, Place, difference
from importer.model import StepKind

SIZE = 4
NUMBERS = st.integers(0, 25).map(str)
KEYS = st.sampled_from(["HK", "CN"])


@st.composite
def lists(draw: st.DrawFn, *, doubles: bool = False) -> list[Members]:
    """Groups of at most SIZE numbers, each number in one of them or, with `doubles`, in several."""
    count = draw(st.integers(0, 5))
    free = [str(one) for one in range(26)]
    groups = []
    for seq in range(count):
        held = draw(st.lists(st.sampled_from(free), min_size=1, max_size=SIZE, unique=True))
        if not doubles:
            free = [one for one in free if one not in held]
        others = draw(st.integers(0, SIZE - len(held)))
        groups.append(Members(("b", seq), tuple(held), others if draw(st.booleans()) else 0))
    return groups


def carry_out(groups: list[Members], plan: Difference, size: int = SIZE) -> list[set[str]]:
    """Do what is planned, in its order, and check each group after each call."""
    held = {one.place: set(one.numbers) for one in groups}
    others = {one.place: one.others for one in groups}
    kinds = [one.kind is StepKind.ADD for one in plan.updates]
    assert kinds == sorted(kinds, reverse=True), "adds come before removes"
    assert len({(one.place, one.kind) for one in plan.updates}) == len(plan.updates)
    new = [set(plan.new)] if plan.new else []
    for one in plan.updates:
        members = held[one.place]
        if one.kind is StepKind.ADD:
            assert members.isdisjoint(one.numbers)
            members.update(one.numbers)
            assert len(members) + others[one.place] <= size
        else:
            assert members.issuperset(one.numbers)
            members.difference_update(one.numbers)
        if one.kind is StepKind.REMOVE:
            assert members or others[one.place], "no call empties a group"
        if one.kind is StepKind.DELETE:
            assert not members
            assert not others[one.place], "nobody else's numbers go"
            del held[one.place]
            assert any(held.values()) or new, "the list has another group"
    return [*held.values(), *new]


def after(groups: list[Members], plan: Difference) -> dict[Place, set[str]]:
    """Return what each group holds then; those that are deleted are not among them."""
    held = {one.place: set(one.numbers) for one in groups}
    for one in plan.updates:
        if one.kind is StepKind.ADD:
            held[one.place].update(one.numbers)
        elif one.kind is StepKind.REMOVE:
            held[one.place].difference_update(one.numbers)
        else:
            del held[one.place]
    return held


@given(lists(doubles=True), st.dictionaries(NUMBERS, KEYS, min_size=1))
def test_the_end_is_the_file_s_set(groups: list[Members], wanted: dict[str, str]) -> None:
    """Each wanted number is in exactly one group, and no other number is in any."""
    plan = difference(wanted, groups, size=SIZE)
    counts = Counter(one for members in carry_out(groups, plan) for one in members)
    assert counts == Counter(dict.fromkeys(wanted, 1))
    before = {number for one in groups for number in one.numbers}
    assert set(plan.added) == wanted.keys() - before
    assert set(plan.removed) == before - wanted.keys()
    assert plan.kept == len(before & wanted.keys())


@given(lists(), st.dictionaries(NUMBERS, KEYS, min_size=1))
def test_a_second_time_changes_nothing(groups: list[Members], wanted: dict[str, str]) -> None:
    """What was made of a file needs no call for the same file."""
    plan = difference(wanted, groups, size=SIZE)
    others = {one.place: one.others for one in groups}
    held = after(groups, plan)
    new: dict[str, list[str]] = {}
    for number in plan.new:
        new.setdefault(wanted[number], []).append(number)
    now = [
        *(Members(place, tuple(numbers), others[place]) for place, numbers in held.items()),
        *(Members(("new", at), tuple(numbers)) for at, numbers in enumerate(new.values())),
    ]
    assert difference(wanted, now, size=26).is_empty


@given(lists(), st.dictionaries(NUMBERS, KEYS, min_size=1))
def test_groups_of_a_key_stay_of_that_key(groups: list[Members], wanted: dict[str, str]) -> None:
    """No call puts a number beside numbers that are of another country."""
    plan = difference(wanted, groups, size=SIZE)
    held = after(groups, plan).values()
    assert all(len({wanted[number] for number in members}) <= 1 for members in held)


@given(
    st.lists(st.integers(0, SIZE - 1), max_size=5),
    st.integers(0, 12),
)
def test_the_calls_are_the_fewest(rooms: list[int], count: int) -> None:
    """No choice of groups to add to takes fewer calls, new groups counted as well."""
    groups = [
        Members(("b", seq), tuple(f"{seq}.{at}" for at in range(SIZE - room)))
        for seq, room in enumerate(rooms)
    ]
    wanted = {number: "HK" for one in groups for number in one.numbers}
    wanted |= {str(at): "HK" for at in range(count)}
    plan = difference(wanted, groups, size=SIZE)
    calls = len(plan.updates) + -(-len(plan.new) // SIZE)
    possible = [
        used + -(-max(0, count - sum(chosen)) // SIZE)
        for used in range(len(rooms) + 1)
        for chosen in combinations(rooms, used)
    ]
    assert calls == min(possible)
    assert plan.count(StepKind.REMOVE) == plan.count(StepKind.DELETE) == 0


@given(lists(), st.dictionaries(NUMBERS, KEYS, min_size=1))
def test_back_to_what_was(groups: list[Members], wanted: dict[str, str]) -> None:
    """With the earlier groups as homes, what a sync removed returns to where it was."""
    first = difference(wanted, groups, size=SIZE)
    held = after(groups, first)
    made = Members(("new", 0), first.new)
    others = {one.place: one.others for one in groups}
    now = [Members(place, tuple(numbers), others[place]) for place, numbers in held.items()]
    homes = {number: one.place for one in groups for number in one.numbers}
    if not homes:
        return
    wanted = dict.fromkeys(homes, "")
    back = difference(wanted, [*now, made], size=2 * SIZE, homes=homes, closed={made.place})
    again = after([*now, made], back)
    assert all(one in again[homes[one]] for one in first.removed if homes[one] in held)
    assert {number for numbers in again.values() for number in numbers} | {*back.new} == {*homes}
    assert not again.get(made.place)


def test_one_call_for_a_number_that_was_corrected() -> None:
    """A corrected number leaves its group by one call and goes where there is room by another."""
    groups = [Members(("b", 1), ("1", "2", "3", "4")), Members(("b", 2), ("5", "6"))]
    wanted = dict.fromkeys(["1", "2", "3", "7", "5", "6"], "HK")
    plan = difference(wanted, groups, size=4)
    assert [(one.kind, one.place, one.numbers) for one in plan.updates] == [
        (StepKind.ADD, ("b", 2), ("7",)),
        (StepKind.REMOVE, ("b", 1), ("4",)),
    ]
    assert plan.new == ()


def test_the_last_groups_of_a_list_are_not_deleted() -> None:
    """Where no number stays and none comes, nothing is planned for the groups."""
    groups = [Members(("b", 1), ("1", "2")), Members(("b", 2), ("3",))]
    plan = difference({}, groups, size=SIZE)
    assert (plan.updates, plan.removed) == ((), ("1", "2", "3"))
