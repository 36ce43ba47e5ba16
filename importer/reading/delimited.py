"""CSV files: their encoding, their delimiter, and their records."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.reading.sheets import Progress, Sheet, Workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.reading.sheets import Cell

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_SAMPLE_RECORDS = 50
_FIELD_LIMIT = 10_000_000
"""Python's csv refuses fields over 131,072 characters unless told otherwise."""


def read_delimited(path: Path, progress: Progress) -> Workbook:
    """Read a CSV file in UTF-8, with or without a byte order mark.

    A record is a row of Excel, also where it is empty or where a quoted cell holds line breaks.

    Raises:
        UnreadableInput: the bytes are no UTF-8, or the quoting is broken.
    """
    text = _decode(path)
    delimiter = find_delimiter(text)
    try:
        lines = list(_counted(_records(text, delimiter), progress))
    except csv.Error as error:
        raise UnreadableInput(
            f"{path.name} can't be read as CSV ({error}): open it in Excel and save it again as "
            "'CSV UTF-8' or as .xlsx."
        ) from error
    return Workbook(f"CSV, UTF-8, {DELIMITERS[delimiter]}", (Sheet(path.stem, lines),))


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableInput(
            f"{path.name} is not in UTF-8 (line {line}): open it in Excel and save it as "
            "'CSV UTF-8' or as .xlsx."
        ) from error


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(_FIELD_LIMIT)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _counted(records: Iterator[list[str]], progress: Progress) -> Iterator[list[Cell]]:
    for record in records:
        progress(1)
        yield list(record)


def find_delimiter(text: str) -> str:
    """Return the delimiter that cuts the first records most evenly; a comma where none does."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> tuple[int, int]:
    """Rate a delimiter: how many records have the header's width, then how wide that is."""
    widths: list[int] = []
    try:
        for record in _records(text, delimiter):
            if any(record):
                widths.append(len(record))
            if len(widths) == _SAMPLE_RECORDS:
                break
    except csv.Error:
        return (0, 0)
    if not widths or widths[0] == 1:
        return (0, 0)
    return (widths.count(widths[0]), widths[0])
