"""The readings of many digits at once, by each way of writing them. Pure.

Each way is one of those in `readings`, which says of one text what this says of a column. What all
ways make of the digits is looked up together: Arrow compiles a pattern anew at each call.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.buffers import digit_at, flags_of, lengths
from importer.phones.bulk.digits import FEWEST
from importer.phones.bulk.patterns import (
    INVALID,
    UNSURE,
    codes_of,
    dialled_abroad,
    look_up,
    matches,
)
from importer.phones.cell.numbering import code_of, trunks_of, trunks_of_code
from importer.phones.cell.readings import SHORTEST_ABROAD, shortened_trunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from importer.columns.buffers import Cells, Flags, Ints
    from importer.phones.bulk.digits import Digits
    from importer.phones.bulk.patterns import Codes, Outcomes

_MEXICO, _ARGENTINA = 52, 54
_OLD_MEXICAN_LENGTH = 13
"""Digits of a Mexican number with the 1 that mobiles had after +52."""
_ARGENTINE_LENGTH = 12
"""Digits of an Argentine mobile number as it is written at home with 15, but for a 0 in front."""
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of reading: the texts that may be written so, and the number that each would be."""

    rows: Ints
    numbers: pa.Array


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the numbers of one way of reading are, and where they begin among all numbers."""

    rows: Ints
    numbers: pa.Array
    begin: int
    outcomes: Outcomes


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of some texts, added one way after another."""

    numbers: pa.Array
    """Of all ways."""
    at: Cells
    """Where in `numbers` a text's reading is."""
    outcomes: Outcomes
    count: NDArray[np.int8]
    doubtful: Flags
    """Texts that may have a reading which is not found here."""

    def add(self, answer: _Answer) -> None:
        """Add what one way of reading gives."""
        self.doubtful[answer.rows[answer.outcomes == UNSURE]] = True
        valid = np.flatnonzero(answer.outcomes >= 0)
        rows = answer.rows[valid]
        self.at[rows] = valid + answer.begin
        self.outcomes[rows] = answer.outcomes[valid]
        self.count[rows] += 1

    def numbers_of(self, rows: Ints) -> pa.Array:
        """Return the readings of rows, null for none."""
        where = np.where(rows == NOWHERE, NOWHERE, self.at[rows])
        return self.numbers.take(pa.array(where, mask=where == NOWHERE))


@dataclass(frozen=True, slots=True)
class Found:
    """All readings of digits without a plus."""

    international: Outcomes
    """The outcome of the digits as they are, below 0 where they are no number."""
    prefixed: Readings
    """After an international prefix."""
    home: Readings
    """As national numbers of their regions."""
    trunk: Flags
    """Which of those have their trunk prefix written out."""
    lost: Readings
    """With the zeros in front that a number cell drops."""


def read(
    signed: pa.Array, bare: Digits, names: Sequence[str], *, by_hand: bool
) -> tuple[Outcomes, Found]:
    """Return the outcomes of the digits after a plus, and the readings of those without.

    `names` has the region of each of `regions`, "" for none; `by_hand` no zeros are missed.
    """
    codes = _codes_of_regions(bare, names)
    numbers, ((explicit,), (international,), prefixes, trunks, nationals, zeros) = _look_up(
        [
            [_Way(np.arange(len(signed)), signed)],
            [_Way(np.arange(len(bare)), bare.digits)],
            list(_after_prefixes(bare, names)),
            list(_after_trunks(bare, names, codes)),
            list(_without_trunks(bare, names, codes)),
            [] if by_hand else list(_with_zeros(bare, names)),
        ]
    )
    prefixed, home, lost = (_no_readings(len(bare), numbers) for _ in range(3))
    for answer in prefixes:
        _add_explicit(prefixed, answer)
    for answer in trunks:
        home.add(answer)
    trunk = home.count > 0
    for answer in nationals:
        home.add(answer)
    for answer in zeros:
        lost.add(answer)
    prefixed.doubtful[_dials_otherwise(names)[bare.regions]] = True
    home.doubtful[(home.count == 0) & _may_be_argentine(bare, names)] = True
    return explicit.outcomes, Found(international.outcomes, prefixed, home, trunk, lost)


