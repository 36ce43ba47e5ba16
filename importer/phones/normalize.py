"""Cells to numbers and rejects, in bulk where that is sure, else one by one. Pure.

`bulk` finds the cells whose readings are plain to see; each other cell is decided by `decide`, once
for all that are alike. What the bare digits of a column come to is settled by `conventions`, for
both in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import CellKind, Reason
from importer.phones.bulk import FACTS, survey
from importer.phones.conventions import Column, Evidence, assumption, settle
from importer.phones.decide import decide, several
from importer.phones.options import Decided, PhoneOptions
from importer.phones.patterns import countries, types
from importer.phones.regions import understand_region
from importer.phones.verdict import Verdict, reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from importer.phones.bulk import BareCells
    from importer.phones.patterns import Flags, Ints
    from importer.phones.readings import Bare

_REPORT_EVERY = 1_000
_NOT_UNDERSTOOD = "?"
_AUTO = PhoneOptions()
_READABLE = (CellKind.TEXT.value, CellKind.NUMBER.value)

_HOME, _ABROAD, _UNCLEAR = range(3)
"""Which reading bare digits get."""

Verdicts = tuple[Verdict, ...]


def normalize(
    cells: pd.DataFrame,
    options: PhoneOptions = _AUTO,
    progress: Callable[[int], None] = lambda count: None,
    *,
    in_bulk: bool = True,
) -> Decided:
    """Decide about `Rows.cells`: a line for each number found and for each cell rejected.

    A row whose country is given but not understood is a reject; it is never read with another
    country instead. `progress` is told how many more cells are decided. Without `in_bulk` every
    cell goes the careful way, which comes to the same.
    """
    told = _tell(cells, options.region)
    readable = told.readable if in_bulk else np.zeros(len(cells), dtype=np.bool_)
    seen = survey(told.texts, readable, told.regions, told.region_names, options.bare_digits)
    progress(len(cells) - len(seen.left))
    careful = _decide_all(told, seen.left, options, progress)
    classes = _classify(told, seen.bare, options)
    columns: dict[int, Column] = {}
    assumptions: tuple[str, ...] = ()
    if options.bare_digits == "auto":
        evidence = _gather(told, seen.bare, classes, careful)
        columns = {place: one.column() for place, one in enumerate(evidence)}
        assumptions = _assumptions(told, evidence)
    chosen = np.array([_choose(one, columns) for one in classes.shown], dtype=np.int64)[classes.of]
    unclear = _decide_all(told, seen.bare.cells[chosen == _UNCLEAR], options, lambda count: None)
    parts = [
        _plain_lines(seen.sure.cells, seen.sure.numbers, seen.sure.outcomes),
        _chosen_lines(seen.bare, chosen),
        _careful_lines(_settle_all(careful, columns)),
        _careful_lines(_settle_all(unclear, columns)),
    ]
    return Decided(_in_order(parts), assumptions)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of each cell: its text, and in small integers the rest."""

    texts: pa.Array
    kinds: Ints
    kind_names: list[str]
    regions: Ints
    region_names: list[str]
    """Two letters, "" for none, or a mark that the text is not understood."""
    places: Ints
    """Sheet, column and region: what may have a convention of its own."""
    place_names: list[tuple[str, str]]
    """A place's column and region."""

    @property
    def readable(self) -> Flags:
        """Cells that `decide` would read, and not reject for what they are or where they stand."""
        kinds = np.isin(self.kind_names, _READABLE)
        regions = np.array([name != _NOT_UNDERSTOOD for name in self.region_names], dtype=np.bool_)
        return np.asarray(kinds[self.kinds] & regions[self.regions])


