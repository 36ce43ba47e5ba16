"""No byte of a number, or of a name, is left where a batch was forgotten."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.batch.retention import name_without_value
from importer.journal import Journal, batch_rows
from importer.masking import TAIL, without_digits, without_numbers
from importer.model import Batch
from tests.batch.retention.forgetting import (
    BY_NAME,
    batch_of,
    forget,
    kept_numbers,
    people,
    run,
)
from tests.served import Operator, fast_sandbox, hong_kong, running
from tests.stores import database_of

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox
    from importer.store import Store


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


def test_nothing_is_left_in_either_store(
    store: Store, operator: Operator, sandbox: Sandbox
) -> None:
    """No table has a number, and the rows of the input are gone: they may be compressed."""
    batch = batch_of(operator.run("run", people(operator)).out)
    with store.open() as journal:
        assert database_of(journal).kept_batches() == {batch}
    forget(operator, batch)
    with store.open() as journal:
        database = database_of(journal)
        assert database.kept_batches() == frozenset()
        assert database.is_clean()
        for table in ("batches", "groups", "known", "group_numbers", "list_steps"):
            rows = database.rows(f"SELECT * FROM {table}")  # noqa: S608 - with names of tables
            assert not [one for one in hong_kong(6) if one.removeprefix("+852") in str(rows)]


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
        assert journal.settled_among(numbers, [first]).empty


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
