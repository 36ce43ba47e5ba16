"""The files of a list: those of a folder, or that a pattern means, here or in an object store."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa

from importer.errors import UnreadableInput
from importer.file_names import is_pattern
from importer.reading.parts.part import Part, local_part, remote_part, unopened
from importer.reading.parts.stores import file_system
from importer.reading.snapshot import missing
from importer.results_columns import is_results_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


_REMOTE = re.compile(r"(?:s3|gs|gcs|az|abfs|abfss|hdfs|viewfs)://", re.I)

_TABLES = (("_delta_log", "Delta"), (".hoodie", "Hudi"))
"""Folders by which tables of rows that may be deleted again are known."""
_LISTS = re.compile(r"\.(?:csv|tsv|txt|parquet|xlsx?|xlsm|xlsb|ods|gz|zst)\Z", re.I)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files of a list, and what is to be said of what is no part of it."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...]


def is_remote(given: str) -> bool:
    """Whether a name is a place in an object store or a cluster's file system."""
    return bool(_REMOTE.match(given))


def is_list(given: str) -> bool:
    """Whether what was given names a list of files: a folder, a pattern, or a place elsewhere."""
    if is_remote(given):
        return True
    path = Path(given)
    try:
        return path.is_dir() or (is_pattern(given) and not path.exists())
    except (OSError, ValueError):
        return False


def find_parts(given: Sequence[str]) -> tuple[Part, ...]:
    """Return the files of a list; see `find_files`."""
    return find_files(given).parts


def find_files(given: Sequence[str]) -> FoundFiles:
    """Return the files of a list: of each folder or pattern by their names, else as given.

    Hidden files, and those that begin with `_`, which other programs leave beside their exports,
    are no parts, nor are results that were written before. Those of them that may be lists are
    said.

    Raises:
        UnreadableInput: there is none, or the place can't be reached.
    """
    parts: list[Part] = []
    left: list[str] = []
    for one in given:
        kept, others = _parts_of(one)
        parts += kept
        left += [name for name in map(_top_left_out, others) if name]
    notes = (*_left_out_note(list(dict.fromkeys(left))), *_folders_note(parts))
    if not parts:
        names = " ".join(given)
        nothing = "matches no file" if is_pattern(names) else "has no file in it"
        raise UnreadableInput(" ".join([f"{names} {nothing}: check the name.", *notes]))
    twice = _first_twice([part.path for part in parts])
    if twice is not None:
        raise UnreadableInput(f"{twice} is named twice: name each file of the list once.")
    if _first_twice([part.name for part in parts]) is not None:
        parts = [replace(part, name=part.path) for part in parts]
    return FoundFiles(tuple(parts), notes)


