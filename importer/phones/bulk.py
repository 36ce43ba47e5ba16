"""Many cells at once: those whose readings are plain to see, found by pattern and column. Pure.

`decide` is the one definition of right. This goes before it, and takes only cells of which it can
prove what `decide` says; it leaves the others, the odd ones, to `decide`. What bare digits come to
is not said here either: cells that are alike in all that matters share one class, and whoever asks
`decide` and the column about one of them knows it of all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import Reason
from importer.phones.buffers import digit_at, flags_of, lengths
from importer.phones.numbering import code_of, fault_of, trunks_of
from importer.phones.patterns import (
    INVALID,
    UNSURE,
    codes_of,
    dialled_abroad,
    look_up,
    matches,
    mobiles,
)
from importer.phones.readings import CHINESE_MOBILE, SHORTEST_ABROAD, shortened_trunks
from importer.phones.written import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from importer.phones.buffers import Cells, Flags, Ints
    from importer.phones.options import PhoneOptions
    from importer.phones.patterns import Outcomes
    from importer.phones.written import Digits

    Facts = NDArray[np.int16]

_MEXICO, _ARGENTINA = 52, 54
_OLD_MEXICAN_LENGTH = 13
"""Digits of a Mexican number with the 1 that mobiles had after +52."""
_ARGENTINE_LENGTH = 12
"""Digits of an Argentine mobile number as it is written at home with 15, but for a 0 in front."""
_MANY = 64
"""More than the digits of any text that is read here."""
_NOWHERE = -1
_FLAGS = 32
"""The first bit of `BareCells.facts` above the length of the digits."""
_TRUNK, _ZERO_LOST = _FLAGS << 7, _FLAGS << 8
FACTS = _FLAGS << 9
"""More than any of `BareCells.facts`."""
REASONS = tuple(Reason)


@dataclass(frozen=True, slots=True)
class Sure:
    """Cells that are numbers with their calling code, whatever the column shows."""

    cells: Cells
    numbers: pa.Array
    outcomes: Outcomes


@dataclass(frozen=True, slots=True)
class Refused:
    """Cells that are no number, whatever the column shows."""

    cells: Cells
    reasons: NDArray[np.int8]
    """Places in REASONS."""


@dataclass(frozen=True, slots=True)
class BareCells:
    """Cells of bare digits with a reading, and their readings; only the column tells which."""

    cells: Cells
    digits: pa.Array
    """What they are where they are international."""
    international: Outcomes
    """The outcome of that reading, below 0 where it is none."""
    home_numbers: pa.Array
    home: Outcomes
    """The outcome of the national reading, and in `home_numbers` the number."""
    facts: Facts
    """The same for cells that `conventions` can't tell apart, in rows of one region."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is plain to see of some cells, and the cells of which nothing is, by their places.

    Each part is in the order of its cells, but for `sure`.
    """

    sure: Sure
    refused: Refused
    bare: BareCells
    left: Cells


@dataclass(slots=True)
class _Readings:
    """Readings of some texts, found one way after another."""

    at: Cells
    """Where in `numbers` a text's reading is."""
    outcomes: Outcomes
    count: NDArray[np.int8]
    doubtful: Flags
    """Texts that may have a reading which is not found here."""
    parts: list[pa.Array] = field(default_factory=list)
    total: int = 0

    def add(self, rows: Ints, numbers: pa.Array, outcomes: Outcomes) -> None:
        """Add what one way of reading gives for some rows."""
        self.doubtful[rows[outcomes == UNSURE]] = True
        valid = outcomes >= 0
        rows, some = rows[valid], numbers if valid.all() else numbers.filter(pa.array(valid))
        self.at[rows] = np.arange(self.total, self.total + len(rows))
        self.outcomes[rows] = outcomes[valid]
        self.count[rows] += 1
        self.parts.append(some)
        self.total += len(rows)

    def numbers_of(self, rows: Ints) -> pa.Array:
        """Return the readings of rows, null for none."""
        where = np.where(rows == _NOWHERE, _NOWHERE, self.at[rows])
        joined = pa.concat_arrays([*self.parts, pa.array([], pa.large_string())])
        return joined.take(pa.array(where, mask=where == _NOWHERE))


