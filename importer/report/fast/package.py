"""A zip file of parts that are packed in pieces, each piece by itself, so that threads can share.

A piece is packed by a packer of its own and ended at a whole byte, so that pieces one after the
other are one stream, as pigz makes it. Python's `zipfile` takes no packed bytes; the little of the
zip form that a workbook needs is here: PKWARE's APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from isal import isal_zlib as zlib

from importer.report.fast import checksum

if TYPE_CHECKING:
    from collections.abc import Iterable


_LEVEL = 1
"""As quick as the one below it, and a quarter smaller; the ones above it gain nothing more."""
_END = b"\x03\x00"
"""An empty last block: RFC 1951, 3.2.3 and 3.2.6."""
_VERSION, _NO_FLAGS, _DEFLATED = 20, 0, 8
_MIDNIGHT, _NEW_YEAR_1980 = 0, 1 << 5 | 1
"""The first moment that a zip can tell: what is in a workbook has no time of its own."""
_MOST = 2**32 - 2
"""Of a part and of the whole; more takes another form, which not every program reads."""


class TooLargeError(Exception):
    """A part, or all of them, would need another form of zip."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a part, packed, and what a zip tells of them."""

    packed: bytes
    crc: int
    size: int
    """How many they are unpacked."""


def pack(whole: memoryview | bytes) -> Piece:
    """Pack a piece of a part so that the next can follow it.

    What it was is let go, so that the memory of it never goes from thread to thread.
    """
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    begun = packer.compress(whole)
    packed = begun + packer.flush(zlib.Z_FULL_FLUSH)
    return Piece(packed, zlib.crc32(whole), len(whole))


class Package:
    """A zip file that is being written: `add` each part, then `close` it."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin in a file that is empty, and can be written at any place."""
        self._file = file
        self._listed = b""
        self._count = 0

    def add(self, name: str, pieces: Iterable[Piece]) -> None:
        """Write a part, whose name is of ASCII, as its pieces come.

        Raises:
            TooLargeError: the part ends beyond 4 GB, or unpacked is more than that.
            OSError: it can't be written.
        """
        begin = self._file.tell()
        self._file.write(_header(name, _facts(name, 0, 0, 0)))
        data = self._file.tell()
        crc = size = 0
        for piece in pieces:
            crc = checksum.joined(crc, piece.crc, piece.size)
            size += piece.size
            self._file.write(piece.packed)
        self._file.write(_END)
        end = self._file.tell()
        if max(size, end) > _MOST:
            raise TooLargeError
        facts = _facts(name, crc, end - data, size)
        self._file.seek(begin)
        self._file.write(_header(name, facts))
        self._file.seek(end)
        self._listed += _listed(name, facts, begin)
        self._count += 1

    def close(self) -> None:
        """Write the list of parts.

        Raises:
            OSError: it can't be written.
        """
        counts = 0, 0, self._count, self._count, len(self._listed), self._file.tell(), 0
        self._file.write(self._listed + struct.pack("<4s4H2LH", b"PK\5\6", *counts))


def _facts(name: str, crc: int, packed: int, size: int) -> bytes:
    """Return what is told of a part both before it and in the list."""
    when = _MIDNIGHT, _NEW_YEAR_1980
    facts = _VERSION, _NO_FLAGS, _DEFLATED, *when, crc, packed, size, len(name), 0
    return struct.pack("<5H3L2H", *facts)


def _header(name: str, facts: bytes) -> bytes:
    """Return what stands before a part."""
    return b"PK\3\4" + facts + name.encode("ascii")


def _listed(name: str, facts: bytes, begin: int) -> bytes:
    """Return a part's place in the list."""
    version = struct.pack("<H", _VERSION)
    return (
        b"PK\1\2" + version + facts + struct.pack("<3H2L", 0, 0, 0, 0, begin) + name.encode("ascii")
    )
