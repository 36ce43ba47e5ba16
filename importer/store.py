"""Where a journal is kept, with all that belongs to it: the seam between the stories and the disk.

The stories know a store and the journal that it opens. Only this module and `journal` know of
files: the journal's own, the rows of batches beside it, the locks, and the room on the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from importer.journal import Journal
    from importer.journal.database.protocol import UpgradeProgress

# The journal is imported by who opens one: its libraries take a tenth of a second to load.


class Store(Protocol):
    """Opens a journal, locks it, and says whether there is room for what is to be recorded."""

    def __str__(self) -> str:
        """Return what messages call it."""

    def exists(self) -> bool:
        """Whether a journal was begun here."""

    def open(self, progress: UpgradeProgress | None = None) -> Journal:
        """Open the journal, begun anew where there is none yet.

        `progress` shows how a journal of an older version is brought up to date.

        Raises:
            JournalError: it can't be made, is damaged, or was written by a newer version.
        """

    def lock(self, now: datetime, *, wait: bool = False) -> AbstractContextManager[None]:
        """Hold the journal while the `with` block runs; with `wait`, wait for another run to end.

        Raises:
            JournalLocked: another run holds it; the text says which, and since when.
            JournalError: it can't be locked.
        """

    def lock_inbox(self, inbox: Path, now: datetime) -> AbstractContextManager[None]:
        """Hold an inbox while the `with` block runs, so that no other night takes its files.

        Raises:
            JournalLocked: another night holds it; the text says which, and since when.
            OutputError: it can't be locked.
        """

    def check_room(self, rows: int) -> None:
        """Check that there is room for the records of a list of so many rows.

        Raises:
            OutputError: there is less.
        """

    def check_room_for_night(self) -> None:
        """Check that there is room for the records of a night.

        Raises:
            OutputError: there is less.
        """

    def file_of_inbox(self, inbox: Path, ending: str) -> Path:
        """Return a place on this computer for a file of ours about an inbox.

        Strangers write into the inbox, so it can't be there.
        """


@dataclass(frozen=True, slots=True)
class SqliteStore:
    """A journal file, and what lies beside it."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def exists(self) -> bool:
        """See `Store`."""
        return self.path.exists()

    def open(self, progress: UpgradeProgress | None = None) -> Journal:
        """See `Store`."""
        from importer.journal import Journal

        return Journal.open(self.path, progress)

    def lock(self, now: datetime, *, wait: bool = False) -> AbstractContextManager[None]:
        """See `Store`."""
        from importer.journal import lock

        return lock.hold(self.path, now, wait=wait)

    def lock_inbox(self, inbox: Path, now: datetime) -> AbstractContextManager[None]:
        """See `Store`."""
        from importer.journal import lock

        return lock.hold_inbox(inbox, self.path, now)

    def check_room(self, rows: int) -> None:
        """See `Store`."""
        from importer.journal import disk_space

        disk_space.check_room(disk_space.for_journal(rows, self.path), self.path.parent)

    def check_room_for_night(self) -> None:
        """See `Store`."""
        from importer.journal import disk_space

        disk_space.check_room(disk_space.A_NIGHT, self.path.parent)

    def file_of_inbox(self, inbox: Path, ending: str) -> Path:
        """See `Store`."""
        from importer.journal import lock

        return lock.file_of_inbox(inbox, self.path, ending)
