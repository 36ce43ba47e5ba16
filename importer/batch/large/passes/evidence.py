"""The first pass over a list: what its columns show, counted over all of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from importer.batch.large.shares import CellShares
from importer.columns import memory
from importer.errors import UnreadableInput
from importer.phones.blocks import encode_block, survey_all
from importer.phones.list_facts import FactCounts, ListFacts
from importer.phones.shares import Counts, Places, count_share, deal
from importer.reading.parts.stream import ordinary_columns
from importer.reading.tables.frames import one_type_a_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pandas as pd

    from importer.batch.large.passes.list_reading import ListReading
    from importer.phones.cell.column import Column
    from importer.phones.inputs import Place
    from importer.phones.options import PhoneOptions
    from importer.phones.shares import Dealt
    from importer.reading.parts.stream import Block, LargeList

_MOST_PASSES = 4
_MOST_PLACES = 20_000
"""Different countries in a list's country column: beyond it, it is none."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is taken for true of a list while it is read; only the whole list shows whether it is.

    It may turn out otherwise: then the list is read once more.
    """

    facts: ListFacts = field(default_factory=ListFacts)
    ordinary: frozenset[int] = frozenset()
    """Columns in which a word such as Total labels no sum."""


@dataclass(slots=True)
class ListEvidence:
    """What the first pass found."""

    assumed: Assumed
    types: dict[str, set[pa.DataType]]
    """The types that the input's other columns have."""
    lines: int
    passed: int
    """Lines that hold something, but nothing in a phone column."""
    columns: dict[Place, Column] | None = None
    assumptions: tuple[str, ...] = ()


@dataclass(slots=True)
class Looked:
    """What was counted of a list, or of some of it, in one pass."""

    counts: FactCounts
    first: int = 0
    """How many cells of the list come before, as far as it is known."""
    places: Places = field(default_factory=Places)
    labels: Counter[int] = field(default_factory=Counter)
    types: dict[str, set[pa.DataType]] = field(default_factory=dict)
    lines: int = 0
    cells: int = 0
    passed: int = 0

    def add(self, block: Block) -> None:
        """Count what does not lean on how its cells are read."""
        self.lines += block.lines
        self.passed += block.passed
        self.labels.update(block.labels)
        for name, one in typed(block.extras).items():
            self.types.setdefault(name, set()).add(one.type)

    def merge(self, later: Looked) -> None:
        """Add what was counted of later lines; but for their places, which are numbered anew."""
        self.counts.merge(later.counts, self.first + self.cells - later.first)
        self.labels.update(later.labels)
        for name, types in later.types.items():
            self.types.setdefault(name, set()).update(types)
        self.lines += later.lines
        self.cells += later.cells
        self.passed += later.passed


class Looker(Protocol):
    """Reads a list, and keeps what counts on until it is asked for."""

    def look(self, assumed: Assumed) -> Looked:
        """Read the list, and count what it shows. Raises UnreadableInput."""

    def count(self, looked: Looked) -> Counts:
        """Count what the cells show that were read last."""


def evidence_of(looker: Looker, options: PhoneOptions) -> ListEvidence:
    """Count what the columns of a list show; read it anew where it contradicts what was assumed.

    Raises:
        UnreadableInput: a file can't be read, or the country column holds no countries.
    """
    assumed = Assumed()
    for attempt in range(_MOST_PASSES):
        looked = looker.look(assumed)
        ordinary = ordinary_columns(looked.labels, looked.lines) | assumed.ordinary
        shown = Assumed(looked.counts.facts(), ordinary)
        if shown == assumed or attempt == _MOST_PASSES - 1:
            found = ListEvidence(assumed, looked.types, looked.lines, looked.passed)
            if options.bare_digits == "auto":
                counts = looker.count(looked)
                found.columns, found.assumptions = counts.columns(looked.places)
            return found
        assumed = shown
    raise AssertionError


def find_evidence(
    reading: ListReading, folder: Path, advance: Callable[[int], None]
) -> ListEvidence:
    """Count what the columns of a list show, on this computer. Raises as `evidence_of`."""
    return evidence_of(_Here(reading, folder, advance), reading.options)


@dataclass(slots=True)
class _Here:
    """Reads a list on this computer; cells that count wait on disk."""

    reading: ListReading
    folder: Path
    advance: Callable[[int], None]
    _dealt: list[CellShares] = field(default_factory=list)
    """Of each pass."""

    def look(self, assumed: Assumed) -> Looked:
        reading = self.reading
        dealt = CellShares(self.folder / f"evidence-{len(self._dealt)}", reading.shares)
        self._dealt.append(dealt)
        looked = Looked(FactCounts(all_phones=reading.options.bare_digits != "auto"))
        with dealt.written():
            blocks = reading.large.blocks(assumed.ordinary)
            look_through(reading, blocks, assumed, looked, dealt.add, self.advance)
        return looked

    def count(self, looked: Looked) -> Counts:
        reading, counts, dealt = self.reading, Counts(), self._dealt[-1]
        for share in range(reading.shares):
            cells = dealt.read(share)
            counts.add(count_share(cells, share, reading.shares, looked.places, reading.options))
            dealt.remove(share)
            memory.give_back()
        return counts


def look_through(
    reading: ListReading,
    blocks: Iterable[Block],
    assumed: Assumed,
    looked: Looked,
    keep: Callable[[Dealt], None],
    advance: Callable[[int], None] = lambda lines: None,
) -> None:
    """Count what blocks of a list show; `keep` takes the cells that are dealt out to shares.

    Raises:
        UnreadableInput: a file can't be read, or the country column holds no countries.
    """
    for block in blocks:
        looked.add(block)
        if len(block.cells):
            _look_at(block, reading, assumed, looked, keep)
        advance(block.lines)
        del block  # Before the next one is read.
        memory.give_back()


def _look_at(
    block: Block,
    reading: ListReading,
    assumed: Assumed,
    looked: Looked,
    keep: Callable[[Dealt], None],
) -> None:
    options = reading.options
    at = looked.first + looked.cells
    inputs = encode_block(block.cells, options, assumed.facts, at, looked.counts)
    if options.bare_digits == "auto":
        keep(deal(survey_all(inputs, options), looked.places, reading.shares))
        ensure_countries(reading.large, looked.places)
    looked.cells += len(block.cells)


def ensure_countries(large: LargeList, places: Places) -> None:
    """Refuse a country column that holds too many different values. Raises UnreadableInput."""
    if len(places.places) > _MOST_PLACES:
        column = large.source.columns[0][2]
        raise UnreadableInput(
            f"{large.path}: the column '{column}' holds more than {_MOST_PLACES:,} different "
            "values, which no column of countries does: name the right one with --country-column, "
            "none for none."
        )


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
