"""What stands around the rows of a plain .xlsx sheet: well-formed XML, which tells of merges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from importer.reading.plaintexts import DECLARATION
from importer.reading.sheets import column_of
from importer.reading.tags import NotPlainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.reading.sheets import Place

LARGEST_FRAME = 4 * 1024**2
"""Bytes around the rows; a sheet with more, such as links on all its cells, is left to calamine."""
_RANGE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6}):([A-Z]{1,3})([1-9]\d{0,6})")
_DIMENSION = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}(?::[A-Z]{1,3}[1-9]\d{0,6})?")


def merged_ranges(frame: bytes) -> tuple[tuple[Place, Place], ...]:
    """Return the merged ranges, out of a sheet's XML without its rows.

    Raises:
        NotPlainError: that XML is not well-formed, or not of the usual make.
    """
    declared = DECLARATION.match(frame)
    body = frame[declared.end() :] if declared else frame
    if b"<!" in body or b"<?" in body:
        raise NotPlainError
    elements: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda *element: elements.append(element)
    try:
        parser.Parse(frame, True)
    except expat.ExpatError as error:
        raise NotPlainError from error
    names = [name for name, _ in elements]
    if names[0] != "worksheet" or names.count("sheetData") != 1:
        raise NotPlainError
    for name, attributes in elements:
        if name == "dimension" and not _DIMENSION.fullmatch(attributes.get("ref", "")):
            raise NotPlainError
    return tuple(_range(attributes) for name, attributes in elements if name == "mergeCell")


def _range(attributes: Mapping[str, str]) -> tuple[Place, Place]:
    found = _RANGE.fullmatch(attributes.get("ref", ""))
    if not found:
        raise NotPlainError
    left, top, right, bottom = found.groups()
    return (int(top) - 1, column_of(left)), (int(bottom) - 1, column_of(right))
