"""Long sheets in bulk: their rows as XML straight from columns, ten times as fast as by cells.

The library writes the workbook, and of each long sheet the header and two sample lines, by which
each range, width, format and rule is said. The lines themselves are put in here, a piece at a time,
each made by a thread. What is not plain to write so is left to the library: `is_plain`
tells.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from typing import IO, TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from isal import isal_zlib

from importer.columns.threads import map_in_threads
from importer.report.cell_values import is_text
from importer.report.escapes import has_odd
from importer.report.fast.cell_xml import (
    TEXT,
    CellTemplate,
    SampleCell,
    cell_template,
    kind_of,
    xml_of,
)

if TYPE_CHECKING:
    import io
    from collections.abc import Mapping
    from pathlib import Path

    from importer.report.summary_parts import Finish

FEWEST_LINES = 500
"""Of a long sheet; a shorter one takes the library no time."""
_PIECE = 2_000
"""Lines made at a time by each thread, a megabyte or two of XML; more would win little time, and
hold more memory."""
_LEVEL = 1
"""Of compression: as quick as level 0 of ISA-L and a quarter smaller; higher levels gain little."""
_FIRST_ROW = 2
_COPIED = 2**20
"""Bytes of a part that are copied at a time."""
_CELL_BYTES = 64
"""More than a cell's XML has around its value."""
_MOST_BYTES = 2**31 - 2**20
"""Beyond it a zip takes another form, which not every program reads."""

_SAMPLE_ROWS = re.compile(r'<row r="2">(.*?)</row><row r="3">.*?</row>(?=</sheetData>)', re.DOTALL)
_SAMPLE_CELL = re.compile(r'<c r="([A-Z]+)2"((?: s="\d+")?)(?: t="(inlineStr|b)")?>')
_RANGES = re.compile(r'(?<= ref=")[^"]+|(?<= sqref=")[^"]+')
_LAST_ROW = re.compile(r"(?<=[A-Z])3\b")
_FILTERED = r'(<definedName name="_xlnm._FilterDatabase" localSheetId="{}"[^<]*\$)3(?=<)'
_BOOK = "xl/workbook.xml"


class TooLargeError(Exception):
    """The workbook, or a part of it, is larger than a zip of the common form holds: 2 GB."""


class UnlikeSampleError(Exception):
    """The library wrote the sample lines otherwise than is known here."""


def is_plain(table: pa.Table) -> bool:
    """Whether a sheet is long, and its cells are all of a kind that is written in bulk."""
    if table.num_rows < FEWEST_LINES:
        return False
    held = table.nbytes + table.num_rows * table.num_columns * _CELL_BYTES
    return held < _MOST_BYTES and all(map(_is_plain, table.columns))


def _is_plain(column: pa.ChunkedArray) -> bool:
    kind = column.type
    if is_text(column):
        return not has_odd(column)
    if pa.types.is_floating(kind):
        return bool(pc.all(pc.is_finite(column)).as_py() is not False)
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_null(kind)
        or pa.types.is_timestamp(kind)
        or pa.types.is_date32(kind)
    )


def sample(table: pa.Table) -> pa.Table:
    """Return two lines of a table's columns with no cell empty, for the library to write."""
    kinds = [TEXT if pa.types.is_null(kind) else kind for kind in table.schema.types]
    arrays = [pa.array([_something(kind)] * 2, kind) for kind in kinds]
    return pa.Table.from_arrays(arrays, names=table.column_names)


def _something(kind: pa.DataType) -> object:
    if pa.types.is_temporal(kind):
        return datetime(2000, 1, 1)
    if pa.types.is_boolean(kind):
        return True
    return "x" if kind_of(kind) else 1


