"""The inbox, a folder that strangers write into: listed, opened and moved without following links.

Between the listing and the reading anybody may swap a folder of the inbox for a link, or a file for
another one. So a file is opened through the descriptors of its folders, none of which may be a link
(`openat(2)` with O_NOFOLLOW, which POSIX systems have), and what is moved is what was opened. Where
the system has no such calls, device and inode of what was opened are compared instead.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from importer.atomic_files import written_beside
from importer.errors import OutputError
from importer.nightly.folders import moving
from importer.nightly.folders.file_choice import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

_HAS_DESCRIPTORS = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
# A pipe opened without O_NONBLOCK waits for a writer, perhaps for ever.
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file of the inbox, open for reading, and the folder that it was found in."""

    path: Path
    stream: BinaryIO
    folder: int | None
    """The descriptor of its folder; None where the system has none."""

    @property
    def seen(self) -> Seen:
        """What the opened file is now."""
        return _seen(os.fstat(self.stream.fileno()))

    def is_still(self, seen: Seen) -> bool:
        """Whether the file that has this name now is the opened one, as it was seen."""
        return self.seen == seen == self._named()

    def move(self, wanted: Path) -> Path:
        """Move the opened file to a free place and return it. Cut off, the file is where it was.

        Raises:
            OSError: it can't be moved, or another file has its name now.
        """
        wanted.parent.mkdir(parents=True, exist_ok=True)
        place = moving.free_place(wanted)
        try:
            os.rename(self._name, place, src_dir_fd=self.folder)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return self._copy(place)
        if _identity(place.lstat()) != self.seen.identity:
            os.rename(place, self._name, dst_dir_fd=self.folder)
            raise OSError(errno.ESTALE, "another file was put in its place meanwhile")
        return place

    def move_with_reason(self, wanted: Path, reason: str) -> tuple[Path, Path]:
        """Move the opened file to a free place, with `NAME.reason.txt` beside it; return both.

        The reason is there first, so that no file lies there without one.

        Raises:
            OSError: the file can't be moved.
        """
        wanted.parent.mkdir(parents=True, exist_ok=True)
        place = moving.free_place(wanted)
        beside = moving.write_reason(place, reason)
        return self.move(place), beside

    def _copy(self, place: Path) -> Path:
        """Copy the opened file to another disk, and remove it here if it still has its name."""
        self.stream.seek(0)
        with written_beside(place) as part:
            shutil.copyfileobj(self.stream, part)
        status = os.fstat(self.stream.fileno())
        os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
        if self._named() == self.seen:
            os.unlink(self._name, dir_fd=self.folder)
        return place

    @property
    def _name(self) -> str | Path:
        """Its name in its folder; the whole path where folders have no descriptor."""
        return self.path if self.folder is None else self.path.name

    def _named(self) -> Seen | None:
        try:
            return _seen(os.stat(self._name, dir_fd=self.folder, follow_symlinks=False))
        except FileNotFoundError:
            return None


def scan(inbox: Path) -> dict[PurePosixPath, Seen]:
    """Look at all files of the inbox and its folders; links are seen as links and not followed.

    A link to a folder is seen like one to a file, for whoever put it there waits for its lists.

    Raises:
        OutputError: the inbox can't be read.
    """
    try:
        if not stat.S_ISDIR(inbox.stat().st_mode):
            raise OutputError(
                f"The inbox {inbox} is a file and no folder: make a folder, and name it by "
                "nightly.inbox."
            )
        return dict(_files_of(inbox))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise OutputError(
            f"The inbox {inbox} does not exist: make it, or correct nightly.inbox."
        ) from error
    except OSError as error:
        raise OutputError(
            f"The inbox {inbox} can't be read ({error.strerror or error}): correct its rights."
        ) from error


def _files_of(inbox: Path) -> Iterator[tuple[PurePosixPath, Seen]]:
    """Give each file below the inbox, and each link to a folder, in the order of their names.

    Raises what the system raises.
    """
    for folder, folders, names in os.walk(inbox, onerror=_raise, followlinks=False):
        folders.sort()
        place = PurePosixPath(Path(folder).relative_to(inbox).as_posix())
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted([*names, *links]):
            with suppress(FileNotFoundError):
                yield place / name, _seen(Path(folder, name).lstat())


@contextmanager
def opened(inbox: Path, file: PurePosixPath) -> Iterator[OpenedFile]:
    """Open a file of the inbox for reading, without following a link anywhere below the inbox.

    Raises:
        OSError: it has gone, it or one of its folders is a link, or it can't be read.
    """
    folder = _open_folder(inbox, file.parent) if _HAS_DESCRIPTORS else None
    try:
        name = inbox / file if folder is None else file.name
        descriptor = os.open(name, _FILE | getattr(os, "O_BINARY", 0), dir_fd=folder)
        with os.fdopen(descriptor, "rb") as stream:
            yield OpenedFile(inbox / file, stream, folder)
    finally:
        if folder is not None:
            os.close(folder)


def _open_folder(inbox: Path, below: PurePosixPath) -> int:
    """Open a folder below the inbox by way of each folder between, none of which is a link."""
    # The inbox itself is the operator's choice in importer.toml, and may be a link.
    folder = os.open(inbox, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    for part in below.parts:
        try:
            inner = os.open(part, _FOLDER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder


def _seen(status: os.stat_result) -> Seen:
    is_link = stat.S_ISLNK(status.st_mode)
    return Seen(status.st_size, status.st_mtime_ns, is_link=is_link, identity=_identity(status))


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _raise(error: OSError) -> None:
    raise error
