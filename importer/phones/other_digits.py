"""Finds columns of dates, points in time or numbers with check digits, no phone numbers. Pure.

A cell alone does not show it: Denmark has the number 20 24 01 31, and Germany 170 6745600. That all
cells of a column are days of the calendar, or have a right check digit, is no accident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.buffers import flags_of, lengths
from importer.model import CellKind
from importer.phones.check_digits import check_digit_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.columns.buffers import Flags, Ints

LOOKED_AT = 200
"""Cells of a column that tell whether it is worth a closer look."""
NEARLY_ALL = 0.95
DATE_LENGTH, SECONDS_LENGTH, MILLISECONDS_LENGTH = 8, 10, 13
ARTICLE_LENGTHS = (8, 12, 13, 14)
"""Digits of the article numbers of GS1."""
FEWEST_DATES = 2
"""Different days that are no accident: one in 700 eight-digit numbers may be a day."""
FEWEST_ARTICLES = 5
"""Different numbers whose check digits are no accident: one in ten numbers has a right one."""
FEWEST_CHECKED = 6
"""The same at lengths that most phone numbers have, and more kinds of check digits."""
_YEARS = (1900, 2099)
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
SECONDS = (1_500_000_000, 1_900_000_000)
"""July 2017 to March 2030 in seconds since 1970."""
FEWEST_SECONDS = 8
_DAY = 86_400
IN_ORDER_SPAN = 1_100 * _DAY
"""The longest time between the first and the last of many that stand in the order of time. Sorted
mobile numbers of Germany or Bangladesh, their 0 lost, reach over more."""
SPAN = 366 * _DAY
"""The same where they stand in any order: there such numbers of one operator reach over more."""
GAP = 0.4
"""The longest time without any, as a share of the whole: towns' area codes leave longer gaps."""
FEWEST_BEGINNINGS = 3
"""Different first four digits; numbers of one town have one of them."""
BEGINNING = 1_000_000


def kind_of(texts: pa.Array, cells: Ints) -> CellKind | None:
    """Return what nearly all digits of a column's cells are, None where they may be numbers."""
    plain = plain_cells(texts, cells)
    if not len(plain):
        return None
    digits = texts.take(plain)
    counts = np.bincount(lengths(digits))
    length = int(counts.argmax())
    if counts[length] < NEARLY_ALL * len(plain):
        return None
    same = pa.array(lengths(digits) == length)
    values = np.asarray(pc.cast(digits.filter(same), "int64").to_numpy())
    if length == DATE_LENGTH and _are_dates(values):
        return CellKind.DAY
    if length == SECONDS_LENGTH and _are_seconds(values):
        return CellKind.SECONDS
    if length == MILLISECONDS_LENGTH and _are_seconds(values // 1000):
        return CellKind.SECONDS
    return CellKind.ARTICLE if _are_checked(values, length) else None


def other_digits(texts: pa.Array, columns: Iterable[Ints]) -> Iterator[tuple[CellKind, Ints]]:
    """Return what nearly all digits of a column are where they are no phone numbers, and its cells.

    `columns` has the cells of each column. Cells that are not digits alone are left out.
    """
    for cells in columns:
        if kind_of(texts, cells[:LOOKED_AT]) is None:
            continue
        kind = kind_of(texts, cells)
        if kind is not None:
            yield kind, plain_cells(texts, cells)


def plain_cells(texts: pa.Array, cells: Ints) -> Ints:
    """Return the cells whose texts are digits alone, and not too many."""
    some = texts.take(cells)
    plain = pc.fill_null(pc.match_substring_regex(some, "^[0-9]{8,15}$"), False)
    return np.asarray(cells[flags_of(plain)])


def _are_dates(values: Ints) -> bool:
    """Whether nearly all are days, written in one way: year, month, day, or another order."""
    return any(_are_nearly_all(values, days, FEWEST_DATES) for days in days_in_each_order(values))


def days_in_each_order(values: Ints) -> tuple[Flags, ...]:
    """Return which eight digits are a day: as year, month, day, and in two other orders."""
    head, middle, tail = values // 10_000, values // 100 % 100, values % 100
    first, second, year = values // 1_000_000, values // 10_000 % 100, values % 10_000
    orders = ((head, middle, tail), (year, second, first), (year, first, second))
    return tuple(_is_day(*one) for one in orders)


def _is_day(year: Ints, month: Ints, day: Ints) -> Flags:
    known = (year >= _YEARS[0]) & (year <= _YEARS[1]) & (month >= 1) & (month <= 12) & (day >= 1)
    longest = _DAYS[np.where(known, month, 0)]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return np.asarray(known & (day <= longest - ((month == 2) & ~leap)))


def _are_checked(values: Ints, length: int) -> bool:
    """Whether nearly all have a right check digit by one rule for numbers of their length."""
    fewest = fewest_checked(length)
    return any(_are_nearly_all(values, rule(values), fewest) for rule in check_digit_rules(length))


def fewest_checked(length: int) -> int:
    """Return how many different numbers of a length must have right check digits."""
    return FEWEST_ARTICLES if length in ARTICLE_LENGTHS else FEWEST_CHECKED


def _are_nearly_all(values: Ints, found: Flags, fewest: int) -> bool:
    different = len(np.unique(values[found]))
    return different >= fewest and int(found.sum()) >= NEARLY_ALL * len(values)


def _are_seconds(values: Ints) -> bool:
    """Whether all are seconds since 1970, near each other or in the order of time."""
    different = np.unique(values)
    if len(different) < FEWEST_SECONDS or different[0] < SECONDS[0]:
        return False
    span = int(different[-1] - different[0])
    if different[-1] >= SECONDS[1] or len(np.unique(different // BEGINNING)) < FEWEST_BEGINNINGS:
        return False
    steps = np.diff(values)
    if span <= IN_ORDER_SPAN and bool((steps >= 0).all() or (steps <= 0).all()):
        return True
    return span <= SPAN and int(np.diff(different).max()) <= GAP * span
