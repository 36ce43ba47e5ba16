"""Cells to numbers and rejects, in bulk where that is sure, else one by one. Pure.

`bulk` finds the cells whose readings are plain to see; each other cell is decided by `decide`, once
for all that are alike. How bare digits are read is decided by what their column shows, by the same
rules for both.
"""

from __future__ import annotations

from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from importer.columns.threads import map_in_threads
from importer.phones.bulk.evidence import UNCLEAR, assumptions_of, classify, columns_of, gather
from importer.phones.bulk.lines import lay_out
from importer.phones.bulk.parts import parts_of, size_of_parts
from importer.phones.bulk.survey import survey
from importer.phones.careful import decide_all, decide_all_by_column
from importer.phones.inputs import encode_columns
from importer.phones.options import Decided, PhoneOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from importer.phones.bulk.survey import Survey
    from importer.phones.careful import Careful
    from importer.phones.cell.column import Column
    from importer.phones.inputs import ColumnInputs

_AUTO = PhoneOptions()


def normalize(
    cells: pd.DataFrame,
    options: PhoneOptions = _AUTO,
    progress: Callable[[int], None] = lambda count: None,
    *,
    in_bulk: bool = True,
    part_size: int | None = None,
) -> Decided:
    """Decide about `Rows.cells`: a line for each number found and for each cell rejected.

    A row whose country is given but not understood is a reject; it is never read with another
    country instead. `progress` is told how many more cells are decided. Without `in_bulk` every
    cell goes the careful way, which comes to the same. `part_size` is how many cells one thread
    looks at in one go, by default what suits so many cells; the lines are the same with any.
    """
    by_hand = options.bare_digits != "auto"
    inputs = encode_columns(cells, options.region, all_phones=by_hand)
    parts = parts_of(len(cells), part_size or size_of_parts(len(cells)))
    seen: list[Survey] = []
    for one in map_in_threads(partial(_survey_part, inputs, options, in_bulk), parts):
        seen.append(one)
        progress(len(one.sure.cells) + len(one.refused.cells) + len(one.bare.cells))
    chosen, decided, assumptions = _decide_by_columns(inputs, seen, options, progress)
    return Decided(lay_out(parts, seen, chosen, decided), assumptions)


def _decide_by_columns(
    inputs: ColumnInputs, seen: list[Survey], options: PhoneOptions, progress: Callable[[int], None]
) -> tuple[list[NDArray[np.int8]], list[Careful], tuple[str, ...]]:
    """Return the readings of the parts' bare cells, what else is decided, and assumptions."""
    left = np.concatenate([np.zeros(0, dtype=np.int32), *(one.left for one in seen)])
    careful = decide_all(inputs, left, options, progress)
    classes = classify(inputs, [one.bare for one in seen], options)
    columns: dict[int, Column] = {}
    assumptions: tuple[str, ...] = ()
    if options.bare_digits == "auto":
        evidence = gather(inputs, classes, careful)
        columns = columns_of(inputs, evidence, [one.sure for one in seen], careful)
        assumptions = assumptions_of(inputs.place_names, evidence, columns)
    chosen = classes.chosen(columns)
    unclear = decide_all(inputs, classes.cells[chosen == UNCLEAR], options, lambda count: None)
    bounds = list(accumulate(len(one.bare.cells) for one in seen))
    decided = [decide_all_by_column(one, columns) for one in (careful, unclear)]
    return np.split(chosen, bounds)[:-1], decided, assumptions


def _survey_part(inputs: ColumnInputs, options: PhoneOptions, in_bulk: bool, part: slice) -> Survey:
    texts = inputs.texts.slice(part.start, part.stop - part.start)
    readable = inputs.readable(part) & in_bulk
    return survey(texts, readable, inputs.regions[part], inputs.region_names, options, part.start)
