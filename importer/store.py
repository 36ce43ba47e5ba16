"""Where a journal is kept, with all that belongs to it: the seam between stories and storage.

The stories know a store and the journal that it opens. Only this module and `journal` know of files
and databases: the journal's own, the rows of batches, the locks, and the room on the disk.
"""

from __future__ import annotations

import hashlib
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from importer.environment import journal_place, place_named, state_folder
from importer.errors import JournalError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from importer.journal import Journal
    from importer.journal.database.postgres.address import Address
    from importer.journal.database.protocol import Database, UpgradeProgress
    from importer.journal.pace import PaceRow

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

    def open_side(self) -> Database:
        """Open the journal's database once more, for what must not wait for the journal's commits.

        It has to be up to date: `open` was called before.

        Raises:
            JournalError: it can't be opened.
        """

    def check_writable(self) -> None:
        """Check that a journal can be begun here, where there is none yet.

        Raises:
            ImporterError: it can't.
        """

    def lock(self, now: datetime, *, wait: bool = False) -> AbstractContextManager[None]:
        """Have the journal alone while the `with` block runs; with `wait`, wait for other runs.

        Raises:
            JournalLocked: other runs use it, or another has it alone.
            JournalError: it can't be locked.
        """

    def show_run(self, *, wait: bool) -> AbstractContextManager[object]:
        """Show while the `with` block runs that a run uses the journal; any number may.

        Raises:
            JournalLocked: somebody has the journal alone.
            JournalError: it can't be shown.
        """

    def open_pace(
        self, account: str, learned: float | None, clock: Callable[[], float]
    ) -> AbstractContextManager[PaceRow]:
        """Open the pace that all runs of an account keep together, while the `with` block runs.

        It begins with the rate that was `learned`, where one was. `clock` is this computer's, in
        seconds that only go forward, and the same for all of its processes.

        Raises:
            JournalError: it can't be opened.
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
        """See `Store`. A folder that may not be entered is no journal that is not there.

        Raises:
            JournalError: it can't be told.
        """
        try:
            self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise JournalError(
                f"The journal {self.path} can't be reached ({error.strerror or error}): correct "
                "the rights of its folder, or name another place."
            ) from error
        return True

    def open(self, progress: UpgradeProgress | None = None) -> Journal:
        """See `Store`."""
        from importer.journal import Journal

        return Journal.open(self.path, progress)

    def open_side(self) -> Database:
        """See `Store`."""
        from importer.journal.database.sqlite.opening import open_database

        return open_database(self.path)

    def check_writable(self) -> None:
        """See `Store`."""
        from importer.journal.disk_space import check_writable

        check_writable(self.path.parent)

    def lock(self, now: datetime, *, wait: bool = False) -> AbstractContextManager[None]:
        """See `Store`."""
        from importer.journal import lock

        return lock.hold(self.path, now, wait=wait)

    def show_run(self, *, wait: bool) -> AbstractContextManager[object]:
        """See `Store`."""
        from importer.journal import lock

        return lock.show_run(self.path.resolve(), wait=wait)

    @contextmanager
    def open_pace(
        self, account: str, learned: float | None, clock: Callable[[], float]
    ) -> Iterator[PaceRow]:
        """See `Store`."""
        from importer.journal.pace import PaceRow
        from importer.journal.pace_file import PaceFile

        path = self.path.resolve()
        with closing(PaceFile(path.with_name(f"{path.name}.pace"), clock)) as file:
            yield PaceRow(file, account, learned, is_quick=True)

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


@dataclass(frozen=True, slots=True)
class PostgresStore:
    """A journal in a PostgreSQL database; only locks of this computer are files."""

    address: Address
    place: Path
    """Where files of this computer about the journal would be, if it were a file."""

    def __str__(self) -> str:
        return str(self.address)

    def exists(self) -> bool:
        """See `Store`. A database that can't be reached is no journal that is not there.

        Raises:
            JournalError: it can't be reached.
        """
        from importer.journal.database.postgres.database import PostgresDatabase

        return PostgresDatabase.version_of(self.address) > 0

    def open(self, progress: UpgradeProgress | None = None) -> Journal:
        """See `Store`."""
        from importer.journal import Journal

        return Journal(self._database(progress))

    def open_side(self) -> Database:
        """See `Store`."""
        return self._database(None)

    def _database(self, progress: UpgradeProgress | None) -> Database:
        from importer.journal.database.postgres.database import PostgresDatabase

        notice = progress.note if progress else _no_notice
        return PostgresDatabase.open(self.address, notice, self.place.with_name("runs"))

    def tables_as_sql(self) -> str:
        """Return the script that makes the tables, or brings those that are there up to date."""
        from importer.journal.database.postgres import schema
        from importer.journal.database.postgres.database import PostgresDatabase

        try:
            version = PostgresDatabase.version_of(self.address)
        except JournalError:
            version = 0
        return schema.as_script(version)

    def check_writable(self) -> None:
        """See `Store`. The database is there, and its tables are made when it is opened."""

    @contextmanager
    def lock(self, now: datetime, *, wait: bool = False) -> Iterator[None]:
        """See `Store`. Runs that begin meanwhile are the server's to keep apart."""
        from importer.journal.leases import Leases

        with closing(self.open_side()) as database:
            Leases(database).refuse_runs(wait=wait)
        yield

    def show_run(self, *, wait: bool) -> AbstractContextManager[object]:
        """See `Store`. Nobody has a whole database alone."""
        return nullcontext()

    @contextmanager
    def open_pace(
        self, account: str, learned: float | None, clock: Callable[[], float]
    ) -> Iterator[PaceRow]:
        """See `Store`. The clock is the database's, which all computers share."""
        from importer.journal.pace import PaceRow

        with closing(self.open_side()) as database:
            yield PaceRow(database, account, learned, is_quick=False)

    def lock_inbox(self, inbox: Path, now: datetime) -> AbstractContextManager[None]:
        """See `Store`."""
        from importer.journal import lock

        return lock.hold_inbox(inbox, self.place, now)

    def check_room(self, rows: int) -> None:
        """See `Store`. The disk is the server's: a full one is told when it is written."""

    def check_room_for_night(self) -> None:
        """See `Store`. The disk is the server's: a full one is told when it is written."""

    def file_of_inbox(self, inbox: Path, ending: str) -> Path:
        """See `Store`."""
        from importer.journal import lock

        return lock.file_of_inbox(inbox, self.place, ending)


def _no_notice(text: str) -> None:
    """Tell nobody that a server is waited for."""


def store_of(environment: Mapping[str, str]) -> Store:
    """Return the store that IMPORTER_JOURNAL names, or the file in the user's state folder.

    Raises:
        SettingsError: it is named by something that is neither a file nor a PostgreSQL database, or
            what a database needs is not installed.
    """
    return _store_at(journal_place(environment), environment)


def store_named(name: str, environment: Mapping[str, str]) -> Store:
    """Return the store of a name as IMPORTER_JOURNAL takes it: a path or a URL.

    Raises:
        SettingsError: see `store_of`.
    """
    return _store_at(place_named(name), environment)


def _store_at(place: Path | str, environment: Mapping[str, str]) -> Store:
    if isinstance(place, Path):
        return SqliteStore(place)
    try:
        from importer.journal.database.postgres.address import read_address
    except ImportError as error:
        raise SettingsError(
            "A journal in a PostgreSQL database needs a package that is not installed: run "
            "`pip install '.[shared]'` in the importer's folder, then this command again."
        ) from error
    address = read_address(place, environment)
    name = hashlib.sha256(str(address).encode()).hexdigest()[:16]
    return PostgresStore(address, state_folder() / f"shared-{name}")
