"""One cell: the number that it certainly means, or the reason why it gives none. Pure.

This is the one definition of right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from importer.model import CellKind, Reason
from importer.phones.clean import clean, digits_of, shape_fault

Strictness = Literal["valid", "possible"]

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

_KIND_FAULTS = {
    CellKind.IMPRECISE: Reason.IMPRECISE,
    CellKind.FRACTION: Reason.FRACTION,
    CellKind.DATE: Reason.DATE,
    CellKind.BOOLEAN: Reason.BOOLEAN,
    CellKind.ERROR: Reason.ERROR,
}

_LENGTH_FAULTS = {
    ValidationResult.IS_POSSIBLE: Reason.NOT_VALID,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Reason.TOO_SHORT,
    ValidationResult.INVALID_COUNTRY_CODE: Reason.UNKNOWN_CODE,
    ValidationResult.TOO_SHORT: Reason.TOO_SHORT,
    ValidationResult.TOO_LONG: Reason.TOO_LONG,
    ValidationResult.INVALID_LENGTH: Reason.WRONG_LENGTH,
}

_PARSE_FAULTS = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: Reason.UNKNOWN_CODE,
    phonenumbers.NumberParseException.NOT_A_NUMBER: Reason.NOT_A_NUMBER,
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: Reason.TOO_SHORT,
    phonenumbers.NumberParseException.TOO_SHORT_NSN: Reason.TOO_SHORT,
    phonenumbers.NumberParseException.TOO_LONG: Reason.TOO_LONG,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a cell came to: `number` and its facts, or a `reason`."""

    number: str = ""
    """Country code and national number, digits only, as the API wants it."""
    country: str = ""
    """Two letters, or `001` for codes that no country owns."""
    type: str = ""
    reason: Reason | None = None
    detail: str = ""
    """What the reason is about, such as the two readings of an ambiguous number."""

    @property
    def explanation(self) -> str:
        """The reason and its detail, as the workbook shows them."""
        if self.reason is None:
            return ""
        return f"{self.reason}: {self.detail}" if self.detail else self.reason.value


def decide(text: str, kind: CellKind, region: str | None, strict: Strictness) -> Verdict:
    """Read one cell. `region` is the row's two-letter country, None where none is known."""
    if kind in _KIND_FAULTS:
        return Verdict(reason=_KIND_FAULTS[kind])
    cleaned = clean(text)
    fault = shape_fault(cleaned)
    if fault is not None:
        return Verdict(reason=fault)
    digits = digits_of(cleaned)
    readings = _readings(digits, region)
    certain = _distinct([one for one in readings if phonenumbers.is_valid_number(one)])
    if not certain and strict == "possible":
        certain = _distinct([one for one in readings if _is_possible(one)])
    if len(certain) == 1:
        return _accept(certain[0])
    if certain:
        shown = " or ".join(f"+{_digits(one)}" for one in certain)
        return Verdict(reason=Reason.AMBIGUOUS, detail=shown)
    return Verdict(reason=_why_none(digits, region))


def _readings(digits: str, region: str | None) -> list[PhoneNumber]:
    """Return all that the digits could mean, the first one first.

    With a plus there is one reading. `00` is the commonest international prefix, but what the
    row's own region dials may be another, so both are read. Bare digits are national in the row's
    region, or international without their plus.
    """
    if digits.startswith("+"):
        return _parsed(digits, None)
    readings = _parsed(digits, region) if region else []
    international = digits[2:] if digits.startswith("00") else digits
    if not international.startswith("0"):
        readings += _parsed(f"+{international}", None)
    return readings


def _parsed(digits: str, region: str | None) -> list[PhoneNumber]:
    try:
        return [phonenumbers.parse(digits, region)]
    except phonenumbers.NumberParseException:
        return []


def _distinct(numbers: list[PhoneNumber]) -> list[PhoneNumber]:
    return list({_digits(number): number for number in numbers}.values())


def _digits(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")


def _is_possible(number: PhoneNumber) -> bool:
    """Whether the whole number has a fitting length; local numbers without area code have not."""
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _accept(number: PhoneNumber) -> Verdict:
    country = phonenumbers.region_code_for_number(
        number
    ) or phonenumbers.region_code_for_country_code(number.country_code or 0)
    kind = TYPE_NAMES.get(phonenumbers.number_type(number), "unknown")
    return Verdict(_digits(number), country, kind)


def _why_none(digits: str, region: str | None) -> Reason:
    """Say what is wrong with digits that have no valid reading, by their likeliest reading."""
    if digits.startswith("+"):
        return _length_fault(digits, None)
    if digits.startswith("00"):
        return _length_fault(f"+{digits[2:]}", None)
    international = _length_fault(f"+{digits}", None)
    if region is None:
        return international if international is Reason.NOT_VALID else Reason.NO_COUNTRY
    national = _length_fault(digits, region)
    return international if international is Reason.NOT_VALID else national


def _length_fault(digits: str, region: str | None) -> Reason:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as error:
        return _PARSE_FAULTS[error.error_type]
    return _LENGTH_FAULTS[phonenumbers.is_possible_number_with_reason(number)]
