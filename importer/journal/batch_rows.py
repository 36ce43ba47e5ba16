"""A batch's rows, kept beside the journal in a columnar file, so that results can be told again."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather

from importer.errors import JournalError
from importer.model import Rows, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


_USUAL_SUFFIX = ".sqlite3"


def path_of(journal: Path, batch: str) -> Path:
    """Return where a batch's rows are."""
    return folder_of(journal) / f"{batch}.arrow"


def folder_of(journal: Path) -> Path:
    """Return the folder of rows beside a journal's real path: another one for each journal.

    It is `NAME.rows` for `NAME.sqlite3`, and `NAME.db-rows` for `NAME.db`.
    """
    journal = journal.resolve()
    if journal.suffix == _USUAL_SUFFIX:
        return _former_folder_of(journal)
    return journal.with_name(f"{journal.name}-rows")


def _former_folder_of(journal: Path) -> Path:
    """Return the folder that journals shared once whose names differ in their suffix only."""
    return journal.with_name(f"{journal.stem}.rows")


def kept_batches(journal: Path) -> frozenset[str]:
    """Return the batches whose rows are beside a journal.

    Rows in the folder that was shared once count as well, unless another journal uses it.
    """
    journal = journal.resolve()
    folders = {folder_of(journal)}
    if not journal.with_suffix(_USUAL_SUFFIX).exists():
        folders.add(_former_folder_of(journal))
    return frozenset(one.stem for folder in folders for one in folder.glob("*.arrow"))


def may_be_elsewhere(journal: Path) -> bool:
    """Return whether rows of this journal may lie in the folder that was shared once."""
    journal = journal.resolve()
    return journal.suffix != _USUAL_SUFFIX and _former_folder_of(journal).is_dir()


def take_from_shared_folder(journal: Path, batches: Iterable[str]) -> None:
    """Move the rows of these batches out of the folder that was shared once, into the journal's.

    Done again after it was cut off, it goes on.

    Raises:
        JournalError: they can't be moved.
    """
    shared, own = _former_folder_of(journal.resolve()), folder_of(journal)
    try:
        own.mkdir(exist_ok=True, mode=0o700)
        for batch in batches:
            with suppress(FileNotFoundError):
                (shared / f"{batch}.arrow").rename(own / f"{batch}.arrow")
    except OSError as error:
        raise JournalError(
            f"The rows of earlier batches can't be moved from {shared} to {own} "
            f"({error.strerror or error}): correct the rights of these folders, then run again."
        ) from error


def as_table(rows: Rows, lines: pd.DataFrame, assumptions: tuple[str, ...]) -> pa.Table:
    """Return rows and what was decided about each as one table."""
    frames = [rows.cells, lines, rows.extras]
    # A table, unlike a frame, may have two columns of one name: the input may use ours.
    return pa.Table.from_arrays(
        [pa.Array.from_pandas(frame[name]) for frame in frames for name in frame],
        names=[name for frame in frames for name in frame],
        metadata=metadata_of([len(frame.columns) for frame in frames], rows.source, assumptions),
    )


def metadata_of(
    widths: Sequence[int], source: Source, assumptions: tuple[str, ...]
) -> dict[str, str]:
    """Return what a batch's file says beside its columns; `widths` are how many each part has."""
    return {
        "widths": json.dumps(widths),
        "source": json.dumps(_with_whole_path(source), default=str),
        "assumptions": json.dumps(assumptions),
    }


def from_table(table: pa.Table) -> tuple[Rows, pd.DataFrame, tuple[str, ...]]:
    """Return what `as_table` made a table of.

    Raises:
        KeyError, ValueError, pa.ArrowException: it is another program's, or damaged.
    """
    metadata = table.schema.metadata or {}
    source = source_of(metadata[b"source"])
    assumptions = tuple(json.loads(metadata[b"assumptions"]))
    cells, lines, extras = _frames(table, json.loads(metadata[b"widths"]))
    return Rows(cells, extras, source), lines, assumptions


def save(path: Path, rows: Rows, lines: pd.DataFrame, assumptions: tuple[str, ...] = ()) -> None:
    """Write rows and their verdicts: whole, or not at all; readable by their owner only.

    Raises:
        JournalError: the file can't be written.
    """
    table = as_table(rows, lines, assumptions)
    write_file(path, lambda file: feather.write_feather(table, file, compression="lz4"))


def write_file(
    path: Path,
    write: Callable[[BinaryIO], object],
    give_name: Callable[[Callable[[], object]], object] = lambda put: put(),
) -> None:
    """Write a batch's file by `write`: whole, or not at all; readable by its owner only.

    `give_name` calls what it is given, which gives the file that is whole its name.

    Raises:
        JournalError: the file can't be written.
    """
    beside = _part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(beside, "wb", opener=_private) as file:
            write(file)
        give_name(lambda: beside.replace(path))
    except OSError as error:
        raise JournalError(
            f"The rows of this batch can't be kept in {path} ({error.strerror or error}): make "
            "room or correct the folder's rights, then run again."
        ) from error


def _part_of(path: Path) -> Path:
    return path.with_suffix(".part")


def _with_whole_path(source: Source) -> dict[str, Any]:
    """Return what a source says; its path is the same from every folder."""
    return asdict(source) | {"path": source.path.absolute()}


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def load(path: Path) -> tuple[Rows, pd.DataFrame, tuple[str, ...]]:
    """Read what `save` wrote.

    Raises:
        JournalError: the file is missing or damaged.
    """
    try:
        return from_table(feather.read_table(path))
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise unreadable(path) from error


def open_file(path: Path) -> BinaryIO:
    """Open a batch's file to read it in portions.

    Raises:
        JournalError: it can't be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(path) from error


def unreadable(place: object) -> JournalError:
    """Return the error of a batch's rows that can't be read."""
    return JournalError(
        f"The rows of this batch can't be read from {place}: run the importer on the input "
        "file again, which makes no group twice."
    )


def remove(path: Path) -> None:
    """Remove a batch's rows, and what a write that was cut off left of them.

    Raises:
        JournalError: they can't be removed.
    """
    try:
        for one in (path, _part_of(path)):
            one.unlink(missing_ok=True)
    except OSError as error:
        raise JournalError(
            f"The rows of a forgotten batch can't be removed from {path} "
            f"({error.strerror or error}): correct the folder's rights, then forget it again."
        ) from error


def _frames(table: pa.Table, widths: Sequence[int]) -> Iterator[pd.DataFrame]:
    start = 0
    for width in widths:
        frame = table.select(range(start, start + width)).to_pandas()
        yield frame if width else pd.DataFrame(index=range(table.num_rows))
        start += width


def source_of(text: bytes) -> Source:
    """Return the source that `metadata_of` has written."""
    told = json.loads(text)
    columns: Sequence[Sequence[str]] = told["columns"]
    return Source(
        path=Path(told["path"]),
        form=told["form"],
        columns=tuple((sheet, phone, country) for sheet, phone, country in columns),
        notes=tuple(told["notes"]),
        corrects=told["corrects"],
    )
