"""Which countries' own numbers some digits may be, and how likely that is by accident. Pure.

Digits without a plus are a national number of some country far more often than they look: area 203
of North America, written without its 1, is Egypt's +20 3…, and so is every number of that area. So
digits are never read with the country code that they begin with only because they are valid so.
"""

from __future__ import annotations

from functools import cache, lru_cache
from math import log
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from importer.phones.cell.numbering import (
    at_home,
    is_open,
    is_usual,
    number_of,
    trunks_of,
    trunks_of_code,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.phones.cell.numbering import Number

SAMPLE = 24
"""Different numbers of a column that are looked at one by one."""
_VARIANTS = 8
"""Numbers that are tried for each of these, to see how many would be valid by accident."""
_CERTAIN = log(10_000)
"""How much likelier a column must be to hold country codes than to hold none, as a logarithm."""
_EXPLAINED = 0.9
"""The share of a column's numbers that a country must explain to be a rival."""
_SLIPS = 0.005
"""The share of numbers that have a slip in them in a column that is written as it is read."""
_MANY_OF_ONE_AREA = 0.5
_NORTH_AMERICA, _CHINA = "1", "86"

_CODES = tuple(
    (str(code), regions[0])
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
    if regions[0] != "001"
)


@lru_cache(maxsize=50_000)
def home_number(digits: str, code: str) -> Number | None:
    """Return the number of a country that the digits are as people write it there, or None.

    With or without the trunk prefix; in an open plan nearly all digits are some fixed line, so that
    only mobile numbers count there.
    """
    region = phonenumbers.region_code_for_country_code(int(code))
    written = [trunk for trunk in trunks_of(region) if digits.startswith(trunk)]
    for trunk in ("", *written):
        national = digits[len(trunk) :]
        if not is_usual(region, len(national)):
            continue
        number = number_of(code + national)
        if number and number.valid and (number.mobile or not is_open(region)):
            return number
    return None


def any_home_number(digits: str, code: str) -> Number | None:
    """Return the number of a country that the digits are there, any fixed line of an open plan too.

    For countries whose numbers the column holds.
    """
    for trunk in ("", *trunks_of_code(code)):
        number = number_of(code + digits.removeprefix(trunk)) if digits.startswith(trunk) else None
        if number and number.valid:
            return number
    return None


@lru_cache(maxsize=50_000)
def rivals_of(digits: str) -> tuple[str, ...]:
    """Return the codes of the countries whose own numbers the digits may be, written as at home."""
    found = ((code, home_number(digits, code)) for code in _codes_of_length(len(digits)))
    return tuple(code for code, number in found if number and number.digits != digits)


@cache
def _codes_of_length(length: int) -> tuple[str, ...]:
    """Return the codes of the countries whose national numbers may have so many digits."""
    return tuple(
        code
        for code, region in _CODES
        if any(is_usual(region, length - len(trunk)) for trunk in ("", *trunks_of(region)))
    )


def writes_brackets(digits: str, code: str) -> bool:
    """Whether a country writes its number of these digits with brackets around the area code."""
    number = home_number(digits, code)
    return number is not None and "(" in at_home(number.digits)


def is_north_american(digits: str) -> bool:
    """Whether ten digits are a number of North America without its 1."""
    return len(digits) == 10 and home_number(digits, _NORTH_AMERICA) is not None


def proves_code(code: str, sample: Sequence[str], valid: int, begun: int) -> bool:
    """Whether numbers that begin with a calling code are written with it, and not by accident.

    `sample` has some of the column's different numbers that are valid with the code, `valid` says
    how many there are, and `begun` how many begin with its digits, valid or not. Were the column
    one of national numbers of another country, whose numbers begin like these, some of them would
    not be valid: the more there are that all are, the less likely is an accident.
    """
    return all(
        _is_unlikely(code, rival, sample, valid, begun) for rival in _explaining(sample)
    ) and bool(sample)


def _explaining(sample: Sequence[str]) -> list[str]:
    """Return the codes of the countries that nearly all numbers may be national ones of."""
    counts: dict[str, int] = {}
    for digits in sample:
        for rival in rivals_of(digits):
            counts[rival] = counts.get(rival, 0) + 1
    return [rival for rival, count in counts.items() if count >= _EXPLAINED * len(sample)]


def _is_unlikely(code: str, rival: str, sample: Sequence[str], valid: int, begun: int) -> bool:
    if (code, rival) == (_NORTH_AMERICA, _CHINA):
        # Whoever sorted out the Chinese mobile numbers that are no American ones left only those.
        return _is_of_one_area(sample)
    chance = _chance(code, rival, sample)
    for_code = valid * log(1 - _SLIPS) + (begun - valid) * log(_SLIPS)
    for_rival = valid * log(chance) + (begun - valid) * log(1 - chance)
    return for_code - for_rival >= _CERTAIN


def _is_of_one_area(sample: Sequence[str]) -> bool:
    """Whether half of many American numbers are of one area code, as Chinese prefixes never are."""
    areas = [digits[:4] for digits in sample]
    most = max(map(areas.count, areas), default=0)
    return len(sample) >= SAMPLE // 2 and most >= _MANY_OF_ONE_AREA * len(sample)


def _chance(code: str, rival: str, sample: Sequence[str]) -> float:
    """Return how many of the rival's national numbers that begin like these are valid with a code.

    Numbers of one town or one operator begin alike, so what nearly all share is kept.
    """
    kept = _shared(sample, len(code))
    tried = [one for digits in sample for one in _variants(digits, kept)]
    possible = [one for one in tried if home_number(one, rival)]
    fitting = sum(1 for one in possible if (number := number_of(one)) and number.valid)
    # Where none fails nothing is proven, however many numbers there are.
    return min(0.999, max(0.05, (fitting + 1) / (len(possible) + 1)))


def _shared(sample: Sequence[str], least: int) -> int:
    """Return how many first digits nearly all have in common, of which at most five count."""
    for count in (5, 4, 3, 2):
        begins = [digits[:count] for digits in sample]
        if count > least and max(map(begins.count, begins)) >= _EXPLAINED * len(begins):
            return count
    return least


def _variants(digits: str, kept: int) -> list[str]:
    """Return numbers of the same length and beginning; the same ones each time."""
    width = len(digits) - kept
    seeds = (int(digits) * 0x9E3779B97F4A7C15 + at * 0xD1B54A32D192ED03 for at in range(_VARIANTS))
    return [f"{digits[:kept]}{(seed >> 20) % 10**width:0{width}}" for seed in seeds]


def place_in_sample(digits: str) -> int:
    """Return where a number stands in the order in which a sample is taken: as if at random."""
    return int(digits) * 0x9E3779B97F4A7C15 % 2**64


def sample_of(digits: Iterable[str]) -> tuple[str, ...]:
    """Return some of these numbers, the same ones whatever their order."""
    return tuple(sorted(set(digits), key=place_in_sample)[:SAMPLE])


def sample_of_groups(written: Iterable[tuple[str, ...]], most: int) -> list[tuple[str, ...]]:
    """Return some of these numbers, each in its groups of digits, whatever their order."""
    return sorted(written, key=lambda groups: (place_in_sample("".join(groups)), groups))[:most]
