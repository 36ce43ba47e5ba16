"""Cuts a cell's text where several numbers may stand in it. Pure."""

from __future__ import annotations

import re

_WORDS = r"or|and|und|oder|et|ou|y|o|e|и|или|和|或|及|與|与"
_OTHERS = rf"\s+(?:{_WORDS})\s+|\s*:::\s*|[和或及與与]| {{2,}}(?!\+ )|\s+(?=\+[^ ])"
"""A plus with spaces on both sides parts nothing: `2140 4650 + 5348 0574` are two numbers of Hong
Kong, not one of them and one of Cuba's, whose code is 53."""
_BETWEEN = re.compile(
    rf"\s*[,;|\n\u3001&/]\s*(?:(?:{_WORDS})\s+)?|{_OTHERS}",
    re.IGNORECASE,
)
_BETWEEN_WITHOUT_SLASH = re.compile(
    rf"\s*[,;|\n\u3001&]\s*(?:(?:{_WORDS})\s+)?|{_OTHERS}",
    re.IGNORECASE,
)


def pieces_of(text: str) -> list[str]:
    """Return the pieces between the signs that part numbers; one piece where there is none."""
    return _pieces(_BETWEEN, text)


def pieces_with_slashes(text: str) -> list[str]:
    """Return the same where a slash parts no numbers, but an area code from the rest."""
    return _pieces(_BETWEEN_WITHOUT_SLASH, text)


def _pieces(between: re.Pattern[str], text: str) -> list[str]:
    return [piece for piece in (part.strip() for part in between.split(text)) if piece]
