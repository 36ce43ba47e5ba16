"""`night.xlsx`: one page that says how the night went, with a line and links for each list."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from importer.atomic_files import part_beside
from importer.masking import masked
from importer.model import Status
from importer.nightly.folders import moving
from importer.nightly.outcome import FileState
from importer.plurals import visible
from importer.report import styles
from importer.report.cell_values import wrapped_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from importer.nightly.outcome import FileOutcome, Night

WORKBOOK = "night.xlsx"

_TEXTS = (("List", 26), ("Outcome", 11), ("What happened", 40), ("What to do", 36))
_ALWAYS = frozenset({"rows", "created", "rejected", "groups"})
"""Counts that have a column in every night; the others have one where they are not nought."""
_COUNTS = (
    ("Numbers", "rows"),
    ("In groups", "created"),
    ("Duplicate", "duplicate"),
    ("Rejected", "rejected"),
    ("Refused", "refused"),
    ("In doubt", "in_doubt"),
    ("Not sent", "planned"),
    ("Groups", "groups"),
)
_LINKS = (("Results", 14), ("Reason", 8))
_COUNT_WIDTH = 10
_FIRST_COUNT = len(_TEXTS) + 1
_USUAL, _LARGE = 11, 14
"""Points of letters, and of those of the headline."""
_LETTERS = "Calibri"
_COUNTED = '#,##0;-#,##0;"–"'
"""A dash for nought, so that what there is stands out."""
_LINE = 1.37
"""Heights of a line in heights of its letters."""
_AIR, _MOST = 6.0, 409.0
"""Points: above and below a text, and the most that Excel allows a row."""
_COLOURS = {
    FileState.FAILED: styles.COLOURS[Status.REFUSED],
    FileState.CONTINUES: styles.COLOURS[Status.PLANNED],
    FileState.WAITS: styles.COLOURS[Status.REJECTED],
    FileState.DONE: styles.COLOURS[Status.CREATED],
}
"""In the order in which the lists stand: what somebody has to look at comes first."""
_A4 = 9


def write_workbook(folder: Path, night: Night) -> Path:
    """Write the night's workbook to a free place in a folder, and return where it is.

    Raises:
        OSError: it can't be written.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    page = _Page(book.create_sheet("Night"), folder, _counts_of(night))
    page.head(night)
    page.lists(sorted(night.files, key=lambda one: [*_COLOURS].index(one.state)), night)
    page.finish()
    folder.mkdir(parents=True, exist_ok=True)
    with part_beside(folder / WORKBOOK) as (part, file):
        book.save(file)
        file.close()
        return moving.put_at_free_place(part, folder / WORKBOOK)


