"""`sync` against a real sandbox: the list's groups hold the file's numbers, nobody else's go."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.journal import Journal
from importer.sandbox.faults import DELETE_FAULTS, UPDATE_FAULTS
from importer.sandbox.listing import CreatedGroup
from tests.batch.sheets import sheet
from tests.fast_forward import pass_time
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    import pandas as pd
    import pytest

    from importer.sandbox import Sandbox

LIST = ("--list", "customers", "--group-size", "10")


def bare(numbers: list[str]) -> set[str]:
    return {one.removeprefix("+") for one in numbers}


def test_a_list_follows_its_file(operator: Operator, sandbox: Sandbox) -> None:
    """What the file has is there, each number once; what it has no more is gone."""
    first = operator.write_list("a.csv", hong_kong(95))
    done = operator.run("sync", first, *LIST)
    assert done.exit == 0, done.err
    assert "List customers: 95 added, 0 kept, 0 removed." in done.out
    foreign = CreatedGroup("theirs", "theirs", ("85299999999",), "", "1")
    sandbox.groups["theirs"] = foreign
    changed = [*hong_kong(95)[8:], *hong_kong(5, start=500)]
    second = operator.write_list("b.csv", changed)
    calls = len(sandbox.calls)
    done = operator.run("sync", second, *LIST)
    assert done.exit == 0, done.err
    assert "List customers: 5 added, 87 kept, 8 removed." in done.out
    assert sandbox.groups.pop("theirs") == foreign
    assert numbers_at(sandbox) == dict.fromkeys(bare(changed), 1)
    made = [one.action for one in sandbox.calls[calls:]]
    assert made.count("updateGroup") == 2
    assert made.count("createGroup") == 0
    rows = sheet(operator.folder / "b.results.xlsx", "Changes")
    assert [row["Change"] for row in rows] == ["removed"] * 8 + ["added"] * 5 + ["kept"] * 87
    assert operator.run("verify").exit == 0
    again = operator.run("sync", second, *LIST)
    assert again.exit == 0
    assert "The list holds this file's numbers already" in again.out
    told = json.loads(operator.run("lists", "--json").out)
    assert (told["list"], told["numbers"], told["finished"]) == ("customers", 92, True)


def test_only_what_is_new_to_a_list_is_looked_up(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of a million of which a few changed costs the look-up of a few."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(95)), *LIST)
    sought: list[int] = []
    known_among = Journal.known_among

    def counted(self: Journal, numbers: pd.Series, *others: Any, **more: Any) -> pd.DataFrame:
        sought.append(len(numbers))
        return known_among(self, numbers, *others, **more)

    monkeypatch.setattr(Journal, "known_among", counted)
    operator.run("sync", operator.write_list("b.csv", hong_kong(98)), *LIST)
    assert sought == [3]


def held(sandbox: Sandbox) -> dict[str, set[str]]:
    return {one.group_id: set(one.phones) for one in sandbox.groups.values()}


def test_undo_brings_back_what_was(operator: Operator, sandbox: Sandbox) -> None:
    """The groups hold what they held, the sync counts as undone, and the first file is in step."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(95)), *LIST)
    before = held(sandbox)
    changed = [*hong_kong(94)[7:], *hong_kong(25, start=500)]
    done = operator.run("sync", operator.write_list("b.csv", changed), *LIST, "--json")
    batch = json.loads(done.out)["batch"]
    asked = operator.run("undo", batch)
    assert (asked.exit, numbers_at(sandbox).total()) == (3, 112)
    done = operator.run("undo", batch, "--yes")
    assert done.exit == 0, done.err
    assert f"The list customers is as it was before {batch}." in done.out
    assert held(sandbox) == before
    again = operator.run("sync", operator.folder / "a.csv", *LIST)
    assert (again.exit, "already" in again.out) == (0, True)
    assert "undone" in operator.run("batches").out