def _left_out_note(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(f"'{name[:80]}'" for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return [
        f"Not read, as results are named so, or hidden and temporary files: {shown}{more}. If rows "
        "of the list are in it, rename it."
    ]


def _folders_note(parts: Sequence[Part]) -> list[str]:
    """Say that names of folders, which other programs read as a column, are none."""
    folders = (piece for part in parts for piece in PurePosixPath(part.name).parts[:-1])
    named = next((one for one in folders if "=" in one), "")
    if not named:
        return []
    return [
        f"Names of folders such as '{named[:80]}' are not read: where they say something of the "
        "rows, such as their country, write it into the files as a column."
    ]


def _top_left_out(part: Part) -> str:
    """Return the file or folder for whose name a file is no part; "" where it is no list."""
    pieces = PurePosixPath(part.name).parts
    if not _LISTS.search(pieces[-1]) or pieces[-1].startswith(("~$", "._")):
        return ""
    at = next(at for at, one in enumerate(pieces) if not _is_part(one))
    return "/".join(pieces[: at + 1])


def _first_twice(names: Sequence[str]) -> str | None:
    counts = Counter(names)
    return next((name for name in names if counts[name] > 1), None)


def _parts_of(given: str) -> tuple[list[Part], list[Part]]:
    """Return the files that a name means, and those among them that are no parts by their names."""
    if is_remote(given):
        return _remote(given)
    path = Path(given)
    try:
        if path.is_dir():
            return _parts_and_others(given, (_local(one, path) for one in _files_below(path)))
        if is_pattern(given) and not path.exists():
            top, pattern = _split(path)
            files = (one for one in top.glob(pattern) if one.is_file())
            return _parts_and_others(given, (_local(one, top) for one in files))
        if path.is_file():
            return [local_part(path.name, path)], []
    except OSError as error:
        raise unopened(str(error.filename or given), error) from error
    raise missing(path)


def _files_below(top: Path) -> Iterator[Path]:
    """Give the files of a folder and of the folders in it. Raises what the system raises."""
    for folder, folders, files in os.walk(top, onerror=_raise):
        for path in (Path(folder, name) for name in [*folders, *files]):
            is_meant = _is_part(path.relative_to(top).as_posix())
            if is_meant and path.is_symlink() and not path.is_file():
                raise UnreadableInput(
                    f"{path} is a link to a folder, or to nothing, which is not followed: remove "
                    "it, and name that folder itself beside this one, with --together."
                )
            if path.is_file():
                yield path


def _raise(error: OSError) -> None:
    raise error


def _split(path: Path) -> tuple[Path, str]:
    """Return the folder above the first name that is a pattern, and the pattern below it."""
    parts = path.parts
    at = next(at for at, one in enumerate(parts) if is_pattern(one))
    return Path(*parts[:at]), str(PurePosixPath(*parts[at:]))


def _local(path: Path, top: Path) -> Part:
    return local_part(path.relative_to(top).as_posix(), path)


def _parts_and_others(given: str, parts: Iterable[Part]) -> tuple[list[Part], list[Part]]:
    """Return files in the order of their names: those that are parts, and the others."""
    files = sorted(parts, key=lambda one: PurePosixPath(one.name).parts)
    for part in files:
        _ensure_no_table(given, part.name)
    return (
        [one for one in files if _is_part(one.name)],
        [one for one in files if not _is_part(one.name)],
    )


def _ensure_no_table(given: str, name: str) -> None:
    for folder, kind in _TABLES:
        if folder in PurePosixPath(name).parts:
            raise UnreadableInput(
                f"{given} is a table of {kind}, whose files also hold rows that were deleted or "
                "changed since: export what is in it now as Parquet or CSV, and name that."
            )


def _is_part(name: str) -> bool:
    pieces = PurePosixPath(name).parts
    return not any(one.startswith((".", "_", "~$")) for one in pieces) and not any(
        map(is_results_name, pieces)
    )


def _remote(given: str) -> tuple[list[Part], list[Part]]:
    """Find the files of a place elsewhere; who may read it is for its own settings to say."""
    from pyarrow import fs as arrow

    place = _top_of(given)
    try:
        files, path = file_system(place)
        info = files.get_file_info(path)
        if info.type == arrow.FileType.File:
            return [remote_part(info.base_name, info, files, place)], []
        found = files.get_file_info(arrow.FileSelector(path, recursive=True, allow_not_found=True))
    except (OSError, ValueError, ImportError, pa.ArrowException) as error:
        raise unopened(given, error) from error
    top = PurePosixPath(path)
    parts = (
        remote_part(str(PurePosixPath(one.path).relative_to(top)), one, files, place)
        for one in found
        if one.type == arrow.FileType.File
    )
    return _parts_and_others(given, (one for one in parts if _is_meant(one.name, given)))


def _top_of(given: str) -> str:
    """Return the place above the first name that is a pattern."""
    scheme, _, rest = given.partition("://")
    pieces = rest.split("/")
    at = next((at for at, one in enumerate(pieces) if is_pattern(one)), len(pieces))
    return f"{scheme}://{'/'.join(pieces[:at])}"


def _is_meant(name: str, given: str) -> bool:
    """Whether a file below the top is one of those that the pattern means."""
    pattern = given.removeprefix(_top_of(given)).strip("/")
    if not pattern:
        return True
    wanted, there = pattern.split("/"), name.split("/")
    return len(wanted) == len(there) and all(
        PurePosixPath(one).match(other) for one, other in zip(there, wanted, strict=True)
    )
