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

from importer.phones.numbering import code_of, trunks_of
from importer.phones.patterns import (
    INVALID,
    UNSURE,
    codes_of,
    dialled_abroad,
    digit_at,
    lengths,
    look_up,
    matches,
    mobiles,
)
from importer.phones.readings import CHINESE_MOBILE, SHORTEST_ABROAD, shortened_trunks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.phones.options import BareDigits
    from importer.phones.patterns import Flags, Ints

_FEWEST, _MOST = 7, 17
"""Digits of a number that is read here."""
_WITH_PLUS = rf"^\+[0-9]{{{_FEWEST},{_MOST}}}$"
_BARE = rf"^[0-9]{{{_FEWEST},{_MOST}}}$"
_DRESSED = r"^ *(?:\+ ?|\(\+)?\(?[0-9]+(?:(?: ?[()-] ?| )[0-9]+)*\)? *$"
"""A part of what `shape` calls plain: no sign in it parts two numbers or makes a decimal."""
_LIKE_A_DATE = (
    r"^ *(?:(?:19|20)[0-9]{2}[ -][0-9]{1,2}[ -][0-9]{1,2}"
    r"|[0-9]{1,2}-[0-9]{1,2}-[0-9]{2,4}) *(?: |$)"
)
"""All dates that `shape` knows of digits, spaces and dashes, and more."""
_TRUNK_IN_BRACKETS = "(0)"
_REWRITTEN = "^5[24]"
"""Mexican and Argentine numbers may be written in a way that needs rewriting."""
_ARGENTINE_LENGTH = 12
"""Digits of an Argentine mobile number as it is written at home with 15, but for a 0 in front."""
_LONGEST = 400
_NOWHERE = -1
_FLAGS = 32
"""The first bit of `BareCells.facts` above the length of the digits."""
_TRUNK, _ZERO_LOST = _FLAGS << 7, _FLAGS << 8
FACTS = _FLAGS << 9
"""More than any of `BareCells.facts`."""


@dataclass(frozen=True, slots=True)
class Sure:
    """Cells that are numbers with their calling code, whatever the column shows."""

    cells: Ints
    numbers: pa.Array
    outcomes: Ints


@dataclass(frozen=True, slots=True)
class BareCells:
    """Cells of bare digits with a reading, and their readings; only the column tells which."""

    cells: Ints
    digits: pa.Array
    """What they are where they are international."""
    international: Ints
    """The outcome of that reading, below 0 where it is none."""
    home_numbers: pa.Array
    home: Ints
    """The outcome of the national reading, and in `home_numbers` the number."""
    facts: Ints
    """The same for cells that `conventions` can't tell apart, in rows of one region."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is plain to see of some cells, and the cells of which nothing is, by their places."""

    sure: Sure
    bare: BareCells
    left: Ints


@dataclass(slots=True)
class _Readings:
    """Readings of some texts, found one way after another."""

    at: Ints
    """Where in `numbers` a text's reading is."""
    outcomes: Ints
    count: Ints
    doubtful: Flags
    """Texts that may have a reading which is not found here."""
    parts: list[pa.Array] = field(default_factory=list)
    total: int = 0

    def add(self, rows: Ints, numbers: pa.Array, outcomes: Ints) -> None:
        """Add what one way of reading gives for some rows."""
        self.doubtful[rows[outcomes == UNSURE]] = True
        valid = outcomes >= 0
        rows, some = rows[valid], numbers if valid.all() else numbers.filter(pa.array(valid))
        self.at[rows] = self.total + np.arange(len(rows))
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
        at=np.full(count, _NOWHERE),
        outcomes=np.full(count, INVALID),
        count=np.zeros(count, dtype=np.int64),
        doubtful=np.zeros(count, dtype=np.bool_),
    )


@dataclass(frozen=True, slots=True)
class _Digits:
    """Texts of digits: which cells they are, their regions, and whether they are nothing else."""

    cells: Ints
    digits: pa.Array
    regions: Ints
    pure: Flags

    def __len__(self) -> int:
        return len(self.cells)

    def some(self, which: Flags) -> _Digits:
        """Return some of them."""
        if which.all():
            return self
        digits = self.digits.filter(pa.array(which))
        return _Digits(self.cells[which], digits, self.regions[which], self.pure[which])


def survey(
    texts: pa.Array,
    readable: Flags,
    regions: Ints,
    names: Sequence[str],
    bare_digits: BareDigits,
) -> Survey:
    """Look through cells' texts.

    `readable` cells are text or whole numbers in rows whose country is understood or not given;
    `names` has the region of each of `regions`, "" for none.
    """
    signed, bare = _written(texts, readable, regions)
    explicit = look_up(signed.digits)
    prefixed = _after_prefixes(bare, names)
    home = _at_home(bare, names)
    doubtful = prefixed.doubtful | home.readings.doubtful
    after_prefix = ~doubtful & (prefixed.count == 1) & (home.readings.count == 0)
    sure = _sure(signed, explicit, bare, after_prefix, prefixed)
    found = _readable(bare, home, ~doubtful & (prefixed.count == 0), names, bare_digits)
    left = np.ones(len(texts), dtype=np.bool_)
    left[sure.cells] = False
    left[found.cells] = False
    return Survey(sure, found, np.flatnonzero(left))


