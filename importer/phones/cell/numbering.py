"""The world's numbering plans, as phonenumbers knows them, asked without any of its guessing. Pure.

`phonenumbers.parse` helps: it drops carrier codes, strips a country code that a number happens to
begin with, and moves digits about. What it helps with is not certain, so it is not used here; a
number is put together from exactly the digits given, and only its plan is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

from importer.model import Reason

if TYPE_CHECKING:
    from importer.phones.options import Strictness

TYPE_NAMES = {
    PhoneNumberType.FIXED_LINE: "fixed line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed line or mobile",
    PhoneNumberType.TOLL_FREE: "toll free",
    PhoneNumberType.PREMIUM_RATE: "premium rate",
    PhoneNumberType.SHARED_COST: "shared cost",
    PhoneNumberType.VOIP: "VoIP",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company-wide",
    PhoneNumberType.VOICEMAIL: "voicemail",
    PhoneNumberType.UNKNOWN: "unknown",
}

_LENGTH_FAULTS = {
    ValidationResult.IS_POSSIBLE: Reason.NOT_VALID,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Reason.TOO_SHORT,
    ValidationResult.INVALID_COUNTRY_CODE: Reason.UNKNOWN_CODE,
    ValidationResult.TOO_SHORT: Reason.TOO_SHORT,
    ValidationResult.TOO_LONG: Reason.TOO_LONG,
    ValidationResult.INVALID_LENGTH: Reason.WRONG_LENGTH,
}

_OTHER_TRUNKS = {"BY": ("80", "0"), "LT": ("8",), "MX": ("01", "044", "045")}
"""Trunk prefixes that people still write beside `national_prefix`, by phonenumbers' own
`national_prefix_for_parsing`; Mexico's were retired in August 2019 (IFT, Plan de Numeración)."""

_LONGEST_LOCAL = 9
"""Digits of the longest number that can be dialled within a town: Germany's numbers have at most
11 digits and its area codes at least 2 (Bundesnetzagentur, Nummernplan Ortsnetzrufnummern)."""
_SHORTEST_AREA = 2
"""Digits of the shortest area code in a plan where it may be left out."""
_LENGTHS_OF_OPEN_PLAN = 4
"""So many lengths of fixed numbers, and they overlap with what is dialled within a town."""

_LONGEST_NATIONAL = 12
"""Digits of the longest mobile numbers, which Indonesia has."""

MIN_NATIONAL = 4
MAX_DIGITS = 15
"""Digits of the longest number, its country code among them: ITU-T E.164, 6.1. Some plans in
phonenumbers go further, as Germany's of 15 digits after the code does."""


@dataclass(frozen=True, slots=True)
class Number:
    """A country code and what follows it, with what the plan says of them."""

    digits: str
    country: str
    """Two letters, or `001` for codes that no country owns; of a number that is not valid, the main
    one of its code."""
    type: str
    valid: bool
    fault: Reason
    """What is wrong with a number that is not valid; of a valid one it says nothing."""

    @property
    def possible(self) -> bool:
        """Whether the length fits, with the area code; a valid number is possible too."""
        return self.valid or self.fault is Reason.NOT_VALID

    def fits(self, strict: Strictness) -> bool:
        """Whether the number may be taken."""
        return self.valid or (strict == "possible" and self.possible)

    @property
    def mobile(self) -> bool:
        """Whether it is a mobile number, or can be one."""
        return self.type in {"mobile", "fixed line or mobile"}


@lru_cache(maxsize=10_000)
def number_of(digits: str) -> Number | None:
    """Return what `digits`, country code first, are in the plan; None where no code begins so."""
    code = calling_code(digits)
    national = digits[len(code) :]
    if not code or not national.strip("0"):
        return None
    built = _build(int(code), national)
    # A number is valid where it is of some type: `is_valid_number` asks just that, once more.
    kind = phonenumbers.number_type(built)
    fitting = len(national) >= MIN_NATIONAL and len(digits) <= MAX_DIGITS
    if kind != PhoneNumberType.UNKNOWN and fitting:
        country = phonenumbers.region_code_for_number(built) or ""
        return Number(digits, country, TYPE_NAMES[kind], True, Reason.NOT_VALID)
    owner = phonenumbers.region_code_for_country_code(int(code))
    fault = fault_of(int(code), len(national))
    return Number(digits, owner, TYPE_NAMES[PhoneNumberType.UNKNOWN], False, fault)


