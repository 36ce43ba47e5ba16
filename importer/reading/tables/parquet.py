"""Parquet files: each column as Arrow has it, with the names in row 1 as in the same list's CSV."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from importer.errors import UnreadableInput
from importer.excel_limits import SHEET_COLUMNS
from importer.model import CellKind
from importer.reading.budget import Budget
from importer.reading.limits import GRID_CELLS, SMALL_FILE_BYTES, SMALL_FILE_CELLS
from importer.reading.tables.cells import EXACT_INTEGERS
from importer.reading.tables.columnar import Column, ColumnarLines, Others
from importer.reading.tables.sheets import Mark, Sheet, Workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.reading.tables.sheets import Advance, Cell

FORM = "Parquet"
_TEXT = pa.large_string()
_DIGITS = len(str(EXACT_INTEGERS - 1))
_LINES = 65_536
"""Lines that are read at a time."""
_CODE_BYTES = 3
"""Of a cell whose text its row group has elsewhere, at most."""
_DICTIONARY_BYTES = 1024**2
"""Of the different texts of a column in a row group, which writers end by default at a megabyte."""
_BUFFERS, _LEAST_BUFFER = 32 * 1024**2, 64 * 1024
"""Bytes of a row group that are read from the file at once, and those of a column of it."""


def read_parquet(name: str, stem: str, raw: bytes, progress: Advance) -> Workbook:
    """Read a Parquet file as one sheet called `stem`; its first line is row 2, below the names.

    Raises:
        UnreadableInput: it is damaged, or holds more than can be read.
    """
    file = open_parquet(name, pa.BufferReader(raw))
    small = len(raw) <= SMALL_FILE_BYTES
    cells = file.metadata.num_rows * len(file.schema_arrow.names)
    most = SMALL_FILE_CELLS if small else GRID_CELLS
    if cells > most:
        raise UnreadableInput(
            f"{name} has {cells:,} cells, more than the {most:,} that can be read at once: "
            "split it into several files."
        )
    budget = Budget(name, len(raw))
    names, notes = columns_of(name, file)
    try:
        batches = list(_within_bounds(budget, batches_of(file, names), progress))
    except (pa.ArrowException, OSError) as error:
        raise damaged(name) from error
    table = pa.Table.from_batches(batches, pa.schema([_kept(file, one) for one in names]))
    columns = [
        column_of(title, column)
        for title, column in zip(table.column_names, table.columns, strict=True)
    ]
    return Workbook(FORM, (Sheet(stem, ColumnarLines(columns)),), notes)


def open_parquet(name: str, source: pa.NativeFile, *, in_portions: bool = False) -> pq.ParquetFile:
    """Open a Parquet file; texts are read as codes, of which a million cells take little room.

    With `in_portions` only those are that stand there again and again: the codes of all others
    would grow up to the end of a row group.

    Raises:
        UnreadableInput: it is damaged.
    """
    try:
        plain = pq.ParquetFile(source)
        texts = [one.name for one in plain.schema_arrow if _is_text(one.type)]
        if in_portions:
            texts = _repeated(plain, texts)
        return pq.ParquetFile(
            source,
            metadata=plain.metadata,
            read_dictionary=texts,
            buffer_size=_buffer_size(plain) if in_portions else 0,
            page_checksum_verification=True,
        )
    except (pa.ArrowException, OSError) as error:
        raise damaged(name) from error


def _repeated(file: pq.ParquetFile, names: Sequence[str]) -> list[str]:
    """Return the columns of which a file seems to hold each different text once, and codes."""
    held: Counter[str] = Counter()
    for group in map(file.metadata.row_group, range(file.metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            held[column.path_in_schema] += column.total_uncompressed_size
    most = file.metadata.num_rows * _CODE_BYTES + file.metadata.num_row_groups * _DICTIONARY_BYTES
    return [name for name in names if held[name] <= most]


def _buffer_size(file: pq.ParquetFile) -> int:
    """Return how many bytes of each column are read at a time; 0 where a row group is small."""
    groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
    largest = max((one.total_byte_size for one in groups), default=0)
    if largest <= _BUFFERS:
        return 0
    return max(_LEAST_BUFFER, _BUFFERS // len(file.schema_arrow.names))


def damaged(name: str) -> UnreadableInput:
    """Say that a Parquet file can't be read."""
    return UnreadableInput(
        f"{name} is a Parquet file that is cut off or damaged: get it again from its source."
    )


def columns_of(name: str, file: pq.ParquetFile) -> tuple[list[str], tuple[str, ...]]:
    """Return the names of the columns that can be shown as cells, and a note on the others.

    Raises:
        UnreadableInput: two columns have one name, or there are more than a sheet has.
    """
    schema = file.schema_arrow
    if len(schema.names) > SHEET_COLUMNS:
        raise UnreadableInput(
            f"{name} has {len(schema.names):,} columns, more than a sheet of Excel "
            f"({SHEET_COLUMNS:,}): leave out those that are not needed."
        )
    if len({*schema.names}) != len(schema.names):
        raise UnreadableInput(f"{name} has two columns of one name: give each a name of its own.")
    nested = [one.name for one in schema if _is_nested(one.type)]
    names = [one for one in schema.names if one not in nested]
    if not nested:
        return names, ()
    shown = ", ".join(f"'{one[:40]}'" for one in nested[:20])
    return names, (f"{name}: columns that hold lists or records were left out: {shown}.",)


