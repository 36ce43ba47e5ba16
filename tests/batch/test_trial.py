"""A trial makes the first groups of a list for real; the rest waits as it was planned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

SIZED = ("--group-size", "5", "--limit-groups", "2")


def test_a_trial_makes_the_first_groups_only(operator: Operator, sandbox: Sandbox) -> None:
    """The first N and no more, also when the command is given again; resume makes the rest."""
    path = operator.write_list("list.csv", hong_kong(23))
    for _ in range(2):
        done = operator.run("run", path, *SIZED)
        assert done.exit == 1
        assert "Stopped early: as many groups are made as --limit-groups allows." in done.out
        assert "13 wait to be sent." in done.out
        assert "importer resume" in done.out
        assert [*numbers_at(sandbox)] == [one.removeprefix("+") for one in hong_kong(10)]
    told = json.loads(operator.run("resume", "--json").out)
    assert (told["created"], told["exit"]) == (23, 0)
    assert set(numbers_at(sandbox).values()) == {1}


def test_a_trial_that_holds_the_whole_list(operator: Operator, sandbox: Sandbox) -> None:
    """Where a list has no more groups than the trial allows, it is done."""
    done = operator.run("run", operator.write_list("list.csv", hong_kong(10)), *SIZED)
    assert (done.exit, len(sandbox.groups)) == (0, 2)


def test_a_group_in_doubt_is_one_of_the_first(operator: Operator) -> None:
    """A group without a clear answer is looked for, and none is made beyond the first N."""
    server = fast_sandbox(script=["cut-after", "cut-before"])
    path = operator.write_list("list.csv", hong_kong(23))
    with running(server) as url:
        operator.use(url)
        assert operator.run("run", path, *SIZED, "--concurrency", "1").exit == 1
        assert [*numbers_at(server)] == [one.removeprefix("+") for one in hong_kong(10)]
        assert operator.run("resume").exit == 0
    assert set(numbers_at(server).values()) == {1}