def test_an_undo_has_no_rows(operator: Operator, sandbox: Sandbox) -> None:
    """The journal is sound without them, the sync's results stay, and the first file is named."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(20)), *LIST)
    done = operator.run("sync", operator.write_list("b.csv", hong_kong(21)), *LIST, "--json")
    batch = json.loads(done.out)["batch"]
    assert operator.run("undo", batch, "--yes").exit == 0
    assert json.loads(operator.run("lists", "--json").out)["file"] == "a.csv"
    checked = operator.run("journal", "check")
    assert (checked.exit, "it is sound" in checked.out) == (0, True)
    undo = json.loads(operator.run("batches", "--json").out.splitlines()[-1])["batch"]
    assert "b.csv --list customers" in operator.run("results", batch).out
    written = (operator.folder / "b.results.xlsx").read_bytes()
    refused = operator.run("results", undo)
    assert refused.exit == 2
    assert f"`importer results {batch}`" in refused.err
    assert (operator.folder / "b.results.xlsx").read_bytes() == written


def test_a_deleted_group_comes_back_whole(operator: Operator, sandbox: Sandbox) -> None:
    """What a sync deleted is made anew under its name, with exactly its numbers."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(100)), *LIST)
    before = {one.group_name: set(one.phones) for one in sandbox.groups.values()}
    second = operator.write_list("b.csv", hong_kong(100)[10:])
    batch = json.loads(operator.run("sync", second, *LIST, "--json").out)["batch"]
    assert len(sandbox.groups) == 9
    assert operator.run("undo", batch, "--yes").exit == 0
    assert {one.group_name: set(one.phones) for one in sandbox.groups.values()} == before


def test_undoing_all_of_a_list_leaves_no_group(operator: Operator, sandbox: Sandbox) -> None:
    """The undo of the first sync deletes the group too that another undo had made anew."""
    done = operator.run("sync", operator.write_list("a.csv", hong_kong(100)), *LIST, "--json")
    first = json.loads(done.out)["batch"]
    second = operator.write_list("b.csv", hong_kong(100)[10:])
    batch = json.loads(operator.run("sync", second, *LIST, "--json").out)["batch"]
    assert operator.run("undo", batch, "--yes").exit == 0
    done = operator.run("undo", first, "--yes", "--json")
    told = json.loads(done.out)
    assert (told["batch"], told["deleted"], told["left"], told["exit"]) == (first, 10, [], 0)
    assert sandbox.groups == {}


def test_too_many_removals_need_a_word(operator: Operator, sandbox: Sandbox) -> None:
    """Unattended, more than the share ends with exit 3 and nothing is changed; never all go."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(100)), *LIST)
    before = held(sandbox)
    second = operator.write_list("b.csv", hong_kong(80))
    done = operator.run("sync", second, *LIST)
    assert done.exit == 3
    assert "20 of the 100 numbers of the list customers (20.0 %)" in done.out
    assert f"importer sync {second} --list customers --max-remove 20\n" in done.out
    assert held(sandbox) == before
    other = operator.write_list("c.csv", hong_kong(50, start=900))
    done = operator.run("sync", other, *LIST, "--max-remove", "100")
    assert (done.exit, held(sandbox)) == (3, before)
    assert operator.run("sync", second, *LIST, "--max-remove", "20").exit == 0
    assert numbers_at(sandbox).total() == 80


def test_what_waits_is_not_said_to_be_added(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync that was stopped tells how many of its numbers came and went."""
    secret = os.environ["NXCLOUD_ACCESS_SECRET"]
    path = operator.write_list("a.csv", hong_kong(20))
    monkeypatch.setenv("NXCLOUD_ACCESS_SECRET", "another")
    done = operator.run("sync", path, *LIST)
    assert (done.exit, sandbox.groups) == (4, {})
    assert "List customers: 0 of 20 added, 0 kept, 0 removed." in done.out
    monkeypatch.setenv("NXCLOUD_ACCESS_SECRET", secret)
    assert "List customers: 20 added, 0 kept, 0 removed." in operator.run("sync", path, *LIST).out


