"""What the cells of a list held in parts are beside phone numbers: counts part by part. Pure.

`other_digits`, `rounded` and `totals` say of a column held as a whole what this says of one whose
cells come part by part, in their order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.buffers import lengths
from importer.model import CellKind
from importer.phones import other_digits, rounded, totals
from importer.phones.check_digits import check_digit_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.columns.buffers import Flags, Ints

_MOST_DIFFERENT = 8
"""Different values that any of the rules asks for at most."""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What the cells of each column are, where they are no phone numbers."""

    kinds: Mapping[str, CellKind] = field(default_factory=dict)
    """By the column's name: what nearly all of its digits are."""
    rounded: frozenset[str] = frozenset()
    """Columns in which numbers that end in five zeros have lost their digits."""
    sums: frozenset[int] = frozenset()
    """Cells that are the sum of those above, counted over the whole list."""

    def kinds_of(
        self, texts: pa.Array, columns: list[Ints], names: list[str], first: int
    ) -> list[tuple[CellKind, Ints]]:
        """Return the cells of a part that are of another kind than a phone number's.

        `columns` has the cells of each of the columns in `names`; `first` is how many cells the
        parts before have.
        """
        found = [
            (self.kinds[name], other_digits.plain_cells(texts, cells))
            for name, cells in zip(names, columns, strict=True)
            if name in self.kinds
        ]
        zeros = rounded.ending_in_zeros(texts) if self.rounded else np.zeros(0, dtype=np.int64)
        for name, cells in zip(names, columns, strict=True):
            if name in self.rounded:
                kept = np.intersect1d(cells, zeros, assume_unique=True)
                found.append((CellKind.ROUNDED, kept))
        within = [one - first for one in sorted(self.sums) if 0 <= one - first < len(texts)]
        return [*found, (CellKind.TOTAL, np.array(within, dtype=np.int64))]


@dataclass(slots=True)
class FactCounts:
    """Counts the cells of a list, part by part in their order."""

    all_phones: bool = False
    """Whether the operator has said that all digits are phone numbers."""
    all_digits: bool = False
    """Whether to count digits although the first cells are no dates or other digits: those of the
    list may be, of which these are some later cells."""
    columns: dict[str, _ColumnCounts] = field(default_factory=dict)

    def add(self, texts: pa.Array, columns: list[Ints], names: list[str], first: int) -> None:
        """Count the cells of one more part; see `ListFacts.kinds_of`."""
        zeros = rounded.ending_in_zeros(texts)
        for name, cells in zip(names, columns, strict=True):
            counts = self._of_column(name)
            ended = np.intersect1d(cells, zeros, assume_unique=True)
            counts.add(texts.take(pa.array(cells)), cells + first, texts.take(pa.array(ended)))

    def merge(self, later: FactCounts, first: int) -> None:
        """Add the counts of cells that come after these; `first` is how many cells these are.

        The later ones were counted with `all_digits`, from cell 0.
        """
        for name, counts in later.columns.items():
            self._of_column(name).merge(counts, first)

    def _of_column(self, name: str) -> _ColumnCounts:
        return self.columns.setdefault(name, _ColumnCounts(all_digits=self.all_digits))

    def facts(self) -> ListFacts:
        """Say what the counts show."""
        kinds = {name: one.digits.kind for name, one in self.columns.items()}
        return ListFacts(
            {} if self.all_phones else {name: kind for name, kind in kinds.items() if kind},
            frozenset(name for name, one in self.columns.items() if one.are_rounded),
            frozenset(cell for one in self.columns.values() for cell in one.sums),
        )


def _digit_counts() -> _DigitCounts:
    return _DigitCounts()


def _seconds() -> _Seconds:
    return _Seconds()