def _tell(cells: pd.DataFrame, default_region: str | None) -> _Told:
    kinds, kind_names = _coded(cells["kind"])
    texts, region_texts = _coded(cells["region"])
    meant, region_names = _coded(
        pd.Series([_region(one, default_region) for one in region_texts], dtype="str")
    )
    regions = meant[texts]
    sheets, _ = _coded(cells["sheet"]) if "sheet" in cells else (0, [""])
    columns, names = _coded(cells["column"]) if "column" in cells else (0, [""])
    keys = (sheets * len(names) + columns) * len(region_names) + regions
    places, different = pd.factorize(np.asarray(keys, dtype=np.int64))
    return _Told(
        texts=_texts(cells["original"]),
        kinds=kinds,
        kind_names=kind_names,
        regions=regions,
        region_names=region_names,
        places=places,
        place_names=[
            (names[key // len(region_names) % len(names)], region_names[key % len(region_names)])
            for key in different.tolist()
        ],
    )


def _coded(values: pd.Series) -> tuple[Ints, list[str]]:
    """Return for each value where it stands in the list of the different ones."""
    codes, different = pd.factorize(values)
    return codes.astype(np.int64), [str(one) for one in different]


def _texts(values: pd.Series) -> pa.Array:
    """Return a column's texts as one array, which as a rule copies nothing."""
    chunks = pa.chunked_array(values.astype("str")).cast(pa.large_string())
    return (
        chunks.chunk(0)
        if chunks.num_chunks == 1
        else pa.concat_arrays([*chunks.chunks, pa.array([], pa.large_string())])
    )


def _region(text: str, default_region: str | None) -> str:
    """Return the region to read with, "" for none, or a mark that the text is not understood."""
    if not text.strip():
        return default_region or ""
    return understand_region(text) or _NOT_UNDERSTOOD


@dataclass(frozen=True, slots=True)
class _Careful:
    """Cells decided one by one, once for all that are alike."""

    cells: Ints
    keys: Ints
    """Which verdicts each cell has."""
    firsts: Ints
    """The first cell that has them."""
    places: Ints
    verdicts: list[Verdicts]


def _decide_all(
    told: _Told, cells: Ints, options: PhoneOptions, progress: Callable[[int], None]
) -> _Careful:
    texts = told.texts.take(pa.array(cells))
    same_text = texts.dictionary_encode().indices.to_numpy().astype(np.int64)
    same_kind = same_text * len(told.kind_names) + told.kinds[cells]
    keys, _ = pd.factorize(same_kind * len(told.place_names) + told.places[cells])
    firsts = _first_of_each(keys)
    verdicts: list[Verdicts] = []
    counts, done = np.bincount(keys), 0
    for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
        verdicts.append(_decide_cell(told, int(cells[first]), options))
        done += count
        if done >= _REPORT_EVERY:
            progress(done)
            done = 0
    progress(done)
    return _Careful(cells, keys, cells[firsts], told.places[cells[firsts]], verdicts)


def _first_of_each(keys: Ints) -> Ints:
    """Return where each key stands first; keys count from 0."""
    firsts = np.zeros(keys.max(initial=-1) + 1, dtype=np.int64)
    firsts[keys[::-1]] = np.arange(len(keys))[::-1]
    return firsts


def _decide_cell(told: _Told, cell: int, options: PhoneOptions) -> Verdicts:
    region = told.region_names[told.regions[cell]]
    if region == _NOT_UNDERSTOOD:
        return (reject(Reason.UNKNOWN_COUNTRY),)
    kind = CellKind(told.kind_names[told.kinds[cell]])
    return decide(told.texts[cell].as_py(), kind, region or None, options)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One cell that stands for all of its class: the careful verdict and its two readings."""

    place: int
    verdict: Verdict
    home: str
    abroad: str


@dataclass(frozen=True, slots=True)
class _Classes:
    """Cells of bare digits that `conventions` can't tell apart."""

    of: Ints
    """The class of each."""
    shown: list[_Shown]


def _classify(told: _Told, bare: BareCells, options: PhoneOptions) -> _Classes:
    places = told.places[bare.cells]
    classes, _ = pd.factorize(places * FACTS + bare.facts)
    shown = [
        _Shown(
            place=int(places[first]),
            verdict=_decide_cell(told, int(bare.cells[first]), options)[0],
            home=bare.home_numbers[first].as_py() or "",
            abroad=bare.digits[first].as_py() if bare.international[first] >= 0 else "",
        )
        for first in _first_of_each(classes).tolist()
    ]
    return _Classes(classes, shown)


def _choose(shown: _Shown, columns: Mapping[int, Column]) -> int:
    """Return which reading a class of cells gets, where it gets one."""
    verdict = shown.verdict
    if shown.place in columns:
        verdict = _settle_piece(verdict, columns[shown.place])
    if verdict.repair or verdict.number not in {shown.home, shown.abroad} - {""}:
        return _UNCLEAR
    return _HOME if verdict.number == shown.home else _ABROAD


def _gather(told: _Told, bare: BareCells, classes: _Classes, careful: _Careful) -> list[Evidence]:
    """Count the different cells with bare digits of each place.

    Digits that are written in several ways count once, as they are written last.
    """
    evidence = [Evidence() for _ in told.place_names]
    odd = list(_odd_cells(careful))
    alike, doubtful = _once_each(told.places[bare.cells], bare.digits, classes, odd)
    for shown, times in zip(
        classes.shown, np.bincount(alike, minlength=len(classes.shown)), strict=True
    ):
        if shown.verdict.bare is not None and times:
            evidence[shown.place].add(shown.verdict.bare, int(times))
    last: dict[tuple[int, str], Bare] = {}
    cells = [*odd, *_doubtful_cells(told, bare, classes, doubtful)]
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


def _odd_cells(careful: _Careful) -> Iterator[_BareCell]:
    facts = zip(careful.firsts.tolist(), careful.places.tolist(), careful.verdicts, strict=True)
    for cell, place, verdicts in facts:
        for one in verdicts:
            if one.bare is not None:
                yield _BareCell(cell, place, one.bare.digits, one.bare)


def _once_each(
    places: Ints, digits: pa.Array, classes: _Classes, odd: list[_BareCell]
) -> tuple[Ints, Ints]:
    """Return the class of digits that all agree in it, once each, and the rows of the others."""
    encoded = digits.dictionary_encode()
    known = len(encoded.dictionary)
    keys = places * known + encoded.indices.to_numpy()
    order = np.argsort(keys, kind="stable")
    begins = np.diff(keys[order], prepend=-1) != 0
    heads, same = order[begins], np.cumsum(begins) - 1
    differs = classes.of[order] != classes.of[heads][same]
    found = pc.index_in(
        pa.array([one.digits for one in odd], pa.large_string()), encoded.dictionary
    )
    other = found.fill_null(-1).to_numpy().astype(np.int64)
    other_keys = np.array([one.place for one in odd], dtype=np.int64) * known + other
    doubtful = np.isin(keys[heads], other_keys[other >= 0])
    doubtful[same[differs]] = True
    return classes.of[heads[~doubtful]], order[doubtful[same]]


def _doubtful_cells(
    told: _Told, bare: BareCells, classes: _Classes, rows: Ints
) -> Iterator[_BareCell]:
    """Return each different one of these cells where it stands first."""
    seen = set()
    for row in np.sort(rows)[np.argsort(bare.cells[np.sort(rows)])].tolist():
        cell = int(bare.cells[row])
        shown = classes.shown[classes.of[row]]
        key = (shown.place, told.texts[cell].as_py(), told.kinds[cell])
        if key not in seen and shown.verdict.bare is not None:
            seen.add(key)
            yield _BareCell(cell, shown.place, bare.digits[row].as_py(), shown.verdict.bare)


def _assumptions(told: _Told, evidence: list[Evidence]) -> tuple[str, ...]:
    sentences = [
        assumption(name, region, one)
        for (name, region), one in zip(told.place_names, evidence, strict=True)
    ]
    return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))


