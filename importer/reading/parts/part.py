"""One file of a list: where it is, what it is called, and a way to open it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from importer.errors import UnreadableInput

if TYPE_CHECKING:
    from pyarrow import fs


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

    def stamp(self) -> tuple[int, int]:
        """Return the file's size and when it was last written, to notice that it changed.

        Raises:
            UnreadableInput: it is there no more.
        """
        try:
            if self.files is None:
                status = Path(self.path).stat()
                return status.st_size, status.st_mtime_ns
            [info] = self.files.get_file_info([self.path])
        except OSError as error:
            raise unopened(self.name, error) from error
        return info.size or 0, info.mtime_ns or 0


def unopened(name: str, error: Exception) -> UnreadableInput:
    """Say that a file can't be opened, in the words of its system."""
    words = getattr(error, "strerror", None) or str(error)
    return UnreadableInput(
        f"{name} can't be opened ({' '.join(words.split())[:300]}): check the name, and that you "
        "may read it."
    )