@lru_cache(maxsize=10_000)
def fault_of(code: int, length: int) -> Reason:
    """Say what is wrong with a number of so many digits after its code that is not valid.

    phonenumbers asks no more than the length either, so that any digits stand for all.
    """
    if len(str(code)) + length > MAX_DIGITS:
        return Reason.TOO_LONG
    any_of_them = _build(code, "1" * length)
    return _LENGTH_FAULTS[phonenumbers.is_possible_number_with_reason(any_of_them)]


def _build(code: int, national: str) -> PhoneNumber:
    zeros = len(national) - len(national.lstrip("0"))
    return PhoneNumber(
        country_code=code,
        national_number=int(national),
        italian_leading_zero=True if zeros else None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


def at_home(digits: str) -> str:
    """Return a number as people write it inside its country."""
    code = calling_code(digits)
    built = _build(int(code), digits[len(code) :])
    return phonenumbers.format_number(built, PhoneNumberFormat.NATIONAL)


def groups_at_home(digits: str) -> list[str]:
    """Return a number's digits in the groups in which people write them inside its country."""
    return _groups(digits, PhoneNumberFormat.NATIONAL)


def groups_abroad(digits: str) -> list[str]:
    """Return a number's digits in the groups in which people write them elsewhere."""
    return _groups(digits, PhoneNumberFormat.INTERNATIONAL)


def _groups(digits: str, form: int) -> list[str]:
    code = calling_code(digits)
    return re.findall(
        r"[0-9]+", phonenumbers.format_number(_build(int(code), digits[len(code) :]), form)
    )


def calling_code(digits: str) -> str:
    """Return the country code that `digits` begin with, or ""; no code begins another."""
    for length in (1, 2, 3):
        if digits[:1] != "0" and int(digits[:length] or 0) in COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length]
    return ""


@lru_cache(maxsize=512)
def code_of(region: str) -> str:
    """Return the calling code of a two-letter region."""
    return str(phonenumbers.country_code_for_region(region))


@lru_cache(maxsize=512)
def trunks_of(region: str) -> tuple[str, ...]:
    """Return the digits that may stand before a national number inside the region, longest first.

    They are dialled, but no part of the number.
    """
    plan = PhoneMetadata.metadata_for_region(region)
    own = (plan.national_prefix,) if plan and plan.national_prefix else ()
    return tuple(sorted({*own, *_OTHER_TRUNKS.get(region, ())}, key=len, reverse=True))


@lru_cache(maxsize=512)
def _dialled_abroad(region: str) -> re.Pattern[str] | None:
    plan = PhoneMetadata.metadata_for_region(region)
    return re.compile(plan.international_prefix) if plan and plan.international_prefix else None


def after_international_prefix(digits: str, region: str | None) -> list[str]:
    """Return what may follow an international prefix at the front of `digits`.

    `00` is understood everywhere, and beside it what the region itself dials, such as `011` or
    `810`. A prefix of another shape begins with the code of a carrier, and is not understood.
    """
    rests = [digits[2:]] if digits.startswith("00") else []
    dialled = _dialled_abroad(region) if region and digits.startswith(("0", "8")) else None
    found = dialled.match(digits) if dialled else None
    if found:
        rests.append(digits[found.end() :])
    return rests


@lru_cache(maxsize=512)
def _lengths(region: str) -> tuple[int, ...]:
    """Return how many digits the region's fixed and mobile numbers have, without trunk prefix."""
    plan = PhoneMetadata.metadata_for_region(region)
    mobile = tuple(plan.mobile.possible_length) if plan and plan.mobile else ()
    return (*_fixed_lengths(region), *(length for length in mobile if length > 0))


@lru_cache(maxsize=512)
def _fixed_lengths(region: str) -> tuple[int, ...]:
    plan = PhoneMetadata.metadata_for_region(region)
    fixed = tuple(plan.fixed_line.possible_length) if plan and plan.fixed_line else ()
    return tuple(length for length in fixed if length > 0)


def may_lack_area(region: str, length: int) -> bool:
    """Whether so many digits, no trunk prefix in front, may be a number within some town.

    In an open plan they read as a national number as well, of another town: `30123456` may be
    Berlin's 123456, or a number of any town in Germany whose area code was left out.
    """
    return length <= _longest_local(region)


