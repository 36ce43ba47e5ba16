"""Forgetting: no number is left, nothing is made twice, and what is left is told."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from importer.batch.retention import name_without_value
from importer.errors import JournalError
from importer.journal import Journal, batch_rows, forgetting, lock
from importer.masking import TAIL, without_digits, without_numbers
from importer.model import Batch, GroupState
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.sandbox import Sandbox


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    folder = tmp_path / "office"
    folder.mkdir()
    return Operator(monkeypatch, capsys, folder)


def batch_of(done_out: str) -> str:
    """Return the batch that a run's summary names."""
    found = re.search(r"\(batch (\w{8})\)", done_out)
    assert found is not None, done_out
    return found[1]


def run(operator: Operator, name: str, numbers: Sequence[str], *options: str) -> str:
    """Run a list to its end and return its batch."""
    done = operator.run("run", operator.write_list(name, [*numbers]), *options)
    return batch_of(done.out)


def forget(operator: Operator, *batches: str) -> str:
    done = operator.run("batches", "--forget", *batches, "--yes")
    assert done.exit == 0, done.err
    return done.out


def kept_numbers(state: Path, numbers: Sequence[str]) -> list[tuple[str, str]]:
    """Return which numbers stand in the bytes of which files.

    They may be text, with or without country code, or integers of six bytes as SQLite keeps them.
    """
    files = [one for one in state.rglob("*") if one.is_file()]
    return [
        (number, file.name)
        for file in files
        for number in numbers
        if number.removeprefix("+852").encode() in file.read_bytes()
        or int(number).to_bytes(6, "big") in file.read_bytes()
    ]


def sheet(path: Path, name: str) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(path)[name].iter_rows(values_only=True))


def test_no_byte_of_a_number_is_left(operator: Operator, environment: Path) -> None:
    """Wherever a number went, into rows, groups, names, messages, it is in no file afterwards."""
    numbers = hong_kong(40)
    bare = [one.removeprefix("+") for one in numbers]
    path = operator.folder / f"{bare[0]} and others.csv"
    lines = [f"{one},{one},also {one}" for one in numbers]
    path.write_text("\n".join(["Phone,Whose,Note", *lines, "12,x,y"]), encoding="utf-8")
    server = fast_sandbox(script=["cut-after", "429"], poison=[bare[3]])
    with running(server) as url:
        operator.use(url)
        grouped = ("--group-by", "Whose", "--name", "{file} {value} {seq}")
        first = operator.run("run", path, *grouped)
        second = run(operator, "more.csv", [*numbers, *hong_kong(3, 90)], "--known", "skip")
    numbers += hong_kong(3, 90)
    rows = batch_rows.path_of(environment, second)
    rows.with_suffix(".part").write_bytes(rows.read_bytes())  # what a power cut leaves
    assert {number for number, _ in kept_numbers(environment.parent, numbers)} == {*numbers}
    forget(operator, batch_of(first.out), second)
    assert kept_numbers(environment.parent, numbers) == []
    assert not [*rows.parent.iterdir()], "they may be compressed, so that no number shows"
    assert len(operator.run("batches").out.splitlines()) == 3


def people(operator: Operator, start: int = 0) -> Path:
    """Write a list of two people's numbers, each with their name."""
    path = operator.folder / "list.csv"
    numbers = zip(hong_kong(6, start), ["Ann Example", "Bo Sample"] * 3, strict=True)
    lines = [f"{number},{name}" for number, name in numbers]
    path.write_text("\n".join(["Phone,Whose", *lines]), encoding="utf-8")
    return path


BY_NAME = ("--group-by", "Whose", "--name", "{file} {value} {seq:03}")


def test_values_in_group_names_are_forgotten(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """No byte of a person's name is left, also where another batch names the group."""
    batch = batch_of(operator.run("run", people(operator), *BY_NAME).out)
    run(operator, "more.csv", hong_kong(9), "--known", "skip")
    forget(operator, batch)
    with Journal.open(environment) as journal:
        names = [one.group.name for one in journal.groups(batch)]
        assert names == ["list … 001", "list … 002"]
        other = journal.skipped(journal.batches()[1].id)
        assert {*other["group_name"]} == {*names}
    for file in environment.parent.rglob("*"):
        if file.is_file():
            assert b"Ann" not in file.read_bytes()
            assert b"Sample" not in file.read_bytes()


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("list.csv", "list … 001"),
        ("list.results.xlsx", "list … 001"),
        ("list.results (2).xlsx", "list … 001"),
        ("other.csv", "…"),
    ],
)
def test_the_list_that_a_results_workbook_came_from_names_its_groups(file: str, shown: str) -> None:
    """A corrected workbook's groups keep that list's name when their values go."""
    planned = json.dumps({"group_by": "Whose", "name": "{file} {value} {seq:03}"})
    batch = Batch("b1", "f", "main", file, 1, settings=planned)
    assert name_without_value(batch, "list Ann 001", "HK") == shown


