"""Times are local, and say their distance from UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from importer.moments import shown_moment, zone_of


@pytest.mark.parametrize(
    ("hours", "zone"), [(8, "UTC+08:00"), (-3.5, "UTC-03:30"), (0, "UTC"), (5.75, "UTC+05:45")]
)
def test_a_zone_is_said_by_its_distance(hours: float, zone: str) -> None:
    """No name of a zone, of which several countries have the same."""
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=hours)))
    assert zone_of(moment) == zone
    assert shown_moment(moment) == f"2026-03-01 09:30:00 {zone}"


def test_utc_is_called_so() -> None:
    """UTC has no distance."""
    assert shown_moment(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01 00:00:00 UTC"
