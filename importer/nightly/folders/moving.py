"""Files put into their places: never over another one, also where that is on another disk."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from importer.atomic_files import part_beside, written_beside
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
    """Return a place that no file has: `NAME.csv`, else `NAME (2).csv` and so on.

    The caller has the file's name in the inbox, so that no other night looks for a place for it.

    Raises:
        OSError: all are taken.
    """
    for place in islice(numbered(wanted), _TRIES):
        if not os.path.lexists(place):
            return place
    raise _all_taken(wanted)


def move(source: Path, wanted: Path) -> Path:
    """Move a file to a free place and return it. Cut off, the file is where it was.

    Raises:
        OSError: it can't be moved.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    try:
        return put_at_free_place(source, wanted)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    with source.open("rb") as whole, part_beside(wanted) as (part, file):
        shutil.copyfileobj(whole, file)
        file.close()
        shutil.copystat(source, part)
        place = put_at_free_place(part, wanted)
    source.unlink()
    return place


def put_at_free_place(whole: Path, wanted: Path) -> Path:
    """Move a file of ours to a free place on its disk, and return it.

    Of two nights that end at the same moment each gets a place of its own.

    Raises:
        OSError: it can't be moved.
    """
    for place in islice(numbered(wanted), _TRIES):
        with suppress(FileExistsError):
            _put_alone(whole, place)
            return place
    raise _all_taken(wanted)


def _put_alone(whole: Path, place: Path) -> None:
    """Move a file to a place in one step that fails where another file is, unlike a rename.

    Raises:
        FileExistsError: another file has the place.
    """
    try:
        os.link(whole, place)
    except FileExistsError:
        raise
    except OSError:  # a disk on which a file has one name only, as FAT
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            whole.replace(place)
        except OSError:
            place.unlink()
            raise
    else:
        whole.unlink()


def _all_taken(wanted: Path) -> OSError:
    return OSError(errno.EEXIST, "too many files of this name", str(wanted))


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
