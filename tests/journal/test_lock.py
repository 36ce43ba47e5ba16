"""One run at a time on a journal, known to others, and never held by the dead."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.errors import Exit, JournalError, JournalLocked, OutputError
from importer.journal import lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PATIENCE = 30
"""Seconds after which a test that hangs fails."""

HOLDER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from importer.journal import lock
with lock.hold(Path(sys.argv[1]), datetime(2023, 11, 14, 21, 0, tzinfo=UTC)):
    print("held", flush=True)
    sys.stdin.readline()
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@contextmanager
def held_by_another_process(journal: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the lock until its input ends."""
    command = [sys.executable, "-c", HOLDER, str(journal)]
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_the_second_is_told_who_holds_it(journal: Path, now: datetime) -> None:
    """The second run ends at once, with the holder's process, since when, and exit code 75."""
    with held_by_another_process(journal) as holder:
        with pytest.raises(JournalLocked) as caught, lock.hold(journal, now):
            pytest.fail("two runs at a time")
        assert f"process {holder.pid}, since 2023-11-14 21:00:00" in str(caught.value)
        assert str(journal) in str(caught.value)
        assert caught.value.exit_code is Exit.LOCKED


def test_the_dead_hold_nothing(journal: Path, now: datetime) -> None:
    """The kernel releases the lock of a process that was killed, whatever it left behind."""
    with held_by_another_process(journal) as holder:
        holder.kill()
        holder.wait(PATIENCE)
        with lock.hold(journal, now):
            pass


def test_an_ended_run_releases_it(journal: Path, now: datetime) -> None:
    """Also one that ended by an error."""
    with pytest.raises(ZeroDivisionError), lock.hold(journal, now):
        raise ZeroDivisionError
    with lock.hold(journal, now):
        pass


def test_it_can_wait(journal: Path, now: datetime) -> None:
    """With `wait`, the second run begins when the first has ended, and not before."""
    began, has_it = threading.Event(), threading.Event()

    def second() -> None:
        began.set()
        with lock.hold(journal, now, wait=True):
            has_it.set()

    with held_by_another_process(journal) as holder:
        waiting = threading.Thread(target=second)
        waiting.start()
        assert began.wait(PATIENCE)
        assert not has_it.wait(0.1), "two runs at a time"
        assert holder.stdin is not None
        holder.stdin.close()
        assert has_it.wait(PATIENCE)
        waiting.join(PATIENCE)


def test_journals_are_locked_each_for_itself(journal: Path, now: datetime) -> None:
    """A run on one journal is not in the way of another's."""
    with lock.hold(journal, now), lock.hold(journal.with_name("other.sqlite3"), now):
        pass


@pytest.mark.parametrize("told", ["", "{", "[]", "{}", '{"process": 7}', "7", "\udcff"])
def test_a_holder_that_did_not_say_its_name(journal: Path, now: datetime, told: str) -> None:
    """What lies beside the lock may be half written: it is still told that another holds it."""
    with held_by_another_process(journal):
        journal.with_name(f"{journal.name}.holder").write_text(told, errors="surrogateescape")
        with pytest.raises(JournalLocked, match="Another run holds"), lock.hold(journal, now):
            pytest.fail("two runs at a time")


def test_a_lock_that_can_not_be_made_is_told(journal: Path, now: datetime) -> None:
    """A folder that can't be made is one sentence that names the journal."""
    journal.parent.write_text("not a folder")
    refused = pytest.raises(JournalError, match=r"can't be locked \(.*\): name another")
    with refused, lock.hold(journal, now):
        pytest.fail("nothing is locked")


def test_a_name_that_can_not_be_left_is_told(journal: Path, now: datetime) -> None:
    """A full disk shows here first; the lock is given back."""
    holder = journal.with_name(f"{journal.name}.holder")
    holder.mkdir(parents=True)
    with pytest.raises(JournalError, match="can't be locked"), lock.hold(journal, now):
        pytest.fail("nobody would know who holds it")
    holder.rmdir()
    with lock.hold(journal, now):
        pass


def test_two_nights_on_one_inbox(tmp_path: Path, now: datetime) -> None:
    """Whatever their journals are: the second is told who holds it, until the first has ended."""
    refused = pytest.raises(JournalLocked, match=r"the inbox .* \(process \d+, since 2023-11-14")
    with lock.hold_inbox(tmp_path, now), refused, lock.hold_inbox(tmp_path, now):
        pytest.fail("two nights at a time")
    with lock.hold_inbox(tmp_path, now):
        pass


def test_an_inbox_that_is_not_there(tmp_path: Path, now: datetime) -> None:
    """The night itself says so; no folder is made by the way."""
    with lock.hold_inbox(tmp_path / "inbox", now):
        assert not (tmp_path / "inbox").exists()


def test_an_inbox_that_can_not_be_locked(tmp_path: Path, now: datetime) -> None:
    """One sentence that names it, and nothing is taken from it."""
    (tmp_path / ".importer.holder").mkdir()
    refused = pytest.raises(OutputError, match=r"inbox .* can't be locked \(.*\): correct")
    with refused, lock.hold_inbox(tmp_path, now):
        pytest.fail("nothing is locked")
