"""What the readers of this product make of a file, and whether that is what LibreOffice shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.model import CellKind
from importer.reading.bounded.worker import read_carefully
from importer.reading.budget import Budget
from importer.reading.tables.cells import describe
from importer.reading.tables.columnar import ColumnarLines
from importer.reading.tables.sparse import dense_sheet
from importer.reading.xlsx.book import read_book
from importer.reading.xlsx.fast.cells import WorkbookParts
from importer.reading.xlsx.fast.sheet import read_plain
from importer.reading.xlsx.fast.texts import SharedTexts
from importer.reading.xlsx.package import Package
from importer.reading.xlsx.texts import unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.forms import Form
    from importer.reading.tables.sheets import Place, Sheet
    from tests.reading.differential.office import Grid

    Described = dict[tuple[int, int], tuple[str, CellKind]]

_CERTAIN = frozenset([CellKind.TEXT, CellKind.NUMBER])
"""The kinds of cells of which a number may be believed; all others are rejected with a reason."""
_LOOKS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾₀₁₂₃₄₅₆₇₈₉₊₋₍₎", "0123456789+-()" * 2)


def fast_sheets(name: str, raw: bytes) -> dict[str, Sheet]:
    """Return the sheets that are plain."""
    package = Package(name, raw)
    book = read_book(package)
    budget = Budget(name, package.file_bytes)
    parts = WorkbookParts(SharedTexts(package, book.texts, budget), book.styles, budget)
    if not parts.texts.are_plain:
        return {}
    read = {title: read_plain(package, part, title, parts) for title, part in book.parts.items()}
    return {title: sheet for title, sheet in read.items() if sheet is not None}


def careful_sheets(name: str, raw: bytes, form: Form, wanted: list[str]) -> dict[str, Sheet]:
    """Return the wanted sheets, as the careful reader has them.

    Raises:
        UnreadableInput: it refuses the file.
    """
    import pyarrow as pa

    from importer.reading.tables.sparse import SCHEMA

    sheets = {}
    for sheet in read_carefully(name, raw, form, wanted).sheets:
        sheet.pack()
        cells = pa.Table.from_batches(sheet.batches, SCHEMA)
        sheets[sheet.name] = dense_sheet(sheet.name, cells, sheet.merged, sorted(sheet.hidden))
    return sheets


def described(sheet: Sheet) -> Described:
    """Return the text and the kind of each cell that holds something, by row and column."""
    assert isinstance(sheet.lines, ColumnarLines)
    return {
        (row, at): describe(cell)
        for at, column in enumerate(sheet.lines.columns)
        for row, cell in enumerate(column.marked_cells())
        if cell != ""
    }


def differences(sheet: Sheet, shown: Grid) -> Iterator[str]:
    """Say what LibreOffice shows otherwise than a sheet was read."""
    ours = {place: cell for place, cell in described(sheet).items() if cell[0].strip()}
    theirs = {
        (row, at): text
        for row, line in enumerate(shown)
        for at, text in enumerate(line)
        if text.strip()
    }
    for place in sorted(ours.keys() | theirs.keys()):
        if _is_covered(place, sheet):
            continue  # LibreOffice writes what a merged cell hides; nothing shows it.
        text, kind = ours.get(place, ("", CellKind.TEXT))
        other = theirs.get(place, "")
        if kind in _CERTAIN and not _same(text, kind, other):
            yield f"{place}: {kind.value} {text!r}, shown as {other!r}"


def _is_covered(place: Place, sheet: Sheet) -> bool:
    row, column = place
    return any(
        top <= row <= bottom and left <= column <= right and place != (top, left)
        for (top, left), (bottom, right) in sheet.merged
    )


def _same(text: str, kind: CellKind, shown: str) -> bool:
    """Whether a certain cell is shown so; in a text every character counts."""
    if kind is CellKind.TEXT:
        # LibreOffice shows `_x0041_` as it is written; to Excel it is an A: 22.9.2.19.
        # Space is no part of a number, and OpenDocument has several kinds of it.
        words = text.translate(_LOOKS).split()
        if "\n" in text or "  " in text:
            # LibreOffice 7.4 loses the tabs and line breaks of an OpenDocument cell: 6.1.4.
            return "".join(words) == "".join(shown.split())
        return words in (shown.split(), unescaped(shown).split())
    if _telling(text).strip("+") == "0" and not any(map(str.isdigit, shown)):
        return True  # Under `#` a zero is not shown; it stays a cell that holds no phone number.
    if shown == "#FMT":
        return True  # LibreOffice can't show so large a number as a fraction, as in `# ?/?`.
    if re.fullmatch(r"-?\d(\.\d+)?E\+\d+", shown):
        return float(f"{float(text):.{len(shown.partition('.')[2].partition('E')[0])}e}") == float(
            shown
        )
    return _telling(text) == _telling(shown)


def _telling(number: str) -> str:
    """Return what says which number it is: its digits and a plus; no grouping, no `.00`."""
    without_decimals = re.sub(r"\.\d{1,2}(?!\d)", "", number)
    return "".join(char for char in without_decimals if char.isdigit() or char == "+")
