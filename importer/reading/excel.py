"""Excel's .xlsx and .xlsm, read by calamine, and looked at closer where something shows."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

from importer.reading.package import Package, related, sheet_parts
from importer.reading.sheets import Progress, Sheet, Workbook, no_details
from importer.reading.sheetxml import look, survey, telling_formats
from importer.reading.textgrid import Proof, read_texts
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
    for part in package.parts:
        if part == strings or part.lower() == "xl/sharedstrings.xml":
            package.verify_texts(part)
    formats = telling_formats(package, related(package, "styles"))
    sheets = []
    with told(name), CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
        titles, notes = choose(name, book.sheets_metadata, options.sheets)
        for title in titles:
            part = parts.get(title, "")
            if part not in package.parts:
                raise package.broken()
            proof = Proof()
            tells = survey(package, part, formats, proof.see)
            closer = partial(look, package, part, formats) if tells else no_details
            texts = read_texts(raw, title, proof.height) if proof.is_text else None
            sheets.append(
                Sheet(title, texts, (), closer) if texts else _by_cells(book, title, closer)
            )
            progress(len(sheets[-1].lines))
    return Workbook("Excel workbook", tuple(sheets), notes)


def _by_cells(
    book: CalamineWorkbook, title: str, closer: Callable[[frozenset[int]], Details]
) -> Sheet:
    sheet = book.get_sheet_by_name(title)
    lines = sheet.to_python(skip_empty_area=False)
    return Sheet(title, lines, tuple(sheet.merged_cell_ranges or ()), closer)
