"""`importer doctor`: whether all is there that runs and nights need. It changes nothing."""

from __future__ import annotations

import asyncio
import getpass
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from importer import __version__
from importer.api.codes import CLOCK_CODE, CREDENTIAL_CODES, SUCCESS, advice
from importer.batch.input.usable_settings import ensure_usable
from importer.batch.send import account_at
from importer.context import Context, Unattended
from importer.credentials import load_credentials
from importer.environment import journal_place
from importer.errors import (
    CredentialsRefused,
    Exit,
    ImporterError,
    JournalLocked,
    OutputError,
    SettingsError,
)
from importer.journal import disk_space
from importer.nightly.coming_night import coming_night
from importer.nightly.config import TABLE, NightConfig, load_night_config
from importer.nightly.folders import file_choice, inbox_folder
from importer.nightly.morning.delivery import mail_password, webhook_address
from importer.nightly.morning.workbook import WORKBOOK
from importer.nightly.night import check_night_config
from importer.plurals import counted
from importer.sending.session import Terms, ask_vendor
from importer.settings import CONFIG_FILE, load_settings, read_config
from importer.store import PostgresStore, store_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from importer.api.reply import Reply
    from importer.credentials import Credentials

CLOCK_TOLERANCE = 30.0
"""Seconds. The vendor refuses a call that is off by 60; a run corrects that once, by itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    name: str
    exit: Exit
    said: str
    was_checked: bool = True

    @property
    def line(self) -> str:
        """The finding as it is printed."""
        state = "ok" if self.exit is Exit.DONE else "BAD"
        return f"{state if self.was_checked else '--':5}{self.name:12}{self.said}"


class _SeeAnother(Exception):
    """A check can't be made, or has nothing of its own to say: another one names the problem."""


def examine(folder: Path, environment: Mapping[str, str], now: datetime) -> list[Finding]:
    """Check everything once; a check that fails is reported, and the others go on."""
    checks = _Checks(folder, environment, now)
    always: list[tuple[str, Callable[[], str]]] = [
        ("version", checks.version),
        ("settings", checks.settings),
        ("folders", checks.folders),
        ("journal", checks.journal),
        ("disk", checks.disk),
        ("credentials", checks.credentials),
        ("vendor", checks.vendor),
        ("clock", checks.clock),
    ]
    of_nights = [("report", checks.report), ("night", checks.coming_night)]
    findings: list[Finding] = []
    for name, check in [*always, *(of_nights if checks.has_nights else ())]:
        findings.append(_find(name, check, findings))
    return findings


def _find(name: str, check: Callable[[], str], before: Sequence[Finding]) -> Finding:
    """Make a check; a problem that one before has named is not named again."""
    try:
        return Finding(name, Exit.DONE, check())
    except _SeeAnother as other:
        return Finding(name, Exit.DONE, f"Not checked: see {other}.", was_checked=False)
    except ImporterError as error:
        same = next((one.name for one in before if one.said == str(error)), "")
        if same:
            return Finding(name, Exit.DONE, f"Not checked: see {same}.", was_checked=False)
        refused = error.exit_code is Exit.CREDENTIALS
        return Finding(name, Exit.CREDENTIALS if refused else Exit.USAGE, str(error))


def tables_as_sql(environment: Mapping[str, str]) -> str:
    """Return the script with which an administrator makes the journal's tables in PostgreSQL.

    Where they are there already, it brings them up to date. Where the database can't be reached,
    it makes all of them.

    Raises:
        SettingsError: the journal is a file, which needs no administrator.
    """
    store = store_of(environment)
    if not isinstance(store, PostgresStore):
        raise SettingsError(
            f"The journal {store} is a file, and the importer makes its tables itself: --sql is "
            "for a journal in PostgreSQL, so set IMPORTER_JOURNAL to postgresql://user@host/"
            "database."
        )
    return store.tables_as_sql()