def _no_readings(count: int) -> _Readings:
    return _Readings(
        at=np.full(count, _NOWHERE, dtype=np.int32),
        outcomes=np.full(count, INVALID, dtype=np.int16),
        count=np.zeros(count, dtype=np.int8),
        doubtful=np.zeros(count, dtype=np.bool_),
    )


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
    explicit = look_up(signed.digits)
    refused = _refused(signed, explicit, options)
    prefixed = _after_prefixes(bare, names)
    home = _at_home(bare, names)
    doubtful = prefixed.doubtful | home.readings.doubtful
    after_prefix = ~doubtful & (prefixed.count == 1) & (home.readings.count == 0)
    sure = _sure(signed, explicit, bare, after_prefix, prefixed)
    found = _readable(bare, home, ~doubtful & (prefixed.count == 0), names, options)
    left = np.ones(len(texts), dtype=np.bool_)
    for cells in (sure.cells, refused.cells, found.cells):
        left[cells - first] = False
    return Survey(sure, refused, found, np.flatnonzero(left).astype(np.int32) + np.int32(first))


def _refused(signed: Digits, outcomes: Outcomes, options: PhoneOptions) -> Refused:
    """Return the numbers with a plus that have no valid reading, and no possible one if asked."""
    invalid = outcomes == INVALID
    invalid[invalid] = ~_is_repairable(signed.digits.filter(pa.array(invalid)))
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


def _of_regions(
    digits: pa.Array, regions: Ints, names: Sequence[str]
) -> Iterator[tuple[str, Ints, pa.Array]]:
    """Return each region that is known, the rows that are of it, and their digits."""
    for at in np.unique(regions):
        if names[at]:
            rows = np.flatnonzero(regions == at)
            yield names[at], rows, digits.take(pa.array(rows))


def _each(names: Sequence[str], prefixes: Callable[[str], Sequence[str]]) -> dict[str, Flags]:
    """Return for each prefix which regions have it."""
    of_each = [prefixes(name) if name else () for name in names]
    return {
        prefix: np.array([prefix in one for one in of_each], dtype=np.bool_)
        for prefix in dict.fromkeys(prefix for one in of_each for prefix in one)
    }


def _after_prefixes(bare: Digits, names: Sequence[str]) -> _Readings:
    """Read what follows an international prefix: `00`, or one that the region itself dials."""
    found = _no_readings(len(bare))
    # See `numbering.after_international_prefix`: no other digits begin one.
    begun = np.flatnonzero(np.isin(digit_at(bare.digits, 0), (0, 8)))
    digits = bare.digits.take(pa.array(begun))
    zeros = pc.starts_with(digits, "00")
    _add_explicit(found, begun[flags_of(zeros)], _after(digits.filter(zeros), 2))
    for region, rows, some in _of_regions(digits, bare.regions[begun], names):
        pattern = dialled_abroad(region)
        if pattern:
            _add_dialled(found, begun[rows], some, pattern)
    unknown = np.array([bool(name) and dialled_abroad(name) is None for name in names])
    found.doubtful |= unknown[bare.regions]
    return found


def _after(digits: pa.Array, count: int) -> pa.Array:
    """Return digits without the first ones."""
    return pc.utf8_slice_codeunits(digits, start=count)


def _add_dialled(found: _Readings, rows: Ints, digits: pa.Array, pattern: str) -> None:
    """Add what follows a region's own prefix, where that is not just `00`."""
    dialled = matches(digits, pattern)
    rows, digits = rows[dialled], digits.filter(pa.array(dialled))
    rests = pc.replace_substring_regex(digits, pattern, "", max_replacements=1)
    zeros = flags_of(pc.starts_with(digits, "00"))
    another = ~zeros | (lengths(rests) != lengths(digits) - 2)
    _add_explicit(found, rows[another], rests.filter(pa.array(another)))


