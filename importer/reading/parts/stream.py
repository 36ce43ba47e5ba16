"""A list of any length, block by block: its columns are found from its first rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import starmap
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import UnreadableInput
from importer.model import Source
from importer.reading.layout.words import TOTALS
from importer.reading.parts.blocks import BYTES, ROWS, joined, lines_of, lines_of_portion
from importer.reading.parts.portion import Portion
from importer.reading.parts.together import Read, find_layout_of, other_header, said
from importer.reading.reader import columns_note_of
from importer.reading.tables import column_frames, frames
from importer.reading.tables.columnar import ColumnarLines, width
from importer.reading.tables.frames import unique_names
from importer.reading.tables.sheets import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from importer.columns.buffers import Ints
    from importer.reading.layout.layouts import Layout
    from importer.reading.options import ReadOptions
    from importer.reading.parts.part import Part

SAMPLE_ROWS = 100_000
"""The first rows of a list, by which its columns are found."""
SAMPLE_BYTES = 2 * BYTES
"""Of the texts of these rows: of a list of many columns, or of long cells, fewer rows are read."""
_LABELS = pa.array(sorted(TOTALS), pa.large_string())
_LABEL_SHARE, _FEWEST_LABELS = 0.1, 3


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a list."""

    cells: pd.DataFrame
    """As `Rows.cells`, without the sheet and the row."""
    extras: pd.DataFrame
    parts: Ints
    """The file of each cell, by its place in the list of files."""
    rows: Ints
    """The row of each cell in its file."""
    lines: int
    """How many lines were looked at."""
    passed: int
    """How many lines hold something, but nothing in a phone column."""
    labels: Counter[int]
    """By column: how many of its cells are a word such as Total."""