class _Page:
    """The sheet, row by row."""

    def __init__(self, sheet: Worksheet, folder: Path, counts: Sequence[tuple[str, str]]) -> None:
        """Take the sheet, the folder that the links begin in, and the columns of counts."""
        self._sheet = sheet
        self._folder = folder
        self._counts = counts
        self._row = 0
        self._header_row = 0
        self._first_link = _FIRST_COUNT + len(counts)
        self._titles = [name for name, _ in (*_TEXTS, *counts, *_LINKS)]
        widths = [
            *(width for _, width in _TEXTS),
            *[_COUNT_WIDTH] * len(counts),
            *(width for _, width in _LINKS),
        ]
        self._width = sum(widths)
        for column, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(column)].width = width

    def head(self, night: Night) -> None:
        """Say when the night was, how it went, and what else is to be known of it."""
        self._across(_when(night), _font(styles.GREY))
        self._across(night.outcome_words, _font(bold=True, size=_LARGE), _mood(night))
        for note in night.notes:
            self._across(masked(note), _font())
        self._across(_figures(night), _font(styles.GREY))
        self._row += 1

    def lists(self, files: Sequence[FileOutcome], night: Night) -> None:
        """Add the table: its header, a line for each list, and their sum."""
        if not files:
            return
        self._row += 1
        self._header_row = self._row
        for column, title in enumerate(self._titles, 1):
            cell = self._sheet.cell(self._row, column, title)
            cell.font = _font("#FFFFFF", bold=True)
            cell.fill = _fill(styles.NAVY)
            cell.alignment = self._alignment(column, vertical="center")
        for one in files:
            self._list(one)
        self._total(night)

    def finish(self) -> None:
        """Set how the sheet is shown and printed."""
        sheet = self._sheet
        sheet.sheet_view.showGridLines = False
        sheet.sheet_properties.tabColor = _argb(styles.NAVY)
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = _A4
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_margins.left = sheet.page_margins.right = 0.4
        sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.6
        sheet.page_margins.footer = 0.3
        footer = sheet.HeaderFooter.oddFooter
        if footer is not None and footer.right is not None:
            footer.right.text = "Page &P of &N"
        if self._header_row:
            sheet.print_title_rows = f"{self._header_row}:{self._header_row}"

    def _alignment(self, column: int, vertical: str = "top") -> Alignment:
        """Return how a cell of the table stands; counts keep away from the links beside them."""
        if _FIRST_COUNT <= column < self._first_link:
            return Alignment(horizontal="right", vertical=vertical)
        indent = 1 if column == self._first_link else 0
        wraps = column < _FIRST_COUNT
        return Alignment(horizontal="left", vertical=vertical, wrap_text=wraps, indent=indent)

    def _across(self, text: str, font: Font, colour: str = "") -> None:
        """Add a text over the whole page, in a row that is high enough for all its lines."""
        self._row += 1
        self._sheet.merge_cells(
            start_row=self._row, end_row=self._row, start_column=1, end_column=len(self._titles)
        )
        _put(self._sheet, self._row, 1, text)
        cell = self._sheet.cell(self._row, 1)
        cell.font = font
        cell.alignment = Alignment(wrap_text=True, vertical="center", indent=1 if colour else 0)
        if colour:
            cell.fill = _fill(colour)
        size = font.size or _USUAL
        lines = wrapped_lines(text, int(self._width * _USUAL / size) - 4)
        height = lines * size * _LINE + (2 * _AIR if colour else 0)
        self._sheet.row_dimensions[self._row].height = min(height, _MOST)

    def _list(self, result: FileOutcome) -> None:
        self._row += 1
        texts = [
            visible(str(result.file)),
            result.state.value,
            masked(result.message),
            masked(result.advice),
        ]
        for column, text in enumerate(texts, 1):
            _put(self._sheet, self._row, column, text)
        for column, (_, name) in enumerate(self._counts, _FIRST_COUNT):
            made = result.groups_made if name == "groups" else getattr(result.tally, name)
            self._sheet.cell(self._row, column, made)
        self._dress(_font())
        self._sheet.cell(self._row, 2).fill = _fill(_COLOURS[result.state])
        self._link(self._first_link, result.results, "open results")
        self._link(self._first_link + 1, result.reason, "open")
        lines = max(
            wrapped_lines(text, width) for text, (_, width) in zip(texts, _TEXTS, strict=True)
        )
        height = min(lines * _USUAL * _LINE + _AIR, _MOST)
        self._sheet.row_dimensions[self._row].height = height

    def _dress(self, font: Font) -> None:
        """Set the looks of a line of the table."""
        line = Border(bottom=Side("thin", color=_argb(styles.LINE)))
        for column in range(1, len(self._titles) + 1):
            cell = self._sheet.cell(self._row, column)
            cell.font, cell.border = font, line
            cell.alignment = self._alignment(column)
            if _FIRST_COUNT <= column < self._first_link:
                cell.number_format = _COUNTED

    def _link(self, column: int, path: Path | None, words: str) -> None:
        """Link to a file by the way from this workbook, so that a copy of all folders works."""
        if path is None:
            return
        cell = self._sheet.cell(self._row, column)
        cell.value = words
        cell.hyperlink = _way(path, self._folder)
        cell.font = _font(styles.LINK, underline="single")

    def _total(self, night: Night) -> None:
        self._row += 1
        _put(self._sheet, self._row, 1, "All lists")
        tally = night.tally
        for column, (_, name) in enumerate(self._counts, _FIRST_COUNT):
            self._sheet.cell(self._row, column, getattr(tally, name))
        self._dress(_font(bold=True))


def _counts_of(night: Night) -> list[tuple[str, str]]:
    """Return the counts that have a column, by title and name."""
    tally = night.tally
    return [one for one in _COUNTS if one[1] in _ALWAYS or getattr(tally, one[1])]


def _when(night: Night) -> str:
    begun, ended = night.begun, night.ended
    until = f"{ended:%H:%M}" if begun.date() == ended.date() else f"{ended:%Y-%m-%d %H:%M}"
    return f"The night of {begun:%A, %Y-%m-%d}, from {begun:%H:%M} to {until} {ended:%Z}"


def _mood(night: Night) -> str:
    """Colour the headline by the worst that happened; its words say the same."""
    states = {one.state for one in night.files}
    if night.stopped or FileState.FAILED in states:
        return styles.COLOURS[Status.REFUSED]
    worst = next((state for state in _COLOURS if state in states), FileState.DONE)
    return _COLOURS[worst]


def _figures(night: Night) -> str:
    figures = [
        f"Groups made tonight: {night.made:,}",
        f"batches whose numbers were forgotten: {night.forgotten:,}" if night.forgotten else "",
        f"old folders removed: {night.removed:,}" if night.removed else "",
        f"exit code: {int(night.exit)}",
    ]
    return "   ·   ".join(filter(None, figures))


def _font(colour: str = "#000000", **more: Any) -> Font:
    """Return the page's letters; a font without a name would be the program's choice."""
    return Font(name=_LETTERS, color=_argb(colour), **{"size": _USUAL, **more})


def _put(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """Write a text that is a text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = _clean(text)
    cell.data_type = "s"


def _way(path: Path, folder: Path) -> str:
    """Return the relative address of a file, as a link has it; whole where it has no such way."""
    try:
        return quote(Path(os.path.relpath(path, folder)).as_posix())
    except ValueError:  # another drive of Windows
        return path.as_uri()
    except UnicodeEncodeError:  # bytes that are no text: the folder is as near as a link comes
        return quote(Path(os.path.relpath(path.parent, folder)).as_posix(), errors="replace")


def _clean(text: str) -> str:
    """Replace what no cell can hold: control characters, and names that are no text."""
    return ILLEGAL_CHARACTERS_RE.sub("?", text.encode("utf-8", "replace").decode())


def _fill(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=_argb(colour))


def _argb(colour: str) -> str:
    """Return a colour as openpyxl wants it: without its `#`."""
    return colour.removeprefix("#")
