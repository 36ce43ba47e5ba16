"""The commands about files and what is left of them: run, check, resume."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.commands import options
from importer.commands.contexts import (
    is_silent,
    log_of,
    now,
    opening_journal,
    real_context,
    split_options,
)
from importer.commands.help_layout import SectionedCommand
from importer.commands.terminal.exits import refuse_all, report_fatal_errors, run_all
from importer.commands.terminal.output import echo_line, passing_line
from importer.commands.terminal.prompts import OutputMode, RehearsalPrompter
from importer.commands.wrong_starts import missing_lists, refuse_wrong_starts
from importer.context import Context, throwaway_context
from importer.errors import SettingsError
from importer.file_names import list_stem
from importer.results_columns import RESULTS_ENDING
from importer.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from importer.batch.results.summary import Summary
    from importer.context import Progress


@click.command(
    cls=SectionedCommand,
    short_help="Make the groups and write a results workbook.",
    examples=[
        ("importer run customers.xlsx --sandbox", "a rehearsal that reaches nobody"),
        ("importer run customers.xlsx", "show what it would do, ask, and do it"),
        ("importer run customers.xlsx --region HK", "numbers without country code are Hong Kong's"),
        ("importer run customers.results.xlsx", "the corrected rows of its sheet Rejected"),
        ("importer run a.xlsx b.csv --yes", "several lists, and ask nothing"),
    ],
)
@options.for_files
def run(**given: Any) -> None:
    """Read each FILE, make its groups, and write its results workbook.

    The same command again continues where it stopped; nothing is made twice. Calls need
    NXCLOUD_ACCESS_KEY and NXCLOUD_ACCESS_SECRET in the environment. Exit codes: 0 done, 1 something
    is left, 2 usage or unreadable, 3 stopped by a gate, 4 credentials refused, 75 another run is
    under way, 130 interrupted.
    """
    with _opening(given):
        from importer.batch.pipeline import run_file

    _for_each_file(run_file, given, calls=True)


@click.command(
    cls=SectionedCommand,
    short_help="Show what run would do; nothing is sent.",
    examples=[
        ("importer check customers.xlsx", "what would be made, and what would be rejected"),
        ("importer check customers.xlsx --region HK", "the same, read as numbers of Hong Kong"),
    ],
    shown={"region", "column", "country_column", "sheet", "out", "as_json", "help"},
    more="These are the ones that a check is for. It takes all the others of run as well, so that "
    "the same line can be tried first: importer run --help",
)
@options.for_files
def check(**given: Any) -> None:
    """Show what run would do with each FILE: nothing is sent, nothing is recorded.

    Its workbook NAME.check.xlsx says of each row what it would become. Corrected in its sheet
    Rejected, it can be run in the list's place.
    """
    with _opening(given):
        from importer.batch.pipeline import check_file

    _for_each_file(check_file, given, calls=False)


@click.command(short_help="Finish what earlier runs left.")
@click.argument("batch", required=False)
@click.option(
    "--refused",
    is_flag=True,
    help="Send groups once more that the vendor refused, after a look whether they are there.",
)
@options.for_resuming
def resume(batch: str | None, *, refused: bool, **given: Any) -> None:
    """Finish what earlier runs left: all of it, or one BATCH. Needs no input file."""
    with opening_journal(given):
        from importer.batch.history import find_batch, unfinished_batches
        from importer.batch.lists.state import batches_of_lists
        from importer.batch.lists.sync import resume_sync
        from importer.batch.pipeline import resume_batch

    output, wait, settings = split_options(given)
    with report_fatal_errors(output):
        context = real_context(output, settings, wait=wait)
        batches = (
            [find_batch(context, batch)] if batch else unfinished_batches(context, refused=refused)
        )
        if not batches and not (output.quiet or output.as_json):
            echo_line("Nothing is left to finish.")
        progress = output.progress()
        members = batches_of_lists(context)
        work = [
            (
                Path(one.file),
                partial(resume_sync, one, members[one.id], settings, context, progress)
                if one.id in members
                else partial(resume_batch, one, settings, context, progress, refused=refused),
            )
            for one in batches
        ]
        run_all(work, output)


def _opening(given: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Show at once that something goes on, while the libraries of the work are loaded."""
    files = ", ".join(given["files"])
    return passing_line(f"Opening {files} …", quiet=is_silent(given))


def _for_each_file(
    job: Callable[[Path, Settings, Context, Progress], Summary],
    given: dict[str, Any],
    *,
    calls: bool,
) -> None:
    # Arrow takes a fifth of a second to load.
    from importer.commands.lists_of_files import lists_of

    names, together = given.pop("files"), given.pop("together")
    given["json"] = given.pop("as_json")
    settings = load_settings(
        {name: _given_value(value) for name, value in given.items()}, Path.cwd()
    )
    log = log_of(settings, quiet=settings.quiet)
    output = OutputMode(settings.json, settings.yes, settings.quiet, log)
    with report_fatal_errors(output):
        refuse_wrong_starts(names)
        if missing := missing_lists(names):
            refuse_all(missing, output)
        lists = lists_of(names, settings, together=together)
        paths = [path for path, _ in lists]
        with (
            _context_of(settings, output, paths, calls=calls) as context,
            _timed(output.progress(), settings) as progress,
        ):
            run_all(
                [(path, partial(job, path, own, context, progress)) for path, own in lists], output
            )


@contextmanager
def _timed(progress: Progress, settings: Settings) -> Iterator[Progress]:
    """Measure the stages where that is asked for, and say at the end what they took."""
    from importer.commands.terminal.console import Stopwatch

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


def _check_targets(paths: Sequence[Path], settings: Settings) -> None:
    """Refuse to write two files' results to one place."""
    from importer.report import target_path

    targets: dict[Path, Path] = {}
    for path in paths:
        named = path.with_name(f"{list_stem(path)}.{settings.format}")
        target = target_path(named, settings.out, f"{RESULTS_ENDING}.{settings.format}").absolute()
        other = targets.setdefault(target, path)
        if other is not path and other == path:
            raise SettingsError(f"{path} is named twice: name it once.")
        if other is not path:
            raise SettingsError(
                f"{other} and {path} would both write {target.name}: run them one by one, with "
                "different --out."
            )


def _given_value(value: Any) -> Any:
    """Return what an option says: a flag that was not given says nothing, it does not say no."""
    return None if value is False else value


def _context_of(
    settings: Settings, output: OutputMode, paths: Sequence[Path], *, calls: bool
) -> AbstractContextManager[Context]:
    _check_targets(paths, settings)
    if settings.sandbox or not calls:
        return throwaway_context(now(), RehearsalPrompter(output))
    return nullcontext(real_context(output, settings, wait=settings.wait))
