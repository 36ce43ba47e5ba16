"""The command line: options, printing, exit codes. The only catcher of errors.

Nothing heavy is imported at the top, so that `importer --help` answers at once.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import click

from importer import __version__
from importer.errors import Exit, ImporterError, SettingsError
from importer.settings import Settings, journal_path, load_credentials, load_settings

if TYPE_CHECKING:
    from importer.pipeline import Site, Watch
    from importer.summary import Summary

DEFAULTS = Settings()
SEVERITY = (
    Exit.INTERRUPTED,
    Exit.CREDENTIALS,
    Exit.LOCKED,
    Exit.USAGE,
    Exit.GATE,
    Exit.UNFINISHED,
    Exit.DONE,
)
"""Of several files' exit codes, the first of these is the command's."""

FileJob = Callable[[Path, Settings, "Site", "Watch"], "Summary"]


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that `run` and `check` share."""
    shared = [
        click.argument("files", nargs=-1, required=True, metavar="FILE..."),
        click.option("--out", metavar="PATH", help="Results: a folder or an .xlsx file. "
                     "[default: beside the input]"),
        click.option("--region", metavar="HK", help="Country of numbers without country code."),
        click.option("--column", metavar="NAME", help="Phone column. [default: found by itself]"),
        click.option("--group-size", type=int, metavar="N",
                     help=f"Numbers in a group at most. [default: {DEFAULTS.group_size}]"),
        click.option("--group-by", metavar="country|COLUMN|none",
                     help=f"What a group has in common. [default: {DEFAULTS.group_by}]"),
        click.option("--name", metavar="TEMPLATE",
                     help=f"Group names. [default: {DEFAULTS.name}]"),
        click.option("--remark", metavar="TEXT", help="Remark of every group."),
        click.option("--known", metavar="ask|skip|allow",
                     help="Numbers that earlier batches put into groups. "
                     f"[default: {DEFAULTS.known}]"),
        click.option("--again", is_flag=True, default=None,
                     help="Make new groups for a list that was run before."),
        click.option("--rate", type=float, metavar="N",
                     help=f"Calls a second. [default: {DEFAULTS.rate:g}]"),
        click.option("--concurrency", type=int, metavar="N",
                     help=f"Calls at a time. [default: {DEFAULTS.concurrency}]"),
        click.option("--timeout", type=float, metavar="S",
                     help=f"Seconds to wait for an answer. [default: {DEFAULTS.timeout:g}]"),
        click.option("--sign-algorithm", metavar="md5|sha256",
                     help=f"[default: {DEFAULTS.sign_algorithm}]"),
        click.option("--strict", metavar="valid|possible",
                     help=f"Which numbers are good enough. [default: {DEFAULTS.strict}]"),
        click.option("--max-rejects", type=float, metavar="PERCENT",
                     help="Send nothing where more rows are rejected. "
                     f"[default: {DEFAULTS.max_rejects:g}]"),
        click.option("--sandbox", is_flag=True, default=None,
                     help="Rehearse against a server on this computer; needs no credentials."),
        click.option("--json", "as_json", is_flag=True,
                     help="Print the summary as a JSON object for each file."),
        click.option("--yes", is_flag=True, help="Ask nothing."),
        click.option("--quiet", is_flag=True, help="Print errors only."),
    ]  # fmt: skip
    for option in reversed(shared):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="importer")
def cli() -> None:
    """Turn spreadsheets of phone numbers into number groups at the vendor's API.

    Begin with a rehearsal that reaches nobody: importer run FILE --sandbox
    """


@cli.command()
@_options
def run(**options: Any) -> None:
    """Read FILEs, make the groups, and write a results workbook for each."""
    from importer.pipeline import run_file

    _for_each_file(run_file, options)


@cli.command()
@_options
def check(**options: Any) -> None:
    """Show what run would do: nothing is sent, nothing is recorded."""
    from importer.pipeline import check_file

    _for_each_file(check_file, options)


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option("--rate", type=click.FloatRange(min=0.01), metavar="N",
              help="Refuse more calls a second than this.")  # fmt: skip
def sandbox(port: int, rate: float | None) -> None:
    """Serve the vendor's API on this computer, with groups that live in memory."""
    import asyncio

    from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, Sandbox, serve_forever

    def announce(url: str) -> None:
        click.echo(f"The sandbox listens at {url} until you press Ctrl+C.")
        click.echo("In another terminal, set these and run the importer without --sandbox:")
        click.echo(f"  NXCLOUD_URL={url}")
        click.echo(f"  NXCLOUD_ACCESS_KEY={ACCESS_KEY}")
        click.echo(f"  NXCLOUD_ACCESS_SECRET={ACCESS_SECRET}")

    try:
        asyncio.run(serve_forever(Sandbox(rate=rate), port, announce))
    except OSError as error:
        raise SettingsError(
            f"--port {port} can't be used ({error.strerror or error}): name another one."
        ) from error


