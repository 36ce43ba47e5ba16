"""What SQLite says, in sentences that an operator can act on."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a sentence that an operator can act on."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise JournalError(_explanation(path, error)) from error


def _explanation(path: Path, error: sqlite3.DatabaseError) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return f"The disk of the journal {path} is full: make room, then run again."
    if name.startswith("SQLITE_IOERR"):
        return (
            f"The journal {path} can't be read or written ({error}): its disk fails, or is full, "
            "or this user may use no more of it; see to that, then run again."
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"The journal {path} can't be written: check the rights of its file and folder."
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"Another program holds the journal {path}: run again when it has ended."
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return (
            f"The journal {path} is damaged or is no journal. Look first whether IMPORTER_JOURNAL "
            "names the right file. If it does, put back the latest copy of it, with its folder of "
            "rows; what was sent after that copy is looked for at the vendor when `importer "
            "resume` goes on. A new journal knows nothing of earlier lists: each would make all "
            "its groups again."
        )
    return f"The journal {path} failed ({error}): check its disk, then run again."
