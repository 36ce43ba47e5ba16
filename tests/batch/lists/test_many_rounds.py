"""Two lists over many rounds, with faults and kills in between: the end is the file's set.

Lists grow, shrink, are shuffled, corrected and emptied, get each other's files and share numbers;
one begins with a batch that is adopted. Syncs are undone, and somebody else changes their groups.
After each round that came to its end the vendor holds exactly the file's numbers in the list's
groups, each in one of them; one that was stopped has changed nothing; foreign groups are untouched.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.journal import Journal
from importer.sandbox.faults import CREATE_FAULTS, DELETE_FAULTS, LISTING_FAULTS, UPDATE_FAULTS
from importer.sandbox.listing import CreatedGroup
from tests.fast_forward import pass_time
from tests.served import Done, Operator, fast_sandbox, hong_kong, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.sandbox import Sandbox

LISTS = ("customers", "others")
NUMBERS = [one.removeprefix("+") for one in hong_kong(60)]
FOREIGN = CreatedGroup("theirs", "theirs", ("85299999999", NUMBERS[0]), "#not ours", "1")
# A proxy that carries a createGroup out twice is found and told, and its double stays.
CREATES = sorted({*CREATE_FAULTS} - {"twice", "second-answer", "huge-answer", "packed-answer"})
FAULTS = {
    "createGroup": st.sampled_from(CREATES),
    "updateGroup": st.sampled_from(sorted(UPDATE_FAULTS)),
    "deleteGroup": st.sampled_from(sorted(DELETE_FAULTS)),
    "listGroup": st.sampled_from(sorted({*LISTING_FAULTS} - {"listing-huge"})),
}
CHANGES = (
    "grow", "shrink", "shuffle", "correct", "empty", "other", "replace", "same", "undo", "meddle",
)  # fmt: skip
STRANGE = "85299999998"
"""A number that somebody else puts into a list's group."""


class Killed(Exception):
    """The process ends here, and nothing is put right."""


@dataclass(frozen=True)
class Round:
    """What happens to one list."""

    name: str
    change: str
    seed: int
    faults: dict[str, list[str]]
    kill_at: int | None
    """Before which record of the journal the process is killed."""
    is_after: bool
    """Whether the record is written first."""


ROUNDS = st.builds(
    Round,
    name=st.sampled_from(LISTS),
    change=st.sampled_from(CHANGES),
    seed=st.integers(0, 10**6),
    faults=st.fixed_dictionaries({key: st.lists(one, max_size=3) for key, one in FAULTS.items()}),
    kill_at=st.none() | st.integers(1, 12),
    is_after=st.booleans(),
)


@dataclass
class World:
    """The vendor, the operator, and what each list should hold."""

    operator: Operator
    sandbox: Sandbox
    patch: pytest.MonkeyPatch
    accepted: dict[str, frozenset[str]] = field(
        default_factory=lambda: dict.fromkeys(LISTS, frozenset())
    )
    count: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    before: dict[str, frozenset[str]] = field(default_factory=dict)
    """What a list held before each sync."""
    strange: Counter[str] = field(default_factory=Counter)
    """How many numbers of somebody else's each list has."""

    def held(self, name: str) -> Counter[str]:
        """Count in how many of a list's groups each number is, by the server's own state."""
        groups = [one for one in self.sandbox.groups.values() if one.group_name.startswith(name)]
        held = Counter(number for one in groups for number in one.phones)
        assert held.pop(STRANGE, 0) == self.strange[name]
        return held

    def sync(self, name: str, path: Path, *more: str) -> Done:
        return self.operator.run(
            "sync", path, "--list", name, "--name", f"{name} {{seq:03}}", "--group-size", "5",
            "--known", "allow", *more,
        )  # fmt: skip

    def play(self, one: Round) -> None:
        """Play a round, kill and go on, and check what came of it."""
        if one.change == "undo":
            self.undo(one)
            return
        if one.change == "meddle":
            self.meddle(one)
        wanted = changed(self.accepted, one)
        path = self.operator.write_list(f"{next(self.count)}.csv", [f"+{n}" for n in wanted])
        before = self.held(one.name)
        done = self._until_killed(one, lambda: self.sync(one.name, path))
        if done is not None and done.exit == 3:
            assert self.held(one.name) == before
            self.check_rails(one.name, wanted)
            return
        done = self._until_done(done, lambda: self.sync(one.name, path))
        if done.exit == 3:  # It was killed before it was accepted.
            self.check_rails(one.name, wanted)
            return
        assert done.exit == 0, done.out + done.err
        # A number that somebody else took out is what this sync added, so its undo takes it out.
        self.before.setdefault(self.batches(one.name)[-1], frozenset(before))
        self.accepted[one.name] = frozenset(wanted)
        self.check()

    def adopt(self, name: str, seed: int) -> None:
        """Run a list, and let it be the beginning of one that is kept in step."""
        wanted = changed(self.accepted, Round(name, "begin", seed, {}, None, is_after=False))
        path = self.operator.write_list("adopted.csv", [f"+{one}" for one in wanted])
        how = ("--name", f"{name} {{seq:03}}", "--group-size", "5", "--known", "allow")
        batch = json.loads(self.operator.run("run", path, *how, "--json").out)["batch"]
        assert self.sync(name, path, "--adopt", batch).exit == 0
        self.before[batch] = frozenset()
        self.accepted[name] = frozenset(wanted)
        self.check()

    def undo(self, one: Round) -> None:
        """Take the newest sync of a list back, kill and go on: it holds what it held before."""
        syncs = [batch for batch in self.batches(one.name) if batch in self.before]
        if not syncs or (len(syncs) == 1 and self.strange[one.name]):
            return  # A group with somebody else's numbers is not deleted.

        def undo() -> Done:
            return self.operator.run("undo", syncs[-1], "--yes")

        done = self._until_done(self._until_killed(one, undo), undo)
        assert done.exit == 0, done.out + done.err
        self.accepted[one.name] = self.before[syncs[-1]]
        self.check()

    def meddle(self, one: Round) -> None:
        """Let somebody else take a number out of a list's group, and put another one in."""
        groups = self.sandbox.groups
        for key, group in list(groups.items()):
            if not group.group_name.startswith(one.name) or len(group.phones) < 2:
                continue
            if STRANGE in group.phones:
                continue
            groups[key] = replace(group, phones=(*group.phones[1:], STRANGE))
            self.strange[one.name] += 1
            break
        pass_time(400)

    def batches(self, name: str) -> list[str]:
        """Return the batches of a list that were not undone, the oldest first."""
        lists = map(json.loads, self.operator.run("lists", "--json").out.splitlines())
        return next((one["batches"] for one in lists if one["list"] == name), [])

    def _until_killed(self, one: Round, act: Callable[[], Done]) -> Done | None:
        for action, names in one.faults.items():
            self.sandbox._plan._scripts[action] = iter(names)
        try:
            with killed_at(one.kill_at, self.patch, is_after=one.is_after):
                return act()
        except Killed:
            return None

    def _until_done(self, done: Done | None, act: Callable[[], Done]) -> Done:
        for action in FAULTS:
            self.sandbox._plan._scripts[action] = iter(())
        for _ in range(4):
            if done is not None and done.exit == 0:
                break
            pass_time(400)
            done = act()
        assert done is not None
        return done

    def check_rails(self, name: str, wanted: list[str]) -> None:
        """Check that there was a reason to stop."""
        before = self.accepted[name]
        removed = len(before.difference(wanted))
        halved = 2 * len(wanted) < len(before)
        assert not wanted or removed * 100 > len(before) * 10 or halved

    def check(self) -> None:
        """Check what the vendor holds of each list, and of everybody else."""
        for name, numbers in self.accepted.items():
            assert self.held(name) == Counter(dict.fromkeys(numbers, 1)), name
        assert self.sandbox.groups["theirs"] == FOREIGN
        assert all(one.phones for one in self.sandbox.groups.values())