@dataclass(slots=True)
class _ColumnCounts:
    """One column's counts."""

    all_digits: bool = False
    cells: int = 0
    last: str = ""
    last_cell: int = -1
    sum: int = 0
    ended: int = 0
    ended_texts: set[str] = field(default_factory=set)
    first: list[str] = field(default_factory=list)
    digits: _DigitCounts = field(default_factory=_digit_counts)
    short: list[tuple[pa.Array, Ints]] | None = field(default_factory=list)
    """All texts and their cells, as long as the column is short; else None."""

    def add(self, texts: pa.Array, cells: Ints, ended: pa.Array) -> None:
        """Count some more cells, and those of them that end in zeros."""
        self.cells += len(texts)
        self.last_cell = int(cells[-1])
        self._add_short([(texts, cells)])
        self.last = texts[-1].as_py() or ""
        self.sum += totals.sum_of(texts)
        self.ended += len(ended)
        if len(self.ended_texts) < rounded.FEWEST:
            self.ended_texts.update(pc.unique(ended)[: rounded.FEWEST].to_pylist())
        missing = other_digits.LOOKED_AT - len(self.first)
        if missing > 0:
            self.first += texts[:missing].to_pylist()
            self.digits.possible = self._may_be_other_digits()
        if self.all_digits or self.digits.possible or missing > len(texts):
            self.digits.add(texts)

    def merge(self, later: _ColumnCounts, first: int) -> None:
        """Add the counts of later cells, the first of which is that many cells on."""
        self.cells += later.cells
        self.last, self.last_cell = later.last, later.last_cell + first
        if later.short is None:
            self.short = None
        else:
            self._add_short([(texts, cells + first) for texts, cells in later.short])
        self.sum += later.sum
        self.ended += later.ended
        self.ended_texts |= later.ended_texts
        self.digits.merge(later.digits)
        missing = other_digits.LOOKED_AT - len(self.first)
        if missing > 0:
            self.first += later.first[:missing]
            self.digits.possible = self._may_be_other_digits()

    def _add_short(self, more: list[tuple[pa.Array, Ints]]) -> None:
        """Keep the texts of some more cells, unless the column is long by now."""
        if self.short is not None:
            self.short += more
            if self.cells > totals.LONGEST_FOR_MEAN:
                self.short = None

    def _may_be_other_digits(self) -> bool:
        some = pa.array(self.first, pa.large_string())
        return other_digits.kind_of(some, np.arange(len(some))) is not None

    @property
    def are_rounded(self) -> bool:
        return rounded.are_many(len(self.ended_texts), self.ended, self.cells)

    @property
    def sums(self) -> list[int]:
        if self.short is not None:
            texts = pa.concat_arrays([one for one, _ in self.short])
            cells = np.concatenate([one for _, one in self.short])
            return [int(cells[at]) for at in totals.sums_of(texts, np.arange(len(texts)))]
        value = totals.sum_said(self.last, self.cells - 1)
        last = totals.sum_of(pa.array([self.last], pa.large_string()))
        return [self.last_cell] if value is not None and self.sum - last == value else []


@dataclass(slots=True)
class _Found:
    """How many values have a property, and some different ones of them."""

    count: int = 0
    different: set[int] = field(default_factory=set)

    def add(self, values: Ints) -> None:
        """Count some more."""
        self.count += len(values)
        if len(self.different) < _MOST_DIFFERENT:
            self.different.update(np.unique(values)[:_MOST_DIFFERENT].tolist())

    def merge(self, other: _Found) -> None:
        """Add what was found elsewhere."""
        self.count += other.count
        self.different |= other.different

    def are_nearly_all(self, of: int, fewest: int) -> bool:
        """Whether nearly all of so many have it, and enough different ones."""
        return len(self.different) >= fewest and self.count >= other_digits.NEARLY_ALL * of


