"""A text file read block by block: plain blocks by Arrow, all others record by record."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

import pyarrow as pa

from importer.errors import UnreadableInput
from importer.excel_limits import SHEET_COLUMNS
from importer.reading.limits import CELL_CHARACTERS, LINE_CHARACTERS
from importer.reading.parts.fast.plain_text import plain_columns
from importer.reading.tables.columnar import Column, ColumnarLines
from importer.reading.text.delimited import (
    find_delimiter,
    line_breaks,
    named_delimiter,
    shape_of,
    swallows_rows,
    without_declaration,
)
from importer.reading.text.encodings import ensure_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from importer.reading.options import ReadOptions

BLOCK_BYTES = 8 * 1024**2
_RECORDS = 20_000
"""Records that are Python objects at once: what they leave behind in memory is not given back."""
_HEAD_CHARACTERS = 1024**2
"""Characters from the top that tell the delimiter."""
_TEXT = pa.large_string()
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_blocks(name: str, file: BinaryIO, options: ReadOptions) -> Iterator[ColumnarLines]:
    """Give a text file's lines, some megabytes at a time; a record is a row, as in Excel.

    The encoding is UTF-8, unless the file begins with the mark of another or the options name one:
    to guess it, the whole file would be needed.

    Raises:
        UnreadableInput: it is in another encoding, or its quotation marks are broken.
    """
    blocks = _whole_lines(name, _as_utf8(name, file, options.encoding))
    first = next(blocks, b"")
    if not first:
        raise UnreadableInput(f"{name} is empty: nothing is in the file, not even a header.")
    shape = _shape_of(first, options)
    yield from _Records(name, shape, chain([first[shape.skipped :]], blocks)).blocks()


@dataclass(frozen=True, slots=True)
class TextShape:
    """What the top of a text file says of its records."""

    delimiter: str
    width: int
    """Cells of a record."""
    skipped: int
    """Bytes in front that are no record, but declare the delimiter."""


def _shape_of(first: bytes, options: ReadOptions) -> TextShape:
    head = first.decode("utf-8", "replace")
    rest, declared = without_declaration(head)
    delimiter = named_delimiter(options.delimiter) or declared
    delimiter = delimiter or find_delimiter(rest[:_HEAD_CHARACTERS]) or ","
    width = shape_of(rest[:_HEAD_CHARACTERS], delimiter).columns
    return TextShape(delimiter, width, len(head[: len(head) - len(rest)].encode()))


def shape_in_utf8(name: str, file: BinaryIO, options: ReadOptions) -> TextShape | None:
    """Return the shape of a text file; None where it is not in UTF-8, or begins with no line.

    The mark of UTF-8 counts as skipped.
    """
    head = file.read(BLOCK_BYTES)
    if _codec(head, options.encoding) != "utf-8":
        return None
    plain = head.removeprefix(codecs.BOM_UTF8)
    first = plain[: plain.rfind(b"\n") + 1]
    if not first:
        return None
    shape = _shape_of(first, options)
    return replace(shape, skipped=shape.skipped + len(head) - len(plain))


class Range:
    """A file that ends after so many bytes from where it stands."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int) -> bytes:
        """Return the next bytes, b"" at the end."""
        found = self._file.read(min(size, self._left))
        self._left -= len(found)
        return found


def range_blocks(name: str, text: Range, shape: TextShape, row: int) -> Iterator[ColumnarLines]:
    """Give the lines of a range of a text file in UTF-8, which begins and ends at ends of records.

    `row` is the row of the first record, as far as it is known: for messages, as are the lines.

    Raises:
        UnreadableInput: a record goes on behind the range, or can't be read.
    """
    blocks = _whole_lines(name, iter(lambda: text.read(BLOCK_BYTES), b""))
    yield from _Records(name, shape, blocks, row - 1).blocks()


def _as_utf8(name: str, file: BinaryIO, encoding: str | None) -> Iterator[bytes]:
    """Give a file's bytes as UTF-8, without the mark in front; what is UTF-8 stays as it is."""
    head = file.read(BLOCK_BYTES)
    codec = _codec(head, encoding)
    if codec == "utf-8":
        yield head.removeprefix(codecs.BOM_UTF8)
        while more := file.read(BLOCK_BYTES):
            yield more
        return
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        yield decoder.decode(head).encode()
        while more := file.read(BLOCK_BYTES):
            yield decoder.decode(more).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise UnreadableInput(
            f"{name} is not in {encoding or codec.upper()}: name the right one by --encoding."
        ) from error


