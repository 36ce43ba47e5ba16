"""A batch's rows, of which memory holds a portion: the file of `batch_rows`, and two columns more.

These say which group each line's number was planned for, or which group of an earlier batch it was
left to, as numbers that are joined by themselves would have to be in memory.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from importer.columns import memory
from importer.journal.batch_rows import metadata_of, source_of, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.model import Source

CELLS = ("sheet", "row", "original")
LINES = ("number", "country", "type", "reason", "status")
GROUP, EARLIER_BATCH, EARLIER_SEQ = "planned group", "earlier batch", "earlier group"
_MARK = b"portions"
_TEXT = pa.large_string()


def schema_of(
    types: Mapping[str, pa.DataType], source: Source, assumptions: tuple[str, ...]
) -> pa.Schema:
    """Return the columns of a batch's rows; `types` are those of the input's other columns."""
    ours = [(name, pa.int64() if name == "row" else _TEXT) for name in (*CELLS, *LINES)]
    joins = [(GROUP, pa.int32()), (EARLIER_BATCH, _TEXT), (EARLIER_SEQ, pa.int32())]
    widths = [len(CELLS), len(LINES), len(types)]
    metadata = metadata_of(widths, source, assumptions) | {_MARK.decode(): "1"}
    return pa.schema([*ours, *types.items(), *joins], metadata)


def write(file: BinaryIO, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write a batch's rows, a portion for each table."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(file, schema, options=options) as writer:
        for table in tables:
            writer.write_table(table.combine_chunks())
            del table  # Before the next one is made.
            memory.give_back()


class KeptRows:
    """Reads a batch's rows by portions."""

    def __init__(self, file: BinaryIO) -> None:
        """Open a file that stays open as long.

        Raises:
            JournalError: it is damaged.
        """
        try:
            self._reader = pa.ipc.open_file(file)
            metadata = self._reader.schema.metadata or {}
            self.is_in_portions = _MARK in metadata
            """Whether it says which group each line is of."""
            self.source: Source = source_of(metadata[b"source"])
            self.assumptions: tuple[str, ...] = tuple(json.loads(metadata[b"assumptions"]))
            _, _, others = json.loads(metadata[b"widths"])
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            raise unreadable(_name_of(file)) from error
        begin = len(CELLS) + len(LINES)
        self.types = {
            one.name: one.type for one in list(self._reader.schema)[begin : begin + others]
        }
        """The input's other columns."""

    def __len__(self) -> int:
        portions: int = self._reader.num_record_batches
        return portions

    def read(self, portion: int) -> pa.Table:
        """Return a portion's lines.

        Raises:
            JournalError: it is damaged.
        """
        try:
            return pa.Table.from_batches([self._reader.get_batch(portion)])
        except (OSError, pa.ArrowException) as error:
            raise unreadable("its file") from error


def _name_of(file: BinaryIO) -> str:
    """Return a file's name; one that is filled from a database has a number instead."""
    name = getattr(file, "name", "")
    return name if isinstance(name, str) and name else "the journal"
