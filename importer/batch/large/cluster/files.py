"""Whether a worker sees the files that the client sees."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.reading.parts.part import local_part

if TYPE_CHECKING:
    from importer.reading.parts.part import Part

    Fingerprint = bytes

SEEN = ""
_MISSING, _OTHER = "does not see", "sees another file at"
_BYTES = 65_536
"""Of each end of a file."""


def fingerprint_of(part: Part) -> Fingerprint:
    """Return a hash of a file's first and last bytes; nothing of a file in an object store.

    Raises:
        UnreadableInput: it can't be read.
    """
    if part.files is not None:
        return b""
    with part.open() as file:
        found = blake2b(file.read(_BYTES), digest_size=16)
        file.seek(max(0, part.size - _BYTES))
        found.update(file.read(_BYTES))
    return found.digest()


def with_whole_path(part: Part) -> Part:
    """Return a file by a path that means the same in any folder."""
    if part.files is not None:
        return part
    return replace(part, path=str(Path(part.path).absolute()))


def state_of(part: Part, fingerprint: Fingerprint) -> tuple[Part, str]:
    """Return a file of the client as it is here, and `SEEN` or in words what is wrong with it.

    A copy may have been written at another time; its size and its ends are those of the client's.
    """
    if part.files is not None:
        return part, SEEN
    try:
        here = local_part(part.name, Path(part.path))
        if here == part or (here.size == part.size and fingerprint_of(here) == fingerprint):
            return here, SEEN
    except (OSError, UnreadableInput):
        return part, _MISSING
    return part, _OTHER
