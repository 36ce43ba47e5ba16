"""The decided lines of a list on disk, a file for each block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_ROW_BITS = 40
_TEXT = pa.large_string()
_CODED = pa.dictionary(pa.int32(), _TEXT)
OTHER = "input "
"""Before the names of the input's other columns."""


def places_of(parts: Ints, rows: Ints) -> Ints:
    """Return each row's file and row in one integer."""
    return (parts << _ROW_BITS) | rows


def part_and_row(places: Ints) -> tuple[Ints, Ints]:
    """Return the file and the row that `places_of` put together."""
    return places >> _ROW_BITS, places & ((1 << _ROW_BITS) - 1)


def named(parts: Sequence[str], places: Ints) -> tuple[pa.Array, Ints]:
    """Return the names of the files of some places, and their rows."""
    part, row = part_and_row(places)
    return pa.array(parts, _TEXT).take(pa.array(part)), row


def encoded(ours: dict[str, pa.Array], others: dict[str, pa.Array]) -> pa.Buffer:
    """Return a block's lines as they are kept on disk.

    `ours` has place, original, number, country, type and reason; `others` the input's other
    columns.
    """
    coded = {
        name: ours[name].cast(_TEXT).dictionary_encode().cast(_CODED)
        for name in ("country", "type", "reason")
    }
    # The input may use our names.
    table = pa.table(ours | coded | {f"{OTHER}{name}": one for name, one in others.items()})
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


@dataclass(slots=True)
class LineBlocks:
    """Writes and reads the lines of blocks."""

    folder: Path
    begins: list[int] = field(default_factory=lambda: [0])
    """The number of the first line of each block, and at last that of all lines."""

    def write(self, block: pa.Buffer, lines: int) -> None:
        """Write one more block as `encoded` gives it, of so many lines."""
        with pa.OSFile(str(self._path(len(self))), "wb") as file:
            file.write(block)
        self.begins.append(self.begins[-1] + lines)

    def __len__(self) -> int:
        return len(self.begins) - 1

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.begins[-1]

    def of_lines(self, lines: Ints) -> Ints:
        """Return the blocks of some lines."""
        return np.searchsorted(np.array(self.begins), lines, side="right").astype(np.int64) - 1

    def read(self, block: int, names: Sequence[str] | None = None) -> pa.Table:
        """Return one block's lines; only some columns where `names` is given."""
        with pa.OSFile(str(self._path(block)), "rb") as file:
            reader = pa.ipc.open_file(file)
            if names is not None:
                wanted = [reader.schema.get_field_index(name) for name in names]
                kept = [at for at in wanted if at >= 0]
                reader = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=kept))
            return reader.read_all().combine_chunks()

    def remove(self, block: int) -> None:
        """Remove one block's file."""
        self._path(block).unlink()

    def _path(self, block: int) -> Path:
        return self.folder / f"{block:06}.arrow"


def column(table: pa.Table, name: str) -> pa.Array:
    """Return a column of a block as one array."""
    found = table.column(name).combine_chunks()
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def numbers_in(table: pa.Table) -> Ints:
    """Return the numbers of a block's lines, 0 where there is none."""
    return np.asarray(column(table, "number").to_numpy())


def as_integers(numbers: pa.Array) -> pa.Array:
    """Return numbers as integers, 0 for ""; no country's numbers begin with 0."""
    return pc.cast(pc.if_else(pc.equal(numbers, ""), "0", numbers), pa.int64())
