"""Whether a worker sees the files that the client sees."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from importer.errors import SettingsError, UnreadableInput
from importer.reading.parts.part import local_part
from importer.reading.parts.stores import file_system

if TYPE_CHECKING:
    from pyarrow import fs

    from importer.reading.parts.part import Part

    Fingerprint = bytes

SEEN = ""
_MISSING, _CLOSED, _OTHER = "does not see", "can't read", "sees another file at"
_BYTES = 65_536
"""Of each end of a file."""


def fingerprint_of(part: Part) -> Fingerprint:
    """Return a hash of a file's first and last bytes; nothing of a file in an object store.

    Raises:
        UnreadableInput: it can't be read.
    """
    if part.place:
        return b""
    with part.open() as file:
        found = blake2b(file.read(_BYTES), digest_size=16)
        file.seek(max(0, part.size - _BYTES))
        found.update(file.read(_BYTES))
    return found.digest()


def to_send(part: Part) -> Part:
    """Return a file by what means the same on another computer: its whole path, or its place.

    A place elsewhere is opened there anew, with the credentials that are there: ours stay here.
    """
    if part.place:
        return replace(part, files=None)
    return replace(part, path=str(Path(part.path).absolute()))


def ensure_no_secret(part: Part, address: str) -> None:
    """Refuse to send a name that holds a password where others can read it.

    Raises:
        SettingsError: it would be.
    """
    if urlsplit(part.place).password and not address.startswith("tls://"):
        raise SettingsError(
            f"{part.place.partition('://')[0]}:// with a password in it would go to {address} for "
            "all to read: leave it out, and let the workers find credentials of their own."
        )


@cache
def _files(place: str) -> fs.FileSystem:
    return file_system(place)[0]


def state_of(part: Part, fingerprint: Fingerprint) -> tuple[Part, str]:
    """Return a file of the client as it is here, and `SEEN` or in words what is wrong with it.

    A copy may have been written at another time; its size and its ends are those of the client's.
    """
    try:
        if part.place:
            return replace(part, files=_files(part.place)), SEEN
        here = local_part(part.name, Path(part.path))
    except (OSError, ValueError, UnreadableInput):
        return part, _MISSING
    try:
        here.open().close()
        same = here == part or (here.size == part.size and fingerprint_of(here) == fingerprint)
    except (OSError, UnreadableInput):
        return part, _CLOSED
    return (here, SEEN) if same else (part, _OTHER)
