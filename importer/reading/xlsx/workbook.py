"""Excel's .xlsx and .xlsm, read by calamine, and looked at closer where something shows."""

from __future__ import annotations

import io
from functools import cached_property, partial
from typing import TYPE_CHECKING

from python_calamine import CalamineError, CalamineWorkbook

from importer.reading.tables.sheets import Advance, Sheet, Workbook, no_details
from importer.reading.tables.workbooks import choose, told
from importer.reading.xlsx.fast.cells import Beside
from importer.reading.xlsx.fast.date_probe import ask
from importer.reading.xlsx.fast.sheet import read_plain
from importer.reading.xlsx.fast.texts import SHARED_TEXTS, SharedTexts
from importer.reading.xlsx.package import STYLES, Package, related, sheet_parts
from importer.reading.xlsx.sheet_xml import (
    look,
    number_styles,
    survey,
    telling_formats,
    used_formats,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from python_calamine import SheetMetadata

    from importer.reading.options import ReadOptions
    from importer.reading.tables.sheets import Details


def read_excel(name: str, raw: bytes, options: ReadOptions, progress: Advance) -> Workbook:
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
        part for part in package.parts if part == strings or part.lower() == SHARED_TEXTS.lower()
    ]
    shared = SharedTexts(package, texts)
    book = _Book(package, texts_are_plain=shared.verify())
    styles = related(package, "styles")
    used = used_formats(package, styles)
    formats = telling_formats(used)
    numbers = number_styles(used) if styles == STYLES else frozenset[bytes]()
    sheets = []
    with told(name):
        titles, notes = choose(name, book.sheets(), options.sheets)
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
                sheets.append(_by_cells(book.whole, title, closer if tells else no_details))
            progress(len(sheets[-1].lines))
    return Workbook("Excel workbook", tuple(sheets), notes)


class _Book:
    """A workbook as calamine has it. To open one, calamine takes all shared texts apart."""

    def __init__(self, package: Package, *, texts_are_plain: bool) -> None:
        """Take a package, and whether calamine is known to have nothing to say of its texts."""
        self._package, self._texts_are_plain = package, texts_are_plain

    def sheets(self) -> Sequence[SheetMetadata]:
        """Return what sheets there are; without the shared texts, where they can be left out.

        Raises:
            CalamineError: the workbook can't be read.
        """
        rest = self._package.without(SHARED_TEXTS) if self._texts_are_plain else None
        if rest is not None:
            try:
                with _opened(rest) as book:
                    return book.sheets_metadata
            except CalamineError:
                pass  # What is wrong is said of the whole.
        return self.whole.sheets_metadata

    @cached_property
    def whole(self) -> CalamineWorkbook:
        """The workbook with all that is in it, for sheets that aren't plain."""
        return _opened(self._package.raw)


def _opened(raw: bytes) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(raw))


def _by_cells(
    book: CalamineWorkbook, title: str, closer: Callable[[frozenset[int]], Details]
) -> Sheet:
    sheet = book.get_sheet_by_name(title)
    lines = sheet.to_python(skip_empty_area=False)
    return Sheet(title, lines, tuple(sheet.merged_cell_ranges or ()), closer)
