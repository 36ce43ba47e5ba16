"""The command line: commands and exit codes; with `exits`, the only catcher of errors.

Nothing heavy is imported at the top, so that `importer --help` answers at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import click

from importer import __version__
from importer.columns import memory
from importer.commands import options
from importer.commands.exits import INTERRUPTED, print_error, report_fatal_errors, run_all
from importer.commands.output import echo_line
from importer.commands.prompts import OutputMode, TerminalPrompter
from importer.context import Context, Unattended, throwaway_context
from importer.errors import Exit, ImporterError, SettingsError, gravest
from importer.settings import Settings, journal_path, load_credentials, load_settings, merge
from importer.workbook_format import RESULTS_ENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from importer.batch.summary import Summary
    from importer.context import Progress
    from importer.log import Log


class _InOrder(click.Group):
    """Lists the commands in the order in which they are told here, and are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="importer")
def cli() -> None:
    """Turn spreadsheets of phone numbers into number groups at the vendor's API.

    Begin with a rehearsal that reaches nobody: importer run FILE --sandbox
    """


@cli.command(short_help="Make the groups and write a results workbook.")
@options.for_files
def run(**given: Any) -> None:
    """Read each FILE, make its groups, and write its results workbook.

    The same command again continues where it stopped; nothing is made twice. Calls need
    NXCLOUD_ACCESS_KEY and NXCLOUD_ACCESS_SECRET in the environment. Exit codes: 0 done, 1 something
    is left, 2 usage or unreadable, 3 stopped by a gate, 4 credentials refused, 75 another run is
    under way, 130 interrupted.
    """
    from importer.batch.pipeline import run_file

    _for_each_file(run_file, given, calls=True)


@cli.command(short_help="Show what run would do; nothing is sent.")
@options.for_files
def check(**given: Any) -> None:
    """Show what run would do with each FILE: nothing is sent, nothing is recorded.

    It takes the options of run, so that the same line can be tried first; those about calls have
    no effect.
    """
    from importer.batch.pipeline import check_file

    _for_each_file(check_file, given, calls=False)


@cli.command(short_help="Finish what earlier runs left.")
@click.argument("batch", required=False)
@click.option(
    "--refused",
    is_flag=True,
    help="Send groups once more that the vendor refused, after a look whether they are there.",
)
@options.for_resuming
def resume(batch: str | None, *, refused: bool, **given: Any) -> None:
    """Finish what earlier runs left: all of it, or one BATCH. Needs no input file."""
    from importer.batch.history import find_batch, unfinished_batches
    from importer.batch.pipeline import resume_batch

    output, wait, settings = _split_options(given)
    with report_fatal_errors(output.log):
        context = _real_context(output, settings, wait=wait)
        batches = (
            [find_batch(context, batch)] if batch else unfinished_batches(context, refused=refused)
        )
        if not batches and not (output.quiet or output.as_json):
            echo_line("Nothing is left to finish.")
        progress = output.progress()
        work = [
            (
                Path(one.file),
                partial(resume_batch, one, settings, context, progress, refused=refused),
            )
            for one in batches
        ]
        run_all(work, output)


@cli.command(short_help="List what was run, when, with what outcome.")
@click.argument("names", nargs=-1, metavar="[BATCH]...")
@options.for_batches
def batches(names: Sequence[str], **given: Any) -> None:
    """List what was run, when, and with what outcome; or forget phone numbers.

    With --forget, the phone numbers of finished batches are removed from the journal: those of each
    BATCH, or those of all that were last worked on before --older-than days. Counts, groupIds and
    what a list is known by stay.
    """
    if given.pop("forget"):
        _forget(names, **given)
    elif names or given["older_than"] is not None:
        raise SettingsError("batches lists all: to forget some, say --forget.")
    else:
        _list_batches(as_json=given["as_json"])


def _list_batches(*, as_json: bool) -> None:
    from importer.batch.history import history, history_lines

    past = history(journal_path(os.environ))
    if as_json:
        for one in past:
            echo_line(json.dumps(one.as_json()))
    else:
        for line in history_lines(past, datetime.now().astimezone().tzinfo):
            echo_line(line)


def _forget(
    names: Sequence[str], older_than: int | None, *, as_json: bool, wait: bool, yes: bool
) -> None:
    from importer.batch.history import find_batch
    from importer.batch.retention import DAY_MS, forget_after_asking
    from importer.journal import lock

    if bool(names) == (older_than is not None):
        raise SettingsError("--forget needs the batches' names, or --older-than DAYS.")
    if as_json:
        raise SettingsError("--forget tells nothing as JSON: list the batches with --json after.")
    context = Context(journal_path(os.environ), None, TerminalPrompter(OutputMode(yes=yes)), _now())
    before_ms = None if older_than is None else context.now_ms - older_than * DAY_MS
    with lock.hold(context.journal, context.now, wait=wait):
        named = [find_batch(context, one).id for one in names]
        for line in forget_after_asking(context, before_ms=before_ms, named=named):
            echo_line(line)


