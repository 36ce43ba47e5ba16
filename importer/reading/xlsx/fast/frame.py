"""What stands around the rows of a plain .xlsx sheet: well-formed XML, which tells of merges."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from importer.reading.xlsx.careful import NAMESPACES, range_of
from importer.reading.xlsx.fast.tags import NotPlainError
from importer.reading.xlsx.fast.texts import DECLARATION

if TYPE_CHECKING:
    from importer.reading.tables.sheets import Place

LARGEST_FRAME = 4 * 1024**2
"""Bytes around the rows; a sheet with more, such as links on all its cells, is read carefully."""


def merged_ranges(frame: bytes) -> tuple[tuple[Place, Place], ...]:
    """Return the merged ranges, out of a sheet's XML without its rows.

    Raises:
        NotPlainError: that XML is not well-formed, or not of the usual make.
    """
    declared = DECLARATION.match(frame)
    body = frame[declared.end() :] if declared else frame
    if b"<!" in body or b"<?" in body:
        raise NotPlainError
    reader = _FrameReader()
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(frame, True)
    except expat.ExpatError as error:
        raise NotPlainError from error
    if reader.tables != 1:
        raise NotPlainError
    return tuple(reader.merged)


class _FrameReader:
    def __init__(self) -> None:
        self.tables = 0
        self.merged: list[tuple[Place, Place]] = []
        self._inside: list[str] = []
        self._namespace = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        namespace, _, local = name.rpartition(" ")
        depth = len(self._inside)
        if depth == 0:
            self._namespace = namespace
            if local != "worksheet" or namespace not in NAMESPACES:
                raise NotPlainError
        elif local == "sheetData":
            self.tables += 1
            if depth != 1 or namespace != self._namespace:
                raise NotPlainError
        elif depth == 2 and local == "mergeCell" and self._inside[1] == "mergeCells":
            place = range_of(attributes.get("ref", ""))
            if place is not None:
                self.merged.append(place)
        self._inside.append(local)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._inside.pop()
