"""The lines of one file of a list, block by block, whatever its form."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
import pyarrow as pa

from importer.errors import UnreadableInput
from importer.reading import unpack
from importer.reading.forms import Form, form_of
from importer.reading.parts.part import unopened
from importer.reading.parts.portion import Portion
from importer.reading.tables.columnar import Column, ColumnarLines, Others, marked_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow.parquet as pq

    from importer.reading.options import ReadOptions
    from importer.reading.parts.part import Part
    from importer.reading.parts.text_blocks import TextShape
    from importer.reading.tables.sheets import Cell, Mark, Sheet

_HEAD = 4096
_PARQUET = b"PAR1"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_TEXT = pa.large_string()
_NO_SHEETS = (
    "CSV and Parquet files have no sheets: their rows were all read, whatever --sheet says."
)
ROWS = 200_000
"""Lines of a block."""
BYTES = 32 * 1024**2
"""Of the texts of a block: lists of many columns, or of long cells, have fewer lines in one."""


@dataclass(frozen=True, slots=True)
class PartLines:
    """One file's lines: its first line is row 1 of it, as Excel would show it."""

    part: Part
    form: str
    blocks: Iterator[ColumnarLines]
    notes: tuple[str, ...] = ()


def lines_of(part: Part, options: ReadOptions) -> PartLines:
    """Open a file of a list; see `lines_of_portion`."""
    return lines_of_portion(Portion(part, 0), options)


def lines_of_portion(portion: Portion, options: ReadOptions) -> PartLines:
    """Open a file of a list, or a portion of it. Damage is found as its blocks are taken.

    Raises:
        UnreadableInput: it can't be read; the blocks raise it as well.
    """
    part = portion.part
    file = part.open()
    if portion.shape is not None:
        return PartLines(part, "CSV", _unchanged(part, _of_range(portion, portion.shape, file)))
    head = file.read(_HEAD)
    file.seek(0)
    with _may_be_no_part():
        if not head.startswith(_PARQUET) and _is_workbook(part.name, head):
            return _of_workbook(part, options)
    notes = (_NO_SHEETS,) if options.sheets else ()
    if head.startswith(_PARQUET):
        opened = _of_parquet(portion, file)
        return replace(opened, notes=(*opened.notes, *notes))
    return PartLines(part, "CSV", _unchanged(part, _of_text(part, file, options)), notes)


@contextmanager
def _may_be_no_part() -> Iterator[None]:
    """Say of a file that is no table how a list is made without it."""
    try:
        yield
    except UnreadableInput as error:
        raise UnreadableInput(
            f"{error} Where it is no part of the list, move it out of the folder, or name the "
            "files by a pattern, as in 'june/*.csv'."
        ) from error


def _is_workbook(name: str, head: bytes) -> bool:
    if head.startswith(_WORKBOOKS):
        return True
    return bool(head) and not unpack.compression_of(head) and form_of(name, head) is Form.HTML


def is_plain_text(name: str, head: bytes) -> bool:
    """Whether a file that is no Parquet file is text that is not compressed, by its first bytes.

    Raises:
        UnreadableInput: it is of a form that can't be read.
    """
    return not _is_workbook(name, head) and not unpack.compression_of(head)


def _of_text(part: Part, file: pa.NativeFile, options: ReadOptions) -> Iterator[ColumnarLines]:
    from importer.reading.parts.text_blocks import text_blocks

    compression = unpack.compression_of(file.read(4))
    file.seek(0)
    source = cast("BinaryIO", file)
    if not compression:
        yield from text_blocks(part.name, source, options)
        return
    unpacked = _Unpacked(part.name, compression, source)
    head = unpacked.peek()
    if not head:
        return  # As clusters write a file of no rows.
    unpack.ensure_no_archive(part.name, head)
    form_of(part.name, head)
    yield from text_blocks(part.name, cast("BinaryIO", unpacked), options)


def _of_range(portion: Portion, shape: TextShape, file: pa.NativeFile) -> Iterator[ColumnarLines]:
    from importer.reading.parts.text_blocks import Range, range_blocks

    file.seek(portion.begin)
    text = Range(cast("BinaryIO", file), portion.end - portion.begin)
    return range_blocks(portion.part.name, text, shape, portion.row)


class _Unpacked:
    """What a compressed file holds. Reading it raises UnreadableInput where it is damaged."""

    def __init__(self, name: str, compression: str, packed: BinaryIO) -> None:
        self._name, self._compression = name, compression
        self._head = b""
        self._file = unpack.opened_unpacked(packed, compression)

    def peek(self) -> bytes:
        """Return the first bytes, which are read once more afterwards."""
        self._head = self.read(_HEAD)
        return self._head

    def read(self, size: int) -> bytes:
        """Return the next bytes, b"" at the end."""
        head, self._head = self._head, b""
        if head:
            return head
        try:
            return self._file.read(size)
        except Exception as error:  # A codec raises errors of its own at damaged bytes.
            raise unpack.damaged(self._name, self._compression) from error


