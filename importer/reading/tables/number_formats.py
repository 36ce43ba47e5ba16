"""What Excel shows of a number under a number format. Pure.

A format either leaves a number's digits as they are (decimals, thousands, exponents), adds
something to them (leading zeros, a plus, brackets, spaces), makes a date or a span of time of it,
or is not understood. The language: ECMA-376 part 1, 18.8.31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.model import CellKind
from importer.reading.tables.cells import describe
from importer.reading.tables.sheets import Mark

if TYPE_CHECKING:
    from importer.reading.tables.sheets import Cell

BUILTIN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
"""The built-in formats of dates and times, those of East Asia among them: 18.8.30."""
_LONGEST = 255
"""Characters that Excel allows in a format. A workbook may have a format for each of its cells, so
that a longer one would take a minute for a list of 100,000 numbers."""
_PIECE = re.compile(
    r'"[^"]*"|\\.|!.|_.|\*.|\[[^\[\]]*\]|General|Standard|G/標準|G/通用格式|G/표준|AM/PM|A/P|a{3,4}'
    r"|[eE][+-]|.",
    re.DOTALL | re.IGNORECASE,
)
GENERAL = frozenset(["general", "standard", "g/標準", "g/通用格式", "g/표준"])
"""Other programs write it in the language of their menus."""
_TIME_WORDS = frozenset(["am/pm", "a/p", "aaa", "aaaa"])
"""Halves of the day; days of the week, as East Asian formats have them."""
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(\d{1,15})(?:\.0{1,15})?")
_COLOURS = frozenset(["black", "blue", "cyan", "green", "magenta", "red", "white", "yellow"])
_LITERALS = frozenset(" +-()!^&'~{}<>=$€£¥–—‑:")
_DATES = frozenset("dmyhsbgDMYHSBG")
_SPAN = frozenset("hms")
_TESTS = {
    "<=": float.__le__,
    ">=": float.__ge__,
    "<>": float.__ne__,
    "<": float.__lt__,
    ">": float.__gt__,
    "=": float.__eq__,
}


class _Kind(Enum):
    DIGITS = auto()
    """Placeholders for digits, with literals between them."""
    DATE = auto()
    SPAN = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class _Section:
    kind: _Kind
    parts: tuple[tuple[str, str], ...] = ()
    """What stands there, from left to right: ("digit", "0"), ("general", ""), ("literal", "+")."""
    condition: tuple[str, float] | None = None
    adds: bool = False
    """Whether it contains a plus or a leading zero, also where the rest is not understood."""

    def takes(self, value: float) -> bool:
        if self.condition is None:
            return True
        sign, bound = self.condition
        return bool(_TESTS[sign](value, bound))


def is_plain(code: str) -> bool:
    """Whether a format leaves the digits of every number as they are; Text (`@`) does too."""
    parsed = _sections(code)
    return code == "@" or (parsed is not None and all(map(_leaves_digits, parsed)))


def _leaves_digits(section: _Section) -> bool:
    return (
        section.condition is None
        and section.kind is _Kind.DIGITS
        and not section.adds
        and all(kind != "literal" or text in "-() " for kind, text in section.parts)
        and sum(kind != "literal" for kind, _ in section.parts) > 0
        and not any(text in "0?" for kind, text in section.parts[:-1] if kind == "digit")
    )


def may_add(code: str) -> bool:
    """Whether a format may add a plus or a zero to a number, or hide it; dates are no numbers."""
    parsed = _sections(code)
    return parsed is None or any(
        one.adds and one.kind not in {_Kind.DATE, _Kind.SPAN} for one in parsed
    )


def cell_of(value: float, code: str, *, epoch_1904: bool = False) -> Cell | Mark:
    """Return what a cell with this number and this format holds and shows.

    A date, a time or a span; a number, where its digits are shown as they are; else a mark with the
    text that Excel shows, of the kind FORMAT where the format is not understood.
    """
    section = _section_for(value, code)
    if section is None:
        return Mark(describe(value)[0], CellKind.FORMAT)
    if section.kind in {_Kind.DATE, _Kind.SPAN}:
        return _as_date(value, section.kind is _Kind.SPAN, epoch_1904)
    text, kind = describe(value)
    if kind not in {CellKind.NUMBER, CellKind.IMPRECISE}:
        return value
    if value < 0 or section.kind is _Kind.UNKNOWN:
        return Mark(text, CellKind.FORMAT) if section.adds else value
    shown = _fill(section, text)
    return value if shown == text else Mark(shown, kind)


def _section_for(value: float, code: str) -> _Section | None:
    """Return the section that a number falls into; None where that is not certain."""
    sections = _sections(code)
    if sections is None:
        return None
    if not any(one.condition for one in sections):
        at = 1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0
        return sections[at]
    return next((one for one in sections if one.takes(value)), None)


@lru_cache(maxsize=1000)
def _sections(code: str) -> tuple[_Section, ...] | None:
    """Return the sections of a format that numbers fall into; None if it is too long."""
    sections = format_pieces(code)
    return None if sections is None else tuple(map(_section, sections[:3]))


def format_pieces(code: str) -> tuple[list[str], ...] | None:
    """Return each section of a format as its pieces; None if it is longer than Excel allows.

    A piece is a text in quotation marks, a character with what escapes it, something in brackets,
    or a single character.
    """
    if len(code) > _LONGEST:
        return None
    sections: list[list[str]] = [[]]
    for piece in _PIECE.findall(code):
        if piece == ";":
            sections.append([])
        else:
            sections[-1].append(piece)
    return tuple(sections)


def _section(pieces: list[str]) -> _Section:
    reader = _SectionReader()
    for piece in pieces:
        reader.take(piece)
    return reader.section()


class _SectionReader:
    """Parses the pieces of one section."""

    def __init__(self) -> None:
        self._parts: list[tuple[str, str]] = []
        self._condition: tuple[str, float] | None = None
        self._kind = _Kind.DIGITS
        self._adds = self._decimals = False
        self._unknown = False

    def take(self, piece: str) -> None:
        """Take the next piece."""
        first = piece[0]
        if len(piece) > 1 and first in '"\\':
            self._literal(piece[1:-1] if first == '"' else piece[1:])
        elif len(piece) > 1 and first == "_":
            self._literal(" ")
        elif len(piece) > 1 and first == "*":
            # It repeats a character as often as the column is wide.
            self._unknown = self._unknown or piece[1] in "+0123456789"
            self._adds = self._adds or piece[1] in "+0"
        elif len(piece) > 1 and first == "!":
            # In East Asia it stands before a literal as the backslash does, else for itself.
            self._unknown = True
            self._literal(piece[1])
        elif len(piece) > 1 and first == "[":
            self._bracket(piece[1:-1])
        elif piece.lower() in GENERAL:
            self._parts.append(("general", ""))
        elif len(piece) == 2 and first in "eE" and self._parts:
            self._parts.append(("exponent", ""))
        elif piece.lower() in _TIME_WORDS or first in _DATES or piece in "eE":
            self._kind = _Kind.DATE if self._kind is _Kind.DIGITS else self._kind
        else:
            self._single(piece)

    def _bracket(self, inside: str) -> None:
        found = _CONDITION.fullmatch(inside)
        lower = inside.lower()
        if found:
            self._condition = (found[1], float(found[2]))
        elif inside.startswith("$"):
            # A currency and a locale, as in [$€-407]; the currency is shown.
            self._literal(inside[1:].partition("-")[0])
        elif lower and set(lower) <= _SPAN:
            self._kind = _Kind.SPAN
        elif lower not in _COLOURS and not lower.startswith(("color", "dbnum", "natnum", "-")):
            self._unknown = True

    def _single(self, piece: str) -> None:
        if piece in "0#?":
            if not self._decimals:
                self._parts.append(("digit", piece))
        elif piece == ".":
            self._decimals = True
        elif piece == ",":
            self._parts.append(("comma", ""))
        elif piece in _LITERALS:
            self._literal(piece)
        elif piece in "@/%" or piece.isalnum():
            self._unknown = True
            # A percentage is shown a hundred times as large: digits are added to it.
            self._adds = self._adds or piece == "%"
        else:
            self._literal(piece)

    def _literal(self, text: str) -> None:
        self._parts.extend(("literal", char) for char in text)
        self._adds = self._adds or any(char in "+＋0" or char.isdigit() for char in text)

    def section(self) -> _Section:
        """Return the section."""
        parts = self._parts
        kinds = [kind for kind, _ in parts]
        digits = [text for kind, text in parts if kind == "digit"]
        adds = self._adds or "0" in digits[:-1]
        if self._kind is not _Kind.DIGITS:
            return _Section(self._kind, condition=self._condition)
        if kinds == [] and not self._unknown:
            # Nothing is shown of the number at all.
            return _Section(_Kind.UNKNOWN, condition=self._condition, adds=True)
        scaled = "comma" in kinds and _ends_in_comma(kinds)
        mixed = kinds.count("general") > 1 or ("general" in kinds and bool(digits))
        if "exponent" in kinds or not (digits or "general" in kinds):
            adds = adds if self._unknown or "exponent" in kinds else True
            self._unknown = True
        if self._unknown or scaled or mixed:
            adds = adds or scaled or mixed
            return _Section(_Kind.UNKNOWN, condition=self._condition, adds=adds)
        kept = tuple(part for part in parts if part[0] != "comma")
        return _Section(_Kind.DIGITS, kept, self._condition, adds)


def _ends_in_comma(kinds: list[str]) -> bool:
    """Whether a comma stands behind the last digit, which divides the number by a thousand."""
    last_digit = max((at for at, kind in enumerate(kinds) if kind == "digit"), default=len(kinds))
    return "comma" in kinds[last_digit:]


def _fill(section: _Section, digits: str) -> str:
    """Fill digits into the placeholders from the right; surplus ones go before the first."""
    places = sum(kind == "digit" for kind, _ in section.parts)
    whole = digits
    surplus, digits = digits[: max(0, len(digits) - places)], digits[-places:] if places else ""
    missing = places - len(digits)
    shown: list[str] = []
    for kind, char in section.parts:
        if kind == "literal":
            shown.append(char)
        elif kind == "general":
            shown.append(whole)
        elif missing > 0:
            missing -= 1
            shown.append("0" if char == "0" else " " if char == "?" else "")
        else:
            shown.append(surplus + digits[0])
            surplus, digits = "", digits[1:]
    return "".join(shown).strip()


def time_of_day(span: timedelta) -> time:
    """Return the time of day that lies a span after midnight."""
    return (datetime(1, 1, 1) + span % timedelta(days=1)).time()


def _as_date(value: float, is_span: bool, epoch_1904: bool) -> Cell | Mark:
    """Return the date that a serial number stands for, or the span of days that it is.

    Excel counts days from 1899-12-30; up to 60 it is a day ahead, for it takes 1900 for a leap
    year: Microsoft's support article 214326. A number that no date has is shown as `####`.
    """
    unshown = Mark(describe(value)[0], CellKind.DATE)
    if not -1e7 < value < 1e7:
        return unshown
    span = timedelta(milliseconds=round(value * 86_400_000))
    if is_span:
        return span
    if value < 0:
        return unshown
    if value < 1:
        return time_of_day(span)
    start = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)
    if not epoch_1904 and value < 60:
        start += timedelta(days=1)
    try:
        moment = start + span
    except OverflowError:
        return unshown
    return date(moment.year, moment.month, moment.day) if value == int(value) else moment
