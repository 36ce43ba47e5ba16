"""How counts are said, `1 group`, `2,000 groups`, and how strangers' texts are shown. Pure."""

from __future__ import annotations

import re

_MOVES = "\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""Control characters but the tab, line and paragraph separators, and the marks that turn the
direction of text: Unicode Standard Annex 9, *Unicode Bidirectional Algorithm*, 2."""
_NO_WIDTH = "\u00ad\u034f\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\ufeff\U000e0000-\U000e007f"
"""Characters that nobody sees and that make two names look alike; of those that
DerivedCoreProperties.txt of Unicode calls Default_Ignorable_Code_Point, the ones that no language
needs within a word."""
_JOINER = "[\u200c\u200d]"
_NEEDS_JOINERS = "[\u0600-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001ffff]"
"""Letters of Arabic, of India and others, and pictures, between which joiners are written."""
_UNSEEN = re.compile(
    f"[{_MOVES}{_NO_WIDTH}]|(?<!{_NEEDS_JOINERS}){_JOINER}|{_JOINER}(?!{_NEEDS_JOINERS})"
)


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun; `many` is the plural where it is not `one` and an s."""
    return f"{count:,} {plural(count, one, many or one + 's')}"


def share_of(count: int, whole: int, one: str, many: str = "") -> str:
    """Return how many of a whole: `3 of 5 groups`, `none of 5 groups`."""
    return f"{f'{count:,}' if count else 'none'} of {counted(whole, one, many)}"


def plural(count: int, one: str, many: str) -> str:
    """Return the word that goes with a count: `is` or `are`, `batch` or `batches`."""
    return one if count == 1 else many


def visible(text: str) -> str:
    """Return one line that moves no cursor, ends no line, turns no text round and hides nothing.

    What would do so is shown by its number, such as `<U+001B>`.
    """
    return _UNSEEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)
