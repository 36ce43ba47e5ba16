"""What the cells came to, laid out as lines in the order of the cells. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.threads import map_in_threads
from importer.phones.bulk.evidence import ABROAD, HOME
from importer.phones.bulk.patterns import names_of_outcomes
from importer.phones.bulk.survey import REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from importer.columns.buffers import Cells
    from importer.phones.bulk.survey import BareCells, Refused, Survey
    from importer.phones.careful import Careful
    from importer.phones.cell.verdict import Verdict

_COLUMNS = ("cell", "number", "country", "type", "reason")


@dataclass(frozen=True, slots=True)
class _Lines:
    """Some lines: of each its cell, its number, and where its other columns stand in a list."""

    cells: Cells
    numbers: pa.Array
    facts: NDArray[np.int32]


def lay_out(
    parts: Sequence[slice],
    seen: list[Survey],
    chosen: Sequence[NDArray[np.int8]],
    careful: Sequence[Careful],
) -> pd.DataFrame:
    """Return the lines of all cells; `chosen` has for each part the readings of its bare cells.

    `seen` is emptied: beside the lines of a million cells it would take half as much again.
    """
    facts, first = list(_facts_in_bulk()), len(_facts_in_bulk()[0])
    laid = []
    for one in careful:
        verdicts = [verdict for found in one.verdicts for verdict in found]
        facts = [pa.concat_arrays(pair) for pair in zip(facts, _facts(verdicts), strict=True)]
        laid.append(_careful_lines(one, verdicts, first))
        first += len(verdicts)
    pieces = [
        (one, which, [_within(lines, part) for lines in laid])
        for part, one, which in zip(parts, seen, chosen, strict=True)
    ]
    seen.clear()
    lines = list(map_in_threads(_in_order, pieces))
    pieces.clear()
    return _frame(lines, facts)


@cache
def _facts_in_bulk() -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return the country, type and reason of all that is decided in bulk: numbers, then rejects."""
    countries, types = names_of_outcomes()
    reasons = pa.array([one.value for one in REASONS], pa.large_string())
    return (
        pa.concat_arrays([countries, _nothing(len(reasons))]),
        pa.concat_arrays([types, _nothing(len(reasons))]),
        pa.concat_arrays([_nothing(len(countries)), reasons]),
    )


def _nothing(count: int) -> pa.Array:
    return pa.repeat(pa.scalar("", pa.large_string()), count)


def _facts(verdicts: list[Verdict]) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return the country, type and reason of verdicts."""
    kind = pa.large_string()
    return (
        pa.array([one.country for one in verdicts], kind),
        pa.array([one.type for one in verdicts], kind),
        pa.array([one.explanation for one in verdicts], kind),
    )


def _careful_lines(careful: Careful, verdicts: list[Verdict], first: int) -> _Lines:
    """Return a line for each verdict of each cell; the facts of the first stand at `first`."""
    counts = np.array([len(one) for one in careful.verdicts], dtype=np.int64)
    begins = np.cumsum(counts) - counts
    times = counts[careful.keys]
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    rows = np.repeat(begins[careful.keys], times) + within
    numbers = pa.array([one.number for one in verdicts], pa.large_string())
    facts = (rows + first).astype(np.int32)
    return _Lines(np.repeat(careful.cells, times), numbers.take(pa.array(rows)), facts)


def _within(lines: _Lines, part: slice) -> _Lines:
    """Return the lines of a part's cells; all are in the order of their cells."""
    begin, end = np.searchsorted(lines.cells, (part.start, part.stop)).tolist()
    numbers = lines.numbers.slice(begin, end - begin)
    return _Lines(lines.cells[begin:end], numbers, lines.facts[begin:end])


def _in_order(piece: tuple[Survey, NDArray[np.int8], list[_Lines]]) -> _Lines:
    """Return the lines of one part in the order of their cells."""
    seen, chosen, careful = piece
    sure = _Lines(seen.sure.cells, seen.sure.numbers, seen.sure.outcomes.astype(np.int32))
    lines = [sure, _refused(seen.refused), _chosen(seen.bare, chosen), *careful]
    cells = np.concatenate([one.cells for one in lines])
    order = np.argsort(cells, kind="stable")
    numbers = pa.concat_arrays([one.numbers for one in lines]).take(pa.array(order))
    return _Lines(cells[order], numbers, np.concatenate([one.facts for one in lines])[order])


def _refused(refused: Refused) -> _Lines:
    first = len(names_of_outcomes()[0])
    count = len(refused.cells)
    return _Lines(refused.cells, _nothing(count), refused.reasons.astype(np.int32) + first)


def _chosen(bare: BareCells, chosen: NDArray[np.int8]) -> _Lines:
    """Return a line for each cell that has a clear reading."""
    home = chosen == HOME
    numbers = pc.if_else(pa.array(home), bare.home_numbers, bare.digits)
    outcomes = np.where(home, bare.home, bare.international)
    clear = home | (chosen == ABROAD)
    facts = outcomes[clear].astype(np.int32)
    return _Lines(bare.cells[clear], numbers.filter(pa.array(clear)), facts)


def _frame(parts: list[_Lines], facts: list[pa.Array]) -> pd.DataFrame:
    """Join the parts, and put the other columns beside the numbers."""
    cells = np.concatenate([np.zeros(0, dtype=np.int64), *(one.cells for one in parts)])
    numbers = pa.concat_arrays([pa.array([], pa.large_string()), *(one.numbers for one in parts)])
    which = pa.array(np.concatenate([np.zeros(0, dtype=np.int32), *(one.facts for one in parts)]))
    # Their numbers are copied by now, and would lie beside the other columns.
    parts.clear()
    others = map_in_threads(lambda column: column.take(which), facts)
    columns = (pa.array(cells), numbers, *others)
    frame: pd.DataFrame = pa.table(dict(zip(_COLUMNS, columns, strict=True))).to_pandas()
    return frame
