"""The numbering plans as patterns over whole columns, out of phonenumbers' own metadata. Pure.

`numbering.number_of` says what a number is; this says the same of many at once. The patterns are
joined when a calling code is first met, and each is kept: a new release of phonenumbers is followed
by itself. They run in RE2, which knows no looking ahead and no references back; a code whose
patterns need them, or any other thing that RE2 may read otherwise, is left to `number_of`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberType

from importer.columns.buffers import digit_at, flags_of, lengths
from importer.phones.cell.numbering import MAX_DIGITS, MIN_NATIONAL, TYPE_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from phonenumbers import PhoneNumberDesc

    from importer.columns.buffers import Flags, Ints

    Outcomes = NDArray[np.int16]
    Codes = NDArray[np.int16]

INVALID = -1
"""No number of any plan."""
UNSURE = -2
"""Only `number_of` can tell."""

REGIONS = tuple(sorted({*phonenumbers.SUPPORTED_REGIONS, "001"}))
_PLACE_OF = {region: at for at, region in enumerate(REGIONS)}
_KINDS = 16
"""More than there are types of numbers: an outcome is a region and a type in one integer."""
_LENGTHS = 64
"""More than the digits of any text that is looked up."""

_BEFORE_FIXED = (
    (PhoneNumberType.PREMIUM_RATE, "premium_rate"),
    (PhoneNumberType.TOLL_FREE, "toll_free"),
    (PhoneNumberType.SHARED_COST, "shared_cost"),
    (PhoneNumberType.VOIP, "voip"),
    (PhoneNumberType.PERSONAL_NUMBER, "personal_number"),
    (PhoneNumberType.PAGER, "pager"),
    (PhoneNumberType.UAN, "uan"),
    (PhoneNumberType.VOICEMAIL, "voicemail"),
)
"""The first of these that fits is a number's type; only then come fixed lines and mobiles."""
_PLAIN = re.compile(r"(?:\(\?:|\\d|\{\d+(?:,\d*)?\}(?!\+)|\[[\d-]+\]|[\d()|?]|(?<=[\d)\]}])\+)*")
"""What both engines read alike: digits, classes of them, groups, alternatives and repetition."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A region's numbers of one length; a pattern is "" where nothing fits."""

    region: str
    leading: str
    """What says that a number is of this region, in a code that several share."""
    general: str = ""
    before_fixed: tuple[tuple[int, str], ...] = ()
    fixed: str = ""
    mobile: str = ""
    alike: bool = False
    """Fixed lines and mobiles have the same numbers."""

    @property
    def specials(self) -> str:
        """All types before the fixed lines in one pattern."""
        return "|".join(pattern for _, pattern in self.before_fixed)

    @property
    def others(self) -> str:
        """All types but mobiles in one pattern."""
        return "|".join(one for one in (self.specials, self.fixed) if one)


def names_of_outcomes() -> tuple[pa.Array, pa.Array]:
    """Return the country and the type of each valid outcome, by the outcome."""
    kinds = [TYPE_NAMES.get(kind, "") for kind in range(_KINDS)]
    countries = [region for region in REGIONS for _ in kinds]
    return (
        pa.array(countries, pa.large_string()),
        pa.array(kinds * len(REGIONS), pa.large_string()),
    )


def mobiles(outcomes: Outcomes) -> Flags:
    """Return which outcomes are mobile numbers, or can be."""
    kinds = np.zeros(_KINDS, dtype=np.bool_)
    kinds[[PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE]] = True
    return np.asarray((outcomes >= 0) & kinds[outcomes % _KINDS])