def _add_explicit(found: _Readings, rows: Ints, numbers: pa.Array) -> None:
    """Add numbers with their calling code; those that `decide` may repair are doubtful."""
    long = lengths(numbers) > 3
    found.doubtful[rows[~long]] = True
    rows, numbers = rows[long], numbers.filter(pa.array(long))
    outcomes = look_up(numbers)
    found.doubtful[rows[(outcomes < 0) & _is_repairable(numbers)]] = True
    found.add(rows, numbers, outcomes)


def _is_repairable(numbers: pa.Array) -> Flags:
    """Return which numbers `readings.explicit_readings` may rewrite where they are not valid."""
    codes = codes_of(numbers)
    after_code = digit_at(numbers, 1 + (codes > 9).astype(np.int64) + (codes > 99))
    old = (codes == _MEXICO) & (after_code == 1) & (lengths(numbers) == _OLD_MEXICAN_LENGTH)
    return np.asarray(((codes > 0) & (after_code == 0)) | old | (codes == _ARGENTINA))


def _sure(
    signed: Digits, explicit: Outcomes, bare: Digits, after_prefix: Flags, prefixed: _Readings
) -> Sure:
    valid = explicit >= 0
    rows = np.flatnonzero(after_prefix)
    return Sure(
        np.concatenate([signed.cells[valid], bare.cells[rows]]),
        pa.concat_arrays([signed.digits.filter(pa.array(valid)), prefixed.numbers_of(rows)]),
        np.concatenate([explicit[valid], prefixed.outcomes[rows]]),
    )


@dataclass(frozen=True, slots=True)
class _Home:
    """National readings, and which of them have their trunk prefix written out."""

    readings: _Readings
    trunk: Flags


def _at_home(bare: Digits, names: Sequence[str]) -> _Home:
    """Read digits as national numbers of their regions, as `readings` does."""
    found = _no_readings(len(bare))
    codes = _codes_of_regions(bare, names)
    for prefix, of in _each(names, trunks_of).items():
        _add_national(found, np.flatnonzero(of[bare.regions]), bare.digits, codes, prefix)
    trunk = found.count > 0
    _add_national(found, np.flatnonzero(_known(names)[bare.regions]), bare.digits, codes, "")
    for prefix, of in _each(names, shortened_trunks).items():
        _add_national(found, np.flatnonzero(of[bare.regions]), bare.digits, codes, prefix)
    argentine = np.array([name == "AR" for name in names], dtype=np.bool_)[bare.regions]
    count = lengths(bare.digits) - (digit_at(bare.digits, 0) == 0)
    found.doubtful |= argentine & (found.count == 0) & (count == _ARGENTINE_LENGTH)
    return _Home(found, trunk)


def _known(names: Sequence[str]) -> Flags:
    return np.array([bool(name) for name in names], dtype=np.bool_)


def _codes_of_regions(bare: Digits, names: Sequence[str], then: str = "") -> pa.Array:
    """Return the calling code of each one's region and what comes after it, "" for no region."""
    codes = pa.array([code_of(name) + then if name else "" for name in names], pa.large_string())
    return codes.take(pa.array(bare.regions))


def _add_national(
    found: _Readings, rows: Ints, digits: pa.Array, codes: pa.Array, prefix: str
) -> None:
    """Add what follows a prefix as national numbers of rows."""
    if len(rows) != len(digits):
        digits, codes = digits.take(pa.array(rows)), codes.take(pa.array(rows))
    if prefix:
        begun = pc.starts_with(digits, prefix)
        rows, codes = rows[flags_of(begun)], codes.filter(begun)
        digits = _after(digits.filter(begun), len(prefix))
    numbers = _put_before(codes, digits)
    found.add(rows, numbers, look_up(numbers))


