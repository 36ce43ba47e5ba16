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
from importer.excel_limits import SHEET_COLUMNS
from importer.reading.layout.words import PHONE, base, knows_foreign_word
from importer.reading.limits import CELL_CHARACTERS, GRID_CELLS, LINE_CHARACTERS
from importer.reading.tables.sheets import Advance, Sheet, Workbook
from importer.reading.text.encodings import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.reading.options import ReadOptions
    from importer.reading.tables.sheets import Cell

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_BY_NAME = {name: delimiter for delimiter, name in DELIMITERS.items()} | {"\\t": "\t"}
_UNUSUAL = "^~:#!\x1f¦"
_HINT_LINES = 20
_HEAD_CHARACTERS = 64 * 1024
_SAMPLE_RECORDS = 200
_SAMPLE_CHARACTERS = 1_000_000
_PROGRESS_ROWS = 1000
_BYTES_OF_CHARACTER = 4
"""The most that a character takes in any encoding."""
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
    _ensure_bytes_of_lines(name, raw)
    decoded = decode(name, raw, options.encoding, knows_foreign_word)
    text, declared = without_declaration(decoded.text)
    delimiter = named_delimiter(options.delimiter) or declared or find_delimiter(text)
    width = shape_of(text, delimiter).columns if delimiter else 1
    lines = list(_counted(name, text, delimiter or ",", width, progress))
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


def without_declaration(text: str) -> tuple[str, str | None]:
    """Return a text without the line that names its delimiter, and that delimiter."""
    declared = _DECLARED.match(text)
    return (text[declared.end() :], declared[1]) if declared else (text, None)


def named_delimiter(named: str | None) -> str | None:
    """Return the delimiter that an option names, None for none.

    Raises:
        UnreadableInput: it is no delimiter.
    """
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
    """Give a text's records.

    Raises:
        csv.Error: a quotation mark is not closed, or something but space stands behind one.
    """
    spaced = re.compile(rf'"[ \t]{{1,99}}(?:[{re.escape(delimiter)}\r\n]|\Z)')
    if spaced.search(text):
        return spaced_records(text, delimiter)
    csv.field_size_limit(CELL_CHARACTERS)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def spaced_records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Give the records of a text in which space may stand behind a closing quotation mark."""
    ends = re.compile(rf"[{re.escape(delimiter)}\r\n]|\Z")
    at, record = 0, list[str]()
    while at < len(text) or record:
        value, at = _quoted(text, at) if text.startswith('"', at) else ("", at)
        end = ends.search(text, at)
        if end is None:
            raise csv.Error("no end")
        rest = text[at : end.start()]
        if value[:1] == '"':
            if rest.strip(" \t"):
                raise csv.Error("a quotation mark inside a quoted cell")
            rest = value[1:]
        if len(rest) > CELL_CHARACTERS:
            raise csv.Error("a cell that is too long")
        record.append(rest)
        at = end.end()
        if end[0] != delimiter:
            yield [] if record == [""] else record
            at += end[0] == "\r" and text.startswith("\n", at)
            record = []


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Return a quoted value, with a quotation mark before it, and where it ends."""
    pieces: list[str] = []
    while True:
        close = text.find('"', at + 1)
        if close < 0 or close - at > CELL_CHARACTERS:
            raise csv.Error("a quotation mark that is not closed")
        pieces.append(text[at:close])
        at = close + 1
        if not text.startswith('"', at):
            return "".join(pieces), at


def _counted(
    name: str, text: str, delimiter: str, width: int, progress: Advance
) -> Iterator[list[Cell]]:
    row = cells = lines = 0
    _ensure_lines(name, text)
    try:
        for row, record in enumerate(_records(text, delimiter), 1):
            cells += len(record)
            breaks = sum(map(line_breaks, record))
            if breaks and swallows_rows(record, delimiter, width):
                raise UnreadableInput(
                    f"{name}: the quotation mark in line {lines + 1} ends only some lines below, "
                    "so that rows between are taken for one cell: remove it or close it there, or "
                    "open the file in Excel and save it as .xlsx."
                )
            lines += 1 + breaks
            if len(record) > SHEET_COLUMNS or cells > GRID_CELLS:
                raise _too_many(name, row, len(record))
            if row % _PROGRESS_ROWS == 0:
                progress(_PROGRESS_ROWS)
            yield list(record)
        progress(row % _PROGRESS_ROWS)
    except csv.Error as error:
        raise UnreadableInput(
            f"{name} can't be read as CSV below row {row}: in line {lines + 1} a quotation mark is "
            "not closed, or stands inside a cell: correct it there, or open the file in Excel and "
            "save it as .xlsx."
        ) from error


