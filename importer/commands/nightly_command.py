"""The command nightly: a night with the real clock, its outcome printed, its hook called."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import click

from importer.commands import options
from importer.commands.terminal.exits import report_fatal_errors
from importer.commands.terminal.output import echo_line
from importer.context import Context, Unattended
from importer.credentials import load_credentials
from importer.settings import merge
from importer.store import store_of


@click.command()
@options.for_nights
def nightly(as_json: bool, quiet: bool, log_format: str | None) -> None:
    """Take every new file of the inbox, as the table [nightly] of importer.toml says."""
    from importer.log import Level, Log
    from importer.nightly import clock, config, outcome
    from importer.nightly.morning import finish_hook
    from importer.nightly.night import run_night

    night_config = config.load_night_config(Path.cwd())
    time = clock.NightClock()
    settings = merge(night_config.settings, {"log_format": log_format} if log_format else {}, "--")
    log = Log(time.now, as_json=settings.log_format == "json", quiet=quiet)
    # By day SIGTERM may end a run between two steps; a night has a report to write.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with report_fatal_errors(log):
        context = Context(
            store_of(os.environ),
            load_credentials(os.environ, night_config.settings.account),
            Unattended(),
            time.now(),
            progress=log,
        )
        night = run_night(night_config, context, log, time)
    if as_json:
        echo_line(json.dumps(outcome.for_hook(night)))
    elif not quiet:
        for line in outcome.as_lines(night):
            echo_line(line)
    if night_config.on_finish:
        failure = finish_hook.run_hook(night_config.on_finish, outcome.for_hook(night))
        log.event("on_finish", failure or "done", Level.ERROR if failure else Level.INFO)
    raise SystemExit(night.exit)
