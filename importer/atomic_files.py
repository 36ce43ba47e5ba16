"""Files that are whole or not there: written beside their place, renamed once they are whole."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def part_beside(place: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Make a new, hidden file in the folder of `place`, and give its path and the open file.

    Only its owner may read it, and its name can't be guessed: where others may write into the
    folder, no link of theirs is written through. Callers rename it; what they do not is removed.

    Raises:
        OSError: no file can be made in that folder.
    """
    handle, name = tempfile.mkstemp(prefix=".importer-", suffix=".part", dir=place.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield part, file
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def written_beside(place: Path) -> Iterator[BinaryIO]:
    """Open a new, hidden file for writing, which becomes `place` once it is whole.

    Raises:
        OSError: it can't be written or renamed.
    """
    with part_beside(place) as (part, file):
        yield file
        file.close()
        part.replace(place)
