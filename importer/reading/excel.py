"""Excel's .xlsx and .xlsm, read by calamine, and looked at closer where something shows."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

from importer.reading.asking import ask
from importer.reading.package import STYLES, Package, related, sheet_parts
from importer.reading.plaincells import Beside
from importer.reading.plainsheet import read_plain
from importer.reading.plaintexts import SharedTexts
from importer.reading.sheets import Progress, Sheet, Workbook, no_details
from importer.reading.sheetxml import (
    look,
    number_styles,
    survey,
    telling_formats,
    used_formats,
)
from importer.reading.workbooks import choose, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.reading.options import ReadOptions
    from importer.reading.sheets import Details


def read_excel(name: str, raw: bytes, options: ReadOptions, progress: Progress) -> Workbook:
    """Read a workbook's visible sheets, or those that the options name.

    Raises:
        UnreadableInput: it is broken, locked with a password, holds too much, or has no sheet of a
            name that is asked for.
    """
    package = Package(name, raw)
    parts = sheet_parts(package)
    # By its usual name as well: not every program goes by the relation.
    strings = related(package, "sharedStrings")
    texts = [
        part for part in package.parts if part == strings or part.lower() == "xl/sharedstrings.xml"
    ]
    for part in texts:
        package.verify_texts(part)
    styles = related(package, "styles")
    used = used_formats(package, styles)
    formats = telling_formats(used)
    shared = SharedTexts(package, texts)
    numbers = number_styles(used) if styles == STYLES else frozenset[bytes]()
    sheets = []
    with told(name), CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
        titles, notes = choose(name, book.sheets_metadata, options.sheets)
        for title in titles:
            part = parts.get(title, "")
            if part not in package.parts:
                raise package.broken()
            closer = partial(look, package, part, formats)
            asked = partial(ask, package, part, title)
            plain = read_plain(package, part, Beside(shared, numbers, formats, asked))
            if plain:
                look_ = closer if plain.tells else no_details
                sheets.append(Sheet(title, plain.lines, plain.merged, look_))
            else:
                tells = survey(package, part, formats)
                sheets.append(_by_cells(book, title, closer if tells else no_details))
            progress(len(sheets[-1].lines))
    return Workbook("Excel workbook", tuple(sheets), notes)


def _by_cells(
    book: CalamineWorkbook, title: str, closer: Callable[[frozenset[int]], Details]
) -> Sheet:
    sheet = book.get_sheet_by_name(title)
    lines = sheet.to_python(skip_empty_area=False)
    return Sheet(title, lines, tuple(sheet.merged_cell_ranges or ()), closer)
