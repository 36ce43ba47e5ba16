"""One run at a time on a journal, known to others, and never held by the dead."""

from __future__ import annotations

import errno
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from importer.errors import Exit, JournalError, JournalLocked
from importer.journal import lock
from tests.journal.holders import held_by_another_process

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

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


RUN = """
import sys
from pathlib import Path
from importer.journal import lock
with lock.show_run(Path(sys.argv[1]), wait=False):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


def test_the_second_is_told_who_holds_it(journal: Path, now: datetime) -> None:
    """The second run ends at once, with the holder's process, since when, and exit code 75."""
    with held_by_another_process(HOLDER, str(journal)) as holder:
        with pytest.raises(JournalLocked) as caught, lock.hold(journal, now):
            pytest.fail("two runs at a time")
        assert f"process {holder.pid}, since 2023-11-14 21:00:00" in str(caught.value)
        assert str(journal) in str(caught.value)
        assert caught.value.exit_code is Exit.LOCKED


def test_nobody_has_a_journal_alone_that_a_run_uses(journal: Path, now: datetime) -> None:
    """To be forgotten in, copied or upgraded, it must stand still; a dead run uses nothing."""
    with held_by_another_process(RUN, str(journal)) as run:
        with pytest.raises(JournalLocked, match="A run uses the journal"), lock.hold(journal, now):
            pytest.fail("alone beside a run")
        run.kill()
        run.wait(PATIENCE)
        with lock.hold(journal, now):
            pass


def test_the_dead_hold_nothing(journal: Path, now: datetime) -> None:
    """The kernel releases the lock of a process that was killed, whatever it left behind."""
    with held_by_another_process(HOLDER, str(journal)) as holder:
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

    with held_by_another_process(HOLDER, str(journal)) as holder:
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
    with held_by_another_process(HOLDER, str(journal)):
        journal.with_name(f"{journal.name}.holder").write_text(told, errors="surrogateescape")
        with pytest.raises(JournalLocked, match="Another run holds"), lock.hold(journal, now):
            pytest.fail("two runs at a time")


def test_a_lock_that_can_not_be_made_is_told(journal: Path, now: datetime) -> None:
    """A folder that can't be made is one sentence that names the journal."""
    journal.parent.write_text("not a folder")
    refused = pytest.raises(JournalError, match=r"can't be locked \(.*\): correct the rights")
    with refused, lock.hold(journal, now):
        pytest.fail("nothing is locked")


def test_a_full_disk_is_no_matter_of_rights(
    journal: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads that the disk is full is told to make room."""
    journal.parent.mkdir(parents=True, exist_ok=True)

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    refused = pytest.raises(JournalError, match=r"\(No space left on device\): make room")
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


def test_two_nights_on_one_inbox(tmp_path: Path, journal: Path, now: datetime) -> None:
    """The second is told who holds it, until the first has ended."""
    journal.parent.mkdir()
    refused = pytest.raises(JournalLocked, match=r"the inbox .* \(process \d+, since 2023-11-14")
    with (
        lock.hold_inbox(tmp_path, journal, now),
        refused,
        lock.hold_inbox(tmp_path, journal, now),
    ):
        pytest.fail("two nights at a time")
    with lock.hold_inbox(tmp_path, journal, now):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="folders can't be locked there")
def test_two_nights_with_two_journals_on_one_inbox(
    tmp_path: Path, journal: Path, now: datetime
) -> None:
    """The folder itself is locked, so a night with another journal takes nothing either."""
    journal.parent.mkdir()
    refused = pytest.raises(JournalLocked, match="with another journal")
    other = journal.with_name("other.sqlite3")
    with lock.hold_inbox(tmp_path, journal, now), refused, lock.hold_inbox(tmp_path, other, now):
        pytest.fail("two nights at a time")


def test_an_inbox_that_is_not_there(tmp_path: Path, journal: Path, now: datetime) -> None:
    """The night itself says so; no folder is made by the way."""
    with lock.hold_inbox(tmp_path / "inbox", journal, now):
        assert not (tmp_path / "inbox").exists()


def test_nothing_of_ours_is_in_the_inbox(tmp_path: Path, journal: Path, now: datetime) -> None:
    """Strangers write there: neither the lock nor its holder's name lies in the inbox."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    journal.parent.mkdir()
    with lock.hold_inbox(inbox, journal, now):
        assert [*inbox.iterdir()] == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("ending", [".lock", ".holder"])
def test_a_link_in_the_place_of_the_lock(journal: Path, now: datetime, ending: str) -> None:
    """What a link leads to, such as the journal, is neither written nor emptied."""
    journal.parent.mkdir()
    journal.write_text("all that is known")
    journal.with_name(journal.name + ending).symlink_to(journal)
    with pytest.raises(JournalError, match="can't be locked"), lock.hold(journal, now):
        pytest.fail("it was opened through the link")
    assert journal.read_text() == "all that is known"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
@pytest.mark.parametrize("ending", [".lock", ".holder"])
def test_a_pipe_in_the_place_of_the_lock(journal: Path, now: datetime, ending: str) -> None:
    """Nobody waits for a writer or a reader that never comes."""
    journal.parent.mkdir()
    os.mkfifo(journal.with_name(journal.name + ending))
    with pytest.raises(JournalError, match="can't be locked"), lock.hold(journal, now):
        pytest.fail("it was opened")
