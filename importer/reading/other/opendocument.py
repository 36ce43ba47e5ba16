"""OpenDocument sheets, on an XML parser that reads each table as a whole.

The format: OASIS OpenDocument 1.3, part 3, chapters 6 (text), 9 (tables) and 19 (attributes).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date, datetime
from typing import TYPE_CHECKING

from importer.excel_limits import SHEET_COLUMNS, SHEET_ROWS
from importer.model import CellKind
from importer.reading.budget import Budget
from importer.reading.other.opendocument_formats import Formats, agrees, disputed, line_through
from importer.reading.tables.cells import describe
from importer.reading.tables.looks import STRUCK, as_struck, with_look
from importer.reading.tables.sheets import Mark
from importer.reading.tables.sparse import SparseSheet
from importer.reading.tables.totals import is_total
from importer.reading.tables.workbooks import SheetTitle, SparseWorkbook, choose, locked
from importer.reading.xlsx.careful import MOST_MATRICES, as_total, conditional_format
from importer.reading.xlsx.package import Package, TextCollector, XmlReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sheets import Cell

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_SHORT = {
    f"{_ODF}office:1.0": "office",
    f"{_ODF}table:1.0": "table",
    f"{_ODF}text:1.0": "text",
    f"{_ODF}style:1.0": "style",
    f"{_ODF}drawing:1.0": "draw",
    f"{_ODF}datastyle:1.0": "number",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext",
}
_STYLES, _CONTENT = "styles.xml", "content.xml"
_NUMERIC = frozenset(["float", "currency", "percentage"])
_CELLS = frozenset(["table:table-cell", "table:covered-table-cell"])
_UNSHOWN = frozenset(
    [
        *("office:annotation", "text:note", "text:ruby-text", "table:detective"),
        *("text:hidden-text", "text:hidden-paragraph"),
    ]
)
_HIDDEN_LOOK = "hidden"
_HIDDEN = frozenset(["collapse", "filter"])
_NUMBER = re.compile(r"[+-]?\d{1,400}(?:\.\d{0,400})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SPACES = re.compile(r"[ \t\r\n]+")


def read_opendocument(name: str, raw: bytes, wanted: Sequence[str]) -> SparseWorkbook:
    """Read a document's visible sheets, or those that are wanted.

    Raises:
        UnreadableInput: it is broken, locked with a password, holds too much, has two sheets of one
            name, or none of a wanted name.
    """
    package = Package(name, raw)
    manifest = "META-INF/manifest.xml"
    if package.has(manifest) and b"encryption-data" in package.read(manifest):
        raise locked(name)
    found = _DocumentReader(package).read()
    titles = [SheetTitle(sheet.name, visible) for sheet, visible in found]
    chosen, notes = choose(name, titles, wanted)
    by_name = {sheet.name: sheet for sheet, _ in found}
    sheets = tuple(by_name[title] for title in chosen)
    for index, sheet in enumerate(sheets):
        sheet.renumber(index)
    return SparseWorkbook("OpenDocument sheet", sheets, notes)


def _short(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"{_SHORT.get(namespace, '?')}:{local}"


class _DocumentReader:
    """Handles the XML of content.xml; expands repeated rows and cells within Excel's limits."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._budget = Budget(package.name, package.file_bytes)
        self._sheets: list[tuple[SparseSheet, str]] = []
        self._part = _STYLES
        self._formats = Formats()
        self._column_ends: list[int] = []
        """For each `table-column`, the first column after it."""
        self._column_styles: list[str] = []
        """For each `table-column`, its default cell style."""
        self._row_style = ""
        self._totals: list[tuple[int, int, int]] = []
        """Ranges of matrix formulas of totals: (row after the last, first column, end column)."""
        self._inside: list[str] = []
        self._style = ""
        self._undisplayed: set[str] = set()
        self._looks: dict[str, str] = {}
        self._table_depth = 0
        self._unshown = 0
        self._hidden_groups = 0
        self._row = self._column = 0
        self._row_repeat = 1
        self._row_cells: list[tuple[int, int, Cell | Mark]] = []
        self._cell: dict[str, str] | None = None
        self._text = TextCollector(package)
        self._paragraphs = 0
        self._spans: list[str] = []

    def read(self) -> list[tuple[SparseSheet, bool]]:
        """Return the sheets, and whether each is visible."""
        if not self._package.has(_CONTENT):
            raise self._package.broken("no content in it")
        for part in (_STYLES, _CONTENT):
            self._part = part
            if self._package.has(part):
                XmlReader(self._package, self._start, self._end, self._data).parse(part)
        return [(sheet, style not in self._undisplayed) for sheet, style in self._sheets]

    @property
    def _sheet(self) -> SparseSheet:
        return self._sheets[-1][0]

    def _start(self, name: str, raw_attributes: dict[str, str]) -> None:
        name = _short(name)
        attributes = {_short(key): value for key, value in raw_attributes.items()}
        self._inside.append(name)
        if self._table_depth:
            self._start_in_table(name, attributes)
        elif name == "table:table" and self._inside[-2:-1] == ["office:spreadsheet"]:
            self._table_depth = len(self._inside)
            self._column_ends, self._column_styles, self._totals = [], [], []
            title = attributes.get("table:name", "")
            style = attributes.get("table:style-name", "")
            self._sheets.append((SparseSheet(title, len(self._sheets), self._budget), style))
            self._row = 0
        else:
            self._start_style(name, attributes)

    def _start_style(self, name: str, attributes: dict[str, str]) -> None:
        if self._part == _STYLES and "office:automatic-styles" in self._inside:
            return  # They belong to headers and footers; a sheet's own may have their names.
        self._formats.start(name, attributes)
        if name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self._undisplayed.add(self._style)
        elif name == "style:text-properties" and attributes.get("text:display", "true") != "true":
            self._looks[self._style] = _HIDDEN_LOOK
        elif name == "style:text-properties" and line_through(attributes):
            self._looks[self._style] = STRUCK
        elif name == "style:text-properties" and "style:text-position" in attributes:
            position = attributes["style:text-position"].strip()
            raised = position.startswith("super") or re.match(r"[1-9]", position)
            lowered = position.startswith(("sub", "-"))
            look = "superscript" if raised else "subscript" if lowered else ""
            self._looks[self._style] = look

    def _start_in_table(self, name: str, attributes: dict[str, str]) -> None:
        if self._unshown or name in _UNSHOWN or name.startswith("draw:"):
            self._unshown += 1
        elif self._cell is not None:
            self._start_in_cell(name, attributes)
        elif name in _CELLS:
            self._cell = attributes
            self._paragraphs = 0
        elif name == "table:table-column":
            self._note_columns(attributes)
        elif name == "table:table-row":
            self._open_row(attributes)
        elif name == "calcext:condition":
            self._ensure_plain_condition(attributes.get("calcext:apply-style-name", ""))
        elif name == "table:table-row-group" and (
            self._hidden_groups or attributes.get("table:display") == "false"
        ):
            self._hidden_groups += 1
        elif name == "table:table":
            raise self._package.broken(f"a table in sheet '{self._sheet.name}'")

    def _note_columns(self, attributes: dict[str, str]) -> None:
        before = self._column_ends[-1] if self._column_ends else 0
        self._column_ends.append(before + _count(attributes, "table:number-columns-repeated"))
        self._column_styles.append(attributes.get("table:default-cell-style-name", ""))

    def _open_row(self, attributes: dict[str, str]) -> None:
        self._column = 0
        self._row_cells = []
        self._row_style = attributes.get("table:default-cell-style-name", "")
        self._row_repeat = _count(attributes, "table:number-rows-repeated")
        if attributes.get("table:visibility") in _HIDDEN or self._hidden_groups:
            last = min(self._row + self._row_repeat, SHEET_ROWS)
            self._sheet.hidden.update(range(self._row, last))

    def _ensure_plain_condition(self, style: str) -> None:
        if not self._formats.shows_alike(style):
            raise conditional_format(self._package.name, self._sheet.name)

    def _start_in_cell(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table" or name in _CELLS:
            raise self._package.broken(f"a table in a cell of sheet '{self._sheet.name}'")
        if name in {"text:p", "text:h"}:
            if self._paragraphs:
                self._text.add("\n")
            self._paragraphs += 1
        elif name == "text:span":
            self._spans.append(self._looks.get(attributes.get("text:style-name", ""), ""))
        elif name == "text:s":
            self._text.add("\u00a0" * min(_count(attributes, "text:c"), 1000))
        elif name == "text:tab":
            self._text.add("\t")
        elif name == "text:line-break":
            self._text.add("\n")

    def _end(self, name: str) -> None:
        name = _short(name)
        self._inside.pop()
        if not self._table_depth:
            self._formats.end(name)
            return
        if self._unshown:
            self._unshown -= 1
        elif name in _CELLS:
            self._close_cell(name)
        elif name == "text:span" and self._spans:
            self._spans.pop()
        elif name == "table:table-row":
            self._close_row()
        elif name == "table:table-row-group" and self._hidden_groups:
            self._hidden_groups -= 1
        elif name == "table:table":
            self._table_depth = 0
            # Rows below the last one that holds something are often hidden, up to the millionth.
            self._sheet.hidden = {row for row in self._sheet.hidden if row < self._sheet.height}
            self._budget.add(self._sheet.height, self._sheet.width)

    def _data(self, text: str) -> None:
        if not self._table_depth:
            self._formats.add(text)
        elif self._cell is not None and not self._unshown and _in_paragraph(self._inside):
            look = next((one for one in reversed(self._spans) if one), "")
            if _HIDDEN_LOOK in self._spans:
                return
            self._text.add(with_look(_SPACES.sub(" ", text), look))

    def _close_cell(self, name: str) -> None:
        attributes, self._cell = self._cell or {}, None
        text = "\n".join(
            _SPACES.sub(" ", line.replace("\t", "\u00a0\u00a0")).strip(" ")
            for line in self._text.take().split("\n")
        ).replace("\u00a0", " ")
        self._spans.clear()
        repeat = _count(attributes, "table:number-columns-repeated")
        rows = _count(attributes, "table:number-rows-spanned")
        columns = _count(attributes, "table:number-columns-spanned")
        if name == "table:table-cell":
            style = attributes.get("table:style-name") or self._default_style()
            cell = _cell(attributes, text.strip(), self._formats, style)
            cell = as_struck(cell) if self._formats.is_struck(style) else cell
            self._note_matrix(attributes, cell)
            if "table:formula" not in attributes and cell != "" and self._is_in_total():
                cell = as_total(cell)
            if cell != "":
                self._row_cells.append((self._column, repeat, cell))
            if rows * columns > 1:
                last = (
                    min(self._row + rows, SHEET_ROWS) - 1,
                    min(self._column + columns, SHEET_COLUMNS) - 1,
                )
                self._sheet.merged.append(((self._row, self._column), last))
        self._column += repeat

    def _note_matrix(self, attributes: dict[str, str], cell: Cell | Mark) -> None:
        """Remember the range of a matrix formula that gives a total."""
        rows = _count(attributes, "table:number-matrix-rows-spanned")
        columns = _count(attributes, "table:number-matrix-columns-spanned")
        if rows * columns > 1 and isinstance(cell, Mark) and cell.kind is CellKind.TOTAL:
            if len(self._totals) >= MOST_MATRICES:
                raise self._package.broken("too many matrix formulas")
            self._totals.append((self._row + rows, self._column, self._column + columns))

    def _is_in_total(self) -> bool:
        return any(
            self._row < end and left <= self._column < right for end, left, right in self._totals
        )

    def _default_style(self) -> str:
        """Return the style of a cell that names none: its row's, else its column's (19.615)."""
        group = bisect_right(self._column_ends, self._column)
        columns = self._column_styles[group] if group < len(self._column_styles) else ""
        return self._row_style or columns

    def _close_row(self) -> None:
        if self._row_cells:
            last_row = self._row + self._row_repeat - 1
            last_column = max(column + repeat for column, repeat, _ in self._row_cells) - 1
            self._budget.ensure_place(last_row, last_column)
            height = max(self._sheet.height, last_row + 1)
            self._budget.ensure_grid(height, max(self._sheet.width, last_column + 1))
            for row in range(self._row, last_row + 1):
                for column, repeat, cell in self._row_cells:
                    for at in range(column, column + repeat):
                        self._sheet.add(row, at, cell)
        self._row += self._row_repeat


def _in_paragraph(inside: list[str]) -> bool:
    """Whether characters belong to a paragraph; others are indentation between elements."""
    return any(name in {"text:p", "text:h"} for name in inside[-6:])


def _cell(attributes: dict[str, str], text: str, formats: Formats, style: str) -> Cell | Mark:
    """Return what a cell holds, by its attributes, its style and the text that is saved of it."""
    formula = attributes.get("table:formula")
    type_ = attributes.get("office:value-type") or attributes.get("calcext:value-type")
    if attributes.get("calcext:value-type") == "error":
        return Mark(text or "#ERROR!", CellKind.ERROR)
    if type_ is None and formula is not None and not text:
        return Mark(formula.partition(":")[2] or formula, CellKind.UNSAVED)
    if type_ in _NUMERIC:
        cell = _number(attributes, text, formats, style)
    else:
        cell = _value(type_, attributes, text)
        cell = _styled(cell, text, formats, style) if isinstance(cell, str) and cell else cell
    return as_total(cell) if formula is not None and is_total(formula) and cell != "" else cell


def _value(type_: str | None, attributes: dict[str, str], text: str) -> Cell | Mark:
    if type_ == "boolean":
        return attributes.get("office:boolean-value") == "true"
    if type_ == "date":
        return _date(attributes.get("office:date-value", ""), text)
    if type_ == "time":
        return Mark(text or attributes.get("office:time-value", ""), CellKind.DATE)
    return attributes.get("office:string-value", "").strip() or text


def _styled(value: str, text: str, formats: Formats, style: str) -> str | Mark:
    """Return what a text shows under its style; a mark where another one was saved of it."""
    shown = formats.text(value, style)
    as_it_is = {tuple(value.split()), tuple(describe(shown)[0].split())}
    return shown if not text or tuple(text.split()) in as_it_is else disputed(text)


def _date(value: str, text: str) -> Cell | Mark:
    try:
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    except ValueError:
        return Mark(text or value, CellKind.DATE)


def _number(attributes: dict[str, str], text: str, formats: Formats, style: str) -> Cell | Mark:
    """Return what a number shows under its style; no certain number where its text differs."""
    value = attributes.get("office:value", "").strip()
    if not _NUMBER.fullmatch(value):
        return Mark(text or value, CellKind.ERROR)
    percentage = attributes.get("office:value-type") == "percentage"
    cell = formats.cell(float(value), style, percentage=percentage)
    shown, kind = describe(cell)
    is_disputed = kind is CellKind.NUMBER and text and not agrees(shown, text)
    return disputed(text) if is_disputed else cell


def _count(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "1")
    if not value.isascii() or not value.isdigit():
        return 1
    return max(1, int(value)) if len(value) < 10 else 10**9