def _for_each_file(job: FileJob, options: dict[str, Any]) -> None:
    """Do one job for every file, and exit with the gravest of their exit codes."""
    paths = [Path(name) for name in options.pop("files")]
    printing = {name: options.pop(name) for name in ("as_json", "yes", "quiet")}
    settings = load_settings(options, Path.cwd())
    _check_targets(paths, settings)
    exits = []
    with _site(job.__name__, settings, printing) as site:
        for path in paths:
            exits.append(_one_file(job, path, settings, site, **printing))
            if exits[-1] in {Exit.CREDENTIALS, Exit.INTERRUPTED, Exit.LOCKED}:
                break
    raise SystemExit(gravest(exits))


def gravest(exits: Sequence[Exit]) -> Exit:
    """Return the exit code that asks most of the operator."""
    return min(exits, key=SEVERITY.index)


def _check_targets(paths: Sequence[Path], settings: Settings) -> None:
    """Refuse to write two files' results to one place."""
    from importer.report import target_path

    targets: dict[Path, Path] = {}
    for path in paths:
        target = target_path(path, settings.out, ".results.xlsx").absolute()
        other = targets.setdefault(target, path)
        if other is not path:
            raise SettingsError(
                f"{other} and {path} would both write {target.name}: run them one by one, with "
                "different --out."
            )


def _site(job: str, settings: Settings, printing: dict[str, bool]) -> AbstractContextManager[Site]:
    from importer.pipeline import Site, sandbox_site

    now = datetime.now().astimezone()
    if settings.sandbox or job == "check_file":
        return sandbox_site(now)
    asker = _ask_known if _can_ask(**printing) else _ask_nobody
    return nullcontext(Site(journal_path(os.environ), load_credentials(os.environ), asker, now))


def _can_ask(*, as_json: bool, yes: bool, quiet: bool) -> bool:
    return not (as_json or yes or quiet) and sys.stdin.isatty() and sys.stderr.isatty()


def _ask_known(question: str) -> str | None:
    click.echo(question, err=True)
    choice: str = click.prompt(
        "Skip them, allow them, or stop?",
        type=click.Choice(["skip", "allow", "stop"]),
        default="skip",
        err=True,
    )
    return None if choice == "stop" else choice


def _ask_nobody(question: str) -> str | None:
    return None


def _one_file(
    job: FileJob,
    path: Path,
    settings: Settings,
    site: Site,
    *,
    as_json: bool,
    yes: bool,
    quiet: bool,
) -> Exit:
    """Do the job for one file and print how it went; another file's failure is its own."""
    from importer.console import Terminal

    try:
        summary = job(path, settings, site, Terminal(quiet=quiet or as_json))
    except ImporterError as error:
        click.echo(f"importer: {error}", err=True)
        if as_json:
            click.echo(json.dumps(_failed(path, error.exit_code)))
        return error.exit_code
    if as_json:
        from importer import summary as words

        click.echo(json.dumps(words.as_json(summary)))
    elif not quiet:
        _print_summary(summary)
    return summary.exit


def _failed(path: Path, code: Exit) -> dict[str, Any]:
    """Return the JSON object of a file that could not be taken on."""
    from importer import summary as words
    from importer.model import Tally

    return dict(words.as_json(words.Summary(path, Tally(0), code, "")))


def _print_summary(summary: Summary) -> None:
    from importer.summary import terminal_lines

    for line in terminal_lines(summary):
        click.echo(line)


def main() -> Never:
    """Run the command; every error that a user can cause ends as one sentence and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console may not have a file name's characters; show a mark, never fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        cli.main(prog_name="importer", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("importer: interrupted.", err=True)
        raise SystemExit(Exit.INTERRUPTED) from None
    except KeyboardInterrupt:
        click.echo("importer: interrupted; the journal knows what was done, run again.", err=True)
        raise SystemExit(Exit.INTERRUPTED) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(Exit.USAGE) from None
    except ImporterError as error:
        click.echo(f"importer: {error}", err=True)
        raise SystemExit(error.exit_code) from None
    raise SystemExit(Exit.DONE)
