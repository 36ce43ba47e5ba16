"""Known numbers: the look-up says what the groups themselves say, whatever has happened to them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from importer.errors import JournalError, JournalLocked
from importer.journal import Journal, lock, number_index
from importer.journal.forgetting import ForgottenBatch
from importer.model import Batch, ForgottenCounts, Group, GroupRecord, GroupState, Transition
from importer.store import SqliteStore
from tests.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.store import Store

NUMBERS = [f"8525100000{digit}" for digit in range(8)]
ACCOUNTS = ("ours", "theirs")
FINGERPRINTS = ("list", "another list")
SENDABLE = [one for one in GroupState if one is not GroupState.SPLIT]


def group(seq: int, numbers: Sequence[str]) -> Group:
    return Group(seq, f"group {seq}", "HK", f"#{seq}", ",".join(numbers), len(numbers))


def forgotten(batch: str) -> ForgottenBatch:
    """Return what replaces a batch's texts where it is forgotten: the same texts."""
    counts = ForgottenCounts("", "", 0, 0, 0, {}).as_json()
    return ForgottenBatch(batch, counts, "{}", str, lambda name, _: name, str, str)


def known_by_reading(
    journal: Journal, account: str, but: str, *, of_others: bool
) -> dict[str, tuple[str, int]]:
    """Return where each number is known to be, by reading all groups of all batches."""
    known: dict[str, tuple[str, int]] = {}
    for batch in sorted(journal.batches(), key=lambda one: (one.created_ms, one.id)):
        is_other = batch.account != account
        is_same_list = batch.fingerprint == but and not of_others
        gone = batch.undone_ms is not None or batch.forgotten_ms is not None
        if is_other is not of_others or is_same_list or gone:
            continue
        for record in journal.groups(batch.id):
            if record.state.may_get_made:
                for number in record.group.phones.split(","):
                    known.setdefault(number, (batch.id, record.group.seq))
    return known


def known_by_look_up(
    journal: Journal, account: str, but: str, *, of_others: bool
) -> dict[str, tuple[str, int]]:
    """Return the same by `known_among`."""
    found = journal.known_among(pd.Series(NUMBERS), account, but, of_others=of_others)
    assert found["number"].is_unique
    columns = (found[name].tolist() for name in ("number", "batch", "seq"))
    return {number: (batch, seq) for number, batch, seq in zip(*columns, strict=True)}


def make_older(path: Path) -> None:
    """Make a journal one of the version before there was a look-up."""
    with closing(sqlite3.connect(path, isolation_level=None)) as older:
        older.execute("DROP TABLE plans")
        older.execute("ALTER TABLE batches DROP COLUMN planning")
        older.execute("DROP TABLE plannings")
        older.execute("DROP TABLE leases")
        older.execute("DROP TABLE runs")
        older.execute("DROP TABLE list_steps")
        older.execute("DROP TABLE list_batches")
        older.execute("DROP TABLE group_numbers")
        older.execute("DROP INDEX group_facts")
        older.execute("DROP INDEX batches_by_ordinal")
        older.execute("ALTER TABLE batches DROP COLUMN ordinal")
        older.execute("PRAGMA user_version = 3")


