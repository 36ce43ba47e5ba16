"""Finds sums, means and medians that stand under the column they sum up, with no label. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.buffers import digits_alone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.columns.buffers import Ints

_FEWEST_ABOVE = 2
_SMALLEST = 10**6
"""A phone number has at least seven digits, so that a sum of so many is at least so large."""
_LARGEST = 10**15
"""A number of more digits is no phone number."""
_HALF = 10**9
_WHOLE = re.compile(r" *[0-9][0-9,.' \u00a0\u2019\u202f]*")
_DIGITS = "^ *[0-9]{1,18} *$"
LONGEST_FOR_MEAN = 100_000
"""Cells of a column of which more than a sum in the last one is looked for."""
_MOST_BELOW = 3
"""Cells under a column that may sum it up, such as a sum, a mean and a median."""
_FEWEST_FOR_MEAN = 3
_LEAST_SPREAD = 10**5
"""Between the smallest and the largest number: numbers of one company are each other's means."""


def sums_at_end(texts: pa.Array, columns: Iterable[Ints]) -> list[int]:
    """Return the last cells of columns where they sum up the whole numbers above.

    `columns` has the cells of each column. That a number below others is their sum comes about by
    chance once in millions, that it is their mean or median once in ten thousands, although as a
    number it may well be valid.
    """
    return [cell for cells in columns for cell in sums_of(texts, cells)]


def sums_of(texts: pa.Array, cells: Ints) -> list[int]:
    """Return which of the last of a column's cells sum up those above."""
    if len(cells) > LONGEST_FOR_MEAN:
        return [int(cells[-1])] if _is_sum(texts, cells) else []
    return _sums_of_short(texts, cells)


def _is_sum(texts: pa.Array, cells: Ints) -> bool:
    above = len(cells) - 1
    value = sum_said(texts[int(cells[-1])].as_py() or "", above)
    return value is not None and sum_of(texts.take(pa.array(cells[:-1]))) == value


def sum_said(text: str, above: int) -> int | None:
    """Return the sum that a cell may be below so many others, None where it can't be one."""
    value = _whole(text)
    return value if above >= _FEWEST_ABOVE and above * _SMALLEST <= value < _LARGEST else None


def _whole(text: str) -> int:
    """Return the whole number that a text is, with or without separators; 0 where it is none."""
    return int("".join(filter(str.isdigit, text))) if _WHOLE.fullmatch(text) else 0


def sum_of(texts: pa.Array) -> int:
    """Return the sum of the whole numbers among some texts."""
    values = _numbers(texts)
    # Two halves, neither of which can grow beyond an integer.
    return int((values // _HALF).sum()) * _HALF + int((values % _HALF).sum())


def _numbers(texts: pa.Array) -> Ints:
    digits = digits_alone(texts.filter(pc.match_substring_regex(texts, _DIGITS)))
    return np.asarray(pc.cast(digits, "int64").to_numpy())


def _sums_of_short(texts: pa.Array, cells: Ints) -> list[int]:
    """Return the sums below a column: a first one, and what else sums up the numbers above that."""
    for below in range(min(_MOST_BELOW, len(cells) - _FEWEST_ABOVE), 0, -1):
        values = [(int(cell), _whole(texts[int(cell)].as_py() or "")) for cell in cells[-below:]]
        if not _SMALLEST <= values[0][1] < _LARGEST:
            continue
        some = texts.take(pa.array(cells[:-below]))
        above = _Above(_numbers(some), sum_of(some))
        found = [cell for cell, value in values if above.is_summed_up_by(value)]
        if found and found[0] == values[0][0]:
            return found
    return []


@dataclass(frozen=True, slots=True)
class _Above:
    """The whole numbers above some cell."""

    numbers: Ints
    total: int

    def is_summed_up_by(self, value: int) -> bool:
        """Whether a number is the sum of those above, or their mean or median and none of them."""
        count = len(self.numbers)
        if count < _FEWEST_ABOVE or not _SMALLEST <= value < _LARGEST:
            return False
        if value == self.total and value >= count * _SMALLEST:
            return True
        if count < _FEWEST_FOR_MEAN or int(np.ptp(self.numbers)) < _LEAST_SPREAD:
            return False
        # Without decimals a mean is shown rounded up or down.
        is_mean = abs(value * count - self.total) < count
        is_median = abs(value - float(np.median(self.numbers))) < 1
        return (is_mean or is_median) and value not in self.numbers
