"""A sheet of texts as columns, with no Python object for each cell: the usual list, read in bulk.

Most lists hold nothing but texts from their first cell on, with no merged cells. For such a sheet,
which `is_text` proves by its XML, fastexcel gives whole columns in a tenth of the time and memory
that cells take one by one; both are calamine underneath. Every other sheet is read cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.sheets import Cell

_TEXT = pa.large_string()
_FIRST_CELL = re.compile(
    rb'<sheetData>\s*(?=<row [^<>]*>\s*<c r="A1"(?: s="\d+")? t="(?:s|inlineStr)">)'
)
_LAST_CELL = re.compile(rb'<c r="[A-Z]{1,3}(\d{1,7})"')


@dataclass(slots=True)
class Proof:
    """Looks at a sheet's XML, a block of whole rows at a time, for anything but texts."""

    height: int = 0
    """Rows down to the last that holds something; 0 before cell A1 was seen."""
    holds: bool = True

    def see(self, block: bytes) -> None:
        """Look at the next block: each value in it must be a text's.

        A `<` is never part of a text as it stands, so that no text can feign a tag.
        """
        if not self.height:
            found = _FIRST_CELL.search(block)
            if not found:
                # The first block may end before the first row.
                self.holds = self.holds and b"<row" not in block and b":row" not in block
                return
            block = block[found.end() :]
        block, _, after = block.partition(b"</sheetData>")
        self.holds = self.holds and _is_texts(block) and b"<mergeCell" not in after
        end = block.rfind(b"</c>")
        last = _LAST_CELL.match(block, block.rfind(b"<c ", 0, max(end, 0)))
        if last:
            self.height = int(last[1])

    @property
    def is_text(self) -> bool:
        """Whether all that was seen were texts, from cell A1 on."""
        return self.height > 0 and self.holds


def _is_texts(block: bytes) -> bool:
    """Whether a piece has no tags but those of rows, texts and empty cells.

    Any other cell, such as a number, has more than the one that an empty cell is counted with.
    """
    shared = block.count(b' t="s"><v>') + block.count(b' t="str"><v>')
    inline = block.count(b' t="inlineStr"><is><t>')
    empty = block.count(b"<c ") - shared - inline
    rows = block.count(b"<row ") + block.count(b"</row>")
    return block.count(b"<") == rows + 4 * shared + 6 * inline + empty


class TextGrid(Sequence["list[Cell]"]):
    """The lines of a sheet of texts, kept as columns."""

    def __init__(self, columns: Sequence[pa.Array]) -> None:
        """Take columns of one length; a cell that is null or "" holds nothing."""
        self.columns = [_whole(column) for column in columns]
        self._height = len(columns[0]) if columns else 0

    def __len__(self) -> int:
        return self._height

    @overload
    def __getitem__(self, at: int) -> list[Cell]: ...

    @overload
    def __getitem__(self, at: slice) -> list[list[Cell]]: ...

    def __getitem__(self, at: int | slice) -> list[Cell] | list[list[Cell]]:
        """Return lines as cells."""
        if isinstance(at, slice):
            return [self[index] for index in range(*at.indices(self._height))]
        if not -self._height <= at < self._height:
            raise IndexError(at)
        return [column[at].as_py() for column in self.columns]

    def __iter__(self) -> Iterator[list[Cell]]:
        """Give each line as cells; for sheets that need it after all."""
        return map(list, zip(*(column.to_pylist() for column in self.columns), strict=True))


def _whole(column: pa.Array) -> pa.Array:
    return pc.fill_null(pc.cast(column, _TEXT), "")


def read_texts(raw: bytes, title: str, height: int) -> TextGrid | None:
    """Read a sheet of texts, as `Proof` found it; None where it is not as high as that."""
    import fastexcel

    try:
        reader = fastexcel.read_excel(raw)
        sheet = reader.load_sheet(title, header_row=None, skip_rows=0, dtypes="string")
        grid = TextGrid(sheet.to_arrow().columns)
    except fastexcel.FastExcelError:
        return None
    return grid if len(grid) == height else None
