"""What the results of a long list need beyond its groups, kept with the journal in portions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa

from importer.batch.input.duplicates import ACCEPTED
from importer.batch.large.groups import Grouped
from importer.batch.large.recorded.known import EarlierGroup
from importer.batch.large.recorded.ordered import OrderedNumbers
from importer.batch.large.results_folder import block_lines
from importer.batch.large.shares import RecordShares
from importer.journal import rows_in_portions
from importer.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from importer.batch.large.check import SeenList
    from importer.batch.large.recorded.list_on_disk import ListOnDisk
    from importer.journal import Journal
    from importer.model import Batch

_TEXT = pa.large_string()
_OUTCOMES = pa.array(["", ACCEPTED, Status.DUPLICATE.value, Status.REJECTED.value], _TEXT)
"""By what `BlockLines.outcomes` has."""
_GROUPS_AT_ONCE = 1_000


def keep_planned(journal: Journal, batch: Batch, seen: SeenList, listed: ListOnDisk) -> None:
    """Keep the lines of a list that was planned now."""
    skipped = listed.skipped
    groups: Sequence[EarlierGroup] = [] if skipped is None else skipped.groups

    def earlier(block: int) -> NDArray[np.int64]:
        if skipped is None:
            return np.zeros((0, 2), dtype=np.int64)
        return skipped.in_block(seen.decided, block)

    _keep(journal, batch, seen, listed.grouped, groups, earlier)


def keep_found(
    journal: Journal, batch: Batch, seen: SeenList, listed: ListOnDisk, folder: Path
) -> None:
    """Keep the lines of a list that was planned before: the journal says what is in which group."""
    folder.mkdir()
    blocks = seen.decided.blocks
    planned = RecordShares(folder / "planned", 2)
    left = RecordShares(folder / "left", 2)
    groups, numbers_left = _skipped(journal, batch, listed, folder / "skipped")
    for records, skipped in zip(listed.numbers, numbers_left, strict=True):
        places = journal.places_in(batch.id, records[:, 0])
        for found, to in ((places, planned), (skipped, left)):
            lines = _lines_of(records, found)
            to.add(blocks.of_lines(lines[:, 0]), lines)
    grouped = Grouped(folder / "groups")
    with grouped.path.open("wb") as file:
        for block in range(len(blocks)):
            begin, end = blocks.begins[block : block + 2]
            seqs = np.zeros(end - begin, dtype=np.int32)
            lines = planned.read(block)
            seqs[lines[:, 0] - begin] = lines[:, 1]
            seqs.tofile(file)

    def earlier(block: int) -> NDArray[np.int64]:
        lines = left.read(block)
        lines[:, 0] -= blocks.begins[block]
        return lines

    _keep(journal, batch, seen, grouped, groups, earlier)


def _lines_of(records: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for numbers that were found their lines, each with what was found.

    `records` has a number and its line, `found` a number and something else.
    """
    order = np.argsort(records[:, 0])
    at = order[np.searchsorted(records[order, 0], found[:, 0])]
    return np.column_stack([records[at, 1], found[:, 1]])


def _skipped(
    journal: Journal, batch: Batch, listed: ListOnDisk, folder: Path
) -> tuple[list[EarlierGroup], OrderedNumbers]:
    """Return the groups that a batch left numbers to, and the numbers, each with its group's."""
    groups = [
        EarlierGroup(*place, name) for place, name in journal.skipped_groups(batch.id).items()
    ]
    numbers = OrderedNumbers(folder, listed.ranges)
    for start in range(0, len(groups), _GROUPS_AT_ONCE):
        some = groups[start : start + _GROUPS_AT_ONCE]
        at = {(one.batch, one.seq): start + place for place, one in enumerate(some, 1)}
        found = journal.skipped_in(batch.id, list(at))
        places = [at[place] for place in zip(found["batch"], found["seq"], strict=True)]
        numbers.add(np.array(found["number"], dtype=np.int64), np.array(places, dtype=np.int64))
    return groups, numbers


def _keep(
    journal: Journal,
    batch: Batch,
    seen: SeenList,
    grouped: Grouped,
    groups: Sequence[EarlierGroup],
    earlier: Callable[[int], NDArray[np.int64]],
) -> None:
    """Keep lines; `earlier` gives those of a block that were left out, each with its group's."""
    source = replace(seen.source, path=seen.source.path.absolute())
    schema = rows_in_portions.schema_of(seen.types, source, seen.assumptions)
    batches = pa.array(["", *(one.batch for one in groups)], _TEXT)
    seqs = np.array([0, *(one.seq for one in groups)], dtype=np.int32)

    def tables() -> Iterator[pa.Table]:
        for block in range(len(seen.decided.blocks)):
            found = block_lines(seen.decided, grouped, seen.files, seen.types, block)
            lines = found.lines
            places = np.zeros(len(found.seqs), dtype=np.int64)
            left_out = earlier(block)
            places[left_out[:, 0]] = left_out[:, 1]
            columns = [
                *(lines.sheets, lines.rows, lines.originals),
                *(lines.numbers, lines.countries, lines.types, found.reasons),
                _OUTCOMES.take(pa.array(found.outcomes)),
                *lines.others.values(),
                pa.array(found.seqs),
                batches.take(pa.array(places)),
                pa.array(seqs[places]),
            ]
            yield pa.Table.from_arrays(
                [one.cast(field.type) for one, field in zip(columns, schema, strict=True)],
                schema=schema,
            )

    def write(file: BinaryIO) -> None:
        rows_in_portions.write(file, schema, tables())

    journal.write_rows_file(batch.id, write)
