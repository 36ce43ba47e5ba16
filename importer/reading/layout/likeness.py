"""Whether cells look like phone numbers: evidence for choosing a column, no verdict. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sheets import Cell

SAMPLE = 300
"""Cells of a column that are looked at, spread over its whole length."""

_LONGEST = 500
"""Characters that a cell may have to be looked at; several numbers fit, a hostile text does not."""

_SHAPE = re.compile(r"['=\"]*(?:tel:)?\s*(\+|00)?[\s(]*\d[\d\s().\-/‐-―·]*[\"']*", re.IGNORECASE)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})")
_COMPACT_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_SEVERAL = re.compile(r"[;,、\n|]")
_DECIMAL = re.compile(r"\d+\.\d{1,4}")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a column's cells look like; shares are of the cells that hold something."""

    held: int = 0
    like: float = 0.0
    """Share that has the shape of a phone number, 7 to 15 digits."""
    sure: float = 0.0
    """Share that nothing but a phone number is written like: with a plus, brackets or spaces."""
    counter: bool = False
    """Whether the numbers follow each other, as those of orders do."""
    dates: bool = False
    """Whether nearly all read as dates without separators, such as 20240131."""

    @property
    def plausible(self) -> bool:
        """Enough for a column whose header says that it holds phone numbers."""
        return self.like >= 0.5

    @property
    def convincing(self) -> bool:
        """Enough for a column whose header doesn't say so, if no other column is."""
        return self.like >= 0.8 and not self.dates and (self.sure >= 0.5 or not self.counter)


def likeness(cells: Sequence[Cell]) -> Likeness:
    """Look at a column's cells."""
    held = [text for cell in _spread(cells) if (text := _text(cell))]
    if not held:
        return Likeness()
    shapes = [shape(text) for text in held]
    digits = [text for text in held if text.isdigit()]
    return Likeness(
        held=len(held),
        like=sum(one > 0 for one in shapes) / len(held),
        sure=sum(one > 1 for one in shapes) / len(held),
        counter=_is_counter(_first_digits(cells)),
        dates=bool(digits) and sum(map(_is_date, digits)) >= 0.9 * len(held),
    )


def _spread(cells: Sequence[Cell]) -> list[Cell]:
    held = [cell for cell in cells if cell != ""]
    step = max(1, len(held) // SAMPLE)
    return held[::step]


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return unicodedata.normalize("NFKC", cell).strip()
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return "-"  # a date or a truth: held, and no number
    return str(int(cell)) if cell == cell and abs(cell) < 1e16 and cell == int(cell) else repr(cell)


def shape(text: str) -> int:
    """Return 2 for the writing of a phone number, 1 for bare digits that may be one, else 0."""
    if len(text) > _LONGEST:
        return 0
    return max((_shape(piece.strip()) for piece in _SEVERAL.split(text)), default=0)


def _shape(text: str) -> int:
    found = _SHAPE.fullmatch(text)
    if not found or _DATE.fullmatch(text) or _DECIMAL.fullmatch(text):
        return 0
    digits = sum(char.isdigit() for char in text)
    if not 7 <= digits <= 15:
        return 0
    return 2 if found[1] or re.search(r"\d[\s()\-/.]+\d", text) else 1


def _is_date(text: str) -> bool:
    return bool(_COMPACT_DATE.fullmatch(text))


def _first_digits(cells: Sequence[Cell]) -> list[int]:
    texts = (_text(cell) for cell in cells[:SAMPLE])
    return [int(text) for text in texts if text.isdecimal() and len(text) < 20]


def _is_counter(numbers: Sequence[int]) -> bool:
    steps = [after - before for before, after in pairwise(numbers)]
    return len(steps) > 1 and sum(0 < step <= 2 for step in steps) > 0.8 * len(steps)
