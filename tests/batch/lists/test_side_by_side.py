"""Two commands on one list at the same moment, on both stores: one of them has to wait."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from importer.batch import undo
from importer.batch.lists import undoing
from importer.batch.lists.state import hold_list
from importer.model import Batch, ListBatch, ListRole, Runner
from tests.batch.lists.test_sync import LIST, bare
from tests.batch.meanwhile import meanwhile
from tests.served import Operator, hong_kong, numbers_at

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox
    from importer.store import Store
    from tests.conftest import MakeGroup

pytestmark = pytest.mark.usefixtures("store")


def synced(operator: Operator, path: Path) -> str:
    done = operator.run("sync", path, *LIST, "--json")
    assert done.exit == 0, done.err
    return str(json.loads(done.out)["batch"])


def test_a_sync_changes_no_group_that_an_undo_asks_about(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its numbers would go with the groups that are deleted next, after a good end of its own."""
    batch = synced(operator, operator.write_list("a.csv", hong_kong(50)))
    changed = operator.write_list("b.csv", hong_kong(55))
    syncs = meanwhile(monkeypatch, undo, "_question", lambda: operator.run("sync", changed, *LIST))
    undone = operator.run("undo", batch, "--yes")
    assert [one.exit for one in (undone, *syncs)] == [0, 75], syncs
    assert "Another run works on the list customers" in syncs[0].err
    assert numbers_at(sandbox) == {}
    synced(operator, changed)
    assert numbers_at(sandbox) == dict.fromkeys(bare(hong_kong(55)), 1)


def test_an_undo_sees_what_a_sync_did_a_moment_ago(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was asked to take back is not the newest sync any more once it holds the list."""
    batch = synced(operator, operator.write_list("a.csv", hong_kong(50)))
    changed = operator.write_list("b.csv", hong_kong(55))
    syncs = meanwhile(
        monkeypatch, undoing, "hold_list", lambda: operator.run("sync", changed, *LIST)
    )
    undone = operator.run("undo", batch, "--yes")
    assert [one.exit for one in (undone, *syncs)] == [3, 0], undone
    assert "only the newest sync of the list customers can be taken back" in undone.err
    assert numbers_at(sandbox) == dict.fromkeys(bare(hong_kong(55)), 1)


def test_an_undo_deletes_no_batch_that_a_list_adopted_a_moment_ago(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was to delete a batch; now a list would lose its groups."""
    path = operator.write_list("a.csv", hong_kong(50))
    batch = str(json.loads(operator.run("run", path, "--json").out)["batch"])
    syncs = meanwhile(
        monkeypatch,
        undo,
        "ensure_same_account",
        lambda: operator.run("sync", path, *LIST, "--adopt", batch),
    )
    undone = operator.run("undo", batch, "--yes")
    assert [one.exit for one in (undone, *syncs)] == [3, 0], undone
    assert f"batch {batch} belongs to the list customers" in undone.err
    assert numbers_at(sandbox) == dict.fromkeys(bare(hong_kong(50)), 1)


def test_who_waited_for_a_list_holds_what_came_into_it_meanwhile(
    store: Store, make_group: MakeGroup
) -> None:
    """It has to settle what the run left that it waited for, and records that by its lease."""
    came = Batch("came", "f", "a", "b.csv", 1)
    member = ListBatch("came", "a", "customers", ListRole.SYNC, 1)
    with (
        store.open() as first,
        store.open() as second,
        second.begin_run(Runner("sync", "bob", "desk2", 2), wait=True) as waiting,
    ):
        with first.begin_run(Runner("sync", "ann", "desk1", 1)) as run:
            hold_list(first, run, "a", "customers")

            def end(_: float) -> None:
                first.plan_list_batch(came, [make_group()], member, [])
                first.release_leases(first.owner)

            waiting._sleep = end
            hold_list(second, waiting, "a", "customers")
        second.end_list_batch("came", 5)
        assert [one.ended_ms for one in second.list_batches("a")] == [5]
