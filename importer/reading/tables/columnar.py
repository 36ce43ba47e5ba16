"""A sheet held column by column in Arrow arrays; cells become Python objects on access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import UnreadableInput
from importer.reading.tables.sheets import Mark

if TYPE_CHECKING:
    from importer.reading.tables.sheets import Cell, Place

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Places = np.ndarray[tuple[int], np.dtype[np.int64]]
    Codes = np.ndarray[tuple[int], np.dtype[np.int32]]


_MERGED_PARTS = 4 * 1024**2
"""Most columns that all merged ranges of a sheet may have together; Excel opens far fewer."""


@dataclass(frozen=True, slots=True)
class Others:
    """Cells that are neither text nor plain number, such as dates; each value is kept once."""

    values: Sequence[Cell | Mark]
    codes: Codes
    """For each cell of the column where its value is in `values`, -1 if it isn't there."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column's cells: texts, numbers, and some others."""

    texts: pa.Array
    """What each cell holds, as the file writes it; the empty string where it is empty."""
    numbers: Flags | None = None
    """Which cells hold a number; None where none does."""
    others: Others | None = None
    """Cells of other types; ignore `texts` where this has a value."""

    def __len__(self) -> int:
        return len(self.texts)

    def part(self, start: int, stop: int) -> Column:
        """Return the cells from a line up to before another one; nothing is copied."""
        return self._pick(self.texts[start:stop], slice(start, stop))

    def take(self, where: Sequence[int]) -> Column:
        """Return the cells of some lines."""
        at = np.asarray(where, dtype=np.int64)
        return self._pick(self.texts.take(pa.array(at)), at)

    def filter(self, kept: Flags) -> Column:
        """Return some of the cells."""
        return self._pick(self.texts.filter(pa.array(kept)), kept)

    def _pick(self, texts: pa.Array, which: slice | Flags | Places) -> Column:
        numbers = None if self.numbers is None else self.numbers[which]
        others = self.others and Others(self.others.values, self.others.codes[which])
        return Column(texts, numbers, others)

    def without(self, covered: Flags) -> Column:
        """Return the column with some cells emptied."""
        kept = pa.array(~covered)
        texts = pc.if_else(kept, self.texts, pa.scalar("", self.texts.type))
        numbers = None if self.numbers is None else self.numbers & ~covered
        others = self.others and Others(
            self.others.values, np.where(covered, np.int32(-1), self.others.codes)
        )
        return Column(texts, numbers, others)

    def cells(self) -> list[Cell]:
        """Return the cells as Python values; for a mark, its text."""
        return [cell.raw if isinstance(cell, Mark) else cell for cell in self.marked_cells()]

    def marked_cells(self) -> list[Cell | Mark]:
        """Return the cells as Python values, with marks kept."""
        texts: list[str] = self.texts.to_pylist()
        cells: list[Cell | Mark] = [*texts]
        if self.numbers is not None:
            for index in np.flatnonzero(self.numbers).tolist():
                cells[index] = float(texts[index])
        if self.others is not None:
            for index in np.flatnonzero(self.others.codes >= 0).tolist():
                cells[index] = self.others.values[self.others.codes[index]]
        return cells


class ColumnarLines(Sequence["list[Cell]"]):
    """A read-only sequence of lines over columns; each line is built on access."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self._count = len(self.columns[0]) if self.columns else 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[list[Cell]]:
        """Give each line in order."""
        return map(list, zip(*(column.cells() for column in self.columns), strict=True))

    @overload
    def __getitem__(self, index: int) -> list[Cell]: ...

    @overload
    def __getitem__(self, index: slice) -> list[list[Cell]]: ...

    def __getitem__(self, index: int | slice) -> list[Cell] | list[list[Cell]]:
        where = range(self._count)[index]
        if isinstance(where, int):
            return [column.part(where, where + 1).cells()[0] for column in self.columns]
        if where.step == 1:
            stop = where.start + len(where)
            parts = [column.part(where.start, stop) for column in self.columns]
        else:
            parts = [column.take(where) for column in self.columns]
        return [list(line) for line in zip(*(part.cells() for part in parts), strict=True)]


def cells_at(lines: Sequence[list[Cell]], at: int, where: Sequence[int]) -> list[Cell]:
    """Return one column's cells of some lines; short lines end in empty cells."""
    if isinstance(lines, ColumnarLines):
        return (
            lines.columns[at].take(where).cells() if at < len(lines.columns) else [""] * len(where)
        )
    return [line[at] if at < len(line) else "" for line in map(lines.__getitem__, where)]


def width(lines: Sequence[list[Cell]], first: int = 0) -> int:
    """Return the length of the longest line from one on."""
    if isinstance(lines, ColumnarLines):
        return len(lines.columns) if first < len(lines) else 0
    return max((len(lines[index]) for index in range(first, len(lines))), default=0)


def marked_columns(lines: Sequence[list[Cell]], first: int) -> list[Sequence[Cell | Mark]]:
    """Return all columns from a line on, with marks; short lines end in empty cells."""
    if isinstance(lines, ColumnarLines):
        return [column.part(first, len(lines)).marked_cells() for column in lines.columns]
    return list(zip_longest(*lines[first:], fillvalue=""))


def without_covered(
    name: str, lines: ColumnarLines, merged: Sequence[tuple[Place, Place]]
) -> ColumnarLines:
    """Return lines without the cells that a merged range covers: no program shows them.

    The first cell of a range stays, unless another range covers it. `name` is the sheet's.

    Raises:
        UnreadableInput: the ranges cover more than a sheet can hold.
    """
    height, total = len(lines), 0
    edges: dict[int, list[tuple[int, int, bool]]] = {}
    for (top, left), (bottom, right) in merged:
        last = min(right, len(lines.columns) - 1)
        total += max(last - left + 1, 0)
        if total > _MERGED_PARTS:
            raise UnreadableInput(f"Sheet '{name}' has merged cells that overlap: unmerge them.")
        for at in range(left, last + 1):
            edges.setdefault(at, []).append((top, bottom, at == left))
    columns = list(lines.columns)
    for at, ranges in edges.items():
        depth = np.zeros(height + 2, np.int64)
        for top, bottom, is_first in ranges:
            depth[min(top + is_first, height)] += 1
            depth[min(bottom + 1, height)] -= 1
        covered = np.cumsum(depth)[:height] > 0
        if covered.any():
            columns[at] = columns[at].without(covered)
    return ColumnarLines(columns)
