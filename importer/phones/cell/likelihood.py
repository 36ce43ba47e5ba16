"""Which country's numbers a list looks most like: how likely its digits are in each plan. Pure.

Any plan of equal length takes many numbers of another country, and a few plans take all: Japan's
takes every Albanian mobile number. But a list that is Japan's begins in many ways, and one that all
begins with 67, 68 or 69 fits Albania's mobile numbers exactly. So the same digits are a little
likely in one country and very likely in another; by how much is computed here.

A country's numbers are drawn in this model as follows. A list has mobile numbers more often than
fixed lines. Its first, second and third digits are those of the country's numbering plan, each as
often as the plan has numbers that begin so; or, as people of a list often live in one town or have
one operator, only some of these. The other digits are any that the plan allows.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from math import exp, lgamma, log
from typing import TYPE_CHECKING

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from importer.phones.cell.numbering import code_of, groups_at_home, is_usual, trunks_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAMPLED = 48
"""Different numbers of a list that are looked at."""
_SHORTEST = 6
"""Digits of a number that can say something of its country."""
_FEWEST = 3
"""Different numbers that can say something of their country."""
_LIKELIER = log(100)
"""How much likelier the numbers must be in another country, as a logarithm. Operators name the
right region in about 99 of 100 files, so that less would be a false alarm as a rule. Of lists that
were made for this with the right region, other than of one town, one in 3,000 came so far."""
_LEFT_OUT = log(1_000)
"""How much less likely a country is that is not named beside the likeliest one."""
_LIKELIER_THAN_ONE_TOWN = log(10_000_000)
"""The same where all may be fixed lines of one town or province of the given region. These begin
alike, as the mobile numbers of a whole country may do."""
_LIKELIER_THAN_TOWN_BY_GROUPS = log(10_000)
"""The same where they are grouped as in the other country."""
_NAMED_BY_ROWS = log(100)
"""How much more that takes where each row names its country: such a column is seldom wrong."""
_GROUPED = log(20)
"""How much more often a whole list has the groups of its own country than those of another one
that its country does not know."""
_ALIKE = 0.9
"""The share of numbers that begin with one digit in a list of one town or province."""
_KNOWN_TOWN = 0.85
"""The share of such a list that must be numbers of the region at all."""
_FEW_MOBILES = 0.2
_EXPLAINED = 0.95
"""The share of a list that must be numbers of a country for it to be the list's."""
_ONE_SLIP = 8
"""Numbers of which one may be none of the other country."""
_SLIP = 0.005
"""The share of numbers with a slip in them, which are none of the country."""
_BEGINNING = 3
_UNKNOWN = log(0.02)
"""How often a list has numbers of its country whose first three digits the plan does not know yet.
What begins so counts once, however often: new numbers are given out by the million.
"""
_MOBILE, _FIXED = 0, 1
_MANY_MOBILES = (1.0, 0.5)
"""Of the share of mobile numbers in lists: the parameters of its beta distribution. Lists with only
fixed lines are rare: one in 20 with ten numbers, one in 60 with 30."""
_SPREADS = {
    _MOBILE: ((8.0, 0.6), (1.0, 0.3), (0.15, 0.1)),
    _FIXED: ((8.0, 0.3), (1.0, 0.5), (0.15, 0.2)),
}
"""How lists spread over a plan: concentrations of a Dirichlet distribution, and how many lists are
so. With 8 they spread as the plan does, with 0.15 nearly all begin alike; fixed lines more often.
"""
_TRIED = 10
"""Numbers that are tried for each three digits, to see how many that begin so are valid."""
_UNSEEN = 0.3
"""What counts as valid where none of these is: a plan may have a few numbers that begin so."""

_REGIONS_OF_CODES = {
    str(code): regions
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
    if regions[0] != "001"
}


@dataclass(frozen=True, slots=True)
class _Branches:
    """Of the fixed lines or the mobile numbers of one length: how many begin with which digits."""

    first: tuple[float, ...]
    """Per first digit its share."""
    second: tuple[tuple[float, ...], ...]
    """Per first digit the shares of the second ones."""
    third: tuple[tuple[float, ...], ...]
    """Per first two digits the shares of the third ones."""
    valid: tuple[float, ...]
    """Per first three digits the share of the digits after them that make a valid number."""


