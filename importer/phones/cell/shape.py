"""Tells by its characters alone what a cleaned text can't be, and undoes what is certain. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from importer.model import Reason

_ERROR = re.compile(
    r"#(?:N/A|NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA)|#+",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"nan|null|none|nil|n/?a", re.IGNORECASE)
"""What people and programs write where they have no number."""
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?[eE][+-]?[0-9]+")
_FLOAT = re.compile(r"(\+?[1-9][0-9]{6,14})[.,]0{1,6}")
"""What an exported decimal column makes of a whole number: `81234567890.0`, `81234567890,00`."""
_THOUSANDS = re.compile(r"([1-9][0-9]{0,2}(?:,[0-9]{3}){2,4})(?:\.0{1,2})?")
_THOUSANDS_POINTED = re.compile(r"([1-9][0-9]{0,2}(?:\.[0-9]{3}){2,4}),0{1,2}")
_THOUSANDS_SWISS = re.compile(r"([1-9][0-9]{0,2}(?:['\u2019][0-9]{3}){2,4})(?:\.0{1,2})?")
_FRACTION = re.compile(r"[+-]?(?:[0-9]*[.,][0-9]{0,2}|[0-9]{6,}[.,][0-9]+|0[.,][0-9]+)")
"""Too few digits behind the point, or too many before it, to be a person's way of grouping."""
_ADDRESS = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
_DATES = (
    re.compile(r"(?:19|20)[0-9]{2}(\. |[-/. ])(?P<a>[0-9]{1,2})\1(?P<b>[0-9]{1,2})(?:\.?|[ T].*)"),
    re.compile(r"(?P<a>[0-9]{1,2})([-/.])(?P<b>[0-9]{1,2})\2(?:(?:19|20)?[0-9]{2})(?: .*)?"),
    re.compile(r"(?P<a>[0-9]{1,2})(\. | )(?P<b>[0-9]{1,2})\2(?:19|20)[0-9]{2}"),
    re.compile(r"(?P<a>[0-9]{2}) (?P<b>[0-9]{2}) [0-9]{2}"),
)
"""Year first, or last; which of the other two is the month, no pattern knows."""
STAMP = (
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9]"
    r"(?:[0-5][0-9])?"
)
"""Year to minute or second without a sign between. As numbers only Egypt's begin so."""
_STAMP = re.compile(
    r"(?:19|20)[0-9]{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12][0-9]|3[01])[ -]?"
    r"(?:[01][0-9]|2[0-3])[ -]?[0-5][0-9](?:[ -]?[0-5][0-9])?"
    r"|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{2}[ -]"
    r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?"
)
"""The same with spaces and dashes between its parts, or day first with one before the time."""
_YEARS = re.compile(r"(?:19|20)[0-9]{2} ?- ?(?:19|20)[0-9]{2}")
_THREE_PAIRS = re.compile(r"[0-9]{2} [0-9]{2} [0-9]{2}")
_DEGREES = re.compile(r"[+-]?(?:[0-9]|[1-9][0-9]|1[0-7][0-9])\.[0-9]{4,8}")
"""A latitude or a longitude; a phone number that is grouped so has a 0 in front, or more points."""
_MONTH = re.compile(
    r"(?:\d{1,4}[ .,/-]*)?(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*"
    r"[ .,/-]*\d{1,4}(?:[ .,/-]+\d{1,4})?(?: .*)?|\d{1,4} ?年.*",
    re.IGNORECASE,
)
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[ap]m)?", re.IGNORECASE)
_EXTENSION = re.compile(
    r"[0-9)][ ,;./-]*\(?(?:ext|extn|extension|x|#|;ext=|isub=|int|poste|apdo|durchwahl|dw|доб|вн"
    r"|转|轉|分机|分機|内線|內線|내선|\*)\.? *[:=]? *[0-9]+\)?$",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"(?:\+ ?|\( ?\+ ?|\+ ?\( ?)?\(?[0-9]+(?:[ ().-]{1,4}[0-9]+)*"
    r"(?: ?/ ?[0-9]+(?:[ .-][0-9]+)*){0,2}\)?"
)
"""A plus only in front; at most four signs between digits; slashes, as in `0711/123456`."""
_AREA_SLASH = re.compile(
    r"(?:\(?0[0-9]{1,5}\)?|0[0-9]{1,2}[ -][0-9]{1,4}|\+[0-9 ()]{3,10}|\+[0-9]{1,3} ?/ ?[0-9]{1,5}"
    r"|00[1-9][0-9 ()]{2,8}) ?/ ?[0-9 .-]{4,}|[1-9][0-9]{1,3} ?/ ?[0-9][0-9 .-]{5,}"
)
"""What may stand before a slash and after it: an area code, and a number of at least 4 digits, or
6 where the area code has no 0 in front."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a text is: digits to read, with what was repaired, or a reason why it is none."""

    text: str
    repair: str = ""
    reason: Reason | None = None
    detail: str = ""


