"""A results workbook of this product as an input: what was rejected, as the operator corrected it.

The sheets' names and headers are those that `results_columns` defines.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pandas as pd

from importer.model import CellKind, Reason
from importer.reading.layout.headers import CountryHeader, country_header
from importer.reading.tables.cells import as_text, describe
from importer.reading.tables.columnar import marked_columns
from importer.reading.tables.frames import Taken
from importer.reading.tables.sheets import Mark
from importer.results_columns import ADVICE_COLUMN, BATCH_LABEL, NumbersColumn, ResultsSheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sheets import Cell, Sheet, Workbook

_FIXED = (*NumbersColumn, ADVICE_COLUMN)
_NEEDED = frozenset(
    {
        NumbersColumn.SHEET,
        NumbersColumn.ROW,
        NumbersColumn.ORIGINAL,
        NumbersColumn.NUMBER,
        NumbersColumn.STATUS,
        NumbersColumn.REASON,
    }
)
_REJECTED, _NUMBERS = (
    re.compile(rf"{name}(?: \d+)?") for name in (ResultsSheet.REJECTED, ResultsSheet.NUMBERS)
)
_KINDS = {
    reason.value: CellKind[reason.name] for reason in Reason if reason.name in CellKind.__members__
}
"""The kind of cell behind a reason, for the results keep the text alone."""


def is_own(workbook: Workbook) -> bool:
    """Whether a workbook was written by this product."""
    return bool(_pages(workbook, _REJECTED))


def batch_of(workbook: Workbook) -> str:
    """Return the batch that the sheet Summary names, or "" where it names none."""
    for sheet in workbook.sheets:
        if sheet.name != ResultsSheet.SUMMARY:
            continue
        for line in sheet.lines:
            held = [as_text(cell).strip() for cell in line if cell != ""]
            if BATCH_LABEL in held[:-1]:
                return held[held.index(BATCH_LABEL) + 1]
    return ""


def take_rejected(workbook: Workbook, *, visible_only: bool) -> list[Taken]:
    """Take the rejected cells: what was typed into `Number`, else `Original`.

    A cell that was no text at first, such as a date or a sum, is what it was for as long as its
    `Original` is as the sheet `Numbers` has it.
    """
    unchanged = {
        (str(line["Sheet"]), _row(line["Row"]), _shown(line["Original"]))
        for sheet in _pages(workbook, _NUMBERS)
        for line in _lines(sheet)
        if _reason(line) in _KINDS
    }
    has_numbers = bool(_pages(workbook, _NUMBERS))
    return [
        _take(page, unchanged if has_numbers else None, visible_only)
        for page in _pages(workbook, _REJECTED)
    ]


def _pages(workbook: Workbook, name: re.Pattern[str]) -> list[Sheet]:
    return [
        sheet
        for sheet in workbook.sheets
        if name.fullmatch(sheet.name) and sheet.lines and set(_header(sheet)) >= _NEEDED
    ]


def _header(sheet: Sheet) -> list[str]:
    return [as_text(cell).strip() for cell in sheet.lines[0]]


def _positions(sheet: Sheet) -> dict[str, int]:
    header = _header(sheet)
    return {name: header.index(name) for name in _FIXED if name in header}


def _lines(sheet: Sheet) -> list[dict[str, Cell]]:
    positions = _positions(sheet)
    return [
        {name: line[at] if at < len(line) else "" for name, at in positions.items()}
        for line in islice(sheet.lines, 1, None)
    ]


def _reason(line: dict[str, Cell]) -> str:
    return _shown(line["Reason"]).partition(":")[0].strip()


def _shown(cell: Cell) -> str:
    return describe(cell)[0].strip()


def _row(cell: Cell) -> int | None:
    text = _shown(cell)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _take(
    sheet: Sheet, unchanged: set[tuple[str, int | None, str]] | None, visible_only: bool
) -> Taken:
    columns = marked_columns(sheet.lines, 0)
    sheet = replace(sheet, lines=list(sheet.lines))
    positions = _positions(sheet)
    typed, original = positions["Number"], positions["Original"]
    others = [at for at in range(len(sheet.lines[0])) if at not in positions.values()]
    header = _header(sheet)
    country = next((at for at in others if country_header(header[at]) >= CountryHeader.SURE), None)
    records, kept = [], []
    for index, line in enumerate(_lines(sheet), 1):
        if visible_only and index in sheet.hidden:
            continue
        at, name = (typed, "Number") if line["Number"] != "" else (original, "Original")
        cell = columns[at][index]
        text, kind = describe(cell)
        place = (str(line["Sheet"]), _row(line["Row"]), text.strip())
        if (
            name == "Original"
            and not isinstance(cell, Mark)
            and (unchanged is None or place in unchanged)
        ):
            kind = _KINDS.get(_reason(line), kind)
        if text.strip():
            own_place = place[1] is None or not place[0]
            records.append(
                {
                    "sheet": sheet.name if own_place else place[0],
                    "row": index + 1 if own_place else place[1],
                    "column": name,
                    "original": text,
                    "kind": kind.value,
                    "region": _region(sheet.lines[index], positions.get("Country"), country),
                }
            )
            kept.append(index)
    names = ("sheet", "row", "column", "original", "kind", "region")
    cells = pd.DataFrame(records, columns=list(names)).astype(
        {name: "int64" if name == "row" else "str" for name in names}
    )
    return Taken(cells, _extras(sheet, others, kept), ())


def _region(line: Sequence[Cell], *columns: int | None) -> str:
    """Return the first country that is given: one typed in by hand, else the input's own."""
    held = (as_text(line[at]).strip() for at in columns if at is not None and at < len(line))
    return next((text for text in held if text), "")


def _extras(sheet: Sheet, columns: Sequence[int], kept: Sequence[int]) -> pd.DataFrame:
    header = _header(sheet)
    values = {
        header[at] or f"Column {at + 1}": [
            sheet.lines[index][at] if at < len(sheet.lines[index]) else "" for index in kept
        ]
        for at in columns
    }
    return pd.DataFrame(values, index=range(len(kept)), dtype="object")
