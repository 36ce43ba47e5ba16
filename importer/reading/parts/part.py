"""One file of a list: where it is, what it is called, and a way to open it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from importer.errors import UnreadableInput

if TYPE_CHECKING:
    from pyarrow import fs

_SECOND = 10**9
"""In nanoseconds."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a list."""

    name: str
    """What the results call it, in the column Sheet: its path within the list."""
    path: str
    files: fs.FileSystem | None = None
    """Where `path` is; None for this computer."""
    size: int = 0
    """Its bytes when it was found."""
    written_ns: int = 0
    """When it had last been written when it was found, in nanoseconds."""
    place: str = ""
    """The place elsewhere by whose name `files` was opened."""

    def open(self) -> pa.NativeFile:
        """Open the file for reading at any place.

        Raises:
            UnreadableInput: it can't be opened.
        """
        try:
            if self.files is None:
                return pa.OSFile(self.path, "rb")
            return self.files.open_input_file(self.path)
        except OSError as error:
            raise unopened(self.name, error) from error

    def as_now(self) -> Part:
        """Return the file as it is now.

        Raises:
            UnreadableInput: it is there no more.
        """
        try:
            if self.files is None:
                return local_part(self.name, Path(self.path))
            [info] = self.files.get_file_info([self.path])
        except OSError as error:
            raise unopened(self.name, error) from error
        return remote_part(self.name, info, self.files, self.place)

    def ensure_same(self) -> None:
        """Make sure that nobody wrote to the file since it was found: half of it may be missing.

        Raises:
            UnreadableInput: somebody did, or it is there no more.
        """
        if self.as_now() != self:
            raise UnreadableInput(
                f"{self.name} changed while it was read: wait until the other program has finished "
                "writing it, then run again."
            )


def local_part(name: str, path: Path) -> Part:
    """Return a file of this computer as it is now. Raises what the system raises."""
    status = path.stat()
    return Part(name, str(path), None, status.st_size, status.st_mtime_ns)


def remote_part(name: str, info: fs.FileInfo, files: fs.FileSystem, place: str) -> Part:
    """Return a file elsewhere, as its file system describes it, which was opened as `place`.

    Its time is in whole seconds: of an object, S3 says no more where it is asked for it alone (RFC
    9110, 8.8.2), but some stores do in the list of a folder.
    """
    written_ns = (info.mtime_ns or 0) // _SECOND * _SECOND
    return Part(name, info.path, files, info.size or 0, written_ns, place)


def unopened(name: str, error: Exception) -> UnreadableInput:
    """Say that a file can't be opened, in the words of its system."""
    words = getattr(error, "strerror", None) or str(error)
    return UnreadableInput(
        f"{name} can't be opened ({' '.join(words.split())[:300]}): check the name, and that you "
        "may read it."
    )