def _written(texts: pa.Array, readable: Flags, regions: Ints) -> tuple[_Digits, _Digits]:
    """Return the digits of the cells with a plus in front and of those without."""
    with_plus = readable & matches(texts, _WITH_PLUS)
    bare = readable & ~with_plus & matches(texts, _BARE)
    rest = np.flatnonzero(readable & ~with_plus & ~bare)
    dressed, dressed_bare = _undressed(texts.take(pa.array(rest)), rest, regions)
    cells, bare_cells = np.flatnonzero(with_plus), np.flatnonzero(bare)
    plus_digits = pc.utf8_slice_codeunits(texts.filter(pa.array(with_plus)), start=1)
    return (
        _joined(_Digits(cells, plus_digits, regions[cells], _all(cells)), dressed),
        _joined(
            _Digits(
                bare_cells, texts.filter(pa.array(bare)), regions[bare_cells], _all(bare_cells)
            ),
            dressed_bare,
        ),
    )


def _all(cells: Ints) -> Flags:
    return np.ones(len(cells), dtype=np.bool_)


def _joined(one: _Digits, other: _Digits) -> _Digits:
    if not len(other):
        return one
    return _Digits(
        np.concatenate([one.cells, other.cells]),
        pa.concat_arrays([one.digits, other.digits]),
        np.concatenate([one.regions, other.regions]),
        np.concatenate([one.pure, other.pure]),
    )


def _undressed(texts: pa.Array, cells: Ints, regions: Ints) -> tuple[_Digits, _Digits]:
    """Take spaces, dashes and brackets off where they can mean nothing else."""
    plain = matches(texts, _DRESSED) & (lengths(texts) <= _LONGEST)
    texts, cells = texts.filter(pa.array(plain)), cells[plain]
    odd = matches(texts, _LIKE_A_DATE)
    odd |= pc.match_substring(texts, _TRUNK_IN_BRACKETS).to_numpy(zero_copy_only=False)
    digits = pc.replace_substring_regex(texts, "[^0-9]+", "")
    count = lengths(digits)
    fitting = ~odd & (count >= _FEWEST) & (count <= _MOST)
    with_plus = pc.match_substring(texts, "+").to_numpy(zero_copy_only=False)
    pure = matches(texts, "^ *[0-9]+ *$")
    found = _Digits(cells, digits, regions[cells], pure)
    return found.some(fitting & with_plus), found.some(fitting & ~with_plus)


def _of_regions(some: _Digits, names: Sequence[str]) -> Iterator[tuple[str, Ints, pa.Array]]:
    """Return each region that is known, the rows that are of it, and their digits."""
    for at in np.unique(some.regions):
        if names[at]:
            rows = np.flatnonzero(some.regions == at)
            all_of_them = len(rows) == len(some)
            yield names[at], rows, some.digits if all_of_them else some.digits.take(pa.array(rows))


def _after_prefixes(bare: _Digits, names: Sequence[str]) -> _Readings:
    """Read what follows an international prefix: `00`, or one that the region itself dials."""
    found = _no_readings(len(bare))
    zeros = np.flatnonzero(pc.starts_with(bare.digits, "00").to_numpy(zero_copy_only=False))
    if len(zeros):
        rests = pc.utf8_slice_codeunits(bare.digits.take(pa.array(zeros)), start=2)
        _add_explicit(found, zeros, rests)
    for region, rows, digits in _of_regions(bare, names):
        pattern = dialled_abroad(region)
        if pattern is None:
            found.doubtful[rows] = True
        elif pattern:
            _add_dialled(found, rows, digits, pattern)
    return found


def _add_dialled(found: _Readings, rows: Ints, digits: pa.Array, pattern: str) -> None:
    """Add what follows a region's own prefix, where that is not just `00`."""
    dialled = np.isin(digit_at(digits, 0), (0, 8))
    dialled[dialled] = matches(digits.filter(pa.array(dialled)), pattern)
    rows, digits = rows[dialled], digits.filter(pa.array(dialled))
    rests = pc.replace_substring_regex(digits, pattern, "", max_replacements=1)
    zeros = pc.starts_with(digits, "00").to_numpy(zero_copy_only=False)
    another = ~zeros | (lengths(rests) != lengths(digits) - 2)
    _add_explicit(found, rows[another], rests.filter(pa.array(another)))


def _add_explicit(found: _Readings, rows: Ints, numbers: pa.Array) -> None:
    """Add numbers with their calling code; those that `decide` may repair are doubtful."""
    long = lengths(numbers) > 3
    found.doubtful[rows[~long]] = True
    rows, numbers = rows[long], numbers.filter(pa.array(long))
    outcomes = look_up(numbers)
    codes = codes_of(numbers)
    after_code = digit_at(numbers, 1 + (codes > 9).astype(np.int64) + (codes > 99))
    repairable = ((codes > 0) & (after_code == 0)) | matches(numbers, _REWRITTEN)
    found.doubtful[rows[(outcomes < 0) & repairable]] = True
    found.add(rows, numbers, outcomes)


