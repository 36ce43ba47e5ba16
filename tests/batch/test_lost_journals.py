"""A journal that is lost, older, emptied or without its rows makes no group twice."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.journal import Journal
from importer.model import GroupState
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox


def begun(operator: Operator, path: Path) -> str:
    """Run a list of which one group of three is made before the server refuses; name its batch."""
    done = operator.run("run", path, "--json", "--group-size", "3", "--concurrency", "1")
    return str(json.loads(done.out)["batch"])


@pytest.fixture
def refusing(operator: Operator) -> object:
    """A sandbox that makes one group and then refuses for rate until a run gives up."""
    server = fast_sandbox(script=[None, *["429"] * 6])
    with running(server) as url:
        operator.use(url)
        yield server


def test_a_copy_of_the_journal_looks_before_it_sends(
    operator: Operator, refusing: Sandbox, environment: Path
) -> None:
    """Groups that are planned in a copy and were made from the original are not made again."""
    path = operator.write_list("list.csv", hong_kong(9))
    batch = begun(operator, path)
    copy = environment.with_name("copy.sqlite3")
    shutil.copy(environment, copy)
    assert operator.run("resume", batch).exit == 0
    shutil.move(copy, environment)
    assert operator.run("resume", batch).exit == 0
    assert set(numbers_at(refusing).values()) == {1}
    assert len(numbers_at(refusing)) == 9


def test_a_lost_journal_stops_the_run(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """Rows of a batch that the journal does not know say that it was lost; nothing is sent."""
    path = operator.write_list("list.csv", hong_kong(3))
    assert operator.run("run", path).exit == 0
    for file in environment.parent.glob("journal.sqlite3*"):
        if file.is_file():
            file.unlink()
    done = operator.run("run", path)
    assert done.exit != 0
    assert "does not know 1 of the batches" in done.err
    assert set(numbers_at(sandbox).values()) == {1}


@pytest.mark.parametrize("damage", ['{"region"', '{"group_size": "many"}', '{"name": null}'])
def test_damaged_settings_of_a_batch_are_one_sentence(
    operator: Operator, sandbox: Sandbox, environment: Path, damage: str
) -> None:
    """Each command that needs the settings that a batch was planned with names the batch."""
    path = operator.write_list("list.csv", hong_kong(3))
    batch = begun(operator, path)
    with closing(sqlite3.connect(environment)) as damaged:
        damaged.execute("UPDATE batches SET settings = ?", (damage,))
        damaged.commit()
    for command in (("run", path), ("resume", batch), ("results", batch)):
        done = operator.run(*command)
        assert done.exit == 2
        assert "The journal" in done.err
        assert "is damaged" in done.err
        assert batch in done.err
        assert "Traceback" not in done.err
    assert set(numbers_at(sandbox).values()) == {1}


def test_an_emptied_journal_is_damaged(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """A file of 0 bytes is no new journal."""
    path = operator.write_list("list.csv", hong_kong(3))
    assert operator.run("run", path).exit == 0
    environment.write_bytes(b"")
    done = operator.run("run", path)
    assert done.exit != 0
    assert "only 0 bytes of it are left" in done.err
    assert set(numbers_at(sandbox).values()) == {1}


def test_without_rows_the_batch_is_finished_from_the_journal(
    operator: Operator, refusing: Sandbox, environment: Path
) -> None:
    """Resume needs no rows; the workbook then is of groups and says why. So does undo."""
    path = operator.write_list("list.csv", hong_kong(9))
    batch = begun(operator, path)
    shutil.rmtree(environment.with_name("journal.rows"))
    out = operator.folder / "of-groups.xlsx"
    done = operator.run("resume", batch, "--out", out)
    assert done.exit == 0, done.err
    assert len(numbers_at(refusing)) == 9
    with closing(openpyxl.load_workbook(out)) as book:
        assert book["Groups"].max_row == 1 + 3
        told = [str(cell.value) for row in book["Numbers"].iter_rows() for cell in row]
        assert any("can't be read" in text for text in told)
    assert operator.run("undo", batch, "--yes").exit in {0, 1}


def test_again_on_an_unfinished_batch_is_a_gate(operator: Operator, refusing: Sandbox) -> None:
    """It says how many groups are made; without --again the batch goes on."""
    path = operator.write_list("list.csv", hong_kong(9))
    begun(operator, path)
    done = operator.run("run", path, "--again", "--group-size", "3")
    assert (done.exit, "1 of 3 groups" in done.out + done.err) == (3, True)
    assert "run it without --again" in done.out + done.err
    assert operator.run("run", path).exit == 0
    assert set(numbers_at(refusing).values()) == {1}


def test_names_go_on(operator: Operator, sandbox: Sandbox) -> None:
    """Two lists of one file name give no group name twice."""
    for start in (0, 10):
        path = operator.write_list("list.csv", hong_kong(6, start))
        assert operator.run("run", path, "--group-size", "3").exit == 0
    names = [one.group_name for one in sandbox.groups.values()]
    assert sorted(names) == [f"list HK {at:03}" for at in range(1, 5)]


@pytest.mark.parametrize("change", ["slash", "localhost", "query"])
def test_another_way_to_write_the_address_is_the_same_account(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """A list that was run is not made again because the URL is written differently."""
    path = operator.write_list("list.csv", hong_kong(3))
    assert operator.run("run", path).exit == 0
    url = os.environ["NXCLOUD_URL"]
    other = {
        "slash": url.rstrip("/"),
        "localhost": url.replace("127.0.0.1", "LOCALHOST"),
        "query": f"{url}?",
    }[change]
    monkeypatch.setenv("NXCLOUD_URL", other)
    operator.run("run", path)
    assert set(numbers_at(sandbox).values()) == {1}


def test_numbers_in_groups_of_another_account_are_a_gate(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unattended nothing is sent, exit 3; the other account's name leads back to it."""
    monkeypatch.setenv("IMPORTER_ACCOUNT", "main")
    path = operator.write_list("list.csv", hong_kong(3))
    assert operator.run("run", path).exit == 0
    more = operator.write_list("more.csv", hong_kong(5))
    monkeypatch.setenv("IMPORTER_ACCOUNT", "other")
    for file in (path, more):
        done = operator.run("run", file, "--yes", "--known", "skip")
        assert done.exit == 3
        assert "of another account of this journal ('main'" in done.out + done.err
    monkeypatch.setenv("IMPORTER_ACCOUNT", "Main")
    assert operator.run("run", path).exit == 0
    assert set(numbers_at(sandbox).values()) == {1}


