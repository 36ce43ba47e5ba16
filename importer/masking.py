"""Phone numbers made unreadable, for logs. Pure."""

from __future__ import annotations

import re

_NUMBER_OR_DATE = re.compile(r"(?P<date>\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)|\+?\d[\d ().-]{5,}\d")
"""Seven digits and more; a date looks like them, and stays."""
_SHOWN_FIRST, _SHOWN_LAST = 4, 2


def masked(text: str) -> str:
    """Hide the middle digits of everything that could be a phone number."""
    return _NUMBER_OR_DATE.sub(lambda found: found["date"] or _mask(found.group()), text)


def _mask(number: str) -> str:
    at = [index for index, character in enumerate(number) if character.isdigit()]
    hidden = set(at[_SHOWN_FIRST:-_SHOWN_LAST])
    return "".join("*" if index in hidden else one for index, one in enumerate(number))
