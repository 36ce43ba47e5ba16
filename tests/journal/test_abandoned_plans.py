"""What a killed run has left of a long list's plan counts for nothing, and is removed."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.errors import JournalError
from importer.journal.upkeep.checking import check
from importer.journal.upkeep.copying import copy
from importer.model import (
    GroupState,
    Transition,
)
from importer.store import store_of
from tests.journal.holders import ROOT
from tests.journal.long_plans import (
    ACCOUNT,
    NUMBERS,
    OTHERS,
    RUNNER,
    Planned,
    after_each_portion,
    batch_of,
    check_groups,
    plan_long,
    rows_of_tables,
)
from tests.journal.test_batch_rows import plain
from tests.journal.test_known_numbers import forgotten
from tests.stores import database_of, new_store

if TYPE_CHECKING:
    from pathlib import Path

    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.store import Store
    from tests.conftest import MakeGroup
    from tests.journal.long_plans import AfterEach

pytestmark = pytest.mark.usefixtures("small_portions")

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
    journal: Journal, run: Run, other: Journal, after_each: AfterEach
) -> None:
    """Whoever removes what killed runs left takes nothing from a run that is alive."""
    after_each(lambda _: other.remove_abandoned_plans())
    with other.begin_run(RUNNER):
        plan_long(journal, run, "long", NUMBERS)
    assert [one.size for one in (record.group for record in other.groups("long"))] == [3] * 4
    assert check_groups(other) == []


@pytest.mark.parametrize("portion", [1, 4, 6])
def test_a_run_that_was_thought_dead_writes_nothing_more(
    portion: int, journal: Journal, run: Run, other: Journal, after_each: AfterEach
) -> None:
    """Its plan is removed by another run once its lease has run out, and it ends with a sentence.

    It keeps no lines either: a file of lines without a batch would stop every other run.
    """

    def take_over(now: int) -> None:
        if now == portion:
            database_of(other).change("UPDATE leases SET until_ms = 1")
            other.remove_abandoned_plans()

    after_each(take_over)
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