def test_names_go_on_after_their_values_were_forgotten(
    operator: Operator, sandbox: Sandbox
) -> None:
    """The same people's next list gives no group a name that one at the vendor has."""
    forget(operator, batch_of(operator.run("run", people(operator), *BY_NAME).out))
    assert operator.run("run", people(operator, 50), *BY_NAME).exit == 0
    names = [one.group_name for one in sandbox.groups.values()]
    assert len({*names}) == len(names) == 4


def test_a_dry_run_says_what_goes_and_what_stays(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """It names the batch and what a group is called after it, and changes nothing."""
    batch = batch_of(operator.run("run", people(operator), *BY_NAME).out)
    files = [one for one in environment.parent.rglob("*") if one.suffix in {".sqlite3", ".arrow"}]
    before = [one.read_bytes() for one in files]
    done = operator.run("batches", "--forget", batch, "--dry-run")
    assert done.exit == 0
    assert f"{batch} (list.csv): 6 numbers in 2 groups" in done.out
    assert "'list Ann Example 001' becomes 'list … 001'" in done.out
    assert "What goes" in done.out
    assert "What stays" in done.out
    assert [one.read_bytes() for one in files] == before
    forget(operator, batch)
    again = operator.run("batches", "--forget", batch, "--dry-run")
    assert "Nothing would be forgotten." in again.out
    assert operator.run("batches", "--dry-run").exit == 2


def test_numbers_in_settings_are_forgotten(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """A list's own number in the names or the remark of groups is in no byte afterwards.

    The mark in the remark stays, so that the groups can be deleted yet.
    """
    numbers = hong_kong(3)
    texts = ("--name", f"{numbers[1]} {{seq}}", "--remark", f"call {numbers[2]}")
    batch = run(operator, "list.csv", numbers, *texts)
    forget(operator, batch)
    assert kept_numbers(environment.parent, numbers) == []
    assert operator.run("results", batch).exit == 0
    assert operator.run("undo", batch, "--yes").exit == 0
    assert not sandbox.groups


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


def test_unfinished_batches_are_left(operator: Operator, environment: Path) -> None:
    """What is planned or in doubt keeps its numbers, is named, and is sent later as planned."""
    numbers = hong_kong(6)
    server = fast_sandbox(script=["ok", *["429"] * 6])
    with running(server) as url:
        operator.use(url)
        batch = run(operator, "list.csv", numbers, "--group-size", "3")
        told = forget(operator, batch)
        assert f"Not finished, so left as it is: {batch}" in told
        assert "Nothing was forgotten" in told
        assert operator.run("resume").exit == 0
    assert numbers_at(server) == dict.fromkeys([one[1:] for one in numbers], 1)


def test_texts_of_the_vendor_and_of_others(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """Numbers in messages, and in names that other batches tell, go; nothing is known any more."""
    first = run(operator, "a.csv", hong_kong(3))
    run(operator, "b.csv", hong_kong(4), "--known", "skip")
    with closing(sqlite3.connect(environment)) as other:
        other.execute("UPDATE groups SET message = 'bad: 85251000001, code 7'")
        other.execute("UPDATE groups SET name = 'a 85251000001'")
        other.execute("UPDATE known SET group_name = 'a 85251000001'")
        other.commit()
    forget(operator, first)
    with closing(sqlite3.connect(environment)) as other:
        group = "SELECT name, message, phones FROM groups WHERE batch = ?"
        assert other.execute(group, (first,)).fetchall() == [
            ("a ***********", "bad: ***********, code 7", "")
        ]
        assert other.execute("SELECT group_name FROM known").fetchall() == [("a ***********",)]
    with Journal.open(environment) as journal:
        account = journal.batches()[0].account
        numbers = pd.Series([one.removeprefix("+") for one in hong_kong(9)])
        known = journal.known_among(numbers, account, but="")
        assert [*known["number"]] == ["85251000003"]
        assert journal.settled_numbers([first]).empty


def test_what_older_versions_left_in_free_pages(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """The journal is written anew, so that nothing is left of what was deleted before either."""
    batch = run(operator, "list.csv", hong_kong(3))
    old = hong_kong(2000, 5000)
    with closing(sqlite3.connect(environment)) as other:
        other.execute("PRAGMA secure_delete = OFF")
        other.executemany(
            "INSERT INTO known VALUES (?, 'x', ?, 'name', ?)",
            ((batch, at, number) for at, number in enumerate(old)),
        )
        other.execute("DELETE FROM known WHERE earlier_batch = 'x'")
        other.commit()
    assert kept_numbers(environment.parent, old)
    forget(operator, batch)
    assert kept_numbers(environment.parent, old) == []


@pytest.mark.parametrize("state", [one for one in GroupState if one.needs_numbers])
def test_the_journal_itself_refuses(
    operator: Operator, sandbox: Sandbox, environment: Path, state: str
) -> None:
    """Whoever asks, a batch with a group in an unfinished state is not forgotten, nor half."""
    numbers = hong_kong(4)
    batch = run(operator, "list.csv", numbers, "--group-size", "2")
    parting = forgetting.ForgottenBatch(batch, "{}", "{}", str, lambda name, _: name, str, str)
    with Journal.open(environment) as journal:
        journal._database.change("UPDATE groups SET state = ? WHERE seq = 2", (state,))
        with pytest.raises(JournalError, match="not finished"):
            journal.forget([parting], 0)
        assert journal.groups(batch)[0].group.phones
        assert journal.progress()[batch].needs_numbers


def test_it_asks_before(operator: Operator, sandbox: Sandbox, environment: Path) -> None:
    """Where nobody can be asked, --yes has to agree; a run that holds the lock is waited out."""
    batch = run(operator, "list.csv", hong_kong(3))
    done = operator.run("batches", "--forget", batch)
    assert done.exit == 3
    assert "--yes agrees" in done.err
    assert kept_numbers(environment.parent, hong_kong(3))


def test_it_takes_the_lock(
    operator: Operator, sandbox: Sandbox, environment: Path, now: datetime
) -> None:
    """While a run is under way nothing is forgotten under its feet."""
    batch = run(operator, "list.csv", hong_kong(3))
    with lock.hold(environment, now):
        assert operator.run("batches", "--forget", batch, "--yes").exit == 75
    assert kept_numbers(environment.parent, hong_kong(3))


@pytest.mark.parametrize(
    "arguments",
    [["--forget"], ["--forget", "abc", "--older-than", "3"], ["abc"], ["--forget", "zzz9"]],
)
def test_it_has_to_be_told_which(operator: Operator, arguments: list[str]) -> None:
    """Neither none nor two ways of choosing: exit 2, and a sentence."""
    done = operator.run("batches", *arguments, "--yes")
    assert done.exit == 2
    assert done.err.startswith("importer: ")


@pytest.mark.parametrize(
    "breaks",
    [
        "importer.journal.forgetting._rename",
        "importer.journal.batch_rows.remove",
        "importer.journal.database.sqlite.database.SqliteDatabase._empty_log",
    ],
)
def test_cut_off_it_is_done_again(
    operator: Operator,
    sandbox: Sandbox,
    environment: Path,
    monkeypatch: pytest.MonkeyPatch,
    breaks: str,
) -> None:
    """Wherever it ends, the list is never sent twice, and the next call leaves no byte."""
    numbers = hong_kong(10)
    batch = run(operator, "list.csv", numbers)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(breaks, cut_off)
        assert operator.run("batches", "--forget", batch, "--yes").exit == 130
    done = operator.run("run", operator.folder / "list.csv")
    assert batch_of(done.out) == batch
    assert len(sandbox.groups) == 1
    forget(operator, batch)
    assert kept_numbers(environment.parent, numbers) == []


def test_a_reader_is_in_the_way_of_cleaning(
    operator: Operator, sandbox: Sandbox, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another program reads the journal its log can't be emptied: that is said, exit 2."""
    batch = run(operator, "list.csv", hong_kong(3))
    monkeypatch.setattr("importer.journal.database.sqlite.opening.PATIENCE", 0.05)
    with Journal.open(environment) as reader:
        reader._database.change("BEGIN")
        reader.batches()
        done = operator.run("batches", "--forget", batch, "--yes")
        assert done.exit == 2
        assert "Another program reads the journal" in done.err
    forget(operator, batch)
    assert kept_numbers(environment.parent, hong_kong(3)) == []


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


def test_only_old_ones(operator: Operator, sandbox: Sandbox, environment: Path) -> None:
    """Age counts from what was last done for a batch, not from when it was begun."""
    batches = [run(operator, f"{at}.csv", hong_kong(2, at * 10)) for at in range(3)]
    long_ago, lately = (int((time.time() - days * 86400) * 1000) for days in (40, 20))
    with Journal.open(environment) as journal, closing(sqlite3.connect(environment)) as other:
        for batch, begun, done in [
            (batches[0], long_ago, long_ago),
            (batches[1], long_ago, lately),
            (batches[2], lately, lately),
        ]:
            other.execute("UPDATE batches SET created_ms = ? WHERE id = ?", (begun, batch))
            other.execute(
                "UPDATE groups SET sent_ms = ?, created_ms = ? WHERE batch = ?",
                (begun, done, batch),
            )
            other.commit()
        assert journal.progress()[batches[1]].last_ms == lately
    told = forget(operator, "--older-than", "30")
    assert [one in told for one in batches] == [True, False, False]


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("list +852 5100 0001 HK 001", "list +*** **** **** HK 001"),
        ("list 51000001.csv", "list ********.csv"),
        ("list 20260301 HK 001", "list 20260301 HK 001"),
    ],
)
def test_names_lose_their_own_numbers(text: str, shown: str) -> None:
    """A number of the list is hidden however it is written; other digits stay."""
    assert without_numbers(text, {"85251000001"[-TAIL:]}) == shown


def test_messages_lose_all_numbers() -> None:
    """Nothing of what the vendor quoted is left, but codes and counts stay."""
    text = "code 10004: 85251000001 and 5100-0002 are 2 bad numbers of 500"
    assert without_digits(text) == (
        "code *****: *********** and ****-**** are 2 bad numbers of 500"
    )
