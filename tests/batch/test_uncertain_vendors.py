"""Vendors that do what no document rules out, on real sockets, judged by the server's own state.

Whatever the vendor is like, each number is in exactly one group there, or in a state that says so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from importer.journal import Journal
from importer.model import GroupState
from importer.sandbox import CreatedGroup
from tests.served import fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox
    from tests.served import Done, Operator

SMALL = ("--group-size", "3", "--concurrency", "1", "--rate", "50")


def run_list(operator: Operator, path: Path, *more: str) -> tuple[Done, dict[str, Any]]:
    """Run a list in groups of three, and return how it ended and what it printed."""
    done = operator.run("run", path, "--json", *SMALL, *more)
    return done, json.loads(done.out)


def assert_once(sandbox: Sandbox, numbers: list[str]) -> None:
    """Each number is at the server, in one group."""
    assert numbers_at(sandbox) == dict.fromkeys((one.lstrip("+") for one in numbers), 1)


LISTINGS = [
    "page-100", "trailing-comma", "spaced-phones", "plus-phones", "zero-phones", "doubled-phones",
    "reversed-phones", "array-phones", "integer-phones", "null-data", "null-groups", "no-groups",
    "total-more", "total-less", "total-text", "no-total", "numeric-ids", "text-codes",
    "cut-names", "cut-remarks", "no-remarks", "null-remarks", "unordered",
    "frozen-date", "date-behind", "date-ahead", "no-date",
]  # fmt: skip


@pytest.mark.parametrize("fault", ["cut-after", "code-1-before"])
@pytest.mark.parametrize("kind", LISTINGS)
def test_doubt_is_settled_whatever_the_listing_looks_like(
    operator: Operator, kind: str, fault: str
) -> None:
    """A doubtful first group is found or sent again, however the vendor lists groups."""
    server = fast_sandbox(vendor=kind, script=[fault])
    numbers = hong_kong(9)
    with running(server) as url:
        operator.use(url)
        done, told = run_list(operator, operator.write_list("list.csv", numbers))
    assert (done.exit, told["created"]) == (0, 9), done.err
    assert_once(server, numbers)


@pytest.mark.parametrize("kind", ["empty-listing", "stale-listing"])
@pytest.mark.parametrize("fault", ["cut-after", "code10009-after"])
def test_a_listing_without_what_must_be_there_proves_nothing(
    operator: Operator, kind: str, fault: str
) -> None:
    """Groups that are made and not listed show that the list lies: nobody is sent again by it."""
    server = fast_sandbox(vendor=kind, script=[None, None, None, fault])
    numbers = hong_kong(12)
    with running(server) as url:
        operator.use(url)
        path = operator.write_list("list.csv", numbers)
        done, told = run_list(operator, path)
        shown = operator.run("settle", told["batch"]).out
    assert_once(server, numbers)
    if kind == "empty-listing":
        assert (done.exit, told["in_doubt"]) == (1, 3)
        assert "must be there" in shown
    else:
        assert (done.exit, told["created"]) == (0, 12)


def test_a_second_answer_on_a_connection_is_nobodys(operator: Operator) -> None:
    """A call carried out twice answers once; what is left over is not the next call's answer."""
    server = fast_sandbox(script=["second-answer"])
    numbers = hong_kong(9)
    with running(server) as url:
        operator.use(url)
        done, told = run_list(operator, operator.write_list("list.csv", numbers))
    counts = numbers_at(server)
    assert told["created"] == 9
    assert done.exit == 0
    assert sorted(counts.values()) == [1] * 6 + [2] * 3, "the proxy itself made one group twice"


def test_an_old_group_id_is_no_new_group(operator: Operator) -> None:
    """A vendor that keeps names unique gives the old group back: refused, and nothing is lost."""
    server = fast_sandbox(vendor="unique-names")
    old, new = hong_kong(3), hong_kong(3, start=50)
    with running(server) as url:
        operator.use(url)
        name = ("--name", "always the same")
        assert run_list(operator, operator.write_list("old.csv", old), *name)[0].exit == 0
        done, told = run_list(operator, operator.write_list("new.csv", new), *name)
    assert (done.exit, told["refused"], told["created"]) == (1, 3, 0)
    assert_once(server, old)


@pytest.mark.parametrize("code", [10006, 99999])
def test_a_failure_is_no_refusal(operator: Operator, code: int) -> None:
    """A vendor that always fails is asked four times in all; then the group counts as refused."""
    server = fast_sandbox(faults={f"code{code}-before": 1.0})
    with running(server) as url:
        operator.use(url)
        done, told = run_list(operator, operator.write_list("list.csv", hong_kong(3)))
    creates = [one for one in server.calls if one.action == "createGroup"]
    assert (done.exit, told["refused"], len(creates)) == (1, 3, 4)


