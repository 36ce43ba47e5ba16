"""How a command ends that has come to no file: in the form that its options ask for."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.commands.terminal.exits import Terminated, sentence_of
from tests.served import hong_kong

if TYPE_CHECKING:
    from tests.served import Operator

WRONG = [
    (["run", "list.csv", "--yes"], "No credentials"),
    (["run", "list.csv", "--rate", "abc"], "--rate must be a number from 0.01 to 10000"),
    (["run", "list.csv", "--group-size", "1.5"], "--group-size must be a whole number"),
    (["run", "list.csv", "--frobnicate"], "No such option '--frobnicate'"),
    (["run"], "Missing argument 'FILE...'. `importer run --help` shows"),
    (["run", "list.csv", "--together=x"], "--together"),
    (["run", ""], "A file's name is empty: ''. Name a file"),
    (["run", " ", "list.csv"], "A file's name is empty: ' '."),
    (["run", "list.csv", "--name", ""], "--name must be a text, and is empty: give it a value"),
    (["run", "list.csv", "list.csv"], "list.csv is named twice: name it once"),
    (["sync", "", "--list", "vip"], "A file's name is empty"),
    (["sync", "list.csv", "x", "--list", "vip"], "extra argument (x). `importer sync --help`"),
    (["sync", "list.csv"], "Missing option '--list'. `importer lists` shows"),
    (["sync", "list.csv", "--list", "vip"], "No credentials"),
    (["resume", "--timeout", "0"], "--timeout must be a number"),
    (["resume", "nosuch"], "No credentials"),
]
OF_NO_LOG = [
    (["results", "nosuch"], "no batch 'nosuch'"),
    (["undo", "nosuch"], "No credentials"),
    (["settle", "nosuch"], "No credentials"),
    (["verify"], "No credentials"),
    (["groups", "--out", "x.docx"], "--out x.docx"),
    (["batches", "--frobnicate"], "No such option"),
    (["config", "--region", "XX"], "--region is 'XX', which is no country"),
]


@pytest.fixture
def nobody(operator: Operator, environment: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """An operator with a list and without credentials."""
    monkeypatch.delenv("NXCLOUD_ACCESS_KEY", raising=False)
    operator.write_list("list.csv", hong_kong(3))
    return operator


@pytest.mark.parametrize(("words", "said"), [*WRONG, *OF_NO_LOG])
def test_json_is_never_empty(nobody: Operator, words: list[str], said: str) -> None:
    """`--json` gives an object with the exit code and the sentence, which stderr has as well."""
    done = nobody.run(*words, "--json")
    told = json.loads(done.out)
    assert told["exit"] == done.exit == 2
    assert said in told["message"]
    assert said in done.err


@pytest.mark.parametrize(("words", "said"), WRONG)
@pytest.mark.parametrize("form", [["--log-format", "json"], ["--log-format=json"]])
def test_each_line_of_a_json_log_is_json(
    nobody: Operator, words: list[str], said: str, form: list[str]
) -> None:
    """`--log-format json` gives an event, also where the options themselves are wrong."""
    done = nobody.run(*words, *form)
    events = [json.loads(line) for line in done.err.splitlines()]
    assert (events[-1]["event"], events[-1]["level"]) == ("run failed", "error")
    assert events[-1]["exit"] == done.exit == 2
    assert said in events[-1]["message"]
    assert not done.out


def test_a_wrong_importer_toml_is_an_event_of_its_own_log(nobody: Operator) -> None:
    """`log_format = "json"` holds for the sentence about another value of the same file."""
    config = nobody.folder / "importer.toml"
    for command in (["run", "a.csv"], ["nightly"], ["sync", "a.csv", "--list", "a"]):
        config.write_text('log_format = "json"\nrate = "x"\n[nightly]\n', encoding="utf-8")
        done = nobody.run(*command)
        assert (done.exit, json.loads(done.err)["event"]) == (2, "run failed")
        assert "rate must be a number" in json.loads(done.err)["message"]
        assert nobody.run(*command, "--log-format", "text").err.startswith("importer: ")
        config.write_text('rate = "x"\n[nightly]\n', encoding="utf-8")
        assert nobody.run(*command).err.startswith("importer: ")


def test_a_command_without_a_log_is_no_event(nobody: Operator) -> None:
    """`template` and others write to people, whatever importer.toml says of logs."""
    (nobody.folder / "importer.toml").write_text('log_format = "json"\n', encoding="utf-8")
    assert nobody.run("template", "list.pdf").err.startswith("importer: ")


@pytest.mark.parametrize(("words", "said"), [*WRONG, *OF_NO_LOG])
def test_quiet_says_what_is_wrong(nobody: Operator, words: list[str], said: str) -> None:
    """`--quiet` hides no error; it is one sentence on standard error."""
    done = nobody.run(*words, *([] if words[0] in {"batches", "config"} else ["--quiet"]))
    assert done.exit == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert not done.out


def test_a_file_in_the_place_of_a_folder(nobody: Operator) -> None:
    """Results go into no file that ends otherwise; it is not called a folder that is missing."""
    done = nobody.run("check", "list.csv", "--out", "list.csv")
    assert done.exit == 2
    assert "list.csv is a file, no folder: name another place by --out." in done.err


def test_a_link_to_nowhere(nobody: Operator) -> None:
    """A link is called one, and not taken for a slip in its own name."""
    (nobody.folder / "link.csv").symlink_to("nowhere.csv")
    done = nobody.run("check", "link.csv")
    assert done.exit == 2
    assert "link.csv is a link to a file that does not exist" in done.err


def test_a_folder_in_the_place_of_a_file(nobody: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal and an importer.toml that are folders are called so, and a way out is named."""
    monkeypatch.setenv("IMPORTER_JOURNAL", str(nobody.folder))
    done = nobody.run("batches")
    assert done.exit == 2
    file = nobody.folder / "journal.sqlite3"
    assert f"as it is a folder: name a file, such as {file}" in done.err
    (nobody.folder / "importer.toml").mkdir()
    assert "importer.toml can't be read (Is a directory)" in nobody.run("config").err


