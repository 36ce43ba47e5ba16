"""Check digits of articles, cards, devices and persons, by which a column is none of phones. Pure.

One number in ten or eleven has a right check digit by chance; that all of a column have is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.columns.buffers import Flags, Ints


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Digits times weights, from the left; the sum leaves no rest, or leaves the last digit."""

    weights: tuple[int, ...]
    modulus: int
    leaves: bool = False
    """The sum without the last digit leaves that digit, where 10 stands for 0."""

    def is_right(self, digits: Ints) -> Flags:
        """Return which rows of digits are right."""
        total = digits[:, : len(self.weights)] @ np.array(self.weights) % self.modulus
        return np.asarray((total % 10 == digits[:, -1]) if self.leaves else (total == 0))


def _is_luhn(digits: Ints) -> Flags:
    """Return which rows are right by ISO/IEC 7812-1, annex B: cards, IMEI, SIREN, SIN, NPI."""
    doubled = digits[:, -2::-2] * 2
    total = digits[:, -1::-2].sum(axis=1) + (doubled - 9 * (doubled > 9)).sum(axis=1)
    return np.asarray(total % 10 == 0)


def _is_cpf(digits: Ints) -> Flags:
    """Return which rows are right as Brazil's CPF: two digits, each by those before (RFB)."""
    right = np.ones(len(digits), dtype=np.bool_)
    for place in (9, 10):
        weights = np.arange(place + 1, 1, -1)
        right &= digits[:, :place] @ weights * 10 % 11 % 10 == digits[:, place]
    return right


_BY_LENGTH = {
    # GS1 General Specifications, 7.9: EAN-8, UPC-A, also without its first 0, EAN-13 and GTIN-14.
    length: [_Weighted(tuple(3 - 2 * ((length - at) % 2) for at in range(length)), 10).is_right]
    for length in (8, 11, 12, 13, 14)
}
for _length in range(9, 16):
    _BY_LENGTH.setdefault(_length, []).append(_is_luhn)
_BY_LENGTH[10] += [
    # ISO 2108, ISBN-10, and the NHS number of England (NHS Data Dictionary).
    _Weighted(tuple(range(10, 0, -1)), 11).is_right,
    # NIP, Poland's number of firms (Ustawa z 13 października 1995, rozporządzenie).
    _Weighted((6, 5, 7, 2, 3, 4, 5, 6, 7), 11, leaves=True).is_right,
]
_BY_LENGTH[11] += [
    _is_cpf,
    # PESEL, Poland's number of persons (Ustawa o ewidencji ludności, art. 15).
    _Weighted((1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10).is_right,
]


def check_digit_rules(length: int) -> tuple[Callable[[Ints], Flags], ...]:
    """Return the rules for numbers of so many digits: each says which numbers are right by it."""
    return tuple(partial(_apply, rule, length) for rule in _BY_LENGTH.get(length, ()))


def _apply(is_right: Callable[[Ints], Flags], length: int, values: Ints) -> Flags:
    places = 10 ** np.arange(length - 1, -1, -1, dtype=np.int64)
    return is_right(values[:, None] // places % 10)