def test_refused_groups_are_sent_once_more(operator: Operator) -> None:
    """When the account is repaired, `resume --refused` finishes the batch, without doubles."""
    server = fast_sandbox(poison={number.lstrip("+"): 10003 for number in hong_kong(3)})
    numbers = hong_kong(9)
    path = operator.write_list("list.csv", numbers)
    with running(server) as url:
        operator.use(url)
        done, told = run_list(operator, path)
        assert (done.exit, told["refused"]) == (1, 3)
        batch = told["batch"]
        assert operator.run("resume", batch, "--json").exit == 1
        again = json.loads(operator.run("resume", "--refused", batch, "--json").out)
        assert again["refused"] == 3, "still refused"
        server._vendor._poison = {}
        again = json.loads(operator.run("resume", "--refused", "--json").out)
    assert (again["exit"], again["created"]) == (0, 9)
    assert_once(server, numbers)


def test_refused_groups_whose_numbers_went_elsewhere_are_not_sent_again(
    operator: Operator,
) -> None:
    """`resume --refused` puts no number into a second group: not of another list, nor of --again.

    It says so; refused groups without such a number are sent.
    """
    numbers = hong_kong(6)
    server = fast_sandbox(poison={number.lstrip("+"): 10003 for number in numbers})
    first = operator.write_list("first.csv", numbers)
    with running(server) as url:
        operator.use(url)
        assert run_list(operator, first, "--group-size", "2")[1]["refused"] == 6
        server._vendor._poison = {}
        other = operator.write_list("other.csv", numbers[:1])
        assert run_list(operator, other)[1]["created"] == 1
        resumed = operator.run("resume", "--refused")
        assert resumed.exit == 1
        assert "1 refused group was not sent again: 1 of the numbers is in" in resumed.out
        assert_once(server, [numbers[0], *numbers[2:]])
        server._vendor._poison = {number.lstrip("+"): 10003 for number in hong_kong(3, start=50)}
        more = operator.write_list("more.csv", hong_kong(3, start=50))
        assert run_list(operator, more)[1]["refused"] == 3
        server._vendor._poison = {}
        assert run_list(operator, more, "--again", "--yes")[1]["created"] == 3
        assert operator.run("resume", "--refused").exit == 1
    assert_once(server, [numbers[0], *numbers[2:], *hong_kong(3, start=50)])


def test_the_size_of_groups_is_learned(operator: Operator) -> None:
    """Halves that go through show the limit; the next batch keeps to it from the first call."""
    server = fast_sandbox(max_phones=5)
    first, second = hong_kong(40), hong_kong(40, start=100)
    with running(server) as url:
        operator.use(url)
        sized = ("--group-size", "10", "--concurrency", "1")
        done = operator.run("run", operator.write_list("a.csv", first), *sized)
        assert "at most 5 numbers" in done.out
        calls = len(server.calls)
        done = operator.run("run", operator.write_list("b.csv", second), "--json", *sized)
    assert json.loads(done.out)["created"] == 40
    assert [one.code for one in server.calls[calls:] if one.action == "createGroup"] == [0] * 8
    assert_once(server, first + second)


def test_a_learned_size_is_said_and_can_be_tried_again(operator: Operator) -> None:
    """Smaller groups say why; doctor does, too; --any-size tries larger ones, and forgets."""
    server = fast_sandbox(max_phones=5)
    sized = ("--group-size", "10", "--concurrency", "1")
    with running(server) as url:
        operator.use(url)
        operator.run("run", operator.write_list("a.csv", hong_kong(40)), *sized)
        done = operator.run("run", operator.write_list("b.csv", hong_kong(20, start=100)), *sized)
        assert "at most 5 numbers and not 10" in done.out
        assert "--any-size tries larger ones again" in done.out
        assert "at most 5 numbers" in operator.run("doctor").out
        server._vendor._max_phones = None
        third = operator.write_list("c.csv", hong_kong(20, start=200))
        done = operator.run("run", third, "--any-size", *sized)
        assert "took groups of more than 5 numbers again" in done.out
        before = len(server.groups)
        operator.run("run", operator.write_list("d.csv", hong_kong(20, start=300)), *sized)
        assert len(server.groups) == before + 2
        assert "at most" not in operator.run("doctor").out


def test_a_double_is_said(operator: Operator) -> None:
    """A group that the vendor made twice is adopted once, and the other one is told: exit 1."""
    server = fast_sandbox(script=["cut-after"])
    path = operator.write_list("list.csv", hong_kong(3))
    with running(server) as url:
        operator.use(url)
        make = server._vendor._create_group

        def twice(body: Any) -> Any:
            make(body)
            return make(body)

        server._vendor._actions = {**server._vendor._actions, "createGroup": twice}
        done, told = run_list(operator, path)
        assert (done.exit, told["created"], len(told["doubles"])) == (1, 3, 1)
        undone = operator.run("undo", told["batch"], "--yes")
    assert (undone.exit, "made twice" in undone.out) == (1, True)
    assert not server.groups


