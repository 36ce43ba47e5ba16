"""A list cut into partitions, each of which is read by itself, on this computer or another.

A partition is one or more small files, some row groups of a Parquet file, or a range of a text file
in UTF-8. Where a range of text begins is a guess: a line may end inside a quoted cell. It is proven
by reading: the first range begins with the file, and one that can be read ends at the end of a
record, so that the next one begins with a record. A file of which a range can't be read is read as
a whole.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, BinaryIO, cast

from importer.reading.parts.blocks import is_plain_text
from importer.reading.parts.portion import Portion
from importer.reading.parts.text_blocks import shape_in_utf8

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

    import pyarrow as pa

    from importer.reading.options import ReadOptions
    from importer.reading.parts.part import Part
    from importer.reading.parts.text_blocks import TextShape

    Partition = tuple[Portion, ...]

BYTES = 16 * 1024**2
"""Of a partition, about: half a million rows of text, or a million and more of Parquet."""
ROWS = 500_000
"""Of a partition of a Parquet file, about."""
_HEAD = 4096
_PARQUET = b"PAR1"
_LONGEST = 65_536
"""Bytes in which two ends of lines are looked for."""
_LINES = 100
"""Ends of lines that are looked at."""
_LATER_ROW = 2
"""A row of a later range, as long as nobody has counted the lines before it."""


def partitions_of(
    parts: Sequence[Part], options: ReadOptions, whole: Set[int] = frozenset()
) -> list[Partition]:
    """Return the partitions of a list, in the order of its rows; text files in `whole` aren't cut.

    Raises:
        UnreadableInput: a file can't be opened.
    """
    found: list[Partition] = []
    together: list[Portion] = []
    for at, part in enumerate(parts):
        portions = [Portion(part, at)] if at in whole else _cut(part, at, options)
        if len(portions) == 1 and together and _bytes(together) + part.size <= BYTES:
            together += portions
            continue
        if together:
            found.append(tuple(together))
            together = []
        if len(portions) == 1:
            together = portions
        else:
            found += [(one,) for one in portions]
    return [*found, *([tuple(together)] if together else [])]


def _bytes(portions: Sequence[Portion]) -> int:
    return sum(one.part.size for one in portions)


def _cut(part: Part, at: int, options: ReadOptions) -> list[Portion]:
    if part.size <= BYTES // 8:  # Not worth a look; packed Parquet of so few bytes is short.
        return [Portion(part, at)]
    with part.open() as file:
        head = file.read(_HEAD)
        file.seek(0)
        if head.startswith(_PARQUET):
            return list(_row_groups(part, at, file))
        if part.size > BYTES and is_plain_text(part.name, head):
            return list(_ranges(part, at, cast("BinaryIO", file), options))
    return [Portion(part, at)]


def _row_groups(part: Part, at: int, file: pa.NativeFile) -> Iterator[Portion]:
    from importer.reading.tables.parquet import open_parquet

    metadata = open_parquet(part.name, file).metadata
    begin, row, rows = 0, 1, 0
    for group in range(metadata.num_row_groups):
        more = metadata.row_group(group).num_rows
        if rows and rows + more > ROWS:
            yield Portion(part, at, begin, group, row)
            begin, row, rows = group, row + rows + (row == 1), 0
        rows += more
    if begin == 0:
        yield Portion(part, at)
    else:
        yield Portion(part, at, begin, metadata.num_row_groups, row)


def _ranges(part: Part, at: int, file: BinaryIO, options: ReadOptions) -> Iterator[Portion]:
    shape = shape_in_utf8(part.name, file, options)
    if shape is None:
        yield Portion(part, at)
        return
    begin, row = shape.skipped, 1
    count = -(-part.size // BYTES)
    for nominal in (part.size * one // count for one in range(1, count)):
        end = _end_of_record(file, max(nominal, begin), shape)
        if end > begin:
            yield Portion(part, at, begin, end, row, shape=shape)
            begin, row = end, _LATER_ROW
    yield Portion(part, at, begin, part.size, row, shape=shape)


def _end_of_record(file: BinaryIO, place: int, shape: TextShape) -> int:
    """Return the end of a line behind a place after which a record seems to begin; -1 for none."""
    file.seek(place)
    lines = file.read(_LONGEST).splitlines(keepends=True)[:-1]  # The last one may go on.
    end = place
    for at, line in enumerate(lines[:_LINES]):
        end += len(line)
        if line.endswith(b"\n") and _begins_with_record(lines[at + 1 :], shape):
            return end
    return -1


def _begins_with_record(lines: Sequence[bytes], shape: TextShape) -> bool:
    try:
        texts = (line.decode() for line in lines)
        record = next(csv.reader(texts, delimiter=shape.delimiter, strict=True), [])
    except (csv.Error, UnicodeDecodeError):
        return False
    return len(record) == shape.width
