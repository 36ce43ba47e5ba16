"""The commands about named lists: sync, lists."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.commands import options
from importer.commands.contexts import local_context, log_of, now, real_context
from importer.commands.terminal.exits import refuse_all, report_fatal_errors, run_all
from importer.commands.terminal.output import echo_line
from importer.commands.terminal.prompts import OutputMode
from importer.commands.wrong_starts import missing_lists, refuse_wrong_starts
from importer.context import throwaway_context
from importer.errors import SettingsError
from importer.settings import load_settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from importer.context import Context
    from importer.settings import Settings


@click.command(short_help="Keep a list's groups in step with a file.")
@options.for_syncing
def sync(file: str, **given: Any) -> None:
    """Make the groups of the list NAME hold exactly the numbers of FILE, each in one of them.

    What the file has and the list has not is added, what the file has not is removed; nothing is
    removed that this journal did not put there. The changes are shown, and are in FILE.sync.xlsx,
    before anything is sent. `importer undo BATCH` takes the newest sync of a list back.
    """
    from importer.batch.lists.sync import sync_file
    from importer.batch.lists.terms import MAX_REMOVE, SyncTerms

    max_remove = given.pop("max_remove")
    terms = SyncTerms(
        name=checked_name(given.pop("list_name")),
        adopt=given.pop("adopt") or "",
        max_remove=MAX_REMOVE if max_remove is None else max_remove,
        is_said=max_remove is not None,
        dry_run=given.pop("dry_run"),
    )
    given["json"] = given.pop("as_json")
    given = {name: None if value is False else value for name, value in given.items()}
    settings = load_settings(given, Path.cwd())
    log = log_of(settings, quiet=settings.quiet)
    output = OutputMode(settings.json, settings.yes, settings.quiet, log)
    with report_fatal_errors(output):
        refuse_wrong_starts([file])
        if missing := missing_lists([file]):
            refuse_all(missing, output)
        with _context_of(settings, output) as context:
            path, progress = Path(file), output.progress()
            run_all([(path, partial(sync_file, path, terms, settings, context, progress))], output)


def _context_of(settings: Settings, output: OutputMode) -> AbstractContextManager[Context]:
    from contextlib import nullcontext

    if settings.sandbox:
        return throwaway_context(now())
    return nullcontext(real_context(output, settings, wait=settings.wait))


def checked_name(name: str) -> str:
    """Return the name that --list gives, where it can be a list's.

    Raises:
        SettingsError: it can't; the text says which can.
    """
    from importer.batch.lists.terms import LIST_NAME_RULE, is_list_name

    if not is_list_name(name):
        raise SettingsError(f"--list '{name}' must be {LIST_NAME_RULE}.")
    return name


@click.command(short_help="List the lists that are kept in step.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per list.")
def lists(*, as_json: bool) -> None:
    """List the named lists: how large they are, and when they were last brought into step."""
    from importer.batch.lists.overview import all_lists, overview_lines

    found = all_lists(local_context(OutputMode(as_json=as_json)))
    if as_json:
        for one in found:
            echo_line(json.dumps(one.as_json()))
    else:
        for line in overview_lines(found, datetime.now().astimezone().tzinfo):
            echo_line(line)
