"""Decides about a list that comes in blocks, by what all of them show. Pure.

The blocks may be cut anywhere. What they show together is counted in shares; see `shares`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from importer.columns.threads import map_in_threads
from importer.phones.bulk.evidence import UNCLEAR, classify
from importer.phones.bulk.lines import lay_out
from importer.phones.bulk.parts import parts_of, size_of_parts
from importer.phones.bulk.survey import survey
from importer.phones.careful import decide_all, decide_all_by_column
from importer.phones.inputs import encode_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa

    from importer.columns.buffers import Ints
    from importer.model import CellKind
    from importer.phones.bulk.survey import Survey
    from importer.phones.careful import Careful
    from importer.phones.cell.column import Column
    from importer.phones.inputs import ColumnInputs, Place
    from importer.phones.list_facts import FactCounts, ListFacts
    from importer.phones.options import PhoneOptions


def encode_block(
    cells: pd.DataFrame,
    options: PhoneOptions,
    facts: ListFacts,
    first: int,
    counts: FactCounts | None = None,
) -> ColumnInputs:
    """Encode some cells of a list; `first` is how many cells the blocks before have.

    `counts` counts what `facts` of the next time are made of.
    """
    names = list(dict.fromkeys(cells["column"].unique()))

    def kinds_of(texts: pa.Array, columns: list[Ints]) -> list[tuple[CellKind, Ints]]:
        if counts is not None:
            counts.add(texts, columns, names, first)
        return facts.kinds_of(texts, columns, names, first)

    return encode_columns(cells, options.region, kinds_of=kinds_of)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What patterns show of some cells, and what the careful path decided of the others."""

    inputs: ColumnInputs
    parts: list[slice]
    seen: list[Survey]
    careful: Careful


def survey_all(inputs: ColumnInputs, options: PhoneOptions) -> Surveyed:
    """Look through cells; which of several readings is meant is not decided yet."""
    parts = parts_of(len(inputs.texts), size_of_parts(len(inputs.texts)))

    def one(part: slice) -> Survey:
        texts = inputs.texts.slice(part.start, part.stop - part.start)
        regions = inputs.regions[part]
        readable = inputs.readable(part)
        return survey(texts, readable, regions, inputs.region_names, options, part.start)

    seen = list(map_in_threads(one, parts))
    left = np.concatenate([np.zeros(0, dtype=np.int32), *(found.left for found in seen)])
    return Surveyed(inputs, parts, seen, decide_all(inputs, left, options, lambda count: None))


def decide_block(
    surveyed: Surveyed, columns: Mapping[Place, Column] | None, options: PhoneOptions
) -> pd.DataFrame:
    """Decide about the cells of a block, as `Decided.lines` has it.

    `columns` says what each place's column shows; None where the operator has said what bare
    digits are.
    """
    inputs, seen = surveyed.inputs, surveyed.seen
    known = _columns_here(inputs, columns)
    classes = classify(inputs, [one.bare for one in seen], options)
    chosen = classes.chosen(known)
    unclear = decide_all(inputs, classes.cells[chosen == UNCLEAR], options, lambda count: None)
    bounds = list(accumulate(len(one.bare.cells) for one in seen))
    decided = [decide_all_by_column(one, known) for one in (surveyed.careful, unclear)]
    return lay_out(surveyed.parts, seen, np.split(chosen, bounds)[:-1], decided)


def _columns_here(
    inputs: ColumnInputs, columns: Mapping[Place, Column] | None
) -> dict[int, Column]:
    if columns is None:
        return {}
    by_key = {(one.name, one.region, one.from_row): column for one, column in columns.items()}
    return {
        at: by_key[place.name, place.region, place.from_row]
        for at, place in enumerate(inputs.place_names)
    }
