"""Marks on disk of the files that a night has begun to read, so that none ends every later night.

A file that takes all the memory, or at which the process dies in another way, would be the first
one of the next night again. So a night marks a file before it reads it, and takes the mark away
once the file is read. A mark that is still there in the next night says that a night ended while
that file was read. One such end is enough: the file may as well have been innocent, as where the
power failed, but it costs the operator one look, and the other files of the inbox their night.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.atomic_files import written_beside
from importer.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime
    from pathlib import Path, PurePosixPath

    from importer.nightly.folders.file_choice import Seen
    from importer.store import Store


@dataclass(slots=True)
class BegunMarks:
    """The marks of one inbox, in one JSON file; nights hold the lock of that inbox."""

    place: Path

    def keep_only(self, files: Collection[PurePosixPath]) -> None:
        """Remove the marks of files that are no longer in the inbox.

        Raises:
            OutputError: the marks can't be written.
        """
        there = {str(file) for file in files}
        marks = self._read()
        kept = {file: mark for file, mark in marks.items() if file in there}
        if kept != marks:
            self._write(kept)

    @contextmanager
    def reading(self, file: PurePosixPath, seen: Seen, now: datetime) -> Iterator[None]:
        """Mark a file while the `with` block runs; the mark is on disk before that begins.

        It stays there only where the process itself ends meanwhile.

        Raises:
            OutputError: the mark can't be written.
        """
        self._write({**self._read(), str(file): {**_identity(seen), "begun": now.isoformat()}})
        try:
            yield
        finally:
            self.end(file)

    def end(self, file: PurePosixPath) -> None:
        """Remove the mark of a file: it was read, or is no longer in the inbox.

        Raises:
            OutputError: the marks can't be written.
        """
        marks = self._read()
        if marks.pop(str(file), None) is not None:
            self._write(marks)

    def begun(self, file: PurePosixPath, seen: Seen) -> str | None:
        """Return when a file was begun by a night that ended while it read it.

        None where no night did, or where the file has been changed since then.
        """
        mark = self._read().get(str(file))
        if not isinstance(mark, dict):
            return None
        same = all(mark.get(name) == value for name, value in _identity(seen).items())
        return str(mark.get("begun", ""))[:16].replace("T", " ") if same else None

    def _read(self) -> dict[str, Any]:
        try:
            marks = json.loads(self.place.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return marks if isinstance(marks, dict) else {}

    def _write(self, marks: dict[str, Any]) -> None:
        try:
            if not marks:
                self.place.unlink(missing_ok=True)
                return
            with written_beside(self.place) as file:
                file.write(json.dumps(marks).encode())
                file.flush()
                os.fsync(file.fileno())
            _sync_folder(self.place.parent)
        except OSError as error:
            raise OutputError(
                f"{self.place} can't be written ({error.strerror or error}): correct the rights of "
                "its folder."
            ) from error


def marks_of(inbox: Path, store: Store) -> BegunMarks:
    """Return the marks of an inbox, which lie with the journal."""
    return BegunMarks(store.file_of_inbox(inbox, ".begun"))


def _identity(seen: Seen) -> dict[str, int]:
    return {"size": seen.size, "changed_ns": seen.changed_ns}


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder last, where the system can open folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
