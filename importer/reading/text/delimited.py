"""Text files: their delimiter and their records."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.reading.layout.words import knows_foreign_word
from importer.reading.limits import CELL_CHARACTERS, GRID_CELLS
from importer.reading.tables.sheets import Advance, Sheet, Workbook
from importer.reading.text.encodings import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.options import ReadOptions
    from importer.reading.tables.sheets import Cell

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_BY_NAME = {name: delimiter for delimiter, name in DELIMITERS.items()} | {"\\t": "\t"}
_SAMPLE_RECORDS = 200
_TOLD_EVERY = 1000
_DECLARED = re.compile(r'"?sep=([^\r\n"])"?(?:\r\n|\r|\n)', re.IGNORECASE)
"""Excel's own first line that names the delimiter. Excel does not show it as a row."""


@dataclass(frozen=True, slots=True)
class _Shape:
    delimiter: str
    columns: int
    even: int
    """How many of the first records have this many columns."""


def read_delimited(
    name: str, stem: str, raw: bytes, options: ReadOptions, progress: Advance
) -> Workbook:
    """Read a text file as one sheet called `stem`.

    A record is a row of Excel, also where it is empty or where a quoted cell holds line breaks.

    Raises:
        UnreadableInput: no encoding fits, the quoting is broken, or it holds too much.
    """
    decoded = decode(name, raw, options.encoding, knows_foreign_word)
    text, declared = _without_declaration(decoded.text)
    delimiter = _named_delimiter(options.delimiter) or declared or find_delimiter(text)
    lines = list(_counted(name, text, delimiter or ",", progress))
    shown = DELIMITERS.get(delimiter, f"delimiter '{delimiter}'") if delimiter else "one column"
    form = f"{'CSV' if delimiter else 'text'}, {decoded.name}, {shown}"
    notes: tuple[str, ...] = ()
    if decoded.guessed:
        form = f"{form} (encoding guessed)"
        notes = (
            f"{name} does not say its encoding; it was read as {decoded.name}: if names look "
            "wrong, give the right one by --encoding.",
        )
    return Workbook(form, (Sheet(stem, lines),), notes)


def _without_declaration(text: str) -> tuple[str, str | None]:
    declared = _DECLARED.match(text)
    return (text[declared.end() :], declared[1]) if declared else (text, None)


def _named_delimiter(named: str | None) -> str | None:
    if named is None:
        return None
    delimiter = _BY_NAME.get(named.lower(), named)
    if len(delimiter) != 1 or delimiter in '"\r\n \0':
        raise UnreadableInput(
            f"--delimiter {named} is no delimiter: name one character, or comma, semicolon, tab or "
            "pipe."
        )
    return delimiter


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(CELL_CHARACTERS)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _counted(name: str, text: str, delimiter: str, progress: Advance) -> Iterator[list[Cell]]:
    row = cells = 0
    try:
        for row, record in enumerate(_records(text, delimiter), 1):
            cells += len(record)
            if cells > GRID_CELLS:
                raise UnreadableInput(
                    f"{name} has more than {GRID_CELLS:,} cells by row {row}: split it into "
                    "several files."
                )
            if row % _TOLD_EVERY == 0:
                progress(_TOLD_EVERY)
            yield list(record)
        progress(row % _TOLD_EVERY)
    except csv.Error as error:
        raise UnreadableInput(
            f"{name} can't be read as CSV below row {row} ({error}): look for a quotation mark "
            "that is not closed there, or open the file in Excel and save it as .xlsx."
        ) from error


def find_delimiter(text: str) -> str | None:
    """Return the delimiter that cuts most of the first records evenly; None for one column.

    Titles above the table and short records don't count against a delimiter, as long as more than
    half of the records that hold anything agree.
    """
    shapes = [_shape(text, delimiter) for delimiter in DELIMITERS]
    fitting = [shape for shape in shapes if shape.columns > 1]
    best = max(fitting, key=lambda shape: (shape.even, shape.columns), default=None)
    return best.delimiter if best else None


def _shape(text: str, delimiter: str) -> _Shape:
    widths: Counter[int] = Counter()
    try:
        for record in islice(_records(text, delimiter), _SAMPLE_RECORDS):
            if any(record):
                widths[len(record)] += 1
    except csv.Error:
        return _Shape(delimiter, 0, 0)
    several = Counter({width: count for width, count in widths.items() if width > 1})
    if not several or 2 * several.total() <= widths.total():
        return _Shape(delimiter, 1, 0)
    columns, even = several.most_common(1)[0]
    return _Shape(delimiter, columns, even)