def batches_of(
    file: pq.ParquetFile,
    names: list[str],
    lines: int = _LINES,
    row_groups: Sequence[int] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Give some columns, so many lines at a time, of all row groups or of some.

    Raises what Arrow raises.
    """
    for batch in file.iter_batches(batch_size=lines, columns=names, row_groups=row_groups):
        batch.validate(full=True)  # A damaged file may say that bytes are text which are none.
        yield batch


def _within_bounds(
    budget: Budget, batches: Iterable[pa.RecordBatch], progress: Advance
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        budget.add_text(characters_of(batch))
        progress(batch.num_rows)
        yield batch


def characters_of(batch: pa.RecordBatch) -> int:
    """Return how many bytes the texts of some lines take that are held as codes."""
    return sum(map(_characters, batch.columns))


def _characters(column: pa.Array) -> int:
    """Return how many bytes the texts of a column take, without building them."""
    if not pa.types.is_dictionary(column.type):
        return 0
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return int(pc.sum(lengths).as_py() or 0)


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType))


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _kept(file: pq.ParquetFile, name: str) -> pa.Field:
    found: pa.Field = file.schema_arrow.field(name)
    return found


def column_of(title: str | None, values: pa.Array | pa.ChunkedArray) -> Column:
    """Return a column's cells, below its title where one is given.

    Numbers stay numbers, which may have lost zeros in front; days and times stay such. Numbers of
    more digits than a cell of Excel keeps are texts, so that ids keep all of theirs.
    """
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    kind = values.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        values = pa.concat_arrays(
            [pa.array([], kind), *(one.dictionary_decode() for one in chunks)]
        )
    else:
        values = pa.concat_arrays([pa.array([], kind), *chunks])
    if _is_date(kind) or pa.types.is_boolean(kind):
        return _others(title, values)
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if pa.types.is_floating(kind):
        # Where pandas has no value, it writes a number that is none.
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, kind))
    texts = pc.fill_null(_as_texts(values), "")
    if not number:
        return Column(_below(title, texts))
    held = np.asarray(pc.is_valid(values).to_numpy(zero_copy_only=False))
    rounded = _rounded(values)
    others = _imprecise(title, texts, rounded) if rounded.any() else None
    held &= ~(rounded | _too_long(texts, kind))
    flags = _behind(title, held, fill=False) if held.any() else None
    return Column(_below(title, texts), flags, others)


_EXACT = {pa.float16(): 2**11, pa.float32(): 2**24}
"""Up to here floats of few bits hold every whole number; beyond it the last digits are rounded."""


def _rounded(values: pa.Array) -> np.ndarray:
    """Return which numbers may have lost digits when they were written."""
    if values.type not in _EXACT:
        return np.zeros(len(values), np.bool_)
    large = pc.greater(pc.abs(values.cast(pa.float64())), _EXACT[values.type])
    return np.asarray(pc.fill_null(large, False).to_numpy(zero_copy_only=False))


def _too_long(texts: pa.Array, kind: pa.DataType) -> np.ndarray:
    """Return which numbers, written as `texts`, have more digits than a cell of Excel keeps."""
    if pa.types.is_floating(kind):
        return np.zeros(len(texts), np.bool_)
    if pa.types.is_decimal(kind) and kind.scale > 0:
        texts = pc.utf8_rtrim(texts, "0")
    digits = pc.utf8_length(pc.replace_substring_regex(texts, r"[-.]", ""))
    return np.asarray(pc.greater(digits, _DIGITS).to_numpy(zero_copy_only=False))


def _imprecise(title: str | None, texts: pa.Array, which: np.ndarray) -> Others:
    coded = texts.filter(pa.array(which)).dictionary_encode()
    codes = np.full(len(texts), -1, np.int32)
    codes[which] = coded.indices.to_numpy()
    marks = [Mark(text, CellKind.IMPRECISE) for text in coded.dictionary.to_pylist()]
    return Others(marks, _behind(title, codes, fill=-1))


def _as_texts(values: pa.Array) -> pa.Array:
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        try:
            return pc.cast(values, _TEXT)
        except pa.ArrowInvalid:
            return pa.array([one and f"0x{one.hex()}" for one in values.to_pylist()], _TEXT)
    return pc.cast(values, _TEXT)


def _is_date(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_time(kind))


def _others(title: str | None, values: pa.Array) -> Column:
    """Return a column of days, times or truths: each different value once."""
    if pa.types.is_timestamp(values.type):
        # Excel's times have no zone, and no parts of a microsecond.
        values = pc.cast(
            pc.local_timestamp(values) if values.type.tz else values, pa.timestamp("us"), safe=False
        )
    coded = values.dictionary_encode()
    different: list[Cell] = coded.dictionary.to_pylist()
    codes = np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int32)
    texts = pa.repeat(pa.scalar("", _TEXT), len(values))
    whole = _behind(title, codes, fill=-1)
    return Column(_below(title, texts), others=Others(different, whole))


def _below(title: str | None, texts: pa.Array) -> pa.Array:
    return texts if title is None else pa.concat_arrays([pa.array([title], _TEXT), texts])


def _behind(title: str | None, flags: np.ndarray, *, fill: int) -> np.ndarray:
    return flags if title is None else np.concatenate([np.array([fill], flags.dtype), flags])
