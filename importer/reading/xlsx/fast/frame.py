"""What stands around the rows of a plain .xlsx sheet: well-formed XML, which tells of merges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from importer.reading.tables.sheets import column_of
from importer.reading.xlsx.fast.tags import NotPlainError
from importer.reading.xlsx.fast.texts import DECLARATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.reading.tables.sheets import Place

LARGEST_FRAME = 4 * 1024**2
"""Bytes around the rows; a sheet with more, such as links on all its cells, is left to calamine."""
_PLACES = {
    place[-1]: place
    for place in (
        ("worksheet",),
        ("worksheet", "dimension"),
        ("worksheet", "sheetData"),
        ("worksheet", "mergeCells"),
        ("worksheet", "mergeCells", "mergeCell"),
    )
}
"""Where what tells something stands. calamine finds some of it elsewhere or under a prefix, too;
what it makes of that is for it to say."""
_RANGE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6}):([A-Z]{1,3})([1-9]\d{0,6})")
_DIMENSION = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}(?::[A-Z]{1,3}[1-9]\d{0,6})?")


def merged_ranges(frame: bytes) -> tuple[tuple[Place, Place], ...]:
    """Return the merged ranges, out of a sheet's XML without its rows.

    Raises:
        NotPlainError: that XML is not well-formed, or not of the usual make.
    """
    declared = DECLARATION.match(frame)
    body = frame[declared.end() :] if declared else frame
    # calamine does not decode characters that a reference names by their numbers.
    if any(sign in body for sign in (b"<!", b"<?", b"&#")):
        raise NotPlainError
    elements: list[tuple[tuple[str, ...], dict[str, str]]] = []
    inside: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        inside.append(name)
        if name.rpartition(":")[2] in _PLACES:
            elements.append((tuple(inside), attributes))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: inside.pop()
    try:
        parser.Parse(frame, True)
    except expat.ExpatError as error:
        raise NotPlainError from error
    places = [place for place, _ in elements]
    if any(place != _PLACES[place[-1].rpartition(":")[2]] for place in places):
        raise NotPlainError
    if places.count(_PLACES["sheetData"]) != 1 or places.count(_PLACES["mergeCells"]) > 1:
        raise NotPlainError
    for place, attributes in elements:
        if place[-1] == "dimension" and not _DIMENSION.fullmatch(attributes.get("ref", "")):
            raise NotPlainError
    return tuple(_range(attributes) for place, attributes in elements if place[-1] == "mergeCell")


def _range(attributes: Mapping[str, str]) -> tuple[Place, Place]:
    found = _RANGE.fullmatch(attributes.get("ref", ""))
    if not found:
        raise NotPlainError
    left, top, right, bottom = found.groups()
    return (int(top) - 1, column_of(left)), (int(bottom) - 1, column_of(right))
