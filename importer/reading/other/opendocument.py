"""OpenDocument sheets: values by calamine, and what it doesn't show from the document itself."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from xml.parsers import expat

from python_calamine import CalamineWorkbook

from importer.errors import UnreadableInput
from importer.model import CellKind
from importer.reading.limits import GRID_CELLS
from importer.reading.tables.sheets import Advance, Details, Mark, Sheet, Workbook
from importer.reading.tables.workbooks import choose, told
from importer.reading.xlsx.package import Package
from importer.workbook_format import SHEET_COLUMNS, SHEET_ROWS

if TYPE_CHECKING:
    from importer.reading.options import ReadOptions
    from importer.reading.tables.sheets import Place

_CONTENT = "content.xml"
_MARKS = 5_000_000
"""Cells of one sheet that show something else than their value; more would take gigabytes."""


@dataclass(slots=True)
class _Table:
    """What is known of one sheet beyond the raw values."""

    marks: dict[Place, Mark] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    merged: list[tuple[Place, Place]] = field(default_factory=list)
    rows: int = 0
    columns: int = 0


def read_opendocument(name: str, raw: bytes, options: ReadOptions, progress: Advance) -> Workbook:
    """Read a document's visible sheets, or those that the options name.

    Raises:
        UnreadableInput: it is broken, locked with a password, holds too much, or has no sheet of a
            name that is asked for.
    """
    package = Package(name, raw)
    if "META-INF/manifest.xml" in package.parts and b"encryption-data" in package.read(
        "META-INF/manifest.xml"
    ):
        raise UnreadableInput(f"{name} is protected with a password: save a copy without one.")
    tables = _Reader(package).read()
    sheets = []
    with told(name), CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
        titles, notes = choose(name, book.sheets_metadata, options.sheets)
        for title in titles:
            table = tables.get(title, _Table())
            lines = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
            progress(len(lines))
            sheets.append(Sheet(title, lines, tuple(table.merged), partial(_look, table)))
    return Workbook("OpenDocument sheet", tuple(sheets), notes)


def _look(table: _Table, columns: frozenset[int]) -> Details:
    marks = {place: mark for place, mark in table.marks.items() if place[1] in columns}
    return Details(marks, frozenset(table.hidden))


class _Reader:
    """Follows content.xml cell by cell; repeated rows and cells are counted, not written out."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._tables: dict[str, _Table] = {}
        self._table = _Table()
        self._row = self._column = 0
        self._row_repeat = self._cell_repeat = 1
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._paragraph = self._annotation = 0
        self._row_marks: list[tuple[int, int, Mark]] = []
        self._row_held = 0

    def read(self) -> dict[str, _Table]:
        """Return what each sheet shows, by its name."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        try:
            for chunk in self._package.chunks(_CONTENT):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._package.broken() from error
        return self._tables

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "text:p":
            self._paragraph += 1
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._cell, self._text = attributes, []
            self._cell_repeat = _count(attributes, "table:number-columns-repeated")
        elif name == "table:table-row":
            self._column = self._row_held = 0
            self._row_marks = []
            self._row_repeat = _count(attributes, "table:number-rows-repeated")
            if attributes.get("table:visibility") in {"collapse", "filter"}:
                bound = min(self._row_repeat, SHEET_ROWS)
                self._table.hidden.update(range(self._row, min(self._row + bound, SHEET_ROWS)))
        elif name == "table:table":
            self._table = self._tables[attributes.get("table:name", "")] = _Table()
            self._row = 0
        elif name == "office:annotation":
            self._annotation += 1

    def _end(self, name: str) -> None:
        if name == "text:p":
            self._paragraph -= 1
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._close_cell()
        elif name == "table:table-row":
            self._close_row()
        elif name == "office:annotation":
            self._annotation -= 1

    def _data(self, text: str) -> None:
        if self._paragraph and not self._annotation:
            self._text.append(text)

    def _close_cell(self) -> None:
        cell, text = self._cell, "".join(self._text)
        if text or "office:value-type" in cell or "table:formula" in cell:
            self._row_held = self._column + self._cell_repeat
            mark = _mark(cell, text)
            if mark is not None:
                self._row_marks.append((self._column, self._cell_repeat, mark))
        rows = _count(cell, "table:number-rows-spanned")
        columns = _count(cell, "table:number-columns-spanned")
        if rows * columns > 1:
            last = (self._row + rows - 1, self._column + columns - 1)
            self._table.merged.append(((self._row, self._column), last))
        self._column += self._cell_repeat

    def _close_row(self) -> None:
        table = self._table
        if self._row_held:
            table.rows = self._row + self._row_repeat
            table.columns = max(table.columns, self._row_held)
            self._check(table)
            self._keep_marks(table)
        self._row += self._row_repeat

    def _keep_marks(self, table: _Table) -> None:
        places = self._row_repeat * sum(repeat for _, repeat, _ in self._row_marks)
        if len(table.marks) + places > _MARKS:
            raise self._too_much(table)
        for column, repeat, mark in self._row_marks:
            for row in range(self._row, self._row + self._row_repeat):
                for at in range(column, column + repeat):
                    table.marks[row, at] = mark

    def _check(self, table: _Table) -> None:
        if (
            table.rows > SHEET_ROWS
            or table.columns > SHEET_COLUMNS
            or table.rows * table.columns > GRID_CELLS
        ):
            raise self._too_much(table)

    def _too_much(self, table: _Table) -> UnreadableInput:
        return UnreadableInput(
            f"{self._package.name} has a sheet that spans {table.rows:,} rows and "
            f"{table.columns:,} columns, more than can be read: delete the stray cells at its far "
            "end, or copy the list into a new document."
        )


def _mark(cell: dict[str, str], text: str) -> Mark | None:
    type_ = cell.get("office:value-type")
    if cell.get("calcext:value-type") == "error":
        return Mark(text or "#ERROR!", CellKind.ERROR)
    if type_ is None and "table:formula" in cell:
        return Mark(cell["table:formula"].removeprefix("of:"), CellKind.UNSAVED)
    if type_ == "boolean":
        return Mark(text, CellKind.BOOLEAN)
    if type_ in {"date", "time"}:
        return Mark(text, CellKind.DATE) if text else None
    if type_ == "float" and _adds_to_digits(text, cell.get("office:value", "")):
        return Mark(text, CellKind.NUMBER)
    return None


def _adds_to_digits(text: str, value: str) -> bool:
    """Whether a shown text is a whole number's digits with zeros, a plus or brackets about them."""
    if text == value or not value.isdigit() or len(value) > 15 or set(text) & set(".,eE%:"):
        return False
    digits = "".join(char for char in text if char.isdigit())
    return digits.endswith(value)


def _count(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "1")
    if not value.isascii() or not value.isdigit():
        return 1
    return max(1, int(value)) if len(value) < 10 else 10**9
