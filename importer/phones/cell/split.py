"""Cuts a cell's text where several numbers may stand in it. Pure."""

from __future__ import annotations

import re

_WORDS = r"or|and|und|oder|et|ou|y|o|e|и|или|和|或|及|與|与"
_BETWEEN = re.compile(
    rf"\s*[,;|\n\u3001&/]\s*(?:(?:{_WORDS})\s+)?|\s+(?:{_WORDS})\s+|[和或及與与]| {{2,}}|\s+(?=\+)",
    re.IGNORECASE,
)


def pieces_of(text: str) -> list[str]:
    """Return the pieces between the signs that part numbers; one piece where there is none."""
    return [piece for piece in (part.strip() for part in _BETWEEN.split(text)) if piece]