def likelier_region(
    given: str, written: Sequence[tuple[str, ...]], *, from_row: bool = False
) -> str:
    """Return the region whose numbers a list looks like much more than those of the given one.

    `written` has the groups of digits of different numbers without country code, with or without
    trunk prefix. Returns two letters, or "" where no other country is so much likelier, or where
    nearly all are numbers of the given region, grouped as its people group them. Countries with the
    code of the given one are no others. `from_row` says that each row names the region itself.
    """
    digits = list(dict.fromkeys("".join(groups) for groups in written))
    if len(digits) < _FEWEST:
        return ""
    own = code_of(given)
    rivals = [code for code in _explaining(digits) if code != own]
    known = [one for one in digits if _kind(own, _national(own, one)) is not None]
    unknown = {one[:_BEGINNING] for one in digits} - {one[:_BEGINNING] for one in known}
    grouped = [groups for groups in written if len(groups) > 1]
    fits = len(known) >= _EXPLAINED * len(digits)
    if not rivals or not known or (fits and grouped and _are_grouped_as_in(own, grouped)):
        return ""
    at_home = _likelihood(own, known) + len(unknown) * _UNKNOWN
    at_home += _NAMED_BY_ROWS if from_row else 0
    town = len(known) >= _KNOWN_TOWN * len(digits) and _may_be_one_town(own, known)
    scored = [_scored(code, known, grouped) for code in rivals]
    likelier = [one for one in scored if one[1] - at_home > _least(town, grouped=one[0])]
    return _REGIONS_OF_CODES[max(likelier)[2]][0] if likelier else ""


def _least(town: bool, *, grouped: bool) -> float:
    """Return how much likelier another country must be, in which the digits are `grouped` so."""
    if not town:
        return _LIKELIER
    return _LIKELIER_THAN_TOWN_BY_GROUPS if grouped else _LIKELIER_THAN_ONE_TOWN


def _scored(
    code: str, digits: Sequence[str], grouped: Sequence[tuple[str, ...]]
) -> tuple[bool, float, str]:
    """Return whether the digits are grouped as in a country, how likely they are its, and it."""
    fits = bool(grouped) and _are_grouped_as_in(code, grouped)
    score = _likelihood(code, digits) + _prior(code, digits)
    return fits, score + (_GROUPED if fits else 0), code


def _are_grouped_as_in(code: str, grouped: Sequence[tuple[str, ...]]) -> bool:
    """Whether most cells that have groups have those of a country."""
    fitting = sum(_is_grouped_as_in(code, groups) for groups in grouped)
    return fitting > len(grouped) / 2


def _is_grouped_as_in(code: str, groups: tuple[str, ...]) -> bool:
    digits = "".join(groups)
    home = groups_at_home(code + _national(code, digits))
    trunk = max(0, len("".join(home)) - len(digits))
    return list(groups) in (home, [home[0][trunk:], *home[1:]]) if home else False


def _may_be_one_town(code: str, digits: Sequence[str]) -> bool:
    """Whether numbers may be fixed lines of one town or province of the country of a code."""
    nationals = [_national(code, one) for one in digits]
    mobile = sum(_kind(code, one) == _MOBILE for one in nationals)
    alike = max(Counter(one[0] for one in nationals).values())
    return mobile < _FEW_MOBILES * len(digits) and alike >= _ALIKE * len(digits)


def likeliest(regions: Sequence[str], digits: Sequence[str]) -> list[str]:
    """Return those of some regions whose numbers these digits are most likely, the best one first.

    `digits` are different numbers without country code; too short ones are left out. A region that
    is a thousand times less likely than the best is left out. Without digits all are as likely.
    """
    digits = [one for one in digits if len(one) >= _SHORTEST]
    if not digits:
        return list(regions)
    found = sorted(
        (
            (_likelihood(code, digits) + _prior(code, digits), code)
            for code in map(code_of, regions)
        ),
        reverse=True,
    )
    least = max(found, default=(0.0, ""))[0] - _LEFT_OUT
    return [_REGIONS_OF_CODES[code][0] for score, code in found if score >= least]


def number_in(region: str, digits: str) -> str:
    """Return the number of a region that digits are, with or without trunk prefix, with its code.

    Returns "" where they are none.
    """
    code = code_of(region)
    national = _national(code, digits)
    return "" if _kind(code, national) is None else code + national


def _explaining(digits: Sequence[str]) -> list[str]:
    """Return the codes of the countries of which nearly all digits are numbers."""
    lengths = Counter(map(len, digits))
    most = max(lengths, key=lambda length: (lengths[length], length))
    slips = max((1 - _EXPLAINED) * len(digits), 1 if len(digits) >= _ONE_SLIP else 0)
    return [code for code in _codes_of_length(most) if _has_few_slips(code, digits, slips)]


def _has_few_slips(code: str, digits: Sequence[str], most: float) -> bool:
    slips = 0
    for one in digits:
        slips += _kind(code, _national(code, one)) is None
        if slips > most:
            return False
    return True


@cache
def _codes_of_length(length: int) -> tuple[str, ...]:
    """Return the codes of the countries whose people write numbers of so many digits."""
    return tuple(
        code
        for code, (region, *_) in _REGIONS_OF_CODES.items()
        if any(is_usual(region, length - len(trunk)) for trunk in ("", *trunks_of(region)))
    )


def _national(code: str, digits: str) -> str:
    if _kind(code, digits) is None:
        for trunk in trunks_of(_REGIONS_OF_CODES[code][0]):
            rest = digits.removeprefix(trunk)
            if rest != digits and _kind(code, rest) is not None:
                return rest
    return digits


