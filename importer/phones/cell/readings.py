"""What digits can mean: every reading that some way of writing numbers gives them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.phones.cell.numbering import (
    Number,
    after_international_prefix,
    argentine_mobile,
    calling_code,
    code_of,
    groups_abroad,
    groups_at_home,
    is_usual,
    may_lack_area,
    mexican_mobile,
    number_of,
    trunks_of,
    trunks_of_code,
)
from importer.phones.cell.shape import digits_of

if TYPE_CHECKING:
    from importer.phones.cell.shape import Shape
    from importer.phones.options import BareDigits, Strictness

SHORTEST_ABROAD = 10
"""Digits of a number, country code and all, that is dialled with a prefix of a carrier's choice;
only a few islands have shorter ones, and many national numbers would seem to be theirs."""

CHINESE_MOBILE = r"1[3-9][0-9]{9}"
"""Also the shape of a North American number with its 1: two in five Chinese mobile numbers are
valid ones, and half of the German mobile numbers that begin with 15."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning of a text: a number, and what was repaired to get it."""

    number: Number
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Bare:
    """What digits with neither `+` nor an international prefix can mean.

    National in the row's region, or international with the plus left out. Both, where there are
    both and they are the same number.
    """

    digits: str
    region: str | None
    national: Reading | None = None
    international: Reading | None = None
    others: tuple[Reading, ...] = ()
    """More national readings, which a trunk prefix that may as well be the number's own gives."""
    trunk: bool = False
    """The national reading has its trunk prefix written out: nobody writes that abroad."""
    lacks_area: bool = False
    """The digits may as well be a number within a town, its area code left out."""
    zero_lost: str = ""
    """A number that the digits would be if a spreadsheet had dropped a 0 in front."""
    by_hand: bool = False
    """The operator said which reading to take."""
    repair: str = ""
    """What the text needed before it could be read."""

    @property
    def own(self) -> bool:
        """Whether the digits begin with the region's own calling code and are valid so."""
        if self.region is None or self.international is None:
            return False
        return self.digits.startswith(code_of(self.region))

    @property
    def agree(self) -> bool:
        """Whether both readings are there and are one number."""
        if self.national is None or self.international is None:
            return False
        return self.national.number.digits == self.international.number.digits

    @property
    def like_chinese_mobile(self) -> bool:
        """Whether the digits have the shape of a Chinese mobile number as written in China."""
        return re.fullmatch(CHINESE_MOBILE, self.digits) is not None


def explicit_readings(digits: str, text: str) -> list[Reading]:
    """Return what digits after a plus or an international prefix mean: one reading as a rule.

    `text` is how they were written; in `+39 (0)6` the zero may be there or not.
    """
    literal = number_of(digits)
    without_trunk = _without_trunk(digits)
    if literal is not None and literal.valid:
        both = "(0)" in text and without_trunk is not None
        return [Reading(literal), *([without_trunk] if both and without_trunk else [])]
    repaired = without_trunk or _rewritten(digits)
    if repaired is not None:
        return [repaired]
    return [] if literal is None else [Reading(literal)]


def _without_trunk(digits: str) -> Reading | None:
    """Return the number without the 0 of `+44 (0)20`, which is dialled at home only."""
    code = calling_code(digits)
    if not code or digits[len(code) : len(code) + 1] != "0":
        return None
    if "0" not in trunks_of_code(code):
        return None
    number = number_of(code + digits[len(code) + 1 :])
    return Reading(number, "trunk 0 removed") if number and number.valid else None


def _rewritten(digits: str) -> Reading | None:
    """Return the number of today for two ways of writing that differ at home and abroad."""
    mexican = mexican_mobile(digits)
    if mexican is not None:
        return _valid(mexican, "the 1 after +52 removed, which Mexico gave up in 2019")
    if digits.startswith("54"):
        return _argentine(digits[2:].removeprefix("0"))
    return None


def _argentine(national: str) -> Reading | None:
    mobile = argentine_mobile(national)
    return _valid(mobile, "Argentine 15 written as 9") if mobile else None


def _valid(digits: str, repair: str) -> Reading | None:
    number = number_of(digits)
    return Reading(number, repair) if number is not None and number.valid else None


def prefixed_readings(digits: str, text: str, region: str | None) -> list[Reading]:
    """Return the readings of digits that begin with an international prefix such as 00."""
    return [
        reading
        for rest in after_international_prefix(digits, region)
        for reading in explicit_readings(rest, text)
    ]


