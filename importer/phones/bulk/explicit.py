"""Counts the numbers that are written with a plus or an international prefix. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.phones.cell.numbering import calling_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.columns.buffers import Ints
    from importer.phones.bulk.survey import Sure
    from importer.phones.careful import Careful
    from importer.phones.inputs import ColumnInputs

_TENS = 10 ** np.arange(19, dtype=np.int64)


def count_explicit(
    inputs: ColumnInputs, sure: Sequence[Sure], careful: Careful
) -> dict[int, Counter[str]]:
    """Return for each column how many different numbers there are of each calling code."""
    columns = np.array([place.column for place in inputs.place_names], dtype=np.int64)
    odd = list(_odd_numbers(careful))
    numbers = np.concatenate(
        [
            *(np.asarray(pc.cast(one.numbers, pa.int64()).to_numpy()) for one in sure),
            np.array([int(number) for _, number in odd], dtype=np.int64),
        ]
    )
    places = np.concatenate(
        [
            *(inputs.places[one.cells].astype(np.int64) for one in sure),
            np.array([place for place, _ in odd], dtype=np.int64),
        ]
    )
    counts: dict[int, Counter[str]] = {}
    for column in np.unique(columns[places]).tolist() if len(places) else ():
        some = numbers[columns[places] == column]
        counts[column] = _by_code(pd.unique(some))
    return counts


def _odd_numbers(careful: Careful) -> list[tuple[int, str]]:
    facts = zip(careful.places.tolist(), careful.verdicts, strict=True)
    return [
        (place, one.number)
        for place, verdicts in facts
        for one in verdicts
        if one.number and one.bare is None
    ]


def _by_code(numbers: Ints) -> Counter[str]:
    """Count numbers by the calling code that they begin with."""
    first = numbers // _TENS[np.searchsorted(_TENS, numbers, side="right") - 3]
    different, times = np.unique(first, return_counts=True)
    counts: Counter[str] = Counter()
    for three, count in zip(different.tolist(), times.tolist(), strict=True):
        counts[calling_code(str(three))] += count
    return counts
