"""Reads plain .xlsx sheets fast: rows go from the XML into columns in bulk.

The careful reader defines what a workbook holds, but makes a Python object of each cell. The fast
reader is tried first, and takes a sheet only if it can prove that the careful one would read the
same. A plain sheet is written as Excel writes lists: rows in order, cells in order, and in each
cell a text, a number, a boolean or an error, perhaps with the formula that gave it.

The proof: each tag of a block is of a kind that plain rows have, and follows a tag that it may
follow. Every other sheet, such as one with rich texts or formulas without a value, is left to the
careful reader as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.excel_limits import SHEET_ROWS
from importer.reading.limits import GRID_CELLS
from importer.reading.tables.columnar import Column, ColumnarLines, Others, without_covered
from importer.reading.tables.sheets import Sheet
from importer.reading.xlsx.fast.cells import Chunk, other_cell
from importer.reading.xlsx.fast.frame import LARGEST_FRAME, merged_ranges
from importer.reading.xlsx.fast.rows import PlainRows
from importer.reading.xlsx.fast.tags import NotPlainError
from importer.reading.xlsx.fast.texts import LONGEST_BLOCK, TEXT, plainly
from importer.reading.xlsx.row_blocks import row_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.columnar import Flags, Places
    from importer.reading.xlsx.fast.cells import WorkbookParts
    from importer.reading.xlsx.package import Package


@dataclass(frozen=True, slots=True)
class PlainSheet(Sheet):
    """A sheet that the fast reader has read."""

    lines: ColumnarLines


def read_plain(package: Package, part: str, title: str, book: WorkbookParts) -> PlainSheet | None:
    """Read a sheet if it is plain.

    Raises:
        UnreadableInput: the part is broken, or has a row longer than any can be.
    """
    reader = _Reader(title, book)
    try:
        for block in row_blocks(package, part):
            reader.take(block)
        return reader.sheet()
    except NotPlainError:
        return None


@dataclass(slots=True)
class _Reader:
    title: str
    book: WorkbookParts
    frame: bytes = b""
    """The part's XML without the rows inside `sheetData`."""
    began: bool = False
    ended: bool = False
    prefixes: set[bytes] = field(default_factory=set)
    has_bare_numbers: bool = False
    """Whether some number has no style of its own, so that programs look at its column's."""
    hidden: list[Places] = field(default_factory=list)
    rows: list[Places] = field(default_factory=list)
    columns: list[list[Chunk]] = field(default_factory=list)

    def take(self, block: bytes) -> None:
        """Take the next piece of the sheet's XML, which is never cut inside a row."""
        if not self.began:
            before, mark, block = block.partition(b"<sheetData>")
            self.frame += before + mark
            self.began = bool(mark)
        data, end, after = self._parted(block) if self._inside else (b"", b"", block)
        self.ended = self.ended or bool(end)
        self.frame += end + after
        if len(self.frame) > LARGEST_FRAME:
            raise NotPlainError
        data = data.strip()
        if data:
            self._take_rows(data)

    @staticmethod
    def _parted(block: bytes) -> tuple[bytes, bytes, bytes]:
        """Part a block where the rows end. If one ends in a row, all of it must be rows."""
        return (block, b"", b"") if block.endswith(b"</row>") else block.partition(b"</sheetData>")

    @property
    def _inside(self) -> bool:
        return self.began and not self.ended

    def sheet(self) -> PlainSheet:
        """Put the columns together."""
        bare = self.has_bare_numbers
        merged = (
            merged_ranges(self.frame, self.book.styles, has_bare_numbers=bare) if self.ended else ()
        )
        if any(b" xmlns:" + prefix + b"=" not in self.frame for prefix in self.prefixes):
            raise NotPlainError
        held = [_held(chunks) for chunks in self.columns]
        count = max(held, default=0)
        if not self.ended or not count:
            raise NotPlainError  # A sheet without a value costs nothing the careful way.
        width = max(at + 1 for at, one in enumerate(held) if one)
        rows = np.concatenate(self.rows)[:count]
        height = int(rows[-1])
        if height > SHEET_ROWS or height * max(width, 26) > GRID_CELLS:
            raise NotPlainError
        columns = [self._whole(self.columns.pop(0), rows) for _ in range(width)]
        lines = without_covered(self.title, ColumnarLines(columns), merged)
        hidden = np.concatenate(self.hidden) - 1
        return PlainSheet(self.title, lines, merged, frozenset(hidden.tolist()))

    def _whole(self, chunks: Sequence[Chunk], rows: Places) -> Column:
        """Join a column's chunks; rows that the file leaves out are empty."""
        texts = pa.concat_arrays([*(chunk.texts for chunk in chunks), _nothing(1)])
        at = _lines(rows, len(texts) - 1)
        texts = texts[at] if isinstance(at, slice) else texts.take(pa.array(at))
        numbers = _joined([chunk.numbers for chunk in chunks], chunks, at)
        asked = _joined([chunk.asked for chunk in chunks], chunks, at)
        column = Column(texts, numbers)
        return column if asked is None or not asked.any() else self._ask(column, asked)

    def _ask(self, column: Column, asked: Flags) -> Column:
        """Read the cells that may be no plain numbers, each distinct text once."""
        coded = column.filter(asked).texts.dictionary_encode()
        written = coded.dictionary.to_pylist()
        values = [other_cell(text, self.book.styles) for text in written]
        codes = np.full(len(column), -1, dtype=np.int32)
        codes[asked] = coded.indices.to_numpy()
        plainly = np.array([isinstance(value, float) for value in values])
        if not plainly.any():
            return Column(column.texts, column.numbers, Others(values, codes))
        numeric = asked & plainly[codes]
        digits = pa.array([text.partition(" ")[2] for text in written], TEXT).take(
            pa.array(codes[numeric])
        )
        texts = pc.replace_with_mask(column.texts, pa.array(numeric), digits)
        numbers = numeric if column.numbers is None else numeric | column.numbers
        codes[numeric] = -1
        return Column(texts, numbers, None if plainly.all() else Others(values, codes))

    def _take_rows(self, block: bytes) -> None:
        if len(block) > LONGEST_BLOCK:
            raise NotPlainError
        self.book.budget.add_text(len(block))
        rows = PlainRows(plainly(block))
        if self.rows and rows.numbers[0] <= self.rows[-1][-1]:
            raise NotPlainError
        self.prefixes |= rows.prefixes
        if not all(map(self.book.styles.shows_alike, rows.styles)):
            raise NotPlainError
        self.hidden.append(rows.hidden)
        before = sum(map(len, self.rows))
        while len(self.columns) < rows.width:
            self.columns.append([Chunk(_nothing(before))])
        for at, chunks in enumerate(self.columns):
            cells = rows.column(at)
            chunks.append(cells.read(self.book, entities=b"&" in block))
            self.has_bare_numbers |= cells.has_bare_numbers
        self.rows.append(rows.numbers)


def _nothing(count: int) -> pa.Array:
    return pa.repeat(pa.scalar("", TEXT), count)


def _lines(rows: Places, nothing: int) -> slice | Places:
    """Return which of the rows each line of a sheet is, or the place of nothing at all."""
    height = int(rows[-1])
    if len(rows) == height:
        return slice(height)
    at = np.full(height, nothing)
    at[rows - 1] = np.arange(len(rows))
    return at


def _held(chunks: Sequence[Chunk]) -> int:
    """Return how many rows there are down to a column's last cell that holds something."""
    held = before = 0
    for chunk in chunks:
        held = before + chunk.held if chunk.held else held
        before += len(chunk.texts)
    return held


def _joined(
    flags: Sequence[Flags | None], chunks: Sequence[Chunk], at: slice | Places
) -> Flags | None:
    """Join the chunks' flags and put them where their rows are; None where there are none."""
    if all(one is None for one in flags):
        return None
    parts = [
        np.zeros(len(chunk.texts), dtype=np.bool_) if one is None else one
        for one, chunk in zip(flags, chunks, strict=True)
    ]
    return np.append(np.concatenate(parts), False)[at]
