"""One run at a time on a journal: a lock that the system itself releases when a process dies."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from importer.errors import JournalError, JournalLocked

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
    lock = FileLock(_beside(journal, ".lock"), timeout=-1 if wait else 0, mode=0o600)
    try:
        journal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except Timeout as error:
        raise JournalLocked(_who(journal)) from error
    except OSError as error:
        raise _cannot_lock(journal, error) from error
    try:
        _sign(journal, now)
        yield
    finally:
        lock.release()


def _cannot_lock(journal: Path, error: OSError) -> JournalError:
    return JournalError(
        f"The journal {journal} can't be locked ({error.strerror or error}): name another file "
        "with IMPORTER_JOURNAL."
    )


def _beside(journal: Path, ending: str) -> Path:
    return journal.with_name(journal.name + ending)


def _sign(journal: Path, now: datetime) -> None:
    """Leave word of who holds the lock, beside it: Windows lets nobody read a locked file."""
    told = {"process": os.getpid(), "since": now.isoformat(sep=" ", timespec="seconds")}
    try:
        _beside(journal, ".holder").write_text(json.dumps(told), encoding="utf-8")
    except OSError as error:
        raise _cannot_lock(journal, error) from error


def _who(journal: Path) -> str:
    try:
        told = json.loads(_beside(journal, ".holder").read_text(encoding="utf-8"))
        holder = f"process {told['process']}, since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        holder = "which has not said its name"
    return (
        f"Another run holds the journal {journal} ({holder}): wait until it has ended, or let "
        "--wait do that."
    )
