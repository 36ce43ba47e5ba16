"""A long list's plan is recorded in short transactions, and is a batch whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.batch.history import history
from importer.errors import JournalLocked
from importer.journal.upkeep.checking import check
from importer.journal.upkeep.copying import copy
from importer.model import (
    GroupState,
    Known,
    Transition,
)
from tests.journal.long_plans import (
    ACCOUNT,
    NUMBERS,
    OTHERS,
    RUNNER,
    Planned,
    batch_of,
    plan_long,
    rows_of_tables,
)
from tests.journal.test_batch_rows import plain
from tests.stores import database_of, new_store

if TYPE_CHECKING:
    from pathlib import Path

    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.store import Store
    from tests.conftest import MakeGroup
    from tests.journal.long_plans import AfterEach

pytestmark = pytest.mark.usefixtures("small_portions")
PORTIONS = 7
"""Of a plan of all `NUMBERS`: two of groups, four of numbers, one of what is left out."""


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
    after_each: AfterEach,
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

    portions = after_each(look)
    plan_with_known(journal, run)
    assert len(portions) == PORTIONS
    assert other.known_among(pd.Series(NUMBERS), ACCOUNT, "")["number"].tolist() == NUMBERS
    assert other.skipped("long")["number"].tolist() == [OTHERS[0]]
    assert [one.group.seq for one in other.groups("long")] == [1, 2, 3, 4]
    assert rows_of_tables(other)["plans"] == 0
    with pytest.raises(JournalLocked), other.begin_run(RUNNER) as second:
        second.take(["long"])


def test_each_portion_is_small(
    journal: Journal, run: Run, other: Journal, after_each: AfterEach
) -> None:
    """No transaction writes more numbers, or more texts of numbers, than it may."""
    before = rows_of_tables(other)

    def measure(_: int) -> None:
        nonlocal before
        after = rows_of_tables(other)
        assert after["group_numbers"] - before["group_numbers"] <= 4
        assert after["groups"] - before["groups"] <= 2
        before = after

    after_each(measure)
    plan_long(journal, run, "long", NUMBERS)


def test_another_run_sends_and_plans_meanwhile(
    journal: Journal,
    run: Run,
    other: Journal,
    make_group: MakeGroup,
    after_each: AfterEach,
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
        portions = after_each(work)
        plan_long(journal, run, "long", NUMBERS)
    assert len(other.batches()) == len(portions) + 1
    assert len({one.id for one in other.batches()}) == len(portions) + 1


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
