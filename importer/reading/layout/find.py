"""Where things stand on a sheet: the header row, the phone columns, the country column. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from importer.reading.layout.likeness import Likeness, likeness, shape
from importer.reading.layout.words import base, is_country, is_other, plain, rank
from importer.reading.tables.cells import as_text
from importer.reading.tables.columnar import cells_at, width
from importer.reading.tables.sheets import column_of, letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sheets import Cell, Sheet

HEADER_SEARCH = 40
"""How many rows from the top may hold the header."""

_LOOKED_AT = 2_000
"""Rows from the top, and as many again from the rest, that tell what a column holds."""

_WIDEST = 2_000
"""How many columns are looked at; lists with more than that are no lists of people."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one sheet; indexes count from 0."""

    header: int
    """The header's index in the sheet's lines; -1 where there is none."""
    names: tuple[str, ...]
    phones: tuple[int, ...]
    country: int | None
    by_content: bool = False
    """Whether the header did not say which column it is."""
    sure: bool = True
    """Whether the cells themselves are written as only phone numbers are."""

    @property
    def first(self) -> int:
        """The index of the first line below the header."""
        return self.header + 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that could be meant."""

    name: str
    """What to call it by: its header, or its letter where that says more."""
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoLayout:
    """Why the columns of a sheet are not known."""

    names: tuple[str, ...]
    """The columns that there are."""
    candidates: tuple[Candidate, ...] = ()
    """The columns that could be meant, where the choice is the operator's."""
    by_content: bool = False
    """Whether no header speaks for any of the candidates."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line taken for the header, and what its columns hold below it."""

    sheet: Sheet
    header: int
    names: tuple[str, ...]

    def below(self, at: int) -> list[Cell]:
        return column(self.sheet, self.header + 1, at)

    def like(self, at: int) -> Likeness:
        lines = self.sheet.lines
        head = range(self.header + 1, min(self.header + 1 + _LOOKED_AT, len(lines)))
        rest = range(head.stop, len(lines), max(1, (len(lines) - head.stop) // _LOOKED_AT))
        return likeness(cells_at(lines, at, (*head, *rest)))

    def candidate(self, at: int) -> Candidate:
        name = self.names[at]
        twice = not name or sum(plain(other) == plain(name) for other in self.names) > 1
        held = (as_text(cell)[:30] for cell in self.below(at) if cell != "")
        return Candidate(letters(at) if twice else name, tuple(islice(held, 3)))

    def layout(self, phones: Sequence[int], **said: bool) -> Layout:
        return Layout(self.header, self.names, tuple(phones), self._country(phones), **said)

    def _country(self, phones: Sequence[int]) -> int | None:
        found = (at for at, name in enumerate(self.names) if at not in phones and is_country(name))
        return next(found, None)


def find_layout(sheet: Sheet, columns: Sequence[str]) -> Layout | NoLayout:
    """Find the header row and the columns of a sheet.

    `columns` names the phone columns by header or by Excel's letter. Without it, header and content
    decide together; where two different columns fit equally well none is taken.
    """
    if columns:
        return _find_named(sheet, columns)
    rows = _possible_headers(sheet)
    found = _by_header(rows)
    if isinstance(found, Layout):
        rival = _rival(rows, found)
        return rival or found
    return found or _by_content(sheet, rows)


def column(sheet: Sheet, first: int, at: int) -> list[Cell]:
    """Return one column from a line on; short lines end in empty cells."""
    return cells_at(sheet.lines, at, range(first, len(sheet.lines)))


def is_empty(line: Sequence[Cell]) -> bool:
    """Whether no cell of a line holds anything."""
    return not any(cell != "" for cell in line)


def _possible_headers(sheet: Sheet) -> list[_Row]:
    rows = []
    for index, line in enumerate(sheet.lines[:HEADER_SEARCH]):
        if not is_empty(line):
            rows.append(_Row(sheet, index, _names(sheet, index)))
    return rows


def _names(sheet: Sheet, index: int) -> tuple[str, ...]:
    """Return a header's names; one that is merged over several columns names them all."""
    names = [as_text(cell).strip() for cell in sheet.lines[index][:_WIDEST]]
    for (top, left), (bottom, right) in sheet.merged:
        if top <= index <= bottom and right > left and left < len(names):
            title = as_text(sheet.lines[top][left]).strip() if left < len(sheet.lines[top]) else ""
            for at in range(left, min(right + 1, len(names))):
                names[at] = names[at] or title
    return tuple(names)


def _find_named(sheet: Sheet, columns: Sequence[str]) -> Layout | NoLayout:
    rows = _possible_headers(sheet)
    best: tuple[int, _Row, list[int]] | None = None
    for row in rows:
        found = [at for name in columns for at in _called(row.names, name)]
        count = sum(bool(_called(row.names, name)) for name in columns)
        if found and (best is None or count > best[0]):
            best = (count, row, found)
    if best is not None:
        _, row, found = best
        letter = [
            column_of(name) for name in columns if not _called(row.names, name) and _letters(name)
        ]
        return row.layout(tuple(dict.fromkeys([*found, *(at for at in letter if at < _WIDEST)])))
    if rows and all(_letters(name) for name in columns):
        return _by_letters(sheet, rows, [column_of(name) for name in columns])
    return NoLayout(_likeliest_header(rows).names if rows else ())


def _called(names: Sequence[str], name: str) -> list[int]:
    exact = [at for at, other in enumerate(names) if other and other == name.strip()]
    return exact or [at for at, other in enumerate(names) if other and plain(other) == plain(name)]


def _letters(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z]{1,3}", name.strip()))


def _by_letters(sheet: Sheet, rows: Sequence[_Row], at: Sequence[int]) -> Layout | NoLayout:
    if any(one >= width(sheet.lines) for one in at):
        return NoLayout(_likeliest_header(rows).names)
    row = _above(sheet, rows, at[0])
    return row.layout(tuple(dict.fromkeys(at)))


def _likeliest_header(rows: Sequence[_Row]) -> _Row:
    """Return the first row as wide as any: titles are narrower than the table below them."""
    return max(rows, key=lambda row: sum(map(bool, row.names)))


def _above(sheet: Sheet, rows: Sequence[_Row], at: int) -> _Row:
    """Return the row right above a column's first number as its header, or none if that is data."""
    for index, row in enumerate(rows):
        cell = row.names[at] if at < len(row.names) else ""
        if shape(cell):
            if index == 0 or not _is_header(rows[index - 1], at):
                break
            return rows[index - 1]
    else:
        return _likeliest_header(rows)
    widest = max(len(line) for line in sheet.lines[:HEADER_SEARCH])
    first = rows[0].header if rows else 0
    return _Row(sheet, first - 1, tuple(letters(one) for one in range(min(widest, _WIDEST))))


def _is_header(row: _Row, at: int) -> bool:
    """Whether a row names a column, and holds no numbers."""
    name = row.names[at] if at < len(row.names) else ""
    return bool(name) and not any(shape(other) for other in row.names)


def _by_header(rows: Sequence[_Row]) -> Layout | NoLayout | None:
    """Take the columns whose header says that they hold phone numbers, content permitting.

    A title above the table can read like a header. So the last such row counts, before the first
    number of its column, whose column holds numbers; else the first row that says so at all.
    """
    named = [(row, ranks) for row in rows if (ranks := _ranks(row))]
    fitting = [(row, ranks) for row, ranks in named if any(row.like(at).plausible for at in ranks)]
    if not fitting:
        certain = [(row, ranks) for row, ranks in named if max(ranks.values()) > 1]
        return _pick(*certain[0]) if certain else None
    row, ranks = fitting[0]
    for later, later_ranks in fitting[1:]:
        if any(shape(name) for at, name in enumerate(later.names) if at in ranks):
            break
        if _is_still_above(row, later, ranks):
            row, ranks = later, later_ranks
    return _pick(row, ranks)


def _is_still_above(row: _Row, later: _Row, ranks: dict[int, int]) -> bool:
    """Whether no number stands between two rows in the columns that the first one names."""
    between = row.sheet.lines[row.header + 1 : later.header]
    return not any(shape(as_text(line[at])) for line in between for at in ranks if at < len(line))


def _ranks(row: _Row) -> dict[int, int]:
    ranked = {at: rank(name) for at, name in enumerate(row.names) if name}
    return {at: one for at, one in ranked.items() if one}


def _pick(row: _Row, ranks: dict[int, int]) -> Layout | NoLayout | None:
    """Choose among the columns that a header names; those of one name but for a counter are one."""
    like = {at: row.like(at) for at in ranks}
    best = max(
        (one for at, one in ranks.items() if like[at].plausible), default=max(ranks.values())
    )
    chosen = {base(row.names[at]) for at, one in ranks.items() if one == best}
    if len(chosen) > 1:
        held = {
            base(row.names[at]) for at, one in ranks.items() if one == best and like[at].plausible
        }
        chosen = held or chosen
    found = [at for at in ranks if base(row.names[at]) in chosen]
    if len(chosen) > 1:
        return NoLayout(row.names, tuple(row.candidate(at) for at in found))
    if best == 1 and not any(like[at].plausible for at in found):
        return None
    return row.layout(found)


def _rival(rows: Sequence[_Row], found: Layout) -> NoLayout | None:
    """Ask where the named column holds no numbers at all, but another one surely does."""
    row = next(row for row in rows if row.header == found.header)
    named = [row.like(at) for at in found.phones]
    if any(one.like > 0.2 for one in named) or sum(one.held for one in named) < 3:
        return None
    others = [at for at in range(len(row.names)) if at not in found.phones]
    rivals = [at for at in others if (like := row.like(at)).like >= 0.8 and like.sure >= 0.5]
    if not rivals:
        return None
    return NoLayout(row.names, tuple(row.candidate(at) for at in [*found.phones, *rivals]))


def _by_content(sheet: Sheet, rows: Sequence[_Row]) -> Layout | NoLayout:
    """Take the one column whose cells are phone numbers, where no header says which it is."""
    if not rows:
        return NoLayout(())
    widest = min(max(len(line) for line in sheet.lines[: HEADER_SEARCH * 5]), _WIDEST)
    looks = {}
    for at in range(widest):
        row = _above(sheet, rows, at)
        like = row.like(at)
        name = row.names[at] if at < len(row.names) else ""
        if like.convincing and not (row.header >= 0 and is_other(name)):
            looks[at] = (row, like)
    surely = [at for at, (_, like) in looks.items() if like.sure >= 0.5]
    found = surely or list(looks)
    if not found:
        return NoLayout(_likeliest_header(rows).names)
    row, like = looks[found[0]]
    headed = row.header >= 0 and row.names[found[0]] != letters(found[0])
    alone = sum(map(bool, row.names)) == 1
    if len(found) > 1 or (headed and not surely and not alone):
        shown = tuple(looks[at][0].candidate(at) for at in found)
        return NoLayout(row.names, shown, by_content=True)
    return row.layout(found, by_content=True, sure=bool(surely))
