"""Sorts many cells at once: numbers, rejects, bare digits with their readings, and the rest. Pure.

`decide` defines what is right. The survey takes only cells of which patterns show what `decide`
would say, and leaves the rest to it. It does not choose between the readings of bare digits: cells
with equal `facts` form a class, and what is decided about one of them holds for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.buffers import digit_at, flags_of, lengths
from importer.model import Reason
from importer.phones.bulk.digits import written
from importer.phones.bulk.patterns import INVALID, UNSURE, are_of, codes_of, matches, mobiles
from importer.phones.bulk.readings import NOWHERE, is_repairable, read
from importer.phones.cell.numbering import code_of, fault_of
from importer.phones.cell.readings import CHINESE_MOBILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from importer.columns.buffers import Cells, Flags, Ints
    from importer.phones.bulk.digits import Digits
    from importer.phones.bulk.patterns import Outcomes
    from importer.phones.bulk.readings import Found, Readings
    from importer.phones.options import PhoneOptions

    Facts = NDArray[np.int32]

_MANY = 64
"""More than the digits of any text that is read here."""
_FLAGS = 32
"""The first bit of `BareCells.facts` above the length of the digits."""
_TRUNK, _ZERO_LOST = _FLAGS << 8, _FLAGS << 9
_CODES = _FLAGS << 10
"""What a calling code is counted in."""
FACTS = _CODES * 1000
"""More than any of `BareCells.facts`."""
REASONS = tuple(Reason)


@dataclass(frozen=True, slots=True)
class Sure:
    """Cells with a plus or an international prefix, whose numbers no column can change."""

    cells: Cells
    numbers: pa.Array
    outcomes: Outcomes


@dataclass(frozen=True, slots=True)
class Refused:
    """Cells with a plus that are no number."""

    cells: Cells
    reasons: NDArray[np.int8]
    """Places in REASONS."""


@dataclass(frozen=True, slots=True)
class BareCells:
    """Cells of bare digits and their readings; what the column shows decides between these."""

    cells: Cells
    digits: pa.Array
    """What they are where they are international."""
    international: Outcomes
    """The outcome of that reading, below 0 where it is none."""
    home_numbers: pa.Array
    home: Outcomes
    """The outcome of the national reading, and in `home_numbers` the number."""
    facts: Facts
    """Equal for cells of rows of one region that differ for `decide_bare` by their digits alone."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What patterns show of some cells, and the places of the cells that are left to `decide`.

    Each part is in the order of its cells, but for `sure`.
    """

    sure: Sure
    refused: Refused
    bare: BareCells
    left: Cells


def survey(
    texts: pa.Array,
    readable: Flags,
    regions: Ints,
    names: Sequence[str],
    options: PhoneOptions,
    first: int = 0,
) -> Survey:
    """Look through cells' texts; `first` is the place of the first cell.

    `readable` cells are text or whole numbers in rows whose country is understood or not given;
    `names` has the region of each of `regions`, "" for none.
    """
    signed, bare = written(texts, readable, regions, first)
    by_hand = options.bare_digits != "auto"
    explicit, found = read(signed.digits, bare, names, by_hand=by_hand)
    refused = _refused(signed, explicit, options)
    doubtful = found.prefixed.doubtful | found.home.doubtful
    after_prefix = ~doubtful & (found.prefixed.count == 1) & (found.home.count == 0)
    sure = _sure(signed, explicit, bare, after_prefix, found.prefixed)
    asked = ~doubtful & (found.prefixed.count == 0)
    clear = _readable(bare, found, asked, names, options)
    left = np.ones(len(texts), dtype=np.bool_)
    for cells in (sure.cells, refused.cells, clear.cells):
        left[cells - first] = False
    return Survey(sure, refused, clear, np.flatnonzero(left).astype(np.int32) + np.int32(first))


def _refused(signed: Digits, outcomes: Outcomes, options: PhoneOptions) -> Refused:
    """Return the numbers with a plus that have no valid reading, and no possible one if asked."""
    invalid = outcomes == INVALID
    invalid[invalid] = ~is_repairable(signed.digits.filter(pa.array(invalid)))
    some = signed.some(invalid)
    codes, count = codes_of(some.digits), lengths(some.digits)
    # After the plus `decide` forgives a `00`; what is all zeros after its code is repairable.
    sure = digit_at(some.digits, 0) != 0
    different, which = np.unique(codes.astype(np.int32) * _MANY + count, return_inverse=True)
    reasons = [_fault(*divmod(one, _MANY)) for one in different.tolist()]
    if options.strict == "possible":
        sure &= np.array([one is not Reason.NOT_VALID for one in reasons], dtype=np.bool_)[which]
    places = np.array([REASONS.index(one) for one in reasons], dtype=np.int8)[which]
    return Refused(some.cells[sure], places[sure])


def _fault(code: int, length: int) -> Reason:
    return fault_of(code, length - len(str(code))) if code else Reason.UNKNOWN_CODE


def _sure(
    signed: Digits, explicit: Outcomes, bare: Digits, after_prefix: Flags, prefixed: Readings
) -> Sure:
    valid = explicit >= 0
    rows = np.flatnonzero(after_prefix)
    return Sure(
        np.concatenate([signed.cells[valid], bare.cells[rows]]),
        pa.concat_arrays([signed.digits.filter(pa.array(valid)), prefixed.numbers_of(rows)]),
        np.concatenate([explicit[valid], prefixed.outcomes[rows]]),
    )


def _readable(
    bare: Digits, found: Found, asked: Flags, names: Sequence[str], options: PhoneOptions
) -> BareCells:
    """Return the cells with one national reading, an international one, or both."""
    abroad, home, lost = found.international, found.home, found.lost
    national = home.count == 1
    # How a text is grouped may speak for or against a country code.
    told_by_groups = ~bare.pure & (abroad >= 0)
    rewritten = _is_own(bare, names) & (abroad == INVALID) & is_repairable(bare.digits)
    if options.bare_digits == "international":
        national &= found.trunk
    if options.bare_digits == "national":
        abroad[:] = INVALID
    asked = asked & (abroad != UNSURE) & (home.count <= 1) & ~told_by_groups & ~lost.doubtful
    asked &= ~rewritten
    asked &= national | (abroad >= 0)
    rows, some = np.flatnonzero(asked), bare.some(asked)
    outcomes = np.where(national, home.outcomes, np.int16(INVALID))[rows]
    numbers = home.numbers_of(np.where(national[rows], rows, NOWHERE))
    facts = _facts(some, names, numbers, outcomes, abroad[rows])
    facts[found.trunk[rows]] += _TRUNK
    facts[(lost.count > 0)[rows]] += _ZERO_LOST
    return BareCells(some.cells, some.digits, abroad[rows], numbers, outcomes, facts)


def _is_own(bare: Digits, names: Sequence[str]) -> Flags:
    """Return which digits begin with the calling code of their region."""
    codes = np.array([int(code_of(name)) if name else 0 for name in names], dtype=np.int16)
    return np.asarray((codes_of(bare.digits) == codes[bare.regions]) & (codes[bare.regions] > 0))


def _facts(
    bare: Digits, names: Sequence[str], numbers: pa.Array, home: Outcomes, abroad: Outcomes
) -> Facts:
    """Return what `decide_bare` looks at, as one integer, but for trunk prefixes and zeros lost."""
    agree = flags_of(pc.equal(numbers, bare.digits).fill_null(False))
    own = (abroad >= 0) & _is_own(bare, names)
    flags = (
        home >= 0,
        mobiles(home),
        abroad >= 0,
        mobiles(abroad),
        agree & (abroad >= 0),
        own,
        matches(bare.digits, f"^(?:{CHINESE_MOBILE})$"),
        _is_usual(numbers, bare, names) & are_of(home, names, bare.regions),
    )
    facts = lengths(bare.digits) + codes_of(bare.digits) * np.int32(_CODES)
    for at, flag in enumerate(flags):
        facts[flag] += _FLAGS << at
    return facts


def _is_usual(numbers: pa.Array, bare: Digits, names: Sequence[str]) -> Flags:
    """Return which national readings are just the digits, with no trunk prefix in front."""
    codes = np.array([len(code_of(name)) if name else 0 for name in names], dtype=np.int32)
    return np.asarray(lengths(numbers.fill_null("")) == lengths(bare.digits) + codes[bare.regions])