@pytest.mark.parametrize("fault", ["cut-after", "cut-before"])
def test_the_operators_word_ends_a_doubt(operator: Operator, environment: Path, fault: str) -> None:
    """`settle` shows what is in doubt, takes the word, and journals who gave it."""
    server = fast_sandbox(vendor="empty-listing", script=[None, fault])
    with running(server) as url:
        operator.use(url)
        _, told = run_list(operator, operator.write_list("list.csv", hong_kong(6)))
        batch = told["batch"]
        shown = operator.run("settle", batch, "--json")
        assert shown.exit == 1
        [doubt] = json.loads(shown.out)["in_doubt"]
        made = [one for one in server.groups.values() if "85251000003" in one.phones]
        seq = str(doubt["seq"])
        word = ["--created", f"{seq}={made[0].group_id}"] if made else ["--not-made", seq]
        assert operator.run("settle", batch, *word).exit == 3, "nobody agreed"
        assert operator.run("settle", batch, *word, "--yes", "--json").exit == 0
        assert operator.run("settle", batch).exit == 0
    with Journal.open(environment) as journal:
        [decision] = journal.decisions(batch)
        states = {one.state for one in journal.groups(batch)}
    assert "@" in decision.who
    assert decision.group_id == (made[0].group_id if made else "")
    assert states == ({GroupState.CREATED} if made else {GroupState.CREATED, GroupState.PLANNED})


def test_a_word_that_can_not_be_is_refused(operator: Operator) -> None:
    """A group that is not in doubt, and a groupId of another group, are no words."""
    server = fast_sandbox(vendor="empty-listing", script=[None, "cut-after"])
    with running(server) as url:
        operator.use(url)
        _, told = run_list(operator, operator.write_list("list.csv", hong_kong(6)))
        batch = told["batch"]
        first = next(iter(server.groups))
        assert operator.run("settle", batch, "--not-made", "1", "--yes").exit == 2
        assert operator.run("settle", batch, "--created", f"2={first}", "--yes").exit == 2
        assert operator.run("settle", batch, "--created", "2", "--yes").exit == 2
        assert operator.run("settle", batch, "--json").exit == 1


@pytest.mark.parametrize("kind", ["cut-remarks", "no-remarks", "null-remarks", "empty-listing"])
def test_undo_knows_its_groups_by_their_ids(operator: Operator, kind: str) -> None:
    """Where remarks are cut or nothing is listed, the journal's own groupIds are deleted."""
    server = fast_sandbox(vendor=kind)
    with running(server) as url:
        operator.use(url)
        _, told = run_list(operator, operator.write_list("list.csv", hong_kong(9)))
        server.groups["theirs"] = CreatedGroup("theirs", "theirs", ("85251111111",), "", "1")
        done = operator.run("undo", told["batch"], "--yes")
    assert done.exit == 0, done.out
    assert set(server.groups) == {"theirs"}


@pytest.mark.parametrize("fault", ["huge-answer", "packed-answer"])
def test_a_huge_answer_is_a_doubt(operator: Operator, fault: str) -> None:
    """An answer larger than any that is documented is not read to its end, and settled."""
    server = fast_sandbox(script=[fault])
    numbers = hong_kong(6)
    with running(server) as url:
        operator.use(url)
        done, _ = run_list(operator, operator.write_list("list.csv", numbers))
    assert done.exit == 0
    assert_once(server, numbers)


@pytest.mark.parametrize(
    "fault",
    ["listing-short", "listing-empty", "listing-null", "listing-huge", "listing-html"],
)
def test_a_listing_that_fails_once_makes_no_double(operator: Operator, fault: str) -> None:
    """One wrong listing among right ones settles nothing wrongly."""
    server = fast_sandbox(faults={fault: 0.4}, script=[None, None, None, "cut-after"])
    numbers = hong_kong(12)
    path = operator.write_list("list.csv", numbers)
    with running(server) as url:
        operator.use(url)
        run_list(operator, path)
        for _ in range(4):
            run_list(operator, path)
    assert_once(server, numbers)


def test_a_list_that_hides_all_is_said_at_last(operator: Operator) -> None:
    """The first group of an account, sent again by an empty list that always is: exit 1, a note."""
    server = fast_sandbox(vendor="empty-listing", script=["cut-after"])
    with running(server) as url:
        operator.use(url)
        path = operator.write_list("list.csv", hong_kong(3))
        done = operator.run("run", path, "--group-size", "3")
    assert done.exit == 1
    assert "1 group may be at the vendor twice" in done.out
    assert "list HK 001" in done.out
