"""A results workbook of this product as an input: what was rejected, as the operator corrected it.

Where nothing was sent, as after a check, it is the whole list. The sheets' names and headers are
those that `results_columns` defines.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import pandas as pd

from importer.model import CellKind, Reason, Status
from importer.reading.layout.headers import CountryHeader, country_header
from importer.reading.tables.cells import as_text, describe
from importer.reading.tables.columnar import cells_at, marked_columns
from importer.reading.tables.frames import Taken
from importer.reading.tables.sheets import Mark
from importer.results_columns import (
    ACCEPTED_LABEL,
    ADVICE_COLUMN,
    AT_THE_SANDBOX,
    BATCH_LABEL,
    COLUMNS_LABEL,
    NO_REGION,
    NOTHING_RECORDED,
    REGION_LABEL,
    SENT_TO_LABEL,
    NumbersColumn,
    ResultsSheet,
    unmarked,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
_LABELS = frozenset({BATCH_LABEL, SENT_TO_LABEL, COLUMNS_LABEL, REGION_LABEL, ACCEPTED_LABEL})
_CELLS = ("sheet", "row", "column", "original", "kind", "region")
_SENT = frozenset({Status.CREATED.value, Status.REFUSED.value, Status.IN_DOUBT.value})
_ROWS = 10**7
"""More than any sheet has."""
_ACCEPTED = "accepted"
"""The column of accepted numbers: apart, so that they are no evidence of how others are meant."""


def is_own(workbook: Workbook) -> bool:
    """Whether a workbook was written by this product."""
    return bool(_sheets(workbook, _REJECTED))


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """What the sheet Summary of a results workbook says of its list; "" where it says nothing."""

    batch: str = ""
    is_whole: bool = False
    """Whether nothing of the list was sent, so that all of it is still to be sent."""
    region: str = ""
    strict: str = ""
    columns: tuple[tuple[str, str, str], ...] = ()
    """(sheet, phone column, country column or "") of the list, as in `Source`."""


def facts_of(workbook: Workbook) -> OwnFacts:
    """Return what the sheet Summary says beside its labels."""
    said = _labelled(workbook)
    batch, region = said.get(BATCH_LABEL, ""), said.get(REGION_LABEL, "")
    is_unsent = batch == NOTHING_RECORDED and not _has_sent_lines(workbook)
    is_whole = is_unsent or said.get(SENT_TO_LABEL) == AT_THE_SANDBOX
    return OwnFacts(
        batch="" if is_whole else batch,
        is_whole=is_whole,
        region="" if region == NO_REGION else region,
        strict=said.get(ACCEPTED_LABEL, "").partition(" ")[0],
        columns=_columns_of(said.get(COLUMNS_LABEL, "")),
    )


def _has_sent_lines(workbook: Workbook) -> bool:
    """Whether some line of `Numbers` says that it was sent, whatever the sheet Summary says."""
    for sheet in _sheets(workbook, _NUMBERS):
        at = _header(sheet).index(NumbersColumn.STATUS)
        if not _SENT.isdisjoint(map(_shown, cells_at(sheet.lines, at, range(len(sheet.lines))))):
            return True
    return False


def _labelled(workbook: Workbook) -> dict[str, str]:
    said: dict[str, str] = {}
    for sheet in workbook.sheets:
        if sheet.name != ResultsSheet.SUMMARY:
            continue
        for line in sheet.lines:
            held = [as_text(cell).strip() for cell in line if cell != ""]
            for label in _LABELS.intersection(held[:-1]):
                said.setdefault(label, held[held.index(label) + 1])
    return said


def _columns_of(text: str) -> tuple[tuple[str, str, str], ...]:
    """Return the columns that `columns_note` has written; a text that was cut gives none."""
    columns = []
    for piece in text.split("; sheet '"):
        sheet, found, rest = piece.removeprefix("sheet '").partition("': numbers from '")
        phone, _, country = rest.partition("', country from '")
        if not found or not rest.endswith("'"):
            return ()
        columns.append((sheet, phone.removesuffix("'"), country.removesuffix("'")))
    return tuple(columns)


def take_corrected(workbook: Workbook, facts: OwnFacts, *, visible_only: bool) -> list[Taken]:
    """Take the rejected cells: what was typed into `Number`, else `Original`.

    What was typed into `Number` of a rejected line of the sheet `Numbers` counts as well, where
    `Rejected` has nothing there. Of a whole list the accepted numbers are taken too, in the list's
    order. A cell that was no text at first, such as a date or a sum, is what it was for as long as
    its `Original` is as the sheet `Numbers` has it.
    """
    numbers = [_Page(sheet) for sheet in _sheets(workbook, _NUMBERS)]
    corrected = [_Page(sheet) for sheet in _sheets(workbook, _REJECTED)]
    before = [
        (page, index)
        for page in numbers
        for index in page.lines(visible_only=visible_only)
        if page.is_rejected(index)
    ]
    take = _RejectedLines(before, facts, has_numbers=bool(numbers))
    taken = [take(page, page.lines(visible_only=visible_only)) for page in corrected]
    there = {page.place(at) for page in corrected for at in page.lines(visible_only=False)}
    for page in numbers:
        left = [
            index
            for one, index in before
            if one is page
            and page.place(index) not in there
            and (facts.is_whole or page.raw(NumbersColumn.NUMBER, index) != "")
        ]
        taken += [take(page, left)] if left else []
    if not facts.is_whole:
        return taken
    accepted = [_take_accepted(page, visible_only=visible_only) for page in numbers]
    return [_in_order([*accepted, *taken], numbers)]


def _sheets(workbook: Workbook, name: re.Pattern[str]) -> list[Sheet]:
    return [
        sheet
        for sheet in workbook.sheets
        if name.fullmatch(sheet.name) and sheet.lines and set(_header(sheet)) >= _NEEDED
    ]


def _header(sheet: Sheet) -> list[str]:
    return [as_text(cell).strip() for cell in sheet.lines[0]]


def _shown(cell: Cell | Mark) -> str:
    return cell.strip() if type(cell) is str else describe(cell)[0].strip()


def _row(cell: Cell) -> int | None:
    """Return the row number that a cell holds, None where it holds none."""
    if type(cell) is float and cell.is_integer() and 0 <= cell < _ROWS:
        return int(cell)
    text = _shown(cell)
    return int(text) if text.isascii() and text.isdigit() and int(text) < _ROWS else None


class _Page:
    """A sheet `Numbers` or `Rejected`, column by column."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        header = _header(sheet)
        self._at = {str(name): header.index(name) for name in _FIXED if name in header}
        self._columns = marked_columns(sheet.lines, 0)
        self.others = {
            at: unmarked(header[at]) for at in range(len(header)) if at not in self._at.values()
        }
        """The input's own columns, by place."""

    def lines(self, *, visible_only: bool) -> list[int]:
        """Return the places of the lines below the header."""
        hidden = self.sheet.hidden if visible_only else frozenset()
        return [index for index in range(1, len(self.sheet.lines)) if index not in hidden]

    def cell(self, name: str, index: int) -> Cell | Mark:
        at = self._at.get(name)
        return "" if at is None else self._columns[at][index]

    def raw(self, name: str, index: int) -> Cell:
        """Return a cell's value; nothing of errors and of formulas without a value."""
        cell = self.cell(name, index)
        return cell.raw if isinstance(cell, Mark) else cell

    @cached_property
    def statuses(self) -> list[str]:
        """The status of each line, the header's place included."""
        return [_shown(cell) for cell in self._column(NumbersColumn.STATUS)]

    @cached_property
    def _places(self) -> list[tuple[str, int | None]]:
        sheets, rows = self._column(NumbersColumn.SHEET), self._column(NumbersColumn.ROW)
        return [(str(sheet), _row(row)) for sheet, row in zip(sheets, rows, strict=True)]

    def _column(self, name: str) -> list[Cell]:
        cells = self._columns[self._at[name]]
        return [cell.raw if isinstance(cell, Mark) else cell for cell in cells]

    def place(self, index: int) -> tuple[str, int | None]:
        """Return the sheet and the row that a line had in the list."""
        return self._places[index]

    def own_place(self, index: int) -> tuple[str, int]:
        """Return the place in the list, or for a line added by hand the one in this workbook."""
        sheet, row = self.place(index)
        return (self.sheet.name, index + 1) if row is None or not sheet else (sheet, row)

    def reason(self, index: int) -> str:
        return _shown(self.raw(NumbersColumn.REASON, index)).partition(":")[0].strip()

    def is_rejected(self, index: int) -> bool:
        return self.statuses[index] == Status.REJECTED.value

    def text(self, at: int, index: int) -> str:
        return as_text(self._columns[at][index]).strip()

    def taken(self, columns: Mapping[str, Sequence[Any]], kept: Sequence[int]) -> Taken:
        """Return columns as cells, and the input's own columns of the same lines."""
        cells = pd.DataFrame(
            {
                name: pd.Series(values, dtype="int64" if name == "row" else "str")
                for name, values in columns.items()
            }
        )
        extras = {
            name or f"Column {at + 1}": [self._other(at, index) for index in kept]
            for at, name in self.others.items()
        }
        return Taken(cells, pd.DataFrame(extras, index=range(len(kept)), dtype="object"), ())

    def _other(self, at: int, index: int) -> Cell:
        cell = self._columns[at][index]
        return cell.raw if isinstance(cell, Mark) else cell


