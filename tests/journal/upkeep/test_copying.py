"""A journal that is copied knows the same as before, in either kind of store; or nothing at all."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.errors import JournalError
from importer.journal.upkeep.copying import COPIED, copy
from importer.model import Batch, Decision, Known
from tests.journal.test_batch_rows import plain
from tests.journal.test_journal import BATCH, CREATED, IN_DOUBT, PLANNED, SENDING, SPLIT, step, take
from tests.journal.test_known_numbers import Bar, forgotten
from tests.stores import KINDS, database_of, new_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from importer.journal import Journal
    from importer.store import Store
    from tests.conftest import MakeGroup

WAYS = [(one, other) for one in KINDS for other in KINDS]


@pytest.fixture
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Store]:
    """A store to copy from and one to copy to."""
    kinds: tuple[str, str] = request.param
    one, other = (new_store(kind, tmp_path / name) for kind, name in zip(kinds, "ab", strict=True))
    return one, other


def fill(journal: Journal, make_group: MakeGroup) -> None:
    """Let a journal know some of everything."""
    journal.plan(BATCH, [make_group("85251000001", "85251000002", seq=1), make_group("3", seq=2)])
    take(journal, SENDING)
    halves = (make_group("85251000001", seq=3), make_group("85251000002", seq=4))
    journal.apply([step(SENDING, SPLIT, children=halves)])
    take(journal, SENDING, IN_DOUBT, seq=2)
    journal.decide_by_hand(step(IN_DOUBT, CREATED, 2, group_id="g2"), "ann")
    journal.learn_rate("account", 2.5)
    journal.learn_group_size("account", 300)
    known = [Known(BATCH.id, 3, "list HK 003", "85251000001")]
    other = Batch("b2", "another", "account", "客户 é.csv", 2000, corrects=BATCH.id)
    journal.plan(other, [make_group("85251000009")], known)
    gone = Batch("b3", "third", "other account", "old.csv", 3000)
    journal.plan(gone, [make_group("85251000008")])
    take(journal, SENDING, CREATED, batch="b3")
    journal.forget([forgotten("b3")], 9)
    for batch in (BATCH.id, "b2", "b3"):  # The last is what a forgetting that was cut off leaves.
        journal.save_rows(batch, *plain(), ("assumed",))


def all_of(journal: Journal) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables that a copy has to have."""
    tables = COPIED | {"group_numbers": "number, batch, seq", "keeping": "salt"}
    return {
        table: sorted(database_of(journal).rows(f"SELECT {columns} FROM {table}"), key=repr)  # noqa: S608 - ours
        for table, columns in tables.items()
    }


@pytest.mark.parametrize("stores", WAYS, indirect=True)
def test_a_copy_knows_the_same(stores: tuple[Store, Store], make_group: MakeGroup) -> None:
    """Every row of every table, the rows of batches, and what a forgotten list is known by."""
    bar = Bar()
    with stores[0].open() as source, stores[1].open() as target:
        fill(source, make_group)
        copied = copy(source.database, target.database, bar)
        assert all_of(target) == all_of(source)
        assert copied.kept_rows == 2
        assert database_of(target).kept_batches() == {BATCH.id, "b2"}, "not of what was forgotten"
        assert bar.done == bar.begun[0][1] == sum(copied.tables.values()) + 2
        for journal in (source, target):
            assert journal.load_rows("b2")[2] == ("assumed",)
            found = journal.find("third", "other account")
            assert found is not None
            assert found.id == "b3"
            known = journal.known_among(pd.Series(["85251000002"]), "account", "x")
            assert known["seq"].tolist() == [4]
            assert journal.decisions(BATCH.id) == [Decision(2, 5000, "ann", "g2")]


@pytest.mark.parametrize("stores", WAYS, indirect=True)
def test_what_was_being_forgotten_is_forgotten_in_the_copy(
    stores: tuple[Store, Store], make_group: MakeGroup
) -> None:
    """A copy of a journal whose forgetting was cut off goes on with it."""
    with stores[0].open() as source, stores[1].open() as target:
        fill(source, make_group)
        copy(source.database, target.database)
        assert not target.is_clean()
        target.clean()
        assert target.is_clean()
        assert target.groups("b3")[0].group.phones == ""
        assert 85251000008 not in [row[0] for row in all_of(target)["group_numbers"]]


