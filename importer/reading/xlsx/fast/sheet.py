"""The fast way through an .xlsx sheet: plain rows go from the XML into columns, without calamine.

calamine, as `excel` calls it, is the one definition of what a workbook holds; it gives a Python
object for each cell. This goes before it, and takes only sheets of which it can prove what calamine
says. A plain sheet is written as Excel and its kin write lists: rows in order, each cell in its
place, and in it a text, or a number that is no date. `plainrows` finds a whole block of them at
once.

The proof is that nothing is left over: each tag of a block is one that plain rows have, in an order
in which they have it. Every other sheet (formulas, errors, booleans, rich texts, XML of another
make) is left to calamine as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError

from importer.errors import UnreadableInput
from importer.reading.limits import GRID_CELLS
from importer.reading.tables.columnar import Column, ColumnarLines, Others
from importer.reading.xlsx.fast.cells import Chunk
from importer.reading.xlsx.fast.frame import LARGEST_FRAME, merged_ranges
from importer.reading.xlsx.fast.rows import PlainRows
from importer.reading.xlsx.fast.tags import NotPlainError
from importer.reading.xlsx.fast.texts import TEXT, plainly
from importer.reading.xlsx.sheet_xml import row_blocks
from importer.workbook_format import SHEET_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.columnar import Flags, Places
    from importer.reading.tables.sheets import Place
    from importer.reading.xlsx.fast.cells import Beside
    from importer.reading.xlsx.package import Package


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """A sheet read the fast way."""

    lines: ColumnarLines
    merged: tuple[tuple[Place, Place], ...]
    tells: bool
    """Whether the sheet has anything that `sheetxml.look` could find."""


def read_plain(package: Package, part: str, beside: Beside) -> PlainSheet | None:
    """Read a sheet if it is plain.

    Raises:
        UnreadableInput: the part is broken, or has a row longer than any can be.
    """
    if not package.plain:
        return None
    reader = _Reader(beside)
    try:
        for block in row_blocks(package, part):
            reader.take(block)
        return reader.sheet()
    except NotPlainError:
        return None


@dataclass(slots=True)
class _Reader:
    beside: Beside
    frame: bytes = b""
    """All of the part's XML but what is inside of `sheetData`."""
    began: bool = False
    ended: bool = False
    tells: bool = False
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
        merged = merged_ranges(self.frame) if self.ended else ()
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
        return PlainSheet(ColumnarLines(columns), merged, self.tells)

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
        """Let it be said what the numbers are that may be dates; numbers after all stay numbers."""
        coded = column.filter(asked).texts.dictionary_encode()
        pairs = [tuple(text.split(" ")) for text in coded.dictionary.to_pylist()]
        try:
            values = self.beside.ask(pairs)
        except (CalamineError, UnreadableInput) as error:
            raise NotPlainError from error
        if len(values) != len(pairs):
            raise NotPlainError
        codes = np.full(len(column), -1, dtype=np.int32)
        codes[asked] = coded.indices.to_numpy()
        plainly = np.array([isinstance(value, float) for value in values])
        if not plainly.any():
            return Column(column.texts, column.numbers, Others(values, codes))
        numeric = asked & plainly[codes]
        digits = pa.array([value for _, value in pairs], TEXT).take(pa.array(codes[numeric]))
        texts = pc.replace_with_mask(column.texts, pa.array(numeric), digits)
        numbers = numeric if column.numbers is None else numeric | column.numbers
        codes[numeric] = -1
        return Column(texts, numbers, None if plainly.all() else Others(values, codes))

    def _take_rows(self, block: bytes) -> None:
        rows = PlainRows(plainly(block))
        if self.rows and rows.numbers[0] <= self.rows[-1][-1]:
            raise NotPlainError
        self.tells = self.tells or rows.hidden or not rows.styles.isdisjoint(self.beside.formats)
        before = sum(map(len, self.rows))
        while len(self.columns) < rows.width:
            self.columns.append([Chunk(_nothing(before))])
        for at, chunks in enumerate(self.columns):
            chunks.append(rows.column(at).read(self.beside, entities=b"&" in block))
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
