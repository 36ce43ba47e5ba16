"""Reads an .xlsx cell by cell with an XML parser; this reader defines what a sheet says.

What two programs could read in two ways is refused: two tables of rows, a cell that is there twice,
a value beside a text, elements of other namespaces among the cells. The format: ECMA-376 part 1,
18.3 (worksheets), 18.4 (shared texts) and 18.18.11 (types of cells).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.excel_limits import SHEET_COLUMNS, SHEET_ROWS
from importer.model import CellKind
from importer.reading.budget import Budget
from importer.reading.tables.cells import describe
from importer.reading.tables.number_formats import may_add
from importer.reading.tables.sheets import Mark, column_of
from importer.reading.tables.sparse import SparseSheet
from importer.reading.tables.text_formats import shows_texts
from importer.reading.tables.totals import is_total
from importer.reading.tables.workbooks import SparseWorkbook, choose
from importer.reading.xlsx.book import read_book
from importer.reading.xlsx.package import Package, TextCollector, XmlReader
from importer.reading.xlsx.texts import NAMESPACES, SPACE, RichText, SharedTexts, unescaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sheets import Cell, Place
    from importer.reading.xlsx.book import Styles

FORM = "Excel workbook"
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,3})?", re.ASCII
)
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9]\d{0,6})", re.ASCII)
_CORNER = re.compile(r"\$?([A-Za-z]{0,3})\$?(\d{0,7})", re.ASCII)
MOST_MATRICES = 1000
"""Array formulas of totals in a sheet; each cell without a formula is looked up in them."""
_NO_HEIGHT = re.compile(r"0{1,9}(?:\.0{0,9})?")
_HIDDEN = frozenset(["1", "true", "on"])
_TRUE, _FALSE = frozenset(["1", "true"]), frozenset(["0", "false"])


def read_xlsx(name: str, raw: bytes, wanted: Sequence[str]) -> SparseWorkbook:
    """Read a workbook's visible sheets, or those that are wanted.

    Raises:
        UnreadableInput: it is broken, holds too much, or has no sheet of a wanted name.
    """
    package = Package(name, raw)
    book = read_book(package)
    titles, notes = choose(name, book.titles, wanted)
    texts = SharedTexts(package).read(book.texts) if book.texts else []
    budget = Budget(name, len(raw))
    sheets = []
    for index, title in enumerate(titles):
        reader = _SheetReader(
            package, SparseSheet(title, index, budget), texts, book.styles, budget
        )
        sheets.append(reader.read(book.parts[title]))
    return SparseWorkbook(FORM, tuple(sheets), notes)


class _SheetReader:
    """Follows one worksheet's XML."""

    def __init__(
        self,
        package: Package,
        sheet: SparseSheet,
        texts: list[str],
        styles: Styles,
        budget: Budget,
    ) -> None:
        self._package, self._sheet, self._texts = package, sheet, texts
        self._styles, self._budget = styles, budget
        self._inside: list[str] = []
        self._namespace = ""
        self._has_rows = False
        self._row = self._column = -1
        self._row_style = "0"
        self._styled_columns: set[int] = set()
        self._rows: set[int] = set()
        self._columns: set[int] = set()
        self._attributes: dict[str, str] = {}
        self._value: str | None = None
        self._formula: str | None = None
        self._formula_attributes: dict[str, str] = {}
        self._inline: str | None = None
        self._shared: dict[str, str] = {}
        self._totals: list[tuple[Place, Place]] = []
        """The cells of array formulas that give totals."""
        self._collected = TextCollector(package)
        self._collecting = False
        self._rich = RichText(package)

    def read(self, part: str) -> SparseSheet:
        """Read the whole sheet."""
        XmlReader(self._package, self._start, self._end, self._text).parse(part)
        if not self._has_rows:
            raise self._package.broken(f"no cells in sheet '{self._sheet.name}'")
        self._budget.add(self._sheet.height, self._sheet.width)
        return self._sheet

    def _broken(self, what: str) -> Exception:
        where = f"row {self._row + 1}, " if self._row >= 0 else ""
        return self._package.broken(f"sheet '{self._sheet.name}', {where}{what}")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        depth = len(self._inside)
        if depth == 0:
            self._namespace = namespace
            if local != "worksheet" or namespace not in NAMESPACES:
                raise self._broken("no worksheet")
        elif local == "sheetData":
            if self._has_rows or depth != 1 or namespace != self._namespace:
                raise self._broken("a second table of rows")
            self._has_rows = True
        elif depth > 1 and self._inside[1] == "sheetData":
            if namespace != self._namespace and "extLst" not in self._inside:
                raise self._broken("an element of another namespace")
            self._start_inside(depth, local, attributes)
        elif depth == 2 and local == "mergeCell" and self._inside[1] == "mergeCells":
            self._merge(attributes.get("ref", ""))
        elif depth == 2 and local == "col" and self._inside[1] == "cols":
            self._note_column_style(attributes)
        elif sets_number_format(local, attributes, self._styles):
            raise conditional_format(self._package.name, self._sheet.name)
        self._inside.append(local)

    def _start_inside(self, depth: int, local: str, attributes: dict[str, str]) -> None:
        if depth == 2 and local == "row":
            self._open_row(attributes)
        elif depth == 3 and local == "c" and self._inside[2] == "row":
            self._open_cell(attributes)
        elif depth == 4 and self._inside[3] == "c" and local != "extLst":
            self._open_content(local, attributes)
        elif depth > 4 and self._inside[4] == "is":
            self._rich.start(local, attributes)
        elif "extLst" not in self._inside and local != "extLst":
            raise self._broken(f"an element '{local[:20]}' where none can be")

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "").strip(SPACE)
        if number and not (number.isascii() and number.isdigit() and len(number) < 10):
            raise self._broken("a row without a number")
        self._row = int(number) - 1 if number else self._row + 1
        self._column = -1
        self._row_style = attributes.get("s", "0")
        self._columns.clear()
        self._budget.ensure_place(self._row, 0)
        if self._row in self._rows:
            raise self._broken("it is there twice")
        self._rows.add(self._row)
        if _is_hidden(attributes):
            self._sheet.hidden.add(self._row)

    def _note_column_style(self, attributes: dict[str, str]) -> None:
        """Note which columns have a style that changes what cells show."""
        if not self._styles.shows_alike(attributes.get("style", "0")):
            first, last = int(attributes["min"]), int(attributes["max"])
            if not 0 < first <= last <= SHEET_COLUMNS or first - 1 in self._styled_columns:
                raise self._broken("columns that are there twice")
            self._styled_columns.update(range(first - 1, last))

    def _open_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r", "").strip(SPACE)
        if reference:
            found = _REFERENCE.fullmatch(reference)
            if not found or int(found[2]) - 1 != self._row:
                raise self._broken(f"a cell called '{reference[:20]}'")
            self._column = column_of(found[1])
        else:
            self._column += 1
        self._budget.ensure_place(self._row, self._column)
        if self._column in self._columns:
            raise self._broken("a cell that is there twice")
        self._columns.add(self._column)
        self._attributes = attributes
        self._value = self._formula = self._inline = None

    def _open_content(self, local: str, attributes: dict[str, str]) -> None:
        if getattr(self, _HELD.get(local, ""), "") is not None:
            raise self._broken("a cell with two values")
        if local == "f":
            self._formula_attributes = attributes
        self._collecting = local != "is"

    def _text(self, text: str) -> None:
        if self._collecting:
            self._collected.add(text)
        elif len(self._inside) > 4:
            self._rich.add(text)
        elif text.strip(SPACE) and len(self._inside) > 1 and self._inside[1] == "sheetData":
            raise self._broken("text between cells")

    def _end(self, name: str) -> None:
        local = self._inside.pop()
        depth = len(self._inside)
        if depth < 3 or self._inside[1] != "sheetData":
            return
        if depth == 3 and local == "c":
            self._close_cell()
        elif depth == 4:
            self._close_content(local)
        elif self._inside[4] == "is":
            self._rich.end(local)

    def _close_content(self, local: str) -> None:
        self._collecting = False
        if local == "v":
            self._value = self._collected.take()
        elif local == "f":
            self._formula = self._note_formula(self._collected.take())
        elif local == "is":
            self._inline = self._rich.take()

    def _note_formula(self, text: str) -> str:
        shared = self._formula_attributes.get("si")
        if self._formula_attributes.get("t") != "shared" or shared is None:
            return text
        if text:
            self._shared[shared] = text
        return self._shared.get(shared, text)

    def _close_cell(self) -> None:
        if self._value is None and self._inline is None and self._formula is None:
            return
        type_ = self._attributes.get("t", "n")
        if (self._inline is not None) != (type_ == "inlineStr") and (
            self._inline or (type_ == "inlineStr" and (self._value or "").strip(SPACE))
        ):
            raise self._broken("a cell with a value and a text")
        if self._inline is not None and (self._value or "").strip(SPACE):
            raise self._broken("a cell with a value and a text")
        cell = self._cell(type_, self._inline if self._inline is not None else self._value or "")
        if self._formula is not None:
            cell = self._with_formula(cell, type_, self._formula)
        elif cell != "" and self._is_in_total():
            cell = as_total(cell)
        self._sheet.add(self._row, self._column, cell)
        self._budget.ensure_grid(self._sheet.height, self._sheet.width)

    def _with_formula(self, cell: Cell | Mark, type_: str, formula: str) -> Cell | Mark:
        if cell == "" and type_ != "str":
            return Mark(f"={formula or '...'}", CellKind.UNSAVED)
        if not is_total(formula):
            return cell
        area = range_of(self._formula_attributes.get("ref", ""))
        if area is not None and self._formula_attributes.get("t") == "array":
            if len(self._totals) >= MOST_MATRICES:
                raise self._broken("too many array formulas")
            self._totals.append(area)
        is_error = isinstance(cell, Mark) and cell.kind is CellKind.ERROR
        return cell if is_error else as_total(cell)

    def _is_in_total(self) -> bool:
        """Whether a cell without a formula has its value from an array formula (18.3.1.40)."""
        return any(
            top <= self._row <= bottom and left <= self._column <= right
            for (top, left), (bottom, right) in self._totals
        )

    def _cell(self, type_: str, value: str) -> Cell | Mark:
        if type_ in {"str", "inlineStr"}:
            return self._styled_text(unescaped(value) if type_ == "str" else value)
        value = value.strip(SPACE)
        if value == "":
            return ""
        if type_ == "n":
            return self._number(value)
        if type_ == "s":
            return self._styled_text(self._shared_text(value))
        if type_ in {"b", "e"}:
            return boolean_or_error(type_, value)
        if type_ == "d":
            return Mark(value, CellKind.DATE)
        raise self._broken(f"a cell of the type '{type_[:20]}'")

    def _number(self, value: str) -> Cell | Mark:
        if not _NUMBER.fullmatch(value):
            return Mark(value, CellKind.ERROR)
        number = float(value)
        if self._is_styled_outside():
            return Mark(describe(number)[0], CellKind.FORMAT)
        return self._styles.cell(number, self._attributes.get("s", "0").strip(SPACE))

    def _styled_text(self, text: str) -> Cell | Mark:
        if text == "" or not self._is_styled_outside():
            return text and self._styles.text(text, self._attributes.get("s", "0").strip(SPACE))
        return Mark(text, CellKind.FORMAT)

    def _is_styled_outside(self) -> bool:
        """Whether a cell has no style, and its row or column has one that changes what it shows.

        Excel shows such a cell without a style (18.3.1.4), LibreOffice with that of its row or
        column.
        """
        if "s" in self._attributes:
            return False
        styled = self._column in self._styled_columns
        return styled or not self._styles.shows_alike(self._row_style)

    def _shared_text(self, value: str) -> str:
        index = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1
        if not 0 <= index < len(self._texts):
            raise self._broken(f"a text '{value[:20]}' that is not there")
        return self._texts[index]

    def _merge(self, reference: str) -> None:
        place = range_of(reference)
        if place is not None:
            self._sheet.merged.append(place)


