"""Files put into their places: never over another one, also where that is on another disk."""

from __future__ import annotations

import errno
import os
import shutil
from itertools import islice
from typing import TYPE_CHECKING

from importer.atomic_files import written_beside
from importer.errors import OutputError
from importer.file_names import NAME_BYTES, numbered
from importer.settings import CONFIG_FILE

if TYPE_CHECKING:
    from pathlib import Path

_TRIES = 10_000


def make_folders(*folders: Path) -> None:
    """Make the folders of a night.

    Raises:
        OutputError: one can't be made, or nothing may be written in it.
    """
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise OutputError(
                f"The folder {folder} can't be made, as a file is in its way: move that file, or "
                f"name another folder in {CONFIG_FILE}."
            ) from error
        except OSError as error:
            raise OutputError(
                f"The folder {folder} can't be made ({error.strerror or error}): make it, or "
                "correct the rights of the one that it lies in."
            ) from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"Nothing can be written in {folder}: correct its rights.")


def free_place(wanted: Path) -> Path:
    """Return a place that no file has: `NAME.csv`, else `NAME (2).csv` and so on."""
    for place in islice(numbered(wanted), _TRIES):
        if not os.path.lexists(place):
            return place
    raise OSError(errno.EEXIST, "too many files of this name", str(wanted))


def move(source: Path, wanted: Path) -> Path:
    """Move a file to a free place and return it. Cut off, the file is where it was.

    Raises:
        OSError: it can't be moved.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    place = free_place(wanted)
    try:
        source.rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with source.open("rb") as whole, written_beside(place) as part:
            shutil.copyfileobj(whole, part)
        shutil.copystat(source, place)
        source.unlink()
    return place


def write_reason(place: Path, reason: str) -> Path:
    """Write the reason of a file that will be at `place` into `NAME.reason.txt`; return its path.

    Raises:
        OSError: it can't be written.
    """
    beside = _reason_of(place)
    with written_beside(beside) as part:
        part.write(f"{reason}\n".encode(errors="replace"))
    return beside


def _reason_of(place: Path) -> Path:
    """Return where the reason of a file goes; a name that leaves no room for it is cut."""
    name = f"{place.name}.reason.txt"
    if len(os.fsencode(name)) <= NAME_BYTES:
        return place.with_name(name)
    return free_place(place.with_name(f"{place.stem[:40]}.reason.txt"))


def empty(folder: Path) -> None:
    """Throw away what an earlier night, cut off, left in a folder of ours.

    Raises:
        OutputError: it can't be thrown away.
    """
    try:
        shutil.rmtree(folder, ignore_errors=False)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(
            f"{folder} can't be emptied ({error.strerror or error}): correct its rights."
        ) from error
