"""What all commands print goes through here: lines, whose texts may be a stranger's."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

from importer.plurals import visible
from importer.text_lines import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NARROWEST = 20
"""Columns; a narrower terminal breaks lines by itself."""
_WHOLE = ("  Results: ", "    importer ")
"""How lines begin that hold a path or a command to copy."""


def fitted(line: str, width: int) -> str:
    """Break a line between words, its rest set in, so that a narrow terminal does not cut words."""
    indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
    return "\n".join(wrap(line, max(width - 1, NARROWEST), indent))


def shown(line: str, stream: TextIO, *, room_left: int = 0) -> str:
    """Fit a line to a terminal, with `room_left` columns behind it; a log gets it whole."""
    return fitted(line, columns_of(stream) - room_left) if stream.isatty() else line


def columns_of(stream: TextIO) -> int:
    """Return how many columns the terminal has that a stream leads to."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return columns or shutil.get_terminal_size().columns


def echo(text: str = "", *, err: bool = False) -> None:
    """Print a text of one line or several, all else that a terminal acts on shown as marks."""
    for line in text.split("\n"):
        echo_line(line, err=err)


def echo_line(text: str, *, err: bool = False) -> None:
    """Print one line, broken between words where a terminal is narrower.

    A line end in it is shown as a mark, too. A path and a command are left whole.
    """
    line = visible(text)
    stream = sys.stderr if err else sys.stdout
    click.echo(line if line.startswith(_WHOLE) else shown(line, stream), err=err)


def echo_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """Print lines."""
    for line in lines:
        echo_line(line, err=err)


def echo_whole(text: str, *, err: bool = False) -> None:
    """Print one line for machines, which is never broken."""
    click.echo(visible(text), err=err)


@contextmanager
def passing_line(text: str, *, quiet: bool = False) -> Iterator[None]:
    """Show a line on a terminal while something goes on that says nothing by itself."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    line = wrap(visible(text), columns_of(sys.stderr) - 4)[0]
    click.echo(line, nl=False, err=True)
    try:
        yield
    finally:
        erase_line()


def erase_line() -> None:
    """Empty the line that the cursor of the terminal is in, also of a ^C that was typed there."""
    click.echo(f"\r{' ' * (columns_of(sys.stderr) - 1)}\r", nl=False, err=True)
