"""How much to print, and the questions to who sits at the terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from importer.commands.terminal.output import echo, echo_line, shown
from importer.errors import LeftAtQuestion
from importer.plurals import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.context import Progress
    from importer.log import Log


LEFT = "You left at the question: nothing was sent and nothing was recorded."
_ROOM_FOR_ANSWER = 12
"""Columns after a question, in which ` [Y/n]: ` and the answer stand."""


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
        choice = ask_word(
            "Leave them out (skip), put them into new groups as well (allow), or quit?",
            ["skip", "allow", "quit"],
        )
        return None if choice == "quit" else choice

    def choose(self, question: str, choices: Sequence[str]) -> str | None:
        """Return one of the choices, or None where nobody can be asked or none is right."""
        # Enter alone is no answer: what is chosen decides which numbers are meant.
        places = self.choose_some(question, choices, several=False)
        return choices[places[0]] if places else None

    def choose_some(self, question: str, choices: Sequence[str], *, several: bool) -> list[int]:
        """Return the places of the choices that are right, from 0; none where nobody can say."""
        if not self._printing.can_ask:
            return []
        _list(question, choices)
        which = "Which ones? Several as in 1,3; 0 stops" if several else "Which one? 0 stops"
        return _ask_numbers(which, len(choices), several=several)

    def send(self, question: str, *, default: bool = True) -> bool:
        """Return whether to send; where nobody can be asked, the gates have decided."""
        return not self._printing.can_ask or ask_yes(question, default=default)

    def accept(self, question: str) -> bool:
        """Return whether somebody says yes to what opens a gate, which --yes does not."""
        return self._printing.can_ask and ask_yes(question)

    def confirm(self, question: str) -> bool:
        """Return whether the operator agrees to what can't be taken back."""
        if self._printing.yes:
            return True
        return self._printing.can_ask and ask_yes(question)


class RehearsalPrompter(TerminalPrompter):
    """Asks how a list is to be read, and nothing else: nothing is sent to a vendor."""

    def known(self, question: str) -> str | None:
        """Send nothing: a gate is closed."""
        return None

    def send(self, question: str, *, default: bool = True) -> bool:
        """Go on: it is a rehearsal."""
        return True

    def accept(self, question: str) -> bool:
        """Say no: a gate is closed."""
        return False


def ask_yes(question: str, *, default: bool = False) -> bool:
    """Ask for yes or no; Enter alone is the default.

    Raises:
        LeftAtQuestion: there is no answer.
    """
    with _left_means_nothing_done():
        answer: bool = click.prompt(
            f"{_fitted(question)} [{'Y/n' if default else 'y/N'}]",
            default="y" if default else "n",
            show_default=False,
            value_proc=_yes_or_no,
            err=True,
        )
    return answer


def _yes_or_no(answer: str) -> bool:
    word = answer.strip().lower()
    if word not in {"y", "yes", "n", "no"}:
        raise click.UsageError("type y for yes or n for no.")
    return word in {"y", "yes"}


def ask_text(question: str) -> str:
    """Ask for a text; Enter alone is none.

    Raises:
        LeftAtQuestion: there is no answer.
    """
    with _left_means_nothing_done():
        answer: str = click.prompt(_fitted(question), default="", show_default=False, err=True)
    return answer.strip()


def ask_word(question: str, words: Sequence[str]) -> str:
    """Ask for one of a few words, of which the first letters are enough; Enter is the first one.

    Raises:
        LeftAtQuestion: there is no answer.
    """
    keys = ", ".join(f"{word[0]} = {word}" for word in words)
    while True:
        answer = ask_text(f"{question} {keys} [{words[0][0]}]").lower()
        found = [word for word in words if word.startswith(answer)]
        if len(found) == 1 or not answer:
            return found[0]
        echo_line(f"Type {', '.join(word[0] for word in words[:-1])} or {words[-1][0]}.", err=True)


def _list(question: str, choices: Sequence[str]) -> None:
    echo(question, err=True)
    for number, choice in enumerate(choices, 1):
        echo_line(f"  {number}  {choice}", err=True)


def _ask_numbers(question: str, most: int, *, several: bool) -> list[int]:
    """Ask for places in a list, which begins at 1; 0 is none."""
    while True:
        words = ask_text(question).replace(",", " ").split()
        numbers = [int(word) if word.isdecimal() else -1 for word in words]
        if numbers == [0]:
            return []
        if numbers and all(1 <= one <= most for one in numbers) and (several or not numbers[1:]):
            return [one - 1 for one in dict.fromkeys(numbers)]
        echo_line(f"Type a number from 1 to {most}, or 0 to stop.", err=True)


def _fitted(question: str) -> str:
    """Break a question between words; what is a stranger's in it is made visible first."""
    return shown(visible(question), sys.stderr, room_left=_ROOM_FOR_ANSWER)


@contextmanager
def _left_means_nothing_done() -> Iterator[None]:
    """Say what walking away means: Ctrl+C and the end of input are no answers."""
    try:
        yield
    except click.Abort:
        click.echo(err=True)  # below the question
        raise LeftAtQuestion(LEFT) from None