def put_in(
    begun: io.BytesIO | Path, whole: Path, tables: Mapping[int, pa.Table], finish: Finish | None
) -> None:
    """Write a workbook that the library began, with the lines of its long sheets put in.

    `tables` has them by the place of the sheet in the workbook, counted from 0. Without any the
    workbook may be of any size.

    Raises:
        UnlikeSampleError: the sample lines are not as they are known here; nothing is written.
        TooLargeError: it is more than a zip of the common form holds.
        OSError: it can't be written.
    """
    with zipfile.ZipFile(begun) as source:
        templates = {}
        book = source.read(_BOOK).decode()
        changed = {}
        if finish is not None:
            changed = {name: finish.finished(name, source.read(name)) for name in finish.parts()}
        for at, table in tables.items():
            part = f"xl/worksheets/sheet{at + 1}.xml"
            begun_sheet = changed.get(part) or source.read(part)
            templates[part] = _SheetTemplate(begun_sheet.decode(), table)
            book = _with_range(book, at, table.num_rows + 1)
        changed[_BOOK] = book.encode()
        try:
            with zipfile.ZipFile(
                whole, "w", zipfile.ZIP_DEFLATED, allowZip64=not tables, compresslevel=_LEVEL
            ) as target:
                for entry in source.infolist():
                    name, size = entry.filename, 0 if tables else entry.file_size
                    with _opened(target, name, size) as part_file:
                        if name in templates:
                            _write_lines(part_file, templates[name])
                        elif name in changed:
                            part_file.write(changed[name])
                        else:
                            with source.open(name) as same:
                                shutil.copyfileobj(same, part_file, _COPIED)
        except (zipfile.LargeZipFile, RuntimeError) as error:
            raise TooLargeError from error


def _opened(target: zipfile.ZipFile, name: str, size: int) -> IO[bytes]:
    """Open a part for writing, compressed by ISA-L, which takes a third of zlib's time.

    `size` is that of the part, as far as it is known: a very large one takes zip's other form.
    `zipfile` has no public way to another compressor. Where a Python keeps its own elsewhere, the
    attribute set here is ignored and zlib compresses: slower, and as right.
    """
    entry = zipfile.ZipInfo(name)
    entry.compress_type, entry.file_size = zipfile.ZIP_DEFLATED, size
    file = target.open(entry, "w")
    compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
    setattr(file, "_compressor", compressor)  # noqa: B010 - it is not in the type
    return file


def _with_range(book: str, at: int, end: int) -> str:
    """Stretch the range that a sheet's filter has in the list of names."""
    stretched, count = re.subn(_FILTERED.format(at), rf"\g<1>{end}", book)
    if count != 1:
        raise UnlikeSampleError
    return stretched


def _write_lines(file: IO[bytes], template: _SheetTemplate) -> None:
    file.write(template.head)
    parts = _parts(template.table.num_rows)
    with closing(map_in_threads(template.lines, parts)) as pieces:
        for piece in pieces:
            file.write(piece)
    file.write(template.tail)


def _parts(count: int) -> list[slice]:
    """Return the parts of so many lines, within each of which row numbers are of one length."""
    longer = (10**digits - _FIRST_ROW for digits in range(1, len(str(count)) + 1))
    cuts = {*range(0, count, _PIECE), count, *(cut for cut in longer if cut < count)}
    return [slice(*ends) for ends in pairwise(sorted(cuts))]


class _SheetTemplate:
    """What comes before the lines, the lines, and what comes after."""

    def __init__(self, begun: str, table: pa.Table) -> None:
        self.table = table
        found = _SAMPLE_ROWS.search(begun)
        if found is None:
            raise UnlikeSampleError
        cells = [SampleCell(*groups) for groups in _SAMPLE_CELL.findall(found[1])]
        if [cell.kind for cell in cells] != [kind_of(kind) for kind in table.schema.types]:
            raise UnlikeSampleError
        self._cell_templates = list(
            map_in_threads(_cell_template, list(zip(cells, table.columns, strict=True)))
        )
        end = str(table.num_rows + 1)
        self.head, self.tail = (
            _RANGES.sub(lambda match: _LAST_ROW.sub(end, match[0]), text).encode()
            for text in (begun[: found.start()], begun[found.end() :])
        )

    def lines(self, part: slice) -> memoryview:
        """Return the XML of some lines."""
        lines = self.table.slice(part.start, part.stop - part.start)
        return xml_of(lines, self._cell_templates, part.start + _FIRST_ROW).data


def _cell_template(one: tuple[SampleCell, pa.ChunkedArray]) -> CellTemplate:
    return cell_template(*one)