def test_a_share_is_a_number(operator: Operator, sandbox: Sandbox) -> None:
    """What compares with no number opens no rail; a percent sign may stand behind one."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(20)), *LIST)
    shorter = operator.write_list("b.csv", hong_kong(16))
    for wrong in ("nan", "101", "-1", "many", ""):
        done = operator.run("sync", shorter, *LIST, "--max-remove", wrong)
        assert (done.exit, numbers_at(sandbox).total()) == (2, 20)
        assert f"'{wrong}' must be a number from 0 to 100." in done.err
    done = operator.run("sync", shorter, *LIST, "--max-remove", "20%", "--dry-run")
    assert f"importer sync {shorter} --list customers --max-remove 20\n" in done.out
    assert operator.run("sync", shorter, *LIST, "--max-remove", "20%").exit == 0
    assert numbers_at(sandbox).total() == 16


def test_a_slip_in_the_name_makes_no_second_list(operator: Operator, sandbox: Sandbox) -> None:
    """Other capitals or spaces are refused, and of another new name the lists are told."""
    path = operator.write_list("a.csv", hong_kong(20))
    operator.run("sync", path, *LIST)
    for name in ("Customers", "custo mers"):
        done = operator.run("sync", path, "--list", name)
        assert (done.exit, numbers_at(sandbox).total()) == (2, 20)
        assert f"There is no list '{name}', but there is 'customers'" in done.err
    assert operator.run("sync", path, "--list", "customers ").exit == 2
    done = operator.run("sync", path, "--list", "custommers", "--dry-run")
    assert (done.exit, "The list custommers is new; there are: customers." in done.err) == (0, True)


def test_a_sync_that_was_stopped_leads_on(operator: Operator, sandbox: Sandbox) -> None:
    """The last line is the command that opens the gate, with the options that were given."""
    path = operator.write_list("a.csv", hong_kong(20))
    batch = json.loads(operator.run("run", path, "--json").out)["batch"]
    stopped = operator.run("sync", path, "--list", "vip", "--region", "HK")
    assert stopped.exit == 3
    again = f"importer sync {path} --list vip --adopt {batch} --region HK"
    assert stopped.out.rstrip().endswith(again)
    other = operator.write_list("b.csv", hong_kong(30, start=500))
    large = operator.run("sync", other, *LIST, "--max-groups", "2")
    assert large.exit == 3
    assert large.out.rstrip().endswith("--group-size 10 --max-groups 3")
    assert len(numbers_at(sandbox)) == 20
    national = operator.write_list("c.csv", [one[4:] for one in hong_kong(9, start=700)])
    stopped = operator.run("sync", national, *LIST)
    assert re.search(
        "c.csv --list customers --region [A-Z]{2} --group-size 10$", stopped.out.rstrip()
    )


def test_a_dry_run_sends_nothing(operator: Operator, sandbox: Sandbox) -> None:
    """The workbook has every change, and neither the vendor nor the journal is changed."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(50)), *LIST)
    before, batches = held(sandbox), operator.run("batches").out
    second = operator.write_list("b.csv", [*hong_kong(50)[1:], "+85259999999"])
    done = operator.run("sync", second, *LIST, "--dry-run")
    assert done.exit == 0
    assert (held(sandbox), operator.run("batches").out) == (before, batches)
    rows = sheet(operator.folder / "b.sync.xlsx", "Changes")
    assert [(row["Number"], row["Change"]) for row in rows if row["Change"] != "kept"] == [
        ("85251000000", "removed"),
        ("85259999999", "added"),
    ]
    assert len(rows) == 51


def test_a_batch_is_adopted(operator: Operator, sandbox: Sandbox) -> None:
    """The groups of a batch that was run before become the list's; else nothing is doubled."""
    path = operator.write_list("a.csv", hong_kong(50))
    batch = json.loads(operator.run("run", path, "--group-size", "10", "--json").out)["batch"]
    changed = operator.write_list("b.csv", [*hong_kong(50)[1:], "+85259999999"])
    stopped = operator.run("sync", changed, "--list", "customers")
    assert stopped.exit == 3
    assert f"--list customers --adopt {batch}" in stopped.out
    assert numbers_at(sandbox).total() == 50
    done = operator.run("sync", changed, "--list", "customers", "--adopt", batch)
    assert done.exit == 0, done.err
    assert numbers_at(sandbox) == dict.fromkeys(bare([*hong_kong(50)[1:], "+85259999999"]), 1)
    refused = operator.run("run", path)
    assert refused.exit == 3
    assert "importer sync a.csv --list customers" in refused.out
    shown = operator.run("results", batch, "--json")
    told = json.loads(shown.out)
    assert (told["created"], told["planned"], told["exit"]) == (49, 1, 1)


def test_what_somebody_else_did_is_put_right(operator: Operator, sandbox: Sandbox) -> None:
    """A number taken out by hand is added again; one put in by hand stays, if the file lacks it."""
    path = operator.write_list("a.csv", hong_kong(20))
    operator.run("sync", path, *LIST)
    pass_time(600)
    group = next(iter(sandbox.groups.values()))
    phones = (*group.phones[1:], "85299999999")
    sandbox.groups[group.group_id] = replace(group, phones=phones)
    done = operator.run("sync", path, *LIST)
    assert done.exit == 0, done.err
    assert "Somebody took 1 number out of the list's groups" in done.out
    assert "1 number that somebody else put there" in done.out
    assert set(numbers_at(sandbox)) == bare(hong_kong(20)) | {"85299999999"}