def changed(accepted: dict[str, frozenset[str]], one: Round) -> list[str]:
    """Return the list's next file."""
    random = Random(one.seed)
    numbers = sorted(accepted[one.name])
    few = max(1, len(numbers) // 12)
    free = [number for number in NUMBERS if number not in numbers]
    random.shuffle(numbers)
    match one.change:
        case "begin":
            return random.sample(free, 28)
        case "grow":
            return numbers + random.sample(free, min(len(free), 1 + few * 2))
        case "shrink":
            return numbers[few:]
        case "correct":
            return numbers[few:] + random.sample(free, min(len(free), few))
        case "empty":
            return []
        case "other":
            [other] = [name for name in LISTS if name != one.name]
            return sorted(accepted[other])
        case "replace":
            return random.sample(free, min(len(free), 10))
    return numbers


@contextmanager
def killed_at(at: int | None, patch: pytest.MonkeyPatch, *, is_after: bool) -> Iterator[None]:
    """End the process at a record of the journal, before it is written or right after."""
    count = itertools.count(1)

    def dying(record: Callable[..., None]) -> Callable[..., None]:
        def record_or_die(self: Journal, *args: Any, **options: Any) -> None:
            is_last = next(count) == at
            if is_last and not is_after:
                raise Killed
            record(self, *args, **options)
            if is_last:
                raise Killed

        return record_or_die

    with patch.context() as until:
        for name in ("apply", "take_list_steps", "plan_list_batch", "cut_list_step"):
            until.setattr(Journal, name, dying(getattr(Journal, name)))
        yield


def play(
    rounds: list[Round], patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder, patch.context() as here:
        here.setenv("IMPORTER_JOURNAL", str(Path(folder) / "state" / "journal.sqlite3"))
        operator = Operator(here, capsys, Path(folder))
        server = fast_sandbox()
        server.groups["theirs"] = FOREIGN
        with running(server) as url:
            operator.use(url)
            world = World(operator, server, here)
            world.adopt(LISTS[0], len(rounds))
            for one in (Round(LISTS[1], "begin", 1, {}, None, is_after=False), *rounds):
                world.play(one)


@settings(
    max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(rounds=st.lists(ROUNDS, min_size=4, max_size=5))
def test_the_end_is_the_file_s_set(
    rounds: list[Round], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the rounds, faults and kills."""
    play(rounds, monkeypatch, capsys)


@pytest.mark.slow
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(rounds=st.lists(ROUNDS, min_size=4, max_size=12))
def test_the_end_is_the_file_s_set_in_many_more_rounds(
    rounds: list[Round], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same, over longer histories."""
    play(rounds, monkeypatch, capsys)
