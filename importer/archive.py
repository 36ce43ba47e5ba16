"""A batch's rows, kept beside the journal in a columnar file, so that results can be told again."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather

from importer.errors import JournalError
from importer.model import Rows, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

_CELLS = ("sheet", "row", "original", "kind", "region")
_LINES = ("number", "country", "type", "reason", "status")


def path_of(journal: Path, batch: str) -> Path:
    """Return where a batch's rows are."""
    return journal.with_name(f"{journal.stem}.rows") / f"{batch}.arrow"


def save(path: Path, rows: Rows, lines: pd.DataFrame) -> None:
    """Write rows and their verdicts: whole, or not at all; readable by their owner only.

    Raises:
        JournalError: the file can't be written.
    """
    columns = [rows.cells[list(_CELLS)], lines[list(_LINES)], rows.extras]
    table = pa.Table.from_arrays(
        [pa.Array.from_pandas(frame[name]) for frame in columns for name in frame],
        names=[*_CELLS, *_LINES, *rows.extras.columns],
        metadata={"source": json.dumps(asdict(rows.source), default=str)},
    )
    beside = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(beside, "wb", opener=_private) as file:
            feather.write_feather(table, file, compression="lz4")
        beside.replace(path)
    except OSError as error:
        raise JournalError(
            f"The rows of this batch can't be kept in {path} ({error.strerror or error}): make "
            "room or correct the folder's rights, then run again."
        ) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def load(path: Path) -> tuple[Rows, pd.DataFrame]:
    """Read what `save` wrote.

    Raises:
        JournalError: the file is missing or damaged.
    """
    try:
        table = feather.read_table(path)
        source = _source((table.schema.metadata or {})[b"source"])
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise JournalError(
            f"The rows of this batch can't be read from {path}: run the importer on the input "
            "file again, which makes no group twice."
        ) from error
    cells, lines = table.select(_CELLS), table.select(_LINES)
    extras = table.select(range(len(_CELLS) + len(_LINES), table.num_columns))
    return Rows(cells.to_pandas(), _frame(extras), source), lines.to_pandas()


def _frame(extras: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = extras.to_pandas()
    return frame if len(frame.columns) else pd.DataFrame(index=range(extras.num_rows))


def _source(text: bytes) -> Source:
    told = json.loads(text)
    columns: Sequence[Sequence[str]] = told["columns"]
    return Source(
        path=Path(told["path"]),
        form=told["form"],
        columns=tuple((sheet, phone, country) for sheet, phone, country in columns),
        notes=tuple(told["notes"]),
    )
