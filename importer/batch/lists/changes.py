"""What a sync changes, for the operator to read: figures, a sentence, the sheet Changes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from importer.batch.input.duplicates import ACCEPTED
from importer.columns.buffers import texts_of
from importer.columns.matching import is_among
from importer.results_columns import NumbersColumn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ADDED, KEPT, REMOVED = "added", "kept", "removed"
_COLUMNS = (
    NumbersColumn.NUMBER,
    "Change",
    NumbersColumn.STATUS,
    NumbersColumn.GROUP_NAME,
    NumbersColumn.GROUP_ID,
    NumbersColumn.SHEET,
    NumbersColumn.ROW,
)


@dataclass(frozen=True, slots=True)
class Removed:
    """A number that leaves a list."""

    number: str
    group_name: str
    group_id: str
    status: str
    """`removed`, or what became of the call: `planned`, `in doubt`, `refused`."""


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What one sync changes in a list."""

    name: str
    added: frozenset[str]
    kept: int
    removed: tuple[Removed, ...]
    waiting: int = 0
    """How many of the added numbers are in no group yet."""

    @property
    def left(self) -> int:
        """How many numbers are still to be removed."""
        return sum(one.status != REMOVED for one in self.removed)

    @property
    def sentence(self) -> str:
        """How many numbers the sync adds, keeps and removes."""
        return (
            f"List {self.name}: {_done(len(self.added), self.waiting)} {ADDED}, "
            f"{self.kept:,} {KEPT}, {_done(len(self.removed), self.left)} {REMOVED}."
        )

    @property
    def figures(self) -> Sequence[tuple[str, str]]:
        """Return the figures for the sheet Summary."""
        waiting = [("To be added", f"{self.waiting:,}")] if self.waiting else []
        left = [("To be removed", f"{self.left:,}")] if self.left else []
        return [
            ("List", self.name),
            ("Added", f"{len(self.added) - self.waiting:,}"),
            *waiting,
            ("Kept", f"{self.kept:,}"),
            ("Removed", f"{len(self.removed) - self.left:,}"),
            *left,
        ]


def _done(count: int, left: int) -> str:
    return f"{count - left:,} of {count:,}" if left else f"{count:,}"


def changes_table(
    cells: pd.DataFrame, lines: pd.DataFrame, statuses: pd.DataFrame, changes: ListChanges
) -> pd.DataFrame:
    """Return the sheet Changes: the numbers that leave, those that come, and those that stay.

    `cells`, `lines` and `statuses` are as for the results.
    """
    accepted = (lines["status"] == ACCEPTED).to_numpy()
    numbers = lines.loc[accepted, "number"].reset_index(drop=True)
    here = statuses.loc[accepted].reset_index(drop=True)
    is_added = is_among(texts_of(numbers), pa.array(changes.added, pa.large_string()))
    of_file = pd.DataFrame(
        {
            NumbersColumn.NUMBER: numbers,
            "Change": pd.Series(KEPT, index=numbers.index, dtype="str").where(~is_added, ADDED),
            NumbersColumn.STATUS: here["status"],
            NumbersColumn.GROUP_NAME: here["group_name"],
            NumbersColumn.GROUP_ID: here["group_id"],
            NumbersColumn.SHEET: cells.loc[accepted, "sheet"].reset_index(drop=True),
            NumbersColumn.ROW: cells.loc[accepted, "row"].reset_index(drop=True).astype("Int64"),
        }
    )
    gone = [
        (one.number, REMOVED, one.status, one.group_name, one.group_id, "", None)
        for one in changes.removed
    ]
    leaving = pd.DataFrame(gone, columns=[str(one) for one in _COLUMNS]).astype(
        {str(NumbersColumn.ROW): "Int64"}
    )
    of_file.columns = leaving.columns
    of_file = of_file.iloc[np.argsort(~is_added, kind="stable")]
    return pd.concat([leaving, of_file], ignore_index=True) if gone else of_file


def added_among(wanted: Collection[str], before: Collection[str]) -> frozenset[str]:
    """Return the wanted numbers that a list did not have before."""
    return frozenset(wanted).difference(before)
