"""Takes harmless dress off a cell's text, and tells what is no phone number by its looks. Pure."""

from __future__ import annotations

import re
import unicodedata

from importer.model import Reason

_DASHES = re.compile("[\u2010-\u2015\u2212\u30fc\u2043\ufe58]")
_AS_FORMULA = re.compile(r'^="(.*)"$')
_PREFIX = re.compile(r"^(?:tel|phone|mobile)[:.]\s*", re.IGNORECASE)

_PLAIN = re.compile(r"\(?\+?[0-9(][0-9 ().-]*(?:/[0-9 .-]+)?")
"""A plus only in front; one slash, for the German way of `0711/123456`."""
_AREA_SLASH = re.compile(r"\(?0[0-9]{1,5}\)? ?/")
"""What may stand before a slash: a trunk prefix and an area code."""
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d*)?e[+-]?\d+", re.IGNORECASE)
_FRACTION = re.compile(r"[+-]?\d+\.\d{0,2}")
"""A point with so few digits behind it that a spreadsheet made it, not a person."""
_EXTENSION = re.compile(
    r"[0-9)] *(?:ext|extn|extension|x|#|;ext=|доб|转|轉|分机|分機)\.? *:? *[0-9]+$", re.I
)
_SEPARATED = re.compile(r"[0-9][^0-9A-Za-z]*(?:[,;|&\n\u3001]|\bor\b|\band\b)[^0-9A-Za-z]*[0-9]")
_ERROR = re.compile(r"#(?:N/A|NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!)", re.IGNORECASE)


def clean(text: str) -> str:
    """Fold widths and digits of all scripts, drop invisible marks, make all spaces and dashes one.

    The digits and their order never change.
    """
    folded = unicodedata.normalize("NFKC", text)
    shown = "".join(_plain_character(character) for character in folded)
    shown = _DASHES.sub("-", shown).strip()
    formula = _AS_FORMULA.match(shown)
    if formula:
        shown = formula.group(1).strip()
    shown = shown.removeprefix("'").strip()
    return _PREFIX.sub("", shown).strip()


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category == "Cf":
        return ""
    if category == "Zs" or character == "\t":
        return " "
    return character


def shape_fault(text: str) -> Reason | None:
    """Say why a cleaned text can't be one phone number, judging by its characters alone."""
    if _SCIENTIFIC.fullmatch(text):
        return Reason.SCIENTIFIC
    if _FRACTION.fullmatch(text):
        return Reason.FRACTION
    if _PLAIN.fullmatch(text) and ("/" not in text or _AREA_SLASH.match(text)):
        return None
    if _ERROR.fullmatch(text):
        return Reason.ERROR
    if _EXTENSION.search(text):
        return Reason.EXTENSION
    if _SEPARATED.search(text) or ("/" in text and sum(map(str.isdigit, text)) > 1):
        return Reason.SEVERAL
    return Reason.NOT_A_NUMBER


def digits_of(text: str) -> str:
    """Return the digits of a text, with the plus in front where there is one."""
    digits = "".join(filter(str.isdigit, text))
    return f"+{digits}" if "+" in text else digits
