"""Several files read as one list, in memory: one layout, one header, rows known by file and row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from importer.errors import UnreadableInput
from importer.file_names import list_stem
from importer.model import Rows, Source
from importer.reading.layout.table import HEADER_SEARCH
from importer.reading.limits import GRID_CELLS
from importer.reading.parts.blocks import joined, lines_of
from importer.reading.reader import columns_note_of, find_columns
from importer.reading.tables import column_frames, frames
from importer.reading.tables.cells import as_text
from importer.reading.tables.columnar import ColumnarLines
from importer.reading.tables.sheets import Sheet, Workbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.reading.layout.layouts import Layout
    from importer.reading.options import ReadOptions
    from importer.reading.parts.part import Part
    from importer.reading.tables.sheets import Advance, Cell, Mark


@dataclass(frozen=True, slots=True)
class Read:
    """One file's lines."""

    part: Part
    lines: ColumnarLines
    form: str
    notes: tuple[str, ...]

    @property
    def top(self) -> list[tuple[str, ...]]:
        """What its first lines say."""
        return [said(line) for line in self.lines[:HEADER_SEARCH]]


@dataclass(frozen=True, slots=True)
class Found:
    """What the lines of a list are, together."""

    layout: Layout
    sheet: Sheet
    notes: tuple[str, ...]
    dropped: int
    """How many lines from the top each file but the first has that are the first one's header."""


def read_list(
    path: Path,
    parts: Sequence[Part],
    options: ReadOptions,
    progress: Advance = lambda count: None,
) -> Rows:
    """Read several files as one list. `path` is what the list is called.

    Each file has the same header. The column `sheet` of the cells holds the file's name, and `row`
    its own row.

    Raises:
        UnclearColumn: the operator has to say which column holds the phone numbers or countries.
        UnreadableInput: a file can't be read, or has other columns than the first.
    """
    read = [one for one in _read_all(path, parts, options, progress) if len(one.lines)]
    if not read:
        raise UnreadableInput(f"{path} is empty: no file of it holds anything, not even a header.")
    found = find_layout_of(path, read, options)
    taken = column_frames.take(found.sheet, found.layout, visible_only=False) or frames.take(
        found.sheet, found.layout, visible_only=False
    )
    cells, extras = frames.join([taken])
    form = ", ".join(dict.fromkeys(one.form for one in read))
    count = f"{len(parts):,} file{'s' if len(parts) > 1 else ''}"
    notes = (*_notes(read), *found.notes, *taken.notes)
    columns = columns_note_of(found.sheet, found.layout)
    source = Source(path, f"{count}, {form}", columns, notes, is_list=True)
    return Rows(_with_places(cells, read, found.dropped), extras, source)


def _read_all(
    path: Path, parts: Sequence[Part], options: ReadOptions, progress: Advance
) -> list[Read]:
    read, total = [], 0
    for part in parts:
        opened = lines_of(part, options)
        blocks: list[ColumnarLines] = []
        if not part.size:
            part.ensure_same()
        for block in opened.blocks if part.size else ():
            blocks.append(block)
            total += len(block) * len(block.columns)
            progress(len(block))
            if total > GRID_CELLS:
                raise UnreadableInput(
                    f"{path} has more than {GRID_CELLS:,} cells, which is more than one workbook "
                    "of results is made of: `importer check` with --format parquet takes lists of "
                    "any length."
                )
        read.append(Read(part, joined(blocks), opened.form, opened.notes))
    return read


def _notes(read: Sequence[Read]) -> list[str]:
    return list(dict.fromkeys(note for one in read for note in one.notes))[:20]


def find_layout_of(
    path: Path, read: Sequence[Read], options: ReadOptions, most: int | None = None
) -> Found:
    """Find the columns of a list, and how many lines of each file are its header.

    `most` is how many lines of the list are looked at, None for all.

    Raises:
        UnclearColumn, UnreadableInput: as `read_list`.
    """
    dropped = _alike(read)
    found = _find(path, read, dropped, options, most)
    header = found.layout.header + 1 if found.layout.headed else 0
    if header > dropped and len(read) > 1:
        first, other = _different(read, dropped)
        raise other_header(first.part.name, other.part.name, first.top, other.top)
    if header < dropped and len(read) > 1:
        found = _find(path, read, header, options, most)
        if (found.layout.header + 1 if found.layout.headed else 0) != header:
            raise UnreadableInput(
                f"{path}: it is not clear where the table begins in each of its files: name the "
                "phone column with --column."
            )
    return found


def _find(
    path: Path, read: Sequence[Read], dropped: int, options: ReadOptions, most: int | None
) -> Found:
    first, *others = read
    below = [
        ColumnarLines([one.part(dropped, len(one)) for one in other.lines.columns])
        for other in others
    ]
    lines = joined([first.lines, *below])
    if most is not None:
        lines = ColumnarLines([one.part(0, most) for one in lines.columns])
    sheet = Sheet(list_stem(path), lines)
    [(_, layout)], notes = find_columns(path, Workbook(first.form, (sheet,)), options)
    return Found(layout, sheet, tuple(notes), dropped)


def _alike(read: Sequence[Read]) -> int:
    """Return how many lines from the top all files have in common."""
    tops = [one.top for one in read]
    count = min(map(len, tops))
    return next((at for at in range(count) if any(top[at] != tops[0][at] for top in tops)), count)


def _different(read: Sequence[Read], at: int) -> tuple[Read, Read]:
    first, *others = read
    other = next(one for one in others if one.top[at : at + 1] != first.top[at : at + 1])
    return first, other


def other_header(
    first: str, other: str, here: Sequence[tuple[str, ...]], there: Sequence[tuple[str, ...]]
) -> UnreadableInput:
    """Say where the first lines of a file, `there`, differ from those of the first one, `here`."""
    count = max(len(here), len(there))
    at = next((at for at in range(count) if here[at : at + 1] != there[at : at + 1]), 0)
    shown = [_shown(one[at] if at < len(one) else ()) for one in (there, here)]
    return UnreadableInput(
        f"{other} begins otherwise than {first}: with {shown[0]}, and not with {shown[1]}; a list "
        "has the same columns in each file: give it the same header, or leave it out and run it by "
        "itself."
    )


def said(line: Sequence[Cell | Mark]) -> tuple[str, ...]:
    """Return what a line says, without the empty cells at its end."""
    texts = [as_text(cell).strip() for cell in line]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _shown(line: tuple[str, ...]) -> str:
    text = ", ".join(line) if line else "an empty row"
    return f"'{text[:80]}{'…' if len(text) > 80 else ''}'"


def _with_places(cells: pd.DataFrame, read: Sequence[Read], dropped: int) -> pd.DataFrame:
    """Name for each cell its file and its row there, instead of those of the whole list."""
    counts = [len(one.lines) - (dropped if at else 0) for at, one in enumerate(read)]
    ends = np.cumsum(counts)
    rows = cells["row"].to_numpy() - 1
    which = np.searchsorted(ends, rows, side="right")
    before = (ends - counts - np.where(np.arange(len(read)) > 0, dropped, 0))[which]
    names = pa.array([one.part.name for one in read], pa.large_string())
    sheets = names.take(pa.array(which)).to_pandas()
    return cells.assign(sheet=pd.Series(sheets.array, index=cells.index), row=rows - before + 1)