def _too_many(name: str, row: int, columns: int) -> UnreadableInput:
    """Say that a row has too many columns, or that there are too many cells up to it."""
    if columns > SHEET_COLUMNS:
        return UnreadableInput(
            f"{name} has {columns:,} columns in row {row}, more than a sheet of Excel "
            f"({SHEET_COLUMNS:,}): remove the columns that are not needed."
        )
    return UnreadableInput(
        f"{name} has more than {GRID_CELLS:,} cells by row {row}: split it into several files."
    )


_NUMBER_CELL = re.compile(r'[\s"\']{0,3}[+(]?\d[\d ()./-]{6,30}[\s"\']{0,3}')
_WORD_CELL = re.compile(r"[^\W\d_]")


def swallows_rows(record: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a cell of a record is rows that a stray quotation mark made one of.

    Such a cell has line breaks, and for each about as many delimiters as a row has; among what
    they part are a phone number and a word. `width` is how many columns most records have.
    """
    for value in record:
        breaks = line_breaks(value)
        if not breaks or width < 2:
            continue
        missing = max(len(record) - width, 0)
        if value.count(delimiter) + missing < breaks * (width - 1):
            continue
        pieces = re.split(rf"[{re.escape(delimiter)}\r\n]", value)
        if any(map(_NUMBER_CELL.fullmatch, pieces)) and any(map(_WORD_CELL.match, pieces)):
            return True
    return False


def line_breaks(value: str) -> int:
    """Return how many lines a cell begins beyond its first."""
    return len(value.splitlines()) - 1 + value.endswith("\n") if "\n" in value else 0


def _ensure_lines(name: str, text: str) -> None:
    """Make sure that no line is endless, before it is taken apart."""
    at = 0
    while at + LINE_CHARACTERS < len(text):
        end = at + LINE_CHARACTERS
        last = max(text.rfind("\n", at, end), text.rfind("\r", at, end))
        if last < 0:
            raise _endless_line(name)
        at = last + 1


def _ensure_bytes_of_lines(name: str, raw: bytes) -> None:
    """Make sure that no line is endless, before a file is decoded: its text may take much more."""
    at, most = 0, LINE_CHARACTERS * _BYTES_OF_CHARACTER
    while at + most < len(raw):
        last = max(raw.rfind(b"\n", at, at + most), raw.rfind(b"\r", at, at + most))
        if last < 0:
            raise _endless_line(name)
        at = last + 1


def _endless_line(name: str) -> UnreadableInput:
    return UnreadableInput(
        f"{name} has a line of more than {LINE_CHARACTERS:,} characters, which no list has: get it "
        "again from its source, or save it in Excel as .xlsx."
    )


def find_delimiter(text: str) -> str | None:
    """Return the delimiter that cuts most of the first records evenly; None for one column.

    Titles above the table and short records don't count against a delimiter, as long as more than
    half of the records that hold anything agree. Of two that cut as evenly, as where each name has
    a comma in a file of semicolons, the one that parts a phone column's header from others counts.
    """
    shapes = [shape_of(text, delimiter) for delimiter in DELIMITERS]
    most = max(shape.even for shape in shapes)
    fitting = [shape for shape in shapes if shape.columns > 1 and shape.even == most]
    if len(fitting) > 1:
        head = text[:_HEAD_CHARACTERS].splitlines()[:_HINT_LINES]
        fitting = [shape for shape in fitting if _parts_header(head, shape.delimiter)] or fitting
    best = max(fitting, key=lambda shape: shape.columns, default=None)
    return best.delimiter if best else None


def _parts_header(lines: Sequence[str], delimiter: str) -> bool:
    names = (name.strip(" \t\"'") for line in lines for name in line.split(delimiter))
    return any(base(name) in PHONE for name in names)


def unusual_delimiter(lines: Sequence[Sequence[Cell]]) -> str | None:
    """Return the sign that parts the lines of one cell evenly, though no program parts them by it.

    Excel shows such a file as one column. It is only a hint: a colon may belong to every cell.
    """
    texts = [
        cell for line in lines[:_HINT_LINES] for cell in line if isinstance(cell, str) and cell
    ]
    for sign in _UNUSUAL:
        counts = {text.count(sign) for text in texts}
        if len(texts) > 1 and len(counts) == 1 and 0 not in counts:
            return sign
    return None


def shape_of(text: str, delimiter: str) -> _Shape:
    """Return how a delimiter cuts the first records of a text."""
    widths: Counter[int] = Counter()
    try:
        for record in islice(_records(text, delimiter), _SAMPLE_RECORDS):
            if any(record):
                widths[len(record)] += 1
    except csv.Error:
        # What parts the columns shows in the other lines; which one is broken is said later.
        lines = text[:_SAMPLE_CHARACTERS].splitlines()[:_SAMPLE_RECORDS]
        widths = Counter(line.count(delimiter) + 1 for line in lines if line.strip())
    several = Counter({width: count for width, count in widths.items() if width > 1})
    if not several or 2 * several.total() <= widths.total():
        return _Shape(delimiter, 1, 0)
    columns, even = several.most_common(1)[0]
    return _Shape(delimiter, columns, even)
