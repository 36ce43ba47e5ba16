"""The commands about batches that were run: batches, results, undo, settle."""

from __future__ import annotations

import json
import os
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.commands import options
from importer.commands.contexts import local_context, opening_journal, real_context, split_options
from importer.commands.terminal.exits import run_all
from importer.commands.terminal.output import echo_line, echo_whole
from importer.commands.terminal.prompts import OutputMode
from importer.context import open_journal
from importer.errors import SettingsError
from importer.store import store_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.context import Context
    from importer.model import Batch


@click.command(short_help="List what was run, when, with what outcome.")
@click.argument("names", nargs=-1, metavar="[BATCH]...")
@options.for_batches
def batches(names: Sequence[str], **given: Any) -> None:
    """List what was run, when, and with what outcome; or forget phone numbers.

    With --forget, the phone numbers of finished batches are removed from the journal: those of each
    BATCH, or those of all that were last worked on before --older-than days. Counts, groupIds and
    what a list is known by stay; --dry-run says what goes and what stays, and removes nothing.
    """
    if given.pop("forget"):
        _forget(names, **given)
    elif names or given["older_than"] is not None or given["dry_run"]:
        raise SettingsError(
            "batches lists all of them: to forget some, type `importer batches --forget BATCH`."
        )
    else:
        _list_batches(as_json=given["as_json"])


def _list_batches(*, as_json: bool) -> None:
    from importer.batch.history import history, history_lines
    from importer.batch.results.next_step import NextStep
    from importer.batch.results.summary import next_lines

    past = history(store_of(os.environ), OutputMode(as_json=as_json).progress())
    if as_json:
        for one in past:
            echo_whole(json.dumps(one.as_json()))
    else:
        zone = datetime.now().astimezone().tzinfo
        half = [one.batch.id for one in past if one.is_half_undone]
        step = NextStep("finish the undo", f"importer undo {half[0]}") if half else None
        if any(one.is_unfinished and not one.is_half_undone for one in past):
            step = NextStep("finish what is left", "importer resume")
        for line in [*history_lines(past, zone), *next_lines(step)]:
            echo_line(line)


def _forget(
    names: Sequence[str],
    older_than: int | None,
    *,
    as_json: bool,
    wait: bool,
    yes: bool,
    dry_run: bool,
) -> None:
    from importer.batch.forget_preview import preview_forgetting
    from importer.batch.history import find_batch
    from importer.batch.retention import DAY_MS, forget_after_asking

    if bool(names) == (older_than is not None):
        raise SettingsError(
            "--forget needs the batches' names (`importer batches` lists them), or --older-than "
            "DAYS."
        )
    if as_json:
        raise SettingsError(
            "--forget prints no JSON: list the batches after it with `importer batches --json`."
        )
    context = local_context(OutputMode(yes=yes))
    before_ms = None if older_than is None else context.now_ms - older_than * DAY_MS
    with context.store.lock(context.now, wait=wait):
        named = [find_batch(context, one).id for one in names]
        do = preview_forgetting if dry_run else forget_after_asking
        for line in do(context, before_ms=before_ms, named=named):
            echo_line(line)


@click.command(short_help="Write a batch's results workbook again.")
@click.argument("batch")
@options.for_results
def results(batch: str, **given: Any) -> None:
    """Write the results workbook of a BATCH again, from the journal."""
    with opening_journal(given):
        from importer.batch.history import find_batch
        from importer.batch.pipeline import show_batch

    output, _, settings = split_options(given)
    context = local_context(output)
    found = find_batch(context, batch)
    _refuse_undo(found, context)
    run_all([(Path(found.file), partial(show_batch, found, settings, context))], output)


def _refuse_undo(batch: Batch, context: Context) -> None:
    with open_journal(context) as journal:
        member = journal.list_batch(batch.id)
    if member is not None and member.undoes:
        raise SettingsError(
            f"Batch {member.batch} took a sync of the list {member.name} back, and has no rows of "
            f"its own: `importer results {member.undoes}` writes those of that sync."
        )


@click.command(short_help="Delete a batch's groups, after asking.")
@click.argument("batch")
@options.for_undoing
def undo(batch: str, **given: Any) -> None:
    """Delete the groups that a BATCH created, after showing them and asking."""
    with opening_journal(given):
        from importer.batch.history import find_batch
        from importer.batch.lists.state import batches_of_lists
        from importer.batch.lists.undoing import undo_in_list
        from importer.batch.undo import undo_batch

    output, wait, settings = split_options(given)
    context = real_context(output, settings, wait=wait)
    found = find_batch(context, batch)
    member = batches_of_lists(context).get(found.id)
    if member is None:
        undone = undo_batch(found, settings, context, output.progress())
    else:
        undone = undo_in_list(found, member, settings, context, output.progress())
    if output.as_json:
        echo_whole(json.dumps(undone.as_json()))
    elif not output.quiet:
        for line in undone.lines:
            echo_line(line)
    raise SystemExit(undone.exit)


@click.command(short_help="Say what groups in doubt are, where no listing can tell.")
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
@click.option(
    "--unsent",
    is_flag=True,
    help="No other copy of the journal has sent what is planned, where no listing can tell.",
)
@click.option(
    "--deleted",
    multiple=True,
    metavar="GROUPID",
    help="Somebody deleted this group at the vendor: no listing need show it. May be given again.",
)
@options.for_settling
def settle(
    batch: str,
    created: Sequence[str],
    not_made: Sequence[int],
    *,
    unsent: bool,
    deleted: Sequence[str],
    **given: Any,
) -> None:
    """Show the groups in doubt of a BATCH with what the vendor lists near them, and record a word.

    On a terminal each group is asked for; elsewhere the options say it, with --yes.
    """
    from importer.batch.history import find_batch
    from importer.commands.settle import settle_batch, words_of

    output, wait, settings = split_options(given)
    context = real_context(output, settings, wait=wait)
    found = find_batch(context, batch)
    words = words_of(created, not_made, unsent=unsent, deleted=deleted)
    raise SystemExit(settle_batch(found, words, settings, context, output))
