"""After forgetting nothing is made twice, and what is left is told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.journal import Journal, forgetting
from tests.batch.retention.forgetting import (
    BY_NAME,
    batch_of,
    forget,
    kept_numbers,
    people,
    run,
    sheet,
)
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox


def test_names_go_on_after_their_values_were_forgotten(
    operator: Operator, sandbox: Sandbox
) -> None:
    """The same people's next list gives no group a name that one at the vendor has."""
    forget(operator, batch_of(operator.run("run", people(operator), *BY_NAME).out))
    assert operator.run("run", people(operator, 50), *BY_NAME).exit == 0
    names = [one.group_name for one in sandbox.groups.values()]
    assert len({*names}) == len(names) == 4


def test_a_forgotten_list_is_not_sent_again(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """Dropped again it is recognised, in any order; new groups are made only with --again."""
    numbers = hong_kong(20)
    batch = run(operator, "list.csv", [*numbers, "n/a"], "--group-size", "5")
    earlier = (operator.folder / "list.results.xlsx").read_bytes()
    forget(operator, batch)
    done = operator.run("run", operator.write_list("list.csv", [*reversed(numbers), "n/a"]))
    assert done.exit == 0
    assert "20 of 21 numbers are in 4 groups." in done.out
    assert "were forgotten on" in done.out
    assert len(sandbox.groups) == 4
    assert kept_numbers(environment.parent, numbers) == []
    assert (operator.folder / "list.results.xlsx").read_bytes() == earlier
    again = operator.run("run", operator.folder / "list.csv", "--again")
    assert again.exit == 0
    assert set(numbers_at(sandbox).values()) == {2}
    assert batch_of(operator.run("run", operator.folder / "list.csv").out) == batch_of(again.out)
    assert set(numbers_at(sandbox).values()) == {2}


def test_the_newest_of_a_list_counts(operator: Operator, sandbox: Sandbox) -> None:
    """An older batch of the list that is known yet is not continued behind the newer one's back."""
    first = run(operator, "list.csv", hong_kong(3))
    second = run(operator, "list.csv", hong_kong(3), "--again")
    forget(operator, second)
    assert run(operator, "list.csv", hong_kong(3)) == second
    assert operator.run("undo", second, "--yes").exit == 0
    assert run(operator, "list.csv", hong_kong(3)) == first


def test_what_is_left_is_told(operator: Operator, sandbox: Sandbox) -> None:
    """Counts, reasons and groupIds are in `results`; a sentence stands for the numbers."""
    rows = [*hong_kong(7), hong_kong(1)[0], "n/a", "123"]
    batch = run(operator, "list.csv", rows, "--group-size", "4")
    before = json.loads(operator.run("results", batch, "--json").out)
    forget(operator, batch)
    after = json.loads(operator.run("results", batch, "--json").out)
    path = operator.folder / "list.groups.xlsx"
    assert after == before | {"results": str(path)}
    groups = sheet(path, "Groups")
    assert {row[1] for row in groups[1:]} == set(sandbox.groups)
    for name in ("Numbers", "Rejected"):
        ((_,), (said,)) = sheet(path, name)
        assert "forgotten on" in str(said)
    outcome = {row[0]: row[1] for row in sheet(path, "Summary") if row[0] in before or row[0]}
    assert (outcome["created"], outcome["duplicate"], outcome["rejected"]) == (7, 1, 2)
    csv = operator.run("results", batch, "--format", "csv")
    assert csv.exit == 2
    assert "nothing to write as CSV" in csv.err


def test_the_list_of_batches_says_so(operator: Operator, sandbox: Sandbox) -> None:
    """`batches` shows which are forgotten and since when; its JSON has the moment."""
    batch = run(operator, "a.csv", hong_kong(3))
    run(operator, "b.csv", hong_kong(3, 10))
    forget(operator, batch)
    _, first, second = operator.run("batches").out.splitlines()
    assert re.search(r"done, forgotten \d{4}-\d\d-\d\d +\S+ +a.csv", first)
    assert "forgotten" not in second
    told = [json.loads(line) for line in operator.run("batches", "--json").out.splitlines()]
    assert [one["forgotten_ms"] is None for one in told] == [False, True]
    assert told[0]["created"] == 3


def test_single_numbers_are_not_recognised_any_more(operator: Operator, sandbox: Sandbox) -> None:
    """In another list a forgotten number is new, and the preview warns of that."""
    batch = run(operator, "a.csv", hong_kong(3))
    forget(operator, batch)
    done = operator.run("run", operator.write_list("b.csv", hong_kong(4)), "--known", "skip")
    assert "1 earlier batch forgot its numbers, last on" in done.err
    assert numbers_at(sandbox).total() == 7


def test_undo_of_a_forgotten_batch(operator: Operator, sandbox: Sandbox) -> None:
    """It goes by groupId and token, so it needs no numbers; then the list may be run anew."""
    batch = run(operator, "list.csv", hong_kong(6), "--group-size", "3")
    forget(operator, batch)
    assert operator.run("undo", batch, "--yes").exit == 0
    assert not sandbox.groups
    assert "undone" in operator.run("results", batch).out
    done = operator.run("run", operator.folder / "list.csv")
    assert batch_of(done.out) != batch
    assert len(numbers_at(sandbox)) == 6


def test_a_list_goes_with_its_corrections(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """Either name forgets both; the corrected workbook is then refused unless --again."""
    numbers = hong_kong(5)
    first = run(operator, "list.csv", [*numbers, "+852 5100 00"])
    path = operator.folder / "list.results.xlsx"
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book["Rejected"][1]]
    book["Rejected"].cell(2, header.index("Number") + 1).value = "+85251000009"
    book.save(path)
    done = operator.run("run", path)
    second = batch_of(done.out)
    assert (done.exit, len(sandbox.groups)) == (0, 2)
    told = forget(operator, second)
    assert first in told
    assert second in told
    assert kept_numbers(environment.parent, [*numbers, "+85251000009"]) == []
    refused = operator.run("run", path)
    assert refused.exit == 2
    assert "can't be told whether its corrected rows were sent" in refused.err
    assert len(sandbox.groups) == 2
    assert "6 of 6 numbers are in 2 groups" in operator.run("results", second).out
    corrected = path.with_name("list.results.1.xlsx")
    assert operator.run("run", corrected, "--again").exit == 0
    assert len(sandbox.groups) == 3


@pytest.mark.parametrize("is_split", [False, True])
def test_what_was_left_to_a_forgotten_batch(operator: Operator, *, is_split: bool) -> None:
    """Numbers that another list left to it stay duplicates of its groups, also of split ones."""
    numbers = hong_kong(8)
    poison = [numbers[0].removeprefix("+")] if is_split else []
    server = fast_sandbox(script=["429"] * 6, poison=poison)
    with running(server) as url:
        operator.use(url)
        first = run(operator, "a.csv", numbers)
        second = run(operator, "b.csv", [*numbers, *hong_kong(2, 50)], "--known", "skip")
        operator.run("resume")
        before = json.loads(operator.run("results", second, "--json").out)
        forget(operator, first)
        after = json.loads(operator.run("results", second, "--json").out)
    assert after == before
    assert after["duplicate"] == 8
    assert after["exit"] == (1 if is_split else 0), "one number was left to a refused group"
    reasons = [row[7] for row in sheet(operator.folder / "b.results.xlsx", "Numbers")[1:9]]
    assert sum("not created" in str(one) for one in reasons) == is_split
    assert all(f"batch {first}, group a HK 001" in str(one) for one in reasons)


def test_what_a_batch_is_known_by(operator: Operator, sandbox: Sandbox, environment: Path) -> None:
    """The plain hash is gone, the stretched one is salted by the journal, for this account only."""
    batch = run(operator, "list.csv", hong_kong(1))
    with Journal.open(environment) as journal:
        (before,) = journal.batches()
    forget(operator, batch)
    with Journal.open(environment) as journal:
        (after,) = journal.batches()
        salt = forgetting.salt_of(journal._database)
        assert journal.find(before.fingerprint, before.account) == after
        assert journal.find(before.fingerprint, "another") is None
        assert journal.find("0" * 64, before.account) is None
    assert after.fingerprint == forgetting.stretched(before.fingerprint, salt)
    assert after.fingerprint != forgetting.stretched(before.fingerprint, b"another salt")
    assert not [*environment.parent.rglob("*.arrow")]
    for file in environment.parent.rglob("*"):
        assert not file.is_file() or before.fingerprint.encode() not in file.read_bytes()
