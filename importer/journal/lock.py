"""Locks: who has a journal alone, which runs use it, one night at a time on an inbox.

The operating system releases these locks when their process dies.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from importer.errors import JournalError, JournalLocked, OutputError
from importer.journal.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GATE = 1.0
"""Seconds that a run waits for others that begin at the same moment."""
LOOK_AGAIN = 0.5
"""Seconds after which it is looked again whether all runs have ended."""
_HELD: set[Path] = set()
"""The real paths of the journals that this process holds."""


@contextmanager
def hold(journal: Path, now: datetime, *, wait: bool = False) -> Iterator[None]:
    """Have a journal alone while the `with` block runs: no run uses it.

    `now` is written beside the lock, for the message that another run prints. With `wait`, wait
    without limit for another run to end; without it, raise at once.

    Raises:
        JournalLocked: another run holds the lock; the text names its process and start time.
        JournalError: the lock file can't be made or locked.
    """
    journal = journal.resolve()
    try:
        journal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _take(journal, now, wait=wait)
    except Timeout as error:
        raise _locked(journal) from error
    except OSError as error:
        raise _not_lockable(journal, error) from error
    _HELD.add(journal)
    try:
        _wait_for_runs(journal, wait=wait)
        yield
    finally:
        _HELD.discard(journal)
        lock.release()


def _wait_for_runs(journal: Path, *, wait: bool) -> None:
    runs = runs_of(journal)
    while not runs.is_empty():
        if not wait:
            raise JournalLocked(
                f"A run uses the journal {journal} at this moment: wait until it has ended, then "
                "do the same again."
            )
        time.sleep(LOOK_AGAIN)


def runs_of(journal: Path) -> Presence:
    """Return which runs use a journal: all that do show themselves beside it."""
    return Presence(journal.with_name(f"{journal.name}.runs"), is_whole=True)


@contextmanager
def show_run(journal: Path, *, wait: bool) -> Iterator[str]:
    """Give a new run's name while the `with` block runs. Any number of them go side by side.

    With `wait`, wait until nobody has the journal alone.

    Raises:
        JournalLocked: somebody has the journal alone.
        JournalError: a lock file can't be made or locked.
    """
    with ExitStack() as shown:
        try:
            journal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Runs that begin at the same moment are in each other's way for a moment only.
            with FileLock(
                _beside(journal, ".lock"), -1 if wait else GATE, 0o600, poll_interval=0.01
            ):
                owner = shown.enter_context(runs_of(journal).shown())
        except Timeout as error:
            raise _locked(journal) from error
        except OSError as error:
            raise _not_lockable(journal, error) from error
        yield owner


@contextmanager
def hold_while_upgrading(journal: Path) -> Iterator[None]:
    """Hold the lock of an older version's journal, unless this process holds it already.

    A run of the older version that goes on would not fill the tables that the newer one adds.

    Raises:
        JournalLocked: another run holds the lock; the text names its process and start time.
        JournalError: the lock file can't be made or locked.
    """
    if journal.resolve() in _HELD:
        yield
        return
    try:
        with hold(journal, datetime.now().astimezone()):
            yield
    except JournalLocked as error:
        raise JournalLocked(
            f"The journal {journal} was written by an older importer, and is brought up to date "
            f"only when no other run holds it, as one does now ({_holder_of(journal)}): run the "
            "same command again when that has ended."
        ) from error


@contextmanager
def hold_inbox(inbox: Path, journal: Path, now: datetime) -> Iterator[None]:
    """Hold the lock of an inbox while the `with` block runs: no other night takes its files.

    Strangers write into the inbox, so no file is written there: the lock file lies beside the
    journal. The folder itself is locked too where the system can do that, which keeps out nights
    with another journal. An inbox that does not exist needs no lock.

    Raises:
        JournalLocked: another night holds the inbox; the text names its process and start time.
        OutputError: the inbox or the lock file can't be locked.
    """
    if not inbox.is_dir():
        yield
        return
    place = file_of_inbox(inbox, journal, "")
    try:
        # Nothing else may be there yet where the journal is in a database.
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as held:
            held.callback(_take(place, now, wait=False).release)
            held.callback(os.close, _locked_folder(inbox))
            release = held.pop_all()
    except (Timeout, BlockingIOError) as error:
        who = _holder_of(place) if isinstance(error, Timeout) else "with another journal"
        raise JournalLocked(
            f"Another night takes the files of the inbox {inbox} ({who}): wait until it has ended."
        ) from error
    except OSError as error:
        raise OutputError(
            f"The inbox {inbox} can't be locked ({error.strerror or error}): correct its rights, "
            f"and those of {journal.parent}."
        ) from error
    with release:
        yield


def file_of_inbox(inbox: Path, journal: Path, ending: str) -> Path:
    """Return the place of a file about an inbox, beside the journal's real path."""
    name = hashlib.sha256(os.fsencode(inbox.resolve())).hexdigest()[:16]
    journal = journal.resolve()
    return journal.with_name(f"{journal.name}.inbox-{name}{ending}")


