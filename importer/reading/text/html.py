"""Web pages that are saved under a workbook's name, as many programs export their 'Excel'."""

from __future__ import annotations

import codecs
import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from importer.errors import UnreadableInput
from importer.excel_limits import SHEET_COLUMNS, SHEET_ROWS
from importer.model import CellKind
from importer.reading.budget import Budget
from importer.reading.layout.words import knows_foreign_word
from importer.reading.limits import GRID_CELLS, PAGE_BYTES
from importer.reading.tables.cells import describe
from importer.reading.tables.looks import with_look
from importer.reading.tables.number_formats import cell_of, may_add
from importer.reading.tables.sheets import Advance, Mark, Sheet, Workbook
from importer.reading.tables.sparse import SCHEMA, SparseSheet, dense_sheet, sparse_sheet
from importer.reading.text.encodings import decode, is_encoding
from importer.reading.text.html_looks import Look, Looks, style_sheets
from importer.reading.text.open_elements import OpenElements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.reading.tables.sheets import Cell, Place

_SILENT = frozenset(
    """
    script style head title xml template noscript select datalist textarea button object iframe svg
    math canvas audio video dialog progress meter rt rp
    """.split()
)
"""Elements whose text is no part of a cell's, until their end or the next part of the table."""
_BLOCKS = frozenset(
    """
    address article aside blockquote br dd details div dl dt fieldset figure footer form h1 h2 h3 h4
    h5 h6 header hr li main nav ol p pre section summary ul
    """.split()
)
"""Elements that stand on lines of their own: HTML Living Standard, 15.3.3."""
_EMPTY = frozenset(["br", "hr", "img", "input", "col", "wbr", "meta", "link", "area", "embed"])
"""Elements that have no end."""
_STRUCK = frozenset(["s", "strike", "del"])
_RAISED = {"sup": "superscript", "sub": "subscript"}
_LONGEST_TAG = 4096
_REFERENCE = re.compile(r"&#[xX]?[0-9A-Fa-f]{9,}+;?")
"""A character reference longer than any; `html.unescape` can't read those of 4,300 digits."""
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252"}
"""Browsers and Excel read these as their larger relatives: WHATWG Encoding, 4.2."""


_CODECS = frozenset(
    codecs.lookup(name).name
    for name in """
    ascii utf-8 utf-16 utf-16-le utf-16-be gb18030 big5 big5hkscs shift_jis cp932 euc_jp iso2022_jp
    euc_kr cp949 johab cp866 cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10
    iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic
    tis-620
    """.split()
)
"""What a page may say that it is in: WHATWG Encoding, 4.2. Python has codecs beside these that are
no encodings of the web, such as punycode, which takes the square of a text's length."""


def read_webpage(
    name: str, stem: str, raw: bytes, encoding: str | None, progress: Advance
) -> Workbook:
    """Read the one table of a web page as a sheet called `stem`.

    `encoding` is the one that the operator names, None where the page's own is right. Excel begins
    the table in row 1 only where nothing stands before it, so that other pages are
    refused: their rows could not be named.

    Raises:
        UnreadableInput: the page has no table, several, or text before it.
    """
    if len(raw) > PAGE_BYTES:
        raise UnreadableInput(
            f"{name} is a web page of more than {PAGE_BYTES // 1024**2} MB: {_SAVE}."
        )
    decoded = decode(name, raw, encoding or _declared(name, raw), knows_foreign_word)
    page = _Page(name)
    page.feed(decoded.text)
    if page.tables != 1:
        what = "no table" if page.tables == 0 else "several tables"
        raise UnreadableInput(f"{name} is a web page with {what}: {_SAVE}.")
    progress(len(page.lines))
    sheet = Sheet(stem, page.lines, tuple(page.merged), frozenset(page.hidden))
    if page.formatted:
        sheet = _with_marks(name, len(raw), sheet, page.formatted)
    notes = (f"{name} is a web page inside; its table was read as it stands.",)
    return Workbook(f"web page, {decoded.name}", (sheet,), notes)


def _with_marks(name: str, size: int, sheet: Sheet, formatted: Mapping[Place, str]) -> Sheet:
    """Mark the cells of which Excel shows another number than the page says."""
    sparse = sparse_sheet(sheet, Budget(name, size))
    sparse.pack()
    cells = pa.Table.from_batches(sparse.batches, SCHEMA)
    places = zip(cells["row"].to_pylist(), cells["column"].to_pylist(), strict=True)
    kept = [place not in formatted for place in places]
    marked = SparseSheet(sheet.name, 0, sparse.budget)
    for (row, column), text in formatted.items():
        marked.add(row, column, Mark(text, CellKind.FORMAT))
    marked.pack()
    cells = pa.concat_tables([cells.filter(pa.array(kept)), pa.Table.from_batches(marked.batches)])
    return dense_sheet(sheet.name, cells, sheet.merged, sorted(sheet.hidden))


