"""Reads a file's bytes once, and notices a file that another program is still writing."""

from __future__ import annotations

import difflib
import os
import stat
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from importer.errors import UnreadableInput
from importer.reading.limits import FILE_BYTES

_NAMES_COMPARED = 10_000
"""Names of a folder among which that of a missing file is looked for."""
_LIKE = 0.75
"""How like a name must be, as difflib counts it: `custmers` is 0.94 like `customers`."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file's bytes, and its size and time to compare with later ones."""

    raw: bytes
    stamp: tuple[int, int]
    """Its size, and when it was last written, in nanoseconds."""


def take(path: Path, opened: BinaryIO | None = None) -> Snapshot:
    """Take a file's bytes; `opened` is the file where the caller has opened it already.

    Raises:
        UnreadableInput: it is missing, no ordinary file, too large, or being written just now.
    """
    if opened is None:
        ensure_file(path)
    try:
        with path.open("rb") if opened is None else nullcontext(opened) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise _not_ordinary(path)
            if before.st_size > FILE_BYTES:
                raise UnreadableInput(
                    f"{path.name} has {before.st_size / 1024**2:,.0f} MB, more than the "
                    f"{FILE_BYTES // 1024**2} MB that can be read: split it into several files."
                )
            file.seek(0)
            raw = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise UnreadableInput(
            f"{path} can't be opened ({error.strerror or error}): check that you may read it and "
            "that no other program holds it."
        ) from error
    if len(raw) != before.st_size or _stamp(before) != _stamp(after):
        raise _changed(path)
    return Snapshot(raw, _stamp(after))


def ensure_same(path: Path, snapshot: Snapshot, opened: BinaryIO | None = None) -> None:
    """Make sure that a file is still as it was taken: half a list looks like a whole one.

    Raises:
        UnreadableInput: another program has written to it since.
    """
    try:
        stamp = _stamp(path.stat() if opened is None else os.fstat(opened.fileno()))
    except OSError:
        return  # Moved away when it was complete, as some programs do with what they hand over.
    if stamp != snapshot.stamp:
        raise _changed(path)


def _changed(path: Path) -> UnreadableInput:
    return UnreadableInput(
        f"{path.name} changed while it was read: wait until the other program has finished writing "
        "it, then run again."
    )


def _stamp(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def ensure_file(path: Path) -> None:
    """Make sure that a path leads to an ordinary file.

    Raises:
        UnreadableInput: it leads to nothing, to a folder, or to a pipe or a device.
    """
    try:
        there, folder, ordinary = path.exists(), path.is_dir(), path.is_file()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UnreadableInput(
            f"{path} can't be opened ({why}): check its name, and the rights of its folder."
        ) from error
    if not there:
        raise missing(path)
    if folder:
        raise UnreadableInput(f"{path} is a folder: name a spreadsheet file in it.")
    if not ordinary:
        # A pipe may wait for ever, and a device may never end.
        raise _not_ordinary(path)


def missing(path: Path) -> UnreadableInput:
    """Return the error about a file that is not there, with the nearest name in its folder."""
    if path.is_symlink():
        return UnreadableInput(
            f"{path} is a link to a file that does not exist: make it anew, or name the file."
        )
    near = _nearest(path)
    if near is None:
        return UnreadableInput(f"{path} does not exist: check the name and the folder.")
    return UnreadableInput(
        f"{path} does not exist; is {near} meant? Correct the name in the command."
    )


def _nearest(path: Path) -> Path | None:
    """Return the file whose name is most like a path's; of several, one that ends as it does."""
    try:
        names = [one.name for one in islice(os.scandir(path.parent), _NAMES_COMPARED)]
    except OSError:
        return None
    by_stem: dict[str, str] = {}
    for name in sorted(names, key=lambda one: (Path(one).suffix != path.suffix, one)):
        if not name.startswith((".", "~$")):
            by_stem.setdefault(Path(name).stem.casefold(), name)
    stems = difflib.get_close_matches(path.stem.casefold(), by_stem, 1, _LIKE)
    return path.with_name(by_stem[stems[0]]) if stems else None


def _not_ordinary(path: Path) -> UnreadableInput:
    return UnreadableInput(f"{path} is not an ordinary file: save the list as a file first.")
