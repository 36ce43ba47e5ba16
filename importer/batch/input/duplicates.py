"""Lines that repeat the number of an earlier line. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.buffers import texts_of
from importer.columns.matching import find, repeated
from importer.model import Status

if TYPE_CHECKING:
    import pandas as pd


ACCEPTED = "accepted"
"""The status of a line whose number goes into a group; what became of it, the group tells."""


def mark_duplicates(verdicts: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return `verdicts` with a `status` for each line: accepted, duplicate or rejected.

    The first line of a number is accepted, the later ones are duplicates of that line, and their
    reason names it.
    """
    numbers = texts_of(verdicts["number"])
    rejected = pc.equal(numbers, "").to_numpy(zero_copy_only=False)
    again = repeated(numbers) & ~rejected
    outcomes = pa.array([ACCEPTED, Status.REJECTED.value, Status.DUPLICATE.value])
    status = outcomes.take(pa.array(rejected + 2 * again)).to_pandas()
    lines = verdicts.assign(status=status.array)
    of_first = cells.iloc[find(numbers.filter(pa.array(again)), numbers)]
    places = of_first["sheet"] + " row " + of_first["row"].astype("str")
    lines.loc[again, "reason"] = ("same as " + places).array
    return lines


def accepted_numbers(lines: pd.DataFrame) -> pd.Series:
    """Return the numbers that go into groups, each once, in the input's order."""
    return lines.loc[lines["status"] == ACCEPTED, "number"]
