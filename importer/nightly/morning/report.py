"""What the operator finds in the morning, in `outbox/DATE/`: a workbook, and lines of JSON."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.errors import Exit
from importer.journal.lock import open_own
from importer.log import Level, level_of
from importer.nightly.morning.workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.log import Log
    from importer.nightly.config import NightConfig
    from importer.nightly.outcome import Night

JSON_LINES = "night.jsonl"


def write_report(night: Night, night_config: NightConfig, log: Log) -> Night:
    """Write the night's report, and return the night with what that came to."""
    date = night.begun.date().isoformat()
    share_group, outbox = night_config.share_group, night_config.outbox
    try:
        share_group.make_folder(outbox / date, outbox)
        written = write_workbook(outbox / date, night)
        share_group.publish(written)
        log.event("report written", str(written))
        night = replace(night, report=written)
    except OSError as error:
        why = f"The night's report can't be written ({error.strerror or error})."
        night = replace(night, notes=(*night.notes, why), exits=(*night.exits, Exit.USAGE))
    write_line(night_config, date, night.as_json(), log)
    log.event("night ended", night.headline, level_of(night.exit), exit=int(night.exit))
    return night


def write_line(night_config: NightConfig, date: str, result: Mapping[str, Any], log: Log) -> None:
    """Add a line to the JSON of the night of a date; a failure is logged, the night goes on."""
    path = night_config.outbox / date / JSON_LINES
    try:
        night_config.share_group.make_folder(path.parent, night_config.outbox)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = open_own(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
            file.flush()
            os.fsync(file.fileno())
        night_config.share_group.publish(path)
    except OSError as error:
        log.event("record failed", f"{path}: {error.strerror or error}", Level.ERROR)
