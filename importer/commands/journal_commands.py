"""The commands about the journal as a whole: copy, check."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from importer.commands.contexts import now
from importer.commands.terminal.output import echo_line
from importer.commands.terminal.prompts import OutputMode
from importer.commands.wrong_starts import quoted
from importer.errors import Exit, SettingsError
from importer.plurals import counted
from importer.store import SqliteStore, store_named, store_of

if TYPE_CHECKING:
    from importer.store import Store


@click.group(short_help="Copy the journal into another place, or check it.")
def journal() -> None:
    """Copy the journal into another place, or check whether it is sound."""


@journal.command(short_help="Copy a journal into a new one, of either kind.")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Copy the journal FROM into a new one, TO: each a file, or the URL of a PostgreSQL database.

    It is copied whole or not at all, with the rows of its batches; the counts are compared. FROM is
    left as it is.
    """
    from importer.journal.upkeep.copying import copy as copy_all

    places = store_named(source, os.environ), store_named(target, os.environ)
    _refuse_the_same(*places)
    if not places[0].exists():
        raise SettingsError(f"There is no journal at {places[0]}: name the one to copy.")
    _ensure_folder(places[1])
    progress = OutputMode().progress()
    with ExitStack() as held:
        for one in places:
            held.enter_context(one.lock(now()))
        journals = [held.enter_context(one.open(progress)) for one in places]
        copied = copy_all(journals[0].database, journals[1].database, progress)
    counts = copied.tables
    echo_line(
        f"{counted(counts['batches'], 'batch', 'batches')} with "
        f"{counted(counts['groups'], 'group')} and {counted(counts['group_numbers'], 'number')} "
        f"are now in {places[1]}, and the rows of "
        f"{counted(copied.kept_rows, 'batch', 'batches')}; all counts are the same."
    )
    echo_line(
        f"Next: set IMPORTER_JOURNAL to {places[1]} wherever the importer runs. Run nothing with "
        f"{places[0]} any more: neither journal would know what the other one sends."
    )


def _refuse_the_same(source: Store, target: Store) -> None:
    if str(source) == str(target):
        raise SettingsError(f"FROM and TO are both {source}: name another place to copy it to.")


def _ensure_folder(target: Store) -> None:
    """Refuse a folder that is not there: it may be misspelt, and a journal in it overlooked."""
    if isinstance(target, SqliteStore) and not target.path.parent.is_dir():
        folder = target.path.parent
        make = "mkdir" if sys.platform == "win32" else "mkdir -p"
        raise SettingsError(
            f"There is no folder {folder} to copy the journal into: `{make} "
            f"{quoted(str(folder))}`, then this command again."
        )


@journal.command(short_help="Read all of the journal, and say whether it is sound.")
def check() -> None:
    """Read all of the journal, and say whether it is sound. Nothing is changed.

    Exit 1 where it is not.
    """
    from importer.journal.upkeep.checking import check as check_all

    store = store_of(os.environ)
    if not store.exists():
        raise SettingsError(f"There is no journal at {store} yet: the first run makes it.")
    progress = OutputMode().progress()
    with store.lock(now()), store.open(progress) as opened:
        found = check_all(opened, progress)
    for finding in found.findings:
        echo_line(finding)
    what = (
        f"{counted(found.batches, 'batch', 'batches')}, {counted(found.groups, 'group')} and "
        f"{counted(found.numbers, 'number')} in groups were read from {store}"
    )
    if found.findings:
        echo_line(f"{what}: it is not sound. Put back its latest copy or backup.")
        raise SystemExit(Exit.UNFINISHED)
    echo_line(f"{what}: it is sound.")
