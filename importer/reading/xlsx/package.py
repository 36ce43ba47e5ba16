"""The zip that a workbook is: made sure of before anything is unpacked in earnest."""

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
from importer.reading.limits import CELL_CHARACTERS, PACKED_PARTS, UNPACKED_BYTES
from importer.reading.tables.workbooks import damaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_HEAD = 1024 * 1024
"""Bytes of a part in which a declaration of entities would stand."""
_CHUNK = 512 * 1024
"""Bytes that are unpacked and looked at in one go: many rows, and still few for a cache."""
BOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"
"""The usual names, by which calamine goes, whatever the relations say."""
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
"""What zipfile is known to raise on broken archives; RuntimeError where a part is encrypted."""


_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How every program packs and unpacks."""
_OTHER_NAME = b"up"
"""What begins an extra field with another name for a part: PKWARE's APPNOTE.TXT, 4.6.9."""


class Package:
    """An open workbook's parts."""

    def __init__(self, name: str, raw: bytes) -> None:
        """Open the zip and check what it declares.

        Raises:
            UnreadableInput: it is broken, or declares more than a spreadsheet can need.
        """
        self.name = name
        self.raw = raw
        with self._told():
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
            infos = self._zip.infolist()
        self.parts = frozenset(info.filename for info in infos)
        if len(infos) > PACKED_PARTS or sum(info.file_size for info in infos) > UNPACKED_BYTES:
            raise UnreadableInput(
                f"{name} would unpack to more than {UNPACKED_BYTES // 1024**3} GB, which no list "
                "of phone numbers does: copy the list alone into a new workbook."
            )
        if len(self.parts) != len(infos):
            # Two programs could then see two different lists in one file.
            raise self.broken()
        self.plain = _is_plain(infos)
        """Whether whoever unpacks a part, by whichever way, comes upon the same."""

    def broken(self) -> UnreadableInput:
        """Return the error that says that the workbook is damaged."""
        return damaged(self.name)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            raise self.broken() from error

    def chunks(self, part: str) -> Iterator[bytes]:
        """Unpack a part piece by piece; zipfile stops at the declared size and checks the sum.

        Raises:
            UnreadableInput: the part is missing, broken, or declares entities of its own.
        """
        with self._told(), self._zip.open(part) as stream:
            chunk = stream.read(_HEAD)
            if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                raise UnreadableInput(
                    f"{self.name} holds entities of its own, which no spreadsheet program writes: "
                    "open it in Excel and save it as .xlsx."
                )
            for at in range(0, len(chunk), _CHUNK):
                yield chunk[at : at + _CHUNK]
            while chunk := stream.read(_CHUNK):
                yield chunk

    def read(self, part: str) -> bytes:
        """Return a whole part."""
        return b"".join(self.chunks(part))

    def verify_texts(self, part: str) -> None:
        """Make sure that a part can be unpacked and that no single text in it is endless."""
        run = 0
        for chunk in self.chunks(part):
            longest = max(map(len, chunk.split(b"<"))) if run + len(chunk) > CELL_CHARACTERS else 0
            first = chunk.find(b"<")
            run = run + len(chunk) if first < 0 else len(chunk) - chunk.rfind(b"<")
            if max(run, longest) > 4 * CELL_CHARACTERS:
                raise UnreadableInput(
                    f"{self.name} holds a cell of more than {CELL_CHARACTERS:,} characters, more "
                    "than Excel allows: remove it."
                )

    def without(self, part: str) -> bytes | None:
        """Return the whole zip with a part under a name by which no program looks for it.

        All other bytes stay as they are, so that whoever opens it comes upon the same faults. None
        where there is no such part, or it is packed in a way that not every program unpacks.
        """
        at = self._zip.start_dir
        for info in self._zip.infolist():
            # The directory's records in their order: PKWARE's APPNOTE.TXT, 4.3.12.
            name, extra, comment = struct.unpack_from("<3H", self.raw, at + 28)
            if info.filename == part:
                if info.compress_type not in _PACKED or extra:
                    return None
                view, end = memoryview(self.raw), at + 46 + name
                return b"".join((view[: end - 1], b"~", view[end:]))
            at += 46 + name + extra + comment
        return None

    def elements(self, part: str) -> list[tuple[str, dict[str, str]]]:
        """Return the names, without prefixes, and the attributes of a small part's elements."""
        found: list[tuple[str, dict[str, str]]] = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda name, attributes: found.append(
            (name.rpartition(":")[2], attributes)
        )
        try:
            parser.Parse(self.read(part), True)
        except expat.ExpatError as error:
            raise self.broken() from error
        return found


def _is_plain(infos: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether all parts are packed as usual, and none goes by the name of another one as well.

    calamine looks for parts without regard to case, takes a backslash for a slash, and goes by the
    other name that an extra field may give a part.
    """
    return len({info.filename.lower().replace("\\", "/") for info in infos}) == len(infos) and all(
        info.compress_type in _PACKED
        and info.orig_filename == info.filename
        and _OTHER_NAME not in info.extra
        for info in infos
    )


def sheet_parts(package: Package) -> Mapping[str, str]:
    """Return the part of each sheet of an .xlsx, by the sheet's name.

    Raises:
        UnreadableInput: two sheets have one name, or one sheet points to two parts. Two programs
            could then see two different lists in one file.
    """
    book = _target(package, "", "officeDocument") or BOOK
    targets = related_parts(package, book)
    parts: dict[str, str] = {}
    for element, attributes in package.elements(book):
        if element != "sheet":
            continue
        name = attributes.get("name", "")
        relations = [value for key, value in attributes.items() if key.endswith(":id")]
        if name in parts or len(relations) > 1:
            raise package.broken()
        parts[name] = targets.get("".join(relations), ("", ""))[1]
    return parts


def related(package: Package, kind: str) -> str | None:
    """Return the workbook's part of a kind, such as `styles`, if it has one."""
    book = _target(package, "", "officeDocument") or BOOK
    return _target(package, book, kind)


def common_parts(package: Package) -> list[str]:
    """Return the small parts of an .xlsx that tell calamine something of all sheets' cells."""
    folder, name = posixpath.split(BOOK)
    parts = ["_rels/.rels", BOOK, f"{folder}/_rels/{name}.rels", STYLES]
    return [part for part in parts if part in package.parts]


def _target(package: Package, part: str, kind: str) -> str | None:
    targets = (target for type_, target in related_parts(package, part).values() if type_ == kind)
    return next((target for target in targets if target in package.parts), None)


def related_parts(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return the kind and the target of each relation of a part, by its id."""
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    if listed not in package.parts:
        return {}
    return {
        attributes.get("Id", ""): (
            attributes.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))[1:],
        )
        for element, attributes in package.elements(listed)
        if element == "Relationship"
    }
