"""Counts what the columns of a list in blocks show, a share of its cells at a time. Pure.

What a column shows is counted over its different cells. So the cells are dealt out by their digits:
the same digits always come to the same share, in which they are counted once, and the counts of all
shares are added. The blocks may be cut anywhere, and the shares may be counted in any order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.phones.blocks import survey_all
from importer.phones.bulk.evidence import (
    assumptions_of,
    classify,
    columns_from,
    gather,
)
from importer.phones.bulk.explicit import count_explicit
from importer.phones.cell.evidence import Evidence
from importer.phones.cell.likelihood import SAMPLED
from importer.phones.cell.other_countries import sample_of, sample_of_groups
from importer.phones.inputs import ColumnInputs, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from importer.columns.buffers import Ints
    from importer.phones.blocks import Surveyed
    from importer.phones.careful import Careful
    from importer.phones.cell.column import Column
    from importer.phones.cell.verdict import Verdict
    from importer.phones.options import PhoneOptions

_SPREAD = 0x9E3779B97F4A7C15
_SHIFT = 33
_TEXT = pa.large_string()


@dataclass(slots=True)
class Places:
    """The places of all blocks so far, each with a number of its own."""

    places: list[Place] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    _columns: dict[str, int] = field(default_factory=dict)
    _numbers: dict[tuple[str, str, bool], int] = field(default_factory=dict)

    def number_of(self, place: Place) -> int:
        """Return a place's number; its column is known by its name."""
        key = (place.name, place.region, place.from_row)
        if key not in self._numbers:
            column = self._columns.setdefault(place.name, len(self._columns))
            self._numbers[key] = len(self.places)
            self.places.append(replace(place, column=column))
        return self._numbers[key]

    def kind_of(self, kind: str) -> int:
        """Return a kind's number."""
        if kind not in self.kinds:
            self.kinds.append(kind)
        return self.kinds.index(kind)


@dataclass(frozen=True, slots=True)
class Dealt:
    """Cells of a block, each with the share that it comes to; some come to several."""

    shares: Ints
    texts: pa.Array
    kinds: NDArray[np.int8]
    places: NDArray[np.int32]


def share_of(digits: NDArray[np.int64], shares: int) -> Ints:
    """Return the share that each number comes to."""
    with np.errstate(over="ignore"):
        mixed = digits.astype(np.uint64) * np.uint64(_SPREAD)
    return ((mixed >> np.uint64(_SHIFT)) % np.uint64(shares)).astype(np.int64)


def deal(surveyed: Surveyed, places: Places, shares: int) -> Dealt:
    """Deal out the cells that show something of their column, by their digits."""
    inputs, careful = surveyed.inputs, surveyed.careful
    cells = [np.zeros(0, dtype=np.int64)]
    digits = [np.zeros(0, dtype=np.int64)]
    for one in surveyed.seen:
        cells += [one.bare.cells.astype(np.int64), one.sure.cells.astype(np.int64)]
        digits += [_integers(one.bare.digits), _integers(one.sure.numbers)]
    odd = [
        (int(first), number)
        for first, verdicts in zip(careful.firsts.tolist(), careful.verdicts, strict=True)
        for verdict in verdicts
        if (number := _digits_of(verdict)) >= 0
    ]
    cells.append(np.array([cell for cell, _ in odd], dtype=np.int64))
    digits.append(np.array([number for _, number in odd], dtype=np.int64))
    at, share = np.concatenate(cells), share_of(np.concatenate(digits), shares)
    # In the order of the cells, and each once a share.
    keys = np.sort(at * shares + share)
    keys = keys[np.diff(keys, prepend=-1) > 0]
    at, share = keys // shares, keys % shares
    number_of = np.array([places.number_of(one) for one in inputs.place_names], dtype=np.int32)
    kind_of = np.array([places.kind_of(one) for one in inputs.kind_names], dtype=np.int8)
    return Dealt(
        share,
        inputs.texts.take(pa.array(at)),
        kind_of[inputs.kinds[at]],
        number_of[inputs.places[at]],
    )


