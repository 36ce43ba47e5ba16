"""What an operator is asked at a real terminal, and what the answers do."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import importer
from importer.sandbox import Sandbox
from tests.served import account_of, numbers_at, running

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(importer.__file__).parents[1]
ENOUGH = 30.0
"""Seconds in which something is shown, unless the command waits for an answer."""
AMERICAN = [f"({area}) 555-{at:04}" for area in (212, 303, 415) for at in range(100, 110)]


def at_a_terminal(
    folder: Path, answer: str, account: Mapping[str, str], *arguments: str
) -> tuple[int, str]:
    """Run the command at a terminal of its own and type an answer; return its end and the screen.

    The answer is typed at once: the terminal keeps it until it is asked for.
    """
    ours, theirs = pty.openpty()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - the arguments are ours
        [sys.executable, "-m", "importer", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={
            **kept,
            **account,
            "PYTHONPATH": str(ROOT),
            "IMPORTER_JOURNAL": str(folder / "journal.sqlite3"),
        },
    ) as process:
        os.close(theirs)
        os.write(ours, answer.encode())
        try:
            screen = _read(ours)
            process.wait(ENOUGH)
        finally:
            process.kill()
    os.close(ours)
    return process.returncode, screen


def _read(terminal: int) -> str:
    """Read what is shown until the last process has closed the terminal, or nothing comes."""
    shown = b""
    while select.select([terminal], [], [], ENOUGH)[0]:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # Linux says so of a terminal that nobody has open
            piece = b""
        if not piece:
            break
        shown += piece
    return shown.decode()


@pytest.fixture
def american(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["Phone", *AMERICAN]) + "\n", encoding="utf-8")
    return path


def test_a_wrong_region_is_asked_about_and_the_answer_taken(american: Path) -> None:
    """Who said Hong Kong and has a list of the USA is asked, and one key reads it as theirs."""
    sandbox = Sandbox()
    with running(sandbox) as url:
        end, screen = at_a_terminal(
            american.parent, "1\ny\n", account_of(url), "run", american.name, "--region", "HK"
        )
    assert end == 0, screen
    assert "30 of 30 different rejects would be valid as United States: --region US" in screen
    assert "Which one? 0 stops" in screen
    expected = {f"1{re.sub('[^0-9]', '', one)}" for one in AMERICAN}
    assert set(numbers_at(sandbox)) == expected


@pytest.mark.parametrize("command", [("check",), ("run", "--sandbox")])
def test_a_rehearsal_asks_how_to_read_a_file_as_a_run_does(
    american: Path, command: tuple[str, ...]
) -> None:
    """`check` and a rehearsal ask for the region too, take the answer, and ask nothing else."""
    end, screen = at_a_terminal(
        american.parent, "1\n", {}, *command, american.name, "--region", "HK"
    )
    assert end == 0, screen
    assert "Which one? 0 stops" in screen
    assert "30 numbers" in screen.replace("\r\n", " ")


def test_to_stop_at_the_question_sends_nothing(american: Path) -> None:
    """0 leaves the list as it is: the gate stops it, and says what to type."""
    sandbox = Sandbox()
    with running(sandbox) as url:
        end, screen = at_a_terminal(
            american.parent, "0\n", account_of(url), "run", american.name, "--region", "HK"
        )
    assert end == 3, screen
    assert "Nothing was sent" in screen
    assert "--region US" in screen.split("Nothing was sent")[1]
    assert not sandbox.groups


def test_enter_alone_chooses_no_region(american: Path) -> None:
    """A region decides which numbers are meant: it is typed, and never the first by default."""
    end, screen = at_a_terminal(
        american.parent, "\n0\n", {}, "check", american.name, "--region", "HK"
    )
    assert end == 3, screen
    assert "Type a number from 1 to" in screen


def test_a_column_is_asked_for_by_different_cells(tmp_path: Path) -> None:
    """A column that may hold phone numbers is shown by cells that differ, and taken on one key.

    Then the country is asked for, of which no cell is sure.
    """
    rows = [f"id{at},85251230{at // 2:03}" for at in range(20)]
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["Key,Left", *rows]) + "\n", encoding="utf-8")
    sandbox = Sandbox()
    with running(sandbox) as url:
        end, screen = at_a_terminal(tmp_path, "1\n1\ny\n", account_of(url), "run", "list.csv")
    assert end == 0, screen
    assert "'Left' (85251230000, 85251230001, 85251230002)" in " ".join(screen.split())
    assert set(numbers_at(sandbox)) == {f"85251230{at:03}" for at in range(10)}


def test_long_lines_are_broken_between_words(tmp_path: Path) -> None:
    """A line longer than the terminal goes on in the next one; no mark stands for its end."""
    lines = [
        "Phone",
        *(f"+852512345{at:02}" for at in range(10)),
        "n/a",
        "12",
        "ask Ann",
        "ext. 12",
    ]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    code, screen = at_a_terminal(tmp_path, "", {}, "check", "list.csv", "--max-rejects", "1")
    assert code == 3
    assert "<U+" not in screen
    assert max(map(len, screen.splitlines())) <= 80