def _look_up(groups: list[list[_Way]]) -> tuple[pa.Array, list[list[_Answer]]]:
    """Look up the numbers of all ways together, which empties what is given."""
    numbers = pa.concat_arrays([way.numbers for ways in groups for way in ways])
    rows = [[way.rows for way in ways] for ways in groups]
    # They are copied by now, and would lie beside all that looking up needs.
    groups.clear()
    outcomes = look_up(numbers)
    begins = iter(accumulate((len(one) for some in rows for one in some), initial=0))
    answered = [[_answer(one, numbers, next(begins), outcomes) for one in some] for some in rows]
    return numbers, answered


def _answer(rows: Ints, numbers: pa.Array, begin: int, outcomes: Outcomes) -> _Answer:
    end = begin + len(rows)
    return _Answer(rows, numbers.slice(begin, len(rows)), begin, outcomes[begin:end])


def _no_readings(count: int, numbers: pa.Array) -> Readings:
    return Readings(
        numbers=numbers,
        at=np.full(count, NOWHERE, dtype=np.int32),
        outcomes=np.full(count, INVALID, dtype=np.int16),
        count=np.zeros(count, dtype=np.int8),
        doubtful=np.zeros(count, dtype=np.bool_),
    )


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


def _after_prefixes(bare: Digits, names: Sequence[str]) -> Iterator[_Way]:
    """Read what follows an international prefix: `00`, or one that the region itself dials."""
    # See `numbering.after_international_prefix`: no other digits begin one.
    begun = np.flatnonzero(np.isin(digit_at(bare.digits, 0), (0, 8)))
    digits = bare.digits.take(pa.array(begun))
    zeros = pc.starts_with(digits, "00")
    yield _explicit(begun[flags_of(zeros)], _after(digits.filter(zeros), 2))
    for region, rows, some in _of_regions(digits, bare.regions[begun], names):
        pattern = dialled_abroad(region)
        if pattern:
            yield _dialled(begun[rows], some, pattern)


def _dials_otherwise(names: Sequence[str]) -> Flags:
    """Return which regions have a prefix that can't be matched in bulk."""
    return np.array([bool(name) and dialled_abroad(name) is None for name in names], dtype=np.bool_)


def _after(digits: pa.Array, count: int) -> pa.Array:
    """Return digits without the first ones."""
    return pc.utf8_slice_codeunits(digits, start=count)


def _dialled(rows: Ints, digits: pa.Array, pattern: str) -> _Way:
    """Read what follows a region's own prefix, where that is not just `00`."""
    dialled = matches(digits, pattern)
    rows, digits = rows[dialled], digits.filter(pa.array(dialled))
    rests = pc.replace_substring_regex(digits, pattern, "", max_replacements=1)
    zeros = flags_of(pc.starts_with(digits, "00"))
    another = ~zeros | (lengths(rests) != lengths(digits) - 2)
    return _explicit(rows[another], rests.filter(pa.array(another)))


def _explicit(rows: Ints, numbers: pa.Array) -> _Way:
    """Read numbers with their calling code; with fewer digits than these none is valid."""
    long = lengths(numbers) >= FEWEST
    return _Way(rows[long], numbers.filter(pa.array(long)))


def _add_explicit(found: Readings, answer: _Answer) -> None:
    """Add numbers with their calling code; those that `decide` may repair are doubtful."""
    repairable = (answer.outcomes < 0) & is_repairable(answer.numbers)
    found.doubtful[answer.rows[repairable]] = True
    found.add(answer)


def is_repairable(numbers: pa.Array) -> Flags:
    """Return which numbers `readings.explicit_readings` may rewrite where they are not valid."""
    codes = codes_of(numbers)
    after_code = digit_at(numbers, 1 + (codes > 9).astype(np.int64) + (codes > 99))
    old = (codes == _MEXICO) & (after_code == 1) & (lengths(numbers) == _OLD_MEXICAN_LENGTH)
    trunk = _begins_trunk(codes)[codes, after_code]
    return np.asarray(((codes > 0) & (after_code == 0)) | trunk | old | (codes == _ARGENTINA))