class _RejectedLines:
    """Takes rejected lines: what was typed in for each, else what it was."""

    def __init__(
        self, before: Sequence[tuple[_Page, int]], facts: OwnFacts, *, has_numbers: bool
    ) -> None:
        self._facts = facts
        self._unchanged = {
            (page.place(index), _shown(page.raw(NumbersColumn.ORIGINAL, index)))
            for page, index in before
            if page.reason(index) in _KINDS
        }
        self._has_numbers = has_numbers
        self._typed: dict[object, Cell | Mark] = {}
        """What was typed into `Numbers`, by place and by which line of that place it is."""
        seen = Counter[object]()
        for page, index in before:
            seen[page.place(index)] += 1
            if page.raw(NumbersColumn.NUMBER, index) != "":
                place = page.place(index), seen[page.place(index)]
                self._typed[place] = page.cell(NumbersColumn.NUMBER, index)
        self._seen = Counter[object]()

    def __call__(self, page: _Page, lines: Sequence[int]) -> Taken:
        """Return what some lines of a page hold."""
        records, kept = [], []
        for index in lines:
            record = self._record(page, index)
            if str(record["original"]).strip():
                records.append(record)
                kept.append(index)
        return page.taken({name: [one[name] for one in records] for name in _CELLS}, kept)

    def _record(self, page: _Page, index: int) -> dict[str, object]:
        name, cell = self._what_counts(page, index)
        text, kind = describe(cell)
        if name == NumbersColumn.ORIGINAL and not isinstance(cell, Mark):
            is_unchanged = (page.place(index), text.strip()) in self._unchanged
            if is_unchanged or not self._has_numbers:
                kind = _KINDS.get(page.reason(index), kind)
        sheet, row = page.own_place(index)
        return {
            "sheet": sheet,
            "row": row,
            "column": str(name),
            "original": text,
            "kind": kind.value,
            "region": self._region(page, index),
        }

    def _what_counts(self, page: _Page, index: int) -> tuple[NumbersColumn, Cell | Mark]:
        place = page.place(index)
        self._seen[place] += 1
        if page.raw(NumbersColumn.NUMBER, index) != "":
            return NumbersColumn.NUMBER, page.cell(NumbersColumn.NUMBER, index)
        typed = self._typed.get((place, self._seen[place]))
        if typed is not None:
            return NumbersColumn.NUMBER, typed
        return NumbersColumn.ORIGINAL, page.cell(NumbersColumn.ORIGINAL, index)

    def _region(self, page: _Page, index: int) -> str:
        """Return the first country that is given: one typed in by hand, else the input's own."""
        typed = as_text(page.raw(NumbersColumn.COUNTRY, index)).strip()
        own = (page.text(at, index) for at in self._country_columns(page, page.place(index)[0]))
        return typed or next((text for text in own if text), "")

    def _country_columns(self, page: _Page, sheet: str) -> list[int]:
        """Return the columns that the list's countries were read from.

        Where the Summary does not say which these were, the header decides.
        """
        known = self._facts.columns
        if not known:
            sure = (at for at, name in page.others.items() if _names_countries(name))
            return [*islice(sure, 1)]
        of_sheet = [one for one in known if one[0] == sheet] or known
        names = {country for _, _, country in of_sheet} - {""}
        return [at for at, name in page.others.items() if name in names]


