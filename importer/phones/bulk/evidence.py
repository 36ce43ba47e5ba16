"""What the bare digits of a column show together, counted in bulk and one by one. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.phones.bulk.digits import FEWEST, MOST
from importer.phones.bulk.explicit import count_explicit
from importer.phones.bulk.patterns import INVALID, look_up
from importer.phones.bulk.survey import FACTS
from importer.phones.careful import decide_by_column, decide_cell, first_of_each
from importer.phones.cell.assumption import assumption
from importer.phones.cell.evidence import ColumnEvidence, Evidence, is_sampled
from importer.phones.cell.likelihood import SAMPLED
from importer.phones.cell.numbering import trunks_of_code
from importer.phones.cell.other_countries import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from importer.columns.buffers import Cells, Flags, Ints
    from importer.phones.bulk.survey import BareCells, Sure
    from importer.phones.careful import Careful
    from importer.phones.cell.column import Column
    from importer.phones.cell.readings import Bare
    from importer.phones.cell.verdict import Verdict
    from importer.phones.inputs import ColumnInputs, Place
    from importer.phones.options import PhoneOptions

HOME, ABROAD, UNCLEAR = range(3)
"""Which reading bare digits get."""
_ORDER = np.uint64(0x9E3779B97F4A7C15)
"""What `other_countries.place_in_sample` multiplies numbers by."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """The first cell of a class: what the careful path decided of it, and its two readings."""

    place: int
    verdict: Verdict
    home: str
    abroad: str


@dataclass(frozen=True, slots=True)
class Classes:
    """Cells of bare digits in classes: those of one differ for `decide_bare` by digits alone."""

    cells: Cells
    digits: pa.ChunkedArray
    of: NDArray[np.int32]
    """The class of each."""
    shown: list[_Shown]

    def chosen(self, columns: Mapping[int, Column]) -> NDArray[np.int8]:
        """Return which reading each cell gets by what its column shows."""
        found = np.array([_choose(one, columns) for one in self.shown], dtype=np.int8)[self.of]
        for place, column in columns.items():
            self._doubt_held(found, place, column)
        return found

    def _doubt_held(self, found: NDArray[np.int8], place: int, column: Column) -> None:
        """Leave cells to `decide_bare` that may be numbers of a country the column holds."""
        at_place = np.array([one.place == place for one in self.shown], dtype=np.bool_)
        foreign = np.array([_is_foreign(one) for one in self.shown], dtype=np.bool_)
        if not column.held or not (at_place & foreign).any():
            return
        rows = np.flatnonzero((found == ABROAD) & (at_place & foreign)[self.of])
        digits = self.digits.take(pa.array(rows)).combine_chunks() if len(rows) else None
        for code in sorted(column.held) if digits is not None else ():
            found[rows[_may_be_home(digits, code)]] = UNCLEAR


def _is_foreign(shown: _Shown) -> bool:
    bare = shown.verdict.bare
    return bare is not None and bare.international is not None and not bare.own


def _may_be_home(digits: pa.Array, code: str) -> Flags:
    """Return which digits may be a national number with a code, with or without trunk prefix."""
    found = np.zeros(len(digits), dtype=np.bool_)
    kind = pa.large_string()
    for trunk in ("", *trunks_of_code(code)):
        begun = pc.starts_with(digits, trunk)
        rests = pc.utf8_slice_codeunits(digits, start=len(trunk))
        prefix, nothing = pa.scalar(code, kind), pa.scalar("", kind)
        numbers = pc.binary_join_element_wise(prefix, rests.cast(kind), nothing)
        outcomes = look_up(numbers)
        found |= (outcomes != INVALID) & np.asarray(begun.to_numpy(zero_copy_only=False))
    return found


def classify(inputs: ColumnInputs, bare: Sequence[BareCells], options: PhoneOptions) -> Classes:
    """Decide about one cell of each class."""
    cells = _joined([one.cells for one in bare])
    facts = _joined([one.facts for one in bare])
    of, _ = pd.factorize(inputs.places[cells] * np.int64(FACTS) + facts)
    kind = pa.large_string()
    digits = pa.chunked_array([one.digits for one in bare], kind)
    at_home = pa.chunked_array([one.home_numbers for one in bare], kind)
    international = _joined([one.international for one in bare])
    shown = [
        _Shown(
            place=int(inputs.places[cells[first]]),
            verdict=decide_cell(inputs, int(cells[first]), options)[0],
            home=at_home[first].as_py() or "",
            abroad=digits[first].as_py() if international[first] >= 0 else "",
        )
        for first in first_of_each(of).tolist()
    ]
    return Classes(cells, digits, of.astype(np.int32), shown)


def _joined(parts: list[NDArray[np.int16]] | list[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate([np.zeros(0, dtype=np.int16), *parts]).astype(np.int32, copy=False)


def _choose(shown: _Shown, columns: Mapping[int, Column]) -> int:
    """Return which reading a class of cells gets, where it gets one whatever the digits."""
    verdict = shown.verdict
    if shown.place in columns:
        column = columns[shown.place]
        if _is_foreign(shown) and not _is_proven(shown, column):
            return (
                UNCLEAR
                if verdict.bare is None or verdict.bare.national is None
                else _home(shown, decide_by_column(verdict, column))
            )
        verdict = decide_by_column(verdict, replace(column, held=column.held & _codes(shown)))
    if verdict.number not in {shown.home, shown.abroad} - {""}:
        return UNCLEAR
    return HOME if verdict.number == shown.home else ABROAD


def _home(shown: _Shown, verdict: Verdict) -> int:
    return HOME if verdict.number and verdict.number == shown.home else UNCLEAR


def _is_proven(shown: _Shown, column: Column) -> bool:
    return not _codes(shown).isdisjoint(column.proven)


def _codes(shown: _Shown) -> frozenset[str]:
    bare = shown.verdict.bare
    return frozenset() if bare is None else frozenset({bare.code})


def gather(inputs: ColumnInputs, classes: Classes, careful: Careful) -> list[Evidence]:
    """Count the different cells with bare digits of each place.

    Digits that are written in several ways count once, as they are written last.
    """
    evidence = _no_evidence(inputs)
    odd = list(_odd_cells(careful))
    alike, doubtful = _once_each(inputs, classes, odd)
    counts = np.bincount(alike, minlength=len(classes.shown)).tolist()
    for shown, times in zip(classes.shown, counts, strict=True):
        if shown.verdict.bare is not None and times:
            evidence[shown.place].add(shown.verdict.bare, times)
    last: dict[tuple[int, str], Bare] = {}
    cells = [*odd, *_doubtful_cells(inputs, classes, doubtful)]
    for one in sorted(cells, key=lambda one: one.cell):
        last[one.place, one.digits] = one.bare
    for (place, _), one_bare in last.items():
        evidence[place].add(one_bare)
    for one in odd:
        evidence[one.place].sample(one.bare)
    _sample_classes(inputs, classes, evidence)
    return evidence


def _no_evidence(inputs: ColumnInputs) -> list[Evidence]:
    named: defaultdict[int, set[str]] = defaultdict(set)
    for place in inputs.place_names:
        if place.from_row and _known(place.region):
            named[place.column].add(place.region)
    return [
        Evidence(one.from_row, one.from_row and named[one.column] == {one.region})
        for one in inputs.place_names
    ]


def columns_of(
    inputs: ColumnInputs, evidence: Sequence[Evidence], sure: Sequence[Sure], careful: Careful
) -> dict[int, Column]:
    """Say what each place's column shows, by the place."""
    # What is written with a plus decides alone; it is counted for bare digits beside it only.
    some_bare = not all(one.is_empty for one in evidence)
    explicit = count_explicit(inputs, sure, careful) if some_bare else {}
    return columns_from(inputs.place_names, evidence, explicit)


