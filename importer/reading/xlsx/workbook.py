"""Reads .xlsx and .xlsm: plain sheets by the fast reader, all others by the careful one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.reading.bounded.caller import read_in_worker
from importer.reading.budget import Budget
from importer.reading.forms import Form
from importer.reading.tables.sheets import Advance, Sheet, Workbook
from importer.reading.tables.workbooks import choose
from importer.reading.xlsx.book import read_book
from importer.reading.xlsx.careful import FORM
from importer.reading.xlsx.fast.cells import WorkbookParts
from importer.reading.xlsx.fast.sheet import read_plain
from importer.reading.xlsx.fast.texts import SharedTexts
from importer.reading.xlsx.package import Package

if TYPE_CHECKING:
    from importer.reading.options import ReadOptions


def read_excel(name: str, raw: bytes, options: ReadOptions, progress: Advance) -> Workbook:
    """Read a workbook's visible sheets, or those that the options name.

    Raises:
        UnreadableInput: it is broken, holds too much, or has no sheet of a name that is asked for.
    """
    package = Package(name, raw)
    book = read_book(package)
    titles, notes = choose(name, book.titles, options.sheets)
    budget = Budget(name, len(raw))
    parts = WorkbookParts(SharedTexts(package, book.texts, budget), book.styles, budget)
    sheets: dict[str, Sheet] = {}
    for title in titles:
        plain = parts.texts.are_plain
        sheet = read_plain(package, book.parts[title], title, parts) if plain else None
        if sheet is not None:
            budget.add(len(sheet.lines), len(sheet.lines.columns))
            sheets[title] = sheet
            progress(len(sheet.lines))
    others = [title for title in titles if title not in sheets]
    if others:
        careful = read_in_worker(name, raw, Form.XLSX, options, progress, sheets=others)
        sheets |= {sheet.name: sheet for sheet in careful.sheets}
    return Workbook(FORM, tuple(sheets[title] for title in titles), notes)
