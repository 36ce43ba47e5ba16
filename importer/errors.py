"""The errors that a user can cause, each with the exit code that scripts rely on.

An error's text is the whole message: one plain sentence that says what is wrong, where, and what
to do. Only `cli.py` catches them, and a night, where nobody looks, per file.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Exit(IntEnum):
    """Exit codes, as promised to scripts."""

    DONE = 0
    UNFINISHED = 1
    USAGE = 2
    GATE = 3
    CREDENTIALS = 4
    LOCKED = 75
    INTERRUPTED = 130


_SEVERITY = (
    Exit.INTERRUPTED,
    Exit.CREDENTIALS,
    Exit.LOCKED,
    Exit.USAGE,
    Exit.GATE,
    Exit.UNFINISHED,
    Exit.DONE,
)

ENDS_ALL = frozenset({Exit.INTERRUPTED, Exit.CREDENTIALS})
"""Exit codes of a batch after which the next one has no better chance."""


def gravest(exits: Iterable[Exit]) -> Exit:
    """Return the exit code that asks most of the operator; DONE where there is none."""
    return min(exits, key=_SEVERITY.index, default=Exit.DONE)


class ImporterError(Exception):
    """Something that the user can put right; its text is shown as it is."""

    exit_code = Exit.USAGE


class SettingsError(ImporterError):
    """An option, a variable or a key of importer.toml can't be used."""


class UnreadableInput(ImporterError):
    """A file that can't be read as a spreadsheet of phone numbers."""


class UnclearColumn(UnreadableInput):
    """A file of which the operator has to say which column is meant."""

    def __init__(
        self,
        text: str,
        option: str,
        choices: tuple[str, ...],
        question: str = "",
        shown: tuple[str, ...] = (),
    ) -> None:
        """Ask for the column that an option names; `choices` are the columns it could be.

        `question` and `shown`, a line for each choice, are for a terminal, where `text` would say
        it all in one sentence.
        """
        super().__init__(text)
        self.option = option
        """The setting that names the column, such as `country_column`."""
        self.choices = choices
        self.question = question or text
        self.shown = shown or choices


class OutputError(ImporterError):
    """The results workbook can't be written where it should go."""


class JournalError(ImporterError):
    """The journal can't be opened, read or written."""


class JournalAway(JournalError):
    """The journal's database can't be reached at this moment; nothing was recorded."""

    exit_code = Exit.UNFINISHED


class RecordingFailed(JournalError):
    """The journal failed when sending had begun; the text says what was made until then."""

    exit_code = Exit.UNFINISHED


class ResultsNotWritten(OutputError):
    """The results workbook could not be written when sending was over."""

    exit_code = Exit.UNFINISHED


class GateClosed(ImporterError):
    """Stopped before the first call, because the input does not look right."""

    exit_code = Exit.GATE


class Interrupted(ImporterError):
    """Ctrl+C or SIGTERM ended a command."""

    exit_code = Exit.INTERRUPTED


class LeftAtQuestion(ImporterError):
    """The operator left at a question, by Ctrl+C or the end of input, which is no answer."""

    exit_code = Exit.INTERRUPTED


class CredentialsRefused(ImporterError):
    """The API refused the access key, its permissions or the signature."""

    exit_code = Exit.CREDENTIALS


class PlanOvertaken(JournalError):
    """Another run has planned numbers while this one looked its own up."""


class JournalLocked(ImporterError):
    """Another run works on the same batch, or has the journal alone."""

    exit_code = Exit.LOCKED
