"""A sheet as it is looked at for its layout: its top rows, and samples of its columns. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from importer.reading.layout.content import (
    Content,
    Shape,
    content_of,
    is_compact_date,
    shape,
    text_of,
)
from importer.reading.layout.headers import phone_header
from importer.reading.layout.layouts import Candidate
from importer.reading.layout.words import plain
from importer.reading.tables.cells import as_text
from importer.reading.tables.columnar import cells_at
from importer.reading.tables.sheets import letters

if TYPE_CHECKING:
    from importer.reading.tables.sheets import Cell, Sheet

HEADER_SEARCH = 40
"""How many rows from the top may hold the header."""

WIDEST = 2_000
"""How many columns are looked at; lists with more than that are no lists of people."""

_LOOKED_AT = 2_000
"""Rows from the top, and as many again from the rest, that tell what a column holds."""

_MOST_CELLS = 1_000_000
"""Cells of all columns together; of wider sheets fewer rows are looked at."""


@dataclass(frozen=True, slots=True)
class TopRow:
    """One of the first rows that hold something."""

    index: int
    """Where it stands in the sheet's lines, from 0."""
    names: tuple[str, ...]
    numbers: frozenset[int]
    """The columns whose cells look like phone numbers."""

    @property
    def filled(self) -> int:
        """How many different texts it has: a title merged over all columns is one."""
        return len(set(filter(None, self.names)))

    def name(self, at: int) -> str:
        """Return what a column is called, "" where the row is shorter."""
        return self.names[at] if at < len(self.names) else ""