def columns_from(
    places: Sequence[Place], evidence: Sequence[Evidence], explicit: Mapping[int, Counter[str]]
) -> dict[int, Column]:
    """Say what each place's column shows by what was counted; `explicit` is by column."""
    of_column: defaultdict[int, list[int]] = defaultdict(list)
    for at, place in enumerate(places):
        of_column[place.column].append(at)
    found: dict[int, Column] = {}
    for column, members in of_column.items():
        known = ColumnEvidence(
            explicit=explicit.get(column, Counter()),
            places=[(_known(places[at].region), evidence[at]) for at in members],
        )
        found.update(zip(members, known.columns(), strict=True))
    return found


def _known(region: str) -> str:
    return region if region.isalpha() else ""


@dataclass(frozen=True, slots=True)
class _BareCell:
    cell: int
    place: int
    digits: str
    bare: Bare


def _odd_cells(careful: Careful) -> Iterator[_BareCell]:
    facts = zip(careful.firsts.tolist(), careful.places.tolist(), careful.verdicts, strict=True)
    for cell, place, verdicts in facts:
        for one in verdicts:
            if one.bare is not None:
                yield _BareCell(cell, place, one.bare.digits, one.bare)


def _sample_classes(inputs: ColumnInputs, classes: Classes, evidence: list[Evidence]) -> None:
    """Add to each place's samples what is first in the order of samples."""
    digits = _as_integers(classes.digits).astype(np.uint64)
    with np.errstate(over="ignore"):
        order = digits * _ORDER
    for (place, _), rows in _rows_of(inputs, classes, evidence, order):
        for row in rows:
            bare = classes.shown[classes.of[row]].verdict.bare
            if bare is not None:
                text = inputs.texts[int(classes.cells[row])].as_py()
                evidence[place].sample(bare, classes.digits[row].as_py(), text)


