"""The results of a long list: a folder with its lines as Parquet or CSV, and a workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from importer import report
from importer.batch.large.blocks import OTHER, column, named, numbers_in
from importer.batch.large.groups import as_texts
from importer.batch.large.passes.decisions import duplicates_of
from importer.columns import memory
from importer.errors import OutputError
from importer.model import Status
from importer.results_columns import NumbersColumn, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from importer.batch.large.groups import Grouped
    from importer.batch.large.passes.decisions import DecidedList

NUMBERS = "numbers"
"""The folder of the lines."""
SUMMARY = "summary.xlsx"
MOST_REJECTED = 100_000
"""Rejected lines that the workbook shows."""
LINES_OF_A_FILE = 2_000_000
_FILE = re.compile(r"part-\d+\.(?:parquet|csv)")
_TEXT = pa.large_string()
_STATUSES = pa.array(
    ["", Status.PLANNED.value, Status.DUPLICATE.value, Status.REJECTED.value], _TEXT
)
PLANNED, DUPLICATE, REJECTED = 1, 2, 3
"""The outcomes of a line, before anything is sent."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is the same for all lines."""

    files: Sequence[str]
    """The names of the list's files."""
    types: Mapping[str, pa.DataType]
    """The input's other columns in their order."""
    group_names: pa.Array
    """By the group's number; "" for 0."""

    @property
    def schema(self) -> pa.Schema:
        """The columns of the sheet Numbers and their types."""
        return sheet_schema(self.types)


def types_of(names: Sequence[str], seen: Mapping[str, set[pa.DataType]]) -> dict[str, pa.DataType]:
    """Return each column's one type; text where its parts differ."""
    found: dict[str, pa.DataType] = {}
    for name in names:
        kinds = {one for one in seen.get(name, ()) if not pa.types.is_null(one)}
        found[name] = kinds.pop() if len(kinds) == 1 else _TEXT
    return found


@dataclass(frozen=True, slots=True)
class InputLines:
    """Lines as they were read and normalized, columns of one length."""

    sheets: pa.Array
    rows: pa.Array
    originals: pa.Array
    numbers: pa.Array
    """Texts, "" where there is none."""
    countries: pa.Array
    types: pa.Array
    others: Mapping[str, pa.Array]
    """The input's other columns."""


@dataclass(frozen=True, slots=True)
class BlockLines:
    """A block's lines and what was decided of them."""

    lines: InputLines
    outcomes: NDArray[np.int64]
    """`PLANNED`, `DUPLICATE` or `REJECTED`."""
    reasons: pa.Array
    seqs: NDArray[np.int32]
    """The group of each number, also where it stands again; 0 for none."""


def block_lines(
    decided: DecidedList,
    grouped: Grouped,
    files: Sequence[str],
    types: Mapping[str, pa.DataType],
    block: int,
) -> BlockLines:
    """Return a block's lines; `files` are the names of the list's files."""
    table = decided.blocks.read(block)
    numbers = numbers_in(table)
    outcomes = np.where(numbers > 0, PLANNED, REJECTED)
    reasons = column(table, "reason").dictionary_decode().cast(_TEXT)
    seqs = grouped.seqs(*decided.blocks.begins[block : block + 2])
    again = duplicates_of(decided, block)
    if len(again):
        at = again[:, 0]
        outcomes[at] = DUPLICATE
        names, rows = named(files, again[:, 2])
        same = pa.compute.binary_join_element_wise(
            pa.scalar("same as ", _TEXT),
            names,
            pa.scalar(" row ", _TEXT),
            pa.array(rows).cast(_TEXT),
            pa.scalar("", _TEXT),
        )
        flags = np.zeros(len(table), dtype=np.bool_)
        flags[at] = True
        reasons = pa.compute.replace_with_mask(reasons, pa.array(flags), same)
        seqs[at] = grouped.seqs_of(again[:, 1])
    names, rows = named(files, column(table, "place").to_numpy())
    texts = pa.array(numbers).cast(_TEXT)
    lines = InputLines(
        sheets=names,
        rows=pa.array(rows),
        originals=column(table, "original"),
        numbers=pa.compute.if_else(pa.array(numbers > 0), texts, ""),
        countries=column(table, "country").dictionary_decode(),
        types=column(table, "type").dictionary_decode(),
        others={name: _other(table, name, kind) for name, kind in types.items()},
    )
    return BlockLines(lines, outcomes, reasons, seqs)


def lines_of_block(decided: DecidedList, grouped: Grouped, layout: Layout, block: int) -> pa.Table:
    """Return a block's lines with the columns of the sheet Numbers, before anything is sent."""
    found = block_lines(decided, grouped, layout.files, layout.types, block)
    return as_sheet(
        found.lines,
        _STATUSES.take(pa.array(found.outcomes)),
        found.reasons,
        layout.group_names.take(pa.array(found.seqs)),
        pa.repeat(pa.scalar("", _TEXT), len(found.seqs)),
    )


