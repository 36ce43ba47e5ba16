"""What the cells of a column look like: evidence for choosing a column, no verdict. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from importer.reading.layout.words import in_usual_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sheets import Cell

SAMPLE = 300
"""Cells of a column that are looked at, spread over its whole length."""

_LONGEST = 500
"""Characters that a cell may have to be looked at; several numbers fit, a hostile text does not."""

_LEAST_DIGITS, _MOST_DIGITS = 7, 15
"""Digits of a phone number; E.164 ends at 15."""

_SHAPE = re.compile(r"['=\"]*(?:tel:)?\s*(\+|00)?[\s(]*\d[\d\s().\-/‐-―·]*[\"']*", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:tele(?:ph|f)on\w{0,2}|phone|ph|mobile?|mob|mobil|tel|tlf|tfno|fon|handy|cell?|cellphone"
    r"|whats ?app|wa|home|work|office|direct|call|[mtphwocd]"
    r"|电话|電話|手机|手機|携帯|전화|тел|моб|телефон)"
    r"(?: ?(?:no|number|nr|phone))?[:.#\s]{1,4}(?=[+(\d])",
    re.IGNORECASE,
)
_END = re.compile(r"(?:@c\.us|@s\.whatsapp\.net|(?:,|;)?\s?(?:ext|x)[.: ]{0,2}\d{1,6})$", re.I)
_DATE = re.compile(
    r"\d{4}[-/. ]{1,2}\d{1,2}[-/. ]{1,2}\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](?:\d{4}|\d{2})"
)
_COMPACT_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_SEVERAL = re.compile(r"[;,、\n|]|:::")
_DECIMAL = re.compile(r"\d+\.\d{1,6}")
_PARTED = re.compile(r"\d[\s()\-/.]+\d")


class Shape(IntEnum):
    """How a cell is written; the higher, the less it can be anything but a phone number."""

    OTHER = 0
    BARE = 1
    """7 to 15 digits and nothing else."""
    PARTED = 2
    """Digits with brackets, spaces or dashes between them."""
    INTERNATIONAL = 3
    """With `+` or `00` in front."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a column's cells look like; shares are of the cells that hold something."""

    held: int = 0
    like: float = 0.0
    """Share that has the shape of a phone number, 7 to 15 digits."""
    sure: float = 0.0
    """Share that nothing but a phone number is written like: with a plus, brackets or spaces."""
    international: float = 0.0
    """Share with `+` or `00` in front."""
    counter: bool = False
    """Whether the numbers follow each other, as those of orders do."""
    dates: bool = False
    """Whether nearly all read as dates without separators, such as 20240131."""

    @property
    def plausible(self) -> bool:
        """Enough for a column whose header says that it holds phone numbers."""
        return self.like >= 0.5

    @property
    def certain(self) -> bool:
        """Enough for a column whatever its header says."""
        return self.like >= 0.8 and self.sure >= 0.5

    @property
    def convincing(self) -> bool:
        """Enough for a column whose header doesn't say so, if no other column is."""
        return self.certain or (self.like >= 0.8 and not self.dates and not self.counter)


def content_of(cells: Sequence[Cell]) -> Content:
    """Look at a column's cells."""
    held = [text for cell in _spread(cells) if (text := text_of(cell))]
    if not held:
        return Content()
    shapes = [shape(text) for text in held]
    digits = [text for text in held if text.isdigit()]
    return Content(
        held=len(held),
        like=sum(one > 0 for one in shapes) / len(held),
        sure=sum(one >= Shape.PARTED for one in shapes) / len(held),
        international=sum(one == Shape.INTERNATIONAL for one in shapes) / len(held),
        counter=_is_counter(_first_digits(cells)),
        dates=bool(digits) and sum(map(is_compact_date, digits)) >= 0.9 * len(held),
    )


def _spread(cells: Sequence[Cell]) -> list[Cell]:
    held = [cell for cell in cells if cell != ""]
    step = max(1, len(held) // SAMPLE)
    return held[::step]


def text_of(cell: Cell) -> str:
    """Return what is looked at of a cell: its text without odd widths, a number's digits."""
    if isinstance(cell, str):
        return cell.strip() if cell.isascii() else in_usual_width(cell).strip()
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return "-"  # a date or a truth: held, and no number
    return str(int(cell)) if cell == cell and abs(cell) < 1e16 and cell == int(cell) else repr(cell)


def shape(text: str) -> Shape:
    """Return how a text is written; of several numbers in one cell the surest counts."""
    if text.isdecimal():
        return _bare_shape(text)
    if not _LEAST_DIGITS <= len(text) <= _LONGEST or count_digits(text) < _LEAST_DIGITS:
        return Shape.OTHER
    whole = _shape(text.strip())
    return whole or max(_shape(piece.strip()) for piece in _SEVERAL.split(text))


def _bare_shape(digits: str) -> Shape:
    if not _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return Shape.OTHER
    return Shape.INTERNATIONAL if digits.startswith("00") else Shape.BARE


def _shape(text: str) -> Shape:
    text = _END.sub("", text)
    labelled = _LABEL.match(text)
    text = text[labelled.end() :] if labelled else text
    found = _SHAPE.fullmatch(text)
    if not found or _DATE.fullmatch(text) or _DECIMAL.fullmatch(text):
        return Shape.OTHER
    if not _LEAST_DIGITS <= count_digits(text) <= _MOST_DIGITS:
        return Shape.OTHER
    if found[1]:
        return Shape.INTERNATIONAL
    return Shape.PARTED if labelled or _PARTED.search(text) else Shape.BARE


def count_digits(text: str) -> int:
    """Return how many digits a text has."""
    return sum(map(str.isdigit, text))


def is_compact_date(text: str) -> bool:
    """Whether eight digits read as year, month and day."""
    return bool(_COMPACT_DATE.fullmatch(text))


def _first_digits(cells: Sequence[Cell]) -> list[int]:
    texts = (text_of(cell) for cell in cells[:SAMPLE])
    return [int(text) for text in texts if text.isdecimal() and len(text) < 20]


def _is_counter(numbers: Sequence[int]) -> bool:
    steps = [after - before for before, after in pairwise(numbers)]
    return len(steps) > 1 and sum(0 < step <= 2 for step in steps) > 0.8 * len(steps)
