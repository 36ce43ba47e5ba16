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
    is_open,
    is_usual,
    is_whole_mobile,
    may_lack_area,
    mexican_mobile,
    number_of,
    pattern_of_mobiles,
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

CHINESE_MOBILE = pattern_of_mobiles("CN")
"""Eleven digits from 13 to 19, as a North American number with its 1 has: two in five Chinese
mobile numbers are valid ones, and half of the German mobile numbers that begin with 15."""
_BEFORE_EXTENSION = re.compile(r"([^-]+)-[0-9]{1,3}")
"""`123456-78`: what is dialled through to an extension, as firms in Germany write it (DIN 5008)."""
_LONGEST_CODE_GROUP = 4
"""Digits of a first group that would be a country code alone, or an area code, but never both."""


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
    usual: bool = False
    """The national reading is just these digits, with no trunk prefix, whole or shortened, in
    front, and of this region, not of another one with the same code."""
    trunk: bool = False
    """The national reading has its trunk prefix written out: nobody writes that abroad."""
    lacks_area: bool = False
    """The digits may as well be a number within a town, its area code left out."""
    zero_lost: str = ""
    """A number that the digits would be if a spreadsheet had dropped a 0 in front."""
    lost_zero: Reading | None = None
    """The only number that the digits would be with a 0 in front, which no slip can make."""
    groups: tuple[str, ...] = ()
    """The groups in which the digits are written."""
    grouped_across_code: bool = False
    """The groups part the digits elsewhere than behind the country code that they begin with."""
    code_in_brackets: bool = False
    """Brackets are written around the country code that the digits begin with, or an area code."""
    by_hand: bool = False
    """The operator said which reading to take."""
    repair: str = ""
    """What the text needed before it could be read."""

    @property
    def code(self) -> str:
        """The calling code that the digits begin with, "" for none."""
        return calling_code(self.digits)

    @property
    def shortened_trunk(self) -> bool:
        """Whether the national reading has what a number cell leaves of a trunk prefix like 06."""
        if self.region is None or self.national is None or self.trunk:
            return False
        return len(self.national.number.digits) < len(code_of(self.region)) + len(self.digits)

    @property
    def grouped_as_chinese(self) -> bool:
        """Whether a number of North America is grouped as Chinese mobile numbers are, 3-4-4."""
        return self.like_chinese_mobile and self.agree and tuple(map(len, self.groups)) == (3, 4, 4)

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
    other = _without_zero(digits, text)
    if literal is not None and literal.valid:
        return [Reading(literal), *([other] if other else [])]
    repaired = _without_trunk(digits) or other or _rewritten(digits)
    if repaired is not None:
        return [repaired]
    return [] if literal is None else [Reading(literal)]


def _without_zero(digits: str, text: str) -> Reading | None:
    """Return the number without a `(0)` after its code, whether or not its country has a trunk 0.

    In Italy the 0 is part of fixed numbers and of no mobile number: `+39 (0)345` may be either.
    """
    code = calling_code(digits)
    before, bracketed, _ = text.partition("(0)")
    if not code or not bracketed or not digits_of(before).endswith(code):
        return None
    rest = digits[len(code) :]
    return _valid(code + rest[1:], "trunk 0 removed") if rest.startswith("0") else None


def _without_trunk(digits: str) -> Reading | None:
    """Return the number without the 0 of `+44 020` or the 06 of `+36 06`, dialled at home only."""
    code = calling_code(digits)
    for trunk in trunks_of_code(code) if code else ():
        rest = digits[len(code) :]
        number = number_of(code + rest[len(trunk) :]) if rest.startswith(trunk) else None
        if number and number.valid:
            return Reading(number, f"trunk {trunk} removed")
    return None


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
    """Return the readings of digits that begin with an international prefix such as 00.

    Behind `00` the region's own code leaves nothing to doubt: that Thailand also dials 006, with a
    carrier's digit, does not make `0066…` a number of another country.
    """
    own = f"00{code_of(region)}" if region else ""
    if own and digits.startswith(own):
        found = explicit_readings(digits[2:], text)
        if any(one.number.valid for one in found):
            return found
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
    international = _international(digits, fits) or _international_with_trunk(shape, region)
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
        usual=_is_usual(digits, region, national),
        trunk=trunk,
        lacks_area=_lacks_area(text, region, trunk, national) and not by_hand,
        zero_lost=_zero_lost(digits, region) if text.isdigit() and not by_hand else "",
        lost_zero=_lost_zero(digits, region) if text.isdigit() and not by_hand else None,
        groups=tuple(re.findall("[0-9]+", text)),
        grouped_across_code=_is_grouped_across_code(text),
        code_in_brackets=text.startswith(f"({calling_code(digits)})"),
        by_hand=by_hand,
        repair=shape.repair,
    )


def _international_with_trunk(shape: Shape, region: str | None) -> Reading | None:
    """Return the region's number in `44 07…` or `52 1 55…`: its code, then a trunk prefix."""
    digits = digits_of(shape.text)
    if region is None or not digits.startswith(code_of(region)):
        return None
    readings = [one for one in explicit_readings(digits, shape.text) if one.number.valid]
    return readings[0] if len(readings) == 1 else None


def _is_usual(digits: str, region: str | None, national: list[Reading]) -> bool:
    if region is None or not national:
        return False
    number = national[0].number
    return number.digits == code_of(region) + digits and number.country == region


def _is_grouped_across_code(text: str) -> bool:
    """Whether the groups of a text speak against the country code that its digits begin with.

    In `203-555-0123` the code of Egypt ends within a group. In `(51) 98765-4321` it does not, but
    brackets are written around Brazil's area codes; around a country code only as in
    `(852) 3575-3351`, where the rest is grouped as it is abroad.
    """
    groups = re.findall("[0-9]+", text)
    digits = "".join(groups)
    code = calling_code(digits)
    if len(groups) < 2 or not digits[len(code) :].strip("0") or not code:
        return False
    if "(" in text:
        return groups != groups_abroad(digits)
    return groups[0] != code and len(groups[0]) <= _LONGEST_CODE_GROUP


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


def _lacks_area(text: str, region: str | None, trunk: bool, national: list[Reading]) -> bool:
    """Whether digits may be a number within a town, without those of an extension behind a dash."""
    if region is None or trunk:
        return False
    parted = _BEFORE_EXTENSION.fullmatch(text) if is_open(region) else None
    if not may_lack_area(region, len(digits_of(parted[1] if parted else text))):
        return False
    return not (national and is_whole_mobile(national[0].number, region))


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


def _lost_zero(digits: str, region: str | None) -> Reading | None:
    """Return the only number that the digits are with the 0 in front that a number cell drops."""
    if region is None or digits.startswith("0") or "0" in trunks_of(region):
        return None
    if any(_valid(one, "") for one in _after_shortened_prefix(digits, region)):
        return None
    shorter = (digits[:at] + digits[at + 1 :] for at in range(len(digits)))
    near = (number_of(code_of(region) + one) for one in shorter)
    if any(one is not None and one.valid for one in near):
        return None
    return _valid(f"{code_of(region)}0{digits}", "the 0 in front put back")


def _after_shortened_prefix(digits: str, region: str) -> list[str]:
    """Return what follows the rest of an international prefix; nobody writes one for an island."""
    rests = [
        rest
        for zeros in ("0", "00")
        for rest in after_international_prefix(zeros + digits, region)
        if len(rest) < len(digits)
    ]
    return [rest for rest in rests if len(rest) >= SHORTEST_ABROAD]