def _rows_of(
    inputs: ColumnInputs, classes: Classes, evidence: list[Evidence], order: NDArray[np.uint64]
) -> Iterator[tuple[tuple[int, str], list[int]]]:
    """Return for each place and what is sampled there the rows that come first."""
    wanted: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for at, shown in enumerate(classes.shown):
        bare = shown.verdict.bare
        if bare is not None and is_sampled(bare):
            wanted[shown.place, bare.code].append(at)
        if bare is not None and evidence[shown.place].samples_all(bare):
            wanted[shown.place, "written"].append(at)
    for key, members in wanted.items():
        which = np.zeros(len(classes.shown), dtype=np.bool_)
        which[members] = True
        rows = np.flatnonzero(which[classes.of])
        texts = inputs.texts if key[1] == "written" else None
        count = SAMPLED if key[1] == "written" else SAMPLE
        yield key, _first_rows(rows, order, classes.cells, texts, count)


def _first_rows(
    rows: Ints, order: NDArray[np.uint64], cells: Cells, texts: pa.Array | None, count: int
) -> list[int]:
    """Return a row for each of the first different numbers, and for each text of it if asked."""
    if len(rows) == 0:
        return []
    keys = order[rows]
    some = np.unique(keys)[:count] if len(keys) <= 4 * count else _smallest(keys, count)
    rows = rows[np.isin(keys, some)]
    if texts is None:
        same = pd.factorize(order[rows])[0]
    else:
        same = texts.take(pa.array(cells[rows])).dictionary_encode().indices.to_numpy()
    return [int(row) for row in rows[first_of_each(same.astype(np.int64))]]


def _smallest(keys: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    """Return so many of the smallest different keys, without sorting all."""
    looked_at = 4 * count
    while True:
        least = np.unique(np.partition(keys, looked_at - 1)[:looked_at])
        if len(least) >= count or looked_at >= len(keys):
            return least[:count]
        looked_at = min(4 * looked_at, len(keys))


def _once_each(
    inputs: ColumnInputs, classes: Classes, odd: list[_BareCell]
) -> tuple[NDArray[np.int32], Ints]:
    """Return the class of digits that all agree in it, once each, and the rows of the others."""
    codes, known = pd.factorize(_as_integers(classes.digits))
    same, different = pd.factorize(inputs.places[classes.cells] * np.int64(len(known)) + codes)
    heads = first_of_each(same)
    differs = classes.of != classes.of[heads][same]
    fitting = [one for one in odd if FEWEST <= len(one.digits) <= MOST]
    texts = pa.chunked_array([[one.digits for one in fitting]], pa.large_string())
    other = pd.Index(known).get_indexer(pd.Index(_as_integers(texts)))
    other_keys = np.array([one.place for one in fitting], dtype=np.int64) * len(known) + other
    doubtful = np.isin(different, other_keys[other >= 0])
    doubtful[same[differs]] = True
    return classes.of[heads[~doubtful]], np.flatnonzero(doubtful[same])


def _as_integers(digits: pa.ChunkedArray) -> Ints:
    """Return digits as integers, which are sooner compared than texts.

    Texts that differ by zeros in front give the same; by their length they are of two classes.
    """
    return np.asarray(pc.cast(digits, pa.int64()).to_numpy())


def _doubtful_cells(inputs: ColumnInputs, classes: Classes, rows: Ints) -> Iterator[_BareCell]:
    """Return each different one of these cells where it stands first."""
    seen = set()
    for row in rows.tolist():
        cell = int(classes.cells[row])
        shown = classes.shown[classes.of[row]]
        key = (shown.place, inputs.texts[cell].as_py(), inputs.kinds[cell])
        if key not in seen and shown.verdict.bare is not None:
            seen.add(key)
            digits = classes.digits[row].as_py()
            yield _BareCell(cell, shown.place, digits, shown.verdict.bare)


def assumptions_of(
    places: Sequence[Place], evidence: Sequence[Evidence], columns: Mapping[int, Column]
) -> tuple[str, ...]:
    """Return a sentence for each place whose bare digits were read by a convention."""
    sentences: Iterable[str] = (
        assumption(place.name, _known(place.region), columns[at], evidence[at])
        for at, place in enumerate(places)
    )
    return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))
