"""The different numbers of a list on disk in the order of their texts, in ranges for memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.batch.large.blocks import numbers_in
from importer.batch.large.groups import accepted_in
from importer.batch.large.shares import RecordShares
from importer.columns.matching import text_keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from importer.batch.large.passes.decisions import DecidedList

    Ints = NDArray[np.int64]

NUMBERS_OF_A_RANGE = 1_000_000
_SAMPLED = 100
"""One number of so many shows how the numbers are spread."""


class Ranges:
    """Bounds between numbers, in the order of their texts."""

    def __init__(self, decided: DecidedList) -> None:
        """Look at some of a list's numbers, so that about as many come to each range."""
        sample = [np.zeros(0, dtype=np.int64)]
        count = 0
        for block in range(len(decided.blocks)):
            numbers = numbers_in(decided.blocks.read(block, ["number"]))
            numbers = numbers[numbers > 0]
            count += len(numbers)
            sample.append(text_keys(numbers[::_SAMPLED]))
        ordered = np.sort(np.concatenate(sample))
        ranges = max(1, -(-count // NUMBERS_OF_A_RANGE))
        at = np.arange(1, ranges) * len(ordered) // ranges
        self._bounds = np.unique(ordered[at])

    def __len__(self) -> int:
        return len(self._bounds) + 1

    def of(self, numbers: Ints) -> Ints:
        """Return the range of each number."""
        found = np.searchsorted(self._bounds, text_keys(numbers), side="right")
        return np.asarray(found, dtype=np.int64)


class OrderedNumbers:
    """Numbers on disk, each with one more integer."""

    def __init__(self, folder: Path, ranges: Ranges) -> None:
        self._ranges = ranges
        self._records = RecordShares(folder, 2)

    def add(self, numbers: Ints, others: Ints) -> None:
        """Add numbers, each with another integer."""
        self._records.add(self._ranges.of(numbers), np.column_stack([numbers, others]))

    def __iter__(self) -> Iterator[Ints]:
        """Yield rows of a number and its other integer, in the order of the numbers' texts."""
        for one in range(len(self._ranges)):
            records = self._records.read(one)
            yield records[np.argsort(text_keys(records[:, 0]), kind="stable")]


def lines_of_numbers(decided: DecidedList, folder: Path, ranges: Ranges) -> OrderedNumbers:
    """Return the different numbers of a list, each with the line that has it first."""
    found = OrderedNumbers(folder, ranges)
    for block in range(len(decided.blocks)):
        at = np.flatnonzero(accepted_in(decided, block))
        numbers = numbers_in(decided.blocks.read(block, ["number"]))[at]
        found.add(numbers, at + decided.blocks.begins[block])
    return found


def fingerprint(numbers: OrderedNumbers) -> str:
    """Return what a batch of these numbers is known by, as `fingerprint.fingerprint` does."""
    digest = hashlib.sha256()
    between = b""
    for records in numbers:
        if len(records):
            digest.update(between + ",".join(texts(records[:, 0]).to_pylist()).encode())
            between = b","
    return digest.hexdigest()


def texts(numbers: Ints) -> pa.Array:
    """Return numbers as texts."""
    return pc.cast(pa.array(numbers), pa.large_string())