class _Checks:
    """The checks, each of which returns what is well, or raises what is not."""

    def __init__(self, folder: Path, environment: Mapping[str, str], now: datetime) -> None:
        self._folder = folder
        self._environment = environment
        self._store = store_of(environment)
        self.now = now
        self._answer: tuple[Reply, int] | None = None

    @property
    def has_nights(self) -> bool:
        """Whether importer.toml says anything of nights, as far as it can be read."""
        try:
            return self._nights() is not None
        except ImporterError:
            return True

    def version(self) -> str:
        """Name what runs, and for whom, which a scheduler may see otherwise than a shell."""
        python = ".".join(map(str, sys.version_info[:3]))
        return (
            f"importer {__version__} at {Path(sys.argv[0]).resolve()}, with Python {python}, for "
            f"the user {getpass.getuser()} in {self._folder}."
        )

    def settings(self) -> str:
        """Read importer.toml, with its nights where it has any."""
        ensure_usable(load_settings({}, self._folder), self.now.date())
        nights = self._nights()
        path = self._folder / CONFIG_FILE
        if not path.exists():
            return f"There is no {path}: the options and their defaults hold."
        if nights is None:
            return f"{path} is fine; it says nothing of nights."
        check_night_config(nights, self.now.date())
        if not nights.folders:
            return f"{path} is fine; all folders of the inbox have the same settings."
        own = counted(len(nights.folders), "folder")
        return f"{path} is fine; it has settings for {own} of the inbox."

    def _nights(self) -> NightConfig | None:
        if TABLE not in read_config(self._folder):
            return None
        return load_night_config(self._folder)

    def folders(self) -> str:
        """See whether a night can read and write where it has to."""
        nights = self._nights()
        if nights is None:
            return "There are no nights, so no folders are needed."
        files = sum(not file_choice.is_no_list(one) for one in inbox_folder.scan(nights.inbox))
        places = (nights.inbox, nights.outbox, nights.done, nights.failed)
        for one in places:
            disk_space.check_writable(one)
        named = ", ".join(map(str, places))
        held = counted(files, "file is", "files are") if files else "Nothing is"
        return f"{held} in the inbox; all folders can be written: {named}."

    def journal(self) -> str:
        """Open the journal, where there is one."""
        if not self._store.exists():
            self._store.check_writable()
            return (
                f"There is none yet at {self._store}; the first run makes it, and nothing is "
                "known of earlier lists."
            )
        with self._store.open() as journal:
            journal.refuse_lost_batches()
            count = len(journal.batches())
            batches = counted(count, "batch is", "batches are") if count else "No batch is"
            held = f"{batches} in {self._store}"
            if journal.is_new():
                return f"A new journal is at {self._store}: nothing is known of earlier lists."
        try:
            with self._store.lock(self.now):
                return f"{held}; no run uses it."
        except JournalLocked:
            return f"{held}; a run uses it at this moment."

    def disk(self) -> str:
        """See whether there is room for a night."""
        place = journal_place(self._environment)
        folders = [self._folder, *([place.parent] if isinstance(place, Path) else [])]
        disk_space.check_room(disk_space.A_NIGHT, self._folder)
        self._store.check_room_for_night()
        free = ", ".join(
            f"{disk_space.free_megabytes(one):,} MB in {one}" for one in dict.fromkeys(folders)
        )
        return f"{free} are free; a night may take {disk_space.A_NIGHT // disk_space.MEGABYTE} MB."

    def credentials(self) -> str:
        """See whether key and secret are there."""
        who = self._credentials()
        account = f", account '{who.account_name}'" if who.account_name else ""
        return f"Key and secret are set, for {who.url}{account}.{self._group_size()}"

    def _group_size(self) -> str:
        """Say what was learned of the account's groups, where something was."""
        context = Context(self._store, self._credentials(), Unattended(), self.now)
        if not self._store.exists():
            return ""
        with self._store.open() as journal:
            size = journal.learned_group_size(context.account)
        if size is None:
            return ""
        return (
            f" Its groups are made of at most {size:,} numbers, because it refused larger ones; "
            "`importer run FILE --any-size` tries larger ones again."
        )

    def _credentials(self) -> Credentials:
        return load_credentials(self._environment, load_settings({}, self._folder).account)

    def vendor(self) -> str:
        """Ask the vendor for one group, which tells whether it takes the credentials."""
        reply, _ = self._ask()
        refused = f"The vendor refused (code {reply.code}). {advice(reply.code)}"
        if reply.code in CREDENTIAL_CODES:
            raise CredentialsRefused(refused)
        if reply.code == CLOCK_CODE and self._seconds_ahead() is not None:
            raise _SeeAnother("clock")
        if reply.code == CLOCK_CODE:
            raise OutputError(refused)
        if reply.code != SUCCESS:
            raise OutputError(
                f"The vendor gave no usable answer ({reply.message}): try again later, or check "
                "NXCLOUD_URL and the way to it."
            )
        return "The vendor answers and takes the credentials."

    def clock(self) -> str:
        """Compare this computer's clock with the server's."""
        ahead = self._seconds_ahead()
        if ahead is None:
            raise _SeeAnother("vendor")
        if abs(ahead) > CLOCK_TOLERANCE:
            way = "ahead of" if ahead > 0 else "behind"
            raise OutputError(
                f"This computer's clock is {abs(ahead):.0f} s {way} the server's: set it, best by "
                "NTP."
            )
        return f"This computer's clock agrees with the server's: {self.now:%Y-%m-%d %H:%M %Z}."

    def _seconds_ahead(self) -> float | None:
        """Return by how much this computer's clock is ahead; None where no answer had a time."""
        reply, now_ms = self._ask()
        return None if reply.server_ms is None else (now_ms - reply.server_ms) / 1000

    def report(self) -> str:
        """See whether the report of a night can go to whom importer.toml names; nothing is sent."""
        nights = load_night_config(self._folder)
        config = nights.report
        to = []
        if config.mail is not None:
            mail_password(config.mail, self._environment)
            to.append(f"by {config.mail.host}:{config.mail.port} to {', '.join(config.mail.to)}")
        if config.webhook:
            host = urlsplit(webhook_address(config, self._environment)).hostname
            to.append(f"to the chat at {host}")
        written = f"A night writes {nights.outbox / 'DATE' / WORKBOOK}"
        if not to:
            return f"{written}, and sends it to nobody: see `importer help nightly`."
        when = "of each night" if config.when == "always" else "where something is wrong"
        return f"{written}, and sends the report {when} {' and '.join(to)}."

    def coming_night(self) -> str:
        """Say what a night would do that begins now."""
        nights = load_night_config(self._folder)
        try:
            context = Context(self._store, self._credentials(), Unattended(), self.now)
        except SettingsError:  # which the check of the credentials has named
            context = None
        return coming_night(nights, context, self.now)

    def _ask(self) -> tuple[Reply, int]:
        if self._answer is None:
            context = Context(self._store, self._credentials(), Unattended(), self.now)
            self._answer = asyncio.run(_call(self._folder, context))
        return self._answer


async def _call(folder: Path, context: Context) -> tuple[Reply, int]:
    settings, who = load_settings({}, folder), context.credentials
    proxy = who is not None and not who.on_loopback
    terms = Terms(settings.rate, 1, settings.timeout, use_proxy=proxy)
    async with account_at(settings, context) as account:
        return await ask_vendor(account, terms)
