"""How a column writes bare digits, by the evidence of its cells, and what follows. Pure.

A cell alone often has one meaning that is valid and one that is not. In a column whose cells mean
the other thing, the one that is valid may be an accident: two in five Chinese mobile numbers are
valid American ones. So the cells of a column are looked at together, once, and each is settled by
what the column shows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from importer.model import Reason
from importer.phones.cell.numbering import is_open, is_slip
from importer.phones.cell.verdict import Verdict, accept, reject

if TYPE_CHECKING:
    from importer.phones.cell.readings import Bare

ENOUGH = 20
"""Decisive cells that a convention needs. Were both ways of writing equally common in a column, 20
that agree by chance would be a matter of one in a million."""
CLEAR = 0.98
"""The share of decisive cells that must agree: in a column of 50, one slip is forgiven."""
TRUSTED = 0.75
"""The share of cells that must be valid where only the international reading is left.

National numbers that are read so are valid by accident: in most regions less than one in ten, and
at the worst about half (Colombia's and Germany's), as `test_conventions` measures.
"""
TRUSTED_OF_FEW = 0.9
"""The same where there are too few cells for accidents to even out."""
FITTING = 0.5
"""The share of cells without trunk prefix that must be valid in the region they are read with; with
less it is the wrong region, and the few that are valid are accidents."""
_SEEN = 5
"""Decisive cells of one length that tell how long the column's numbers are."""
_FEWEST, _MOST = 7, 15
"""Digits of a cell that counts as a phone number without a reading; others are just rubbish."""


@dataclass(frozen=True, slots=True)
class Column:
    """What the cells of a column show, for the rows of one region."""

    way: Literal["", "national", "international"] = ""
    """The convention that is clear, or ""."""
    lengths: frozenset[int] = frozenset()
    """How many digits the cells have that only read in this way."""
    distrusted: frozenset[bool] = frozenset()
    """Where cells read as numbers of other countries may be accidents: with True those that are as
    long as the region's own numbers, with False the others."""
    trusts_elevens: bool = False
    """Eleven digits that begin with 1 are North American here, and no Chinese mobile numbers."""
    trusts_national: bool = True
    """The region fits the column: its cells without a trunk prefix are mostly valid."""
    unshortened: frozenset[int] = frozenset()
    """Lengths at which no cell has lost a 0 in front."""


@dataclass(slots=True)
class Evidence:
    """Counts of the different cells with bare digits of one column and region."""

    national: Counter[int] = field(default_factory=Counter)
    """By length: only a national reading, and without trunk prefix. One with trunk prefix says
    nothing of those without."""
    own: Counter[int] = field(default_factory=Counter)
    """By length: only the international reading, or that of a mobile, with the region's code."""
    foreign: Counter[int] = field(default_factory=Counter)
    """By length: only the international reading, of another country."""
    foreign_near: Counter[bool] = field(default_factory=Counter)
    """The same by whether a national number of the region may be as long."""
    neither: Counter[bool] = field(default_factory=Counter)
    """No reading at all, by the same."""
    unshortened: Counter[int] = field(default_factory=Counter)
    """By length: a reading, and no other one with zeros in front."""
    zeros_lost: int = 0
    elevens: int = 0
    elevens_valid: int = 0

    def add(self, bare: Bare, times: int = 1) -> None:
        """Count one more cell, or several that are alike in all that is counted."""
        self._add_zero(bare, times)
        self._add_eleven(bare, times)
        length = len(bare.digits)
        if bare.trunk:
            return
        if bare.national and bare.international:
            # What begins with the own code and is a mobile number so is international: its
            # national reading is longer than the region's numbers are in practice.
            own = bare.own and bare.international.number.mobile and not bare.agree
            self.own[length] += times * own
        elif bare.national:
            self.national[length] += times * (not bare.lacks_area and not bare.zero_lost)
        elif bare.international:
            self.own[length] += times * bare.own
            self.foreign[length] += times * (not bare.own)
            self.foreign_near[_is_near(bare)] += times * (not bare.own)
        elif _FEWEST <= length <= _MOST:
            self.neither[_is_near(bare)] += times

    def _add_zero(self, bare: Bare, times: int) -> None:
        alone = not bare.national and not bare.international
        self.zeros_lost += times * (bool(bare.zero_lost) and alone)
        self.unshortened[len(bare.digits)] += times * (not bare.zero_lost and not alone)

    def _add_eleven(self, bare: Bare, times: int) -> None:
        valid = bare.international is not None and bare.international.number.valid
        self.elevens += times * bare.like_chinese_mobile
        self.elevens_valid += times * (bare.like_chinese_mobile and valid)

    def column(self) -> Column:
        """Say what the counts show."""
        way = self._way()
        lengths = self.national if way == "national" else self.own + self.foreign
        return Column(
            way=way,
            lengths=_seen(lengths, _SEEN),
            distrusted=self.distrusted,
            trusts_elevens=self.elevens >= ENOUGH and self.elevens_valid >= CLEAR * self.elevens,
            trusts_national=self._trusts_national(),
            unshortened=frozenset() if self.zeros_lost else _seen(self.unshortened, ENOUGH),
        )

    @property
    def distrusted(self) -> frozenset[bool]:
        """See `Column.distrusted`."""
        return frozenset(near for near in (True, False) if not self._trusts_foreign(near))

    def _trusts_foreign(self, near: bool) -> bool:
        found = self.foreign_near[near]
        cells = found + self.neither[near]
        return found >= (TRUSTED if cells >= ENOUGH else TRUSTED_OF_FEW) * cells

    def _trusts_national(self) -> bool:
        found, cells = self.national.total(), self.national.total() + self.neither.total()
        return cells < ENOUGH or found >= FITTING * cells

    @property
    def abroad(self) -> int:
        """Cells that only read as international; accidents are no evidence of anything."""
        foreign = sum(
            count for near, count in self.foreign_near.items() if near not in self.distrusted
        )
        return self.own.total() + foreign

    def _way(self) -> Literal["", "national", "international"]:
        national = self.national.total()
        # Foreign numbers of quite another length stand in national columns too, with their code.
        against = self.own.total() + (0 if True in self.distrusted else self.foreign_near[True])
        if national >= max(ENOUGH, CLEAR * (national + against)):
            return "national"
        clear = self.abroad >= max(ENOUGH, CLEAR * (national + self.abroad))
        return "international" if clear else ""


