"""How much to print, and the questions to who sits at the terminal."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from importer.commands.terminal.output import echo, echo_line
from importer.context import Unattended
from importer.plurals import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.context import Progress
    from importer.log import Log


@dataclass(frozen=True, slots=True)
class OutputMode:
    """How much to print, and whether to ask."""

    as_json: bool = False
    yes: bool = False
    quiet: bool = False
    log: Log | None = None
    """What takes the place of bars and notes, where standard error is for machines."""

    @property
    def can_ask(self) -> bool:
        """Whether somebody sits there who can answer."""
        silent = self.as_json or self.yes or self.quiet or self.log is not None
        return not silent and sys.stdin.isatty() and sys.stderr.isatty()

    def progress(self) -> Progress:
        """Return what reports progress: the log, or the terminal."""
        from importer.commands.terminal.console import Terminal

        if self.log is not None:
            return self.log
        return Terminal(quiet=self.quiet or self.as_json)


class TerminalPrompter:
    """Asks whoever sits at the terminal; without one, nothing is agreed to but by --yes."""

    def __init__(self, output: OutputMode) -> None:
        self._printing = output

    def known(self, question: str) -> str | None:
        """Return `skip`, `allow`, or None where nothing may be sent."""
        if not self._printing.can_ask:
            return None
        echo(question, err=True)
        choice: str = click.prompt(
            "Skip them, allow them, or stop?",
            type=click.Choice(["skip", "allow", "stop"]),
            default="skip",
            err=True,
        )
        return None if choice == "stop" else choice

    def choose(self, question: str, choices: Sequence[str]) -> str | None:
        """Return one of the choices, or None where nobody can be asked or none is right."""
        if not self._printing.can_ask:
            return None
        echo(question, err=True)
        for number, choice in enumerate(choices, 1):
            echo_line(f"  {number}  {choice}", err=True)
        number = click.prompt(
            "Which one? 0 stops", type=click.IntRange(0, len(choices)), default=1, err=True
        )
        return choices[number - 1] if number else None

    def send(self, question: str, *, default: bool = True) -> bool:
        """Return whether to send; where nobody can be asked, the gates have decided."""
        return not self._printing.can_ask or click.confirm(
            visible(question), default=default, err=True
        )

    def accept(self, question: str) -> bool:
        """Return whether somebody says yes to what opens a gate, which --yes does not."""
        return self._printing.can_ask and click.confirm(visible(question), default=False, err=True)

    def confirm(self, question: str) -> bool:
        """Return whether the operator agrees to what can't be taken back."""
        if self._printing.yes:
            return True
        return self._printing.can_ask and click.confirm(visible(question), err=True)


class RehearsalPrompter(Unattended):
    """Asks how to read a file, as a real run does; nothing is sent, so there is no other question.

    For `check` and `run --sandbox`.
    """

    def __init__(self, output: OutputMode) -> None:
        self._terminal = TerminalPrompter(output)

    def choose(self, question: str, choices: Sequence[str]) -> str | None:
        """Return one of the choices, or None where nobody can be asked or none is right."""
        return self._terminal.choose(question, choices)
