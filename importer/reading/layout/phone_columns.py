"""Which columns hold the list's phone numbers: header and cells decide together. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from importer.reading.layout.content import Content, Shape, shape, text_of
from importer.reading.layout.headers import (
    PhoneHeader,
    is_anothers,
    is_ordinal,
    is_other,
    phone_header,
)
from importer.reading.layout.layouts import NoLayout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.layout.table import Headed

_COUNTED = 20_000
"""Cells of a column up to which those that look like numbers are counted one by one."""


@dataclass(frozen=True, slots=True)
class PhoneColumns:
    """The columns to read, or a question."""

    columns: tuple[int, ...] = ()
    by_content: bool = False
    """Whether no header says that they hold phone numbers."""
    sure: bool = True
    """Whether the cells themselves are written as only phone numbers are."""
    question: NoLayout | None = None


@dataclass(frozen=True)
class _Column:
    headed: Headed
    at: int

    @cached_property
    def name(self) -> str:
        return self.headed.name(self.at)

    @cached_property
    def header(self) -> PhoneHeader:
        return phone_header(self.name)

    @cached_property
    def content(self) -> Content:
        return self.headed.content(self.at)

    @property
    def is_named(self) -> bool:
        return self.header >= PhoneHeader.LIKELY

    @property
    def is_perhaps(self) -> bool:
        return self.header == PhoneHeader.PERHAPS and not is_ordinal(self.name)

    @property
    def may_be_meant(self) -> bool:
        """Whether the header allows that the cells alone decide."""
        if is_anothers(self.name):
            return False
        surely = self.content.international >= 0.8
        return surely or self.header > 0 or is_ordinal(self.name) or not is_other(self.name)


def choose_phones(headed: Headed) -> PhoneColumns:
    """Choose the phone columns of a sheet whose header is known, or ask.

    All columns are read whose header says that they hold phone numbers, if some cells do; with them
    those such as `Home` whose cells leave no doubt. Where no header says so, the cells do; where
    these fit several columns equally well, none is taken.
    """
    columns = [_Column(headed, at) for at in range(headed.width)]
    named = [one for one in columns if one.is_named]
    if any(one.content.plausible for one in named):
        more = [one for one in columns if one.is_perhaps and one.content.certain]
        read = [one for one in named if one.content.like >= 0.2]
        return _read(sorted([*read, *more], key=lambda one: one.at))
    if named:
        return _without_numbers(columns, named)
    return _by_content(columns)


def _read(
    columns: Sequence[_Column], *, by_content: bool = False, sure: bool = True
) -> PhoneColumns:
    return PhoneColumns(tuple(one.at for one in columns), by_content, sure)


def _without_numbers(columns: Sequence[_Column], named: Sequence[_Column]) -> PhoneColumns:
    """Take columns by their header alone, unless others hold numbers: then the operator says."""
    none = max(one.content.like for one in named) <= 0.2
    others = [one for one in columns if not one.is_named and one.may_be_meant]
    rivals = [one for one in others if one.content.certain]
    if not any(one.content.held for one in named):
        rivals = rivals or [one for one in others if one.content.convincing]
    if none and rivals:
        return _ask([*rivals, *named])
    best = max(named, key=lambda one: (one.content.like, one.header, -one.at))
    return _read([best] if best.content.like else _of_best_header(named))


def _of_best_header(named: Sequence[_Column]) -> list[_Column]:
    best = max(one.header for one in named)
    return [one for one in named if one.header == best]


def _by_content(columns: Sequence[_Column]) -> PhoneColumns:
    meant = [one for one in columns if one.content.convincing and one.may_be_meant]
    certain = [one for one in meant if one.content.certain]
    found = certain or meant
    if found and all(one.is_perhaps for one in found) and (certain or len(found) == 1):
        return _read(found)
    if len(found) == 1 and (certain or _stands_for_itself(found[0])):
        return _read(found, by_content=True, sure=bool(certain))
    if found:
        return _ask(found, by_content=True)
    return _less_likely(columns)


def _stands_for_itself(column: _Column) -> bool:
    """Whether bare digits are taken under a header that doesn't say so: without one, or alone."""
    alone = sum(map(bool, column.headed.names)) == 1
    return not column.name or (alone and not is_ordinal(column.name))


def _less_likely(columns: Sequence[_Column]) -> PhoneColumns:
    """Take a column headed `Number` of which half is numbers; ask about somebody else's."""
    perhaps = [
        one
        for one in columns
        if one.is_perhaps and one.content.plausible and not one.content.counter
    ]
    if len(perhaps) == 1:
        return _read(perhaps)
    anothers = [one for one in columns if is_anothers(one.name) and one.content.plausible]
    if perhaps or anothers:
        return _ask(perhaps or anothers, by_content=True)
    return PhoneColumns()


def _ask(columns: Sequence[_Column], *, by_content: bool = False) -> PhoneColumns:
    ordered = sorted(columns, key=lambda one: (-one.content.sure, -one.header, one.at))
    shown = tuple(one.headed.candidate(one.at) for one in ordered)
    return PhoneColumns(question=NoLayout(candidates=shown, by_content=by_content))


def left_out(
    headed: Headed, read: Sequence[int], but: Sequence[int]
) -> list[tuple[str, int, bool]]:
    """Return the columns that are not read although cells of them look like phone numbers.

    For each what it is called, how many such cells it has, and whether that was counted on a sample
    alone. `but` are columns that are something else, such as the country column.
    """
    columns = [_Column(headed, at) for at in range(headed.width) if at not in {*read, *but}]
    return [(headed.called(one.at), *_count(one)) for one in columns if _looks_like_numbers(one)]


def _looks_like_numbers(column: _Column) -> bool:
    content, name = column.content, column.name
    if not content.like:
        return False
    if column.header > 0 or is_anothers(name):
        return not content.counter
    if is_other(name):
        return content.international >= 0.5
    return content.international >= 0.2 or content.convincing


def _count(column: _Column) -> tuple[int, bool]:
    headed, lines = column.headed, column.headed.table.sheet.lines
    if len(lines) - headed.header > _COUNTED:
        cells = [cell for cell in headed.cells(column.at) if cell != ""]
    else:
        cells = headed.all_cells(column.at)
    counted = sum(shape(text_of(cell)) > Shape.OTHER for cell in cells if cell != "")
    return counted, len(lines) - headed.header > _COUNTED
