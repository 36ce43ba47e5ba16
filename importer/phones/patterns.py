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

from importer.phones.numbering import MIN_NATIONAL, TYPE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from phonenumbers import PhoneNumberDesc

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

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


def countries(outcomes: Ints) -> pa.Array:
    """Return the country of each valid outcome."""
    return pa.array(REGIONS, pa.large_string()).take(pa.array(outcomes // _KINDS))


def types(outcomes: Ints) -> pa.Array:
    """Return the type of each valid outcome."""
    names = pa.array([TYPE_NAMES.get(kind, "") for kind in range(_KINDS)], pa.large_string())
    return names.take(pa.array(outcomes % _KINDS))


def mobiles(outcomes: Ints) -> Flags:
    """Return which outcomes are mobile numbers, or can be."""
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return (outcomes >= 0) & np.isin(outcomes % _KINDS, kinds)


def matches(texts: pa.Array, pattern: str) -> Flags:
    """Return which texts a pattern is found in."""
    found = pc.match_substring_regex(texts, pattern).fill_null(False)
    return np.asarray(found.to_numpy(zero_copy_only=False))


def lengths(texts: pa.Array) -> Ints:
    """Return how many bytes each text has, which for digits is how many there are."""
    return np.asarray(pc.binary_length(texts).to_numpy(), dtype=np.int64)


def codes_of(digits: pa.Array) -> Ints:
    """Return the calling code that each text of at least three digits begins with, or 0."""
    return _codes()[_first_three(digits)]


@cache
def _codes() -> Ints:
    """Return the calling code of every three digits that a number may begin with; 0: none."""
    found = np.zeros(1000, dtype=np.int64)
    for code in COUNTRY_CODE_TO_REGION_CODE:
        width = 10 ** (3 - len(str(code)))
        found[code * width : (code + 1) * width] = code
    return found


def _first_three(digits: pa.Array) -> Ints:
    first, second, third = (digit_at(digits, at) for at in range(3))
    return first * 100 + second * 10 + third


def digit_at(digits: pa.Array, at: Ints | int) -> Ints:
    """Return the digit at a place of each text, where it lies in the array's memory."""
    if not len(digits):
        return np.zeros(0, dtype=np.int64)
    _, offsets, text = digits.buffers()
    begins = np.frombuffer(offsets, dtype=np.int64)[digits.offset :][: len(digits)]
    signs = np.frombuffer(text, dtype=np.uint8)[begins + at]
    return np.asarray(signs.astype(np.int64) - ord("0"))


def look_up(numbers: pa.Array) -> Ints:
    """Return what numbers are, each at least three digits with its calling code first.

    An outcome below 0 is INVALID or UNSURE; `countries` and `types` say what the others mean.
    """
    codes = codes_of(numbers)
    outcomes = np.full(len(numbers), INVALID, dtype=np.int64)
    keys = (codes * _LENGTHS + np.minimum(lengths(numbers), _LENGTHS - 1)).astype(np.int32)
    for key, rows in _alike(keys):
        plans = _plans(*divmod(key, _LENGTHS))
        if plans is None:
            outcomes[rows] = UNSURE
        elif any(plan.general for plan in plans):
            outcomes[rows] = _of_code(numbers.take(pa.array(rows)), plans, key // _LENGTHS)
    return outcomes


def _alike(keys: NDArray[np.int32]) -> Iterator[tuple[int, Ints]]:
    """Return each different key and where it stands."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    bounds = np.flatnonzero(np.diff(ordered, prepend=-1, append=-1))
    for begin, end in pairwise(bounds):
        yield int(ordered[begin]), order[begin:end]


def _of_code(numbers: pa.Array, plans: tuple[Plan, ...], code: int) -> Ints:
    """Return the outcomes of numbers of one code and length, as `region_code_for_number` does.

    The regions of a code are asked in turn: one with leading digits by these alone, any other
    by whether the number is valid there.
    """
    outcomes = np.full(len(numbers), INVALID, dtype=np.int64)
    rows = np.arange(len(numbers))
    for plan in plans:
        if not len(rows):
            break
        some = numbers if len(rows) == len(numbers) else numbers.take(pa.array(rows))
        found, taken = _of_plan(some, plan, code)
        outcomes[rows] = found
        rows = rows[~taken]
    zeros = pc.equal(numbers, str(code).ljust(len(numbers[0].as_py()), "0"))
    outcomes[zeros.to_numpy(zero_copy_only=False)] = INVALID
    return outcomes


def _of_plan(numbers: pa.Array, plan: Plan, code: int) -> tuple[Ints, Flags]:
    """Return the outcomes in one region, and which numbers are its own, valid or not."""
    if not plan.leading:
        found = _in_plan(numbers, plan, code)
        return found, found >= 0
    own = matches(numbers, f"^{code}(?:{plan.leading})")
    found = np.full(len(numbers), INVALID, dtype=np.int64)
    if own.any():
        found[own] = _in_plan(numbers.filter(pa.array(own)), plan, code)
    return found, own


def _in_plan(numbers: pa.Array, plan: Plan, code: int) -> Ints:
    """Return the outcomes in one region, in the order in which `number_type` asks."""
    found = np.full(len(numbers), INVALID, dtype=np.int64)
    if not plan.general:
        return found
    base = _PLACE_OF[plan.region] * _KINDS

    def fits(pattern: str) -> Flags:
        if not pattern:
            return np.zeros(len(numbers), dtype=np.bool_)
        return matches(numbers, f"^{code}(?:{pattern})$")

    fixed = fits(plan.fixed)
    mobile = fixed if plan.alike else fits(plan.mobile)
    found[mobile] = base + PhoneNumberType.MOBILE
    found[fixed] = base + PhoneNumberType.FIXED_LINE
    found[fixed & mobile] = base + PhoneNumberType.FIXED_LINE_OR_MOBILE
    if fits(plan.specials).any():
        for kind, pattern in reversed(plan.before_fixed):
            found[fits(pattern)] = base + kind
    found[~fits(plan.general)] = INVALID
    return found


@cache
def _plans(code: int, length: int) -> tuple[Plan, ...] | None:
    """Return the plans of a code's regions for whole numbers of a length; None: not for RE2."""
    national = length - len(str(code))
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    if national < MIN_NATIONAL or not regions:
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