def _names_countries(header: str) -> bool:
    return country_header(header) >= CountryHeader.SURE


def _take_accepted(page: _Page, *, visible_only: bool) -> Taken:
    """Take the numbers of the sheet `Numbers`, each with the text that it was read from."""
    kept = [
        index
        for index in page.lines(visible_only=visible_only)
        if not page.is_rejected(index) and _shown(page.raw(NumbersColumn.NUMBER, index))
    ]
    numbers = [_shown(page.raw(NumbersColumn.NUMBER, index)) for index in kept]
    places = [page.own_place(index) for index in kept]
    cells: dict[str, list[Any]] = {
        "sheet": [sheet for sheet, _ in places],
        "row": [row for _, row in places],
        "column": [_ACCEPTED] * len(kept),
        "original": [f"+{number}" if number.isdecimal() else number for number in numbers],
        "kind": [CellKind.TEXT.value] * len(kept),
        "region": [""] * len(kept),
        "shown": [_shown(page.cell(NumbersColumn.ORIGINAL, index)) for index in kept],
    }
    return page.taken(cells, kept)


def _in_order(taken: Sequence[Taken], numbers: Sequence[_Page]) -> Taken:
    """Put lines into the order that their places have in `Numbers`; other places come last."""
    order: dict[tuple[str, int], int] = {}
    for page in numbers:
        for index in page.lines(visible_only=False):
            order.setdefault(page.own_place(index), len(order))
    cells = pd.concat([one.cells for one in taken], ignore_index=True)
    extras = pd.concat([one.extras for one in taken], ignore_index=True)
    cells["shown"] = (
        cells["shown"].fillna(cells["original"]) if "shown" in cells else cells["original"]
    )
    places = zip(cells["sheet"], cells["row"], strict=True)
    at = pd.Series([order.get(place, len(order)) for place in places], dtype="int64")
    sorted_places = at.sort_values(kind="stable").index
    return Taken(
        cells.iloc[sorted_places].reset_index(drop=True),
        extras.iloc[sorted_places].reset_index(drop=True),
        (),
    )