@lru_cache(maxsize=512)
def _longest_local(region: str) -> int:
    """Return how many digits a number has that is dialled within a town, 0 where none is.

    A plan of few lengths has area codes as long as its example's, and says how long its local
    numbers are. In any other plan the lengths of local and national numbers overlap.
    """
    lengths = _fixed_lengths(region)
    if not trunks_of(region) or not lengths:
        return 0
    if len(lengths) >= _LENGTHS_OF_OPEN_PLAN:
        return min(_LONGEST_LOCAL, max(lengths) - _SHORTEST_AREA)
    plan = PhoneMetadata.metadata_for_region(region)
    fixed = plan.fixed_line if plan else None
    example = (fixed.example_number if fixed else None) or ""
    area = _area_length(f"{code_of(region)}{example}") or _SHORTEST_AREA
    local = tuple(fixed.possible_length_local_only) if fixed else ()
    return max(*local, len(example) - area, 0)


@lru_cache(maxsize=512)
def _usual_mobile(region: str) -> int:
    """Return how many digits the plan's example of a mobile number has; 0 where there is none."""
    plan = PhoneMetadata.metadata_for_region(region)
    mobile = plan.mobile if plan else None
    return len((mobile.example_number if mobile else None) or "")


def is_whole_mobile(number: Number, region: str) -> bool:
    """Whether a mobile number is at least as long as the plan's example of one.

    No area code can be missing from it: mobile numbers have none, or have theirs among these
    digits.
    """
    length = len(number.digits) - len(code_of(region))
    return number.mobile and length >= _usual_mobile(region)


def is_open(region: str) -> bool:
    """Whether the region's fixed numbers differ in length by so much that most digits fit."""
    lengths = _fixed_lengths(region)
    return len(lengths) >= _LENGTHS_OF_OPEN_PLAN and max(lengths) - min(lengths) > 2


@lru_cache(maxsize=512)
def longest_usual(region: str) -> int:
    """Return how many digits a number of an open plan has at most, without trunk prefix.

    Such a plan allows fixed lines of any length; hardly any are longer than the mobile numbers.
    Germany's have at most 11 digits (Bundesnetzagentur, Nummernraum für öffentliche Telefonie).
    """
    plan = PhoneMetadata.metadata_for_region(region)
    mobile = plan.mobile.possible_length if plan and plan.mobile and trunks_of(region) else ()
    return min(_LONGEST_NATIONAL, max(mobile, default=_LONGEST_NATIONAL))


def is_usual(region: str, length: int) -> bool:
    """Whether fixed or mobile numbers of the region have so many digits, without trunk prefix."""
    return length in _lengths(region)


def is_slip(region: str, length: int) -> bool:
    """Whether so many digits are a national number of the region with a digit lost or added."""
    trunks = {0, *map(len, trunks_of(region))}
    return any(abs(one + trunk - length) <= 1 for one in _lengths(region) for trunk in trunks)


_ARGENTINE_LENGTH = 10
"""Digits of an area code and a subscriber number together, anywhere in Argentina."""


def argentine_mobile(national: str) -> str | None:
    """Return a mobile number written with 15 inside Argentina, as it is dialled from abroad.

    `11 15 2345-6789` is +54 9 11 2345 6789: the 15 goes, a 9 comes. The area code has two to four
    digits; where two of its lengths fit, it is not certain and there is none.
    """
    if len(national) != _ARGENTINE_LENGTH + 2:
        return None
    fitting = []
    for area in (2, 3, 4):
        if national[area : area + 2] != "15":
            continue
        number = number_of(f"549{national[:area]}{national[area + 2 :]}")
        if number and number.valid and _area_length(f"54{number.digits[3:]}") == area:
            fitting.append(number.digits)
    return fitting[0] if len(fitting) == 1 else None


def _area_length(digits: str) -> int:
    """Return the length of a number's area code, 0 where it has none that can be told."""
    code = calling_code(digits)
    return phonenumbers.length_of_geographical_area_code(_build(int(code), digits[len(code) :]))


def pattern_of_mobiles(region: str) -> str:
    """Return the pattern of a region's mobile numbers, as they are written after its code."""
    plan = PhoneMetadata.metadata_for_region(region)
    return (plan and plan.mobile and plan.mobile.national_number_pattern) or ""


@lru_cache(maxsize=512)
def trunks_of_code(code: str) -> tuple[str, ...]:
    """Return the trunk prefixes of the main region that a calling code belongs to."""
    region = phonenumbers.region_code_for_country_code(int(code))
    return () if region == "001" else trunks_of(region)


def mexican_mobile(digits: str) -> str | None:
    """Return a Mexican number without the 1 that mobiles had after +52 until August 2019."""
    if len(digits) != 13 or not digits.startswith("521"):
        return None
    return f"52{digits[3:]}"