@lru_cache(maxsize=100_000)
def _kind(code: str, national: str) -> int | None:
    """Return whether a number is mobile or fixed by its plan; None where it is neither."""
    for patterns in _patterns(code):
        for kind, pattern in enumerate(patterns):
            if pattern is not None and pattern.fullmatch(national):
                return kind
    return None


@cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str] | None, ...], ...]:
    """Return the patterns of mobile numbers and fixed lines of each region of a code."""
    plans = (PhoneMetadata.metadata_for_region(region) for region in _REGIONS_OF_CODES[code])
    return tuple(
        tuple(
            re.compile(one.national_number_pattern) if one and one.national_number_pattern else None
            for one in (plan.mobile, plan.fixed_line)
        )
        for plan in plans
        if plan is not None
    )


def _prior(code: str, digits: Sequence[str]) -> float:
    """Return how likely a country is before its numbers are seen: the smaller its plan, the less.

    A small plan fits by accident more exactly than a large one, and has fewer people behind it.
    """
    length = len(_national(code, digits[0]))
    valid = sum(sum(_valid_beginnings(code, length, kind)) for kind in (_MOBILE, _FIXED))
    return log((valid + 1) / (2 * 1000 * _TRIED))


@lru_cache(maxsize=2_000)
def _valid_beginnings(code: str, length: int, kind: int) -> tuple[int, ...]:
    """Return for each three digits how many of the numbers tried that begin so are of the kind."""
    width = length - 3
    tails = [f"{at * 0x9E3779B97F4A7C15 % 2**64 % 10**width:0{width}}" for at in range(1, 11)]
    return tuple(
        sum(_kind.__wrapped__(code, f"{first:03}{tail}") == kind for tail in tails)
        for first in range(1000)
    )


def _likelihood(code: str, digits: Sequence[str]) -> float:
    """Return how likely a list of a country has these numbers, as a logarithm."""
    nationals = [_national(code, one) for one in digits]
    of_kind: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for one in nationals:
        kind = _kind(code, one)
        if kind is not None:
            of_kind[kind, len(one)].append(one)
    mobile = sum(len(some) for (kind, _), some in of_kind.items() if kind == _MOBILE)
    fixed = sum(map(len, of_kind.values())) - mobile
    slips = [one for one in nationals if _kind(code, one) is None]
    found = sum(log(_SLIP) - len(one) * log(10) for one in slips)
    found += _likelihood_of_shares((mobile, fixed), _MANY_MOBILES)
    for (kind, length), some in of_kind.items():
        found += _likelihood_in_plan(_branches(code, length, kind), kind, some)
    return found


def _likelihood_in_plan(branches: _Branches, kind: int, some: Sequence[str]) -> float:
    """Return the same of numbers of one kind and length."""
    below: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for one in some:
        for at in range(3):
            below[one[:at]][int(one[at])] += 1
    ways = [
        log(weight)
        + sum(_of_branch(branches, begun, found, spread) for begun, found in below.items())
        for spread, weight in _SPREADS[kind]
    ]
    rest = sum(log(branches.valid[int(one[:3])]) + (len(one) - 3) * log(10) for one in some)
    return _log_of_sum(ways) - rest


def _of_branch(branches: _Branches, begun: str, found: Mapping[int, int], spread: float) -> float:
    """Return how likely these digits come next, so many times each, after the digits `begun`."""
    if not begun:
        shares = branches.first
    else:
        shares = (branches.second, branches.third)[len(begun) - 1][int(begun)]
    return _likelihood_of_shares(
        tuple(found.values()), tuple(spread * shares[digit] for digit in found), spread
    )


def _likelihood_of_shares(
    counts: Sequence[int], parameters: Sequence[float], total: float | None = None
) -> float:
    """Return how likely a sequence has these counts, their shares being Dirichlet-distributed.

    `total` is the sum of all parameters, where those that count nothing are left out.
    """
    whole = sum(parameters) if total is None else total
    found = lgamma(whole) - lgamma(whole + sum(counts))
    pairs = zip(counts, parameters, strict=True)
    return found + sum(lgamma(one + count) - lgamma(one) for count, one in pairs)


def _log_of_sum(logs: Sequence[float]) -> float:
    most = max(logs)
    return most + log(sum(exp(one - most) for one in logs))


@lru_cache(maxsize=2_000)
def _branches(code: str, length: int, kind: int) -> _Branches:
    valid = _valid_beginnings(code, length, kind)
    by_two = [sum(valid[at : at + 10]) for at in range(0, 1000, 10)]
    by_one = [sum(by_two[at : at + 10]) for at in range(0, 100, 10)]
    return _Branches(
        first=_shares(by_one),
        second=tuple(_shares(by_two[at : at + 10]) for at in range(0, 100, 10)),
        third=tuple(_shares(valid[at : at + 10]) for at in range(0, 1000, 10)),
        valid=tuple(max(count, _UNSEEN) / _TRIED for count in valid),
    )


def _shares(counts: Sequence[int]) -> tuple[float, ...]:
    whole = sum(counts) + _UNSEEN * len(counts)
    return tuple((count + _UNSEEN) / whole for count in counts)
