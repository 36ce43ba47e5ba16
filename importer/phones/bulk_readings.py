"""The readings of many digits at once, found one way of writing after another. Pure.

Each way is one of those in `readings`, which says of one text what this says of a column.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.phones.buffers import digit_at, flags_of, lengths
from importer.phones.numbering import code_of, trunks_of
from importer.phones.patterns import INVALID, UNSURE, codes_of, dialled_abroad, look_up, matches
from importer.phones.readings import SHORTEST_ABROAD, shortened_trunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from importer.phones.buffers import Cells, Flags, Ints
    from importer.phones.patterns import Outcomes
    from importer.phones.written import Digits

_MEXICO, _ARGENTINA = 52, 54
_OLD_MEXICAN_LENGTH = 13
"""Digits of a Mexican number with the 1 that mobiles had after +52."""
_ARGENTINE_LENGTH = 12
"""Digits of an Argentine mobile number as it is written at home with 15, but for a 0 in front."""
NOWHERE = -1


@dataclass(slots=True)
class Readings:
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
        where = np.where(rows == NOWHERE, NOWHERE, self.at[rows])
        joined = pa.concat_arrays([*self.parts, pa.array([], pa.large_string())])
        return joined.take(pa.array(where, mask=where == NOWHERE))


def _no_readings(count: int) -> Readings:
    return Readings(
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


def after_prefixes(bare: Digits, names: Sequence[str]) -> Readings:
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


def _add_dialled(found: Readings, rows: Ints, digits: pa.Array, pattern: str) -> None:
    """Add what follows a region's own prefix, where that is not just `00`."""
    dialled = matches(digits, pattern)
    rows, digits = rows[dialled], digits.filter(pa.array(dialled))
    rests = pc.replace_substring_regex(digits, pattern, "", max_replacements=1)
    zeros = flags_of(pc.starts_with(digits, "00"))
    another = ~zeros | (lengths(rests) != lengths(digits) - 2)
    _add_explicit(found, rows[another], rests.filter(pa.array(another)))


def _add_explicit(found: Readings, rows: Ints, numbers: pa.Array) -> None:
    """Add numbers with their calling code; those that `decide` may repair are doubtful."""
    long = lengths(numbers) > 3
    found.doubtful[rows[~long]] = True
    rows, numbers = rows[long], numbers.filter(pa.array(long))
    outcomes = look_up(numbers)
    found.doubtful[rows[(outcomes < 0) & is_repairable(numbers)]] = True
    found.add(rows, numbers, outcomes)


def is_repairable(numbers: pa.Array) -> Flags:
    """Return which numbers `readings.explicit_readings` may rewrite where they are not valid."""
    codes = codes_of(numbers)
    after_code = digit_at(numbers, 1 + (codes > 9).astype(np.int64) + (codes > 99))
    old = (codes == _MEXICO) & (after_code == 1) & (lengths(numbers) == _OLD_MEXICAN_LENGTH)
    return np.asarray(((codes > 0) & (after_code == 0)) | old | (codes == _ARGENTINA))


@dataclass(frozen=True, slots=True)
class Home:
    """National readings, and which of them have their trunk prefix written out."""

    readings: Readings
    trunk: Flags


def at_home(bare: Digits, names: Sequence[str]) -> Home:
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
    return Home(found, trunk)


def _known(names: Sequence[str]) -> Flags:
    return np.array([bool(name) for name in names], dtype=np.bool_)


def _codes_of_regions(bare: Digits, names: Sequence[str], then: str = "") -> pa.Array:
    """Return the calling code of each one's region and what comes after it, "" for no region."""
    codes = pa.array([code_of(name) + then if name else "" for name in names], pa.large_string())
    return codes.take(pa.array(bare.regions))


def _add_national(
    found: Readings, rows: Ints, digits: pa.Array, codes: pa.Array, prefix: str
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


def zeros_lost(bare: Digits, names: Sequence[str], *, by_hand: bool) -> Readings:
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


def _add_shortened(found: Readings, rows: Ints, digits: pa.Array, zeros: str, pattern: str) -> None:
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
