"""The same list once more: shown, continued, made anew with --again, resumed by the journal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl

from tests.batch.sheets import sheet
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    import pytest

    from importer.sandbox import Sandbox


def test_a_finished_list_is_shown_and_not_sent_again(operator: Operator, sandbox: Sandbox) -> None:
    """The same command on the same list makes no call at all; its results are written again."""
    path = operator.write_list("list.csv", hong_kong(30))
    operator.run("run", path, "--group-size", "10")
    calls = len(sandbox.calls)
    (operator.folder / "list.results.xlsx").unlink()
    done = operator.run("run", path, "--group-size", "7")
    assert done.exit == 0
    assert "no group was made" in done.out
    assert len(sandbox.calls) == calls == 3
    assert len(sheet(operator.folder / "list.results.xlsx", "Groups")) == 3


def test_a_list_saved_anew_is_the_same_list(operator: Operator, sandbox: Sandbox) -> None:
    """A batch is known by its set of numbers: another name, order and spelling change nothing."""
    operator.run("run", operator.write_list("a.csv", hong_kong(6)))
    spelled = [f"+852 {one[4:8]} {one[8:]}" for one in reversed(hong_kong(6))]
    done = operator.run("run", operator.write_list("b.csv", spelled))
    assert (done.exit, len(sandbox.groups)) == (0, 1)


def test_again_makes_new_groups(operator: Operator, sandbox: Sandbox) -> None:
    """Only --again makes new groups of a list that was run before."""
    path = operator.write_list("list.csv", hong_kong(6))
    operator.run("run", path)
    operator.run("run", path, "--again")
    assert set(numbers_at(sandbox).values()) == {2}


def test_again_goes_on_with_what_it_began(operator: Operator) -> None:
    """The same command after an interruption makes no third group, though it says --again."""
    server = fast_sandbox(script=[None, None, *["429"] * 6])
    path = operator.write_list("list.csv", hong_kong(6))
    command = ["run", str(path), "--again", "--group-size", "2", "--concurrency", "1"]
    with running(server) as url:
        operator.use(url)
        operator.run("run", path)
        assert "run the same command again" in operator.run(*command).out
        assert operator.run(*command).exit == 0
        assert set(numbers_at(server).values()) == {2}
        assert operator.run(*command).exit == 0
    assert set(numbers_at(server).values()) == {3}


def test_again_for_two_files_of_the_same_numbers(operator: Operator, sandbox: Sandbox) -> None:
    """Each of them is a batch with a name of its own, also within one command."""
    paths = [operator.write_list(name, hong_kong(6)) for name in ("a.csv", "b.csv")]
    done = operator.run("run", *paths, "--again", "--json")
    assert done.exit == 0, done.err
    assert len({json.loads(line)["batch"] for line in done.out.splitlines()}) == 2
    assert set(numbers_at(sandbox).values()) == {2}


def test_an_interrupted_run_is_continued(operator: Operator) -> None:
    """What a run left is sent by the next one, and nothing else."""
    asked_to_wait = ["429"]
    server = fast_sandbox(script=[None, None, *asked_to_wait * 6])
    path = operator.write_list("list.csv", hong_kong(50))
    with running(server) as url:
        operator.use(url)
        server_down = operator.run(
            "run", path, "--group-size", "10", "--concurrency", "1", "--json"
        )
        first = json.loads(server_down.out)
        assert (first["exit"], first["created"], first["planned"]) == (1, 20, 30)
        second = json.loads(operator.run("run", path, "--json").out)
    assert (second["exit"], second["created"], second["groups"]) == (0, 50, 5)
    assert set(numbers_at(server).values()) == {1}
    assert len(numbers_at(server)) == 50


def test_known_numbers_stop_an_unattended_run_until_it_is_decided(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Numbers of an earlier batch are a gate; skipped, they are duplicates of that batch."""
    operator.run("run", operator.write_list("a.csv", hong_kong(10)))
    path = operator.write_list("b.csv", hong_kong(10, start=5))
    gate = operator.run("run", path)
    assert gate.exit == 3
    assert "--known skip" in gate.out
    assert len(sandbox.groups) == 1
    told = json.loads(operator.run("run", path, "--known", "skip", "--json").out)
    assert (told["created"], told["duplicate"], told["exit"]) == (5, 5, 0)
    assert set(numbers_at(sandbox).values()) == {1}
    duplicates = [
        row
        for row in sheet(operator.folder / "b.results.xlsx", "Numbers")
        if row["Status"] == "duplicate"
    ]
    assert all("already in batch" in str(row["Reason"]) for row in duplicates)
    again = json.loads(operator.run("run", path, "--json").out)
    assert (again["created"], again["duplicate"], again["exit"]) == (5, 5, 0)


def test_results_are_written_again_from_the_journal(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`results BATCH` needs neither the input nor the server, and writes beside the input."""
    path = operator.write_list("list.csv", [*hong_kong(4), "n/a"])
    batch = json.loads(operator.run("run", path, "--json").out)["batch"]
    results = operator.folder / "list.results.xlsx"
    before = sheet(results, "Numbers")
    results.unlink()
    path.unlink()
    calls = len(sandbox.calls)
    (operator.folder / "elsewhere").mkdir()
    monkeypatch.chdir(operator.folder / "elsewhere")
    assert operator.run("results", batch).exit == 0
    assert sheet(results, "Numbers") == before
    assert len(sandbox.calls) == calls


def test_results_tell_the_settings_of_the_plan(operator: Operator, sandbox: Sandbox) -> None:
    """Whoever writes them again, and with whatever options: the groups were planned once."""
    path = operator.write_list("list.csv", ["51000000", "51000001"])
    done = operator.run("run", path, "--region", "HK", "--group-size", "1", "--json")
    for again in (["results", json.loads(done.out)["batch"]], ["run", path, "--region", "852"]):
        assert operator.run(*again).exit == 0
        book = openpyxl.load_workbook(operator.folder / "list.results.xlsx")
        rows = book["Summary"].iter_rows(values_only=True)
        told = [str(cell) for row in rows for cell in row if cell is not None]
        assert told[told.index("Country of numbers without code") + 1] == "HK"
        assert any("at most 1 numbers" in cell for cell in told)


def test_resume_from_another_folder_writes_beside_the_input(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file named from one folder has its results beside it, wherever `resume` is called."""
    server = fast_sandbox(script=[None, *["429"] * 6])
    operator.write_list("list.csv", hong_kong(30))
    elsewhere = operator.folder / "elsewhere"
    elsewhere.mkdir()
    with running(server) as url:
        operator.use(url)
        operator.run("run", "list.csv", "--group-size", "10", "--concurrency", "1")
        monkeypatch.chdir(elsewhere)
        told = json.loads(operator.run("resume", "--json").out)
    assert (told["created"], told["exit"]) == (30, 0)
    assert told["results"] == str(operator.folder / "list.results.xlsx")
    assert not list(elsewhere.iterdir())


def test_resume_finishes_what_is_left_without_the_input(operator: Operator) -> None:
    """`resume` sends the rest of every unfinished batch, from the journal alone."""
    server = fast_sandbox(script=[None, *["429"] * 6])
    path = operator.write_list("list.csv", hong_kong(30))
    with running(server) as url:
        operator.use(url)
        operator.run("run", path, "--group-size", "10", "--concurrency", "1")
        path.unlink()
        told = json.loads(operator.run("resume", "--json").out)
        assert (told["created"], told["exit"]) == (30, 0)
        assert "Nothing is left" in operator.run("resume").out
    assert set(numbers_at(server).values()) == {1}