def _is_near(bare: Bare) -> bool:
    """Whether a national number with a slip in it may have so many digits."""
    return bare.region is not None and is_slip(bare.region, len(bare.digits))


def _seen(lengths: Counter[int], times: int) -> frozenset[int]:
    return frozenset(length for length, count in lengths.items() if count >= times)


def settle(bare: Bare, column: Column) -> Verdict:
    """Decide about bare digits that have a reading, in a column that shows what it shows."""
    if bare.others:
        return _unclear(bare)
    if bare.national and bare.international and not bare.agree:
        return _settle_both(bare, column)
    if bare.national:
        return _settle_national(bare, column)
    return _settle_international(bare, column)


def _settle_both(bare: Bare, column: Column) -> Verdict:
    """Follow the convention, for cells as long as those that show it."""
    if len(bare.digits) not in column.lengths:
        return _unclear(bare)
    if column.way == "national" and bare.national and not bare.lacks_area:
        return _settle_national(bare, column)
    if column.way == "international" and bare.international:
        return _settle_international(bare, column)
    return _unclear(bare)


def _settle_national(bare: Bare, column: Column) -> Verdict:
    if bare.national is None or bare.lacks_area:
        return _unclear(bare, "a number without its area code")
    if _may_be_shortened(bare, column):
        return _unclear(bare)
    if not bare.trunk and not bare.by_hand and not column.trusts_national:
        return _unclear(bare, f"a number of another country than {bare.region}")
    if column.way == "international" and not bare.trunk and _is_loose(bare):
        return _unclear(bare, "a number abroad with a digit missing")
    return accept(bare.national, bare.repair, bare)


def _may_be_shortened(bare: Bare, column: Column) -> bool:
    return bool(bare.zero_lost) and len(bare.digits) not in column.unshortened


def _is_loose(bare: Bare) -> bool:
    """Whether the plan is so open that a national reading by accident is likely."""
    mobile = bare.national is not None and bare.national.number.mobile
    return bare.region is not None and is_open(bare.region) and not mobile


def _settle_international(bare: Bare, column: Column) -> Verdict:
    if bare.international is None or _may_be_shortened(bare, column):
        return _unclear(bare)
    if bare.own or bare.by_hand:
        return accept(bare.international, bare.repair, bare)
    if _is_near(bare) in column.distrusted:
        return _unclear(bare, "a national number of a country that is not given")
    if bare.like_chinese_mobile and not column.trusts_elevens:
        return _unclear(bare, f"+86{bare.digits}")
    if column.way == "national" and _is_near(bare):
        return _unclear(bare, f"a number of {bare.region} with a slip in it")
    return accept(bare.international, bare.repair, bare)


def _unclear(bare: Bare, other: str = "") -> Verdict:
    readings = (bare.national, *bare.others, bare.international)
    numbers = [one.number.digits for one in readings if one is not None]
    if bare.zero_lost:
        numbers.append(bare.zero_lost)
    return reject(Reason.AMBIGUOUS, either(numbers, other), bare)


def either(numbers: list[str], other: str = "") -> str:
    """Return the readings of an ambiguous cell for the operator: `+85235753351 or +4935753351`."""
    shown = [f"+{number}" for number in dict.fromkeys(numbers)]
    return " or ".join([*shown, *([other] if other else [])])


def assumption(name: str, region: str, evidence: Evidence) -> str:
    """Say in a sentence how a column's bare digits were read and why, or "" if nothing hung on it.

    `region` is the two-letter country that its rows were read with, or "".
    """
    where = f"Column '{name}'" if name else "The phone column"
    rows = f"{where}, rows of {region}" if region else f"{where}, rows without a country"
    way = evidence.column().way
    if way == "national":
        return (
            f"{rows}: numbers without + were read as national ones, because "
            f"{evidence.national.total():,} different cells can only be read so and "
            f"{evidence.abroad:,} only as international."
        )
    if way == "international":
        return f"{rows}: {_international(region, evidence)}"
    foreign, neither = evidence.foreign.total(), evidence.neither.total()
    if foreign and evidence.distrusted:
        return (
            f"{rows}: numbers without + were not read as those of other countries, because only "
            f"{foreign:,} of {foreign + neither:,} different cells would be valid so, which may be "
            "accidents."
        )
    return ""


def _international(region: str, evidence: Evidence) -> str:
    own = f" ({evidence.own.total():,} with the code of {region})" if region else ""
    return (
        "numbers without + were read as international ones, because "
        f"{evidence.abroad:,} different cells can only be read so{own} and "
        f"{evidence.national.total():,} only as national."
    )
