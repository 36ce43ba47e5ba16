"""Finds whole numbers whose last digits a spreadsheet has rounded away. Pure.

Excel shows a number of twelve digits or more as `8.52912E+11`, and a CSV file keeps what is shown.
Opened again and saved, that is the number 852912000000: all its digits are there, and many such
numbers are valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from importer.columns.buffers import flags_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from importer.columns.buffers import Ints

_ZEROS = "00000"
"""What one number in 100,000 ends with that nobody has rounded."""
_ROUNDED = r"^ *[1-9][0-9]{4,}00000(?:\.0+)? *$"
"""Ten digits or more: shorter numbers are shown whole."""
FEWEST = 2
"""Different cells; a single one may be a company's number that is easy to remember."""
_SHARE = 0.01
"""The share of a column's cells above which no chance explains them."""


def rounded(texts: pa.Array, columns: Iterable[Ints]) -> Ints:
    """Return the cells that end in five zeros, of columns that have more such than chance gives.

    `columns` has the cells of each column.
    """
    zeros = ending_in_zeros(texts)
    if not len(zeros):
        return zeros
    some = [(cells, np.intersect1d(cells, zeros, assume_unique=True)) for cells in columns]
    kept = [
        ended
        for cells, ended in some
        if are_many(len(pc.unique(texts.take(ended))), len(ended), len(cells))
    ]
    return np.concatenate([zeros[:0], *kept])


def ending_in_zeros(texts: pa.Array) -> Ints:
    """Return the texts that are a number of ten digits or more and end in five zeros."""
    maybe = np.flatnonzero(flags_of(pc.fill_null(pc.match_substring(texts, _ZEROS), False)))
    found = pc.fill_null(pc.match_substring_regex(texts.take(maybe), _ROUNDED), False)
    return np.asarray(maybe[flags_of(found)])


def are_many(different: int, ended: int, cells: int) -> bool:
    """Whether so many of a column's cells end in zeros that no chance explains them."""
    return different >= FEWEST and ended > _SHARE * cells
