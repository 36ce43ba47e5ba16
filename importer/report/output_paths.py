"""Where a file goes: written beside its place, and renamed once it is whole."""

from __future__ import annotations

import os
import zipfile
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

from importer.atomic_files import part_beside
from importer.errors import OutputError
from importer.file_names import NAME_BYTES, numbered
from importer.results_columns import RESULTS_FORM, NumbersColumn, ResultsSheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.model import Source

BOM = b"\xef\xbb\xbf"
OUR_CSV = BOM + ",".join([*NumbersColumn][:4]).encode() + b","

_ROOM = len(" (99)") + len(".~lock.#")
"""For a replacement's count, and for the lock files of spreadsheet programs."""
_TRIES = 99


def target_path(source: Path, out: Path | None, suffix: str) -> Path:
    """Return where a file goes: `out` if it names a file, else NAME + suffix in a folder.

    `suffix` is such as `.results.xlsx`; `out` names a file if it ends as `suffix` does. A NAME
    that leaves no room for the suffix is cut.
    """
    if out is not None and out.suffix.lower() == Path(suffix).suffix:
        return out
    room = NAME_BYTES - _ROOM - len(suffix.encode())
    name = os.fsencode(source.stem)
    stem = source.stem if len(name) <= room else name[:room].decode("utf-8", "ignore")
    return (out or source.parent) / f"{stem}{suffix}"


def check_target(path: Path) -> None:
    """Make sure before anything is sent that a file can be written there.

    Raises:
        OutputError: the folder is missing, nothing may be written in it, or it is a folder itself.
    """
    folder = path.parent
    if not folder.is_dir():
        meant = (
            f" A file of results ends in {path.suffix} here: --format decides."
            if folder.suffix.lower() in {".xlsx", ".csv"}
            else ""
        )
        if folder.exists():
            raise OutputError(f"{folder} is a file, no folder: name another place by --out.{meant}")
        raise OutputError(
            f"The folder {folder} does not exist: make it, or name another by --out.{meant}"
        )
    if path.is_dir():
        raise OutputError(f"{path} is a folder: name another file by --out.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"Nothing can be written in {folder}: name another folder by --out.")


def put(path: Path, source: Source, fill: Callable[[Path], None]) -> Path:
    """Let `fill` write a file beside `path`, rename it, and return where it is.

    A place is left alone, and `NAME (2)` and so on taken instead, if it is open in a spreadsheet
    program, can't be replaced, is `source` (the input), or holds something that is not ours. An
    input that is a results workbook itself is replaced by the new one; with somebody's corrections
    in it, it is kept as `NAME.1`. Only its owner may read the file.

    Raises:
        OutputError: it can't be written anywhere in that folder.
    """
    try:
        with part_beside(path) as (part, file):
            file.close()
            fill(part)
            return _move(
                part, path, lambda place: _may_replace(place, source), partial(_keep, source=source)
            )
    except (OSError, RuntimeError, ValueError) as error:
        raise OutputError(
            f"The results can't be written to {path} ({error}). Nothing is lost: run the same "
            "command again with --out and another place; no group is made twice."
        ) from error


def put_tables(path: Path, sheets: Iterable[str], fill: Callable[[Path], None]) -> Path:
    """Let `fill` write a workbook of these sheets beside `path`, rename it, and return where it is.

    A place is left alone as by `put`, but for a workbook of the same sheets that nobody has saved.

    Raises:
        OutputError: it can't be written anywhere in that folder.
    """
    sheets = tuple(sheets)
    try:
        with part_beside(path) as (part, file):
            file.close()
            fill(part)
            return _move(part, path, lambda place: _is_ours(place, sheets))
    except (OSError, RuntimeError, ValueError) as error:
        raise OutputError(
            f"The workbook can't be written to {path} ({error}): run the same command again with "
            "--out and another place."
        ) from error


def _move(
    part: Path,
    path: Path,
    may_replace: Callable[[Path], bool],
    keep: Callable[[Path], None] = lambda place: None,
) -> Path:
    """Move a file to `path`, or the next place that is free, and return where it is.

    A place is free where no program has it open, and no file is there or `may_replace` allows it.
    `keep` is called with it before it is taken.

    Raises:
        OSError: all are taken.
    """
    for place in islice(numbered(path), _TRIES):
        if _is_open(place) or (place.exists() and not may_replace(place)):
            continue
        try:
            keep(place)
            part.replace(place)
        except PermissionError:
            continue
        return place
    raise OSError(f"it and its {_TRIES} replacements are taken or open in another program")


def _keep(place: Path, source: Source) -> None:
    """Rename an input that is replaced and holds somebody's corrections."""
    kept = kept_as(place, source)
    if kept is not None:
        place.rename(kept)


def _may_replace(place: Path, source: Source) -> bool:
    if _is_source(place, source):
        return source.form == RESULTS_FORM
    return _is_ours(place)


def _is_source(place: Path, source: Source) -> bool:
    return place.exists() and source.path.exists() and place.samefile(source.path)


def kept_as(place: Path, source: Source) -> Path | None:
    """Return where a results workbook goes that is the input and is to be replaced by its results.

    That is the first free one of `NAME.1.xlsx`, `NAME.2.xlsx` and so on; None where it is as the
    importer has written it, so that there is nothing to keep, or is not the input.
    """
    if not _is_source(place, source) or _is_ours(place):
        return None
    names = (place.with_name(f"{place.stem}.{number}{place.suffix}") for number in count(1))
    return next(one for one in names if not os.path.lexists(one))


def _is_open(place: Path) -> bool:
    """Whether Excel (`~$NAME`) or LibreOffice (`.~lock.NAME#`) has it open.

    On Windows the rename would fail as well; on a network share or another system it would not.
    """
    owners = (f"~${place.name}", f".~lock.{place.name}#")
    return any(_exists(place.with_name(name)) for name in owners)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long for any file
        return False


def _is_ours(place: Path, sheets: Iterable[str] = tuple(ResultsSheet)) -> bool:
    """Whether a file is empty, or results of an earlier run that may be written again.

    A workbook of ours has these sheets.
    """
    if not place.is_file():
        return False
    with place.open("rb") as file:
        start = file.read(len(OUR_CSV))
    return start in (b"", OUR_CSV) or (start[:2] == b"PK" and _has_sheets(place, sheets))


def _has_sheets(place: Path, sheets: Iterable[str]) -> bool:
    try:
        with zipfile.ZipFile(place) as package:
            if _was_saved(package.namelist()):
                return False
            listed = package.read("xl/workbook.xml").decode("utf-8", "replace")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
    return all(f'name="{name}"' in listed for name in sheets)


def _was_saved(parts: list[str]) -> bool:
    """Whether somebody saved a workbook, perhaps with corrections that nobody has run yet.

    Excel and LibreOffice keep all texts in a part of their own, which ours has not; openpyxl writes
    the list of parts last, which ours has first.
    """
    return "xl/sharedStrings.xml" in parts or parts[:1] != ["[Content_Types].xml"]
