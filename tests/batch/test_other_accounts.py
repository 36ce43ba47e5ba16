"""A batch belongs to the account that it was sent with; at another one nothing is done about it."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    import pytest

    from importer.sandbox import Sandbox


def test_undo_at_another_account_changes_nothing(operator: Operator) -> None:
    """Groups that another account does not show are not taken for deleted, nor made twice."""
    mine, other = fast_sandbox(), fast_sandbox()
    path = operator.write_list("list.csv", hong_kong(5))
    with running(mine) as url, running(other) as other_url:
        operator.use(url)
        batch = json.loads(operator.run("run", path, "--json").out)["batch"]
        operator.use(other_url)
        done = operator.run("undo", batch, "--yes")
        assert done.exit == 2
        assert "another access key" in done.err
        operator.use(url)
        assert operator.run("run", path).exit == 0
    assert set(numbers_at(mine).values()) == {1}
    assert not other.calls


def test_resume_at_another_account_changes_nothing(operator: Operator) -> None:
    """What one account's batch has left is not sent to another account."""
    mine, other = fast_sandbox(script=[None, *["429"] * 6]), fast_sandbox()
    path = operator.write_list("list.csv", hong_kong(9))
    with running(mine) as url, running(other) as other_url:
        operator.use(url)
        done = operator.run("run", path, "--json", "--group-size", "3", "--concurrency", "1")
        batch = json.loads(done.out)["batch"]
        operator.use(other_url)
        assert operator.run("resume", batch).exit == 2
        operator.use(url)
        assert operator.run("resume", batch).exit == 0
    assert not other.calls
    assert len(numbers_at(mine)) == 9


def test_settle_at_another_account_records_nothing(operator: Operator) -> None:
    """Its listing shows nothing of a group in doubt, and its groupIds are other groups'."""
    script = [None, "cut-after"]
    mine, other = fast_sandbox(script=script, vendor=["empty-listing"]), fast_sandbox()
    path = operator.write_list("list.csv", hong_kong(6))
    with running(mine) as url, running(other) as other_url:
        operator.use(url)
        done = operator.run("run", path, "--json", "--group-size", "3", "--concurrency", "1")
        batch = json.loads(done.out)["batch"]
        operator.use(other_url)
        for words in ([], ["--created", "2=somebodys", "--yes"], ["--not-made", "2", "--yes"]):
            settled = operator.run("settle", batch, *words)
            assert settled.exit == 2, words
            assert "another access key" in settled.err
        operator.use(url)
        shown = json.loads(operator.run("settle", batch, "--json").out)
    assert [one["seq"] for one in shown["in_doubt"]] == [2]
    assert not other.calls


def test_two_servers_with_equal_group_ids(operator: Operator) -> None:
    """Another server may give equal groupIds: its groups are looked for, and found by their mark.

    They can be deleted again, and the other account's groups stay.
    """
    test, live = (fast_sandbox(random=Random(7)) for _ in range(2))
    first, second = hong_kong(2), hong_kong(2, start=50)
    with running(test) as url, running(live) as live_url:
        operator.use(url)
        assert operator.run("run", operator.write_list("first.csv", first)).exit == 0
        operator.use(live_url)
        done = operator.run("run", operator.write_list("second.csv", second), "--json")
        assert (done.exit, json.loads(done.out)["created"]) == (0, 2)
        assert test.groups.keys() == live.groups.keys()
        assert operator.run("undo", json.loads(done.out)["batch"], "--yes").exit == 0
    assert len(numbers_at(test)) == 2
    assert not live.groups


def test_a_list_of_another_account_is_not_made_again(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the key was changed, a sync would make all of its groups anew: it says so and stops."""
    path = operator.write_list("list.csv", hong_kong(20))
    in_list = ("sync", path, "--list", "customers")
    monkeypatch.setenv("IMPORTER_ACCOUNT", "main")
    assert operator.run(*in_list).exit == 0
    monkeypatch.setenv("IMPORTER_ACCOUNT", "another")
    stopped = operator.run(*in_list)
    assert stopped.exit == 3
    assert 'set IMPORTER_ACCOUNT="main"' in stopped.out
    assert set(numbers_at(sandbox).values()) == {1}
    assert operator.run(*in_list, "--known", "allow").exit == 0
    assert set(numbers_at(sandbox).values()) == {2}
    changed = operator.write_list("list.csv", hong_kong(21))
    assert operator.run("sync", changed, "--list", "customers").exit == 0, "none of these is new"
