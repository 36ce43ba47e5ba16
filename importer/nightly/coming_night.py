"""What a night would do if it began now: which lists it would take, and until when it would send.

Nothing is changed and nothing is read but the inbox's names and the journal.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from importer.batch.history import unfinished_batches
from importer.nightly.config import LONGEST_NIGHT
from importer.nightly.folders import file_choice, inbox_folder
from importer.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import PurePosixPath

    from importer.context import Context
    from importer.model import Batch
    from importer.nightly.config import NightConfig

_NAMED = 3
"""Lists that are named; of more only how many there are."""


def is_of_a_night(batch: Batch, night_config: NightConfig) -> bool:
    """Whether a night of this importer.toml began a batch, and not somebody by hand."""
    planned: dict[str, object] = json.loads(batch.settings)
    return night_config.is_writing(Path(str(planned.get("out"))))


def coming_night(night_config: NightConfig, context: Context | None, now: datetime) -> str:
    """Say in a few sentences what a night would do; without `context` nothing of earlier nights.

    Raises:
        OutputError: the inbox can't be read.
        JournalError: the journal can't be read.
    """
    seen = inbox_folder.scan(night_config.inbox)
    choice = file_choice.choose(seen, seen)
    sure = [one for one in choice.ready if night_config.settings_of(one.parent) is not None]
    unknown = [one for one in choice.ready if one not in set(sure)]
    earlier = [] if context is None else _earlier(night_config, context)
    sentences = [
        _until(night_config, now),
        f"It would finish {counted(len(earlier), 'batch', 'batches')} of earlier nights."
        if earlier
        else "",
        f"It would take {counted(len(sure), 'list')}{_names(sure)}."
        if sure
        else "There is no list for it to take.",
        f"At most {counted(night_config.max_groups, 'group')} would be made."
        if night_config.max_groups and (sure or earlier)
        else "",
        f"{counted(len(choice.waiting), 'file')} would wait"
        f"{_names(one.file for one in choice.waiting)}."
        if choice.waiting
        else "",
        f"{counted(len(unknown), 'list')} would fail, as importer.toml does not name the folder"
        f"{_names(unknown)}."
        if unknown
        else "",
    ]
    return " ".join(filter(None, sentences))


def _until(night_config: NightConfig, now: datetime) -> str:
    """Say between which times a night would send."""
    end = night_config.deadline(now)
    if night_config.until is None or end is None:
        return "A night that begins now would send until all is done."
    until = f"{night_config.until:%H:%M}"
    if end > now.replace(tzinfo=None):
        return f"A night that begins now would send until {until}."
    hours = round(LONGEST_NIGHT / timedelta(hours=1))
    first = datetime.combine(now.date(), night_config.until) - LONGEST_NIGHT
    if first <= now.replace(tzinfo=None):
        first += timedelta(days=1)
    return (
        f"A night that begins now would send nothing before {first:%H:%M}: its end, {until}, is "
        f"more than {hours} hours ahead, as after a night that was missed. One that begins from "
        f"{first:%H:%M} on would send until {until}."
    )


def _earlier(night_config: NightConfig, context: Context) -> list[Batch]:
    if not context.store.exists():
        return []
    return [one for one in unfinished_batches(context) if is_of_a_night(one, night_config)]


def _names(files: Iterable[PurePosixPath]) -> str:
    """Name the first few of some files in brackets; "" where there are none."""
    listed: Sequence[str] = [str(one) for one in files]
    if not listed:
        return ""
    more = [f"{len(listed) - _NAMED:,} more"] if len(listed) > _NAMED else []
    return f" ({', '.join([*listed[:_NAMED], *more])})"
