"""Web pages that are saved under a workbook's name, as many programs export their 'Excel'."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.excel_limits import SHEET_COLUMNS, SHEET_ROWS
from importer.reading.layout.words import knows_foreign_word
from importer.reading.limits import GRID_CELLS, PAGE_BYTES
from importer.reading.tables.looks import with_look
from importer.reading.tables.sheets import Advance, Sheet, Workbook
from importer.reading.text.encodings import decode, is_encoding

if TYPE_CHECKING:
    from importer.reading.options import ReadOptions
    from importer.reading.tables.sheets import Cell, Place

_SILENT = frozenset(["script", "style", "head", "title", "xml", "template", "noscript"])
_BLOCKS = frozenset(
    """
    address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6
    header hr li main nav ol p pre section ul
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Elements that stand on lines of their own: HTML Living Standard, 15.3.3."""
_EMPTY = frozenset(["br", "hr", "img", "input", "col", "wbr", "meta", "link"])
"""Elements that have no end."""
_HIDDEN = re.compile(r"display:none|visibility:hidden|mso-hide:all")
_HIDDEN_ATTRIBUTE = re.compile(r"""[\s"']hidden(?=[\s=/>])""", re.IGNORECASE)
_RAISED = {"sup": "superscript", "sub": "subscript"}
_LONGEST_TAG = 4096
_REFERENCE = re.compile(r"&#[xX]?[0-9A-Fa-f]{9,}+;?")
"""A character reference longer than any; `html.unescape` can't read those of 4,300 digits."""
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252"}
"""Browsers and Excel read these as their larger relatives: WHATWG Encoding, 4.2."""


def read_webpage(
    name: str, stem: str, raw: bytes, options: ReadOptions, progress: Advance
) -> Workbook:
    """Read the one table of a web page as a sheet called `stem`.

    Excel begins the table in row 1 only where nothing stands before it, so that other pages are
    refused: their rows could not be named.

    Raises:
        UnreadableInput: the page has no table, several, or text before it.
    """
    if len(raw) > PAGE_BYTES:
        raise UnreadableInput(
            f"{name} is a web page of more than {PAGE_BYTES // 1024**2} MB: {_SAVE}."
        )
    decoded = decode(name, raw, options.encoding or _declared(name, raw), knows_foreign_word)
    page = _Page(name)
    page.feed(decoded.text)
    if page.tables != 1:
        what = "no table" if page.tables == 0 else "several tables"
        raise UnreadableInput(f"{name} is a web page with {what}: {_SAVE}.")
    progress(len(page.lines))
    sheet = Sheet(stem, page.lines, tuple(page.merged))
    notes = (f"{name} is a web page inside; its table was read as it stands.",)
    return Workbook(f"web page, {decoded.name}", (sheet,), notes)


_SAVE = "open it in Excel and save it as .xlsx"


def _declared(name: str, raw: bytes) -> str | None:
    """Return the charset that the page names.

    Raises:
        UnreadableInput: it names one that nobody knows.
    """
    head = raw[:4096].lower()
    at = head.find(b"charset=")
    if at < 0 or raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return None
    word = head[at + 8 : at + 48].lstrip(b"\"' ")
    found = re.match(rb"[a-z0-9_.:\-]{1,40}", word)
    charset = found[0].decode() if found else ""
    if not charset:
        return None
    charset = _ALIASES.get(charset, charset)
    if not is_encoding(charset):
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
        self.tables = 0
        self._name = name
        self._depth = 0
        self._silent = 0
        self._unshown: list[str] = []
        """The open elements from the outermost hidden one in."""
        self._looks: list[str] = []
        self._text: list[str] | None = None
        self._spans = (1, 1)
        self._covered: dict[int, int] = {}
        """Columns that a cell of an earlier row reaches into, and for how many rows more."""

    def feed(self, text: str) -> None:
        """Take the whole page."""
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
        if tag in _TABLE_PARTS and self._unshown and tag != "table":
            self._unshown = []
        if self._unshown or (self._text is not None and _is_hidden(piece)):
            if tag not in _EMPTY:
                self._unshown.append(tag)
        elif tag in _SILENT:
            self._silent += 1
        elif tag in _TABLE_PARTS:
            self._open_part(tag, piece)
        elif tag in _RAISED:
            self._looks.append(_RAISED[tag])
        elif tag in _BLOCKS and self._text is not None:
            self._text.append("\n")

    def _open_part(self, tag: str, piece: str) -> None:
        if tag == "table":
            self._open_table()
        elif tag == "tr" and self._depth:
            self._open_row()
        elif self._depth:
            self._close_cell()
            self._spans = (_span(piece, "rowspan"), _span(piece, "colspan"))
            self._text = []
            if _is_hidden(piece):
                self._unshown = [tag]

    def _close(self, tag: str) -> None:
        if self._unshown:
            if tag in self._unshown:
                del self._unshown[len(self._unshown) - 1 - self._unshown[::-1].index(tag) :]
            if tag not in _TABLE_PARTS:
                return
            self._unshown = []
        if tag in _RAISED and self._looks:
            self._looks.pop()
        elif tag in _BLOCKS and self._text is not None:
            self._text.append("\n")
        elif tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in {"td", "th", "tr"}:
            self._close_cell()
        elif tag == "table":
            self._close_cell()
            self._depth = 0

    def _take_text(self, data: str) -> None:
        if self._unshown or self._silent:
            return
        if self._text is not None:
            self._text.append(with_look(data, self._looks[-1]) if self._looks else data)
        elif data.strip() and not self._depth and not self.tables:
            raise UnreadableInput(f"{self._name} is a web page with text above its table: {_SAVE}.")

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

    def _close_cell(self) -> None:
        if self._text is None:
            return
        if not self.lines:
            self.lines.append([])
        line = self.lines[-1]
        lines = (" ".join(part.split()) for part in "".join(self._text).split("\n"))
        text = "\n".join(line for line in lines if line)
        self._looks.clear()
        rows, columns = self._spans
        if len(line) + columns > SHEET_COLUMNS or len(self.lines) * len(line) > GRID_CELLS:
            raise UnreadableInput(f"{self._name} has more columns than a sheet of Excel: {_SAVE}.")
        if rows * columns > 1:
            top, left = len(self.lines) - 1, len(line)
            self.merged.append(((top, left), (top + rows - 1, left + columns - 1)))
        for value in [text.strip(), *[""] * (columns - 1)]:
            if rows > 1:
                self._covered[len(line)] = rows - 1
            line.append(value)
        self._text = None
        self._fill_covered()


_TABLE_PARTS = frozenset(["table", "tr", "td", "th"])


def _is_hidden(piece: str) -> bool:
    """Whether a tag says that what it holds is not shown."""
    without_space = "".join(piece.split()).lower()
    return bool(_HIDDEN.search(without_space)) or bool(_HIDDEN_ATTRIBUTE.search(piece))


def _span(piece: str, name: str) -> int:
    found = _SPANS[name].search(piece)
    return max(1, int(found[1])) if found else 1
