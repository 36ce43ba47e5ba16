"""What a night removes at its end, where `keep_days` says so: numbers are personal data.

Lists in `failed` stay: they were not sent, and perhaps nobody has looked at them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from importer.batch import retention
from importer.errors import JournalError, JournalLocked
from importer.log import Level
from importer.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.context import Context
    from importer.log import Log
    from importer.model import Batch
    from importer.nightly.config import NightConfig


@dataclass(frozen=True, slots=True)
class CleanupResult:
    """What is no longer kept, and what was left."""

    forgotten: int = 0
    """Batches whose phone numbers were removed from the journal."""
    removed: int = 0
    """Folders of `done` and `outbox`, each of one date."""
    failed: int = 0
    """Files that lie in `failed` for longer."""
    notes: tuple[str, ...] = ()
    """What the operator should know of it, a sentence each."""


def clear(night_config: NightConfig, context: Context, log: Log) -> CleanupResult:
    """Forget batches and remove folders that are older than `keep_days`; what fails is reported."""
    clearing = _Cleanup(night_config, context, log)
    forgotten = clearing.forget()
    removed = sum(
        clearing.remove(one)
        for one in _old(context, night_config, night_config.done, night_config.outbox)
    )
    failed = sum(len(_files(one)) for one in _old(context, night_config, night_config.failed))
    older = f"older than {counted(night_config.keep_days, 'day')}"
    gone = [
        f"the numbers of {counted(forgotten, 'batch', 'batches')}" if forgotten else "",
        f"{counted(removed, 'folder')} of lists and results" if removed else "",
    ]
    notes = [f"Removed as {older}: {', '.join(filter(None, gone))}."] if any(gone) else []
    if failed:
        notes.append(
            f"{counted(failed, 'file')} in {night_config.failed.name} {older}: look at them."
        )
    return CleanupResult(forgotten, removed, failed, (*notes, *clearing.notes))


class _Cleanup:
    """Removes, and keeps account of what could not be removed."""

    def __init__(self, night_config: NightConfig, context: Context, log: Log) -> None:
        self._config = night_config
        self._context = context
        self._log = log
        self.notes: list[str] = []

    def forget(self) -> int:
        """Take the numbers of old batches out of the journal; return how many batches."""
        count = 0

        def forgotten(batch: Batch) -> None:
            nonlocal count
            count += 1
            self._log.event("batch forgotten", batch.file, batch=batch.id)

        first = datetime.combine(
            _first(self._context, self._config), time(), self._context.now.tzinfo
        )
        before_ms = int(first.timestamp() * 1000)
        try:
            with (
                self._context.store.lock(self._context.now),
                self._context.store.open() as journal,
            ):
                choice = retention.plan_forgetting(journal, before_ms=before_ms)
                if choice.left:
                    self.notes.append(choice.left_message)
                retention.forget(journal, choice.forgotten, self._context.now_ms, forgotten)
        except JournalLocked:
            self._fail("other runs use the journal; the next night does it.")
        except JournalError as error:
            self._fail(str(error))
        return count

    def remove(self, folder: Path) -> bool:
        """Remove a folder with all that is in it; return whether it is gone."""
        try:
            shutil.rmtree(folder)
        except OSError as error:
            self._fail(f"{folder} can't be removed ({error.strerror or error}).")
            return False
        self._log.event("folder removed", str(folder))
        return True

    def _fail(self, why: str) -> None:
        self.notes.append(f"Not all that is old was removed: {why}")
        self._log.event("removal failed", why, Level.WARNING)


def _old(context: Context, night_config: NightConfig, *places: Path) -> Iterator[Path]:
    """Find the folders that nights made, by their dates; what else lies there is somebody's."""
    first = _first(context, night_config)
    for place in places:
        for one in sorted(place.iterdir()) if place.is_dir() else ():
            day = _date(one.name)
            if day is not None and day < first and one.is_dir() and not one.is_symlink():
                yield one


def _first(context: Context, night_config: NightConfig) -> date:
    """Return the first day that is kept: batches and folders of one night go in one night."""
    return context.now.date() - timedelta(days=night_config.keep_days)


def _date(name: str) -> date | None:
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name else None


def _files(folder: Path) -> list[Path]:
    return [
        one for one in folder.rglob("*") if one.is_file() and not one.name.endswith(".reason.txt")
    ]
