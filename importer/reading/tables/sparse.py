"""Cells of one sheet, collected one by one and packed into Arrow batches.

Only cells that hold something are kept, so that a stray cell far away takes no memory. Values that
are neither texts nor numbers are encoded as text with a letter for their type. The batches come
from another process, so that they hold data only, never pickled objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from importer.model import CellKind
from importer.reading.tables.columnar import Column, ColumnarLines, Others, without_covered
from importer.reading.tables.sheets import Mark, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.reading.budget import Budget
    from importer.reading.tables.sheets import Cell, Place

TEXT, NUMBER, OTHER = range(3)
SCHEMA = pa.schema(
    [
        ("sheet", pa.int32()),
        ("row", pa.int32()),
        ("column", pa.int32()),
        ("tag", pa.int8()),
        ("text", pa.large_string()),
    ]
)
_BATCH = 100_000
"""Most cells that are kept as Python objects before they are packed."""


@dataclass(slots=True)
class SparseSheet:
    """One sheet's cells; rows and columns count from 0."""

    name: str
    index: int
    budget: Budget
    merged: list[tuple[Place, Place]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    batches: list[pa.RecordBatch] = field(default_factory=list)
    height: int = 0
    width: int = 0
    count: int = 0
    _waiting: list[tuple[int, int, int, str]] = field(default_factory=list)

    def add(self, row: int, column: int, cell: Cell | Mark) -> None:
        """Add a cell; an empty text is not kept.

        Raises:
            UnreadableInput: the file's cells hold more than can be read.
        """
        if cell == "":
            return
        if isinstance(cell, str):
            tag, text = TEXT, cell
        elif isinstance(cell, int | float) and not isinstance(cell, bool):
            tag, text = NUMBER, _digits(cell)
        else:
            tag, text = OTHER, encode(cell)
        self.budget.add_text(len(text))
        self._waiting.append((row, column, tag, text))
        self.count += 1
        self.height = max(self.height, row + 1)
        self.width = max(self.width, column + 1)
        if len(self._waiting) >= _BATCH:
            self.pack()

    def renumber(self, index: int) -> None:
        """Change the index of the sheet, in its packed cells too."""
        self.pack()
        self.index = index
        self.batches = [
            batch.set_column(0, SCHEMA.field(0), pa.array(np.full(len(batch), index, np.int32)))
            for batch in self.batches
        ]

    def pack(self) -> None:
        """Pack the cells added so far into an Arrow batch."""
        if not self._waiting:
            return
        rows, columns, tags, texts = zip(*self._waiting, strict=True)
        self._waiting.clear()
        arrays = [
            pa.array(np.full(len(rows), self.index, np.int32)),
            pa.array(rows, pa.int32()),
            pa.array(columns, pa.int32()),
            pa.array(tags, pa.int8()),
            pa.array(texts, pa.large_string()),
        ]
        self.batches.append(pa.record_batch(arrays, schema=SCHEMA))


def _digits(value: float) -> str:
    whole = abs(value) < 1e15 and value == int(value)
    return str(int(value)) if whole else repr(float(value))


def sparse_sheet(sheet: Sheet, budget: Budget) -> SparseSheet:
    """Return what a whole sheet holds, cell by cell.

    Raises:
        UnreadableInput: its cells hold more than can be read.
    """
    sparse = SparseSheet(sheet.name, 0, budget, [*sheet.merged], {*sheet.hidden})
    for row, line in enumerate(sheet.lines):
        for column, cell in enumerate(line):
            sparse.add(row, column, cell)
    return sparse


def encode(cell: Cell | Mark) -> str:
    """Return a date, a span, a boolean or a mark as text."""
    if isinstance(cell, Mark):
        return f"k{cell.kind.value}\n{cell.text}"
    if isinstance(cell, bool):
        return f"b{cell:d}"
    if isinstance(cell, datetime):
        return f"m{cell.isoformat()}"
    if isinstance(cell, date):
        return f"d{cell.isoformat()}"
    if isinstance(cell, time):
        return f"t{cell.isoformat()}"
    if isinstance(cell, timedelta):
        return f"s{cell // timedelta(microseconds=1)}"
    raise TypeError(f"no text for {type(cell)}")


_DECODERS: dict[str, Callable[[str], Cell | Mark]] = {
    "k": lambda text: Mark(text.partition("\n")[2], CellKind(text.partition("\n")[0])),
    "b": lambda text: text == "1",
    "m": datetime.fromisoformat,
    "d": date.fromisoformat,
    "t": time.fromisoformat,
    "s": lambda text: timedelta(microseconds=int(text)),
}


def decode(text: str) -> Cell | Mark:
    """Return what `encode` made a text of.

    Raises:
        ValueError, KeyError: it made no such text.
    """
    return _DECODERS[text[:1]](text[1:])


def dense_sheet(
    name: str,
    cells: pa.Table,
    merged: Sequence[tuple[Place, Place]],
    hidden: Sequence[int],
) -> Sheet:
    """Build a sheet from a table of cells; leave out those that a merged range covers."""
    rows = cells["row"].to_numpy()
    columns = cells["column"].to_numpy()
    height = int(rows.max(initial=-1)) + 1
    order = np.argsort(columns, kind="stable")
    bounds = np.searchsorted(columns[order], np.arange(int(columns.max(initial=-1)) + 2))
    texts = cells["text"].combine_chunks() if len(cells) else pa.array([], pa.large_string())
    if isinstance(texts, pa.ChunkedArray):
        texts = pa.concat_arrays(texts.chunks)
    tags = cells["tag"].to_numpy()
    whole = [
        _column(order[start:stop], rows, tags, texts, height)
        for start, stop in pairwise(bounds.tolist())
    ]
    lines = without_covered(name, ColumnarLines(whole), merged)
    return Sheet(name, lines, tuple(merged), frozenset(hidden))


def _column(
    which: np.ndarray, rows: np.ndarray, tags: np.ndarray, texts: pa.Array, height: int
) -> Column:
    at = np.full(height, len(which))
    at[rows[which]] = np.arange(len(which))
    held = texts.take(pa.array(which))
    empty = pa.array([""], pa.large_string())
    spread = pa.concat_arrays([held, empty]).take(pa.array(at))
    kinds = np.append(tags[which], TEXT)[at]
    numbers = kinds == NUMBER
    others = kinds == OTHER
    return Column(
        spread,
        numbers if numbers.any() else None,
        _others(spread, others) if others.any() else None,
    )


def _others(texts: pa.Array, others: np.ndarray) -> Others:
    coded = texts.filter(pa.array(others)).dictionary_encode()
    codes = np.full(len(texts), -1, np.int32)
    codes[others] = coded.indices.to_numpy()
    return Others([decode(text) for text in coded.dictionary.to_pylist()], codes)
