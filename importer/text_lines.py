"""How wide a text is in columns, and how it is broken into lines between words. Pure.

Chinese and Japanese have no spaces between words: a line may end after any of their characters, but
for marks that begin or end no line (W3C, *Requirements for Chinese Text Layout*, 3.1.3).
"""

from __future__ import annotations

import re
import unicodedata

_WIDE = frozenset("WF")
_PIECE = re.compile(r" *(?:`[^`]*`|[^ ])+| +")
"""A word with the spaces before it. A command between backticks is one word, since a line end in
the middle of what is pasted would start its first half."""
_NOT_FIRST = frozenset("、。，．：；？！）］｝〉》」』】〕〗’”…ー々・％")
_NOT_LAST = frozenset("（［｛〈《「『【〔〖‘“￥＄")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
"""Korean has spaces between its words."""


def text_width(text: str) -> int:
    """Return how many columns a text takes; a Chinese character takes two, an accent none."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Break a line into lines of at most `width` columns, all but the first begun by `indent`.

    Only a word that is wider than a line itself, such as a path, goes beyond it.
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line.strip() and text_width(line) + text_width(piece) > width:
            lines.append(line.rstrip())
            line = indent + piece.lstrip(" ")
        else:
            line += piece
    return [*lines, line]


def _pieces(text: str) -> list[str]:
    """Cut a text wherever a line may end; the pieces make up the text again."""
    return [piece for word in _PIECE.findall(text) for piece in _parts_of_word(word)]


def _parts_of_word(word: str) -> list[str]:
    if word.isascii() or "`" in word:
        return [word]
    parts, begun = [], 0
    for at in range(1, len(word)):
        if _may_part(word[at - 1], word[at]):
            parts.append(word[begun:at])
            begun = at
    return [*parts, word[begun:]]


def _may_part(before: str, after: str) -> bool:
    if before == " " or before in _NOT_LAST or after in _NOT_FIRST:
        return False
    return _is_ideograph(before) or _is_ideograph(after)


def _is_ideograph(char: str) -> bool:
    return _width(char) == 2 and not _HANGUL.match(char)