def are_of(outcomes: Outcomes, regions: Sequence[str], which: Ints) -> Flags:
    """Return which outcomes are of the region at the place in `regions` that `which` says."""
    places = np.array([_PLACE_OF.get(region, INVALID) for region in regions], dtype=np.int32)
    return np.asarray((outcomes >= 0) & (outcomes // _KINDS == places[which]))


def matches(texts: pa.Array, pattern: str) -> Flags:
    """Return which texts a pattern is found in; none may be null."""
    return flags_of(pc.match_substring_regex(texts, pattern))


def codes_of(digits: pa.Array) -> Codes:
    """Return the calling code that each text of at least three digits begins with, or 0."""
    first, second, third = (digit_at(digits, at) for at in range(3))
    threes = first * np.int16(100) + second * np.int16(10) + third
    return np.asarray(_codes()[threes])


@cache
def _codes() -> Codes:
    """Return the calling code of every three digits that a number may begin with; 0: none."""
    found = np.zeros(1000, dtype=np.int16)
    for code in COUNTRY_CODE_TO_REGION_CODE:
        width = 10 ** (3 - len(str(code)))
        found[code * width : (code + 1) * width] = code
    return found


def look_up(numbers: pa.Array) -> Outcomes:
    """Return what numbers are, each at least three digits with its calling code first.

    An outcome below 0 is INVALID or UNSURE; `names_of_outcomes` says what the others mean.
    """
    # Sixteen bits are enough for both, and numpy sorts these by their digits, in a fifth the time.
    keys = codes_of(numbers).astype(np.uint16) * _LENGTHS
    keys += np.minimum(lengths(numbers), _LENGTHS - 1).astype(np.uint16)
    order = np.argsort(keys, kind="stable").astype(np.int32)
    outcomes = np.full(len(numbers), INVALID, dtype=np.int16)
    ordered = keys[order]
    bounds = [0, *(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1).tolist(), len(numbers)]
    for begin, end in pairwise(bounds if len(numbers) else []):
        code, length = divmod(int(ordered[begin]), _LENGTHS)
        rows, plans = order[begin:end], _plans(code, length)
        if plans is None:
            outcomes[rows] = UNSURE
        elif any(plan.general for plan in plans):
            outcomes[rows] = _of_code(numbers.take(pa.array(rows)), plans, code, length)
    return outcomes


def _of_code(numbers: pa.Array, plans: tuple[Plan, ...], code: int, length: int) -> Outcomes:
    """Return the outcomes of numbers of one code and length, as `region_code_for_number` does.

    The regions of a code are asked in turn: one with leading digits by these alone, any other
    by whether the number is valid there.
    """
    outcomes = np.full(len(numbers), INVALID, dtype=np.int16)
    rows, some = np.arange(len(numbers)), numbers
    for plan in plans:
        if not len(rows):
            break
        outcomes[rows], taken = _of_plan(some, plan, code)
        if taken.any():
            rows, some = rows[~taken], some.filter(pa.array(~taken))
    outcomes[flags_of(pc.equal(numbers, str(code).ljust(length, "0")))] = INVALID
    return outcomes


def _of_plan(numbers: pa.Array, plan: Plan, code: int) -> tuple[Outcomes, Flags]:
    """Return the outcomes in one region, and which numbers are its own, valid or not."""
    if not plan.leading:
        found = _in_plan(numbers, plan, code)
        return found, found >= 0
    own = matches(numbers, f"^{code}(?:{plan.leading})")
    found = np.full(len(numbers), INVALID, dtype=np.int16)
    if own.any():
        found[own] = _in_plan(numbers.filter(pa.array(own)), plan, code)
    return found, own


def _in_plan(numbers: pa.Array, plan: Plan, code: int) -> Outcomes:
    """Return the outcomes in one region."""
    found = np.full(len(numbers), INVALID, dtype=np.int16)
    general = _fits(numbers, plan.general, code)
    if general.any():
        some = numbers if general.all() else numbers.filter(pa.array(general))
        found[general] = _types(some, plan, code)
    return found


def _types(numbers: pa.Array, plan: Plan, code: int) -> Outcomes:
    """Return the outcomes of numbers that fit the plan as such, in `number_type`'s order."""
    found = np.full(len(numbers), INVALID, dtype=np.int16)
    base = _PLACE_OF[plan.region] * _KINDS
    if not plan.alike:
        found[_fits(numbers, plan.mobile, code)] = base + PhoneNumberType.MOBILE
    # Most are mobiles and nothing else; what the others are takes a question for each type.
    others = _fits(numbers, plan.others, code)
    if others.any():
        some = numbers if others.all() else numbers.filter(pa.array(others))
        found[others] = _other_types(some, found[others], plan, code)
    return found


def _other_types(numbers: pa.Array, found: Outcomes, plan: Plan, code: int) -> Outcomes:
    """Return the outcomes of numbers that are not mobiles only; `found` has those that are also."""
    base = _PLACE_OF[plan.region] * _KINDS
    fixed = _fits(numbers, plan.fixed, code)
    both = fixed & ((found >= 0) | plan.alike)
    found[fixed] = base + PhoneNumberType.FIXED_LINE
    found[both] = base + PhoneNumberType.FIXED_LINE_OR_MOBILE
    if _fits(numbers, plan.specials, code).any():
        for kind, pattern in reversed(plan.before_fixed):
            found[_fits(numbers, pattern, code)] = base + kind
    return found


def _fits(numbers: pa.Array, pattern: str, code: int) -> Flags:
    if not pattern:
        return np.zeros(len(numbers), dtype=np.bool_)
    return matches(numbers, f"^{code}(?:{pattern})$")


@cache
def _plans(code: int, length: int) -> tuple[Plan, ...] | None:
    """Return the plans of a code's regions for whole numbers of a length; None: not for RE2."""
    national = length - len(str(code))
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    if national < MIN_NATIONAL or length > MAX_DIGITS or not regions:
        return ()
    plans = [_plan(code, region, len(regions) > 1, national) for region in regions]
    return tuple(plans) if all(map(_is_plain, plans)) else None


def _plan(code: int, region: str, shares: bool, length: int) -> Plan:
    told: Any = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    leading = (told.leading_digits or "") if shares else ""
    general = _pattern(told.general_desc, length)
    kinds = [(kind, _pattern(getattr(told, name), length)) for kind, name in _BEFORE_FIXED]
    plan = Plan(
        region=region,
        leading=leading,
        general=general,
        before_fixed=tuple((kind, pattern) for kind, pattern in kinds if pattern),
        fixed=_pattern(told.fixed_line, length),
        mobile=_pattern(told.mobile, length),
        alike=bool(told.same_mobile_and_fixed_line_pattern),
    )
    some = plan.before_fixed or plan.fixed or (plan.mobile and not plan.alike)
    return plan if some else Plan(region, leading)


def _pattern(told: PhoneNumberDesc | None, length: int) -> str:
    """Return the pattern of a type's national numbers, "" where none has this length."""
    if told is None or (told.possible_length and length not in told.possible_length):
        return ""
    return told.national_number_pattern or ""


def _is_plain(plan: Plan) -> bool:
    patterns = (plan.leading, plan.general, plan.specials, plan.fixed, plan.mobile)
    return all(_PLAIN.fullmatch(pattern) for pattern in patterns)


@cache
def dialled_abroad(region: str) -> str | None:
    """Return the pattern of what a region dials for other countries, "" for `00` alone.

    None where it can't be matched in bulk.
    """
    plan = PhoneMetadata.metadata_for_region(region)
    prefix = (plan and plan.international_prefix) or "00"
    if not _PLAIN.fullmatch(prefix):
        return None
    return "" if prefix == "00" else f"^(?:{prefix})"