def _put_before(prefix: pa.Array | str, digits: pa.Array) -> pa.Array:
    kind = pa.large_string()
    first = pa.scalar(prefix, kind) if isinstance(prefix, str) else prefix
    return pc.binary_join_element_wise(first, digits, pa.scalar("", kind))


def _readable(
    bare: Digits, home: _Home, asked: Flags, names: Sequence[str], options: PhoneOptions
) -> BareCells:
    """Return the cells with one national reading, an international one, or both."""
    abroad = look_up(bare.digits)
    national = home.readings.count == 1
    # How a text is grouped may say which of two readings is meant.
    told_by_groups = ~bare.pure & national & (abroad >= 0)
    if options.bare_digits == "international":
        national &= home.trunk
    if options.bare_digits == "national":
        abroad[:] = INVALID
    asked = asked & (abroad != UNSURE) & (home.readings.count <= 1) & ~told_by_groups
    asked &= national | (abroad >= 0)
    lost = _zeros_lost(bare.some(asked), names, by_hand=options.bare_digits != "auto")
    asked[np.flatnonzero(asked)[lost.doubtful]] = False
    rows, some = np.flatnonzero(asked), bare.some(asked)
    at_home = np.where(national, home.readings.outcomes, np.int16(INVALID))[rows]
    numbers = home.readings.numbers_of(np.where(national[rows], rows, _NOWHERE))
    facts = _facts(some, names, numbers, at_home, abroad[rows])
    facts[home.trunk[rows]] += _TRUNK
    facts[(lost.count > 0)[~lost.doubtful]] += _ZERO_LOST
    return BareCells(some.cells, some.digits, abroad[rows], numbers, at_home, facts)


def _zeros_lost(bare: Digits, names: Sequence[str], *, by_hand: bool) -> _Readings:
    """Read digits with the zeros that a number cell drops; see `readings`."""
    found = _no_readings(len(bare))
    if by_hand:
        return found
    whole = bare.pure & (digit_at(bare.digits, 0) != 0) & _known(names)[bare.regions]
    at, some = np.flatnonzero(whole), bare.some(whole)
    numbers = _put_before(_codes_of_regions(some, names, "0"), some.digits)
    found.add(at, numbers, look_up(numbers))
    for region, rows, digits in _of_regions(some.digits, some.regions, names):
        pattern = dialled_abroad(region)
        for zeros in ("0", "00") if pattern else ():
            _add_shortened(found, at[rows], digits, zeros, pattern or "")
    return found


def _add_shortened(
    found: _Readings, rows: Ints, digits: pa.Array, zeros: str, pattern: str
) -> None:
    """Add what follows an international prefix that lacks its zeros."""
    whole = _put_before(zeros, digits)
    dialled = matches(whole, pattern)
    rests = pc.replace_substring_regex(
        whole.filter(pa.array(dialled)), pattern, "", max_replacements=1
    )
    count = lengths(rests)
    rows = rows[dialled]
    shorter = (count < lengths(digits)[dialled]) & (count >= SHORTEST_ABROAD)
    numbers = rests.filter(pa.array(shorter))
    found.add(rows[shorter], numbers, look_up(numbers))


def _facts(
    bare: Digits, names: Sequence[str], numbers: pa.Array, home: Outcomes, abroad: Outcomes
) -> Facts:
    """Return what `conventions` looks at, as one integer, but for trunk prefixes and zeros lost."""
    agree = flags_of(pc.equal(numbers, bare.digits).fill_null(False))
    region_codes = np.array([int(code_of(name)) if name else 0 for name in names], dtype=np.int16)
    own = (abroad >= 0) & (codes_of(bare.digits) == region_codes[bare.regions])
    flags = (
        home >= 0,
        mobiles(home),
        abroad >= 0,
        mobiles(abroad),
        agree & (abroad >= 0),
        own,
        matches(bare.digits, f"^(?:{CHINESE_MOBILE})$"),
    )
    facts = lengths(bare.digits).astype(np.int16)
    for at, flag in enumerate(flags):
        facts[flag] += _FLAGS << at
    return facts