def _integers(digits: pa.Array) -> NDArray[np.int64]:
    return np.asarray(pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False))


def _digits_of(verdict: Verdict) -> int:
    """Return by which digits a verdict of the careful path is counted, -1 where it is not.

    Digits that are too many for a number are rubbish, which is counted once at any share.
    """
    digits = verdict.bare.digits if verdict.bare is not None else verdict.number
    return int(digits[-18:] or -1)


@dataclass(slots=True)
class Counts:
    """What shares show: of each place, and of each column the numbers with a plus."""

    evidence: dict[int, Evidence] = field(default_factory=dict)
    """By the number of the place."""
    explicit: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By column."""

    def add(self, other: Counts) -> None:
        """Add the counts of other shares."""
        for at, one in other.evidence.items():
            if at in self.evidence:
                add_evidence(self.evidence[at], one)
            else:
                self.evidence[at] = one
        for column, counts in other.explicit.items():
            self.explicit[column].update(counts)

    def columns(self, places: Places) -> tuple[dict[Place, Column], tuple[str, ...]]:
        """Say what each place's column shows, and in sentences what was assumed by it."""
        evidence = [
            self.evidence.get(at, Evidence(from_row=place.from_row))
            for at, place in enumerate(places.places)
        ]
        explicit = {} if all(one.is_empty for one in evidence) else self.explicit
        columns = columns_from(places.places, evidence, explicit)
        sentences = assumptions_of(places.places, evidence, columns)
        return {places.places[at]: column for at, column in columns.items()}, sentences


def add_evidence(to: Evidence, other: Evidence) -> None:
    """Add counts of other cells of the same place; of samples what is first of both is kept."""
    for one in fields(Evidence):
        mine, theirs = getattr(to, one.name), getattr(other, one.name)
        if isinstance(mine, Counter):
            mine.update(theirs)
        elif isinstance(mine, dict):
            for key, values in theirs.items():
                mine[key] |= values
        elif isinstance(mine, AbstractSet):
            setattr(to, one.name, mine | theirs)
        elif not isinstance(mine, bool):
            setattr(to, one.name, mine + theirs)
    for code, digits in to.samples.items():
        to.samples[code] = {*sample_of(digits)}
    to.written = {*sample_of_groups(to.written, SAMPLED)}


def count_share(
    dealt: Dealt, share: int, shares: int, places: Places, options: PhoneOptions
) -> Counts:
    """Count what the cells of one share show; they are in the order of the list."""
    of_place = dealt.places
    inputs = ColumnInputs(
        texts=dealt.texts,
        kinds=dealt.kinds.astype(np.int64),
        kind_names=list(places.kinds),
        regions=of_place.astype(np.int64),
        region_names=[one.region for one in places.places],
        places=of_place.astype(np.int64),
        place_names=list(places.places),
    )
    surveyed = survey_all(inputs, options)
    classes = classify(inputs, [one.bare for one in surveyed.seen], options)
    careful = _of_share(surveyed.careful, share, shares)
    counts = Counts()
    for at, one in enumerate(gather(inputs, classes, careful)):
        if not one.is_empty:
            counts.evidence[at] = one
    for column, found in count_explicit(
        inputs, [one.sure for one in surveyed.seen], careful
    ).items():
        counts.explicit[column].update(found)
    return counts


def _of_share(careful: Careful, share: int, shares: int) -> Careful:
    """Leave out pieces of cells whose digits are counted at another share."""
    kept = [
        tuple(one for one in verdicts if _is_of(_digits_of(one), share, shares))
        for verdicts in careful.verdicts
    ]
    return replace(careful, verdicts=kept)


def _is_of(digits: int, share: int, shares: int) -> bool:
    return int(share_of(np.array([digits], dtype=np.int64), shares)[0]) == share