@dataclass(slots=True)
class _DigitCounts:
    """Counts of the cells of one column that are digits alone."""

    possible: bool = True
    """Whether the first cells of the column look like other digits at all."""
    lengths: Counter[int] = field(default_factory=Counter)
    days: list[_Found] = field(default_factory=lambda: [_Found() for _ in range(3)])
    checked: dict[int, list[_Found]] = field(default_factory=dict)
    """By length: the numbers with a right check digit by each rule."""
    seconds: _Seconds = field(default_factory=_seconds)
    milliseconds: _Seconds = field(default_factory=_seconds)

    def add(self, texts: pa.Array) -> None:
        """Count some more cells."""
        plain = texts.take(pa.array(other_digits.plain_cells(texts, np.arange(len(texts)))))
        long = lengths(plain)
        for length in np.unique(long).tolist():
            values = np.asarray(pc.cast(plain.filter(pa.array(long == length)), "int64").to_numpy())
            self.lengths[length] += len(values)
            self._add_values(length, values)

    def _add_values(self, length: int, values: Ints) -> None:
        if length == other_digits.DATE_LENGTH:
            for found, days in zip(self.days, _days(values), strict=True):
                found.add(values[days])
        rules = check_digit_rules(length)
        checked = self.checked.setdefault(length, [_Found() for _ in rules])
        for found, rule in zip(checked, rules, strict=True):
            found.add(values[rule(values)])
        if length == other_digits.SECONDS_LENGTH:
            self.seconds.add(values)
        if length == other_digits.MILLISECONDS_LENGTH:
            self.milliseconds.add(values // 1000)

    def merge(self, later: _DigitCounts) -> None:
        """Add the counts of later cells."""
        self.lengths.update(later.lengths)
        for mine, theirs in zip(self.days, later.days, strict=True):
            mine.merge(theirs)
        for length, founds in later.checked.items():
            checked = self.checked.setdefault(length, [_Found() for _ in founds])
            for mine, theirs in zip(checked, founds, strict=True):
                mine.merge(theirs)
        self.seconds.merge(later.seconds)
        self.milliseconds.merge(later.milliseconds)

    @property
    def kind(self) -> CellKind | None:
        """What nearly all digits of the column are."""
        if not self.possible or not self.lengths:
            return None
        length = min(self.lengths, key=lambda one: (-self.lengths[one], one))
        count = self.lengths[length]
        if count < other_digits.NEARLY_ALL * self.lengths.total():
            return None
        dates = length == other_digits.DATE_LENGTH
        if dates and any(one.are_nearly_all(count, other_digits.FEWEST_DATES) for one in self.days):
            return CellKind.DAY
        if length == other_digits.SECONDS_LENGTH and self.seconds.are_all:
            return CellKind.SECONDS
        if length == other_digits.MILLISECONDS_LENGTH and self.milliseconds.are_all:
            return CellKind.SECONDS
        fewest = other_digits.fewest_checked(length)
        checked = any(one.are_nearly_all(count, fewest) for one in self.checked[length])
        return CellKind.ARTICLE if checked else None


def _days(values: Ints) -> tuple[Flags, ...]:
    return other_digits.days_in_each_order(values)


@dataclass(slots=True)
class _Seconds:
    """Ten digits each: whether all are points in time, near each other or in order."""

    some: set[int] = field(default_factory=set)
    beginnings: set[int] = field(default_factory=set)
    least: int = 2**62
    most: int = -1
    first: int | None = None
    last: int | None = None
    rises: bool = True
    falls: bool = True
    different: Ints | None = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """All different values in their order, as long as they are near each other, else None."""

    def add(self, values: Ints) -> None:
        """Look at some more values, in the order of their cells."""
        self.least = min(self.least, int(values.min()))
        self.most = max(self.most, int(values.max()))
        steps = np.diff(values if self.last is None else np.concatenate([[self.last], values]))
        self.rises &= bool((steps >= 0).all())
        self.falls &= bool((steps <= 0).all())
        self.last = int(values[-1])
        if self.first is None:
            self.first = int(values[0])
        self._forget_if_far()
        unique = np.unique(values)
        if len(self.some) < other_digits.FEWEST_SECONDS:
            self.some.update(unique[: other_digits.FEWEST_SECONDS].tolist())
        if self._are_times:
            self.beginnings.update(np.unique(unique // other_digits.BEGINNING).tolist())
        if self.different is not None:
            self.different = np.union1d(self.different, unique)

    def merge(self, later: _Seconds) -> None:
        """Add what was seen of later values."""
        if later.first is None:
            return
        self.least, self.most = min(self.least, later.least), max(self.most, later.most)
        before = later.first if self.last is None else self.last
        self.rises &= later.rises and before <= later.first
        self.falls &= later.falls and before >= later.first
        self.first, self.last = before if self.first is None else self.first, later.last
        self.some |= later.some
        self.beginnings |= later.beginnings
        if self.different is not None and later.different is not None:
            self.different = np.union1d(self.different, later.different)
        else:
            self.different = None
        self._forget_if_far()

    def _forget_if_far(self) -> None:
        if self.most - self.least > other_digits.SPAN or not self._are_times:
            self.different = None

    @property
    def _are_times(self) -> bool:
        return self.least >= other_digits.SECONDS[0] and self.most < other_digits.SECONDS[1]

    @property
    def are_all(self) -> bool:
        """Whether all that was looked at are points in time."""
        few = len(self.some) < other_digits.FEWEST_SECONDS
        if few or not self._are_times or len(self.beginnings) < other_digits.FEWEST_BEGINNINGS:
            return False
        span = self.most - self.least
        if span <= other_digits.IN_ORDER_SPAN and (self.rises or self.falls):
            return True
        if self.different is None:
            return False
        return int(np.diff(self.different).max()) <= other_digits.GAP * span