def _is_hidden(row: dict[str, str]) -> bool:
    """Whether a row is hidden, or so low that nothing of it is shown."""
    return row.get("hidden") in _HIDDEN or bool(_NO_HEIGHT.fullmatch(row.get("ht", "")))


_HELD = {"v": "_value", "f": "_formula", "is": "_inline"}


def sets_number_format(local: str, attributes: dict[str, str], styles: Styles) -> bool:
    """Whether an element puts a number format on cells by a condition: 18.3.1.10, 18.8.14."""
    if local == "cfRule":
        return not styles.condition_shows_alike(attributes.get("dxfId", ""))
    code = attributes.get("formatCode", "General")
    return local == "numFmt" and (may_add(code) or not shows_texts(code))


def conditional_format(name: str, sheet: str) -> UnreadableInput:
    """Return the error that says that a condition changes what is shown of numbers."""
    return UnreadableInput(
        f"{name}, sheet '{sheet}': a conditional format changes how numbers are shown, so that "
        "nobody can tell which they are: in Excel, choose Home, Conditional Formatting, Clear "
        "Rules, and see that the numbers are still right."
    )


def boolean_or_error(type_: str, value: str) -> Cell | Mark:
    """Return what a cell of the type `b` or `e` holds."""
    if type_ == "e":
        return Mark(value, CellKind.ERROR)
    known = value in _TRUE or value in _FALSE
    return value in _TRUE if known else Mark(value, CellKind.BOOLEAN)


def as_total(cell: Cell | Mark) -> Cell | Mark:
    """Return the mark of a total; texts and dates stay what they are."""
    text, kind = describe(cell)
    if kind in {CellKind.DATE, CellKind.BOOLEAN}:
        return cell
    return Mark(text, CellKind.TOTAL)


def range_of(reference: str) -> tuple[Place, Place] | None:
    """Return a range's first and last cell; None where it is no range. `A:B` is whole columns."""
    first, colon, last = reference.partition(":")
    corners = [_CORNER.fullmatch(one) for one in (first, last or first)]
    if not colon or not all(corners):
        return None
    (left, top), (right, bottom) = (one.groups() for one in corners if one)
    if bool(left) != bool(right) or bool(top) != bool(bottom) or not (left or top):
        return None
    columns = sorted([column_of(left), column_of(right)]) if left else [0, SHEET_COLUMNS - 1]
    rows = sorted([int(top) - 1, int(bottom) - 1]) if top else [0, SHEET_ROWS - 1]
    if rows[0] < 0 or rows[1] >= SHEET_ROWS or columns[1] >= SHEET_COLUMNS:
        return None
    return (rows[0], columns[0]), (rows[1], columns[1])
