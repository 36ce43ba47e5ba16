"""The commands that look at the vendor's groups and change nothing: groups, verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.commands import options
from importer.commands.contexts import real_context, split_options
from importer.commands.terminal.output import echo_line, echo_whole
from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.commands.terminal.prompts import OutputMode


@click.command(short_help="Write a workbook of all groups at the vendor.")
@options.for_looking
def groups(**given: Any) -> None:
    """Write a workbook of all groups that are at the vendor now; nothing is changed.

    Each with its numbers, country and remark, whether it is ours, and of which batch. The workbook
    is groups.xlsx in this folder; --out names another.
    """
    from importer.batch.at_vendor.groups_report import report_groups

    path = _workbook(given, "groups.xlsx")
    output, _, settings = split_options(given)
    found = report_groups(path, settings, real_context(output, settings, wait=False))
    _print(found.as_json(), found.lines, output)


@click.command(short_help="Compare the vendor's groups with the journal.")
@click.argument("batch", required=False)
@options.for_looking
def verify(batch: str | None, **given: Any) -> None:
    """Compare the groups at the vendor with the journal, all of them or those of one BATCH.

    Nothing is changed. Exit code 0: all agrees; 1: something differs, or it can't be told, and the
    differences are in verify.xlsx in this folder, or where --out says.
    """
    from importer.batch.at_vendor.verify import verify as compare
    from importer.batch.history import find_batch

    path = _workbook(given, "verify.xlsx")
    output, _, settings = split_options(given)
    context = real_context(output, settings, wait=False)
    found = compare(path, find_batch(context, batch) if batch else None, settings, context)
    _print(found.as_json(), found.lines, output)
    raise SystemExit(found.exit)


def _workbook(given: dict[str, Any], name: str) -> Path:
    """Return where the workbook goes: a file, or a file of this name in a folder.

    Raises:
        SettingsError: it names a file of another kind.
    """
    out = Path(given.pop("out") or name)
    if out.is_dir():
        return out / name
    if out.suffix.lower() != ".xlsx":
        raise SettingsError(f"--out {out}: name a folder that is there, or a file ending in .xlsx.")
    return out


def _print(told: dict[str, Any], lines: Sequence[str], output: OutputMode) -> None:
    if output.as_json:
        echo_whole(json.dumps(told))
    elif not output.quiet:
        for line in lines:
            echo_line(line)
