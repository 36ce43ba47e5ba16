"""What the bare digits of a column show together, counted in bulk and one by one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.phones.bulk.digits import FEWEST, MOST
from importer.phones.bulk.survey import FACTS
from importer.phones.careful import decide_cell, first_of_each, settle_piece
from importer.phones.cell.conventions import Evidence, assumption

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from importer.columns.buffers import Cells, Ints
    from importer.phones.bulk.survey import BareCells
    from importer.phones.careful import Careful
    from importer.phones.cell.conventions import Column
    from importer.phones.cell.readings import Bare
    from importer.phones.cell.verdict import Verdict
    from importer.phones.inputs import Told
    from importer.phones.options import PhoneOptions

HOME, ABROAD, UNCLEAR = range(3)
"""Which reading bare digits get."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """One cell that stands for all of its class: the careful verdict and its two readings."""

    place: int
    verdict: Verdict
    home: str
    abroad: str


@dataclass(frozen=True, slots=True)
class Classes:
    """Cells of bare digits, those of a class alike in all that `conventions` looks at."""

    cells: Cells
    digits: pa.ChunkedArray
    of: NDArray[np.int32]
    """The class of each."""
    shown: list[_Shown]

    def chosen(self, columns: Mapping[int, Column]) -> NDArray[np.int8]:
        """Return which reading each cell gets by what its column shows."""
        return np.array([_choose(one, columns) for one in self.shown], dtype=np.int8)[self.of]


def classify(told: Told, bare: Sequence[BareCells], options: PhoneOptions) -> Classes:
    """Decide about one cell of each class."""
    cells = _joined([one.cells for one in bare])
    facts = _joined([one.facts for one in bare])
    of, _ = pd.factorize(told.places[cells] * np.int64(FACTS) + facts)
    kind = pa.large_string()
    digits = pa.chunked_array([one.digits for one in bare], kind)
    at_home = pa.chunked_array([one.home_numbers for one in bare], kind)
    international = _joined([one.international for one in bare])
    shown = [
        _Shown(
            place=int(told.places[cells[first]]),
            verdict=decide_cell(told, int(cells[first]), options)[0],
            home=at_home[first].as_py() or "",
            abroad=digits[first].as_py() if international[first] >= 0 else "",
        )
        for first in first_of_each(of).tolist()
    ]
    return Classes(cells, digits, of.astype(np.int32), shown)


def _joined(parts: list[NDArray[np.int16]] | list[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate([np.zeros(0, dtype=np.int16), *parts]).astype(np.int32, copy=False)


def _choose(shown: _Shown, columns: Mapping[int, Column]) -> int:
    """Return which reading a class of cells gets, where it gets one."""
    verdict = shown.verdict
    if shown.place in columns:
        verdict = settle_piece(verdict, columns[shown.place])
    if verdict.number not in {shown.home, shown.abroad} - {""}:
        return UNCLEAR
    return HOME if verdict.number == shown.home else ABROAD


def gather(told: Told, classes: Classes, careful: Careful) -> list[Evidence]:
    """Count the different cells with bare digits of each place.

    Digits that are written in several ways count once, as they are written last.
    """
    evidence = [Evidence() for _ in told.place_names]
    odd = list(_odd_cells(careful))
    alike, doubtful = _once_each(told, classes, odd)
    counts = np.bincount(alike, minlength=len(classes.shown)).tolist()
    for shown, times in zip(classes.shown, counts, strict=True):
        if shown.verdict.bare is not None and times:
            evidence[shown.place].add(shown.verdict.bare, times)
    last: dict[tuple[int, str], Bare] = {}
    cells = [*odd, *_doubtful_cells(told, classes, doubtful)]
    for one in sorted(cells, key=lambda one: one.cell):
        last[one.place, one.digits] = one.bare
    for (place, _), one_bare in last.items():
        evidence[place].add(one_bare)
    return evidence


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


def _once_each(
    told: Told, classes: Classes, odd: list[_BareCell]
) -> tuple[NDArray[np.int32], Ints]:
    """Return the class of digits that all agree in it, once each, and the rows of the others."""
    codes, known = pd.factorize(_as_integers(classes.digits))
    same, different = pd.factorize(told.places[classes.cells] * np.int64(len(known)) + codes)
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


def _doubtful_cells(told: Told, classes: Classes, rows: Ints) -> Iterator[_BareCell]:
    """Return each different one of these cells where it stands first."""
    seen = set()
    for row in rows.tolist():
        cell = int(classes.cells[row])
        shown = classes.shown[classes.of[row]]
        key = (shown.place, told.texts[cell].as_py(), told.kinds[cell])
        if key not in seen and shown.verdict.bare is not None:
            seen.add(key)
            digits = classes.digits[row].as_py()
            yield _BareCell(cell, shown.place, digits, shown.verdict.bare)


def assumptions_of(told: Told, evidence: list[Evidence]) -> tuple[str, ...]:
    """Return a sentence for each place whose bare digits were read by a convention."""
    sentences = [
        assumption(name, region, one)
        for (name, region), one in zip(told.place_names, evidence, strict=True)
    ]
    return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))
