"""The folder in which the check or the run of a long list works, on the disk of its results."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from importer.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = ".importer-check-"
_LOCK = "lock"
"""A file that the check holds: the system releases it when the check ends, however it ends."""


@contextmanager
def work_folder(beside: Path) -> Iterator[Path]:
    """Make a folder in the folder `beside`, which goes when the `with` block ends.

    Those that killed checks have left there go first: phone numbers are in them.

    Raises:
        OutputError: it can't be written there; also where the block finds that.
    """
    try:
        _remove_left(beside)
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=beside) as name, _held(Path(name)):
            yield Path(name)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error  # Arrow has words of its own.
        raise OutputError(
            f"The results can't be written into {beside} ({reason}): make room on its disk, or "
            "name a folder elsewhere by --out."
        ) from error


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / _LOCK, timeout=0, mode=0o600)
    with suppress(OSError, NotImplementedError):  # Some network file systems lock no files.
        # The folder is worked in without a lock: no other check can lock it, and take it for left.
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _remove_left(beside: Path) -> None:
    for folder in beside.glob(f"{PREFIX}*"):
        if (folder / _LOCK).is_file() and _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    lock = FileLock(folder / _LOCK, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except (Timeout, OSError, NotImplementedError):  # A check is at work, or nothing can be told.
        return False
    lock.release()
    return True
