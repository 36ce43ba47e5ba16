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
_FEWEST = 2
"""Different cells; a single one may be a company's number that is easy to remember."""
_SHARE = 0.01
"""The share of a column's cells above which no chance explains them."""


def rounded(texts: pa.Array, columns: Iterable[Ints]) -> Ints:
    """Return the cells that end in five zeros, of columns that have more such than chance gives.

    `columns` has the cells of each column.
    """
    maybe = np.flatnonzero(flags_of(pc.fill_null(pc.match_substring(texts, _ZEROS), False)))
    found = pc.fill_null(pc.match_substring_regex(texts.take(maybe), _ROUNDED), False)
    zeros = maybe[flags_of(found)]
    if not len(zeros):
        return zeros
    some = [(cells, np.intersect1d(cells, zeros, assume_unique=True)) for cells in columns]
    kept = [ended for cells, ended in some if _are_many(texts, ended, len(cells))]
    return np.concatenate([zeros[:0], *kept])


def _are_many(texts: pa.Array, ended: Ints, cells: int) -> bool:
    different = len(pc.unique(texts.take(ended)))
    return different >= _FEWEST and len(ended) > _SHARE * cells
