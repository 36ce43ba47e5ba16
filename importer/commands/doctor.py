"""`importer doctor`: is all there that a run needs? Nothing is changed, nothing is made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.api.codes import CLOCK_CODE, CREDENTIAL_CODES, SUCCESS, advice
from importer.batch.send import account_at
from importer.context import Context, Unattended
from importer.credentials import load_credentials
from importer.errors import CredentialsRefused, Exit, ImporterError, JournalLocked, OutputError
from importer.journal import disk_space
from importer.nightly import config
from importer.nightly.folders import file_choice, inbox_folder
from importer.nightly.night import check_night_config
from importer.sending.session import Terms, ask_vendor
from importer.settings import load_settings, read_config
from importer.store import store_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from importer.api.reply import Reply
    from importer.credentials import Credentials

CLOCK_TOLERANCE = 30.0
"""Seconds. The vendor refuses a call that is off by 60; a run corrects that once, by itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    name: str
    exit: Exit
    said: str

    @property
    def line(self) -> str:
        """The finding as it is printed."""
        return f"{'ok  ' if self.exit is Exit.DONE else 'BAD '} {self.name:12}{self.said}"


def examine(folder: Path, environment: Mapping[str, str], now: datetime) -> list[Finding]:
    """Check everything once; a check that fails is reported, and the others go on."""
    patient = _Patient(folder, environment, now)
    looks: list[tuple[str, Callable[[], str]]] = [
        ("settings", patient.settings),
        ("folders", patient.folders),
        ("journal", patient.journal),
        ("disk", patient.disk),
        ("credentials", patient.credentials),
        ("vendor", patient.vendor),
        ("clock", patient.clock),
    ]
    return [_find(name, look) for name, look in looks]


def _find(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, Exit.DONE, look())
    except ImporterError as error:
        refused = error.exit_code is Exit.CREDENTIALS
        return Finding(name, Exit.CREDENTIALS if refused else Exit.USAGE, str(error))


class _Patient:
    """What is looked at."""

    def __init__(self, folder: Path, environment: Mapping[str, str], now: datetime) -> None:
        self._folder = folder
        self._environment = environment
        self._store = store_of(environment)
        self.now = now
        self._answer: tuple[Reply, int] | None = None

    def settings(self) -> str:
        """Read importer.toml, with its nights where it has any."""
        load_settings({}, self._folder)
        nights = self._nights()
        if nights is None:
            return "importer.toml is fine, or not there; it says nothing of nights."
        check_night_config(nights, Context(self._store, None, Unattended(), self.now))
        return f"importer.toml is fine; {len(nights.folders)} folders have their own settings."

    def _nights(self) -> config.NightConfig | None:
        if config.TABLE not in read_config(self._folder):
            return None
        return config.load_night_config(self._folder)

    def folders(self) -> str:
        """See whether a night can read and write where it has to."""
        nights = self._nights()
        if nights is None:
            return "There are no nights, so no folders are needed."
        files = sum(not file_choice.is_no_list(one) for one in inbox_folder.scan(nights.inbox))
        for one in (nights.inbox, nights.outbox, nights.done, nights.failed):
            disk_space.check_writable(one)
        return f"The inbox holds {files} files; all folders can be written."

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
            if journal.is_new():
                return f"A new journal is at {self._store}: nothing is known of earlier lists."
        try:
            with self._store.lock(self.now):
                return f"{count} batches are in {self._store}; nobody holds it."
        except JournalLocked:
            return f"{count} batches are in {self._store}; a run holds it at this moment."

    def disk(self) -> str:
        """See whether there is room for a night."""
        disk_space.check_room(disk_space.A_NIGHT, self._folder)
        self._store.check_room_for_night()
        return "There is room for a night."

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
        reply, now_ms = self._ask()
        if reply.server_ms is None:
            raise OutputError("The server's time is not known: see the line above.")
        ahead = (now_ms - reply.server_ms) / 1000
        if abs(ahead) > CLOCK_TOLERANCE:
            way = "ahead of" if ahead > 0 else "behind"
            raise OutputError(
                f"This computer's clock is {abs(ahead):.0f} s {way} the server's: set it, best by "
                "NTP."
            )
        return "This computer's clock agrees with the server's."

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
