"""What Excel shows of a whole number under a number format of digits and literals. Pure.

Only formats that add something to the digits matter here: leading zeros, a plus, brackets, spaces.
All others, such as those with decimals, thousands, exponents or dates, leave a number's digits as
they are. The language: ECMA-376 part 1, 18.8.31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*(.)|\[([^\]]*)\]|([0#?])|(.)', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(\d{1,15})")
_COLOUR = re.compile(
    r"\[(?:black|blue|cyan|green|magenta|red|white|yellow|color\s?\d+)\]", re.IGNORECASE
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*', re.DOTALL)
_LITERALS = frozenset(" +-()!^&'~{}<>=$€£¥–—‑")
_TEST = {
    "<=": int.__le__,
    ">=": int.__ge__,
    "<>": int.__ne__,
    "<": int.__lt__,
    ">": int.__gt__,
    "=": int.__eq__,
}


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[tuple[bool, str], ...]
    """(is a digit's place, the character), from left to right."""
    condition: tuple[str, int] | None = None

    def takes(self, value: int) -> bool:
        if self.condition is None:
            return True
        sign, bound = self.condition
        return bool(_TEST[sign](value, bound))


def changes_digits(code: str) -> bool:
    """Whether a format shows a whole number otherwise than by its digits, in a way known here."""
    return any(shown(value, code) != str(value) for value in (1, 123456789012345))


def shown(value: int, code: str) -> str:
    """Return the text that Excel shows for a whole number; its digits where nothing is added."""
    if value < 0:
        return str(value)
    for section in _sections(code):
        if section is None:
            return str(value)
        if section.takes(value):
            return _fill(section, str(value))
    return str(value)


@lru_cache(maxsize=1000)
def _sections(code: str) -> list[_Section | None]:
    """Return the sections that a number of zero or more can fall into."""
    sections = [_section(text) for text in _split(code)[:3]]
    conditional = any(one is not None and one.condition for one in sections)
    return sections if conditional else sections[:1]


def _split(code: str) -> list[str]:
    texts, rest = [], code
    while True:
        match = _SECTION.match(rest)
        end = match.end() if match else 0
        texts.append(rest[:end])
        if end >= len(rest):
            return texts
        rest = rest[end + 1 :]


def _section(text: str) -> _Section | None:
    tokens: list[tuple[bool, str]] = []
    condition = None
    for quoted, escaped, space, _, bracket, digit, other in _TOKEN.findall(_COLOUR.sub("", text)):
        if quoted or escaped:
            tokens.extend((False, char) for char in quoted or escaped)
        elif space:
            tokens.append((False, " "))
        elif found := _CONDITION.fullmatch(bracket):
            condition = (found[1], int(found[2]))
        elif bracket.startswith("$"):
            # A currency and a locale, as in [$€-407]; the currency is shown.
            tokens.extend((False, char) for char in bracket[1:].partition("-")[0])
        elif digit:
            tokens.append((True, digit))
        elif other in _LITERALS:
            tokens.append((False, other))
        elif other or bracket:
            return None
    return _Section(tuple(tokens), condition) if any(place for place, _ in tokens) else None


def _fill(section: _Section, digits: str) -> str:
    """Put digits into their places from the right; those left over stand before the first."""
    places = sum(place for place, _ in section.tokens)
    surplus, digits = digits[: max(0, len(digits) - places)], digits[-places:]
    missing = places - len(digits)
    shown_text = []
    for place, char in section.tokens:
        if not place:
            shown_text.append(char)
            continue
        shown_text.append(surplus)
        surplus = ""
        if missing > 0:
            missing -= 1
            shown_text.append("0" if char == "0" else " " if char == "?" else "")
        else:
            shown_text.append(digits[0])
            digits = digits[1:]
    return "".join(shown_text).strip()
