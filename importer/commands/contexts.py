"""What a command works with: settings, the context of a run, what is printed, the log."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.commands.terminal.output import passing_line
from importer.commands.terminal.prompts import OutputMode, TerminalPrompter
from importer.context import Context
from importer.credentials import load_credentials
from importer.settings import Settings, load_settings
from importer.store import store_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from importer.log import Log


def now() -> datetime:
    """Return the time in the operator's zone."""
    return datetime.now().astimezone()


def split_options(given: dict[str, Any]) -> tuple[OutputMode, bool, Settings]:
    """Return how to print, whether to wait, and the settings of a command about a batch.

    No new groups are made for such a batch, and no rehearsal is held, whatever importer.toml says.
    """
    output = OutputMode(
        **{name: given.pop(name) for name in ("as_json", "yes", "quiet") if name in given}
    )
    wait = given.pop("wait", False)
    settings = load_settings(given, Path.cwd())
    if "log_format" in given:
        output = replace(output, log=log_of(settings, quiet=output.quiet))
    return output, wait, replace(settings, again=False, sandbox=False)


def opening_journal(given: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Show at once that a command about batches has begun, while its libraries are loaded."""
    return passing_line("Opening the journal …", quiet=is_silent(given))


def is_silent(given: Mapping[str, Any]) -> bool:
    """Whether a command's options leave nothing to be said to people meanwhile."""
    return given["quiet"] or given["as_json"] or given.get("log_format") == "json"


def log_of(settings: Settings, *, quiet: bool) -> Log | None:
    """Return the log of a run; None where standard error is for people."""
    from importer.log import Log

    return Log(now, as_json=True, quiet=quiet) if settings.log_format == "json" else None


def real_context(output: OutputMode, settings: Settings, *, wait: bool) -> Context:
    """Return the context of a command that calls the vendor.

    Raises:
        SettingsError: the credentials or the journal's place can't be used.
    """
    credentials = load_credentials(os.environ, settings.account)
    return replace(local_context(output), credentials=credentials, wait=wait)


def _command_name() -> str:
    """Return the name of the command that is run, such as `resume`."""
    command = click.get_current_context(silent=True)
    return (command.info_name if command else None) or "run"


def local_context(output: OutputMode) -> Context:
    """Return the context of a command that calls nobody.

    Raises:
        SettingsError: the journal's place can't be used.
    """
    return Context(
        store_of(os.environ),
        None,
        TerminalPrompter(output),
        now(),
        progress=output.progress(),
        command=_command_name(),
    )
