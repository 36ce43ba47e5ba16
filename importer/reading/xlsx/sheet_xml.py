"""A closer look at an .xlsx sheet than calamine gives: errors, unsaved formulas, hidden rows.

The sheet's XML is searched for tell-tale bytes in pieces of whole rows, and only the pieces that
have some are taken apart; so a plain list of 200,000 rows costs a quarter of a second.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.model import CellKind
from importer.reading.limits import GRID_CELLS, ROW_BYTES
from importer.reading.tables.cells import describe
from importer.reading.tables.number_formats import changes_digits, shown
from importer.reading.tables.sheets import Details, Mark, column_of, letters
from importer.reading.xlsx.prefetch import ahead
from importer.workbook_format import SHEET_COLUMNS, SHEET_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.reading.tables.sheets import Place
    from importer.reading.xlsx.package import Package

_FAR = re.compile(rb"""r\s*=\s*["'](?:[A-Za-z]{2}|[A-Za-z]\d{7})""")
"""A reference beyond column Z or row 999,999: 26 columns of a million rows are always in bounds.

It may find more than that, for to begin with a letter makes it twice as fast."""
_HELD = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]+)(\d+)["'](?:[^<>]*[^<>/])?>"""
)
_CONTENT = rb"((?:[^<]++|<(?!/?(?:\w+:)?(?:c|row)[\s/>]))*+)"
"""A cell's content: all up to the next cell or row, so that no hostile piece is searched twice."""
_TOKEN = re.compile(
    rb"<(?:\w+:)?(?:(row)(\s[^<>]*)?>|c(\s[^<>]*?)?(?:/>|>" + _CONTENT + rb"</(?:\w+:)?c\s*>))"
)
_ATTRIBUTE = re.compile(rb"""\s([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^<>]*)?>([^<]*+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^<>]*?)?(?:/>|>([^<]*+)</)")
_TELLING = (b'="e"', b"='e'", b"hidden", b"<f", b":f>", b":f ")
_SUMS = re.compile(
    rb"(?:_xlfn\.)?(?:SUM|SUBTOTAL|AGGREGATE|COUNT|COUNTA|COUNTIF|COUNTIFS|SUMIF|SUMIFS|SUMPRODUCT"
    rb"|AVERAGE|ROWS)\(",
    re.IGNORECASE,
)
_HIDDEN = re.compile(rb'<row r="(\d{1,7})"[^<>]*\shidden="(?:1|true)"')
_TRUE = (b"1", b"true")
_NUMBER_FORMATS = frozenset(map(str, (0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 37, 38, 39, 40, 48, 49)))
"""The built-in formats of numbers and texts: ECMA-376 part 1, 18.8.30."""
_CUSTOM = 164
"""The id of the first format that a workbook may define for itself."""
_NO_DATE = re.compile(r'(?:General|[0#?.,@%+\-() ;_*\\"/]*)')


class _NoReferenceError(Exception):
    """A cell or row doesn't say where it is, so that those before it must be counted."""


@dataclass(slots=True)
class _Found:
    marks: dict[Place, Mark] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)


def survey(package: Package, part: str, formats: Mapping[bytes, str]) -> bool:
    """Make sure before a sheet is read that its cells, empty ones included, fit into memory.

    Returns:
        Whether the sheet has anything that `look` could find.

    Raises:
        UnreadableInput: the sheet is broken, or spans more than can be read.
    """
    rows = columns = 1
    telling = _telling(formats)
    tells = False
    for block in row_blocks(package, part):
        tells = tells or any(sign in block for sign in telling)
        if not _FAR.search(block):
            continue
        held = _HELD.findall(block)
        rows = max([rows, *(_number(row) for row in {row for _, row in held})])
        columns = max([columns, *(_width(name) for name in {name for name, _ in held})])
    if rows > SHEET_ROWS or columns > SHEET_COLUMNS or max(columns, 26) * rows > GRID_CELLS:
        raise UnreadableInput(
            f"{package.name} has a sheet that spans {rows:,} rows and {columns:,} columns, more "
            "than can be read: delete the stray cells at its far end, or copy the list into a new "
            "workbook."
        )
    return tells


