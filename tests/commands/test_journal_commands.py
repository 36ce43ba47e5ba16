"""`importer journal copy` and `check`, `doctor --sql`: a team's journal, from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.stores import new_store, postgres_server

pytest.importorskip("psycopg")

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox
    from importer.store import Store
    from tests.served import Operator

NUMBERS = "Phone\n" + "".join(f"+8525100{at:04}\n" for at in range(1200))


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user state"))


@pytest.mark.usefixtures("state")
def test_moving_in(
    operator: Operator,
    sandbox: Sandbox,
    environment: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A journal is copied into a database, and the same list then makes no group again."""
    file = operator.folder / "list.csv"
    file.write_text(NUMBERS)
    assert operator.run("run", file, "--yes").exit == 0
    made = len(sandbox.groups)
    url = str(new_store("postgresql", tmp_path))
    done = operator.run("journal", "copy", environment, url)
    assert done.exit == 0, done.err
    assert f"1 batch with {made} groups and 1,200 numbers are now in {url}" in done.out
    assert "Run nothing with" in done.out
    monkeypatch.setenv("IMPORTER_JOURNAL", url)
    checked = operator.run("journal", "check")
    assert checked.exit == 0
    assert "it is sound" in checked.out
    assert operator.run("run", file, "--yes").exit == 0
    assert len(sandbox.groups) == made
    again = operator.run("journal", "copy", environment, url)
    assert again.exit == 2
    assert "knows 1 batch already" in again.err


def test_a_check_of_what_is_not_sound(operator: Operator, sandbox: Sandbox, store: Store) -> None:
    """Exit 1, a sentence for each finding, and what to do."""
    file = operator.folder / "list.csv"
    file.write_text(NUMBERS)
    assert operator.run("run", file, "--yes").exit == 0
    with store.open() as journal:
        journal.database.change("DELETE FROM group_numbers")
    done = operator.run("journal", "check")
    assert done.exit == 1
    assert "numbers of groups are not found by a look-up" in done.out
    assert "it is not sound" in done.out


@pytest.mark.usefixtures("state")
def test_places_that_can_not_be_copied(operator: Operator, tmp_path: Path) -> None:
    """A journal that is not there, the same one twice, or a place of another kind."""
    here, there = tmp_path / "here.sqlite3", tmp_path / "there.sqlite3"
    for source, target, said in (
        (here, there, "There is no journal at"),
        (here, here, "FROM and TO are both"),
        ("mysql://ann:s3cret@db/x", there, "postgresql://user@host/database"),
    ):
        done = operator.run("journal", "copy", source, target)
        assert done.exit == 2
        assert said in done.err
        assert "s3cret" not in done.err
    assert not there.exists()


@pytest.mark.usefixtures("state")
def test_a_misspelt_folder_is_not_made(operator: Operator) -> None:
    """A journal is copied into no folder that is not there; the sentence makes it, to be pasted."""
    here, folder = operator.folder / "here.sqlite3", operator.folder / "back up" / "today"
    here.touch()
    done = operator.run("journal", "copy", here, folder / "copy.sqlite3")
    assert done.exit == 2
    make = f"mkdir '{folder}'" if sys.platform == "win32" else f"mkdir -p '{folder}'"
    assert f"`{make}`, then this command again" in done.err
    assert not folder.parent.exists()


def test_the_tables_as_sql(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The administrator gets a script; the journal that it makes is one. A file needs none."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user state"))
    done = operator.run("doctor", "--sql")
    assert done.exit == 2
    assert "the importer makes its tables itself" in done.err
    server = postgres_server()
    name = server.new_database()
    monkeypatch.setenv("IMPORTER_JOURNAL", server.url(name))
    script = operator.run("doctor", "--sql").out
    server.execute(script, database=name)
    assert "nothing is left to do" in operator.run("doctor", "--sql").out
    assert "A new journal is at" in operator.run("doctor").out


def test_what_a_database_needs_is_not_installed(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says what to install; the password of the URL is not in it."""
    monkeypatch.setitem(sys.modules, "importer.journal.database.postgres.address", None)
    monkeypatch.setenv("IMPORTER_JOURNAL", "postgresql://ann:s3cret@127.0.0.1/lists")
    done = operator.run("batches")
    assert done.exit == 2
    assert "pip install '.[shared]'" in done.err
    assert "s3cret" not in done.err


def test_no_password_anywhere(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither doctor nor a failing run, as text or JSON, shows the password of the URL."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user state"))
    server = postgres_server()
    secret = "s3cret-and-long"
    file = operator.folder / "list.csv"
    file.write_text(NUMBERS)
    for port in (server.port, 1):
        url = f"postgresql://nobody_at_all:{secret}@127.0.0.1:{port}/lists"
        monkeypatch.setenv("IMPORTER_JOURNAL", url)
        for command in (
            ("doctor",),
            ("batches", "--json"),
            ("run", file, "--yes", "--json"),
            ("config",),
        ):
            done = operator.run(*command)
            assert secret not in done.out + done.err
            assert done.exit != 0 or command == ("config",)
