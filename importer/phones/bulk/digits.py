"""Cells' texts to their digits, where the other signs mean nothing. Pure.

What is taken here is a part of what `shape` calls plain: all in it but the digits and a plus in
front can be left out. Every other text is left to `decide`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.buffers import digits_alone, flags_of, lengths, offsets_of, signs_of
from importer.phones.bulk.patterns import matches
from importer.phones.cell.shape import STAMP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from importer.columns.buffers import Bytes, Cells, Flags, Ints

FEWEST, MOST = 4, 17
"""Digits of what is read in bulk."""
_DRESSED = r"^ *(?:\+ ?|\(\+)?\(?[0-9]+(?:(?: ?[()-] ?| )[0-9]+)*\)? *$"
"""A part of what `shape` calls plain: no sign in it parts two numbers or makes a decimal."""
_LIKE_A_DATE = (
    r"^ *(?:(?:19|20)[0-9]{2}[ -][0-9]{1,2}[ -][0-9]{1,2}"
    r"|[0-9]{1,2}-[0-9]{1,2}-[0-9]{2,4}) *(?: |$)"
    r"|^ *(?:[0-9]{1,2} [0-9]{1,2} (?:19|20)[0-9]{2}|[0-9]{2} [0-9]{2} [0-9]{2}"
    r"|(?:19|20)[0-9]{2} ?- ?(?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}(?:[ -]?[0-9]{2}){4,5}|[0-9]{8}[ -](?:[0-9]{4}|[0-9]{6})) *$"
)
"""All dates that `shape` knows of digits, spaces and dashes, and more."""
_LIKE_AN_EXTENSION = r"^[^-]*-[0-9]{1,3} *$"
"""What may stand before the dash as a number of its own, see `readings`."""
_LEFT = f"{_LIKE_A_DATE}|{_LIKE_AN_EXTENSION}"
"""What is left to `decide`; one pattern, for a second one takes as long again."""
_PURE = r"^ *[0-9]+ *$"
_TRUNK_IN_BRACKETS = "(0)"
_STAMP_LENGTHS = (12, 14)
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Digits:
    """Texts of digits: which cells they are, their regions, and whether they are nothing else."""

    cells: Cells
    digits: pa.Array
    regions: Ints
    pure: Flags

    def __len__(self) -> int:
        return len(self.cells)

    def some(self, which: Flags) -> Digits:
        """Return some of them."""
        if which.all():
            return self
        digits = self.digits.filter(pa.array(which))
        return Digits(self.cells[which], digits, self.regions[which], self.pure[which])


def written(texts: pa.Array, readable: Flags, regions: Ints, first: int) -> tuple[Digits, Digits]:
    """Return the digits of the cells with a plus in front and of those without.

    `first` is the place of the first cell.
    """
    digits = digits_alone(texts)
    count = lengths(digits)
    others = lengths(texts) - count
    fitting = readable & (count >= FEWEST) & (count <= MOST)
    pure = fitting & (others == 0)
    pure[pure] = ~_may_be_stamps(texts.filter(pa.array(pure)), count[pure])
    plus = fitting & (others == 1)
    plus[plus] = _first_signs(texts, plus) == ord("+")
    signed, bare = plus.copy(), pure.copy()
    dressed = np.flatnonzero(fitting & (others > 0) & ~plus)
    _undress(texts.take(pa.array(dressed)), dressed, signed, bare, pure)
    cells = np.arange(first, first + len(texts), dtype=np.int32)
    everything = Digits(cells, digits, regions, pure)
    return everything.some(signed), everything.some(bare)


def _may_be_stamps(digits: pa.Array, count: NDArray[np.int32]) -> Flags:
    """Return which digits begin and are as long as a date and a time without signs between."""
    long = (count == _STAMP_LENGTHS[0]) | (count == _STAMP_LENGTHS[1])
    if long.any():
        long[long] = matches(digits.filter(pa.array(long)), f"^(?:{STAMP})$")
    return np.asarray(long)


def _first_signs(texts: pa.Array, which: Flags) -> Bytes:
    return signs_of(texts)[offsets_of(texts)[:-1][which]]


def _undress(texts: pa.Array, cells: Ints, signed: Flags, bare: Flags, pure: Flags) -> None:
    """Mark the cells where spaces, dashes and brackets can mean nothing else."""
    plain = matches(texts, _DRESSED) & (lengths(texts) <= _LONGEST)
    texts, cells = texts.filter(pa.array(plain)), cells[plain]
    plain = ~matches(texts, _LEFT)
    plain &= ~flags_of(pc.match_substring(texts, _TRUNK_IN_BRACKETS))
    with_plus = flags_of(pc.match_substring(texts, "+"))
    signed[cells[plain & with_plus]] = True
    bare[cells[plain & ~with_plus]] = True
    pure[cells] = matches(texts, _PURE)