def test_a_journal_in_a_folder_that_may_not_be_entered(
    nobody: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told in a sentence. Root is refused nothing, so the system is made to refuse here."""
    closed = nobody.folder.resolve() / "closed" / "journal.sqlite3"
    stat = Path.stat

    def refuse(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refuse)
    done = nobody.run("journal", "copy", closed, nobody.folder / "copy.sqlite3")
    assert done.exit == 2
    assert f"The journal {closed} can't be reached (Permission denied)" in done.err


def test_a_file_that_may_not_be_read_is_no_slip_in_a_command(
    nobody: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a file can be read is found out as it is read, and told as of any other file."""
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert "--help" not in nobody.run("check", "list.csv").err


def test_a_command_in_capitals(nobody: Operator) -> None:
    """The command that is meant is named."""
    assert "'RUN' is no command; is run meant?" in nobody.run("RUN", "list.csv").err


def test_a_file_called_like_an_option(nobody: Operator) -> None:
    """Behind `--` all are files: their names ask for no JSON."""
    done = nobody.run("run", "--rate", "0", "--", "--json")
    assert not done.out
    assert done.err.startswith("importer: --rate must be")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "list.csv"], "interrupted; nothing was sent or recorded, run the same command"),
        (["run", "list.csv", "--sandbox"], "interrupted; nothing was sent or recorded"),
        (["run", "list.csv"], "interrupted; what was done is recorded, run the same command"),
        (["run", "--", "--sandbox"], "interrupted; what was done is recorded"),
        (["list.csv"], "interrupted; what was done is recorded"),
    ],
)
def test_an_interrupt_says_what_is_left_of_it(words: list[str], said: str) -> None:
    """A check and a rehearsal have recorded nothing that a second one could go on with."""
    assert sentence_of(KeyboardInterrupt(), words).startswith(said)
    ended = said.replace("interrupted", "ended by SIGTERM")
    assert sentence_of(Terminated(), words).startswith(ended)