@cli.command()
def doctor() -> None:
    """Check settings, folders, journal, disk, clock and credentials; nothing is changed."""
    from importer.commands import doctor as health

    found = health.examine(Path.cwd(), os.environ, _now())
    for one in found:
        echo_line(one.line)
    raise SystemExit(gravest(one.exit for one in found))


@cli.command()
@options.for_nights
def nightly(as_json: bool, quiet: bool, log_format: str | None) -> None:
    """Take every new file of the inbox, as the table [nightly] of importer.toml says."""
    from importer.log import Level, Log
    from importer.nightly import clock, config, finish_hook, outcome
    from importer.nightly.night import run_night

    told_by = config.load_night_config(Path.cwd())
    time = clock.NightClock()
    settings = merge(told_by.settings, {"log_format": log_format} if log_format else {}, "--")
    log = Log(time.now, as_json=settings.log_format == "json", quiet=quiet)
    # By day SIGTERM may end a run between two steps; a night has a report to write.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with report_fatal_errors(log):
        context = Context(
            journal_path(os.environ),
            load_credentials(os.environ, told_by.settings.account),
            Unattended(),
            time.now(),
        )
        night = run_night(told_by, context, log, time)
    if as_json:
        echo_line(json.dumps(outcome.for_hook(night)))
    elif not quiet:
        for line in outcome.as_lines(night):
            echo_line(line)
    if told_by.on_finish:
        failure = finish_hook.run_hook(told_by.on_finish, outcome.for_hook(night))
        log.event("on_finish", failure or "done", Level.ERROR if failure else Level.INFO)
    raise SystemExit(night.exit)


@cli.command(short_help="Write a batch's results workbook again.")
@click.argument("batch")
@options.for_results
def results(batch: str, **given: Any) -> None:
    """Write the results workbook of a BATCH again, from the journal."""
    from importer.batch.history import find_batch
    from importer.batch.pipeline import show_batch

    output, _, settings = _split_options(given)
    context = Context(journal_path(os.environ), None, TerminalPrompter(output), _now())
    found = find_batch(context, batch)
    run_all([(Path(found.file), partial(show_batch, found, settings, context))], output)


@cli.command(short_help="Delete a batch's groups, after asking.")
@click.argument("batch")
@options.for_undoing
def undo(batch: str, **given: Any) -> None:
    """Delete the groups that a BATCH created, after showing them and asking."""
    from importer.batch.history import find_batch
    from importer.batch.undo import undo_batch

    output, wait, settings = _split_options(given)
    context = _real_context(output, settings, wait=wait)
    undone = undo_batch(find_batch(context, batch), settings, context, output.progress())
    if not output.quiet:
        for line in undone.lines:
            echo_line(line)
    raise SystemExit(undone.exit)


@cli.command(short_help="Say what groups in doubt are, where no listing can tell.")
@click.argument("batch")
@click.option(
    "--created",
    multiple=True,
    metavar="SEQ=GROUPID",
    help="This group was made: it is this one at the vendor. May be given again.",
)
@click.option(
    "--not-made",
    multiple=True,
    type=int,
    metavar="SEQ",
    help="This group was not made, and may be sent again. May be given again.",
)
@options.for_settling
def settle(batch: str, created: Sequence[str], not_made: Sequence[int], **given: Any) -> None:
    """Show the groups in doubt of a BATCH with what the vendor lists near them, and record a word.

    On a terminal each group is asked for; elsewhere --created and --not-made say it, with --yes.
    """
    from importer.batch.history import find_batch
    from importer.commands.settle import settle_batch

    output, wait, settings = _split_options(given)
    context = _real_context(output, settings, wait=wait)
    found = find_batch(context, batch)
    raise SystemExit(settle_batch(found, created, not_made, settings, context, output))


@cli.command(short_help="Serve a vendor to rehearse with, here.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(min=0.01),
    metavar="N",
    help="Refuse more calls a second than this.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME=PROBABILITY",
    help="Let calls go wrong at random; may be given again. `--fault list` names them.",
)
@click.option(
    "--vendor",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Be such a vendor; may be given again. `--vendor list` names them.",
)
@click.option("--seed", type=int, help="Make the random faults the same each time.")
@click.option(
    "--skew", type=float, default=0.0, metavar="S", help="Seconds that the server's clock is ahead."
)
def sandbox(
    port: int,
    rate: float | None,
    faults: Sequence[str],
    kinds: Sequence[str],
    seed: int | None,
    skew: float,
) -> None:
    """Serve the vendor's API on this computer, with groups that live in memory."""
    import asyncio
    import random

    from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, FAULTS, KINDS, Sandbox, serve_forever

    if "list" in faults or "list" in kinds:
        for name, meaning in (FAULTS if "list" in faults else KINDS).items():
            echo_line(f"{name:22}{meaning}")
        return

    def announce(url: str) -> None:
        echo_line(f"The sandbox listens at {url} until you press Ctrl+C.")
        echo_line("In another terminal, paste these and run the importer without --sandbox:")
        for name, value in (
            ("NXCLOUD_URL", url),
            ("NXCLOUD_ACCESS_KEY", ACCESS_KEY),
            ("NXCLOUD_ACCESS_SECRET", ACCESS_SECRET),
            ("IMPORTER_JOURNAL", "sandbox-journal.sqlite3"),
        ):
            echo_line(f'  $env:{name}="{value}"' if os.name == "nt" else f"  export {name}={value}")
        sys.stdout.flush()

    chances = dict(_probability(one) for one in faults)
    server = Sandbox(
        rate=rate,
        faults=chances,
        vendor=kinds,
        skew=skew,
        random=random.Random(seed),  # noqa: S311 - faults, not secrets
    )
    asyncio.run(serve_forever(server, port, announce))


