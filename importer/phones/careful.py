"""Cells decided one by one, once for all that are alike, then by what their columns show. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from importer.countries import nearest_country
from importer.model import CellKind, Reason
from importer.phones.cell.bare_digits import decide_bare, put_back_lost_zero
from importer.phones.cell.decide import decide, several
from importer.phones.cell.verdict import reject
from importer.phones.inputs import NOT_UNDERSTOOD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.columns.buffers import Cells, Ints
    from importer.phones.cell.column import Column
    from importer.phones.cell.verdict import Verdict
    from importer.phones.inputs import ColumnInputs
    from importer.phones.options import PhoneOptions

    Verdicts = tuple[Verdict, ...]

_REPORT_EVERY = 1_000
_QUOTED = 40
"""Characters of a cell that a message quotes."""


@dataclass(frozen=True, slots=True)
class Careful:
    """Cells decided one by one, once for all that are alike."""

    cells: Cells
    keys: Ints
    """Which verdicts each cell has."""
    firsts: Cells
    """The first cell that has them."""
    places: Ints
    verdicts: list[Verdicts]


def decide_all(
    inputs: ColumnInputs, cells: Cells, options: PhoneOptions, progress: Callable[[int], None]
) -> Careful:
    """Decide about cells; `progress` is told how many more are decided."""
    texts = inputs.texts.take(pa.array(cells))
    same_text = texts.dictionary_encode().indices.to_numpy().astype(np.int64)
    same_kind = same_text * len(inputs.kind_names) + inputs.kinds[cells]
    keys, _ = pd.factorize(same_kind * len(inputs.place_names) + inputs.places[cells])
    firsts = first_of_each(keys)
    verdicts: list[Verdicts] = []
    counts, done = np.bincount(keys), 0
    for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
        verdicts.append(decide_cell(inputs, int(cells[first]), options))
        done += count
        if done >= _REPORT_EVERY:
            progress(done)
            done = 0
    progress(done)
    return Careful(cells, keys, cells[firsts], inputs.places[cells[firsts]], verdicts)


def first_of_each(keys: Ints) -> Ints:
    """Return where each key stands first; keys count from 0."""
    firsts = np.zeros(keys.max(initial=-1) + 1, dtype=np.int64)
    firsts[keys[::-1]] = np.arange(len(keys))[::-1]
    return firsts


def decide_cell(inputs: ColumnInputs, cell: int, options: PhoneOptions) -> Verdicts:
    """Decide about one cell by its text, its kind and the country of its row."""
    region = inputs.region_names[inputs.regions[cell]]
    kind = CellKind(inputs.kind_names[inputs.kinds[cell]])
    text = inputs.texts[cell].as_py()
    if region.startswith(NOT_UNDERSTOOD):
        return _decide_without_country(text, kind, region.removeprefix(NOT_UNDERSTOOD), options)
    return decide(text, kind, region or None, options)


def _decide_without_country(
    text: str, kind: CellKind, country: str, options: PhoneOptions
) -> Verdicts:
    """Decide about a cell beside a country that is not understood: only what needs none is read."""
    near = nearest_country(country)
    said = f"'{shortened(country)}'" + (f", did you mean {near}?" if near else "")
    found = decide(text, kind, None, options)
    if all(one.number and one.bare is None for one in found):
        note = f"{Reason.UNKNOWN_COUNTRY}: {said}; the number says its country itself"
        return tuple(replace(one, note=note) for one in found)
    if all(one.bare is None and not _lacks_country(one) for one in found):
        return found
    return (reject(Reason.UNKNOWN_COUNTRY, said),)


def _lacks_country(verdict: Verdict) -> bool:
    return verdict.reason in {Reason.NO_COUNTRY, Reason.AMBIGUOUS, Reason.SEVERAL}


def shortened(text: str) -> str:
    """Return a text as a message quotes it: on one line, and not longer than one."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"


def decide_all_by_column(careful: Careful, columns: Mapping[int, Column]) -> Careful:
    """Settle the bare digits by what each column shows."""
    if not columns:
        return careful
    pairs = zip(careful.verdicts, careful.places.tolist(), strict=True)
    return replace(
        careful, verdicts=[_decide_cell_by_column(one, columns[place]) for one, place in pairs]
    )


def _decide_cell_by_column(verdicts: Verdicts, column: Column) -> Verdicts:
    """Settle each piece; a cell with several numbers is rejected where one piece is."""
    decided = tuple(decide_by_column(one, column) for one in verdicts)
    if len(decided) > 1 and not all(one.number for one in decided):
        return (several([f"+{one.number}" for one in verdicts]),)
    return decided


def decide_by_column(verdict: Verdict, column: Column) -> Verdict:
    """Settle one number, or what may be one, by what its column shows."""
    bare = verdict.bare
    if bare is None:
        return verdict
    if bare.national or bare.international:
        return decide_bare(bare, column)
    if bare.region is None and column.distrusted:
        return reject(Reason.NO_COUNTRY, bare=bare)
    return put_back_lost_zero(bare, column) or verdict
