"""How long sending takes, in words. Pure."""

from __future__ import annotations

from importer.plurals import counted

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def sending_line(groups: int, rate: float) -> list[str]:
    """Return the preview's line of how long sending takes; none where it is soon over."""
    if groups / rate < _MINUTE:
        return []
    return [
        f"  sending: {sending_time(groups, rate)} at {rate:g} calls a second, and longer where "
        "other runs of the account share them"
    ]


def sending_time(groups: int, rate: float) -> str:
    """Say about how long so many groups take at a rate of calls a second, if none is repeated."""
    seconds = groups / rate
    if seconds < _MINUTE:
        return "less than a minute"
    if seconds < _HOUR:
        return f"about {counted(round(seconds / _MINUTE), 'minute')}"
    if seconds < _DAY:
        hours, rest = divmod(round(seconds / _MINUTE), 60)
        return f"about {hours} h {rest:02} min"
    days, hours = divmod(round(seconds / _HOUR), 24)
    return f"about {counted(days, 'day')} {hours} h"