def test_the_share_removed_is_of_what_is_still_there(operator: Operator, sandbox: Sandbox) -> None:
    """What somebody took out at the vendor does not make room for more removals, nor for all."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(100)), *LIST)
    pass_time(600)
    for one in list(sandbox.groups.values()):
        sandbox.groups[one.group_id] = replace(one, phones=one.phones[:5])
    numbers = [one.phones for one in sandbox.groups.values()]
    left = sorted(number for phones in numbers for number in phones)
    fewer = operator.write_list("b.csv", [f"+{one}" for one in left[10:]])
    done = operator.run("sync", fewer, *LIST)
    assert (done.exit, "10 of the 50 numbers" in done.out) == (3, True), done.out
    lost = sorted(bare(hong_kong(100)).difference(left))
    other = operator.write_list("c.csv", [f"+{one}" for one in lost])
    done = operator.run("sync", other, *LIST, "--max-remove", "100")
    assert (done.exit, "never loses all" in done.out) == (3, True), done.out


def test_a_number_that_somebody_moved_is_followed(operator: Operator, sandbox: Sandbox) -> None:
    """The journal has it in the group that it is in, though the file is the last one again."""
    path = operator.write_list("a.csv", hong_kong(18))
    operator.run("sync", path, *LIST)
    pass_time(600)
    one, other = sandbox.groups.values()
    sandbox.groups[one.group_id] = replace(one, phones=one.phones[1:])
    sandbox.groups[other.group_id] = replace(other, phones=(*other.phones, one.phones[0]))
    assert operator.run("verify").exit == 1
    assert operator.run("sync", path, *LIST).exit == 0
    assert operator.run("verify").exit == 0
    assert numbers_at(sandbox) == dict.fromkeys(bare(hong_kong(18)), 1)


def test_a_listing_may_show_a_change_as_late_as_is_said(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Within --listing-delay, what a listing lacks was not taken out by somebody."""
    numbers, more = hong_kong(95), hong_kong(4, start=500)
    operator.run("sync", operator.write_list("a.csv", numbers), *LIST)
    operator.run("sync", operator.write_list("b.csv", [*numbers, *more]), *LIST)
    [last] = [one for one in sandbox.groups.values() if len(one.phones) == 9]
    sandbox.groups[last.group_id] = replace(last, phones=last.phones[:5])
    pass_time(300)
    third = operator.write_list("c.csv", numbers)
    done = operator.run("sync", third, *LIST, "--listing-delay", "900", "--dry-run")
    assert "4 to remove" in done.err, done.err
    done = operator.run("sync", third, *LIST, "--dry-run")
    assert "Somebody took 4 numbers out of the list's groups" in done.err, done.err


def test_numbers_listed_without_country_code_end_a_sync(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Nothing is sent, and the journal keeps what it knows of the list."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(20)), *LIST)
    pass_time(600)
    for one in list(sandbox.groups.values()):
        phones = tuple(number.removeprefix("852") for number in one.phones)
        sandbox.groups[one.group_id] = replace(one, phones=phones)
    before = held(sandbox)
    done = operator.run("sync", operator.write_list("b.csv", hong_kong(25)), *LIST)
    assert done.exit != 0
    assert "without numbers that can be read" in done.err
    assert held(sandbox) == before
    assert json.loads(operator.run("lists", "--json").out)["numbers"] == 20


def test_every_fault_of_an_update_is_settled(operator: Operator) -> None:
    """Whatever happens to calls, the end is the file's set, each number once."""
    server = fast_sandbox()
    numbers = hong_kong(330)
    changed = [one for at, one in enumerate(numbers) if at % 10] + hong_kong(40, start=900)
    with running(server) as url:
        operator.use(url)
        operator.run("sync", operator.write_list("a.csv", numbers), *LIST)
        server._plan._scripts["updateGroup"] = iter(UPDATE_FAULTS)
        second = operator.write_list("b.csv", changed)
        for _ in range(5):
            done = operator.run("sync", second, *LIST, "--max-remove", "20", "--concurrency", "1")
            if done.exit == 0:
                break
        assert done.exit == 0, done.out
        faults = {one.fault for one in server.calls if one.action == "updateGroup"}
        assert len(faults) > len(UPDATE_FAULTS) - 3
        assert numbers_at(server) == dict.fromkeys(bare(changed), 1)
        assert operator.run("verify").exit == 0


def test_every_fault_of_a_deletion_is_settled(operator: Operator) -> None:
    """A group whose numbers all left is gone in the end, whatever happened to the call."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        operator.run("sync", operator.write_list("a.csv", hong_kong(100)), *LIST)
        server._plan._scripts["deleteGroup"] = iter(DELETE_FAULTS)
        second = operator.write_list("b.csv", hong_kong(100)[40:])
        for _ in range(4):
            done = operator.run("sync", second, *LIST, "--max-remove", "40", "--concurrency", "1")
            if done.exit == 0:
                break
        assert done.exit == 0, done.out
        assert numbers_at(server) == dict.fromkeys(bare(hong_kong(100)[40:]), 1)
        assert len(server.groups) == 6
