"""Plans of long lists: recorded in short transactions, the last of which makes the batch.

Groups and numbers are written with the name and the ordinal that the batch will have. Whatever asks
for groups or numbers goes by the table `batches`, so they are nobody's until the batch is there.
The table `plans` names them meanwhile, so that what a run that was killed has left can be removed;
a lease of the plan's own says whether a run still writes them.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import pandas as pd

from importer.columns.buffers import texts_of
from importer.errors import JournalLocked, PlanOvertaken
from importer.journal import number_index, planned_since
from importer.journal import numbers as numbers_in_groups
from importer.journal.leases import name_of_plan
from importer.journal.part import in_one_transaction
from importer.journal.transitions import Transitions, overtaken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from importer.model import Batch, Group, Known

    Take = Callable[[Sequence[str]], object]
    """Takes leases for a run: see `Run.take_now`."""

T = TypeVar("T")
AT_ONCE = 25_000
"""Numbers that one transaction puts into the look-up, or takes out of it: some tenths of a second.
"""
TEXTS_AT_ONCE = 100_000
"""Numbers that it writes as texts of groups."""


class LargePlan(Protocol):
    """A plan in portions, each read from the beginning whenever it is asked for."""

    def groups(self) -> Iterable[Sequence[Group]]:
        """Yield the groups in their order."""

    def numbers(self) -> Iterable[NDArray[np.int64]]:
        """Yield rows of a number and its group's place; ordered numbers are recorded faster."""

    def known(self) -> Iterable[Sequence[Known]]:
        """Yield the numbers that are left out; those of one group stand together."""


class _Plan(NamedTuple):
    """A plan that is no batch yet."""

    batch: str
    ordinal: int


