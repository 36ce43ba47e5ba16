"""The country of numbers that have their country code. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

if TYPE_CHECKING:
    from collections.abc import Iterable

MIXED = "mixed"
"""What stands for the countries of numbers that have several."""
_LONGEST_CODE = 3


def country_of(numbers: Iterable[str]) -> str:
    """Return the country that all these numbers have in common, as two letters.

    `mixed` where they have several, "" where it is not known or there are no numbers. The numbers
    are digits only, with their country code.
    """
    found = {_country(one) for one in numbers}
    if len(found) > 1:
        return MIXED
    return next(iter(found), "")


def _country(number: str) -> str:
    for length in range(1, _LONGEST_CODE + 1):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(_int(number[:length]), ())
        if len(regions) == 1:
            return "" if regions[0] == "001" else str(regions[0])
        if regions:
            return _of_shared_code(number)
    return ""


def _of_shared_code(number: str) -> str:
    """Return the country of a number whose code several countries share."""
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


def _int(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() else 0
