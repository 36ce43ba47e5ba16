"""Counts what the bare digits of a column show together. Pure.

Bare digits have neither a plus nor an international prefix. These rules say what they mean.
`decide_bare` applies them to each cell; this module counts what they need. Cells with the same
digits count once.

1. **A plus, `00` or the region's own international prefix decides alone.** ITU-T E.164 leaves no
   other reading, and the countries of such cells are the countries that the column *holds*.
2. **A country that is given wins over an accident abroad.** Digits that are a whole mobile number
   of the row's country, or any number of a plan whose numbers are all of about one length, are that
   number, although they may begin with another country's code: plans were made without regard to
   each other, and two in five Chinese mobile numbers are valid American ones. Not so where the
   column shows that it means the other country.
3. **A trunk prefix is national.** It is dialled at home only, so `8 495 …` is never Vietnam's +84
   where Russia is given.
4. **Bare digits are another country's only by proof.** The column holds that country by a tenth of
   its numbers, and by two; or the digits can't be anybody's national number; or so many of them are
   valid with the code that national numbers which begin alike would hardly all be
   (`other_countries.proves_code`). Against it stand digits grouped across the end of the code,
   ten digits that are a number of North America, which writes its numbers so, and digits that are a
   national number of another country that the column holds.
5. **The region must fit.** Fewer than four in five cells that are its numbers, trunk prefix or not,
   and it is a wrong one; of three or four cells half are too few. Plans of equal length share half
   of their numbers as a rule, seldom more. Then neither national readings nor those with its own
   code are believed. A region that is given for the whole column is doubted as well where the
   cells, three or more, are all numbers of another country whose plan they fit a hundred times
   better: they begin as its numbers begin, are its mobile numbers, and are grouped as its people
   group them (`likelihood`). Where a column of the sheet gives it, that takes a hundred times more.
6. **The own code is written where the national reading is no mobile number.** `49 151 …` after
   Germany's code is a mobile number; as a national number it would be a fixed line longer than any.
7. **Eleven digits from 13 to 19 may be Chinese mobile numbers** where North America is the default
   and all of them may be.
8. **A 0 that a number cell has lost is put back** where nothing else can be meant and the row, or
   the column, says the country: Italy's fixed numbers begin with 0, its mobile numbers never do.

Columns of other digits, sums and numbers that were rounded are sorted out before, as all plans of
eight to eleven digits take many of them: `other_digits`, `check_digits`, `totals`, `rounded`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.phones.cell.column import Column
from importer.phones.cell.likelihood import SAMPLED, likelier_region
from importer.phones.cell.numbering import code_of, is_slip
from importer.phones.cell.other_countries import (
    proves_code,
    sample_of,
    sample_of_groups,
)
from importer.phones.cell.shape import is_stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.phones.cell.column import Way
    from importer.phones.cell.readings import Bare

ENOUGH = 20
"""Decisive cells that a convention needs. Were both ways of writing equally common in a column, 20
that agree by chance would be a matter of one in a million."""
CLEAR = 0.98
"""The share of decisive cells that must agree: in a column of 50, one slip is forgiven."""
TRUSTED = 0.75
"""The share of cells that must be valid where only the international reading is left.

National numbers that are read so are valid by accident: in most regions less than one in ten, and
at the worst about half (Colombia's and Germany's), as `test_column` measures.
"""
TRUSTED_OF_FEW = 0.9
"""The same where there are too few cells for accidents to even out."""
FITTING = 0.8
"""The share of cells that must be numbers of the region; with less it is the wrong one."""
_FEWEST_TO_DOUBT = 3
"""Cells that can show a region to be wrong: where at most half of so few are numbers of it."""
_FEWEST_TO_FIT = 5
"""Cells of which more must fit. Of four that are the region's own, one may have a slip in it."""
_HELD = 0.1
"""The share of a column's numbers that makes a country one of those that it holds."""
_FEWEST_HELD = 2
_SEEN = 5
"""Decisive cells of one length that tell how long the column's numbers are."""
_FEWEST, _MOST = 7, 15
"""Digits of a cell that counts as a phone number without a reading; others are just rubbish."""


