"""One run at a time on a journal, one night at a time on an inbox.

The system itself releases these locks when a process dies.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from importer.errors import JournalError, JournalLocked, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


@contextmanager
def hold(journal: Path, now: datetime, *, wait: bool = False) -> Iterator[None]:
    """Hold the journal's lock for the whole run; `wait` waits for another run to end.

    Raises:
        JournalLocked: another run holds it; the text says which, and since when.
        JournalError: the lock's file can't be made.
    """
    journal = journal.resolve()
    try:
        journal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _take(journal, now, wait=wait)
    except Timeout as error:
        raise JournalLocked(
            f"Another run holds the journal {journal} ({_who(journal)}): wait until it has ended, "
            "or let --wait do that."
        ) from error
    except OSError as error:
        raise JournalError(
            f"The journal {journal} can't be locked ({error.strerror or error}): correct the "
            "rights of its folder, or move the journal with its folder of rows to a disk of this "
            "computer and lead IMPORTER_JOURNAL there."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def hold_inbox(inbox: Path, journal: Path, now: datetime) -> Iterator[None]:
    """Hold an inbox, so that no other night takes the same files, whatever its journal is.

    Nothing is written into the inbox, into which strangers write: the folder itself is locked,
    where the system can, and the files of the lock lie beside the journal. Where there is no such
    folder there is nothing to hold.

    Raises:
        JournalLocked: another night holds it; the text says which, and since when.
        OutputError: the inbox, or the lock's file, can't be locked.
    """
    if not inbox.is_dir():
        yield
        return
    name = hashlib.sha256(os.fsencode(inbox.resolve())).hexdigest()[:16]
    place = journal.with_name(f"{journal.name}.inbox-{name}")
    try:
        with ExitStack() as held:
            held.callback(_take(place, now, wait=False).release)
            held.callback(os.close, _locked_folder(inbox))
            release = held.pop_all()
    except (Timeout, BlockingIOError) as error:
        who = _who(place) if isinstance(error, Timeout) else "with another journal"
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


def _locked_folder(inbox: Path) -> int:
    """Lock a folder for this process and return its descriptor, which holds the lock while open.

    Raises:
        BlockingIOError: another process holds it.
        OSError: it can't be opened.
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
    """Take the lock beside a place, and leave word of who has it."""
    os.close(open_own(_beside(place, ".lock"), os.O_RDWR | os.O_CREAT))
    lock = FileLock(_beside(place, ".lock"), timeout=-1 if wait else 0, mode=0o600)
    lock.acquire()
    try:
        _sign(place, now)
    except OSError:
        lock.release()
        raise
    return lock


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(place.name + ending)


def _sign(place: Path, now: datetime) -> None:
    """Write who holds the lock beside it: Windows lets nobody read a locked file."""
    holder = {"process": os.getpid(), "since": now.isoformat(sep=" ", timespec="seconds")}
    descriptor = open_own(_beside(place, ".holder"), os.O_WRONLY | os.O_CREAT)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.truncate()
        json.dump(holder, file)


def open_own(path: Path, flags: int) -> int:
    """Open or make a file of our own, without following a link, and return its descriptor.

    A link could lead to the journal, and a pipe of this name would wait for ever.

    Raises:
        OSError: it is a link, no regular file, another user's, or can't be opened.
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


def _who(place: Path) -> str:
    try:
        told = json.loads(_beside(place, ".holder").read_text(encoding="utf-8"))
        return f"process {told['process']}, since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "which has not said its name"
