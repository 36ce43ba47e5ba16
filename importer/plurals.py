"""How counts are said, `1 group`, `2,000 groups`, and how strangers' texts are shown. Pure."""

from __future__ import annotations

import re

_UNSEEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but the tab, line and paragraph separators, and the marks that turn the
direction of text: Unicode Standard Annex 9, *Unicode Bidirectional Algorithm*, 2."""


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun; `many` is the plural where it is not `one` and an s."""
    return f"{count:,} {plural(count, one, many or one + 's')}"


def plural(count: int, one: str, many: str) -> str:
    """Return the word that goes with a count: `is` or `are`, `batch` or `batches`."""
    return one if count == 1 else many


def visible(text: str) -> str:
    """Return one line that moves no cursor, ends no line and turns no text round.

    What would do so is shown by its number, such as `<U+001B>`.
    """
    return _UNSEEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)