@pytest.mark.parametrize("stores", WAYS, indirect=True)
def test_a_copy_goes_on_as_a_journal(stores: tuple[Store, Store], make_group: MakeGroup) -> None:
    """The next batch is numbered after those that were copied."""
    with stores[0].open() as source, stores[1].open() as target:
        fill(source, make_group)
        copy(source.database, target.database)
    with stores[1].open() as journal:
        journal.plan(Batch("b4", "fourth", "account", "new.csv", 4000), [make_group("7")])
        journal.refuse_lost_batches()
        assert len(journal.batches()) == 4
        known = journal.known_among(pd.Series(["7", "85251000009"]), "account", "x")
        assert known["batch"].tolist() == ["b2", "b4"]


@pytest.mark.parametrize("stores", WAYS, indirect=True)
def test_a_copy_is_whole_or_not_at_all(
    stores: tuple[Store, Store], make_group: MakeGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off after all was written, the target knows nothing, and the next copy is whole."""

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with stores[0].open() as source, stores[1].open() as target:
        fill(source, make_group)
        with monkeypatch.context() as dying:
            dying.setattr("importer.journal.upkeep.copying._compare", cut_off)
            with pytest.raises(KeyboardInterrupt):
                copy(source.database, target.database)
        assert target.is_new()
        copy(source.database, target.database)
        assert all_of(target) == all_of(source)


@pytest.mark.parametrize("stores", [KINDS], indirect=True)
def test_a_journal_that_knows_something_is_no_target(
    stores: tuple[Store, Store], make_group: MakeGroup
) -> None:
    """Two journals are not mixed: the text says how many batches are there."""
    with stores[0].open() as source, stores[1].open() as target:
        fill(source, make_group)
        target.plan(BATCH, [])
        with pytest.raises(JournalError, match="knows 1 batch already"):
            copy(source.database, target.database)
        assert target.batches() == [BATCH]


@pytest.mark.parametrize("stores", [KINDS], indirect=True)
def test_counts_are_compared(
    stores: tuple[Store, Store], make_group: MakeGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that did not arrive is noticed, and nothing is copied."""
    with stores[0].open() as source, stores[1].open() as target:
        fill(source, make_group)
        monkeypatch.setattr(
            type(target.database), "change_given", lambda *_, **__: None, raising=True
        )
        with pytest.raises(JournalError, match="0 of 5 rows of group_numbers"):
            copy(source.database, target.database)
        assert target.is_new()


def test_what_is_planned_during_the_copy_is_missed(
    tmp_path: Path, make_group: MakeGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a shared database nobody keeps runs out: a copy without theirs would make them again."""
    source, target = (new_store("postgresql", tmp_path / name) for name in "ab")

    def plan_more(*_: object) -> AbstractContextManager[Callable[[int], None]]:
        with source.open() as other:
            other.plan(Batch("b9", "ninth", "account", "new.csv", 9000), [make_group("7")])
        return nullcontext(lambda _: None)

    with source.open() as one, target.open() as two:
        fill(one, make_group)
        monkeypatch.setattr("importer.journal.upkeep.copying._stage", plan_more)
        with pytest.raises(JournalError, match="remove that copy, and copy again"):
            copy(one.database, two.database)
        assert len(two.batches()) == 3, "as it was when the copy began"


def test_every_table_is_copied_or_left_out(store: Store) -> None:
    """A table or a column that is added to a journal is copied too, or is named here."""
    left_out = {
        "keeping", "group_numbers", "batch_rows", "commits", "importer_schema", "leases", "paces",
        "plans",
    }  # fmt: skip
    is_file = "sqlite" in str(store)
    tables, columns = (
        (
            "SELECT name FROM sqlite_schema WHERE type = 'table'",
            "SELECT name FROM pragma_table_info(?)",
        )
        if is_file
        else (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
            "SELECT column_name FROM information_schema.columns WHERE table_name = ?",
        )
    )
    with store.open() as journal:
        database = database_of(journal)
        assert {one for (one,) in database.rows(tables)} - left_out == {*COPIED}
        for table, copied in COPIED.items():
            names = {one for (one,) in database.rows(columns, (table,))}
            assert names == {*copied.split(", ")}, table
    assert PLANNED not in COPIED