def _settle_all(careful: _Careful, columns: Mapping[int, Column]) -> _Careful:
    """Settle the bare digits by what each column shows."""
    if not columns:
        return careful
    pairs = zip(careful.verdicts, careful.places.tolist(), strict=True)
    return replace(careful, verdicts=[_settle_cell(one, columns[place]) for one, place in pairs])


def _settle_cell(verdicts: Verdicts, column: Column) -> Verdicts:
    """Settle each piece; a cell with several numbers is rejected where one piece is."""
    settled = tuple(_settle_piece(one, column) for one in verdicts)
    if len(settled) > 1 and not all(one.number for one in settled):
        return (several([f"+{one.number}" for one in verdicts]),)
    return settled


def _settle_piece(verdict: Verdict, column: Column) -> Verdict:
    bare = verdict.bare
    if bare is None:
        return verdict
    if bare.national or bare.international:
        return settle(bare, column, verdict.repair)
    if bare.region is None and column.distrusted:
        return reject(Reason.NO_COUNTRY)
    return verdict


def _plain_lines(cells: Ints, numbers: pa.Array, outcomes: Ints) -> pa.Table:
    """Return a line for each number that needed no repair."""
    nothing = pa.repeat(pa.scalar("", pa.large_string()), len(cells))
    return _table(cells, numbers, countries(outcomes), types(outcomes), nothing)


def _chosen_lines(bare: BareCells, chosen: Ints) -> pa.Table:
    home = chosen == _HOME
    numbers = pc.if_else(pa.array(home), bare.home_numbers, bare.digits)
    outcomes = np.where(home, bare.home, bare.international)
    clear = chosen != _UNCLEAR
    return _plain_lines(bare.cells[clear], numbers.filter(pa.array(clear)), outcomes[clear])


def _careful_lines(careful: _Careful) -> pa.Table:
    """Lay the verdicts out, a line each."""
    counts = np.array([len(one) for one in careful.verdicts], dtype=np.int64)
    begins = np.cumsum(counts) - counts
    times = counts[careful.keys]
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    lines = pa.array(np.repeat(begins[careful.keys], times) + within)
    all_of_them = [one for found in careful.verdicts for one in found]
    columns = (
        [one.number for one in all_of_them],
        [one.country for one in all_of_them],
        [one.type for one in all_of_them],
        [one.explanation for one in all_of_them],
    )
    texts = (pa.array(column, pa.large_string()).take(lines) for column in columns)
    return _table(np.repeat(careful.cells, times), *texts)


def _table(cells: Ints, *columns: pa.Array) -> pa.Table:
    names = ("number", "country", "type", "reason")
    return pa.table({"cell": pa.array(cells), **dict(zip(names, columns, strict=True))})


def _in_order(parts: list[pa.Table]) -> pd.DataFrame:
    """Put lines in the order of their cells."""
    lines = pa.concat_tables([part for part in parts if len(part)] or parts).combine_chunks()
    order = np.argsort(lines["cell"].to_numpy(), kind="stable")
    if (np.diff(order) != 1).any():
        lines = lines.take(pa.array(order))
    frame: pd.DataFrame = lines.to_pandas()
    return frame
