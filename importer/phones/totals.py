"""Finds a sum that stands under the column it sums, with no label beside it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from importer.columns.buffers import digits_alone

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from importer.columns.buffers import Ints

_FEWEST_ABOVE = 2
_SMALLEST = 10**6
"""A phone number has at least seven digits, so that a sum of so many is at least so large."""
_LARGEST = 10**15
"""A number of more digits is no phone number."""
_HALF = 10**9
_WHOLE = re.compile(r" *[0-9][0-9,.' \u00a0\u2019\u202f]*")
_DIGITS = "^ *[0-9]{1,18} *$"


def sums_at_end(texts: pa.Array, columns: Iterable[Ints]) -> list[int]:
    """Return the cells that are the last of their column and the sum of the whole numbers above.

    `columns` has the cells of each column. That such a sum comes about by chance is a matter
    of one in millions, although as a number it may well be valid.
    """
    return [int(cells[-1]) for cells in columns if _is_sum(texts, cells)]


def _is_sum(texts: pa.Array, cells: Ints) -> bool:
    above = len(cells) - 1
    value = sum_said(texts[int(cells[-1])].as_py() or "", above)
    return value is not None and sum_of(texts.take(cells[:-1])) == value


def sum_said(text: str, above: int) -> int | None:
    """Return the sum that a cell may be below so many others, None where it can't be one."""
    if above < _FEWEST_ABOVE or not _WHOLE.fullmatch(text):
        return None
    value = int("".join(filter(str.isdigit, text)))
    return value if above * _SMALLEST <= value < _LARGEST else None


def sum_of(texts: pa.Array) -> int:
    """Return the sum of the whole numbers among some texts."""
    digits = digits_alone(texts.filter(pc.match_substring_regex(texts, _DIGITS)))
    values = np.asarray(pc.cast(digits, "int64").to_numpy())
    # Two halves, neither of which can grow beyond an integer.
    return int((values // _HALF).sum()) * _HALF + int((values % _HALF).sum())
