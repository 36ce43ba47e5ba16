"""The command nightly: a night with the real clock, its outcome printed, its hook called."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.commands import options
from importer.commands.terminal.exits import report_fatal_errors
from importer.commands.terminal.output import echo_line, echo_whole
from importer.commands.terminal.prompts import OutputMode
from importer.context import Context, Unattended
from importer.credentials import load_credentials
from importer.settings import merge
from importer.store import store_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.log import Log
    from importer.nightly.config import NightConfig
    from importer.nightly.morning.message import Message


@click.command(short_help="Take every new file of the inbox.")
@options.for_nights
def nightly(as_json: bool, quiet: bool, log_format: str | None) -> None:
    """Take every new file of the inbox, as the table [nightly] of importer.toml says."""
    from importer.log import Log
    from importer.nightly import clock, config, outcome
    from importer.nightly.morning import message
    from importer.nightly.night import run_night

    night_config = config.load_night_config(Path.cwd())
    time = clock.NightClock()
    settings = merge(night_config.settings, {"log_format": log_format} if log_format else {}, "--")
    log = Log(time.now, as_json=settings.log_format == "json", quiet=quiet)
    # By day SIGTERM may end a run between two steps; a night has a report to write.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def not_begun(why: str) -> None:
        _send(message.of_failure(time.now().date().isoformat(), why), night_config, log)

    output = OutputMode(as_json=as_json, quiet=quiet, log=log)
    with report_fatal_errors(output, not_begun):
        context = Context(
            store_of(os.environ),
            load_credentials(os.environ, night_config.settings.account),
            Unattended(),
            time.now(),
            progress=log,
            command="nightly",
        )
        night = run_night(night_config, context, log, time)
    if as_json:
        echo_whole(json.dumps(outcome.for_hook(night)))
    elif not quiet:
        for line in outcome.as_lines(night):
            echo_line(line)
    _send(message.of_night(night), night_config, log, outcome.for_hook(night))
    _run_hook(night_config, outcome.for_hook(night), log)
    raise SystemExit(night.exit)


def _send(
    report: Message, night_config: NightConfig, log: Log, night: Mapping[str, Any] | None = None
) -> None:
    """Send the report to whom importer.toml names; what fails is said, and changes no exit code."""
    if not night_config.report.is_sent:
        return
    from importer.log import Level
    from importer.nightly.morning.delivery import deliver

    try:
        failures = deliver(report, night_config.report, os.environ, night or {})
    except KeyboardInterrupt:  # the night itself is done, and so is its report on disk
        failures = ["The report was not sent: that was interrupted."]
    for failure in failures:
        log.event("report not sent", failure, Level.ERROR)
    if not failures:
        log.event("report sent", report.subject)


def _run_hook(night_config: NightConfig, night: Mapping[str, Any], log: Log) -> None:
    """Call the operator's own command, if there is one."""
    if not night_config.on_finish:
        return
    from importer.log import Level
    from importer.nightly.morning import finish_hook

    failure = finish_hook.run_hook(night_config.on_finish, night)
    log.event("on_finish", failure or "done", Level.ERROR if failure else Level.INFO)
