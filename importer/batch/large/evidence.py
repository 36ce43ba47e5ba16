"""The first pass over a list: what its columns show, counted over all of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from importer.batch.large.shares import CellShares
from importer.columns import memory
from importer.errors import UnreadableInput
from importer.phones.list_facts import FactCounts, ListFacts
from importer.phones.partitions import Counts, Places, count_share, deal, encode_part, survey_all
from importer.reading.parts.stream import ordinary_columns
from importer.reading.tables.frames import one_type_a_column

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from importer.phones.cell.column import Column
    from importer.phones.inputs import Place
    from importer.phones.options import PhoneOptions
    from importer.reading.parts.stream import LargeList

_MOST_PASSES = 4
_MOST_PLACES = 20_000
"""Different countries in a list's country column: beyond it, it is none."""


@dataclass(slots=True)
class ListEvidence:
    """What the first pass found."""

    facts: ListFacts = field(default_factory=ListFacts)
    ordinary: frozenset[int] = frozenset()
    """Columns in which a word such as Total labels no sum."""
    columns: dict[Place, Column] | None = None
    assumptions: tuple[str, ...] = ()
    types: dict[str, set[pa.DataType]] = field(default_factory=dict)
    """The types that the input's other columns have."""
    lines: int = 0
    cells: int = 0
    passed: int = 0
    """Lines that hold something, but nothing in a phone column."""


def find_evidence(
    large: LargeList,
    options: PhoneOptions,
    folder: Path,
    shares: int,
    progress: Callable[[int], None],
) -> ListEvidence:
    """Count what the columns of a list show.

    The counts lean on what kind of cells there are, which only the whole list shows: where it turns
    out otherwise than was assumed, the list is read once more.

    Raises:
        UnreadableInput: a file can't be read, or the country column holds no countries.
    """
    found = ListEvidence()
    for attempt in range(_MOST_PASSES):
        pass_folder = folder / f"evidence-{attempt}"
        counts = FactCounts(all_phones=options.bare_digits != "auto")
        places = Places()
        labels: Counter[int] = Counter()
        after = ListEvidence(found.facts, found.ordinary)
        dealt = CellShares(pass_folder, shares)
        with dealt.written():
            _read(large, options, after, counts, labels, places, dealt, progress)
        facts, ordinary = counts.facts(), ordinary_columns(labels, after.lines)
        ordinary |= found.ordinary
        if (facts, ordinary) == (found.facts, found.ordinary) or attempt == _MOST_PASSES - 1:
            _count(after, dealt, shares, places, options)
            return after
        found = ListEvidence(facts, ordinary)
    raise AssertionError


def _read(
    large: LargeList,
    options: PhoneOptions,
    found: ListEvidence,
    counts: FactCounts,
    labels: Counter[int],
    places: Places,
    dealt: CellShares,
    progress: Callable[[int], None],
) -> None:
    by_column = options.bare_digits == "auto"
    shares = len(dealt)
    for block in large.blocks(found.ordinary):
        found.lines += block.lines
        found.passed += block.passed
        labels.update(block.labels)
        for name, one in typed(block.extras).items():
            found.types.setdefault(name, set()).add(one.type)
        if len(block.cells):
            inputs = encode_part(block.cells, options, found.facts, found.cells, counts)
            if by_column:
                dealt.add(deal(survey_all(inputs, options), places, shares))
                _ensure_countries(large, places)
            found.cells += len(block.cells)
        progress(block.lines)
        memory.give_back()


def _ensure_countries(large: LargeList, places: Places) -> None:
    if len(places.places) > _MOST_PLACES:
        column = large.source.columns[0][2]
        raise UnreadableInput(
            f"{large.path}: the column '{column}' holds more than {_MOST_PLACES:,} different "
            "values, which no column of countries does: name the right one with --country-column, "
            "none for none."
        )


def _count(
    found: ListEvidence, dealt: CellShares, shares: int, places: Places, options: PhoneOptions
) -> None:
    if options.bare_digits != "auto":
        return
    counts = Counts()
    for share in range(shares):
        counts.add(count_share(dealt.read(share), share, shares, places, options))
        dealt.remove(share)
        memory.give_back()
    found.columns, found.assumptions = counts.columns(places)


def typed(extras: pd.DataFrame) -> dict[str, pa.Array]:
    """Return a block's other columns as Arrow has them; a column that is empty has no type."""
    frame = one_type_a_column(extras)
    return {str(name): _typed(frame.iloc[:, at]) for at, name in enumerate(frame.columns)}


def _typed(values: pd.Series) -> pa.Array:
    array = pa.Array.from_pandas(values)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if array.null_count == len(array):
        return pa.nulls(len(array))
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return array.cast(pa.large_string())
    return array