def _telling(formats: Mapping[bytes, str]) -> tuple[bytes, ...]:
    """Return the bytes without which a piece of a sheet holds nothing to look at."""
    # Cells without a style have the first one.
    anything = (b"<",) if b"0" in formats else ()
    return (*_TELLING, *(b's="' + style + b'"' for style in formats), *anything)


def _number(digits: bytes) -> int:
    return int(digits) if len(digits) < 12 else SHEET_ROWS + 1


def _width(name: bytes) -> int:
    return column_of(name.decode()) + 1 if len(name) < 4 else SHEET_COLUMNS + 1


def row_blocks(package: Package, part: str) -> Iterator[bytes]:
    """Give a sheet's XML in pieces that are never cut inside a row."""
    held: list[bytes] = []
    size = searched = 0
    for chunk in ahead(package.chunks(part)):
        held.append(chunk)
        size += len(chunk)
        if size < min(2 * searched, ROW_BYTES):
            continue  # A row that goes on and on isn't searched anew with each piece.
        rest = b"".join(held)
        cut = max(rest.rfind(b"<row"), rest.rfind(b"<", 0, max(rest.rfind(b":row "), 0)))
        if cut > 0:
            yield rest[:cut]
            held, size, searched = [rest[cut:]], size - cut, 0
        elif size > ROW_BYTES:
            raise UnreadableInput(
                f"{package.name} has a row of more than {ROW_BYTES // 1024**2} MB, more than Excel "
                "allows: remove it."
            )
        else:
            held, searched = [rest], size
    yield b"".join(held)


def look(
    package: Package, part: str, formats: Mapping[bytes, str], columns: frozenset[int]
) -> Details:
    """Return what some columns of a sheet show beyond their raw values, and the hidden rows.

    `formats` holds the number formats that change what is shown, by the index of the style.
    """
    try:
        found = _walk(package, part, formats, columns, skipping=True)
    except _NoReferenceError:
        found = _walk(package, part, formats, columns, skipping=False)
    return Details(found.marks, frozenset(found.hidden))


def _walk(
    package: Package,
    part: str,
    formats: Mapping[bytes, str],
    columns: frozenset[int],
    *,
    skipping: bool,
) -> _Found:
    telling = _telling(formats)
    wanted = _usual_cells(columns)
    found = _Found()
    row, column = -1, -1
    for block in row_blocks(package, part):
        if skipping and not any(sign in block for sign in telling):
            continue
        if skipping and _is_usual(block):
            _search(found, block, wanted, formats)
            continue
        for is_row, row_text, cell_text, content in _TOKEN.findall(block):
            if is_row:
                row, column = _open_row(found, row_text, row, skipping), -1
                continue
            row, column = _place(cell_text, row, column, skipping)
            if column in columns and content:
                _examine(found, (row, column), cell_text, content, formats)
    return found


def _is_usual(block: bytes) -> bool:
    """Whether every row and cell of a piece begins with its reference, as Excel writes them."""
    return (
        block.count(b"<c ") == block.count(b'<c r="')
        and block.count(b"<row ") == block.count(b'<row r="')
        and not any(other in block for other in (b"<c>", b"<row>", b":c ", b":c>", b":row", b"='"))
    )


def _usual_cells(columns: frozenset[int]) -> re.Pattern[bytes]:
    """Match the cells of some columns alone: five times as fast as to go through all cells."""
    names = "|".join(letters(at) for at in sorted(columns)).encode()
    return re.compile(rb'<c r="(' + names + rb')(\d{1,7})"([^<>]*?)(?:/>|>' + _CONTENT + rb"</c>)")


def _search(
    found: _Found, block: bytes, wanted: re.Pattern[bytes], formats: Mapping[bytes, str]
) -> None:
    found.hidden.update(int(row) - 1 for row in _HIDDEN.findall(block))
    for name, row, text, content in wanted.findall(block):
        if content and (formats or b"<f" in content or b't="e"' in text):
            _examine(found, (int(row) - 1, _column(name)), text, content, formats)


