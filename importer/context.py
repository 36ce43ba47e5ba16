"""What every job gets: the journal, who calls, whom to ask, the time; and where progress goes."""

from __future__ import annotations

import os
import tempfile
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from importer.environment import host_name, user_name
from importer.file_names import list_stem
from importer.model import Runner
from importer.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from importer.credentials import Credentials
    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.model import Transition
    from importer.sending.calls.budget import Budget
    from importer.settings import Settings
    from importer.store import Store

SANDBOX_ACCOUNT = "sandbox"
"""The account at the server on this computer, and of commands that call nobody."""


class Progress(Protocol):
    """Reports work while it goes on."""

    def stage(
        self, name: str, total: int | None, unit: str
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a stage; call what it gives with how much more is done."""

    def note(self, text: str) -> None:
        """Show a sentence to the operator now."""

    def steps(self, steps: Sequence[Transition]) -> None:
        """Report steps of groups that are on disk; called from any thread."""

    def waiting(self, seconds: int) -> None:
        """Show for how many seconds more nobody calls; 0 ends that."""

    @property
    def is_log(self) -> bool:
        """Whether this goes into a log, in which phone numbers are masked."""


class Prompter(Protocol):
    """Asks the operator; answers for itself where nobody can be asked."""

    def known(self, question: str) -> str | None:
        """Return `skip`, `allow`, or None where nothing may be sent."""

    def choose(self, question: str, choices: Sequence[str]) -> str | None:
        """Return one of the choices, or None where nobody can be asked or none is right."""

    def choose_some(self, question: str, choices: Sequence[str], *, several: bool) -> list[int]:
        """Return the places of the choices that are right, from 0; none where nobody can say."""

    def send(self, question: str, *, default: bool = True) -> bool:
        """Return whether to send; where nobody can be asked, the gates have decided.

        `default` is what Enter alone answers.
        """

    def accept(self, question: str) -> bool:
        """Return whether somebody says yes to what opens a gate; where nobody is asked, no."""

    def confirm(self, question: str) -> bool:
        """Return whether the operator agrees to what can't be taken back."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who calls, which journal, whom to ask, what time it is."""

    store: Store
    """Where the journal is, and all that belongs to it."""
    credentials: Credentials | None
    """None for the sandbox, and where nobody calls."""
    prompter: Prompter
    now: datetime
    """Aware, in the operator's time zone."""
    wait: bool = False
    """Whether to wait for another run on the same journal, instead of giving up."""
    in_night: bool = False
    """Whether the file is one of an inbox, whose results nobody waits for."""
    command: str = "run"
    """The command's name, for other runs to see."""
    budget: Budget | None = None
    """What ends sending early; None for nothing."""
    opened: BinaryIO | None = None
    """The input, open already, where others could swap its path; None to open it by its path."""
    progress: Progress | None = None
    """Shows how a journal of an older version is brought up to date; None shows nothing."""
    on_recorded: Callable[[], None] = lambda: None
    """Called once a file is read and its batch is in the journal, before anything is sent."""

    @property
    def account(self) -> str:
        """What tells accounts apart in the journal, without showing the key."""
        return self.credentials.account if self.credentials else SANDBOX_ACCOUNT

    @property
    def runner(self) -> Runner:
        """Who runs this command where."""
        return Runner(self.command, user_name(), host_name(), os.getpid())

    @property
    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return int(self.now.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Job:
    """One file to take through the whole way."""

    path: Path
    settings: Settings
    context: Context
    name: str = ""
    """The list's own name, where the file is a results workbook of it; "" for the file's."""

    @property
    def list_name(self) -> str:
        """What the results and the groups are named after."""
        return self.name or list_stem(self.path)


class Unattended:
    """Answers where nobody can be asked: the gates decide, and nothing is taken back."""

    def known(self, question: str) -> str | None:
        """Send nothing: a gate is closed."""
        return None

    def choose(self, question: str, choices: Sequence[str]) -> str | None:
        """Choose nothing."""
        return None

    def choose_some(self, question: str, choices: Sequence[str], *, several: bool) -> list[int]:
        """Choose nothing."""
        return []

    def send(self, question: str, *, default: bool = True) -> bool:
        """Go on: the gates have decided."""
        return True

    def accept(self, question: str) -> bool:
        """Say no: a gate is closed."""
        return False

    def confirm(self, question: str) -> bool:
        """Agree to nothing."""
        return False


def open_journal(context: Context) -> Journal:
    """Open the journal of a context, in which the account has the name that it has today.

    Raises:
        JournalError: the journal can't be read or written.
    """
    journal = context.store.open(context.progress)
    if context.credentials is not None:
        try:
            journal.adopt(context.account, context.credentials.former_accounts)
        except BaseException:
            journal.close()
            raise
    return journal


@contextmanager
def begin_run(journal: Journal, context: Context, progress: Progress) -> Iterator[Run]:
    """Begin a run on a journal that can hold batches, until the `with` block ends.

    Raises:
        JournalLocked: somebody has the journal alone.
        JournalError: the run can't be shown to others.
    """
    with journal.begin_run(context.runner, wait=context.wait, note=progress.note) as run:
        yield run


@contextmanager
def throwaway_context(now: datetime, prompter: Prompter | None = None) -> Iterator[Context]:
    """Give a context whose journal is thrown away, as the sandbox forgets its groups as well.

    Without a `prompter` nobody is asked.
    """
    with tempfile.TemporaryDirectory(prefix="importer-") as folder:
        store = SqliteStore(Path(folder) / "journal.sqlite3")
        yield Context(store, None, prompter or Unattended(), now)