class LongPlans(Transitions):
    """Plans batches that are more than one transaction may hold."""

    def plan_large(
        self,
        batch: Batch,
        planned: LargePlan,
        take: Take,
        *,
        seen: int,
        known: str = "ask",
        keep_lines: Callable[[], object] = lambda: None,
    ) -> int:
        """Record a new batch as `plan` does, a portion at a time, and hold it.

        Others go on meanwhile: it is overtaken by those only that have planned some of its numbers,
        or named a group as it does. Where `known`, which is the setting of this name, is `skip`, it
        leaves these numbers to them instead, and where it is `allow`, it has them as well. Return
        how many it has left so; then the lines that `keep_lines` has kept, which the results need
        beyond the groups, are no longer true, and are removed.

        Raises:
            PlanOvertaken: see `plan`. Nothing of it is left.
            JournalError: another run has taken it over, or the database failed. What is left of it
                is nobody's: see `remove_abandoned_plans`.
        """
        plan = self._begin_plan(batch.id, take)
        try:
            for record in self._portions(plan, planned):
                self.in_turn(partial(self._record, plan, record))
            keep_lines()
            left = 0
            while not self._end_plan(batch, plan, take, seen, known=known, has_lines=not left):
                # More was planned meanwhile than can be looked through while others wait.
                looked = self.plannings(batch.account)
                for numbers in planned_since.common(self._database, batch, plan.ordinal, seen):
                    if known == "skip":
                        left += self.in_turn(partial(self._leave_out, batch, plan, numbers))
                    elif known != "allow":
                        raise overtaken(self._database)
                seen = looked
        except PlanOvertaken:
            self._remove_plan(plan)
            raise
        return left

    def remove_abandoned_plans(self) -> None:
        """Remove, a portion at a time, what runs have left of plans that never became batches.

        Any number of runs may do so at once.

        Raises:
            JournalError: the database failed.
        """
        for row in self._database.rows("SELECT batch, ordinal FROM plans ORDER BY ordinal"):
            with suppress(JournalLocked):  # A run that may be alive is writing it.
                self._remove_plan(_Plan(*row))

    def refuse_lost(self, batch: str) -> None:
        """Refuse to go on with a batch, or with a plan of one, that this run does not hold.

        Raises:
            JournalError: another run has taken it over.
        """
        is_plan = self._database.rows("SELECT 1 FROM plans WHERE batch = ?", (batch,))
        self.refuse_unheld(name_of_plan(batch) if is_plan else batch)

    @in_one_transaction
    def _begin_plan(self, batch: str, take: Take) -> _Plan:
        take([name_of_plan(batch)])
        ordinal = self._database.next_ordinal()
        self._database.change("INSERT INTO plans (batch, ordinal) VALUES (?, ?)", (batch, ordinal))
        return _Plan(batch, ordinal)

    def _portions(self, plan: _Plan, planned: LargePlan) -> Iterator[Callable[[], None]]:
        """Yield what records each portion within a transaction."""
        for groups in planned.groups():
            for some in _cut(groups, lambda one: one.size):
                yield partial(self.insert_only_groups, plan.batch, some)
        for numbers in planned.numbers():
            for rows in number_index.portions(plan.ordinal, numbers, AT_ONCE):
                yield partial(number_index.insert, self._database, rows)
        for known in planned.known():
            for left_out in _cut(known, lambda one: one.phones.count(",") + 1):
                yield partial(self.insert_known, plan.batch, left_out)

    def remove_from_look_up(self, ordinal: int) -> None:
        """Remove a batch's numbers from the look-up, a portion at a time."""
        above: int | None = 0
        while above is not None:
            above = self.in_turn(
                partial(number_index.remove_next, self._database, ordinal, above, AT_ONCE)
            )

    def in_turn(self, change: Callable[[], T]) -> T:
        """Change some rows in one transaction, and let others go on after it."""
        done = self.run(change)
        self._database.give_way()
        return done

    def _record(self, plan: _Plan, portion: Callable[[], None]) -> None:
        self.refuse_unheld(name_of_plan(plan.batch))
        portion()

    @in_one_transaction
    def _end_plan(
        self, batch: Batch, plan: _Plan, take: Take, seen: int, *, known: str, has_lines: bool
    ) -> bool:
        """Make a plan a batch; False where what others have planned is to be looked through."""
        self.refuse_unheld(name_of_plan(plan.batch))
        self._database.lock_account(batch.account)
        if planned_since.count(self._database, batch.account, seen) > AT_ONCE:
            return False
        common = list(planned_since.common(self._database, batch, plan.ordinal, seen))
        if common and known != "allow":
            return False
        if not has_lines:
            self._database.remove_rows(batch.id)
        self.insert_batch(batch, plan.ordinal)
        self._forget_plan(plan)
        take([batch.id])
        return True

    def _leave_out(self, batch: Batch, plan: _Plan, numbers: NDArray[np.int64]) -> int:
        """Leave those of a plan's numbers to other batches that these have in groups by now."""
        self.refuse_unheld(name_of_plan(plan.batch))
        texts = pd.Series(numbers).astype("str")
        known = numbers_in_groups.known_among(
            self._database, texts, batch.account, batch.fingerprint
        )
        sought = number_index.integers_of(texts_of(known["number"]))
        rows = number_index.look_up(self._database, sought)
        rows = rows[rows[:, 1] == plan.ordinal]
        number_index.remove_rows(self._database, rows)
        self._take_out_of_groups(plan.batch, rows)
        left = (
            (plan.batch, *some.iloc[0][["batch", "seq", "group_name"]], ",".join(some["number"]))
            for _, some in known.groupby(["batch", "seq"], sort=False)
        )
        self._database.change_many(
            "INSERT INTO known (batch, earlier_batch, earlier_seq, group_name, phones) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (batch, earlier_batch, earlier_seq) "
            "DO UPDATE SET phones = known.phones || ',' || excluded.phones",
            left,
        )
        return len(known)

    def _take_out_of_groups(self, batch: str, rows: NDArray[np.int64]) -> None:
        """Take numbers out of a plan's groups, by their rows; a group without any is removed."""
        seqs = sorted({*rows[:, 2].tolist()})
        gone = {*map(str, rows[:, 0].tolist())}
        groups = self._database.rows_given(
            {"seq": seqs},
            "SELECT g.seq, g.phones FROM given CROSS JOIN groups g "
            "WHERE g.batch = ? AND g.seq = given.seq",
            (batch,),
        )
        left = [
            (seq, [one for one in phones.split(",") if one not in gone]) for seq, phones in groups
        ]
        self._database.change_many(
            "UPDATE groups SET phones = ?, size = ? WHERE batch = ? AND seq = ?",
            ((",".join(phones), len(phones), batch, seq) for seq, phones in left),
        )
        self._database.change_many(
            "DELETE FROM groups WHERE batch = ? AND seq = ? AND size = 0",
            ((batch, seq) for seq, phones in left if not phones),
        )

    def _remove_plan(self, plan: _Plan) -> None:
        """Remove all that is left of a plan.

        Raises:
            JournalLocked: another run that may be alive writes it.
        """
        self._take_away(plan)
        above: int | None = 0
        while above is not None:
            above = self._remove_some(
                plan,
                partial(number_index.remove_next, self._database, plan.ordinal, above, AT_ONCE),
            )
        for remove in (self._remove_groups, self._remove_known):
            while self._remove_some(plan, partial(remove, plan.batch)):
                pass
        self._remove_some(plan, partial(self._remove_rest, plan))

    @in_one_transaction
    def _take_away(self, plan: _Plan) -> None:
        """Let the run that has written a plan, and is thought dead, write nothing more of it."""
        name = name_of_plan(plan.batch)
        self.keep_runs_out(name)
        self._database.change("DELETE FROM leases WHERE name = ?", (name,))

    def _remove_some(self, plan: _Plan, remove: Callable[[], int | None]) -> int | None:
        """Return what `remove` does; None where the plan is a batch by now, or was removed.

        Then its ordinal may be another batch's.
        """

        def remove_of_plan() -> int | None:
            there = self._database.rows("SELECT ordinal FROM plans WHERE batch = ?", (plan.batch,))
            return remove() if there == [(plan.ordinal,)] else None

        return self.in_turn(remove_of_plan)

    def _remove_groups(self, batch: str) -> int:
        return self._database.change(
            "DELETE FROM groups WHERE batch = ? AND seq IN "
            "(SELECT seq FROM groups WHERE batch = ? ORDER BY seq LIMIT 100)",
            (batch, batch),
        )

    def _remove_known(self, batch: str) -> int:
        some = self._database.rows(
            "SELECT batch, earlier_batch, earlier_seq FROM known WHERE batch = ? LIMIT 100",
            (batch,),
        )
        self._database.change_many(
            "DELETE FROM known WHERE batch = ? AND earlier_batch = ? AND earlier_seq = ?", some
        )
        return len(some)

    def _remove_rest(self, plan: _Plan) -> None:
        self._database.remove_rows(plan.batch)
        self._forget_plan(plan)

    def _forget_plan(self, plan: _Plan) -> None:
        self._database.change("DELETE FROM plans WHERE batch = ?", (plan.batch,))
        self._database.change("DELETE FROM leases WHERE name = ?", (name_of_plan(plan.batch),))


def _cut(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Cut items into portions of about `TEXTS_AT_ONCE` numbers."""
    portion: list[T] = []
    numbers = 0
    for one in items:
        portion.append(one)
        numbers += size(one)
        if numbers >= TEXTS_AT_ONCE:
            yield portion
            portion, numbers = [], 0
    if portion:
        yield portion
