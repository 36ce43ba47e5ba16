"""A file at which a night ended does not end the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

import importer
from importer.nightly import begun_marks
from importer.nightly.folders.file_choice import Seen
from importer.store import SqliteStore
from tests.nightly.nights import sample_config
from tests.served import account_of, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

ROOT = Path(importer.__file__).parents[1]
LIST = PurePosixPath("hk/list.csv")

KILLED_WHILE_READING = """
import os, signal, sys
from importer.batch.input import read_file
read_rows = read_file.read_rows
def deadly(path, *rest):
    if path.name == "deadly.csv":
        os.kill(os.getpid(), signal.SIGKILL)
    return read_rows(path, *rest)
read_file.read_rows = deadly
"""
KILLED_WHILE_SENDING = """
import os, signal
from importer.batch import pipeline
def deadly(*rest, **more):
    os.kill(os.getpid(), signal.SIGKILL)
pipeline.send_recorded = deadly
"""
INTERRUPTED_WHILE_READING = """
from importer.batch.input import read_file
def interrupted(*rest):
    raise KeyboardInterrupt
read_file.read_rows = interrupted
"""
NIGHT = """
from tests.fast_forward import run_importer
run_importer(["nightly"])
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def night(folder: Path, url: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a night as a process of its own, with something done to it before."""
    return subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", before + NIGHT],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        env=os.environ | account_of(url) | {"PYTHONPATH": str(ROOT)},
        cwd=folder,
    )


def office(folder: Path, *names: str) -> None:
    """Make a folder with the sample's settings and some lists of 20 numbers each."""
    text = sample_config().replace('until = "05:30"', "")
    (folder / "importer.toml").write_text(text, encoding="utf-8")
    (folder / "inbox" / "hk").mkdir(parents=True)
    for at, name in enumerate(names):
        lines = ["Phone", *hong_kong(20, at * 100)]
        path = folder / "inbox" / "hk" / name
        path.write_text("\n".join(lines), encoding="utf-8")
        os.utime(path, (1_700_000_000 + at, 1_700_000_000 + at))


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.rglob("*.csv"))


def sent(sandbox: Sandbox, at: int) -> bool:
    wanted = [one.removeprefix("+") for one in hong_kong(20, at * 100)]
    there = numbers_at(sandbox)
    return all(there.get(number) == 1 for number in wanted)


def test_a_file_that_ended_a_night_goes_to_failed_in_the_next(tmp_path: Path) -> None:
    """It is not read again, the reason says so, and the other files have their night.

    Put back into the inbox it is read like any other file.
    """
    office(tmp_path, "deadly.csv", "good.csv")
    sandbox = fast_sandbox()
    with running(sandbox) as url:
        assert night(tmp_path, url, KILLED_WHILE_READING).returncode == -signal.SIGKILL
        assert names(tmp_path / "inbox") == ["deadly.csv", "good.csv"]
        second = night(tmp_path, url, KILLED_WHILE_READING)
        assert second.returncode == 2, second.stderr
        assert names(tmp_path / "failed") == ["deadly.csv"]
        assert names(tmp_path / "done") == ["good.csv"]
        (reason,) = (tmp_path / "failed").rglob("*.reason.txt")
        assert "A night ended while it read this file" in reason.read_text()
        assert not sent(sandbox, 0)
        assert sent(sandbox, 1)
        (failed,) = (tmp_path / "failed").rglob("*.csv")
        failed.rename(tmp_path / "inbox" / "hk" / "deadly.csv")
        assert night(tmp_path, url).returncode == 0
    assert names(tmp_path / "inbox") == []
    assert sent(sandbox, 0)


def test_a_file_whose_batch_was_recorded_is_continued(tmp_path: Path) -> None:
    """A night that ended while it sent a list says nothing against the list."""
    office(tmp_path, "list.csv")
    sandbox = fast_sandbox()
    with running(sandbox) as url:
        assert night(tmp_path, url, KILLED_WHILE_SENDING).returncode == -signal.SIGKILL
        assert night(tmp_path, url).returncode == 0
    assert names(tmp_path / "done") == ["list.csv"]
    assert sent(sandbox, 0)


def test_an_interrupted_night_blames_no_file(tmp_path: Path) -> None:
    """What a signal stops ends in its own way, so the next night reads the file."""
    office(tmp_path, "list.csv")
    sandbox = fast_sandbox()
    with running(sandbox) as url:
        assert night(tmp_path, url, INTERRUPTED_WHILE_READING).returncode == 130
        assert night(tmp_path, url).returncode == 0
    assert sent(sandbox, 0)


def test_marks_are_of_one_file_as_it_was(tmp_path: Path) -> None:
    """A file of another size or time is another list; a file that has gone needs no mark."""
    marks = begun_marks.marks_of(tmp_path / "inbox", SqliteStore(tmp_path / "journal.sqlite3"))
    seen, now = Seen(10, 20), datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
    with marks.reading(LIST, seen, now), marks.reading(PurePosixPath("b.csv"), seen, now):
        assert marks.begun(LIST, seen) == "2026-03-01 22:00"
        assert marks.begun(LIST, Seen(11, 20)) is None
        assert marks.begun(LIST, Seen(10, 21)) is None
        marks.keep_only([LIST])
        assert marks.begun(PurePosixPath("b.csv"), seen) is None
        assert marks.begun(LIST, seen)
    assert marks.begun(LIST, seen) is None
    assert not [*tmp_path.iterdir()]


def test_damaged_marks_are_none(tmp_path: Path) -> None:
    """What can't be understood blames no file."""
    marks = begun_marks.marks_of(tmp_path / "inbox", SqliteStore(tmp_path / "journal.sqlite3"))
    for damaged in ("", "{", "[]", '{"hk/list.csv": 5}', '{"hk/list.csv": {}}'):
        marks.place.write_text(damaged, encoding="utf-8")
        assert marks.begun(LIST, Seen(10, 20)) is None
