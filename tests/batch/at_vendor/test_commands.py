"""`groups` and `verify` against a real sandbox: what is there is told, and nothing is changed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.sandbox.listing import CreatedGroup
from tests.batch.sheets import sheet
from tests.fast_forward import pass_time
from tests.report.readback import problems
from tests.served import Operator, hong_kong

if TYPE_CHECKING:
    from importer.sandbox import Sandbox


def run_list(operator: Operator, count: int = 10) -> str:
    path = operator.write_list("list.csv", hong_kong(count))
    done = operator.run("run", path, "--group-size", "5", "--json")
    return str(json.loads(done.out)["batch"])


def test_verify_agrees_after_a_run(operator: Operator, sandbox: Sandbox) -> None:
    """Right after a run all agrees: exit 0, no workbook; somebody else's group is no difference."""
    batch = run_list(operator)
    sandbox.groups["theirs"] = CreatedGroup("theirs", "theirs", ("85299999999",), "", "1")
    done = operator.run("verify")
    assert (done.exit, done.out) == (
        0,
        "The vendor holds what the journal says: 2 groups, no difference.\n",
    )
    assert operator.run("verify", batch).exit == 0
    assert not (operator.folder / "verify.xlsx").exists()


def test_verify_names_every_difference(operator: Operator, sandbox: Sandbox) -> None:
    """A number taken out, one put in, a group renamed: each is in the workbook, and exit is 1."""
    batch = run_list(operator, 15)
    first, second, _ = list(sandbox.groups.values())
    before = dict(sandbox.groups)
    phones = (*first.phones[1:], "85259999999")
    sandbox.groups[first.group_id] = replace(first, phones=phones)
    sandbox.groups[second.group_id] = replace(second, group_name="=1+1")
    calls = len(sandbox.calls)
    done = operator.run("verify", batch, "--json")
    told = json.loads(done.out)
    assert (done.exit, told["exit"], told["groups"]) == (1, 1, 3)
    assert [one["found"] for one in told["differences"]] == [
        "numbers changed",
        "name or remark changed",
    ]
    workbook = operator.folder / "verify.xlsx"
    numbers = sheet(workbook, "Numbers")
    assert [(one["Number"], one["Difference"]) for one in numbers] == [
        (first.phones[0], "missing at the vendor"),
        ("85259999999", "added at the vendor"),
    ]
    assert not problems(workbook)
    assert {one.action for one in sandbox.calls[calls:]} == {"listGroup"}
    assert sandbox.groups.keys() == before.keys()
    assert "+852" not in done.out


def test_verify_of_one_batch_looks_at_no_other(operator: Operator, sandbox: Sandbox) -> None:
    """A difference of another batch is not this one's."""
    batch = run_list(operator)
    other = operator.write_list("other.csv", hong_kong(5, start=100))
    operator.run("run", other)
    changed = list(sandbox.groups.values())[-1]
    sandbox.groups[changed.group_id] = replace(changed, phones=changed.phones[1:])
    assert operator.run("verify", batch).exit == 0
    done = operator.run("verify")
    assert done.exit == 1
    assert "1 of 3 groups differs:" in done.out


def test_a_group_that_is_gone_after_some_time(operator: Operator, sandbox: Sandbox) -> None:
    """While others are listed that were made at the same time, what is not listed is gone."""
    run_list(operator)
    keep = operator.write_list("keep.csv", hong_kong(5, start=100))
    operator.run("run", keep)
    gone = next(iter(sandbox.groups))
    del sandbox.groups[gone]
    pass_time(600)
    done = operator.run("verify", "--json")
    [one] = json.loads(done.out)["differences"]
    assert (done.exit, one["found"], one["group_id"]) == (1, "gone", gone)


def test_groups_tells_ours_and_theirs(operator: Operator, sandbox: Sandbox) -> None:
    """Each group stands in the workbook once, with its country and whether it is ours."""
    batch = run_list(operator)
    sandbox.groups["theirs"] = CreatedGroup("theirs", "", ("85299999999", "8613800138000"), "", "1")
    done = operator.run("groups", "--json", "--out", operator.folder / "now.xlsx")
    told = json.loads(done.out)
    assert (done.exit, told["at_vendor"], told["ours"], told["foreign"]) == (0, 3, 2, 1)
    rows = sheet(operator.folder / "now.xlsx", "Groups")
    assert [(one["Country"], one["Numbers"], one["Batch"], one["Found"]) for one in rows] == [
        ("HK", 5, batch, "as recorded"),
        ("HK", 5, batch, "as recorded"),
        ("mixed", 2, None, "not ours"),
    ]
    assert len(sheet(operator.folder / "now.xlsx", "Numbers")) == 12


def test_the_workbook_is_written_anew_but_nobody_s_file_is_lost(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Ours is replaced; a file that is not ours stays."""
    run_list(operator)
    assert operator.run("groups").exit == 0
    assert operator.run("groups").exit == 0
    assert [one.name for one in operator.folder.glob("groups*")] == ["groups.xlsx"]
    mine = operator.folder / "mine.xlsx"
    mine.write_text("mine")
    assert operator.run("groups", "--out", mine).exit == 0
    assert mine.read_text() == "mine"
    assert (operator.folder / "mine (2).xlsx").exists()


def test_a_vendor_that_does_not_answer(operator: Operator) -> None:
    """A vendor that is not there is one sentence and exit 1, or 4 where it refuses the key."""
    operator.use("http://127.0.0.1:9/api/pns/")
    done = operator.run("verify")
    assert done.exit == 1
    assert "could not be listed" in done.err
