"""Where things stand on a sheet: the header row, the phone columns, the country columns. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.reading.layout.country_columns import choose_countries
from importer.reading.layout.headers import PhoneHeader, phone_header
from importer.reading.layout.layouts import Layout, NoLayout, UnclearCountry, Wishes
from importer.reading.layout.phone_columns import PhoneColumns, choose_phones, left_out
from importer.reading.layout.table import (
    Headed,
    Table,
    TopRow,
    find_header,
    header_above,
    likeliest_header,
    numbers_above,
)
from importer.reading.layout.words import plain
from importer.reading.tables.columnar import width
from importer.reading.tables.sheets import column_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sheets import Sheet

NO_COLUMN = "none"
"""What the operator says for no country column."""

_MOST_SIDEWAYS = 3
"""Rows with numbers that a table has at most that lies on its side."""
_SHOWN = 20
"""Columns that are named in a note at most."""

_NOTHING_SAID = Wishes()


def find_layout(sheet: Sheet, wishes: Wishes = _NOTHING_SAID) -> Layout | NoLayout | UnclearCountry:
    """Find the header row and the columns of a sheet.

    What is not said is found by header and content together; where two columns fit equally well
    none is taken, and the columns that could be meant are returned.
    """
    table = Table(sheet)
    if not table.rows:
        return NoLayout()
    headed, phones = _find_phones(table, wishes)
    if phones.question is not None and not (phones.question.by_content and _sideways(table)):
        return replace(phones.question, columns=headed.candidates(), headed=headed.row is not None)
    if not phones.columns:
        return NoLayout(
            headed.candidates(), headed=headed.row is not None, sideways=_sideways(table)
        )
    return _with_countries(headed, phones, wishes)


def _find_phones(table: Table, wishes: Wishes) -> tuple[Headed, PhoneColumns]:
    headed = find_header(table)
    if wishes.columns:
        return _find_named(table, headed, wishes.columns)
    if headed is not None:
        return headed, choose_phones(headed)
    convincing = [at for at, first in table.first_numbers.items() if _convinces(table, at, first)]
    headed = header_above(table, convincing) if convincing else likeliest_header(table)
    return headed, choose_phones(headed)


def _convinces(table: Table, at: int, first: int) -> bool:
    return table.content(at, table.rows[first].index).convincing


def _with_countries(
    headed: Headed, phones: PhoneColumns, wishes: Wishes
) -> Layout | NoLayout | UnclearCountry:
    layout = Layout(
        header=headed.header,
        names=headed.names,
        phones=phones.columns,
        by_content=phones.by_content,
        sure=phones.sure,
        headed=headed.row is not None,
        notes=tuple(_notes_above(headed)),
    )
    if wishes.country_column is not None:
        return _with_named_country(headed, layout, wishes)
    found = choose_countries(headed, phones.columns, wishes.region)
    if found.unclear:
        shown = tuple(headed.candidate(at) for at in found.unclear)
        return UnclearCountry(shown, found.why, layout)
    return _with_notes(headed, replace(layout, countries=found.columns), wishes)


def _with_named_country(headed: Headed, layout: Layout, wishes: Wishes) -> Layout | NoLayout:
    named = str(wishes.country_column).strip()
    if plain(named) == NO_COLUMN:
        return _with_notes(headed, layout, wishes)
    at = _called(headed.names, named)[:1] or _by_letter(headed.table, named)
    if not at:
        return NoLayout(headed.candidates(), headed=headed.row is not None, missing=named)
    return _with_notes(headed, replace(layout, countries=(tuple(at),) * len(layout.phones)), wishes)


def _with_notes(headed: Headed, layout: Layout, wishes: Wishes) -> Layout:
    """Add what is not read although it looks like phone numbers, unless the operator chose."""
    if wishes.columns:
        return layout
    but = [at for one in layout.countries for at in one]
    names = [
        f"'{name[:40]}' ({'about ' if about else ''}{count:,} {'cell' if count == 1 else 'cells'})"
        for name, count, about in left_out(headed, layout.phones, but)
    ]
    if not names:
        return layout
    note = (
        f"cells that look like phone numbers were not read in {', '.join(names[:_SHOWN])}"
        f"{' and others' if len(names) > _SHOWN else ''}; to read them as well, name every column "
        "with --column."
    )
    return replace(layout, notes=(*layout.notes, note))


def _notes_above(headed: Headed) -> list[str]:
    rows = numbers_above(headed)
    if not rows:
        return []
    shown = ", ".join(map(str, rows[:5])) + (" and others" if len(rows) > 5 else "")
    return [
        f"row {shown} above the header in row {headed.header + 1} was not read, though it holds "
        "what looks like a phone number."
    ]


def _find_named(
    table: Table, headed: Headed | None, columns: Sequence[str]
) -> tuple[Headed, PhoneColumns]:
    """Find the columns that the operator named, by the header or by Excel's letters.

    A cell of a row with numbers, or below such a row, is no header.
    """
    headed = headed or _row_that_names(table, columns) or likeliest_header(table)
    if headed.row is not None:
        found = [at for name in columns for at in _in_header_or_letter(headed, name)]
        if found:
            return headed, PhoneColumns(tuple(dict.fromkeys(found)))
        other = _row_that_names(table, columns)
        if other is not None and other.row is not headed.row:
            return _find_named(table, other, columns)
    found = [at for name in columns for at in _by_letter(table, name)]
    if not found:
        return headed, PhoneColumns()
    return header_above(table, found), PhoneColumns(tuple(dict.fromkeys(found)))


def _in_header_or_letter(headed: Headed, name: str) -> list[int]:
    return _called(headed.names, name) or _by_letter(headed.table, name)


def _row_that_names(table: Table, columns: Sequence[str]) -> Headed | None:
    """Return the row above all numbers that has most of some names, None where none has one.

    A name that may be a letter of Excel's is looked for in the header alone.
    """
    first = min(table.first_numbers.values(), default=len(table.rows))
    above = [row for row in table.rows[:first] if _count(row, columns)]
    return Headed(table, max(above, key=lambda row: _count(row, columns))) if above else None


def _count(row: TopRow, columns: Sequence[str]) -> int:
    return sum(bool(_called(row.names, name)) for name in columns if not _letters(name))


def _called(names: Sequence[str], name: str) -> list[int]:
    exact = [at for at, other in enumerate(names) if other and other == name.strip()]
    return exact or [at for at, other in enumerate(names) if other and plain(other) == plain(name)]


def _letters(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z]{1,3}", name.strip()))


def _by_letter(table: Table, name: str) -> list[int]:
    if not _letters(name) or column_of(name.strip()) >= width(table.sheet.lines):
        return []
    return [column_of(name.strip())]


def _sideways(table: Table) -> int:
    """Return Excel's number of a row that holds phone numbers side by side behind its label."""
    with_numbers = [row for row in table.rows if row.numbers]
    for row in with_numbers if len(with_numbers) <= _MOST_SIDEWAYS else ():
        first = next((name for name in row.names if name), "")
        if phone_header(first) >= PhoneHeader.LIKELY and len(row.numbers) > 1:
            return row.index + 1
    return 0
