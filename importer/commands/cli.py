"""The command line: commands and exit codes; with `terminal/exits`, the only catcher of errors.

Nothing heavy is imported at the top, so that `importer --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Never

import click

from importer import __version__
from importer.columns import memory
from importer.commands.batch_commands import batches, results, settle, undo
from importer.commands.config_command import config
from importer.commands.contexts import now
from importer.commands.file_commands import check, resume, run
from importer.commands.help_command import help_command
from importer.commands.help_layout import SectionedGroup
from importer.commands.journal_commands import journal
from importer.commands.list_commands import lists, sync
from importer.commands.nightly_command import nightly
from importer.commands.sandbox_command import sandbox
from importer.commands.terminal.exits import (
    asks_for_json,
    end_on_sigterm,
    log_format_in,
    report_failure,
    sentence_of,
)
from importer.commands.terminal.output import echo_line, erase_line
from importer.commands.terminal.prompts import OutputMode
from importer.commands.vendor_commands import groups, verify
from importer.commands.wrong_starts import lead_on
from importer.errors import Exit, ImporterError, Interrupted, SettingsError, gravest
from importer.settings import read_config

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMPLETION = """\b
Tab completes commands, options and files once this is in your shell's file:
  ~/.bashrc  eval "$(_IMPORTER_COMPLETE=bash_source importer)"
  ~/.zshrc   eval "$(_IMPORTER_COMPLETE=zsh_source importer)"
  fish       _IMPORTER_COMPLETE=fish_source importer > ~/.config/fish/completions/importer.fish
"""


class _Commands(SectionedGroup):
    """The commands, by what they are for; a file in a command's place leads on to one."""

    examples = (
        ("importer run customers.xlsx --sandbox", "a rehearsal that reaches nobody"),
        ("importer check customers.xlsx", "what would be made of a list"),
        ("importer run customers.xlsx", "make its groups, after asking"),
        ("importer run --help", "all options of run"),
    )
    sections: ClassVar = {
        "A list": ("run", "check", "template"),
        "Lists that were run": ("batches", "resume", "results", "undo", "settle"),
        "What is at the vendor": ("groups", "verify", "sync", "lists"),
        "Every night": ("nightly",),
        "Settings and help": ("config", "doctor", "journal", "help", "sandbox"),
    }

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant, also where a file stands in its place."""
        if not args or args[0] in self.commands or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        meant = lead_on(args[0], self.commands, OutputMode())
        return meant, self.commands[meant], args

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; end an interrupt in one sentence, before click prints an empty line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            if sys.stderr.isatty():
                erase_line()  # of the ^C that the terminal shows
            raise Interrupted(sentence_of(interrupt, sys.argv[1:])) from None


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_COMPLETION,
)
@click.version_option(__version__, prog_name="importer")
def cli() -> None:
    """Turn spreadsheets of phone numbers into number groups at the vendor's API."""


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
    config,
    doctor,
    template,
    sandbox,
    help_command,
):
    cli.add_command(command)


_WHERE_THEY_ARE = {
    "batch": "`importer batches` lists them.",
    "list_name": "`importer lists` shows those that there are; a new one begins with its name.",
}
"""How a value is found that a command needs."""


def _what_to_do(error: click.ClickException) -> str:
    """Return what to do about a command that was typed wrongly."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return ""
    missing = isinstance(error, click.MissingParameter) and error.param and error.param.name
    found = _WHERE_THEY_ARE.get(missing or "")
    return f" {found or f'`{error.ctx.command_path} --help` shows how it is typed.'}"


def _logs_json(words: Sequence[str]) -> bool:
    """Whether standard error is a JSON log: by the options, else by importer.toml.

    What ends the command may be another fault of importer.toml, which has no `Settings` then.
    """
    given = log_format_in(words)
    command = cli.commands.get(words[0]) if words else None
    if given or command is None or all(one.name != "log_format" for one in command.params):
        return given == "json"
    try:
        return read_config(Path.cwd()).get("log_format") == "json"
    except SettingsError:
        return False


def _fail(text: str, code: Exit) -> Never:
    """Say why the command ended, in the form that its options ask for, and exit."""
    from importer.log import Log

    words = sys.argv[1:]
    log = Log(now, as_json=True) if _logs_json(words) else None
    report_failure(text, code, as_json=asks_for_json(words), log=log)
    raise SystemExit(code)


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
    except (click.exceptions.Abort, KeyboardInterrupt) as interrupt:
        _fail(sentence_of(interrupt, sys.argv[1:]), Exit.INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        # The whole page is this error's message: it keeps its lines, and is no sentence to wrap.
        click.echo(error.format_message(), err=True)
        raise SystemExit(Exit.USAGE) from None
    except click.ClickException as error:
        said = error.format_message().rstrip()
        end = "" if said.endswith((".", "?")) else "."
        _fail(f"{said}{end}{_what_to_do(error)}", Exit.USAGE)
    except ImporterError as error:
        _fail(str(error), error.exit_code)
    raise SystemExit(Exit.DONE)
