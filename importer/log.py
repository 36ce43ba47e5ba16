"""What is said on standard error while work goes on: for people, or a JSON object a line.

A night always says it this way, a run where `--log-format json` asks for it: one event for each
thing that an operator would ask about, with its file, batch and group, and with numbers masked.
"""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer.errors import Exit
from importer.masking import masked
from importer.model import GroupState
from importer.plurals import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from importer.model import Transition


class Level(StrEnum):
    """How much an event asks of the operator."""

    DEBUG = "debug"
    """A step on the way; nobody asks for it unless something is wrong."""
    INFO = "info"
    """Something that was to happen did."""
    WARNING = "warning"
    """Something to look at; the work goes on."""
    ERROR = "error"
    """The night, the run or a file failed."""


_LEVEL_OF = {
    GroupState.CREATED: Level.INFO,
    GroupState.REFUSED: Level.WARNING,
    # Most doubt is settled before the night is over; what is left shows in its file.
    GroupState.IN_DOUBT: Level.INFO,
}


def level_of(code: Exit) -> Level:
    """Return how much an exit code asks of the operator."""
    if code is Exit.DONE:
        return Level.INFO
    return Level.WARNING if code is Exit.UNFINISHED else Level.ERROR


class Log:
    """The watch where a log is kept. Every text is masked: it is no place for phone numbers."""

    def __init__(self, now: Callable[[], datetime], *, as_json: bool, quiet: bool = False) -> None:
        self.as_json = as_json
        self._now = now
        self._quiet = quiet
        self._file = ""
        self._writing = threading.Lock()

    @property
    def is_log(self) -> bool:
        """Always True."""
        return True

    @contextmanager
    def about(self, file: str) -> Iterator[None]:
        """Name this file in every event meanwhile."""
        self._file = file
        try:
            yield
        finally:
            self._file = ""

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
        """Say that a stage begins; nobody looks at bars."""
        what = f"{name} {total:,} {unit}s." if total is not None else f"{name}."
        self.event("stage", what, Level.DEBUG)

        def advance(count: int) -> None:
            del count

        yield advance

    def note(self, text: str) -> None:
        """Say something that the operator should know."""
        self.event("note", text.strip())

    def steps(self, steps: Sequence[Transition]) -> None:
        """Say what became of groups."""
        for step in steps:
            self.event(
                f"group {step.enters.value.lower().replace('_', ' ')}",
                step.message,
                _LEVEL_OF.get(step.enters, Level.DEBUG),
                batch=step.batch,
                group=step.seq,
                group_id=step.group_id,
                code=step.code,
                request_id=step.request_id,
            )

    def waiting(self, seconds: int) -> None:
        """Say nothing: the note that came before names the end of the wait."""

    def event(self, event: str, text: str, level: Level = Level.INFO, **more: Any) -> None:
        """Write one event; what is empty is left out."""
        if self._quiet and level in {Level.DEBUG, Level.INFO}:
            return
        fields = {
            "time": self._now().isoformat(timespec="milliseconds"),
            "level": level.value,
            "event": event,
            "file": visible(masked(self._file)),
            **{name: _shown(value) for name, value in more.items() if value is not None},
            "message": visible(masked(text)),
        }
        self._write({name: value for name, value in fields.items() if value != ""})

    def _write(self, fields: dict[str, Any]) -> None:
        if self.as_json:
            line = json.dumps(fields)
        elif fields["level"] == Level.DEBUG:
            return
        else:
            about = [
                f"{name} {fields[name]}" for name in ("file", "batch", "group") if name in fields
            ]
            line = " · ".join(
                [fields["time"][:19], fields["event"], *about, fields.get("message", "")]
            )
        with self._writing:
            sys.stderr.write(line.rstrip(" ·") + "\n")
            sys.stderr.flush()


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) else value
