"""Those of a long list's numbers that earlier batches have put into groups, on disk."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from importer.batch.large.recorded.ordered import texts
from importer.batch.large.shares import RecordShares
from importer.batch.planning.list_to_plan import KnownNumbers
from importer.model import Known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from importer.batch.large.passes.decisions import DecidedList
    from importer.batch.large.recorded.ordered import OrderedNumbers
    from importer.journal import Journal

_GROUPS_OF_A_SHARE = 1_000


class EarlierGroup(NamedTuple):
    """A group of an earlier batch that numbers are in already."""

    batch: str
    seq: int
    name: str


class KnownLines:
    """The lines whose numbers are in groups of earlier batches."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._lines = RecordShares(folder / "lines", 2)
        self._numbers = RecordShares(folder / "numbers", 2)
        self._places: dict[EarlierGroup, int] = {}
        self._batches: Counter[str] = Counter()

    def add(self, decided: DecidedList, found: pd.DataFrame, lines: NDArray[np.int64]) -> None:
        """Add numbers as `Journal.known_among` gives them, each with its line."""
        groups = zip(found["batch"], found["seq"], found["group_name"], strict=True)
        places = np.array(
            [self._places.setdefault(EarlierGroup(*one), len(self._places) + 1) for one in groups],
            dtype=np.int64,
        )
        self._batches.update(found["batch"])
        numbers = found["number"].astype("int64").to_numpy()
        self._lines.add(decided.blocks.of_lines(lines), np.column_stack([lines, places]))
        self._numbers.add(places // _GROUPS_OF_A_SHARE, np.column_stack([places, numbers]))

    @property
    def count(self) -> KnownNumbers:
        """How many there are."""
        return KnownNumbers(self._batches.total(), tuple(self._batches))

    def in_block(self, decided: DecidedList, block: int) -> NDArray[np.int64]:
        """Return a block's lines that are known, from its first, each with its group's number."""
        found = self._lines.read(block)
        found[:, 0] -= decided.blocks.begins[block]
        return found

    @property
    def groups(self) -> Sequence[EarlierGroup]:
        """The groups of earlier batches; their numbers go from 1."""
        return list(self._places)

    def known(self) -> Iterator[list[Known]]:
        """Yield the numbers by the groups that they are in."""
        groups = self.groups
        for share in range(len(groups) // _GROUPS_OF_A_SHARE + 1):
            records = self._numbers.read(share)
            records = records[np.argsort(records[:, 0], kind="stable")]
            different, begins = np.unique(records[:, 0], return_index=True)
            parts = np.split(records[:, 1], begins[1:]) if len(records) else []
            yield [
                _known(groups[at - 1], numbers)
                for at, numbers in zip(different.tolist(), parts, strict=True)
            ]


def _known(group: EarlierGroup, numbers: NDArray[np.int64]) -> Known:
    return Known(group.batch, group.seq, group.name, ",".join(texts(numbers).to_pylist()))


def find_known(
    decided: DecidedList,
    numbers: OrderedNumbers,
    journal: Journal,
    account: str,
    but: str,
    folder: Path,
) -> KnownLines:
    """Look a list's numbers up in the journal, as `Journal.known_among` does for some."""
    known = KnownLines(folder)
    for records in numbers:
        found = journal.known_among(_as_series(records), account, but)
        if len(found):
            wanted = found["number"].astype("int64").to_numpy()
            at = pd.Index(records[:, 0]).get_indexer(pd.Index(wanted))
            known.add(decided, found, records[at, 1])
    return known


def count_elsewhere(
    numbers: OrderedNumbers, journal: Journal, account: str, but: str
) -> KnownNumbers:
    """Count a list's numbers that are in groups of other accounts."""
    batches: Counter[str] = Counter()
    for records in numbers:
        found = journal.known_among(_as_series(records), account, but, of_others=True)
        batches.update(found["batch"])
    return KnownNumbers(batches.total(), tuple(batches))


def _as_series(records: NDArray[np.int64]) -> pd.Series:
    return pd.Series(texts(records[:, 0]).to_pandas(), dtype="str")