def test_a_journal_that_is_replaced_takes_no_further_step(tmp_path: Path) -> None:
    """What is recorded in a file that nobody finds again is refused."""
    path = tmp_path / "journal.sqlite3"
    with Journal.open(path) as journal:
        path.unlink()
        Journal.open(path).close()
        with pytest.raises(Exception, match="was removed or replaced"):
            journal.mark_undone("b", 1)


def test_a_link_leads_to_the_same_journal(
    operator: Operator, sandbox: Sandbox, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A symbolic link and a relative name are the same journal, with the same lock and rows."""
    path = operator.write_list("list.csv", hong_kong(3))
    assert operator.run("run", path).exit == 0
    link = operator.folder / "link.sqlite3"
    link.symlink_to(environment)
    monkeypatch.setenv("IMPORTER_JOURNAL", link.name)
    assert operator.run("run", path).exit == 0
    assert not list(operator.folder.glob("link*.lock"))
    assert set(numbers_at(sandbox).values()) == {1}


def test_a_copy_of_the_journal_knows_a_group_that_was_split_since(
    operator: Operator, environment: Path
) -> None:
    """A group that is planned in the copy and was split from the original is not made again."""
    numbers = hong_kong(9)
    server = fast_sandbox(script=["429"] * 6, poison=[numbers[4].removeprefix("+")])
    with running(server) as url:
        operator.use(url)
        batch = begun(operator, operator.write_list("list.csv", numbers))
        copy = environment.with_name("copy.sqlite3")
        shutil.copy(environment, copy)
        assert operator.run("resume", batch).exit == 1
        made = len(server.groups)
        shutil.move(copy, environment)
        done = operator.run("resume", batch)
    assert done.exit == 1
    assert set(numbers_at(server).values()) == {1}
    assert len(server.groups) == made
    with Journal.open(environment) as journal:
        doubtful = [one for one in journal.groups(batch) if one.state is GroupState.IN_DOUBT]
    assert len(doubtful) == 1
    assert "another copy of the journal split it" in doubtful[0].message