def _locked_folder(inbox: Path) -> int:
    """Lock a folder for this process, and return its descriptor. Closing it releases the lock.

    Raises:
        BlockingIOError: another process holds the lock.
        OSError: the folder can't be opened.
    """
    if sys.platform == "win32":
        return os.open(os.devnull, os.O_RDONLY)  # Folders can't be opened there.
    import fcntl

    folder = os.open(inbox, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(folder)
        raise
    except OSError:
        pass  # Some network file systems lock no folders; the lock beside the journal holds.
    return folder


def _take(place: Path, now: datetime, *, wait: bool) -> FileLock:
    """Take the lock file `PLACE.lock`, and write its holder into `PLACE.holder`.

    Raises:
        Timeout: another process holds the lock.
        OSError: a file can't be made or written.
    """
    os.close(open_own(_beside(place, ".lock"), os.O_RDWR | os.O_CREAT))
    lock = FileLock(_beside(place, ".lock"), timeout=-1 if wait else 0, mode=0o600)
    lock.acquire()
    try:
        _write_holder(place, now)
    except OSError:
        lock.release()
        raise
    return lock


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(place.name + ending)


def _write_holder(place: Path, now: datetime) -> None:
    """Write the holder's process id and start time beside the lock.

    The lock file itself can't hold them: on Windows nobody else can read a locked file.
    """
    holder = {"process": os.getpid(), "since": now.isoformat(sep=" ", timespec="seconds")}
    descriptor = open_own(_beside(place, ".holder"), os.O_WRONLY | os.O_CREAT)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.truncate()
        json.dump(holder, file)


def open_own(path: Path, flags: int) -> int:
    """Open or make a regular file of this user with `flags` of `os.open`; return its descriptor.

    Links are not followed, because one could lead to the journal. Pipes are refused, because
    opening one could block for ever.

    Raises:
        OSError: `path` is a link, no regular file, another user's file, or can't be opened.
    """
    safely = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | safely, 0o600)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise OSError(error.errno, f"{path} is a link or a pipe: remove it") from error
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or not _is_ours(status):
        os.close(descriptor)
        raise OSError(errno.EPERM, f"{path} is no regular file of this user: remove it")
    return descriptor


def _is_ours(status: os.stat_result) -> bool:
    return sys.platform == "win32" or os.geteuid() in {0, status.st_uid}


def _locked(journal: Path) -> JournalLocked:
    return JournalLocked(
        f"Another run holds the journal {journal} ({_holder_of(journal)}): wait until it has "
        "ended, then do the same again."
    )


def _not_lockable(journal: Path, error: OSError) -> JournalError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return JournalError(
            f"The journal {journal} can't be locked ({error.strerror}): make room on its disk."
        )
    return JournalError(
        f"The journal {journal} can't be locked ({error.strerror or error}): correct the rights "
        "of its folder, or move the journal with its folder of rows to a disk of this computer "
        "and lead IMPORTER_JOURNAL there."
    )


def _holder_of(place: Path) -> str:
    """Return which process holds the lock of a place, and since when, in words."""
    try:
        holder = json.loads(_beside(place, ".holder").read_text(encoding="utf-8"))
        return f"process {holder['process']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "its process is not known"
