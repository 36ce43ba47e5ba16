"""An office with an inbox, whose nights a test lives through on a clock of its own."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import importer
from importer.nightly import clock
from importer.nightly.clock import NightClock
from importer.sending import session
from tests.fast_forward import SPEED, fast_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest
    from openpyxl.worksheet.worksheet import Worksheet

    from importer.sending.calls import clock as sending_clock
    from tests.served import Done, Operator

SAMPLE = Path(importer.__file__).parents[1] / "samples" / "nightly" / "importer.toml"


def sample_config() -> str:
    """Return the sample's importer.toml, without the group, which not every computer has."""
    text = SAMPLE.read_text(encoding="utf-8")
    return re.sub("^share_group.*\n", "", text, flags=re.MULTILINE)


class Clock:
    """A clock that stands, but for what a test adds and each look takes."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
        self.each_look = timedelta(0)
        self.while_asleep: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        self.time += self.each_look
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.while_asleep()


class Office:
    """A folder with the sample's importer.toml, and people who drop files into its inbox."""

    def __init__(self, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.operator = operator
        self.folder = operator.folder
        self.clock = Clock()
        self._monkeypatch = monkeypatch
        self._began = time.monotonic()
        monkeypatch.setattr(
            clock, "NightClock", lambda: NightClock(now=self.clock.now, sleep=self.clock.sleep)
        )
        (self.folder / "importer.toml").write_text(sample_config(), encoding="utf-8")
        for name in ("hk", "sg"):
            (self.folder / "inbox" / name).mkdir(parents=True)

    def world_now(self) -> float:
        """Return the office's time, in seconds since the epoch, as it goes on in a fast world."""
        return self.clock.time.timestamp() + (time.monotonic() - self._began) * SPEED

    def share_clock(self) -> None:
        """Let calls be made at the office's time, as they are in life; the vendor's must agree."""

        def shared() -> sending_clock.Clock:
            return replace(fast_clock(), now_ms=lambda: int(self.world_now() * 1000))

        self._monkeypatch.setattr(session, "Clock", shared)

    @property
    def date(self) -> str:
        return self.clock.time.date().isoformat()

    def configure(self, old: str, new: str) -> None:
        """Change a line of importer.toml."""
        path = self.folder / "importer.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def drop(self, name: str, numbers: Sequence[str], *, age: float = 3600) -> Path:
        """Put a list into the inbox, last changed some seconds ago."""
        path = self.folder / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["Phone", *numbers]) + "\n", encoding="utf-8")
        changed = self.clock.time.timestamp() - age
        os.utime(path, (changed, changed))
        return path

    def night(self, *options: str) -> Done:
        """Run one night."""
        return self.operator.run("nightly", *options)

    def next_evening(self) -> None:
        """Let the clock go to 22:00 of the next day."""
        day = self.clock.time.date() + timedelta(days=1)
        self.clock.time = datetime(day.year, day.month, day.day, 22, 0, tzinfo=UTC)

    def names(self, folder: str) -> list[str]:
        """List all files of a folder, without those that tell why or lock."""
        place = self.folder / folder
        return sorted(
            one.relative_to(place).as_posix()
            for one in place.rglob("*")
            if one.is_file() and not one.name.endswith((".reason.txt", ".lock", ".holder"))
        )

    def lines(self, date: str | None = None) -> list[dict[str, Any]]:
        """Read the JSON lines of a night."""
        path = self.folder / "outbox" / (date or self.date) / "night.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def balances(told: dict[str, Any]) -> bool:
    """Tell whether a line's outcomes add up to its rows."""
    parts = ("created", "planned", "duplicate", "rejected", "refused", "in_doubt")
    return bool(sum(told[part] for part in parts) == told["rows"])


def table_of(sheet: Worksheet) -> list[dict[str, Any]]:
    """Return the lines of the table of a night's page, below the words at its head."""
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    at = next(at for at, line in enumerate(lines) if line[0] == "List")
    return [dict(zip(map(str, lines[at]), line, strict=True)) for line in lines[at + 1 :]]