def _probability(fault: str) -> tuple[str, float]:
    name, _, share = fault.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise SettingsError(
            f"--fault {fault}: write a name and a probability, such as cut-after=0.1."
        ) from None


@cli.command(short_help="Write an empty workbook to fill in.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def template(file: Path) -> None:
    """Write an empty input workbook, FILE.xlsx, to fill in."""
    from importer.commands.template import write_template

    if file.suffix.lower() != ".xlsx":
        raise SettingsError(f"{file} must end in .xlsx.")
    if file.exists():
        raise SettingsError(f"{file} exists already: name another file.")
    write_template(file)
    echo_line(f"{file} is ready to be filled in.")


def _now() -> datetime:
    return datetime.now().astimezone()


def _split_options(given: dict[str, Any]) -> tuple[OutputMode, bool, Settings]:
    """Tell what concerns the terminal from what concerns the work, where a batch is there already.

    What `run` would do by itself, as importer.toml says, is not done to such a batch: nothing is
    agreed to, no new groups are made, and no rehearsal is held.
    """
    output = OutputMode(
        **{name: given.pop(name) for name in ("as_json", "yes", "quiet") if name in given}
    )
    wait = given.pop("wait", False)
    settings = load_settings(given, Path.cwd())
    if "log_format" in given:
        output = replace(output, log=_log_of(settings, quiet=output.quiet))
    return output, wait, replace(settings, again=False, sandbox=False)


def _for_each_file(
    job: Callable[[Path, Settings, Context, Progress], Summary],
    given: dict[str, Any],
    *,
    calls: bool,
) -> None:
    paths = [Path(name) for name in given.pop("files")]
    given["json"] = given.pop("as_json")
    settings = load_settings({name: _said(value) for name, value in given.items()}, Path.cwd())
    log = _log_of(settings, quiet=settings.quiet)
    output = OutputMode(settings.json, settings.yes, settings.quiet, log)
    with (
        report_fatal_errors(log),
        _context_of(settings, output, paths, calls=calls) as context,
        _timed(output.progress(), settings) as progress,
    ):
        run_all([(path, partial(job, path, settings, context, progress)) for path in paths], output)


@contextmanager
def _timed(progress: Progress, settings: Settings) -> Iterator[Progress]:
    """Measure the stages where that is asked for, and say at the end what they took."""
    from importer.commands.console import Stopwatch

    if not settings.timings:
        yield progress
        return
    stopwatch = Stopwatch(progress, time.process_time(), time.perf_counter)
    try:
        yield stopwatch
    finally:
        print_error = (
            progress.note if settings.log_format == "json" else partial(echo_line, err=True)
        )
        for line in stopwatch.lines():
            print_error(line)


def _log_of(settings: Settings, *, quiet: bool) -> Log | None:
    """Give the log of a run; None where standard error is for people."""
    from importer.log import Log

    return Log(_now, as_json=True, quiet=quiet) if settings.log_format == "json" else None


def _check_targets(paths: Sequence[Path], settings: Settings) -> None:
    """Refuse to write two files' results to one place."""
    from importer.report import target_path

    targets: dict[Path, Path] = {}
    for path in paths:
        target = target_path(path, settings.out, f"{RESULTS_ENDING}.{settings.format}").absolute()
        other = targets.setdefault(target, path)
        if other is not path:
            raise SettingsError(
                f"{other} and {path} would both write {target.name}: run them one by one, with "
                "different --out."
            )


def _said(value: Any) -> Any:
    """Return what an option says: a flag that was not given says nothing, it does not say no."""
    return None if value is False else value


def _context_of(
    settings: Settings, output: OutputMode, paths: Sequence[Path], *, calls: bool
) -> AbstractContextManager[Context]:
    _check_targets(paths, settings)
    if settings.sandbox or not calls:
        return throwaway_context(_now())
    return nullcontext(_real_context(output, settings, wait=settings.wait))


def _real_context(output: OutputMode, settings: Settings, *, wait: bool) -> Context:
    credentials = load_credentials(os.environ, settings.account)
    return Context(journal_path(os.environ), credentials, TerminalPrompter(output), _now(), wait)


def main() -> Never:
    """Run the command; every error that a user can cause ends as one sentence and an exit code."""
    memory.prepare()
    # What is written holds phone numbers: it is this user's alone, whatever the shell's umask.
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        # A Windows console may not have a file name's characters; show a mark, never fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        cli.main(prog_name="importer", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        if sys.stderr.isatty():
            click.echo(err=True)  # below the question or the bar that it cut off
        echo_line(
            f"importer: {INTERRUPTED}",
            err=True,
        )
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