@lru_cache(maxsize=1000)
def _column(name: bytes) -> int:
    return column_of(name.decode())


def _open_row(found: _Found, text: bytes, previous: int, skipping: bool) -> int:
    attributes = _attributes(text)
    number = attributes.get(b"r", b"")
    if not number and skipping:
        raise _NoReferenceError
    row = int(number) - 1 if number.isdigit() and len(number) < 8 else previous + 1
    if attributes.get(b"hidden") in _TRUE:
        found.hidden.add(row)
    return row


def _place(text: bytes, row: int, column: int, skipping: bool) -> Place:
    reference = _REFERENCE.search(text)
    if reference:
        return int(reference[2]) - 1, column_of(reference[1].decode())
    if skipping:
        raise _NoReferenceError
    return row, column + 1


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(text)}


def _examine(
    found: _Found, place: Place, text: bytes, content: bytes, formats: Mapping[bytes, str]
) -> None:
    attributes = _attributes(text)
    type_ = attributes.get(b"t", b"n")
    held = _VALUE.search(content)
    value = held[1].strip() if held else b""
    formula = _FORMULA.search(content) if b"f" in content else None
    style = attributes.get(b"s", b"0")
    if type_ == b"e":
        found.marks[place] = Mark(_text(value) or "#ERROR!", CellKind.ERROR)
    elif formula and not value and type_ != b"str":
        found.marks[place] = Mark(f"={_text(formula[1] or b'...')}", CellKind.UNSAVED)
    elif formula and _SUMS.match(formula[1] or b""):
        found.marks[place] = Mark(_as_number(_text(value)), CellKind.TOTAL)
    elif type_ == b"n" and style in formats:
        _note_format(found, place, _text(value), formats[style])


def _note_format(found: _Found, place: Place, value: str, code: str) -> None:
    number = _float(value)
    if number is None:
        return
    if value.isdigit() and len(value) <= 15:
        found.marks[place] = Mark(shown(int(value), code), CellKind.NUMBER)
        return
    text, kind = describe(number)
    if kind in {CellKind.NUMBER, CellKind.IMPRECISE}:
        found.marks[place] = Mark(shown(int(text), code), kind)


def _as_number(value: str) -> str:
    number = _float(value)
    return value if number is None else describe(number)[0]


def _float(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _text(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", errors="replace")).strip()


def used_formats(package: Package, styles: str | None) -> list[tuple[str, str]]:
    """Return the id of each style's number format, and its code where the workbook defines it."""
    if styles is None:
        return []
    codes: dict[str, str] = {}
    used: list[tuple[str, str]] = []
    inside = ""
    for element, attributes in package.elements(styles):
        if element == "numFmt" and inside != "dxfs":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif element == "xf" and inside == "cellXfs":
            id_ = attributes.get("numFmtId", "")
            used.append((id_, codes.get(id_, "")))
        elif element in {"numFmts", "cellXfs", "cellStyleXfs", "dxfs", "cellStyles"}:
            inside = element
    return used


def telling_formats(used: Sequence[tuple[str, str]]) -> dict[bytes, str]:
    """Return the number formats that change what whole numbers show, by the index of the style."""
    return {b"%d" % at: code for at, (_, code) in enumerate(used) if code and changes_digits(code)}


def number_styles(used: Sequence[tuple[str, str]]) -> frozenset[bytes]:
    """Return the styles of which it is certain that they make no date of a number."""
    return frozenset(b"%d" % at for at, (id_, code) in enumerate(used) if _is_number(id_, code))


def _is_number(id_: str, code: str) -> bool:
    if not code:
        return id_ in _NUMBER_FORMATS
    builtin = id_.isdecimal() and int(id_) < _CUSTOM
    return bool(_NO_DATE.fullmatch(code)) and (not builtin or id_ in _NUMBER_FORMATS)