@dataclass(slots=True)
class Evidence:
    """Counts of the different cells with bare digits, of one column and region."""

    from_row: bool = True
    """The rows name the region themselves; it is not a default for the whole file."""
    only_region: bool = False
    """The rows name the region themselves, and no row of the column names another one."""
    national: Counter[int] = field(default_factory=Counter)
    """By length: only a national reading, and without trunk prefix. One with trunk prefix says
    nothing of how those without are written."""
    trunk: int = 0
    """A national reading with its trunk prefix."""
    shortened: int = 0
    """A national reading with what a number cell leaves of its trunk prefix."""
    both: int = 0
    """A national reading and one with another country's code."""
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
    begun: Counter[str] = field(default_factory=Counter)
    """By calling code: digits that begin with it, whether that makes a number or not."""
    valid: Counter[str] = field(default_factory=Counter)
    """By calling code: digits that are a number with it, and no agreeing national one."""
    zeros_lost: int = 0
    elevens: int = 0
    """Eleven digits that begin with 1 and are a number of the region so."""
    chinese: int = 0
    """Those of them that may be Chinese mobile numbers."""
    samples: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By calling code: some of the digits of `valid`."""
    written: set[tuple[str, ...]] = field(default_factory=set)
    """The groups of digits of some of all cells, where the whole column has one region."""

    def add(self, bare: Bare, times: int = 1) -> None:
        """Count one more cell, or several that are alike in all that is counted."""
        self._add_zero(bare, times)
        self._add_eleven(bare, times)
        self.shortened += times * bare.shortened_trunk
        length = len(bare.digits)
        if bare.trunk and not bare.agree:
            self.trunk += times
            return
        if bare.code and _FEWEST <= length <= _MOST:
            self.begun[bare.code] += times
            self.valid[bare.code] += times * is_sampled(bare)
        if bare.trunk:
            self.trunk += times
        elif bare.national and bare.international:
            # What begins with the own code and is a mobile number so is international: its
            # national reading is longer than the region's numbers are in practice.
            own = bare.own and bare.international.number.mobile and not bare.agree
            self.own[length] += times * own
            self.both += times * (not own)
        elif bare.national:
            certain = not bare.lacks_area and not bare.zero_lost
            self.national[length] += times * certain
            self.both += times * (not certain)
        elif bare.international:
            self.own[length] += times * bare.own
            self.foreign[length] += times * (not bare.own)
            self.foreign_near[is_near(bare)] += times * (not bare.own)
        elif _FEWEST <= length <= _MOST and not bare.zero_lost:
            self.neither[is_near(bare)] += times

    def sample(self, bare: Bare, digits: str = "", text: str = "") -> None:
        """Keep a cell's digits, and the groups in which its text has them, as examples.

        `digits` and `text` are those of another cell that is alike in all that is counted.
        """
        digits = digits or bare.digits
        if is_sampled(bare) and _FEWEST <= len(digits) <= _MOST:
            self.samples[bare.code].add(digits)
        groups = tuple(re.findall("[0-9]+", text)) if text else bare.groups
        if self.samples_all(bare):
            self.written.add(groups)

    def samples_all(self, bare: Bare) -> bool:
        """Whether digits are sampled whatever they read as: where the region may be a wrong one."""
        one_for_all = (self.only_region or not self.from_row) and bare.region is not None
        return one_for_all and _FEWEST <= len(bare.digits) <= _MOST

    def _add_zero(self, bare: Bare, times: int) -> None:
        alone = not bare.national and not bare.international
        self.zeros_lost += times * (bool(bare.zero_lost) and alone)
        self.unshortened[len(bare.digits)] += times * (not bare.zero_lost and not alone)

    def _add_eleven(self, bare: Bare, times: int) -> None:
        if bare.agree and len(bare.digits) == 11 and bare.digits.startswith("1"):
            self.elevens += times
            self.chinese += times * bare.like_chinese_mobile

    @property
    def is_empty(self) -> bool:
        """Whether no cell was counted yet."""
        return self == Evidence(self.from_row, self.only_region)

    @property
    def fit(self) -> tuple[int, int]:
        """How many cells are numbers of the region, and of how many that look like its numbers.

        Those that would be with a 0 in front count too: all where the rows name the region, else
        unless they are more than the others.
        """
        fitting = self.national.total() + self.trunk + self.both + self.own.total()
        lost = self.zeros_lost if self.from_row or self.zeros_lost <= fitting else 0
        others = self.neither.total() + self.foreign_near[True] + self.zeros_lost - lost
        return fitting + lost, fitting + lost + others

    @property
    def fits(self) -> bool:
        """Whether the region fits the cells, or they are too few to tell."""
        fitting, cells = self.fit
        if cells < _FEWEST_TO_FIT:
            return cells < _FEWEST_TO_DOUBT or 2 * fitting > cells
        return fitting >= FITTING * cells

    @property
    def distrusted(self) -> frozenset[bool]:
        """See `Column.distrusted`."""
        return frozenset(near for near in (True, False) if not self._trusts_foreign(near))

    def _trusts_foreign(self, near: bool) -> bool:
        found = self.foreign_near[near]
        cells = found + self.neither[near]
        return found >= (TRUSTED if cells >= ENOUGH else TRUSTED_OF_FEW) * cells

    @property
    def abroad(self) -> int:
        """Cells that only read as international; accidents are no evidence of anything."""
        foreign = sum(
            count for near, count in self.foreign_near.items() if near not in self.distrusted
        )
        return self.own.total() + foreign

    @property
    def way(self) -> Way:
        """The convention that the counts show, or ""."""
        national = self.national.total()
        # Foreign numbers of quite another length stand in national columns too, with their code.
        against = self.own.total() + (0 if True in self.distrusted else self.foreign_near[True])
        if national >= max(ENOUGH, CLEAR * (national + against)):
            return "national"
        clear = self.abroad >= max(ENOUGH, CLEAR * (national + self.abroad))
        return "international" if clear else ""

    @property
    def chinese_elevens(self) -> bool:
        """See `Column.chinese_elevens`."""
        return self.chinese > 0 and self.chinese >= TRUSTED_OF_FEW * self.elevens

    @property
    def cells(self) -> int:
        """All different cells that are numbers or look like some."""
        return self.fit[1] + self.foreign_near[False]


def is_near(bare: Bare) -> bool:
    """Whether a national number with a slip in it may have so many digits."""
    return bare.region is not None and is_slip(bare.region, len(bare.digits))


def is_sampled(bare: Bare) -> bool:
    """Whether digits that are a number with the code they begin with say something of that code.

    Those that may be a date and a time don't: Egypt's mobile numbers begin like years.
    """
    if bare.international is None or bare.agree or bare.trunk:
        return False
    return not is_stamp(bare.digits)


@dataclass(slots=True)
class ColumnEvidence:
    """What all rows of one column show, whatever their regions."""

    explicit: Counter[str] = field(default_factory=Counter)
    """By calling code: different numbers with a plus or an international prefix."""
    places: list[tuple[str, Evidence]] = field(default_factory=list)
    """Of each region: its two letters or "", and what its rows show."""

    def columns(self) -> list[Column]:
        """Say what the counts show, in the order of `places`."""
        proven = self._proven()
        held = self._held(proven)
        proves_codes = self._proves_codes(proven)
        way = self._way()
        return [
            Column(
                from_row=one.from_row,
                way=one.way,
                way_of_all=way,
                lengths=_lengths(one),
                national=one.national.total() + one.trunk,
                own=one.own.total(),
                fits=one.fits or (region != "" and code_of(region) in self._held_by_plus()),
                likelier=self._likelier(one, region),
                fit=one.fit,
                shortens_trunk=one.from_row or 2 * one.shortened >= one.fit[0] - one.trunk,
                distrusted=one.distrusted,
                proven=proven,
                proves_codes=proves_codes,
                held=held,
                unshortened=frozenset() if one.zeros_lost else _seen(one.unshortened, ENOUGH),
                chinese_elevens=not one.from_row and one.chinese_elevens,
            )
            for region, one in self.places
        ]

    @property
    def _bare(self) -> list[Evidence]:
        return [one for _, one in self.places]

    @property
    def cells(self) -> int:
        """Return how many different cells are numbers or look like some."""
        return self.explicit.total() + sum(one.cells for one in self._bare)

    def _likelier(self, one: Evidence, region: str) -> str:
        """Return `Column.likelier`; a region whose code half of the cells have is right.

        So is one of which some numbers have a plus.
        """
        if not one.written or region == "" or code_of(region) in self._held_by_plus():
            return ""
        if 2 * one.own.total() >= one.fit[1]:
            return ""
        some = sample_of_groups(one.written, SAMPLED)
        return likelier_region(region, some, from_row=one.from_row)

    def _held_by_plus(self) -> frozenset[str]:
        return self._shares(self.explicit)

    def _shares(self, counts: Counter[str]) -> frozenset[str]:
        least = max(_FEWEST_HELD, _HELD * self.cells)
        return frozenset(code for code, count in counts.items() if count >= least)

    def _proven(self) -> frozenset[str]:
        by_plus = self._held_by_plus()
        begun, valid = (
            _sum([one.begun for one in self._bare]),
            _sum([one.valid for one in self._bare]),
        )
        distrusted = any(one.distrusted for one in self._bare)
        proven = set(by_plus)
        for code, count in valid.items() if not distrusted else ():
            if count < TRUSTED_OF_FEW * begun[code] or code in proven:
                continue
            sample = sample_of(digits for one in self._bare for digits in one.samples.get(code, ()))
            if proves_code(code, sample, count, begun[code]):
                proven.add(code)
        return frozenset(proven)

    def _held(self, proven: frozenset[str]) -> frozenset[str]:
        counts = Counter(self.explicit)
        for region, one in self.places:
            if region:
                counts[code_of(region)] += one.national.total() + one.trunk + one.own.total()
            for code in proven:
                own = region != "" and code == code_of(region)
                counts[code] += 0 if own else one.valid[code]
        return self._shares(counts)

    def _proves_codes(self, proven: frozenset[str]) -> bool:
        """Whether nearly all bare digits begin with a code that is proven."""
        valid = sum(one.valid[code] for one in self._bare for code in proven)
        cells = sum(one.cells for one in self._bare)
        return valid >= ENOUGH and valid >= CLEAR * cells

    def _way(self) -> Way:
        """Return the convention that all rows with a region follow, or ""."""
        national = sum(one.national.total() for one in self._bare)
        own = sum(one.own.total() for one in self._bare)
        if national >= max(ENOUGH, CLEAR * (national + own)):
            return "national"
        return "international" if own >= max(ENOUGH, CLEAR * (national + own)) else ""


def _sum(counts: Sequence[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total


def _lengths(one: Evidence) -> frozenset[int]:
    return _seen(one.national if one.way == "national" else one.own + one.foreign, _SEEN)


def _seen(lengths: Counter[int], times: int) -> frozenset[int]:
    return frozenset(length for length, count in lengths.items() if count >= times)
