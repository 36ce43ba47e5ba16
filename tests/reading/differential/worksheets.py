"""Worksheets in the dialects of .xlsx: ECMA-376 part 1, 18.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.reading.tables.sheets import letters
from tests.reading.differential.cells import make_cell

if TYPE_CHECKING:
    from tests.reading.differential.book import Book


@dataclass(slots=True)
class SheetPart:
    """What is written of one sheet."""

    title: str
    xml: str
    hidden_rows: set[int]


def make_sheet(book: Book, title: str) -> SheetPart:
    chance = book.chance
    counted = chance.odd(0.2)
    """Whether places are left out, so that they are counted."""
    hidden: set[int] = set()
    rows: list[str] = []
    row = -1
    width = chance.one((1, 2, 3, 5))
    for _ in range(chance.one((2, 4, 7))):
        row += 1 if counted or chance.random.random() < 0.9 else 3
        rows.append(_row(book, row, width, hidden, counted))
    space = chance.one(("\n", "\n  ")) if chance.odd(0.4) else ""
    data, sheet = book.tag("sheetData"), book.tag("worksheet")
    xml = f"{_before(book)}<{data}>{space}{space.join(rows)}{space}</{data}>{_after(book, row)}"
    # Newer versions of Excel write attributes of their own, which readers pass over.
    spaces = ' xmlns:z="urn:z"' if 'z:dyDescent="' in xml else ""
    return SheetPart(title, f"{book.open('worksheet', spaces)}{xml}</{sheet}>", hidden)


def _before(book: Book) -> str:
    chance = book.chance
    dimension = chance.one(("A1", "A1:B2", "1:4", "A:B", "", "A1:XFD1048576"))
    given = f'<{book.tag("dimension")} ref="{dimension}"/>' if chance.odd() else ""
    cols, col = book.tag("cols"), book.tag("col")
    style = f' style="{chance.below(len(book.formats))}"' if chance.odd() else ""
    hidden = f'<{cols}><{col} min="1" max="1" width="9" hidden="1"{style}/></{cols}>'
    before = f"<{book.tag('sheetPr')}/>{given}" if chance.odd(0.3) else given
    if chance.odd(0.3):
        views, view = book.tag("sheetViews"), book.tag("sheetView")
        before += f'<{views}><{view} workbookViewId="0" showZeros="1"/></{views}>'
    if chance.odd(0.3):
        before += f'<{book.tag("sheetFormatPr")} defaultRowHeight="15"/>'
    return before + (hidden if chance.odd(0.4) else "")


def _after(book: Book, last: int) -> str:
    after = _merges(book, last) + (_condition(book, last) if book.chance.odd(0.2) else "")
    if book.chance.odd(0.2):
        sides = "".join(f' {one}="1"' for one in ("left", "right", "top", "bottom"))
        after += f'<{book.tag("pageMargins")}{sides} header="0" footer="0"/>'
    return after


def _condition(book: Book, last: int) -> str:
    """Return a condition that all cells meet; the second style it may put on them adds a plus."""
    around, rule, formula = map(book.tag, ("conditionalFormatting", "cfRule", "formula"))
    inside = f"<{formula}>TRUE</{formula}>"
    style = book.chance.one((0, 0, 0, 1))
    return (
        f'<{around} sqref="A1:C{last + 1}"><{rule} type="expression" dxfId="{style}" priority="1">'
        f"{inside}</{rule}></{around}>"
    )


def _merges(book: Book, last: int) -> str:
    chance = book.chance
    if chance.random.random() >= 0.15 and not chance.odd():
        return ""
    top, left = chance.below(last + 1), chance.below(3)
    bottom, right = top + chance.below(3), left + chance.below(3)
    area = f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}"
    merges, merge = book.tag("mergeCells"), book.tag("mergeCell")
    if (top, left) == (bottom, right):
        return ""
    return f'<{merges} count="1"><{merge} ref="{area}"/></{merges}>'


def _row(book: Book, row: int, width: int, hidden: set[int], counted: bool) -> str:
    chance = book.chance
    name = book.tag("row")
    attributes = "" if counted else f' r="{row + 1}"'
    if chance.random.random() < 0.1:
        hidden.add(row)
        attributes += f' hidden="{chance.one(("1", "true"))}"'
    if chance.odd():
        attributes += chance.one(
            (
                ' spans="1:9"',
                ' ht="15" customHeight="1"',
                ' s="1" customFormat="1"',
                ' outlineLevel="1" collapsed="0"',
                ' z:dyDescent="0.25"',
            )
        )
    cells = [
        make_cell(book, row, column, counted)
        for column in range(width)
        if counted or chance.random.random() < 0.85
    ]
    if not cells and chance.odd():
        return f"<{name}{attributes}/>"
    space = "\n" if chance.odd(0.2) else ""
    return f"<{name}{attributes}>{space}{space.join(cells)}{space}</{name}>"
