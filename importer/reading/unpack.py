"""Files that are compressed as a whole, such as `.csv.gz` and `.csv.zst`: their bytes unpacked."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast

from importer.errors import UnreadableInput
from importer.reading.limits import FILE_BYTES, SMALL_FILE_BYTES, SMALL_FILE_UNPACKED_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

_TAR = (b"ustar", 257)
"""What every tar archive holds, and where (POSIX.1-2017, pax, *ustar Interchange Format*)."""


def _gunzip(file: BinaryIO) -> BinaryIO:
    from isal import igzip

    return cast("BinaryIO", igzip.GzipFile(fileobj=file))


def _unzstd(file: BinaryIO) -> BinaryIO:
    import pyarrow as pa

    return cast("BinaryIO", pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd"))


_UNPACKERS: tuple[tuple[bytes, str, Callable[[BinaryIO], BinaryIO]], ...] = (
    (b"\x1f\x8b", "gzip", _gunzip),
    (b"\x28\xb5\x2f\xfd", "zstd", _unzstd),
)
"""How each form begins (RFC 1952, 2.3.1; RFC 8878, 3.1.1), what it is called, what unpacks it."""


def compression_of(head: bytes) -> str:
    """Return what a file is compressed by, by its first bytes; "" where it is not."""
    return next((name for begin, name, _ in _UNPACKERS if head.startswith(begin)), "")


def opened_unpacked(file: BinaryIO, compression: str) -> BinaryIO:
    """Return a compressed file as one of what it holds. Reading it raises what the codec raises."""
    [unpacker] = (one for _, name, one in _UNPACKERS if name == compression)
    return unpacker(file)


def unpack(name: str, raw: bytes) -> tuple[bytes, str]:
    """Return a file's bytes, unpacked where they are compressed, and what they were compressed by.

    `name` is for the message only.

    Raises:
        UnreadableInput: it is damaged, holds more than can be read, or is an archive of files.
    """
    compression = compression_of(raw)
    if not compression:
        return raw, ""
    most = SMALL_FILE_UNPACKED_BYTES if len(raw) <= SMALL_FILE_BYTES else FILE_BYTES
    try:
        unpacked = opened_unpacked(io.BytesIO(raw), compression).read(most + 1)
    except Exception as error:  # A codec raises errors of its own at damaged bytes.
        raise damaged(name, compression) from error
    ensure_no_archive(name, unpacked)
    if len(unpacked) > most:
        raise UnreadableInput(
            f"{name} unpacks to more than the {most // 1024**2} MB that can be read of a file of "
            "its size: split it into several files, or unpack it first."
        )
    return unpacked, compression


def damaged(name: str, compression: str) -> UnreadableInput:
    """Say that a compressed file can't be unpacked."""
    return UnreadableInput(
        f"{name} is a compressed archive ({compression}) that is cut off or damaged: get it again "
        "from its source."
    )


def ensure_no_archive(name: str, unpacked: bytes) -> None:
    """Make sure that what was unpacked is one file, and not an archive of several.

    Raises:
        UnreadableInput: it is one.
    """
    sign, at = _TAR
    if unpacked[at : at + len(sign)] == sign:
        raise UnreadableInput(f"{name} is an archive of files, no list: unpack it first.")