def _begins_trunk(codes: Codes) -> Flags:
    """Return for each of some calling codes with which digits its trunk prefixes begin.

    Only plans of codes that are there get loaded: all together take a tenth of a second.
    """
    found = np.zeros((1000, 10), dtype=np.bool_)
    for code in np.flatnonzero(np.bincount(codes)).tolist():
        for trunk in trunks_of_code(str(code)) if code else ():
            found[code, int(trunk[0])] = True
    return found


def _after_trunks(bare: Digits, names: Sequence[str], codes: pa.Array) -> Iterator[_Way]:
    """Read digits as national numbers with the trunk prefix of their regions."""
    for prefix, of in _each(names, trunks_of).items():
        yield _national(np.flatnonzero(of[bare.regions]), bare.digits, codes, prefix)


def _without_trunks(bare: Digits, names: Sequence[str], codes: pa.Array) -> Iterator[_Way]:
    """Read digits as national numbers as they are, or with what is left of a trunk prefix."""
    yield _national(np.flatnonzero(_known(names)[bare.regions]), bare.digits, codes, "")
    for prefix, of in _each(names, shortened_trunks).items():
        yield _national(np.flatnonzero(of[bare.regions]), bare.digits, codes, prefix)


def _may_be_argentine(bare: Digits, names: Sequence[str]) -> Flags:
    """Return which digits may be a mobile number with 15, which `readings` rewrites."""
    argentine = np.array([name == "AR" for name in names], dtype=np.bool_)[bare.regions]
    count = lengths(bare.digits) - (digit_at(bare.digits, 0) == 0)
    return np.asarray(argentine & (count == _ARGENTINE_LENGTH))


def _known(names: Sequence[str]) -> Flags:
    return np.array([bool(name) for name in names], dtype=np.bool_)


def _codes_of_regions(bare: Digits, names: Sequence[str], then: str = "") -> pa.Array:
    """Return the calling code of each one's region and what comes after it, "" for no region."""
    codes = pa.array([code_of(name) + then if name else "" for name in names], pa.large_string())
    return codes.take(pa.array(bare.regions))


def _national(rows: Ints, digits: pa.Array, codes: pa.Array, prefix: str) -> _Way:
    """Read what follows a prefix as national numbers of rows."""
    if len(rows) != len(digits):
        digits, codes = digits.take(pa.array(rows)), codes.take(pa.array(rows))
    if prefix:
        begun = pc.starts_with(digits, prefix)
        rows, codes = rows[flags_of(begun)], codes.filter(begun)
        digits = _after(digits.filter(begun), len(prefix))
    return _Way(rows, _put_before(codes, digits))


def _put_before(prefix: pa.Array | str, digits: pa.Array) -> pa.Array:
    kind = pa.large_string()
    first = pa.scalar(prefix, kind) if isinstance(prefix, str) else prefix
    return pc.binary_join_element_wise(first, digits, pa.scalar("", kind))


def _with_zeros(bare: Digits, names: Sequence[str]) -> Iterator[_Way]:
    """Read digits with the zeros that a number cell drops; see `readings`."""
    whole = bare.pure & (digit_at(bare.digits, 0) != 0) & _known(names)[bare.regions]
    at, some = np.flatnonzero(whole), bare.some(whole)
    yield _Way(at, _put_before(_codes_of_regions(some, names, "0"), some.digits))
    for region, rows, digits in _of_regions(some.digits, some.regions, names):
        pattern = dialled_abroad(region)
        for zeros in ("0", "00") if pattern else ():
            yield _shortened(at[rows], digits, zeros, pattern or "")


def _shortened(rows: Ints, digits: pa.Array, zeros: str, pattern: str) -> _Way:
    """Read what follows an international prefix that lacks its zeros."""
    whole = _put_before(zeros, digits)
    dialled = matches(whole, pattern)
    rests = pc.replace_substring_regex(
        whole.filter(pa.array(dialled)), pattern, "", max_replacements=1
    )
    count = lengths(rests)
    shorter = (count < lengths(digits)[dialled]) & (count >= SHORTEST_ABROAD)
    return _Way(rows[dialled][shorter], rests.filter(pa.array(shorter)))