def _changes_number(text: str, code: str) -> bool:
    """Whether Excel shows other digits of a cell's number, or a plus before them."""
    digits = text.replace(",", "")
    if not code or not may_add(code) or not _DIGITS.fullmatch(digits):
        return False
    return describe(cell_of(float(digits), code))[0] not in {text, digits, digits.removeprefix("+")}


_DIGITS = re.compile(r"\+?\d{1,15}", re.ASCII)
_REORDER = "\u202e"
"""What shows the digits behind it back to front, so that nobody can tell which number is meant."""
_SAVE = "open it in Excel and save it as .xlsx"


def _declared(name: str, raw: bytes) -> str | None:
    """Return the charset that the page names.

    Raises:
        UnreadableInput: it names one that nobody knows.
    """
    head = raw[:4096].lower().partition(b"<table")[0]
    at = head.find(b"charset=")
    if at < 0 or raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return None
    word = head[at + 8 : at + 48].lstrip(b"\"' ")
    found = re.match(rb"[a-z0-9_.:\-]{1,40}", word)
    charset = found[0].decode() if found else ""
    if not charset:
        return None
    charset = _ALIASES.get(charset, charset)
    if not is_encoding(charset) or codecs.lookup(charset).name not in _CODECS:
        raise UnreadableInput(
            f"{name} says that it is in '{charset}', which is no known encoding: name the right "
            "one by --encoding."
        )
    return charset


_TAG = re.compile(r"(<[^<>]*>)")
_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_SPANS = {
    name: re.compile(name + r"""\s{0,9}=\s{0,9}["']?\s{0,9}(\d{1,5})""", re.IGNORECASE)
    for name in ("rowspan", "colspan")
}


