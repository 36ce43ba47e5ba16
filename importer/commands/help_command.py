"""The command help: the list of topics, the page of one, or the help of a command."""

from __future__ import annotations

import shutil
import sys

import click

from importer.commands.terminal.output import echo

_PRINTED_WIDTH = 100
"""Characters of a line where no terminal says how many it has, and the most where one does."""
_EDGE = 1


@click.command("help", short_help="Print a page of reference; without TOPIC, which there are.")
@click.argument("topic", required=False)
@click.pass_context
def help_command(ctx: click.Context, topic: str | None) -> None:
    """Print the page of reference about TOPIC, or the help of a command of that name.

    Without TOPIC it lists the pages. To read a long one by the screen: importer help numbers | more
    """
    from importer.commands.topics import layout, pages

    if topic is None:
        echo("\n".join(_list_of_topics()))
        return
    group = ctx.parent.command if ctx.parent is not None else None
    command = group.get_command(ctx, topic) if isinstance(group, click.Group) else None
    names = {one.topic for one in pages.all_pages()}
    if command is not None and topic not in names:
        echo(command.get_help(click.Context(command, ctx.parent, topic)))
        return
    echo("\n".join(layout.lay_out(pages.find_page(topic).text, _width())))
    if command is not None:
        echo(f"\nThe command's options: importer {topic} --help")


def _list_of_topics() -> list[str]:
    from importer.commands.topics import pages

    found = pages.all_pages()
    longest = max(len(one.topic) for one in found)
    return [
        "Pages of reference, as in `importer help numbers`:",
        "",
        *(f"  {one.topic:{longest}}  {one.about}" for one in found),
        "",
        "The options of a command: `importer run --help`, or `importer help run`.",
    ]


def _width() -> int:
    """Return how many characters a line has: the terminal's, as far as that is read with ease."""
    if not sys.stdout.isatty():
        return _PRINTED_WIDTH
    return min(shutil.get_terminal_size().columns - _EDGE, _PRINTED_WIDTH)
