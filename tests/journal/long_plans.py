"""Long plans for tests: in portions of a few numbers, with something done after each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from importer.environment import host_name
from importer.errors import PlanOvertaken
from importer.journal import long_plans
from importer.journal.upkeep.checking import check
from importer.model import Batch, Group, Known, Runner
from tests.stores import database_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest
    from numpy.typing import NDArray

    from importer.journal import Journal
    from importer.journal.run import Run

    AfterEach = Callable[[Callable[[int], object]], list[int]]
    """Calls what it is given after each portion: see `after_each_portion`."""

ACCOUNT = "main"
RUNNER = Runner("run", "ann", host_name(), os.getpid())
NUMBERS = [str(85251000001 + at) for at in range(12)]
OTHERS = [str(85251000501 + at) for at in range(40)]
SIZE = 3
"""Numbers of a group."""


def batch_of(name: str, at_ms: int = 7) -> Batch:
    """Return a batch; lists of the same name's first part are the same list."""
    return Batch(name, f"list {name.partition(' ')[0]}", ACCOUNT, f"{name}.csv", at_ms)


@dataclass(frozen=True)
class Planned:
    """See `long_plans.LargePlan`: groups of numbers, in two portions of each kind."""

    name: str
    phones: Sequence[str]
    skipped: Sequence[Known] = ()

    def _halves(self) -> Iterator[Sequence[Group]]:
        parts = [self.phones[at : at + SIZE] for at in range(0, len(self.phones), SIZE)]
        groups = [
            Group(seq, f"{self.name} {seq:03}", "HK", f"#{seq}", ",".join(part), len(part))
            for seq, part in enumerate(parts, 1)
        ]
        middle = len(groups) // 2
        yield from (groups[:middle], groups[middle:])

    def groups(self) -> Iterator[Sequence[Group]]:
        """See `LargePlan`."""
        return self._halves()

    def numbers(self) -> Iterator[NDArray[np.int64]]:
        """See `LargePlan`."""
        for groups in self._halves():
            rows = [(int(one), group.seq) for group in groups for one in group.phones.split(",")]
            yield np.array(rows, dtype=np.int64).reshape(-1, 2)

    def known(self) -> Iterator[Sequence[Known]]:
        """See `LargePlan`."""
        return iter([self.skipped])


def in_small_portions(patch: pytest.MonkeyPatch) -> None:
    """Let a transaction of a long plan hold at most four numbers."""
    patch.setattr(long_plans, "AT_ONCE", 4)
    patch.setattr(long_plans, "TEXTS_AT_ONCE", 4)


def after_each_portion(
    patch: pytest.MonkeyPatch, journal: Journal, do: Callable[[int], object]
) -> list[int]:
    """Call `do` with the number of the portion after each that `journal` records or removes.

    Return the portions so far. What `do` does itself calls nothing.
    """
    done: list[int] = []
    database = database_of(journal)
    inside: list[bool] = []

    def give_way() -> None:
        if not inside:
            inside.append(True)
            done.append(len(done) + 1)
            do(done[-1])
            inside.clear()

    patch.setattr(database, "give_way", give_way)
    return done


def plan_long(
    journal: Journal, run: Run, name: str, phones: Sequence[str], *, seen: int | None = None
) -> None:
    """Plan a long list of numbers of which none is known."""
    seen = journal.plannings(ACCOUNT) if seen is None else seen
    journal.plan_large(batch_of(name), Planned(name, phones), run.take_now, seen=seen)


def plan_as_a_run_does(
    journal: Journal,
    run: Run,
    name: str,
    phones: Sequence[str],
    *,
    is_long: bool,
    choice: str = "ask",
) -> None:
    """Plan those of a list's numbers that are not known, looked up anew while it is overtaken."""
    batch = batch_of(name)
    while True:
        seen = journal.plannings(ACCOUNT)
        known = journal.known_among(pd.Series(phones, dtype="str"), ACCOUNT, batch.fingerprint)
        left = [one for one in phones if one not in {*known["number"]}]
        planned = Planned(name, left)
        try:
            if is_long:
                journal.plan_large(batch, planned, run.take_now, seen=seen, known=choice)
            else:
                groups = [group for some in planned.groups() for group in some]
                journal.plan(batch, groups, seen=seen)
        except PlanOvertaken:
            continue
        return


def rows_of_tables(journal: Journal) -> dict[str, int]:
    """Count the rows of each table that a plan writes into."""
    tables = ("batches", "groups", "known", "group_numbers", "plans")
    database = database_of(journal)
    return {one: database.rows(f"SELECT count(*) FROM {one}")[0][0] for one in tables}  # noqa: S608 - ours


def check_groups(journal: Journal) -> list[str]:
    """Return what a check finds but for rows of batches, which are not kept here."""
    return [one for one in check(journal).findings if "rows of this batch" not in one]
