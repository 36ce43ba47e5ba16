"""Syncs that were cut off or overtaken, and what is done to their list meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from importer.errors import PlanOvertaken
from importer.journal import Journal
from tests.batch.lists.test_many_rounds import Killed, killed_at
from tests.batch.lists.test_sync import LIST, bare
from tests.fast_forward import pass_time
from tests.served import Done, Operator, hong_kong, numbers_at

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from importer.sandbox import Sandbox


def sync_killed(operator: Operator, patch: pytest.MonkeyPatch, path: Path, at: int) -> None:
    """Sync a file until a record of the journal is written, and no further."""
    with killed_at(at, patch, is_after=True), pytest.raises(Killed):
        operator.run("sync", path, *LIST, "--concurrency", "1")


def first_batch(operator: Operator) -> str:
    told = json.loads(operator.run("lists", "--json").out)
    return str(told["batches"][0])


def test_an_unfinished_first_sync_is_undone(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All groups that it has made are deleted, and it is said how many."""
    sync_killed(operator, monkeypatch, operator.write_list("a.csv", hong_kong(95)), at=5)
    assert len(sandbox.groups) == 2
    done = operator.run("undo", first_batch(operator), "--yes")
    assert (done.exit, sandbox.groups) == (0, {}), done.out + done.err
    assert "2 groups of batch" in done.out


def test_a_run_knows_what_a_sync_has_still_to_add(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers that an unfinished sync adds to groups are known: a run stops at its gate."""
    numbers, new = hong_kong(95), hong_kong(4, start=500)
    operator.run("sync", operator.write_list("a.csv", numbers), *LIST)
    second = operator.write_list("b.csv", [*numbers, *new])
    sync_killed(operator, monkeypatch, second, at=1)
    run = operator.run("run", operator.write_list("c.csv", [*new, *hong_kong(3, start=700)]))
    assert run.exit == 3
    assert "4 numbers are already in groups of earlier batches" in run.out, run.out
    assert operator.run("sync", second, *LIST).exit == 0
    assert numbers_at(sandbox) == dict.fromkeys(bare([*numbers, *new]), 1)


def test_an_adoption_stands_where_its_plan_is_overtaken(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list recorded by another run meanwhile lets it be planned anew, not adopted anew."""
    path = operator.write_list("a.csv", hong_kong(20))
    batch = json.loads(operator.run("run", path, "--json").out)["batch"]
    changed = operator.write_list("b.csv", [*hong_kong(20), "+85259999999"])
    plan, calls = Journal.plan_list_batch, []

    def overtaken_once(*args: Any, **options: Any) -> None:
        calls.append(args)
        if len(calls) == 1:
            raise PlanOvertaken("another run has recorded a list")
        plan(*args, **options)

    monkeypatch.setattr(Journal, "plan_list_batch", overtaken_once)
    done = operator.run("sync", changed, "--list", "customers", "--adopt", batch)
    assert (done.exit, len(calls)) == (0, 2), done.out + done.err
    assert numbers_at(sandbox) == dict.fromkeys(bare([*hong_kong(20), "+85259999999"]), 1)


def test_a_call_in_doubt_about_a_group_that_somebody_deleted(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run says how to tell so, and then brings the file's numbers into groups anew."""
    numbers = [*hong_kong(95), *hong_kong(4, start=500)]
    operator.run("sync", operator.write_list("a.csv", numbers[:95]), *LIST)
    path = operator.write_list("b.csv", numbers)
    sync_killed(operator, monkeypatch, path, at=2)
    [short] = [one for one in sandbox.groups.values() if len(one.phones) == 5]
    del sandbox.groups[short.group_id]

    def synced() -> Done:
        pass_time(600)
        return operator.run("sync", path, *LIST)

    stopped = synced()
    told = f"importer settle {first_batch(operator)} --deleted {short.group_id}"
    assert (stopped.exit, told in stopped.out) == (1, True), stopped.out
    assert operator.run(*told.split()[1:], "--yes").exit == 0
    assert synced().exit == 1
    done = synced()
    assert done.exit == 0, done.out
    assert numbers_at(sandbox) == dict.fromkeys(bare(numbers), 1)
