"""Which runs are alive on this computer: each holds a lock of the system on a file of its own.

The system releases the lock when the process ends, however it ends. So a run that was killed is
known to be gone at once, where a lease would have to run out first.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWNER_BYTES = 12
"""Chance in the name of a run, so that none is ever given twice."""
LONG_AGO = 86_400.0
"""Seconds after which a file that nobody holds tells nothing any more."""
_ENDING = ".lock"
_OWN: set[str] = set()
"""The runs of this process."""


@dataclass(frozen=True, slots=True)
class Presence:
    """The runs that use a journal from this computer, a file each in `folder`.

    `is_whole` says that every run that can reach the journal has its file here, as with a journal
    that is a file itself.
    """

    folder: Path
    is_whole: bool

    @contextmanager
    def shown(self) -> Iterator[str]:
        """Give a new run's name, and show that it is alive while the `with` block runs.

        Raises:
            OSError: the file can't be made or locked.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._clear_old()
        owner = secrets.token_hex(OWNER_BYTES)
        place = self._place(owner)
        lock = FileLock(place, timeout=0, mode=0o600)
        lock.acquire()
        _OWN.add(owner)
        try:
            yield owner
        finally:
            _OWN.discard(owner)
            _remove(place, lock)

    def is_gone(self, owner: str) -> bool | None:
        """Whether a run has ended; None where that can't be told from this computer."""
        place = self._place(owner)
        if not place.exists():
            return True if self.is_whole else None
        lock = FileLock(place, timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            return False
        except OSError:
            return None
        if self.is_whole:
            _remove(place, lock)
        else:  # The file goes on telling that the run has ended: it may hold more than one lease.
            lock.release()
        return True

    def is_empty(self) -> bool:
        """Whether no run of another process is alive."""
        if not self.folder.is_dir():
            return True
        owners = {one.name.removesuffix(_ENDING) for one in self._files()} - _OWN
        return all(self.is_gone(one) for one in owners)

    def _clear_old(self) -> None:
        """Remove what killed runs left so long ago that none of their leases can last."""
        for one in self._files():
            with suppress(OSError, Timeout):
                if time.time() - one.stat().st_mtime > LONG_AGO:
                    lock = FileLock(one, timeout=0, mode=0o600)
                    lock.acquire()
                    _remove(one, lock)

    def _files(self) -> list[Path]:
        return [one for one in self.folder.iterdir() if one.name.endswith(_ENDING)]

    def _place(self, owner: str) -> Path:
        return self.folder / f"{owner}{_ENDING}"


def _remove(place: Path, lock: FileLock) -> None:
    """Remove a lock's file and release it, in the order that the system allows."""
    if os.name != "nt":
        place.unlink(missing_ok=True)
    lock.release()
    if os.name == "nt":
        with suppress(OSError):
            place.unlink(missing_ok=True)