class Table:
    """One sheet; every column is looked at once for each line that may be its first."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._contents: dict[tuple[int, int], Content] = {}

    @cached_property
    def rows(self) -> tuple[TopRow, ...]:
        """The top rows that hold something."""
        lines = self.sheet.lines[:HEADER_SEARCH]
        return tuple(
            self._row(index, line) for index, line in enumerate(lines) if not is_empty(line)
        )

    def _row(self, index: int, line: list[Cell]) -> TopRow:
        cells = line[:WIDEST]
        shown = [text_of(cell) if cell != "" else "" for cell in cells]
        numbers = frozenset(
            at for at, text in enumerate(shown) if shape(text) and not is_compact_date(text)
        )
        return TopRow(index, self._names(index, cells), numbers)

    def _names(self, index: int, cells: list[Cell]) -> tuple[str, ...]:
        """Return a row's texts; one that is merged over several columns names them all."""
        names = [as_text(cell).strip() for cell in cells]
        for (top, left), (bottom, right) in self.sheet.merged:
            if top <= index <= bottom and right > left and left < len(names):
                first = self.sheet.lines[top]
                title = as_text(first[left]).strip() if left < len(first) else ""
                for at in range(left, min(right + 1, len(names))):
                    names[at] = names[at] or title
        return tuple(names)

    @cached_property
    def width(self) -> int:
        """How many columns the top of the sheet has."""
        lines = self.sheet.lines[: HEADER_SEARCH * 5]
        return min(max(map(len, lines), default=0), WIDEST)

    @cached_property
    def first_numbers(self) -> dict[int, int]:
        """For each column with a number in the top rows, which of them is the first, from 0."""
        found: dict[int, int] = {}
        for index, row in enumerate(self.rows):
            for at in row.numbers:
                found.setdefault(at, index)
        return found

    def sampled_lines(self, first: int) -> list[int]:
        """Return the lines to look at, of those from one on."""
        count = len(self.sheet.lines)
        some = min(_LOOKED_AT, max(50, _MOST_CELLS // (2 * max(self.width, 1))))
        head = range(first, min(first + some, count))
        rest = range(head.stop, count, max(1, (count - head.stop) // some))
        return [*head, *rest]

    def cells(self, at: int, first: int) -> list[Cell]:
        """Return a column's cells of the lines to look at."""
        return cells_at(self.sheet.lines, at, self.sampled_lines(first))

    def content(self, at: int, first: int) -> Content:
        """Return what a column holds from a line on."""
        known = self._contents.get((at, first))
        if known is None:
            known = self._contents[at, first] = content_of(self.cells(at, first))
        return known


class Headed:
    """A sheet with one of its rows taken for the header, or with none."""

    def __init__(self, table: Table, row: TopRow | None) -> None:
        self.table, self.row = table, row
        first_row = table.rows[0].index if table.rows else 0
        self.header = first_row - 1 if row is None else row.index
        self.names = tuple(map(letters, range(table.width))) if row is None else row.names
        self._names_twice = _twice(self.names)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max(self.table.width, len(self.names))

    def name(self, at: int) -> str:
        """Return a column's header, "" where it has none."""
        return self.names[at] if self.row is not None and at < len(self.names) else ""

    def content(self, at: int) -> Content:
        """Return what a column holds below the header."""
        return self.table.content(at, self.header + 1)

    def cells(self, at: int) -> list[Cell]:
        """Return a column's cells of the lines to look at below the header."""
        return self.table.cells(at, self.header + 1)

    def all_cells(self, at: int) -> list[Cell]:
        """Return a column's cells below the header."""
        lines = self.table.sheet.lines
        return cells_at(lines, at, range(self.header + 1, len(lines)))

    def called(self, at: int) -> str:
        """Return a column's name for the operator: its header, or its letter if that is clearer."""
        name = self.name(at)
        return name if name and plain(name) not in self._names_twice else letters(at)

    def candidate(self, at: int) -> Candidate:
        """Return a column as it is shown to the operator: its name, and three different cells."""
        held = dict.fromkeys(as_text(cell)[:30] for cell in self.cells(at) if cell != "")
        return Candidate(self.called(at), tuple(islice(held, 3)))

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the columns that hold something or have a header."""
        shown = [self.candidate(at) for at in range(min(self.width, 40))]
        return tuple(one for at, one in enumerate(shown) if one.samples or self.name(at))


def _twice(names: tuple[str, ...]) -> frozenset[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for name in map(plain, filter(None, names)):
        (twice if name in seen else seen).add(name)
    return frozenset(twice)


def is_empty(line: list[Cell]) -> bool:
    """Whether no cell of a line holds anything."""
    return not any(cell != "" for cell in line)


def find_header(table: Table) -> Headed | None:
    """Find the row whose words say which column holds phone numbers, None where none does.

    A row that holds a number is none. A title above the table can read like a header; so a row
    further down counts instead, if it is wider or surer and no number stands between them.
    """
    named = [row for row in table.rows if not row.numbers and _phone_words(row)][:HEADER_SEARCH]
    fitting = [row for row in named if _fits(table, row)]
    if not fitting:
        return _without_numbers(table, named)
    best = fitting[0]
    for later in fitting[1:]:
        if _number_between(table, best, later) or not _is_better(later, best):
            break
        best = later
    return Headed(table, best)


def _without_numbers(table: Table, named: list[TopRow]) -> Headed | None:
    """Take the first row that surely says so and stands above all numbers of the sheet."""
    first = min((table.rows[at].index for at in table.first_numbers.values()), default=None)
    sure = [
        row
        for row in named
        if max(_phone_words(row).values()) > 1 and (first is None or row.index < first)
    ]
    return Headed(table, sure[0]) if sure else None


def _phone_words(row: TopRow) -> dict[int, int]:
    """Return the columns that a row says hold phone numbers, and how surely."""
    ranked = {at: phone_header(name) for at, name in enumerate(row.names) if name}
    return {at: int(rank) for at, rank in ranked.items() if rank}


def _fits(table: Table, row: TopRow) -> bool:
    return any(table.content(at, row.index + 1).like >= 0.2 for at in _phone_words(row))


def _number_between(table: Table, row: TopRow, later: TopRow) -> bool:
    columns = _phone_words(row).keys()
    between = (one for one in table.rows if row.index < one.index < later.index)
    return any(not columns.isdisjoint(one.numbers) for one in between)


def _is_better(later: TopRow, row: TopRow) -> bool:
    surest = max(_phone_words(later).values()), max(_phone_words(row).values())
    return later.filled > row.filled or later.filled == 1 or surest[0] > surest[1]


def header_above(table: Table, columns: list[int]) -> Headed:
    """Take the header above the first number of some columns; none where that is data.

    Of several rows that name such a column, the widest is the header and the first of these.
    """
    firsts = [first for at in columns if (first := table.first_numbers.get(at)) is not None]
    if not firsts:
        return Headed(table, None)
    above = [
        row
        for row in table.rows[: min(firsts)]
        if not row.numbers and any(row.name(at) for at in columns)
    ]
    return Headed(table, max(above, key=lambda row: row.filled)) if above else Headed(table, None)


def likeliest_header(table: Table) -> Headed:
    """Take the first row as wide as any above the first number; none where that is data."""
    first = min(table.first_numbers.values(), default=len(table.rows))
    above = table.rows[:first]
    if not above or (first < len(table.rows) and above[-1].filled == 1 < table.rows[first].filled):
        return Headed(table, None)
    return Headed(table, max(above, key=lambda row: row.filled))


def numbers_above(headed: Headed) -> list[int]:
    """Return Excel's rows above the header that hold what looks like a phone number."""
    rows = headed.table.rows
    return [row.index + 1 for row in rows if row.index <= headed.header and _surely(headed, row)]


def _surely(headed: Headed, row: TopRow) -> bool:
    cells = headed.table.sheet.lines[row.index]
    return any(shape(text_of(cells[at])) >= Shape.BARE for at in row.numbers)
