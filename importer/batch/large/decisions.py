"""The second pass over a list: each line decided, then which of them repeat an earlier number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.batch.large.blocks import LineBlocks, as_integers, places_of
from importer.batch.large.evidence import typed
from importer.batch.large.shares import RecordShares
from importer.batch.planning.preview import LOOKED_AT
from importer.columns import memory
from importer.columns.buffers import texts_of
from importer.phones.careful import first_of_each
from importer.phones.partitions import decide_part, encode_part, share_of, survey_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.batch.large.evidence import ListEvidence
    from importer.phones.options import PhoneOptions
    from importer.reading.parts.stream import Block, LargeList

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


def decide(
    large: LargeList,
    options: PhoneOptions,
    evidence: ListEvidence,
    folder: Path,
    shares: int,
    progress: Callable[[int], None],
) -> DecidedList:
    """Decide about each cell of a list, and find the numbers that stand in it twice.

    Raises:
        UnreadableInput: a file can't be read.
    """
    lines_folder = folder / "lines"
    lines_folder.mkdir()
    decided = DecidedList(
        LineBlocks(lines_folder), RecordShares(folder / "duplicates", len(DUPLICATE))
    )
    numbers = RecordShares(folder / "numbers", 3)
    rejects = RecordShares(folder / "rejects", 1)
    first = 0
    for block in large.blocks(evidence.ordinary):
        if len(block.cells):
            inputs = encode_part(block.cells, options, evidence.facts, first)
            lines = decide_part(survey_all(inputs, options), evidence.columns, options)
            _write(decided, block, lines, shares, numbers, rejects)
            first += len(block.cells)
        progress(block.lines)
        memory.give_back()
    for share in range(shares):
        _find_duplicates(decided, numbers.read(share))
        decided.different_rejects += len(np.unique(rejects.read(share)))
        numbers.remove(share)
        rejects.remove(share)
    return decided


def _write(
    decided: DecidedList,
    block: Block,
    lines: pd.DataFrame,
    shares: int,
    numbers: RecordShares,
    rejects: RecordShares,
) -> None:
    at = lines["cell"].to_numpy()
    where = pa.array(at)
    originals = texts_of(block.cells["original"]).take(where)
    found = as_integers(texts_of(lines["number"]))
    values = np.asarray(found.to_numpy(), dtype=np.int64)
    places = places_of(block.parts[at], block.rows[at])
    reasons = texts_of(lines["reason"])
    begin = decided.blocks.lines
    others = {name: one.take(where) for name, one in typed(block.extras).items()}
    decided.blocks.write(
        {
            "place": pa.array(places),
            "original": originals,
            "number": found,
            "country": texts_of(lines["country"]),
            "type": texts_of(lines["type"]),
            "reason": reasons,
        },
        others,
    )
    held = np.flatnonzero(values)
    if not len(decided.examples[0]):
        some = lines[lines["number"] != ""].head(LOOKED_AT)
        decided.examples = block.cells["original"].iloc[some["cell"]], some["number"]
    records = np.stack([values[held], held + begin, places[held]], axis=1)
    numbers.add(share_of(values[held], shares), records)
    none = np.flatnonzero(values == 0)
    decided.rejected += len(none)
    kinds = pc.replace_substring_regex(reasons.take(pa.array(none)), "(?s):.*", "")
    for one in pc.value_counts(kinds).to_pylist():
        decided.reasons[one["values"]] += one["counts"]
    texts = originals.take(pa.array(none)).to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(texts, categorize=False).view(np.int64) if len(none) else values[:0]
    rejects.add(share_of(hashes, shares), hashes.reshape(-1, 1))


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
