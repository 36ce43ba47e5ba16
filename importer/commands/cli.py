"""The command line: commands and exit codes; with `terminal/exits`, the only catcher of errors.

Nothing heavy is imported at the top, so that `importer --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Never

import click

from importer import __version__
from importer.columns import memory
from importer.commands.batch_commands import batches, results, settle, undo
from importer.commands.contexts import now
from importer.commands.file_commands import check, resume, run
from importer.commands.help_command import help_command
from importer.commands.journal_commands import journal
from importer.commands.list_commands import lists, sync
from importer.commands.nightly_command import nightly
from importer.commands.sandbox_command import sandbox
from importer.commands.terminal.exits import (
    INTERRUPTED,
    end_on_sigterm,
    print_error,
    sentence_of,
)
from importer.commands.terminal.output import echo_line, erase_line
from importer.commands.vendor_commands import groups, verify
from importer.errors import Exit, ImporterError, Interrupted, SettingsError, gravest


class _InOrder(click.Group):
    """Lists the commands in the order in which they are added, the commonest first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; end an interrupt in one sentence, before click prints an empty line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            if sys.stderr.isatty():
                erase_line()  # of the ^C that the terminal shows
            raise Interrupted(sentence_of(interrupt)) from None


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="importer")
def cli() -> None:
    """Turn spreadsheets of phone numbers into number groups at the vendor's API.

    Begin with a rehearsal that reaches nobody: importer run FILE --sandbox
    """


@click.command(short_help="Check all that a run needs; nothing is changed.")
@click.option(
    "--sql",
    is_flag=True,
    help="Print what makes the journal's tables in PostgreSQL, for its administrator.",
)
def doctor(*, sql: bool) -> None:
    """Check settings, folders, journal, disk, clock and credentials; nothing is changed."""
    from importer.commands import doctor as health

    if sql:
        for line in health.tables_as_sql(os.environ).splitlines():
            echo_line(line)
        return
    found = health.examine(Path.cwd(), os.environ, now())
    for one in found:
        echo_line(one.line)
    raise SystemExit(gravest(one.exit for one in found))


@click.command(short_help="Write an empty workbook to fill in.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def template(file: Path) -> None:
    """Write an empty input workbook, FILE.xlsx, to fill in."""
    from importer.batch.results.next_step import NextStep, check_of
    from importer.batch.results.summary import next_lines
    from importer.commands.template import write_template

    if file.suffix.lower() != ".xlsx":
        raise SettingsError(f"{file} must end in .xlsx: `importer template list.xlsx`.")
    if file.exists():
        raise SettingsError(f"{file} exists already: name another file.")
    write_template(file)
    echo_line(f"{file} is ready to be filled in.")
    step = NextStep("fill it in, save it, and look at what it would do", check_of(file))
    for line in next_lines(step):
        echo_line(line)


for command in (
    run,
    check,
    resume,
    batches,
    results,
    undo,
    settle,
    sync,
    lists,
    groups,
    verify,
    journal,
    nightly,
    doctor,
    template,
    sandbox,
    help_command,
):
    cli.add_command(command)


def main() -> Never:
    """Run the command; every error that a user can cause ends as one sentence and an exit code."""
    memory.prepare()
    end_on_sigterm()
    # What is written holds phone numbers: it is this user's alone, whatever the shell's umask.
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        # A Windows console may not have a file name's characters; show a mark, never fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        cli.main(prog_name="importer", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        echo_line(f"importer: {INTERRUPTED}", err=True)
        raise SystemExit(Exit.INTERRUPTED) from None
    except click.ClickException as error:
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(error.ctx.get_usage(), err=True)
        echo_line(f"Error: {error.format_message()}", err=True)
        raise SystemExit(Exit.USAGE) from None
    except ImporterError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None
    raise SystemExit(Exit.DONE)
