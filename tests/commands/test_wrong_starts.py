"""Who begins wrongly is led on: each sentence has what to do next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import importer

if TYPE_CHECKING:
    from tests.served import Operator

ROOT = Path(importer.__file__).parents[1]


@pytest.mark.parametrize("arguments", [("my list.csv",), ("my list.csv", "--region", "HK")])
def test_a_file_without_a_command(operator: Operator, arguments: tuple[str, ...]) -> None:
    """Where nobody can be asked, both commands are there to paste."""
    operator.write_list("my list.csv", ["+85251230000"])
    done = operator.run(*arguments)
    assert done.exit == 2
    assert "`importer check 'my list.csv'`" in done.err
    assert "`importer run 'my list.csv'`" in done.err


def test_a_folder_without_a_command(operator: Operator) -> None:
    """A folder is called a folder."""
    (operator.folder / "lists").mkdir()
    done = operator.run("lists/")
    assert done.exit == 2
    assert "lists/ is a folder, and the command before it is missing" in done.err


def test_no_command_shows_the_page_of_help(operator: Operator) -> None:
    """The word `importer` alone shows the help with its lines, and not as an error."""
    done = operator.run()
    assert done.exit == 2
    assert "Examples:\n  importer run customers.xlsx --sandbox" in done.err
    assert "Error" not in done.err


@pytest.mark.parametrize("command", ["results", "undo", "settle"])
def test_a_command_without_its_batch(operator: Operator, command: str) -> None:
    """It says where the names of batches are."""
    done = operator.run(command)
    assert done.exit == 2
    assert "Missing argument 'BATCH'. `importer batches` lists them." in done.err


def test_a_misspelt_command(operator: Operator) -> None:
    """The command that is nearest is named."""
    done = operator.run("chek", "list.csv")
    assert done.exit == 2
    assert "'chek' is no command; is check meant?" in done.err


@pytest.mark.parametrize("before", [[], ["check"], ["run"]])
def test_a_web_address(operator: Operator, before: list[str]) -> None:
    """Nothing is fetched: it says how the file gets onto this computer."""
    done = operator.run(*before, "https://docs.google.com/spreadsheets/d/1/edit")
    assert done.exit == 2
    assert "is a web address" in done.err
    assert "File, Download, Microsoft Excel" in done.err


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("list.gsheet", "File, Download, Microsoft Excel"),
        ("list.numbers", "File, Export To, Excel"),
        ("contacts.vcf", "export the contacts as CSV"),
        ("list.url", "save the list as a file"),
    ],
)
def test_what_is_no_list(operator: Operator, name: str, advice: str) -> None:
    """A file whose ending tells that it is none says how a list is made of it."""
    (operator.folder / name).write_text("x")
    done = operator.run("check", name)
    assert done.exit == 2
    assert advice in done.err
    assert "`importer check`" in done.err
    assert "No such file" not in operator.run("check", "list.csv").err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("custmers.xlsx", "customers.xlsx"), ("Costumers.csv", "customers.csv"), ("june.csv", "")],
)
@pytest.mark.parametrize("command", [("check",), ("run",), ("sync", "--list", "x")])
def test_a_misspelt_file(
    command: tuple[str, ...], typed: str, meant: str, operator: Operator
) -> None:
    """The nearest name of its folder is named, before credentials are asked for."""
    for name in ("customers.csv", "customers.xlsx", "july.csv", ".june.csv"):
        (operator.folder / name).write_text("x")
    done = operator.run(*command, typed)
    assert done.exit == 2
    hint = f"; is {meant} meant?" if meant else ": check the name and the folder."
    assert f"{typed} does not exist{hint}" in done.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere/list.csv", "nowhere/list.csv does not exist"),
        ("lists*.csv", "lists*.csv matches no file"),
        ("empty", "empty has no file in it"),
    ],
)
def test_a_name_that_leads_to_no_list(name: str, said: str, operator: Operator) -> None:
    """That is said before credentials and a place for results are asked for."""
    (operator.folder / "empty").mkdir()
    for command in ("run", "check"):
        done = operator.run(command, name)
        assert done.exit == 2
        assert said in done.err


@pytest.mark.parametrize("command", [("check",), ("run",), ("sync", "--list", "x")])
def test_a_missing_file_is_told_to_scripts(command: tuple[str, ...], operator: Operator) -> None:
    """With --json each name is an object of its own, with its exit code; a log has an event."""
    done = operator.run(*command, "no.csv", "--json")
    told = json.loads(done.out)
    assert (told["file"], told["exit"], done.exit) == ("no.csv", 2, 2)
    assert "no.csv does not exist" in done.err
    logged = operator.run(*command, "no.csv", "--log-format", "json")
    events = [json.loads(line) for line in logged.err.splitlines()]
    assert [(one["event"], one["file"]) for one in events] == [
        ("file begun", "no.csv"),
        ("file failed", "no.csv"),
    ]


def test_of_several_names_those_that_are_there_are_worked_on(operator: Operator) -> None:
    """One name that leads nowhere is an error of its own."""
    operator.write_list("list.csv", ["+85251230000"])
    done = operator.run("check", "nowhere.csv", "list.csv")
    assert done.exit == 2
    assert "nowhere.csv does not exist" in done.err
    assert (operator.folder / "list.check.xlsx").exists()


def test_a_shell_completes_commands_and_options(tmp_path: Path) -> None:
    """What the help says of Tab is true: the shell is told commands, options and files."""

    def told(*words: str) -> str:
        line = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        return subprocess.run(
            [sys.executable, "-c", "from importer.__main__ import main; main()"],
            env=os.environ
            | {"PYTHONPATH": str(ROOT), "_IMPORTER_COMPLETE": "bash_complete"}
            | line,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    assert "plain,check" in told("importer", "ch")
    assert "plain,--region" in told("importer", "run", "--reg")
    assert told("importer", "run", "li").startswith("file,")