def _of_parquet(portion: Portion, file: pa.NativeFile) -> PartLines:
    from importer.reading.tables.parquet import (
        batches_of,
        characters_of,
        column_of,
        columns_of,
        damaged,
        open_parquet,
    )

    part = portion.part
    opened = open_parquet(part.name, file, in_portions=True)
    names, notes = columns_of(part.name, opened)
    groups = None if portion.is_whole else range(portion.begin, portion.end)

    def blocks() -> Iterator[ColumnarLines]:
        if portion.row == 1:
            yield ColumnarLines([Column(pa.array([name], _TEXT)) for name in names])
        try:
            for batch in batches_of(opened, names, _lines_at_once(opened.metadata), groups):
                # A text that the file has once may be that of all lines.
                lines = max(1, batch.num_rows // (1 + characters_of(batch) // BYTES))
                for first in range(0, batch.num_rows, lines):
                    some = batch.slice(first, lines)
                    yield ColumnarLines([column_of(None, one) for one in some.columns])
        except (pa.ArrowException, OSError) as error:
            raise damaged(part.name) from error

    return PartLines(part, "Parquet", _unchanged(part, blocks()), notes)


def _lines_at_once(metadata: pq.FileMetaData) -> int:
    """Return how many lines of a Parquet file are a block, as large as it says that they are."""
    groups = range(metadata.num_row_groups)
    held: int = sum(metadata.row_group(at).total_byte_size for at in groups)
    rows: int = metadata.num_rows
    return max(1, min(ROWS, BYTES * rows // max(1, held)))


def _of_workbook(part: Part, options: ReadOptions) -> PartLines:
    """Read a workbook as a whole: its sheets are read as one below the other."""
    from importer.reading.reader import open_workbook

    if part.files is not None:
        raise UnreadableInput(
            f"{part.name} is a workbook, which is read only on this computer: copy it here, or "
            "export the list as CSV or Parquet."
        )
    workbook = open_workbook(Path(part.path), options)
    if len(workbook.sheets) > 1:
        names = ", ".join(f"'{one.name}'" for one in workbook.sheets[:5])
        raise UnreadableInput(
            f"{part.name} has several sheets ({names}): as one of several files of a list it can "
            "have one; name it by --sheet, or run this file by itself."
        )
    blocks = (_columnar(part.name, one) for one in workbook.sheets)
    return PartLines(part, workbook.form, _unchanged(part, blocks), workbook.notes)


def _columnar(name: str, sheet: Sheet) -> ColumnarLines:
    if sheet.merged or sheet.hidden:
        raise UnreadableInput(
            f"{name} has merged or hidden cells, which are read only where it is a list of its "
            "own: run it by itself, or unmerge and unhide them."
        )
    if isinstance(sheet.lines, ColumnarLines):
        return sheet.lines
    return ColumnarLines([_column(one) for one in marked_columns(sheet.lines, 0)])


def _column(cells: Sequence[Cell | Mark]) -> Column:
    texts = pa.array([one if isinstance(one, str) else "" for one in cells], _TEXT)
    odd = [(at, one) for at, one in enumerate(cells) if not isinstance(one, str)]
    if not odd:
        return Column(texts)
    codes = np.full(len(cells), -1, dtype=np.int32)
    codes[[at for at, _ in odd]] = np.arange(len(odd), dtype=np.int32)
    return Column(texts, others=Others([one for _, one in odd], codes))


def _unchanged(part: Part, blocks: Iterator[ColumnarLines]) -> Iterator[ColumnarLines]:
    """Give a file's blocks, and make sure at the end that nobody wrote to it since it was found."""
    try:
        yield from blocks
    except OSError as error:
        raise unopened(part.name, error) from error
    part.ensure_same()


def joined(blocks: Iterable[ColumnarLines]) -> ColumnarLines:
    """Put blocks below each other; where one has fewer columns, its cells there are empty."""
    held = [one for one in blocks if len(one)]
    width = max((len(one.columns) for one in held), default=0)
    return ColumnarLines([_stacked([_at(one, at) for one in held]) for at in range(width)])


def _at(block: ColumnarLines, at: int) -> Column:
    if at < len(block.columns):
        return block.columns[at]
    return Column(pa.repeat(pa.scalar("", _TEXT), len(block)))


def _stacked(columns: Sequence[Column]) -> Column:
    texts = pa.concat_arrays([one.texts.cast(_TEXT) for one in columns])
    numbers = others = None
    if any(one.numbers is not None for one in columns):
        numbers = np.concatenate(
            [
                np.zeros(len(one), np.bool_) if one.numbers is None else one.numbers
                for one in columns
            ]
        )
    if any(one.others is not None for one in columns):
        others = _stacked_others(columns)
    return Column(texts, numbers, others)


def _stacked_others(columns: Sequence[Column]) -> Others:
    values: list[Sequence[Cell | Mark]] = []
    codes, first = [], 0
    for one in columns:
        if one.others is None:
            codes.append(np.full(len(one), -1, dtype=np.int32))
            continue
        codes.append(np.where(one.others.codes < 0, -1, one.others.codes + first).astype(np.int32))
        values.append(one.others.values)
        first += len(one.others.values)
    return Others([*chain.from_iterable(values)], np.concatenate(codes))


def parquet_size(part: Part) -> tuple[int, int]:
    """Return how many lines and columns a Parquet file says that it has.

    Raises:
        UnreadableInput: it can't be read.
    """
    from importer.reading.tables.parquet import open_parquet

    with part.open() as file:
        opened = open_parquet(part.name, file)
        return opened.metadata.num_rows, len(opened.schema_arrow.names)
