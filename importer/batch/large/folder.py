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
from importer.batch.large.decisions import duplicates_of
from importer.batch.large.groups import as_texts
from importer.errors import OutputError
from importer.model import Status
from importer.results_columns import NumbersColumn, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from importer.batch.large.decisions import DecidedList
    from importer.batch.large.groups import Grouped

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
_PLANNED, _DUPLICATE, _REJECTED = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Layout:
    """What is the same for all lines."""

    parts: Sequence[str]
    """The names of the list's files."""
    types: Mapping[str, pa.DataType]
    """The input's other columns in their order."""
    group_names: pa.Array
    """By the group's number; "" for 0."""


def types_of(names: Sequence[str], seen: Mapping[str, set[pa.DataType]]) -> dict[str, pa.DataType]:
    """Return each column's one type; text where its parts differ."""
    found: dict[str, pa.DataType] = {}
    for name in names:
        kinds = {one for one in seen.get(name, ()) if not pa.types.is_null(one)}
        found[name] = kinds.pop() if len(kinds) == 1 else _TEXT
    return found


def lines_of_block(decided: DecidedList, grouped: Grouped, layout: Layout, block: int) -> pa.Table:
    """Return a block's lines with the columns of the sheet Numbers."""
    table = decided.blocks.read(block)
    numbers = numbers_in(table)
    status = np.where(numbers > 0, _PLANNED, _REJECTED)
    reasons = column(table, "reason").dictionary_decode().cast(_TEXT)
    begin, end = decided.blocks.begins[block : block + 2]
    seqs = grouped.seqs(begin, end)
    again = duplicates_of(decided, block)
    if len(again):
        at = again[:, 0]
        status[at] = _DUPLICATE
        names, rows = named(layout.parts, again[:, 2])
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
    names, rows = named(layout.parts, column(table, "place").to_numpy())
    texts = pa.array(numbers).cast(_TEXT)
    ours = {
        NumbersColumn.SHEET: names,
        NumbersColumn.ROW: pa.array(rows),
        NumbersColumn.ORIGINAL: column(table, "original"),
        NumbersColumn.NUMBER: pa.compute.if_else(pa.array(numbers > 0), texts, ""),
        NumbersColumn.COUNTRY: column(table, "country").dictionary_decode(),
        NumbersColumn.TYPE: column(table, "type").dictionary_decode(),
        NumbersColumn.STATUS: _STATUSES.take(pa.array(status)),
        NumbersColumn.REASON: reasons,
        NumbersColumn.GROUP_NAME: layout.group_names.take(pa.array(seqs)),
        NumbersColumn.GROUP_ID: pa.repeat(pa.scalar("", _TEXT), len(table)),
    }
    others = [(marked(name), _other(table, name, kind)) for name, kind in layout.types.items()]
    named_columns = [*((str(name), one) for name, one in ours.items()), *others]
    return pa.Table.from_arrays(
        [one for _, one in named_columns], [name for name, _ in named_columns]
    )


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
    decided: DecidedList,
    grouped: Grouped,
    layout: Layout,
    folder: Path,
    form: str,
    progress: Callable[[int], None],
) -> pa.Table:
    """Write all lines, and return the first of those that are rejected.

    `form` is `parquet` or `csv`.
    """
    folder.mkdir(parents=True)
    rejected: list[pa.Table] = []
    shown = 0
    writer = _Writer(folder, form)
    for block in range(len(decided.blocks)):
        table = lines_of_block(decided, grouped, layout, block)
        writer.add(table)
        if shown < MOST_REJECTED:
            status = table.column(NumbersColumn.STATUS.value)
            some = table.filter(pa.compute.equal(status, Status.REJECTED.value))
            rejected.append(some.slice(0, MOST_REJECTED - shown))
            shown += len(rejected[-1])
        decided.blocks.remove(block)
        progress(len(table))
    writer.close()
    return pa.concat_tables([_schema(layout).empty_table(), *rejected])


def _schema(layout: Layout) -> pa.Schema:
    """Return the columns of the sheet Numbers and their types."""
    ours = [
        (name.value, pa.int64() if name is NumbersColumn.ROW else _TEXT) for name in NumbersColumn
    ]
    return pa.schema([*ours, *((marked(name), kind) for name, kind in layout.types.items())])


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
            self._parquet = pq.ParquetWriter(self._next(), table.schema, compression="zstd")
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