def bare_readings(
    shape: Shape, region: str | None, bare_digits: BareDigits, fits: Strictness
) -> Bare:
    """Return what the digits of a text without plus mean, of the readings that may be taken."""
    text, digits = shape.text, digits_of(shape.text)
    national, trunk = _national(digits, region, fits)
    international = _international(digits, fits)
    if bare_digits == "national" or _is_written_at_home(text, national, international):
        international = None
    if bare_digits == "international" and not trunk:
        national = []
    by_hand = bare_digits != "auto"
    return Bare(
        digits=digits,
        region=region,
        national=national[0] if national else None,
        international=international,
        others=tuple(national[1:]),
        trunk=trunk,
        lacks_area=_lacks_area(digits, region, trunk) and not by_hand,
        zero_lost=_zero_lost(digits, region) if text.isdigit() and not by_hand else "",
        by_hand=by_hand,
        repair=shape.repair,
    )


def _international(digits: str, fits: Strictness) -> Reading | None:
    number = number_of(digits)
    return Reading(number) if number is not None and number.fits(fits) else None


def _is_written_at_home(text: str, national: list[Reading], international: Reading | None) -> bool:
    """Whether a text is grouped just as the national reading is written, as `(201) 555-0123`.

    That is no accident, and Egypt's +20 15550123 is not written so.
    """
    groups = re.findall(r"[0-9]+", text)
    if len(groups) == 1 or len(national) != 1 or international is None:
        return False
    at_home = groups_at_home(national[0].number.digits)
    return groups == at_home != groups_abroad(international.number.digits)


def _lacks_area(digits: str, region: str | None, trunk: bool) -> bool:
    return region is not None and not trunk and may_lack_area(region, len(digits))


def _national(digits: str, region: str | None, fits: Strictness) -> tuple[list[Reading], bool]:
    """Return the fitting national readings, and whether one of them has its trunk prefix."""
    if region is None:
        return [], False
    trunks = [trunk for trunk in trunks_of(region) if digits.startswith(trunk)]
    after = _fitting([digits[len(trunk) :] for trunk in trunks], region, fits)
    rests = [rest for rest in shortened_trunks(region) if digits.startswith(rest)]
    shortened = [digits[len(rest) :] for rest in rests]
    found = after + _fitting([digits, *shortened], region, fits)
    if after and fits == "possible":
        # A length that fits is no reason to doubt the trunk prefix.
        found = after
    if not found and region == "AR":
        moved = _argentine(digits.removeprefix("0"))
        return ([moved], True) if moved else ([], False)
    distinct = {one.digits: one for one in found}
    return [Reading(one) for one in distinct.values()], bool(after)


def shortened_trunks(region: str) -> tuple[str, ...]:
    """Return what a number cell leaves of a region's trunk prefixes such as Hungary's 06."""
    rests = (trunk.lstrip("0") for trunk in trunks_of(region) if trunk.startswith("0"))
    return tuple(rest for rest in rests if rest)


def _fitting(nationals: list[str], region: str, fits: Strictness) -> list[Number]:
    """Return the national numbers that may be taken; merely possible ones as long as telephones'.

    Hong Kong has services of 11 digits, which would make any number with its code possible.
    """
    if fits == "possible":
        nationals = [one for one in nationals if is_usual(region, len(one))]
    found = (number_of(code_of(region) + one) for one in nationals)
    return [one for one in found if one is not None and one.fits(fits)]


def _zero_lost(digits: str, region: str | None) -> str:
    """Return the number that the digits are with the zeros in front that a number cell drops.

    The 0 may be part of the number, as in Italy, or of an international prefix such as 009.
    """
    if region is None or digits.startswith("0"):
        return ""
    candidates = [f"{code_of(region)}0{digits}", *_after_shortened_prefix(digits, region)]
    found = (number_of(one) for one in candidates)
    return next((one.digits for one in found if one is not None and one.valid), "")


def _after_shortened_prefix(digits: str, region: str) -> list[str]:
    """Return what follows the rest of an international prefix; nobody writes one for an island."""
    rests = [
        rest
        for zeros in ("0", "00")
        for rest in after_international_prefix(zeros + digits, region)
        if len(rest) < len(digits)
    ]
    return [rest for rest in rests if len(rest) >= SHORTEST_ABROAD]
