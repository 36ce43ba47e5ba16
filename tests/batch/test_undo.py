"""Undo: what a batch made goes, exactly that, and the list may begin anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.sending.calls.retry import Stop
from importer.sending.deletion import Deletion, FoundGroups
from tests.batch.sheets import sheet
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    import pytest

    from importer.model import GroupRecord
    from importer.sandbox import Sandbox


def test_numbers_left_to_a_batch_that_is_undone_are_told(
    operator: Operator, sandbox: Sandbox
) -> None:
    """A number that was left out for another batch's group is no success without that group."""
    first = operator.run("run", operator.write_list("a.csv", hong_kong(10)), "--json")
    path = operator.write_list("b.csv", hong_kong(10, start=5))
    assert operator.run("run", path, "--known", "skip").exit == 0
    operator.run("undo", json.loads(first.out)["batch"], "--yes")
    done = operator.run("run", path)
    assert done.exit == 1
    assert "5 of the duplicates were left to groups of earlier batches" in done.out
    left = [row["Reason"] for row in sheet(operator.folder / "b.results.xlsx", "Numbers")][:5]
    assert all("which is not created" in str(reason) for reason in left)
    alone = operator.write_list("c.csv", hong_kong(5, start=5))
    assert operator.run("run", alone).exit == 0
    assert set(numbers_at(sandbox)) == {one.removeprefix("+") for one in hong_kong(10, start=5)}


def test_undo_believes_no_listing_in_which_all_are_gone(
    operator: Operator, sandbox: Sandbox
) -> None:
    """An empty list and a refusal are no proof that the groups are gone."""
    path = operator.write_list("list.csv", hong_kong(5))
    batch = json.loads(operator.run("run", path, "--json").out)["batch"]
    sandbox.groups.clear()
    done = operator.run("undo", batch, "--yes")
    assert done.exit == 1
    assert "refused to delete 1 group" in done.out
    assert json.loads(operator.run("run", path, "--json").out)["created"] == 5
    assert not sandbox.groups


def test_undo_waits_for_the_end_of_a_doubt(operator: Operator) -> None:
    """A group in doubt may exist: undone without it, the batch would leave it for ever."""
    server = fast_sandbox(script=[None, "cut-after"], vendor=["empty-listing"])
    with running(server) as url:
        operator.use(url)
        path = operator.write_list("list.csv", hong_kong(6))
        done = operator.run("run", path, "--group-size", "3", "--concurrency", "1", "--json")
        batch = json.loads(done.out)["batch"]
        undone = operator.run("undo", batch, "--yes")
    assert undone.exit == 3
    assert f"has 1 group in doubt, which may exist: run `importer resume {batch}`" in undone.err
    assert len(server.groups) == 2


def test_undo_deletes_exactly_what_the_batch_made(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another batch's groups stay; the undone list can be run anew, none of it known."""
    keep = operator.write_list("keep.csv", hong_kong(5))
    gone = operator.write_list("gone.csv", hong_kong(20, start=100))
    operator.run("run", keep)
    batch = json.loads(operator.run("run", gone, "--group-size", "5", "--json").out)["batch"]
    asked = operator.run("undo", batch)
    assert asked.exit == 3
    assert f"nobody agreed. To agree without a question: `importer undo {batch} --yes`" in asked.err
    assert len(sandbox.groups) == 5
    del sandbox.groups[next(one for one in reversed(sandbox.groups))]
    done = operator.run("undo", batch, "--yes")
    assert done.exit == 0
    assert f"4 groups of batch {batch} deleted." in done.out
    assert len(numbers_at(sandbox)) == 5
    assert "undone" in operator.run("batches").out
    assert "there was nothing to delete" in operator.run("undo", batch, "--yes").out
    shown = operator.run("results", batch).out
    assert "its groups are deleted" in shown
    assert "wait to be sent" not in shown
    told = json.loads(operator.run("run", gone, "--json").out)
    assert (told["created"], told["exit"]) == (20, 0)
    assert set(numbers_at(sandbox).values()) == {1}


def test_what_undo_tells_a_script(operator: Operator, sandbox: Sandbox) -> None:
    """One object: what was deleted, and the groupIds of all that is left; nobody is asked."""
    path = operator.write_list("list.csv", hong_kong(10))
    batch = json.loads(operator.run("run", path, "--group-size", "5", "--json").out)["batch"]
    asked = operator.run("undo", batch, "--json")
    assert (asked.exit, json.loads(asked.out)["exit"]) == (3, 3)
    assert f"importer undo {batch} --yes" in asked.err
    done = operator.run("undo", batch, "--json", "--yes")
    assert json.loads(done.out) == {
        "batch": batch, "deleted": 2, "left": [], "doubles": [], "foreign": [], "exit": 0,
    }  # fmt: skip
    assert not sandbox.groups


def test_an_empty_name_is_no_batch(operator: Operator, sandbox: Sandbox) -> None:
    """A script whose variable is not set undoes nothing, also where there is one batch only."""
    operator.run("run", operator.write_list("list.csv", hong_kong(3)))
    done = operator.run("undo", "", "--yes")
    assert done.exit == 2
    assert "There is no batch ''" in done.err
    assert len(sandbox.groups) == 1


def test_a_batch_that_is_being_undone_is_not_sent_on(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between an undo that was cut off and its end nothing is made, and the way on is told."""
    server = fast_sandbox(script=[None, None, *["429"] * 6])
    path = operator.write_list("list.csv", hong_kong(9))
    with running(server) as url:
        operator.use(url)
        done = operator.run("run", path, "--json", "--group-size", "3", "--concurrency", "1")
        batch = json.loads(done.out)["batch"]
        with monkeypatch.context() as cut_off:
            delete = Deletion._delete

            async def delete_one(self: Deletion, one: GroupRecord, found: FoundGroups) -> bool:
                unclear = await delete(self, one, found)
                self.stop(Stop.INTERRUPTED)
                return unclear

            cut_off.setattr(Deletion, "_delete", delete_one)
            assert operator.run("undo", batch, "--yes").exit == 130
        listed = operator.run("batches").out
        assert "undo not finished" in listed
        assert listed.rstrip().endswith(f"importer undo {batch}")
        done = operator.run("run", path)
        assert done.exit == 1
        assert f"`importer undo {batch}` finishes that" in done.out
        assert len(server.groups) == 1
        assert operator.run("undo", batch, "--yes").exit == 0
        assert operator.run("run", path).exit == 0
    assert set(numbers_at(server).values()) == {1}
    assert len(numbers_at(server)) == 9


def test_an_undone_batch_is_not_resumed(operator: Operator) -> None:
    """What a half-sent batch had left stays unsent after its undo: its list was run anew."""
    server = fast_sandbox(script=[None, *["429"] * 6])
    path = operator.write_list("list.csv", hong_kong(9))
    with running(server) as url:
        operator.use(url)
        done = operator.run("run", path, "--json", "--group-size", "3", "--concurrency", "1")
        batch = json.loads(done.out)["batch"]
        operator.run("undo", batch, "--yes")
        assert operator.run("run", path).exit == 0
        resumed = operator.run("resume", batch)
    assert resumed.exit == 2
    assert "was undone" in resumed.err
    assert set(numbers_at(server).values()) == {1}
    assert len(numbers_at(server)) == 9