class _Page:
    """Collects the cells of a page's only table.

    The standard library's parser is not used: text that is full of opened tags and closes none
    takes it the square of its length (CPython issue 135462); this goes through any text once.
    """

    def __init__(self, name: str) -> None:
        self.lines: list[list[Cell]] = []
        self.merged: list[tuple[Place, Place]] = []
        self.hidden: set[int] = set()
        self.formatted: dict[Place, str] = {}
        """Cells of which Excel shows another number than their text."""
        self.tables = 0
        self._name = name
        self._depth = 0
        self._width = 0
        self._looks = Looks()
        self._silent = OpenElements()
        """Those whose text does not count."""
        self._styled = OpenElements()
        """Those of a cell, from the outermost with a look of its own in."""
        self._hidden_group = False
        self._is_row_struck = False
        self._row_code = self._code = ""
        """The number formats of the row and of the cell."""
        self._text: list[str] | None = None
        self._spans = (1, 1)
        self._covered: dict[int, int] = {}
        """Columns that a cell of an earlier row reaches into, and for how many rows more."""

    def feed(self, text: str) -> None:
        """Take the whole page."""
        for sheet in style_sheets(text):
            self._looks.add(sheet)
        first, *others = text.split("<!--")
        text = first + "".join(other.partition("-->")[2] for other in others)
        for piece in _TAG.split(text):
            tag = _NAME.match(piece) if piece.endswith(">") else None
            if tag is None:
                if not piece.startswith("<!") and not piece.startswith("<?"):
                    self._take_text(html.unescape(_REFERENCE.sub("\ufffd", piece)))
            elif tag[1]:
                self._close(tag[2].lower())
            else:
                self._open(tag[2].lower(), piece)
        self._close_cell()

    def _open(self, tag: str, piece: str) -> None:
        piece = piece[:_LONGEST_TAG]
        if tag in _TABLE_PARTS:
            self._open_part(tag, piece)
        elif tag in _SILENT:
            if not piece.endswith("/>"):
                self._silent.open(tag, Look())
        elif self._text is not None:
            self._open_in_cell(tag, self._looks.of(piece))

    def _open_in_cell(self, tag: str, look: Look) -> None:
        if tag in _RAISED:
            look = replace(look, raised=_RAISED[tag])
        if tag in _STRUCK:
            look = replace(look, struck=True)
        if tag in _BLOCKS or look.parted:
            self._add("\n")
        if tag == "bdo" or look.reordered:
            self._add(_REORDER)
        if tag not in _EMPTY and (self._styled or look != Look()):
            self._styled.open(tag, look)

    def _open_part(self, tag: str, piece: str) -> None:
        """Open a part of the table, which ends whatever a cell before it left open."""
        self._silent.clear()
        look = self._looks.of(piece)
        if tag == "table":
            self._open_table()
        elif tag in _GROUPS:
            self._close_cell()
            self._covered.clear()
            self._hidden_group = look.hidden
        elif tag == "tr" and self._depth:
            self._open_row()
            self._row_code, self._is_row_struck = look.code, look.struck
            if look.hidden or self._hidden_group:
                self.hidden.add(len(self.lines) - 1)
        elif self._depth:
            self._close_cell()
            self._spans = (_span(piece, "rowspan"), _span(piece, "colspan"))
            self._text = []
            self._code = look.code or self._row_code
            self._styled.clear()
            if look.reordered:
                self._add(_REORDER)
            if look.hidden or look.struck or self._is_row_struck:
                struck = look.struck or self._is_row_struck
                self._styled.open(tag, Look(look.hidden, struck=struck))

    def _close(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent.close(tag)
        elif tag in _TABLE_PARTS:
            self._close_part(tag)
        elif self._text is not None and (self._styled.close(tag) or tag in _BLOCKS):
            self._add("\n")

    def _close_part(self, tag: str) -> None:
        self._silent.clear()
        self._close_cell()
        if tag in _GROUPS:
            self._covered.clear()
            self._hidden_group = False
        elif tag == "table":
            self._depth = 0

    def _take_text(self, data: str) -> None:
        if self._silent:
            return
        if self._text is not None:
            self._add(with_look(data, self._styled.look))
        elif data.strip() and not self._depth and not self.tables:
            raise UnreadableInput(f"{self._name} is a web page with text above its table: {_SAVE}.")

    def _add(self, text: str) -> None:
        """Add to the cell's text, unless nothing is shown of it."""
        if self._text is not None and not self._styled.hidden:
            self._text.append(text)

    def _open_table(self) -> None:
        self.tables += 1
        if self._depth:
            raise UnreadableInput(f"{self._name} is a web page with a table in a table: {_SAVE}.")
        self._depth = 1

    def _open_row(self) -> None:
        self._close_cell()
        if len(self.lines) >= SHEET_ROWS:
            raise UnreadableInput(f"{self._name} has more rows than a sheet of Excel: split it.")
        self.lines.append([])
        self._fill_covered()

    def _fill_covered(self) -> None:
        line = self.lines[-1]
        while (left := self._covered.get(len(line), 0)) > 0:
            self._covered[len(line)] = left - 1
            line.append("")
        self._ensure_grid(len(line))

    def _ensure_grid(self, columns: int) -> None:
        self._width = max(self._width, columns)
        if self._width > SHEET_COLUMNS:
            raise UnreadableInput(f"{self._name} has more columns than a sheet of Excel: {_SAVE}.")
        if len(self.lines) * self._width > GRID_CELLS:
            raise UnreadableInput(
                f"{self._name} has more than {GRID_CELLS:,} cells, cells that reach over several "
                "rows or columns among them: copy the list alone into a new workbook."
            )

    def _close_cell(self) -> None:
        if self._text is None:
            return
        if not self.lines:
            self.lines.append([])
        line = self.lines[-1]
        lines = (" ".join(part.split()) for part in "".join(self._text).split("\n"))
        text = "\n".join(line for line in lines if line)
        self._styled.clear()
        rows, columns = self._spans
        self._ensure_grid(len(line) + columns)
        if rows * columns > 1:
            top, left = len(self.lines) - 1, len(line)
            self.merged.append(((top, left), (top + rows - 1, left + columns - 1)))
        if _changes_number(text.strip(), self._code):
            self.formatted[len(self.lines) - 1, len(line)] = text.strip()
        for value in [text.strip(), *[""] * (columns - 1)]:
            if rows > 1:
                self._covered[len(line)] = rows - 1
            line.append(value)
        self._text = None
        self._fill_covered()


_GROUPS = frozenset(["thead", "tbody", "tfoot"])
"""Parts of a table that no cell reaches out of: HTML Living Standard, 4.9.12.1."""
_TABLE_PARTS = frozenset(["table", "tr", "td", "th", *_GROUPS])


def _span(piece: str, name: str) -> int:
    """Return how far a cell reaches; a `rowspan` of 0 is all the rest of its rows."""
    found = _SPANS[name].search(piece)
    span = int(found[1]) if found else 1
    return span or (SHEET_ROWS if name == "rowspan" else 1)
