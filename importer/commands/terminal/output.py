"""What all commands print goes through here: lines, whose texts may be a stranger's."""

from __future__ import annotations

import click

from importer.plurals import visible


def echo(text: str = "", *, err: bool = False) -> None:
    """Print a text of one line or several, all else that a terminal acts on shown as marks."""
    click.echo("\n".join(map(visible, text.split("\n"))), err=err)


def echo_line(text: str, *, err: bool = False) -> None:
    """Print one line: a line end in it is shown as a mark, too."""
    click.echo(visible(text), err=err)