def as_sheet(
    lines: InputLines, status: pa.Array, reasons: pa.Array, names: pa.Array, ids: pa.Array
) -> pa.Table:
    """Return lines with the columns of the sheet Numbers; `names` and `ids` are their groups'."""
    ours = {
        NumbersColumn.SHEET: lines.sheets,
        NumbersColumn.ROW: lines.rows,
        NumbersColumn.ORIGINAL: lines.originals,
        NumbersColumn.NUMBER: lines.numbers,
        NumbersColumn.COUNTRY: lines.countries,
        NumbersColumn.TYPE: lines.types,
        NumbersColumn.STATUS: status,
        NumbersColumn.REASON: reasons,
        NumbersColumn.GROUP_NAME: names,
        NumbersColumn.GROUP_ID: ids,
    }
    columns = [
        *((str(name), one) for name, one in ours.items()),
        *((marked(name), one) for name, one in lines.others.items()),
    ]
    return pa.Table.from_arrays([one for _, one in columns], [name for name, _ in columns])


def _other(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    if f"{OTHER}{name}" not in table.column_names:
        return pa.nulls(len(table), kind)
    values = column(table, f"{OTHER}{name}")
    if values.type == kind:
        return values
    if pa.types.is_null(values.type):
        return pa.nulls(len(table), kind)
    return as_texts(values)


def write_lines(
    tables: Iterable[pa.Table],
    schema: pa.Schema,
    folder: Path,
    form: str,
    progress: Callable[[int], None],
) -> pa.Table:
    """Write all lines of a list, and return the first of those that are rejected.

    `form` is `parquet` or `csv`.
    """
    folder.mkdir(parents=True)
    rejected: list[pa.Table] = []
    shown = 0
    writer = _Writer(folder, form)
    for table in tables:
        writer.add(table)
        if shown < MOST_REJECTED:
            status = table.column(NumbersColumn.STATUS.value)
            some = table.filter(pa.compute.equal(status, Status.REJECTED.value))
            rejected.append(some.slice(0, MOST_REJECTED - shown))
            shown += len(rejected[-1])
        progress(len(table))
        del table  # Before the next one is made.
        memory.give_back()
    writer.close()
    return pa.concat_tables([schema.empty_table(), *rejected])


def sheet_schema(types: Mapping[str, pa.DataType]) -> pa.Schema:
    """Return the columns of the sheet Numbers; `types` are those of the input's other columns."""
    ours = [
        (name.value, pa.int64() if name is NumbersColumn.ROW else _TEXT) for name in NumbersColumn
    ]
    return pa.schema([*ours, *((marked(name), kind) for name, kind in types.items())])


_DIFFERENT = {NumbersColumn.ROW.value, NumbersColumn.ORIGINAL.value, NumbersColumn.NUMBER.value}
"""Columns whose cells hardly ever repeat: a dictionary of them costs time and saves nothing."""


class _Writer:
    """Writes lines into files of about equal length."""

    def __init__(self, folder: Path, form: str) -> None:
        self._folder, self._form = folder, form
        self._count = 0
        self._waiting: list[pa.Table] = []
        self._lines = 0
        self._parquet: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Write some more lines."""
        if self._form == "csv":
            report.write_csv_table(self._next(), table)
            return
        if self._parquet is None:
            coded = [name for name in table.column_names if name not in _DIFFERENT]
            self._parquet = pq.ParquetWriter(
                self._next(), table.schema, compression="zstd", use_dictionary=coded
            )
        self._parquet.write_table(table)
        self._lines += len(table)
        if self._lines >= LINES_OF_A_FILE:
            self.close()

    def close(self) -> None:
        """Finish the file that is begun."""
        if self._parquet is not None:
            self._parquet.close()
        self._parquet, self._lines = None, 0

    def _next(self) -> Path:
        self._count += 1
        return self._folder / f"part-{self._count:05}.{self._form}"


def put(made: Path, place: Path) -> Path:
    """Put a folder of results into its place, and return where it is.

    An earlier one of ours is replaced; what else stands there is left alone, and `NAME (2)` taken.

    Raises:
        OutputError: it can't be put there.
    """
    try:
        for at in count(1):
            target = place if at == 1 else place.with_name(f"{place.name} ({at})")
            if not target.exists():
                made.rename(target)
                return target
            if is_ours(target):
                target.rename(made.with_name("earlier"))  # It goes with the folder of the work.
                made.rename(target)
                return target
    except OSError as error:
        raise OutputError(
            f"The results can't be put into {place} ({error.strerror or error}): name another "
            "folder by --out."
        ) from error
    raise AssertionError


def is_ours(folder: Path) -> bool:
    """Whether a folder holds results of a long list, and nothing else."""
    if not folder.is_dir() or {one.name for one in folder.iterdir()} != {NUMBERS, SUMMARY}:
        return False
    return all(_FILE.fullmatch(one.name) for one in (folder / NUMBERS).iterdir())
