"""Opens the zip of a workbook, and checks what it declares before any part is unpacked."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING
from xml.parsers import expat

from importer.errors import UnreadableInput
from importer.reading.limits import (
    CELL_CHARACTERS,
    PACKED_PARTS,
    SIDE_PART_BYTES,
    TAG_BYTES,
    UNPACKED_BYTES,
)
from importer.reading.tables.workbooks import damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 512 * 1024
"""Bytes that are unpacked at a time: many rows, and few enough for the processor's cache."""
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""What zipfile raises on broken archives; RuntimeError where a part is encrypted."""
_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The two methods that every spreadsheet program reads and writes."""


class Package:
    """An open workbook's parts, by their names with slashes.

    Parts are looked up without regard to case, as the Open Packaging Conventions say (ECMA-376 part
    2, 6.2.2.3).
    """

    def __init__(self, name: str, raw: bytes) -> None:
        """Open the zip and check what it declares.

        Raises:
            UnreadableInput: it is broken, declares more than a spreadsheet can need, or has two
                parts of which programs would take one for the other.
        """
        self.name = name
        self.file_bytes = len(raw)
        with self._faults():
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
            infos = [info for info in self._zip.infolist() if not info.is_dir()]
        if len(infos) > PACKED_PARTS or sum(info.file_size for info in infos) > UNPACKED_BYTES:
            raise UnreadableInput(
                f"{name} would unpack to more than {UNPACKED_BYTES // 1024**3} GB, which no list "
                "of phone numbers does: copy the list alone into a new workbook."
            )
        self._infos = {_key(info.filename): info for info in infos}
        if len(self._infos) != len(infos) or any(
            info.compress_type not in _PACKED for info in infos
        ):
            raise self.broken("two of its parts have one name")

    def broken(self, where: str = "") -> UnreadableInput:
        """Return the error that says that the workbook is damaged."""
        return damaged(self.name, where)

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return _key(part) in self._infos

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            raise self.broken() from error

    def chunks(self, part: str) -> Iterator[bytes]:
        """Unpack a part piece by piece; zipfile stops at the declared size and checks the sum.

        Raises:
            UnreadableInput: the part is missing or broken.
        """
        with self._faults(), self._zip.open(self._infos[_key(part)]) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def read(self, part: str) -> bytes:
        """Return the whole of a small part.

        Raises:
            UnreadableInput: it is missing, broken, or not small.
        """
        held = bytearray()
        for chunk in self.chunks(part):
            held += chunk
            if len(held) > SIDE_PART_BYTES:
                raise self.too_large(part)
        return bytes(held)

    def too_large(self, part: str) -> UnreadableInput:
        """Return the error that says that a part is larger than any program writes it."""
        return UnreadableInput(
            f"{self.name} has a part {posixpath.basename(part)} of more than "
            f"{SIDE_PART_BYTES // 1024**2} MB, larger than Excel writes it: copy the list into a "
            "new workbook."
        )


def _key(part: str) -> str:
    return posixpath.normpath(part.replace("\\", "/")).lstrip("/").lower()


class XmlReader:
    """Parses a part as XML with namespaces; a name is `URI local`, or `local` without one."""

    def __init__(
        self,
        package: Package,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        self._package = package
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = start
        if end is not None:
            parser.EndElementHandler = end
        if text is not None:
            parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._refuse_entities

    def _refuse_entities(self, *_: object) -> None:
        raise UnreadableInput(
            f"{self._package.name} holds entities of its own, which no spreadsheet program writes: "
            "open it in Excel and save it as .xlsx."
        )

    def parse(self, part: str, most: int | None = None) -> None:
        """Parse a whole part of at most so many bytes.

        Raises:
            UnreadableInput: it is no XML, declares entities, or has a tag longer than any can be.
        """
        done = 0
        try:
            for chunk in self._package.chunks(part):
                done += len(chunk)
                if most is not None and done > most:
                    raise self._package.too_large(part)
                self._parser.Parse(chunk, False)
                if done - max(self._parser.CurrentByteIndex, 0) > TAG_BYTES:
                    raise self._package.broken("a tag without an end")
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._package.broken() from error
        except ValueError as error:  # An encoding that Python does not know.
            raise self._package.broken() from error


class TextCollector:
    """Collects the text of one cell, up to the most that a cell can hold."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._pieces: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        """Add a piece.

        Raises:
            UnreadableInput: the cell holds more than any can.
        """
        self._size += len(text)
        if self._size > CELL_CHARACTERS:
            raise UnreadableInput(
                f"{self._package.name} holds a cell of more than {CELL_CHARACTERS:,} characters, "
                "more than Excel allows: remove it."
            )
        self._pieces.append(text)

    def take(self) -> str:
        """Return what was collected, and begin anew."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return text
