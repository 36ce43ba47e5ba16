"""One run at a time on a journal, one night at a time on an inbox.

The system itself releases these locks when a process dies.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from importer.errors import JournalError, JournalLocked, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

IN_INBOX = ".importer"
"""The lock's files in an inbox are hidden, and so no lists."""


@contextmanager
def hold(journal: Path, now: datetime, *, wait: bool = False) -> Iterator[None]:
    """Hold the journal's lock for the whole run; `wait` waits for another run to end.

    Raises:
        JournalLocked: another run holds it; the text says which, and since when.
        JournalError: the lock's file can't be made.
    """
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
            f"The journal {journal} can't be locked ({error.strerror or error}): name another "
            "file with IMPORTER_JOURNAL."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def hold_inbox(inbox: Path, now: datetime) -> Iterator[None]:
    """Hold an inbox, so that no night with another journal takes the same files.

    Where there is no such folder there is nothing to hold.

    Raises:
        JournalLocked: another night holds it; the text says which, and since when.
        OutputError: the lock's file can't be made.
    """
    if not inbox.is_dir():
        yield
        return
    place = inbox / IN_INBOX
    try:
        lock = _take(place, now, wait=False)
    except Timeout as error:
        raise JournalLocked(
            f"Another night takes the files of the inbox {inbox} ({_who(place)}): wait until it "
            "has ended."
        ) from error
    except OSError as error:
        raise OutputError(
            f"The inbox {inbox} can't be locked ({error.strerror or error}): correct its rights."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _take(place: Path, now: datetime, *, wait: bool) -> FileLock:
    """Take the lock beside a place, and leave word of who has it."""
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
    """Leave word of who holds the lock, beside it: Windows lets nobody read a locked file."""
    told = {"process": os.getpid(), "since": now.isoformat(sep=" ", timespec="seconds")}
    _beside(place, ".holder").write_text(json.dumps(told), encoding="utf-8")


def _who(place: Path) -> str:
    try:
        told = json.loads(_beside(place, ".holder").read_text(encoding="utf-8"))
        return f"process {told['process']}, since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "which has not said its name"
