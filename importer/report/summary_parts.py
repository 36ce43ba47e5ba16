"""The Summary's parts of a workbook, as the library wrote them, put into their final form.

The library writes merged cells above one table only, and a link shows another column's text. So
its table is written below all merged cells and moved up here, in two bands; links are put in; and
charts get XML of their own. The text of cells, formats and widths stay the library's. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SHEET_PART = "xl/worksheets/sheet1.xml"
"""The Summary is the first sheet."""
_ROW = re.compile(r'<row r="(\d+)".*?</row>|<row r="(\d+)"[^>]*/>', re.DOTALL)
_ROWS = re.compile(r"(?<=<sheetData>).*(?=</sheetData>)", re.DOTALL)
_RULES = re.compile(r'<conditionalFormatting sqref="([A-Z]+)\d+:[A-Z]+\d+">')
_BLANK = re.compile(r'<c r="[A-Z]+\d+"[^>]*><is><t xml:space="preserve"> +</t></is></c>')
"""Headers of columns that have none."""
_FROZEN = re.compile(
    r'(<pane [^>]*activePane=")bottomRight("[^>]*/><selection pane="topRight"[^>]*/>)'
    r'<selection pane="bottomLeft"[^>]*/>'
)
"""A sheet's view with columns and a row that stay in sight; of its four panes none is chosen."""
_BEFORE_LINKS = re.compile(r"(?=<printOptions|<pageMargins)")


@dataclass(frozen=True, slots=True)
class Band:
    """Lines of the library's table that move together: rows as Excel counts them."""

    first: int
    count: int
    to: int

    @property
    def last(self) -> int:
        """Where the last line comes to stand."""
        return self.to + self.count - 1


@dataclass(frozen=True, slots=True)
class Finish:
    """What is still to be done to a workbook after the library has written it."""

    bands: Sequence[Band]
    """The table's bands; the first one begins with its header."""
    links: Mapping[str, str]
    """Where each linked cell leads, as in `{"A21": "Rejected!A2"}`."""
    charts: Sequence[bytes]
    """The XML of each chart, in the order in which the library was given them."""
    first_cells: Mapping[str, str] = field(default_factory=dict)
    """Of parts that are sheets, the cell of the first columns that is chosen as they are opened."""

    def parts(self) -> Iterator[str]:
        """Give the names of the parts that change."""
        yield SHEET_PART
        yield from (f"xl/charts/chart{at + 1}.xml" for at in range(len(self.charts)))
        yield from self.first_cells

    def finished(self, name: str, part: bytes) -> bytes:
        """Return a part in its final form."""
        if name in self.first_cells:
            return _with_first_cell(part.decode(), self.first_cells[name]).encode()
        if name != SHEET_PART:
            return self.charts[int(name.removeprefix("xl/charts/chart").removesuffix(".xml")) - 1]
        sheet = _ROWS.sub(lambda rows: self._moved(rows[0]), part.decode(), count=1)
        sheet = _RULES.sub(lambda rule: self._ranges(rule[1]), sheet)
        first = self.bands[0].first + 1
        sheet = re.sub(rf"\bLEFT\(([A-Z]+){first},", rf"LEFT(\g<1>{self.bands[0].to + 1},", sheet)
        return _BEFORE_LINKS.sub(lambda _: self._hyperlinks(), sheet, count=1).encode()

    def _moved(self, rows: str) -> str:
        kept: dict[int, str] = {}
        for row in _ROW.finditer(rows):
            number = int(row[1] or row[2])
            place = self._place(number)
            kept[place] = kept.get(place, "") or _renumbered(row[0], number, place)
        return _BLANK.sub("", "".join(kept[place] for place in sorted(kept)))

    def _place(self, row: int) -> int:
        for band in self.bands:
            if band.first <= row < band.first + band.count:
                return band.to + row - band.first
        return row

    def _ranges(self, column: str) -> str:
        ranges = [
            f"{column}{band.to + (at == 0)}:{column}{band.last}"
            for at, band in enumerate(self.bands)
        ]
        return f'<conditionalFormatting sqref="{" ".join(ranges)}">'

    def _hyperlinks(self) -> str:
        links = "".join(
            f'<hyperlink ref="{cell}" location="{escape(place)}"/>'
            for cell, place in self.links.items()
        )
        return f"<hyperlinks>{links}</hyperlinks>" if links else ""


def _with_first_cell(sheet: str, cell: str) -> str:
    """Choose a cell of the columns that stay in sight, so that its message shows at once."""
    chosen = f'<selection pane="bottomLeft" activeCell="{cell}" sqref="{cell}"/>'
    return _FROZEN.sub(rf"\g<1>bottomLeft\g<2>{chosen}", sheet, count=1)


def _renumbered(row: str, number: int, place: int) -> str:
    if number == place:
        return row
    return re.sub(rf'(?<=\br=")([A-Z]*){number}(?=")', rf"\g<1>{place}", row)
