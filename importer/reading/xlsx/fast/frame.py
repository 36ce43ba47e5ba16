"""Reads the XML around the rows of a plain sheet, which lists the merged ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from importer.reading.xlsx.careful import range_of, sets_number_format
from importer.reading.xlsx.fast.tags import NotPlainError
from importer.reading.xlsx.fast.texts import DECLARATION
from importer.reading.xlsx.texts import NAMESPACES

if TYPE_CHECKING:
    from importer.reading.tables.sheets import Place
    from importer.reading.xlsx.book import Styles

LARGEST_FRAME = 4 * 1024**2
"""Bytes around the rows; a sheet with more, such as links on all its cells, is read carefully."""


def merged_ranges(
    frame: bytes, styles: Styles, *, has_bare_numbers: bool
) -> tuple[tuple[Place, Place], ...]:
    """Return the merged ranges, out of a sheet's XML without its rows.

    `has_bare_numbers` says whether some number has no style of its own.

    Raises:
        NotPlainError: that XML is not well-formed, not of the usual make, or has a style of columns
            or of conditions that changes what cells show.
    """
    declared = DECLARATION.match(frame)
    body = frame[declared.end() :] if declared else frame
    if b"<!" in body or b"<?" in body:
        raise NotPlainError
    reader = _FrameReader(styles, has_bare_numbers=has_bare_numbers)
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
    def __init__(self, styles: Styles, *, has_bare_numbers: bool) -> None:
        self.tables = 0
        self._styles, self._has_bare_numbers = styles, has_bare_numbers
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
        elif depth == 2 and local == "col" and self._inside[1] == "cols":
            self._ensure_plain_column(attributes.get("style", "0"))
        elif sets_number_format(local, attributes, self._styles):
            raise NotPlainError
        self._inside.append(local)

    def _ensure_plain_column(self, style: str) -> None:
        plain = self._styles.leaves_digits(style) or not self._has_bare_numbers
        if not plain or not self._styles.shows_texts(style):
            raise NotPlainError

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._inside.pop()
