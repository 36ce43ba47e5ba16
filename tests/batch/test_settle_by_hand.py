"""The operator's word, where no listing can tell: no batch is stuck for good."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.journal import Journal
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from pathlib import Path

SMALL = ("--json", "--group-size", "3", "--concurrency", "1", "--rate", "50")
STOPPED = [None, *["429"] * 6]
"""A script that makes one group and then refuses until a run gives up."""


def test_what_is_planned_is_sent_on_a_word(operator: Operator, environment: Path) -> None:
    """A batch that was cut off goes on although the vendor lists nothing, once somebody vouches."""
    server = fast_sandbox(vendor="empty-listing", script=STOPPED)
    path = operator.write_list("list.csv", hong_kong(9))
    with running(server) as url:
        operator.use(url)
        batch = json.loads(operator.run("run", path, *SMALL).out)["batch"]
        blind = operator.run("resume", batch)
        assert blind.exit == 1
        assert f"`importer settle {batch} --unsent`" in blind.out
        assert len(server.groups) == 1, "another copy of the journal may have sent them"
        assert operator.run("settle", batch, "--unsent").exit == 3, "nobody agreed"
        assert operator.run("settle", batch, "--unsent", "--yes").exit == 0
        assert operator.run("resume", batch).exit == 0
    assert numbers_at(server) == dict.fromkeys((one[1:] for one in hong_kong(9)), 1)
    with Journal.open(environment) as journal:
        assert {one.seq for one in journal.decisions(batch)} == {2, 3}


def test_a_word_does_not_outlive_a_backup(operator: Operator, environment: Path) -> None:
    """A copy that was made after the word, and put back after the run, sends nothing twice."""
    server = fast_sandbox(script=STOPPED)
    path = operator.write_list("list.csv", hong_kong(9))
    with running(server) as url:
        operator.use(url)
        batch = json.loads(operator.run("run", path, *SMALL).out)["batch"]
        assert operator.run("settle", batch, "--unsent", "--yes").exit == 0
        copy = environment.read_bytes()
        assert operator.run("resume", batch).exit == 0
        environment.write_bytes(copy)
        assert operator.run("resume", batch).exit == 0
    assert numbers_at(server) == dict.fromkeys((one[1:] for one in hong_kong(9)), 1)


def test_a_group_that_was_not_made_is_sent_on_a_word(operator: Operator) -> None:
    """After the word `not made` it is sent although no listing can tell."""
    server = fast_sandbox(vendor="empty-listing", script=[None, "cut-before"])
    path = operator.write_list("list.csv", hong_kong(6))
    with running(server) as url:
        operator.use(url)
        batch = json.loads(operator.run("run", path, *SMALL).out)["batch"]
        assert operator.run("settle", batch, "--not-made", "2", "--yes").exit == 0
        assert operator.run("run", path).exit == 0
    assert numbers_at(server) == dict.fromkeys((one[1:] for one in hong_kong(6)), 1)


def test_a_group_that_somebody_deleted_blocks_nothing_for_good(operator: Operator) -> None:
    """It is named with the command that says that it was deleted; then listings are believed."""
    server = fast_sandbox(script=[None, None, "cut-before"])
    path = operator.write_list("list.csv", hong_kong(9))
    with running(server) as url:
        operator.use(url)
        old = operator.write_list("old.csv", hong_kong(3, start=50))
        assert operator.run("run", old, *SMALL).exit == 0
        [deleted] = server.groups
        del server.groups[deleted]
        done = operator.run("run", path, *SMALL)
        told = json.loads(done.out)
        assert (done.exit, told["in_doubt"]) == (1, 3)
        shown = operator.run("settle", told["batch"]).out
        command = f"importer settle {told['batch']} --deleted {deleted}"
        assert command in shown
        assert operator.run(*command.split()[1:], "--yes").exit == 1, "the doubt itself is left"
        assert operator.run("run", path).exit == 0
    assert numbers_at(server) == dict.fromkeys((one[1:] for one in hong_kong(9)), 1)


def test_only_a_created_group_of_the_account_can_have_been_deleted(operator: Operator) -> None:
    """A groupId that the journal does not know is a slip of the pen."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        done = operator.run("run", operator.write_list("list.csv", hong_kong(3)), *SMALL)
        batch = json.loads(done.out)["batch"]
        refused = operator.run("settle", batch, "--deleted", "nothing", "--yes")
    assert refused.exit == 2
    assert "No created group of this account has the groupId nothing" in refused.err