def _codec(head: bytes, encoding: str | None) -> str:
    if encoding is None:
        return next((codec for mark, codec in _MARKS if head.startswith(mark)), "utf-8")
    ensure_encoding(encoding)
    return codecs.lookup(encoding).name.removesuffix("-sig")


def _whole_lines(name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut a file's bytes behind ends of lines."""
    left = b""
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            yield left + chunk[:end]
            left = chunk[end:]
        else:
            left += chunk
        if len(left) > LINE_CHARACTERS:
            raise UnreadableInput(
                f"{name} has a line of more than {LINE_CHARACTERS:,} characters, which no list "
                "has: get it again from its source."
            )
    if left:
        yield left


class _Records:
    """The records of a file, some megabytes at a time."""

    def __init__(
        self,
        name: str,
        shape: TextShape,
        blocks: Iterator[bytes],
        row: int = 0,
    ) -> None:
        self._name, self._delimiter = name, shape.delimiter
        self._blocks = blocks
        self._row = row
        self._line = 0
        self._width = shape.width
        self._lines: Iterator[str] = iter(())
        self._ahead: str | None = None
        csv.field_size_limit(CELL_CHARACTERS)
        self._reader = csv.reader(
            iter(self._next_line, None), delimiter=shape.delimiter, strict=True
        )

    def blocks(self) -> Iterator[ColumnarLines]:
        """Give the records as columns."""
        try:
            for block in self._blocks:
                columns = plain_columns(block, self._delimiter, self._width)
                if columns is None:
                    yield from self._one_by_one(block)
                elif columns:
                    self._row += len(columns[0])
                    self._line += len(columns[0])
                    yield ColumnarLines(columns)
        finally:
            del self._reader  # It refers to this object, which has megabytes of the file.

    def _next_line(self) -> str | None:
        """Return the next line; where a quoted cell goes on, of the next block."""
        if self._ahead is None:
            block = next(self._blocks, None)
            if block is None:
                return None
            self._load(block)
        line, self._ahead = self._ahead, next(self._lines, None)
        return line

    def _load(self, block: bytes) -> None:
        self._lines = iter(io.StringIO(self._decode(block), newline=""))
        self._ahead = next(self._lines, None)

    def _decode(self, block: bytes) -> str:
        try:
            text = block.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self._line + block.count(b"\n", 0, error.start) + 1
            raise UnreadableInput(
                f"{self._name} is not in UTF-8 (line {line:,}): name its encoding by --encoding, "
                "such as gb18030, big5 or windows-1252."
            ) from error
        if "\0" in text:
            raise UnreadableInput(
                f"{self._name} is neither a workbook nor text: line "
                f"{self._line + text.count(chr(10), 0, text.index(chr(0))) + 1:,} holds bytes that "
                "no text has."
            )
        return text

    def _one_by_one(self, block: bytes) -> Iterator[ColumnarLines]:
        """Give the records that begin in a block, so few at a time that memory hardly sees them."""
        self._load(block)
        while records := self._next_records():
            self._row += len(records)
            columns = list(zip_longest(*records, fillvalue="")) or [("",) * len(records)]
            del records
            yield ColumnarLines([Column(pa.array(column, _TEXT)) for column in columns])

    def _next_records(self) -> list[list[str]]:
        records: list[list[str]] = []
        try:
            while self._ahead is not None and len(records) < _RECORDS:
                record = next(self._reader)
                records.append(record)
                self._check(record, self._row + len(records))
        except csv.Error as error:
            raise UnreadableInput(
                f"{self._name} can't be read as CSV below row {self._row + len(records):,}: in "
                f"line {self._line + 1:,} a quotation mark is not closed, or stands inside a cell: "
                "correct it there."
            ) from error
        return records

    def _check(self, record: list[str], row: int) -> None:
        if len(record) > SHEET_COLUMNS:
            raise UnreadableInput(
                f"{self._name} has {len(record):,} columns in row {row:,}, more than a sheet of "
                f"Excel ({SHEET_COLUMNS:,}): remove the columns that are not needed."
            )
        breaks = sum(map(line_breaks, record))
        if breaks and swallows_rows(record, self._delimiter, self._width):
            raise UnreadableInput(
                f"{self._name}: the quotation mark in line {self._line + 1:,} ends only some lines "
                "below, so that rows between are taken for one cell: remove it or close it there."
            )
        self._line += 1 + breaks
