"""The second pass over a list: each line decided, then which of them repeat an earlier number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.batch.large.blocks import (
    LineBlocks,
    as_integers,
    column,
    encoded,
    numbers_in,
    places_of,
)
from importer.batch.large.passes.evidence import typed
from importer.batch.large.shares import RecordShares
from importer.batch.planning.preview import LOOKED_AT
from importer.columns import memory
from importer.columns.buffers import texts_of
from importer.phones.blocks import decide_block, encode_block, survey_all
from importer.phones.careful import first_of_each
from importer.phones.shares import share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from importer.batch.large.passes.evidence import ListEvidence
    from importer.batch.large.passes.list_reading import ListReading
    from importer.reading.parts.stream import Block

    Records = np.ndarray[tuple[int, int], np.dtype[np.int64]]

DUPLICATE = ("line", "first line", "first place")
"""What is known of a line whose number stands in an earlier one."""


def _nothing() -> tuple[pd.Series, pd.Series]:
    return pd.Series(dtype="str"), pd.Series(dtype="str")


@dataclass(slots=True)
class DecidedList:
    """A list as far as its numbers, on disk."""

    blocks: LineBlocks
    duplicates: RecordShares
    """By block: `DUPLICATE` of some of its lines, in their order."""
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    different_rejects: int = 0
    examples: tuple[pd.Series, pd.Series] = field(default_factory=_nothing)
    """Some of the first cells and their numbers."""
    repeated: int = 0
    """Lines whose number stands in an earlier one."""


@dataclass(frozen=True, slots=True)
class DecidedBlock:
    """What some rows of a list came to."""

    read: int
    """How many lines were looked at."""
    lines: int = 0
    encoded: pa.Buffer | None = None
    """As `blocks.encoded` gives them."""
    rejects: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """A hash of each rejected cell."""
    reasons: Counter[str] = field(default_factory=Counter)
    examples: tuple[pd.Series, pd.Series] = field(default_factory=_nothing)


def decide(
    reading: ListReading, evidence: ListEvidence, folder: Path, advance: Callable[[int], None]
) -> DecidedList:
    """Decide about each cell of a list, and find the numbers that stand in it twice.

    Raises:
        UnreadableInput: a file can't be read.
    """
    blocks = reading.large.blocks(evidence.assumed.ordinary)
    decided = decide_blocks(reading, blocks, evidence)
    return put_together(decided, folder, reading.shares, advance)


def decide_blocks(
    reading: ListReading, blocks: Iterable[Block], evidence: ListEvidence, first: int = 0
) -> Iterator[DecidedBlock]:
    """Decide about the cells of blocks, of which `first` cells of the list come before.

    Raises:
        UnreadableInput: a file can't be read.
    """
    for block in blocks:
        count = len(block.cells)
        decided = _decide(block, reading, evidence, first)
        first += count
        del block  # The next one is read while this one is written.
        yield decided
        del decided


def _decide(block: Block, reading: ListReading, evidence: ListEvidence, first: int) -> DecidedBlock:
    if not len(block.cells):
        return DecidedBlock(block.lines)
    inputs = encode_block(block.cells, reading.options, evidence.assumed.facts, first)
    lines = decide_block(survey_all(inputs, reading.options), evidence.columns, reading.options)
    return _decided(block, lines)


def put_together(
    blocks: Iterable[DecidedBlock], folder: Path, shares: int, advance: Callable[[int], None]
) -> DecidedList:
    """Write decided blocks to disk in their order, and find the numbers that stand there twice."""
    lines_folder = folder / "lines"
    lines_folder.mkdir()
    decided = DecidedList(
        LineBlocks(lines_folder), RecordShares(folder / "duplicates", len(DUPLICATE))
    )
    numbers = RecordShares(folder / "numbers", 3)
    rejects = RecordShares(folder / "rejects", 1)
    for block in blocks:
        if block.encoded is not None:
            _add(decided, block, numbers, shares)
            rejects.add(share_of(block.rejects, shares), block.rejects.reshape(-1, 1))
        advance(block.read)
        del block
        memory.give_back()
    for share in range(shares):
        _find_duplicates(decided, numbers.read(share))
        decided.different_rejects += len(np.unique(rejects.read(share)))
        numbers.remove(share)
        rejects.remove(share)
    return decided


def _records(blocks: LineBlocks, block: int) -> Records:
    """Return each number of a block, its line in the list, and its place.

    They are read again, and no part of what is decided: that may come over a network.
    """
    table = blocks.read(block, ["number", "place"])
    numbers, places = numbers_in(table), column(table, "place").to_numpy()
    held = np.flatnonzero(numbers)
    return np.stack([numbers[held], held + blocks.begins[block], places[held]], axis=1)


def _add(decided: DecidedList, block: DecidedBlock, numbers: RecordShares, shares: int) -> None:
    decided.blocks.write(block.encoded, block.lines)
    records = _records(decided.blocks, len(decided.blocks) - 1)
    numbers.add(share_of(records[:, 0], shares), records)
    decided.rejected += len(block.rejects)
    decided.reasons.update(block.reasons)
    if not len(decided.examples[0]):
        decided.examples = block.examples


def _decided(block: Block, lines: pd.DataFrame) -> DecidedBlock:
    at = lines["cell"].to_numpy()
    where = pa.array(at)
    originals = texts_of(block.cells["original"]).take(where)
    found = as_integers(texts_of(lines["number"]))
    reasons = texts_of(lines["reason"])
    ours = {
        "place": pa.array(places_of(block.parts[at], block.rows[at])),
        "original": originals,
        "number": found,
        "country": texts_of(lines["country"]),
        "type": texts_of(lines["type"]),
        "reason": reasons,
    }
    others = {name: one.take(where) for name, one in typed(block.extras).items()}
    none = pc.indices_nonzero(pc.equal(found, 0))
    some = lines[lines["number"] != ""].head(LOOKED_AT)
    return DecidedBlock(
        read=block.lines,
        lines=len(lines),
        encoded=encoded(ours, others),
        rejects=_hashes(originals.take(none)),
        reasons=_kinds(reasons.take(none)),
        examples=(block.cells["original"].iloc[some["cell"]], some["number"]),
    )


def _kinds(reasons: pa.Array) -> Counter[str]:
    """Count reasons by what stands before their colon."""
    kinds = pc.replace_substring_regex(reasons, "(?s):.*", "")
    return Counter({one["values"]: one["counts"] for one in pc.value_counts(kinds).to_pylist()})


def _hashes(texts: pa.Array) -> NDArray[np.int64]:
    if not len(texts):
        return np.zeros(0, dtype=np.int64)
    values = texts.to_numpy(zero_copy_only=False)
    return pd.util.hash_array(values, categorize=False).view(np.int64)


def _find_duplicates(decided: DecidedList, records: Records) -> None:
    """Find the lines of one share whose number stands in an earlier line of it."""
    found = firsts_in(records)
    decided.repeated += len(found)
    decided.duplicates.add(decided.blocks.of_lines(found[:, 0]), found)


def firsts_in(records: Records) -> Records:
    """Return `DUPLICATE` of each record whose number an earlier one has.

    A record is a number, its line, and its place; they are in the order of their lines.
    """
    codes, _ = pd.factorize(records[:, 0])
    firsts = first_of_each(codes)[codes]
    again = np.flatnonzero(firsts != np.arange(len(records)))
    first = records[firsts[again]]
    return np.stack([records[again, 1], first[:, 1], first[:, 2]], axis=1)


def duplicates_of(decided: DecidedList, block: int) -> Records:
    """Return `DUPLICATE` of a block's lines, in their order; lines count from its first."""
    found = decided.duplicates.read(block)
    found = found[np.argsort(found[:, 0])]
    found[:, 0] -= decided.blocks.begins[block]
    return found
