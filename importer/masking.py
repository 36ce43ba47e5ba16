"""Phone numbers made unreadable: in part for logs, wholly where they are forgotten. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import decimal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BETWEEN = r"(?:,(?! )|[^\w,:;|=<>\"'\n\r]|_){0,4}"
"""What may stand between two digits of one number: spaces, dashes, dots, slashes and brackets of
all scripts. A comma and a space part numbers of a list; `->` and `|` part those of a preview."""
_COUNT = r"\d{1,3}(?:,\d{3})+(?= (?:row|number|group|cell|line|file)s?\b)"
_NUMBER_OR_DATE = re.compile(
    rf"(?P<kept>\d{{4}}-\d\d-\d\d(?: \d\d:\d\d)?|{_COUNT})|\+?\d(?:{_BETWEEN}\d){{6,}}"
)
"""Seven digits and more, of any script. A date and a count look like them, and stay."""
_SHOWN_FIRST, _SHOWN_LAST = 4, 2
_DIGITS = re.compile(rf"\d(?:{_BETWEEN}\d)*")
TAIL = 7
"""The last digits of a number, by which it is known with and without its country code."""
_FEWEST = 5
"""Digits: fewer than these can't be told from a year or a row."""


def masked(text: str) -> str:
    """Hide the middle digits of everything that could be a phone number."""
    return _NUMBER_OR_DATE.sub(lambda found: found["kept"] or _mask(found.group()), text)


def _mask(number: str) -> str:
    at = [index for index, character in enumerate(number) if character.isdecimal()]
    hidden = set(at[_SHOWN_FIRST:-_SHOWN_LAST])
    return "".join("*" if index in hidden else one for index, one in enumerate(number))


def without_digits(text: str) -> str:
    """Hide every digit of all that could be a phone number, or the greater part of one."""
    return _DIGITS.sub(lambda found: _hide(found.group()), text)


def tails_in(text: str) -> set[str]:
    """Return what of a text could be the last digits of a number: see `without_numbers`."""
    return {tail for found in _DIGITS.finditer(text) for tail in _tails(found.group())}


def without_numbers(text: str, tails: Collection[str]) -> str:
    """Hide those phone numbers in a text whose last digits are among `tails`, however written.

    Other digits, such as a date in a file's name, stay, but for what looks like such a number.
    """

    def hide(found: re.Match[str]) -> str:
        is_number = any(one in tails for one in _tails(found.group()))
        return _hide(found.group()) if is_number else found.group()

    return _DIGITS.sub(hide, text)


def _tails(written: str) -> Iterator[str]:
    digits = "".join(str(decimal(one)) for one in written if one.isdecimal())
    return (digits[at : at + TAIL] for at in range(len(digits) - TAIL + 1))


def _hide(written: str) -> str:
    if sum(map(str.isdecimal, written)) < _FEWEST:
        return written
    return re.sub(r"\d", "*", written)