class Histories(RuleBasedStateMachine):
    """Any batches, steps, splits, undos, forgettings, and journals of an older version."""

    kind = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = new_store(self.kind, Path(self.folder.name))
        self.journal = self.store.open()
        self.count = 0
        self.record_batch("ours", "another list", NUMBERS[:6], size=3)

    @rule(
        account=st.sampled_from(ACCOUNTS),
        fingerprint=st.sampled_from(FINGERPRINTS),
        numbers=st.lists(st.sampled_from(NUMBERS), unique=True, min_size=1),
        size=st.integers(1, 3),
        created_ms=st.integers(0, 3),
    )
    def plan(
        self, account: str, fingerprint: str, numbers: list[str], size: int, created_ms: int
    ) -> None:
        """Plan a batch of groups of `size` numbers."""
        self.record_batch(account, fingerprint, numbers, size, created_ms)

    def record_batch(
        self,
        account: str,
        fingerprint: str,
        numbers: Sequence[str],
        size: int,
        created_ms: int = 1,
    ) -> None:
        self.count += 1
        batch = Batch(f"b{self.count}", fingerprint, account, "list.csv", created_ms)
        cuts = range(0, len(numbers), size)
        groups = [group(seq, numbers[at : at + size]) for seq, at in enumerate(cuts, 1)]
        self.journal.plan(batch, groups)

    @rule(chance=st.integers(0, 20), enters=st.sampled_from(SENDABLE))
    def step(self, chance: int, enters: GroupState) -> None:
        """Let one group enter a state."""
        for batch, record in self.picked(chance):
            if record.state is not GroupState.SPLIT:
                self.journal.apply([Transition(batch, record.group.seq, record.state, enters, 5)])

    @rule(chance=st.integers(0, 20))
    def split(self, chance: int) -> None:
        """Let two groups take over the numbers of one."""
        for batch, record in self.picked(chance):
            numbers = record.group.phones.split(",")
            if record.state is GroupState.SPLIT or len(numbers) < 2:
                continue
            seq = len(self.journal.groups(batch)) + 1
            halves = (group(seq, numbers[:1]), group(seq + 1, numbers[1:]))
            leaves = record.state
            self.journal.apply(
                [Transition(batch, record.group.seq, leaves, GroupState.SPLIT, 5, children=halves)]
            )

    def picked(self, chance: int) -> Iterator[tuple[str, GroupRecord]]:
        """Give one group of all, and its batch; none where there is none."""
        all_groups = [
            (batch.id, record)
            for batch in self.journal.batches()
            if batch.forgotten_ms is None
            for record in self.journal.groups(batch.id)
        ]
        if all_groups:
            yield all_groups[chance % len(all_groups)]

    @rule(chance=st.integers(0, 20))
    def undo(self, chance: int) -> None:
        """Mark a batch as undone."""
        for batch, _ in self.picked(chance):
            self.journal.mark_undone(batch, 7)

    @rule(chance=st.integers(0, 20))
    def forget(self, chance: int) -> None:
        """Finish a batch, then forget it."""
        for batch, _ in self.picked(chance):
            for record in self.journal.groups(batch):
                if record.state.needs_numbers:
                    made = (record.state, GroupState.CREATED)
                    self.journal.apply([Transition(batch, record.group.seq, *made, 5)])
            self.journal.forget([forgotten(batch)], 9)

    @rule(at_once=st.sampled_from([1, 2, 1000]))
    def bring_up_to_date(self, at_once: int) -> None:
        """Open a journal that an older version left; numbers are sorted some at a time."""
        if not isinstance(self.store, SqliteStore):
            return
        self.journal.close()
        make_older(self.store.path)
        with pytest.MonkeyPatch.context() as small:
            small.setattr(number_index, "BUILT_AT_ONCE", at_once)
            small.setattr(number_index, "_SAMPLED", 1)
            small.setattr(number_index, "_GROUPS_READ", 2)
            self.journal = self.store.open()

    @invariant()
    def agrees(self) -> None:
        """Both ways to find out say the same, of the own account and of the others."""
        for of_others in (False, True):
            read = known_by_reading(self.journal, "ours", "list", of_others=of_others)
            found = known_by_look_up(self.journal, "ours", "list", of_others=of_others)
            assert found == read

    @invariant()
    def holds_no_more(self) -> None:
        """The look-up has a number as often as groups have it, and nothing that was forgotten."""
        phones = [
            number
            for batch in self.journal.batches()
            for record in self.journal.groups(batch.id)
            if record.state.has_numbers and record.group.phones
            for number in record.group.phones.split(",")
        ]
        held = self.journal._database.rows("SELECT number FROM group_numbers")
        assert sorted(str(one) for (one,) in held) == sorted(phones)

    def teardown(self) -> None:
        self.journal.close()
        self.folder.cleanup()


Histories.TestCase.settings = settings(max_examples=20, stateful_step_count=12, deadline=None)
TestHistories = Histories.TestCase


class SharedHistories(Histories):
    """The same in PostgreSQL, which no older version knew."""

    kind = "postgresql"


SharedHistories.TestCase.settings = settings(max_examples=4, stateful_step_count=12, deadline=None)
TestHistoriesInPostgres = SharedHistories.TestCase


def test_numbers_in_more_batches_than_are_looked_up_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every number is found, however many statements that takes, and none that is not there."""
    monkeypatch.setattr(number_index, "AT_ONCE", 7)
    numbers = [str(85251000000 + at) for at in range(100)]
    with store.open() as journal:
        for at in range(10):
            batch = Batch(f"b{at}", f"f{at}", "ours", "list.csv", at)
            journal.plan(batch, [group(1, numbers[at * 10 : at * 10 + 10])])
        sought = pd.Series([*numbers[::2], "85259999999", "1"])
        found = journal.known_among(sought, "ours", but="")
        assert {*found["number"]} == {*numbers[::2]}
        assert journal.known_among(pd.Series([], dtype="str"), "ours", but="").empty


def filled(path: Path) -> None:
    """Make a journal of the version before, with 60 numbers in groups."""
    numbers = [str(85251000000 + at) for at in range(60)]
    with Journal.open(path) as journal:
        groups = [group(seq, numbers[seq * 3 - 3 : seq * 3]) for seq in range(1, 21)]
        journal.plan(Batch("b1", "f", "ours", "list.csv", 1), groups)
    make_older(path)


class Bar:
    """A progress bar that keeps what it was told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int | None, str]] = []
        self.done = 0

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
        self.begun.append((name, total, unit))
        yield self.advance

    def advance(self, count: int) -> None:
        self.done += count

    def note(self, text: str) -> None:
        pytest.fail(text)


