"""How moments are shown: local time, with its distance from UTC. Pure.

Names of zones are left out: CST is a zone of China, of America and of Cuba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def zone_of(moment: datetime) -> str:
    """Return the zone of an aware moment: `UTC+08:00`, or `UTC`."""
    offset = f"{moment:%z}"
    return f"UTC{offset[:3]}:{offset[3:5]}" if moment.utcoffset() else "UTC"


def shown_moment(moment: datetime) -> str:
    """Return an aware moment as `2026-03-01 09:30:00 UTC+08:00`."""
    return f"{moment:%Y-%m-%d %H:%M:%S} {zone_of(moment)}"
