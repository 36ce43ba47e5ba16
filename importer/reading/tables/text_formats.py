"""What Excel shows of a text under a number format. Pure.

A format of four sections ends in one for texts; with fewer, the last one is for texts if it has an
`@`, which stands for the text itself: ECMA-376 part 1, 18.8.31. Under all other formats a text is
shown as it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from importer.model import CellKind
from importer.reading.tables.number_formats import GENERAL, format_pieces
from importer.reading.tables.sheets import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEXT = "@"
"""The piece that stands for the text itself; all other pieces are literals."""
_MOST_TEXTS = 3
"""How often a format may show the text; one of 255 `@` would make 255 million characters of one."""


def shows_texts(code: str) -> bool:
    """Whether every text under a format is shown as it is, but for space about it."""
    section = _text_section(code)
    if section is None:
        return False
    return [piece for piece in section if piece == _TEXT or piece[1:].strip()] == [_TEXT]


def text_of(text: str, code: str) -> str | Mark:
    """Return what is shown of a text; a mark of the kind FORMAT where that is not certain."""
    if shows_texts(code):
        return text
    section = _text_section(code)
    if section is None or not 1 <= section.count(_TEXT) <= _MOST_TEXTS:
        return Mark(text, CellKind.FORMAT)
    return "".join(text if piece == _TEXT else piece[1:] for piece in section)


@lru_cache(maxsize=1000)
def _text_section(code: str) -> tuple[str, ...] | None:
    """Return what a text is shown as: `@`, and literals with an apostrophe before each.

    None where that is not understood.
    """
    sections = format_pieces(code)
    if sections is None or len(sections) > 4:
        return None
    last = sections[-1]
    if len(sections) < 4 and _TEXT not in last:
        return (_TEXT,)
    return _literals(last)


def _literals(pieces: Sequence[str]) -> tuple[str, ...] | None:
    found: list[str] = []
    for piece in pieces:
        shown = _literal(piece)
        if shown is None:
            return None
        found.append(shown)
    return tuple(piece for piece in found if piece)


def _literal(piece: str) -> str | None:
    first = piece[0]
    if piece == _TEXT or piece.lower() in GENERAL:
        return _TEXT
    if len(piece) > 1 and first == '"':
        return piece[1:-1] and f"'{piece[1:-1]}"
    if len(piece) > 1 and first == "\\":
        return f"'{piece[1:]}"
    if len(piece) > 1 and first == "!":
        return None
    if len(piece) > 1 and first == "_":
        return "' "
    if len(piece) > 1 and first == "*":
        return None if piece[1].isalnum() or piece[1] == "+" else ""
    if len(piece) > 1 and first == "[":
        return None if piece.startswith("[$") else ""
    return None if piece.isalnum() or piece in '#?"[' else f"'{piece}"
