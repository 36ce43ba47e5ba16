"""Syncs that were cut off or overtaken, and what is done to their list meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import PlanOvertaken
from importer.journal import Journal
from importer.sandbox.vendor import POISON_CODE
from importer.sending.doubt import DoubtSettler
from tests.batch.lists.test_many_rounds import Killed, killed_at
from tests.batch.lists.test_sync import LIST, bare
from tests.fast_forward import pass_time
from tests.served import Done, Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from pathlib import Path

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


async def leave_in_doubt(settler: DoubtSettler, doubtful: Any, *_: Any, **__: Any) -> Any:
    """Take the place of what finds groups in a listing: this one tells nothing."""
    return doubtful


def batch_of(operator: Operator, name: str, numbers: list[str]) -> str:
    done = operator.run("sync", operator.write_list(name, numbers), *LIST, "--json")
    return str(json.loads(done.out)["batch"])


def test_a_sync_that_has_ended_is_not_made_again(operator: Operator, sandbox: Sandbox) -> None:
    """What a later sync took out stays out, and the results say so: nothing waits."""
    numbers, more = hong_kong(95), hong_kong(4, start=500)
    batch_of(operator, "a.csv", numbers)
    second = batch_of(operator, "b.csv", [*numbers, *more])
    batch_of(operator, "c.csv", numbers)
    pass_time(600)
    done = operator.run("resume", second)
    assert numbers_at(sandbox) == dict.fromkeys(bare(numbers), 1)
    assert "4 numbers of the file are in no group of the list customers any more" in done.out
    assert "Next: nothing to do" in done.out


def test_a_sync_that_was_forgotten_is_shown_and_not_made_again(
    operator: Operator, sandbox: Sandbox
) -> None:
    """A resume says what its results say; nothing of it waits to be sent."""
    batch_of(operator, "a.csv", hong_kong(50))
    second = batch_of(operator, "b.csv", [*hong_kong(50), *hong_kong(1, start=500)])
    batch_of(operator, "c.csv", hong_kong(48))
    assert operator.run("batches", "--forget", second, "--yes").exit == 0
    calls = len(sandbox.calls)
    for command in ("resume", "results"):
        done = operator.run(command, second)
        assert "The phone numbers of this batch were forgotten on" in done.out, done
        assert "to be sent" not in done.out
    assert len(sandbox.calls) == calls


def test_nothing_leaves_before_it_is_certain_what_came(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a new group is in doubt, the list keeps all its numbers; then the sync goes on."""
    changed = [*hong_kong(45), *hong_kong(20, start=500)]
    path = operator.write_list("b.csv", changed)
    server = fast_sandbox(script=[*[None] * 5, "cut-after"])
    with running(server) as url:
        operator.use(url)
        batch_of(operator, "a.csv", hong_kong(50))
        with monkeypatch.context() as patch:
            patch.setattr(DoubtSettler, "_record_looks", leave_in_doubt)
            patch.setattr(DoubtSettler, "_why_not_believed", lambda *_: "the listing is old")
            stopped = operator.run("sync", path, *LIST)
        assert stopped.exit == 1, stopped
        assert numbers_at(server).keys() >= bare(hong_kong(50))
        pass_time(600)
        assert operator.run("sync", path, *LIST).exit == 0
    assert numbers_at(server) == dict.fromkeys(bare(changed), 1)


def undo_killed(operator: Operator, patch: pytest.MonkeyPatch) -> str:
    """Sync 100 numbers, then 25 more, and kill the undo of that before its first call."""
    batch_of(operator, "a.csv", hong_kong(100))
    second = batch_of(operator, "b.csv", [*hong_kong(100), *hong_kong(25, start=500)])
    with killed_at(1, patch, is_after=True), pytest.raises(Killed):
        operator.run("undo", second, "--yes")
    return second


def test_an_undo_that_was_cut_off_is_resumed(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`resume` ends it, and the results of the sync that the operator has are left as they are."""
    second = undo_killed(operator, monkeypatch)
    before = (operator.folder / "b.results.xlsx").read_bytes()
    done = operator.run("resume")
    assert done.exit == 0, done.out + done.err
    assert f"The list customers is as it was before {second}." in done.out
    assert numbers_at(sandbox) == dict.fromkeys(bare(hong_kong(100)), 1)
    assert (operator.folder / "b.results.xlsx").read_bytes() == before


def test_an_undo_that_another_file_took_the_place_of(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sync that it had to take back does not count as undone: its numbers stay known."""
    undo_killed(operator, monkeypatch)
    batch_of(operator, "c.csv", [*hong_kong(100), *hong_kong(26, start=500)])
    run = operator.run("run", operator.write_list("d.csv", hong_kong(25, start=500)))
    assert run.exit == 3
    assert max(numbers_at(sandbox).values()) == 1


def test_an_undo_leaves_out_what_another_batch_has_by_now(
    operator: Operator, sandbox: Sandbox
) -> None:
    """A number that left the list and was put into another group since is not in two."""
    batch_of(operator, "a.csv", hong_kong(100))
    second = batch_of(operator, "b.csv", hong_kong(95))
    assert operator.run("run", operator.write_list("d.csv", hong_kong(3, start=96))).exit == 0
    done = operator.run("undo", second, "--yes")
    assert done.exit == 0
    assert "3 numbers that left by this sync are in groups of other batches by now" in done.err
    assert numbers_at(sandbox) == dict.fromkeys(bare(hong_kong(100)), 1)


def test_an_undo_says_what_it_could_not_bring_back(operator: Operator, sandbox: Sandbox) -> None:
    """A group that the vendor refuses to make anew is not said to be as it was."""
    batch_of(operator, "a.csv", hong_kong(100))
    second = batch_of(operator, "b.csv", hong_kong(90))
    sandbox._vendor._poison = {"85251000099": POISON_CODE}
    done = operator.run("undo", second, "--yes")
    assert done.exit == 1
    assert "1 group could not be changed back" in done.out, done.out