@lru_cache(maxsize=10_000)
def shape_of(text: str) -> Shape:
    """Judge a cleaned text of one line."""
    fault = _fault(text)
    if fault is not None:
        return fault
    repaired = _repaired(text)
    if repaired is not None:
        return repaired
    if _SCIENTIFIC.fullmatch(text):
        return Shape(text, reason=Reason.SCIENTIFIC)
    if _FRACTION.fullmatch(text):
        return Shape(text, reason=Reason.FRACTION)
    if _PLAIN.fullmatch(text) and ("/" not in text or _AREA_SLASH.fullmatch(text)):
        return Shape(text)
    return _strange(text)


def _fault(text: str) -> Shape | None:
    """Name what looks like a phone number to a careless eye but is something else."""
    if _ERROR.fullmatch(text):
        return Shape(text, reason=Reason.ERROR)
    if _NOTHING.fullmatch(text):
        return Shape(text, reason=Reason.NOT_A_NUMBER)
    if _is_date(text):
        return Shape(text, reason=Reason.DATE)
    if is_address(text):
        return Shape(text, reason=Reason.NOT_A_NUMBER, detail="it may be an IP address")
    if _DEGREES.fullmatch(text):
        return Shape(text, reason=Reason.FRACTION, detail="it may be a latitude or a longitude")
    if _has_amount(text):
        return Shape(text, reason=Reason.NOT_A_NUMBER, detail="an amount")
    return None


def is_address(text: str) -> bool:
    """Whether a text has the form of an IP address."""
    return bool(_ADDRESS.fullmatch(text)) and all(int(part) < 256 for part in text.split("."))


def is_three_pairs(text: str) -> bool:
    """Whether a text is three pairs of digits, as a date with a short year may be."""
    return _THREE_PAIRS.fullmatch(text) is not None


def is_stamp(text: str) -> bool:
    """Whether a text is a year, month, day, hour and minute, and maybe a second."""
    return _STAMP.fullmatch(text) is not None


def _has_amount(text: str) -> bool:
    if text.isascii():
        return "$" in text or "%" in text
    return any(unicodedata.category(sign) == "Sc" or sign in "%‰" for sign in text)


def _is_date(text: str) -> bool:
    if _TIME.fullmatch(text) or _MONTH.fullmatch(text) or _YEARS.fullmatch(text):
        return True
    found = (pattern.fullmatch(text) for pattern in _DATES)
    return any(_is_day_and_month(int(one["a"]), int(one["b"])) for one in found if one)


def _is_day_and_month(one: int, other: int) -> bool:
    """Whether two numbers are a day and a month, in either order."""
    return 1 <= min(one, other) <= 12 and 1 <= max(one, other) <= 31


def _repaired(text: str) -> Shape | None:
    """Undo what a spreadsheet or an export did to a whole number where all digits are there."""
    whole = _FLOAT.fullmatch(text)
    if whole:
        return Shape(whole.group(1), f"{text[len(whole.group(1)) :]} removed")
    for pattern in (_THOUSANDS, _THOUSANDS_POINTED, _THOUSANDS_SWISS):
        grouped = pattern.fullmatch(text)
        if grouped:
            return Shape(re.sub(r"[^0-9]", "", grouped.group(1)), "thousands separators removed")
    return None


def _strange(text: str) -> Shape:
    if _EXTENSION.search(text):
        return Shape(text, reason=Reason.EXTENSION)
    if any(map(str.isalpha, text)):
        return Shape(text, reason=Reason.LETTERS)
    if sum(map(str.isdigit, text)) > 1 and re.search(
        r"[0-9][^0-9+-]*[,;|/&\u3001][^0-9]*[0-9]|[0-9] \+ [0-9]", text
    ):
        return Shape(text, reason=Reason.SEVERAL)
    return Shape(text, reason=Reason.NOT_A_NUMBER)


def digits_of(text: str) -> str:
    """Return the digits of a text, with the plus in front where there is one."""
    digits = "".join(filter(str.isdigit, text))
    return f"+{digits}" if "+" in text else digits
