"""What a night would do, said beforehand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from importer.nightly.coming_night import coming_night
from importer.nightly.config import load_night_config

if TYPE_CHECKING:
    from pathlib import Path


def at(folder: Path, until: str, hour: int) -> tuple[str, datetime]:
    """Return what is said at an hour of a night that ends at `until`, and that moment."""
    (folder / "inbox").mkdir(exist_ok=True)
    text = f'[nightly]\nuntil = "{until}"\n' if until else "[nightly]\n"
    (folder / "importer.toml").write_text(text, encoding="utf-8")
    now = datetime(2026, 3, 1, hour, 0, tzinfo=UTC)
    return coming_night(load_night_config(folder), None, now), now


@pytest.mark.parametrize(
    ("until", "hour", "said"),
    [
        ("05:30", 22, "would send until 05:30."),
        ("05:30", 5, "would send until 05:30."),
        ("05:30", 10, "would send nothing before 13:30: its end, 05:30, is more than 16 hours"),
        ("23:00", 6, "would send nothing before 07:00: its end, 23:00, is more than 16 hours"),
        ("", 10, "would send until all is done."),
    ],
)
def test_until_when(tmp_path: Path, until: str, hour: int, said: str) -> None:
    """An end that was missed is said with the time from which a night sends again."""
    assert said in at(tmp_path, until, hour)[0]


@pytest.mark.parametrize("until", ["05:30", "23:00", "00:00", "15:59"])
@pytest.mark.parametrize("hour", range(24))
def test_the_time_that_is_said_is_true(tmp_path: Path, until: str, hour: int) -> None:
    """A night that begins at the time that is said sends; one a minute before does not."""
    said, now = at(tmp_path, until, hour)
    rules = load_night_config(tmp_path)
    if "nothing before" not in said:
        end = rules.deadline(now)
        assert end is not None
        assert end > now.replace(tzinfo=None)
        return
    first = said.partition("before ")[2][:5]
    moment = now.replace(hour=int(first[:2]), minute=int(first[3:]))
    moment += timedelta(days=moment < now)
    for begin, sends in ((moment, True), (moment - timedelta(minutes=1), False)):
        end = rules.deadline(begin)
        assert end is not None
        assert (end > begin.replace(tzinfo=None)) == sends