def test_an_older_journal_is_brought_up_to_date_with_a_bar(tmp_path: Path) -> None:
    """The bar goes from nothing to all numbers, once; a journal that is up to date shows none."""
    path, bar = tmp_path / "journal.sqlite3", Bar()
    filled(path)
    for _ in range(2):
        with Journal.open(path, bar) as journal:
            assert len(journal.known_among(pd.Series(["85251000059"]), "ours", but="")) == 1
    assert bar.begun == [("Upgrading", 60, "number")]
    assert bar.done == 60


KILLED = """
import os, sys
from pathlib import Path
from importer.journal import Journal, number_index
number_index.AT_ONCE = 7
class Bar:
    def stage(self, name, total, unit):
        return self
    def __enter__(self):
        return self.advance
    def __exit__(self, *error):
        pass
    done = 0
    def advance(self, count):
        self.done += count
        if self.done >= 30:
            os.kill(os.getpid(), 9)
Journal.open(Path(sys.argv[1]), Bar())
"""


def test_killed_while_it_is_brought_up_to_date(tmp_path: Path) -> None:
    """The journal is then of the version that it was, and the next opening does all of it."""
    path = tmp_path / "journal.sqlite3"
    filled(path)
    command = [sys.executable, "-c", KILLED, str(path)]
    assert subprocess.run(command, check=False).returncode != 0  # noqa: S603 - ours
    with closing(sqlite3.connect(path)) as older:
        assert older.execute("PRAGMA user_version").fetchone() == (3,)
        tables = {name for (name,) in older.execute("SELECT name FROM sqlite_schema")}
        assert "group_numbers" not in tables
    with Journal.open(path) as journal:
        assert journal._database.rows("SELECT count(*) FROM group_numbers") == [(60,)]


def test_the_space_of_a_known_number(tmp_path: Path) -> None:
    """It is below 30 bytes, also where the numbers of many lists come in no order."""
    chance = Random(1)
    path = tmp_path / "journal.sqlite3"
    with Journal.open(path) as journal:
        for at in range(30):
            numbers = [str(chance.randrange(861300000000000, 861400000000000)) for _ in range(1000)]
            batch = Batch(f"b{at}", f"f{at}", "ours", "list.csv", at)
            journal.plan(batch, [group(seq, numbers[seq::10]) for seq in range(10)])
    with closing(sqlite3.connect(path)) as reading:
        try:
            size = reading.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'group_numbers'")
        except sqlite3.OperationalError:
            pytest.skip("this SQLite can't say how large a table is")
        count = reading.execute("SELECT count(*) FROM group_numbers").fetchone()[0]
        assert size.fetchone()[0] / count < 30


HOLDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from importer.journal import lock
with lock.hold(Path(sys.argv[1]), datetime(2023, 11, 14, 21, 0, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_an_older_importer_is_not_overtaken_by_an_upgrade(tmp_path: Path) -> None:
    """A run of an older importer would go on without filling the look-up: it is left to end."""
    path = tmp_path / "journal.sqlite3"
    filled(path)
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(  # noqa: S603 - ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as older:
        assert older.stdout is not None
        assert older.stdout.readline() == "held\n"
        with pytest.raises(JournalLocked, match=f"process {older.pid}, since 2023-11-14 21:00"):
            Journal.open(path)
        older.communicate("")
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("PRAGMA user_version").fetchone() == (3,)
    Journal.open(path).close()


def test_whoever_holds_an_older_journal_brings_it_up_to_date(tmp_path: Path) -> None:
    """A run or a night holds the journal before it opens it, and is not in its own way."""
    path = tmp_path / "journal.sqlite3"
    filled(path)
    with lock.hold(path, datetime(2023, 11, 14, tzinfo=UTC)), Journal.open(path) as journal:
        assert len(journal.known_among(pd.Series(["85251000059"]), "ours", but="")) == 1


@pytest.mark.parametrize("phones", ["8525100000a", "85251000001,,85251000002", "8" * 25])
def test_numbers_that_are_damaged_are_one_sentence(tmp_path: Path, phones: str) -> None:
    """Numbers of an older journal that can't be read are told; the journal stays as it was."""
    path = tmp_path / "journal.sqlite3"
    filled(path)
    with closing(sqlite3.connect(path)) as damaged:
        damaged.execute("UPDATE groups SET phones = ?", (phones,))
        damaged.commit()
    with pytest.raises(JournalError, match="is damaged: the numbers of one of its groups"):
        Journal.open(path)
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("PRAGMA user_version").fetchone() == (3,)