def _sure(
    signed: _Digits, explicit: Ints, bare: _Digits, after_prefix: Flags, prefixed: _Readings
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


def _at_home(bare: _Digits, names: Sequence[str]) -> _Home:
    """Read digits as national numbers of their regions, as `readings` does."""
    found = _no_readings(len(bare))
    trunk = np.zeros(len(bare), dtype=np.bool_)
    for region, rows, digits in _of_regions(bare, names):
        for prefix in trunks_of(region):
            _add_national(found, rows, digits, region, prefix)
        trunk[rows] = found.count[rows] > 0
        for prefix in ("", *shortened_trunks(region)):
            _add_national(found, rows, digits, region, prefix)
        if region == "AR":
            count = lengths(digits) - (digit_at(digits, 0) == 0)
            found.doubtful[rows] |= (found.count[rows] == 0) & (count == _ARGENTINE_LENGTH)
    return _Home(found, trunk)


def _add_national(found: _Readings, rows: Ints, digits: pa.Array, region: str, prefix: str) -> None:
    """Add what follows a prefix as national numbers."""
    if prefix:
        begun = pc.starts_with(digits, prefix)
        rows = rows[begun.to_numpy(zero_copy_only=False)]
        digits = pc.utf8_slice_codeunits(digits.filter(begun), start=len(prefix))
    numbers = _put_before(code_of(region), digits)
    found.add(rows, numbers, look_up(numbers))


def _put_before(prefix: str, digits: pa.Array) -> pa.Array:
    kind = pa.large_string()
    return pc.binary_join_element_wise(pa.scalar(prefix, kind), digits, pa.scalar("", kind))


def _readable(
    bare: _Digits, home: _Home, asked: Flags, names: Sequence[str], bare_digits: BareDigits
) -> BareCells:
    """Return the cells with one national reading, an international one, or both."""
    abroad = look_up(bare.digits)
    national = home.readings.count == 1
    # How a text is grouped may say which of two readings is meant.
    told_by_groups = ~bare.pure & national & (abroad >= 0)
    if bare_digits == "international":
        national &= home.trunk
    if bare_digits == "national":
        abroad[:] = INVALID
    asked = asked & (abroad != UNSURE) & (home.readings.count <= 1) & ~told_by_groups
    asked &= national | (abroad >= 0)
    lost = _zeros_lost(bare.some(asked), names, by_hand=bare_digits != "auto")
    asked[np.flatnonzero(asked)[lost.doubtful]] = False
    rows, some = np.flatnonzero(asked), bare.some(asked)
    at_home = np.where(national, home.readings.outcomes, INVALID)[rows]
    numbers = home.readings.numbers_of(np.where(national[rows], rows, _NOWHERE))
    facts = _facts(some, names, numbers, at_home, abroad[rows])
    facts += home.trunk[rows] * _TRUNK + (lost.count > 0)[~lost.doubtful] * _ZERO_LOST
    return BareCells(some.cells, some.digits, abroad[rows], numbers, at_home, facts)


def _zeros_lost(bare: _Digits, names: Sequence[str], *, by_hand: bool) -> _Readings:
    """Read digits with the zeros that a number cell drops; see `readings`."""
    found = _no_readings(len(bare))
    if by_hand:
        return found
    whole = bare.pure & (digit_at(bare.digits, 0) != 0)
    at = np.flatnonzero(whole)
    for region, some, digits in _of_regions(bare.some(whole), names):
        rows = at[some]
        numbers = _put_before(f"{code_of(region)}0", digits)
        found.add(rows, numbers, look_up(numbers))
        pattern = dialled_abroad(region)
        for zeros in ("0", "00") if pattern else ():
            _add_shortened(found, rows, digits, zeros, pattern or "")
    return found


def _add_shortened(
    found: _Readings, rows: Ints, digits: pa.Array, zeros: str, pattern: str
) -> None:
    """Add what follows an international prefix that lacks its zeros."""
    rests = pc.replace_substring_regex(_put_before(zeros, digits), pattern, "", max_replacements=1)
    count = lengths(rests)
    shorter = (count < lengths(digits)) & (count >= SHORTEST_ABROAD)
    numbers = rests.filter(pa.array(shorter))
    found.add(rows[shorter], numbers, look_up(numbers))


def _facts(
    bare: _Digits, names: Sequence[str], numbers: pa.Array, home: Ints, abroad: Ints
) -> Ints:
    """Return what `conventions` looks at, as one integer, but for trunk prefixes and zeros lost."""
    agree = pc.equal(numbers, bare.digits).fill_null(False).to_numpy(zero_copy_only=False)
    region_codes = np.array([int(code_of(name)) if name else 0 for name in names])
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
    facts = lengths(bare.digits)
    for at, flag in enumerate(flags):
        facts = facts + flag * (_FLAGS << at)
    return facts
