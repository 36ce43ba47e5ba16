"""What changes in a list's groups so that they hold exactly a file's numbers. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from importer.model import StepKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

Place: TypeAlias = tuple[str, int]
"""A group: its batch, and its place there."""


@dataclass(frozen=True, slots=True)
class Members:
    """What a group of a list holds."""

    place: Place
    numbers: tuple[str, ...]
    """Those that this journal put there."""
    others: int = 0
    """How many numbers somebody else put there; they are never touched."""


@dataclass(frozen=True, slots=True)
class Update:
    """One call that changes a group."""

    kind: StepKind
    place: Place
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changes, the calls that add before those that remove."""

    updates: tuple[Update, ...] = ()
    new: tuple[str, ...] = ()
    """Numbers that go into new groups, in the file's order."""
    added: tuple[str, ...] = ()
    """Numbers that the list did not have."""
    removed: tuple[str, ...] = ()
    """Numbers that the file does not have."""
    moved: tuple[str, ...] = ()
    """Numbers that leave a group and stay in another one, or go into it."""
    kept: int = 0
    """Numbers that the list had and keeps."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not self.updates and not self.new

    def count(self, kind: StepKind) -> int:
        """Count the calls of a kind."""
        return sum(one.kind is kind for one in self.updates)


@dataclass(slots=True)
class _Plan:
    """A plan in the making."""

    leaving: dict[Place, list[str]] = field(default_factory=dict)
    coming: dict[Place, list[str]] = field(default_factory=lambda: defaultdict(list))
    room: dict[Place, int] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)

    def put(self, place: Place, numbers: Iterable[str]) -> None:
        for one in numbers:
            self.coming[place].append(one)
            self.room[place] -= 1


def difference(
    wanted: Mapping[str, str],
    groups: Sequence[Members],
    *,
    size: int,
    homes: Mapping[str, Place] | None = None,
    closed: Collection[Place] = (),
) -> Difference:
    """Plan the fewest calls after which the groups hold exactly the wanted numbers, each once.

    `wanted` gives for each number, in the file's order, what the numbers of a group have in common.
    A group has at most `size` numbers at any time, also between its two calls. What does not fit
    into groups that have room goes into new groups. `homes` names the group that a number should
    go into, where it is still there; into the `closed` groups nothing goes.

    No group is emptied: it is deleted whole, where another one has numbers of the list.
    """
    keys = _keys(groups, wanted)
    plan = _Plan(room={one.place: size - len(one.numbers) - one.others for one in groups})
    staying = _staying(groups, wanted, keys, plan, closed)
    leaving = dict.fromkeys(chain.from_iterable(plan.leaving.values()))
    moved = [number for number in leaving if number in wanted]
    homeless = [number for number in moved if number not in staying]
    removed = tuple(number for number in leaving if number not in wanted)
    added = [number for number in wanted if number not in staying and number not in leaving]
    _place_all([*added, *homeless], wanted, groups, keys, plan, size, homes or {}, closed)
    return Difference(
        updates=tuple(_updates(groups, plan)),
        new=tuple(one for one in wanted if one in plan.new) if plan.new else (),
        added=tuple(added),
        removed=removed,
        moved=tuple(moved),
        kept=len(staying) + len(homeless),
    )


def _staying(
    groups: Sequence[Members],
    wanted: Mapping[str, str],
    keys: Mapping[Place, str | None],
    plan: _Plan,
    closed: Collection[Place],
) -> set[str]:
    """Plan which numbers leave their groups; return those that stay, each in one group."""
    staying: set[str] = set()
    for one in groups:
        key = None if one.place in closed else keys[one.place]
        leaving = [
            number
            for number in one.numbers
            if key is None or wanted.get(number) != key or number in staying
        ]
        if leaving:
            plan.leaving[one.place] = leaving
        staying.update(set(one.numbers).difference(leaving) if leaving else one.numbers)
    return staying


def _keys(groups: Sequence[Members], wanted: Mapping[str, str]) -> dict[Place, str | None]:
    """Return what most of a group's numbers have in common; None where none of them stays."""
    keys: dict[Place, str | None] = {}
    for one in groups:
        counts = Counter(map(wanted.get, one.numbers))
        del counts[None]
        keys[one.place] = min(counts, key=lambda key: (-counts[key], key)) if counts else None
    return keys


def _place_all(
    coming: Sequence[str],
    wanted: Mapping[str, str],
    groups: Sequence[Members],
    keys: Mapping[Place, str | None],
    plan: _Plan,
    size: int,
    homes: Mapping[str, Place],
    closed: Collection[Place],
) -> None:
    """Decide for each number that comes into which group it goes."""
    left: dict[str, list[str]] = defaultdict(list)
    for number in coming:
        home = homes.get(number)
        if home is not None and home not in closed and plan.room.get(home, 0) > 0:
            plan.put(home, [number])
        else:
            left[wanted[number]].append(number)
    for key, numbers in left.items():
        free = [
            one.place
            for one in groups
            if keys[one.place] == key and one.place not in closed and plan.room[one.place] > 0
        ]
        # A group that is called anyway costs no further call.
        called = [one for one in free if one in plan.coming]
        rest = _fill(called, numbers, plan)
        others = [one for one in free if one not in plan.coming]
        others.sort(key=lambda place: (-plan.room[place], place))
        rooms = [plan.room[one] for one in others]
        plan.new.update(_fill(others[: _fewest_calls(rooms, len(rest), size)], rest, plan))


def _fill(places: Sequence[Place], numbers: Sequence[str], plan: _Plan) -> Sequence[str]:
    """Put numbers into groups as far as there is room; return the rest."""
    for place in places:
        room = plan.room[place]
        plan.put(place, numbers[:room])
        numbers = numbers[room:]
        if not numbers:
            break
    return numbers


def _fewest_calls(rooms: Sequence[int], count: int, size: int) -> int:
    """Return into how many groups to add, roomiest first, so that calls are fewest in all.

    Each takes a call, and so does each new group for the rest. Of two ways with as many calls the
    one with fewer new groups is taken.
    """
    best, fewest, held = 0, -(-count // size), 0
    for used, room in enumerate(rooms, 1):
        if held >= count:
            break
        held += room
        calls = used + -(-max(0, count - held) // size)
        if calls <= fewest:
            best, fewest = used, calls
    return best


def _updates(groups: Sequence[Members], plan: _Plan) -> Iterator[Update]:
    """Return the calls: all that add, then all that remove."""
    for one in groups:
        if plan.coming.get(one.place):
            yield Update(StepKind.ADD, one.place, tuple(plan.coming[one.place]))
    for one in groups:
        leaving = plan.leaving.get(one.place)
        if not leaving:
            continue
        is_emptied = len(leaving) == len(one.numbers) and not plan.coming.get(one.place)
        if not is_emptied or one.others:
            yield Update(StepKind.REMOVE, one.place, tuple(leaving))
        elif plan.new or any(_has_numbers(other, plan) for other in groups):
            yield Update(StepKind.DELETE, one.place, one.numbers)


def _has_numbers(one: Members, plan: _Plan) -> bool:
    stays = len(one.numbers) > len(plan.leaving.get(one.place, ()))
    return stays or bool(plan.coming.get(one.place))