@dataclass(frozen=True, slots=True)
class LargeList:
    """A list whose columns are known."""

    path: Path
    parts: tuple[Part, ...]
    options: ReadOptions
    layout: Layout
    first_file: str
    """The name of the first file that is not empty."""
    tops: tuple[tuple[str, ...], ...]
    """What the first lines of each file but the first say, which is no row."""
    width: int
    sampled: int
    """How many of its first rows its columns were found by."""
    source: Source

    def blocks(
        self,
        ordinary: frozenset[int] = frozenset(),
        portions: Iterable[Portion] | None = None,
        ended: Callable[[int], None] = lambda lines: None,
    ) -> Iterator[Block]:
        """Give the list's rows. In `ordinary` columns a word such as Total labels no sum.

        With `portions` only theirs; `ended` is told at the end of each how many lines it has.

        Raises:
            UnreadableInput: a file can't be read, or has other columns than the first.
        """
        if portions is None:
            portions = (Portion(part, at) for at, part in enumerate(self.parts))

        def block_of(stretches: list[_Stretch], lines: ColumnarLines) -> Block:
            return self._block(stretches, lines, ordinary)

        # Unlike a loop, this keeps no lines while their block is worked on.
        return starmap(block_of, self._pieces(portions, ended))

    def _pieces(
        self, portions: Iterable[Portion], ended: Callable[[int], None]
    ) -> Iterator[tuple[list[_Stretch], ColumnarLines]]:
        """Cut lines, and put those of small files together: blocks are worth their work, and fit.

        Each block has as many rows as the next, or as many bytes.
        """
        waiting: list[tuple[_Stretch, ColumnarLines]] = []
        rows, size = ROWS, BYTES
        stretches = (one for portion in portions for one in self._stretches(portion, ended))
        for stretch, lines in stretches:
            row_bytes = 1 + _bytes_of(lines) // len(lines)
            begin = 0
            while begin < len(lines):
                count = max(1, min(len(lines) - begin, rows, size // row_bytes))
                waiting.append((stretch.some(begin, count), _part(lines, begin, begin + count)))
                begin, rows, size = begin + count, rows - count, size - count * row_bytes
                if rows < 1 or size < row_bytes:
                    yield _taken(waiting)
                    rows, size = ROWS, BYTES
        if waiting:
            yield _taken(waiting)

    def _stretches(
        self, portion: Portion, ended: Callable[[int], None]
    ) -> Iterator[tuple[_Stretch, ColumnarLines]]:
        part, row = portion.part, portion.row
        if not part.size:
            part.ensure_same()
            ended(0)
            return
        later = part.name != self.first_file
        skipped = len(self.tops) if later else self.layout.first
        blocks = lines_of_portion(portion, self.options).blocks
        for block in blocks if row > 1 else _with_top(blocks, len(self.tops)):
            lines = block
            if row == 1 and later:
                top = [said(line) for line in block[: len(self.tops)]]
                if top != list(self.tops):
                    raise other_header(self.first_file, part.name, self.tops, top)
            if row <= skipped:
                lines = _from(block, skipped + 1 - row)
            begin = row + len(block) - len(lines)
            row += len(block)
            if len(lines):
                yield _Stretch(portion.at, begin, len(lines)), self._of_width(part, begin, lines)
        ended(row - portion.row)

    def _of_width(self, part: Part, first: int, lines: ColumnarLines) -> ColumnarLines:
        """Return lines of as many columns as the list has; what is beyond must be empty."""
        for column in lines.columns[self.width :]:
            held = pc.not_equal(column.texts, "").to_numpy(zero_copy_only=False)
            if column.others is not None:
                held = held | (column.others.codes >= 0)
            if held.any():
                raise UnreadableInput(
                    f"{part.name} has more columns in row {first + int(held.argmax()):,} than the "
                    f"{self.width} of its first rows: correct that row."
                )
        columns = lines.columns[: self.width]
        missing = self.width - len(columns)
        nothing = pa.repeat(pa.scalar("", pa.large_string()), len(lines))
        empty = [replace(columns[0], texts=nothing, numbers=None, others=None)] * missing
        return ColumnarLines([*columns, *empty])

    def _block(
        self, stretches: list[_Stretch], lines: ColumnarLines, ordinary: frozenset[int]
    ) -> Block:
        sheet = Sheet(self.source.columns[0][0], lines)
        layout = replace(self.layout, header=-1)
        taken = column_frames.take(sheet, layout, visible_only=False)
        labels: Counter[int] = Counter()
        if taken is None:
            labels = _labels(lines, layout)
            chosen = frozenset(labels) - ordinary
            taken = frames.take(sheet, layout, visible_only=False, labels_in=chosen)
        at = taken.cells["row"].to_numpy(np.int64) - 1
        counts = _ints([one.count for one in stretches])
        ends = np.cumsum(counts)
        which = np.searchsorted(ends, at, side="right")
        begins = _ints([one.first for one in stretches]) - (ends - counts)
        return Block(
            taken.cells.drop(columns=["sheet", "row"]),
            taken.extras,
            _ints([one.part for one in stretches])[which],
            at + begins[which],
            len(lines),
            _passed(lines, layout, at),
            labels,
        )


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Some lines of one file that follow each other."""

    part: int
    first: int
    count: int

    def some(self, begin: int, count: int) -> _Stretch:
        """Return some lines of it, the first of which is `begin` lines behind its own."""
        return _Stretch(self.part, self.first + begin, count)


def _taken(waiting: list[tuple[_Stretch, ColumnarLines]]) -> tuple[list[_Stretch], ColumnarLines]:
    """Put lines below each other, and keep them no longer."""
    stretches, lines = [one for one, _ in waiting], joined([one for _, one in waiting])
    waiting.clear()
    return stretches, lines


def _bytes_of(lines: ColumnarLines) -> int:
    return sum(one.texts.nbytes for one in lines.columns)


def ordinary_columns(labels: Counter[int], lines: int) -> frozenset[int]:
    """Return the columns in which a word such as Total is too common to be a label of sums."""
    most = max(_FEWEST_LABELS, _LABEL_SHARE * lines)
    return frozenset(at for at, count in labels.items() if count > most)


def _labels(lines: ColumnarLines, layout: Layout) -> Counter[int]:
    found = Counter(
        {
            at: int(pc.sum(pc.is_in(column.texts, _LABELS)).as_py() or 0)
            for at, column in enumerate(lines.columns)
            if at not in layout.phones
        }
    )
    return +found


def _passed(lines: ColumnarLines, layout: Layout, taken: Ints) -> int:
    """Count the lines that hold something, but gave no cell."""
    if len(layout.phones) == 1 and len(taken) == len(lines):
        return 0
    held = np.zeros(len(lines), dtype=np.bool_)
    for column in lines.columns:
        held |= pc.not_equal(column.texts, "").to_numpy(zero_copy_only=False)
        if column.others is not None:
            held |= column.others.codes >= 0
    held[np.unique(taken)] = False
    return int(held.sum())


def _with_top(blocks: Iterator[ColumnarLines], count: int) -> Iterator[ColumnarLines]:
    """Give blocks, the first of which has at least so many lines where the file has as many."""
    top: list[ColumnarLines] = []
    for block in blocks:
        top.append(block)
        if sum(map(len, top)) >= count:
            break
    if top:
        yield joined(top) if len(top) > 1 else top[0]
    yield from blocks


def _from(lines: ColumnarLines, first: int) -> ColumnarLines:
    return _part(lines, min(first, len(lines)), len(lines))


def _part(lines: ColumnarLines, begin: int, end: int) -> ColumnarLines:
    return ColumnarLines([one.part(begin, end) for one in lines.columns])


def open_list(path: Path, parts: Sequence[Part], options: ReadOptions) -> LargeList:
    """Find the columns of a list by its first rows; each file has the same header.

    Raises:
        UnclearColumn: the operator has to say which column holds the phone numbers or countries.
        UnreadableInput: a file can't be read, or has other columns than the first.
    """
    read = list(_first_rows(parts, options))
    if not read:
        raise UnreadableInput(f"{path} is empty: no file of it holds anything, not even a header.")
    found = find_layout_of(path, read, options, SAMPLE_ROWS)
    layout = found.layout
    form = ", ".join(dict.fromkeys(one.form for one in read))
    count = f"{len(parts):,} file{'s' if len(parts) > 1 else ''}"
    dropped = found.dropped if len(read) > 1 else layout.first
    notes = tuple(dict.fromkeys([*(note for one in read for note in one.notes), *found.notes]))
    return LargeList(
        path=path,
        parts=tuple(parts),
        options=options,
        layout=layout,
        first_file=next(part.name for part in parts if part.size),
        tops=tuple(read[0].top[:dropped]),
        width=max(width(found.sheet.lines), len(layout.names)),
        sampled=len(found.sheet.lines),
        source=Source(
            path, f"{count}, {form}", columns_note_of(found.sheet, layout), notes, is_list=True
        ),
    )


def _first_rows(parts: Sequence[Part], options: ReadOptions) -> Iterator[Read]:
    """Read the first rows of a list, and of its second file at least the first lines."""
    rows = size = found = 0
    for part in parts:
        if (rows >= SAMPLE_ROWS or size >= SAMPLE_BYTES) and found > 1:
            return
        if not part.size:
            continue
        opened = lines_of(part, options)
        blocks = []
        for block in opened.blocks:
            blocks.append(block)
            rows, size = rows + len(block), size + _bytes_of(block)
            if rows >= SAMPLE_ROWS or size >= SAMPLE_BYTES:
                break
        lines = joined(blocks)
        if len(lines):
            found += 1
            yield Read(part, lines, opened.form, opened.notes)


def names_of(large: LargeList) -> list[str]:
    """Return the name of each column of a list, as the results have them."""
    return unique_names(large.layout, large.width)


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)
