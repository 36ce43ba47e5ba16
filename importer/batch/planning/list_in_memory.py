"""A list whose lines are in memory, as planning sees it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from importer.batch.input.duplicates import accepted_numbers
from importer.batch.planning import fingerprint as fingerprints
from importer.batch.planning import plan
from importer.batch.planning.list_to_plan import KnownNumbers
from importer.batch.planning.send_question import lines_with

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from importer.batch.input.normalized_file import NormalizedFile
    from importer.batch.planning.grouping import NameParts
    from importer.context import Job, Progress
    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.model import Batch, Group, Known
    from importer.settings import Settings


class NumbersInMemory:
    """See `list_to_plan.NumbersToPlan`."""

    def __init__(self, numbers: pd.Series) -> None:
        self._numbers = numbers

    @cached_property
    def fingerprint(self) -> str:
        """See `list_to_plan.NumbersToPlan`."""
        return fingerprints.fingerprint(self._numbers)

    def count(self) -> int:
        """See `list_to_plan.NumbersToPlan`."""
        return len(self._numbers)

    def find_elsewhere(self, journal: Journal, account: str) -> KnownNumbers:
        """See `list_to_plan.NumbersToPlan`."""
        return KnownNumbers.of(
            journal.known_among(self._numbers, account, but=self.fingerprint, of_others=True)
        )


class ListInMemory(NumbersInMemory):
    """See `list_to_plan.ListToPlan`."""

    in_portions = False

    def __init__(self, normalized: NormalizedFile) -> None:
        super().__init__(accepted_numbers(normalized.lines))
        self._normalized = normalized
        self._settled = self._known = self._skipped = pd.DataFrame({"number": []}, dtype="str")
        """Numbers each with the group that it is in: settled by the batch that is corrected, known
        from other batches, and left out."""
        self._known_groups: list[Known] = []

    @property
    def corrects(self) -> str:
        """See `list_to_plan.ListToPlan`."""
        return self._normalized.rows.source.corrects

    def find_known(self, journal: Journal, account: str) -> KnownNumbers:
        """See `list_to_plan.ListToPlan`.

        What became of the corrected batch's numbers stays as it is; nobody has to decide about
        them.
        """
        chain = journal.correction_chain(self.corrects)
        self._settled = journal.settled_among(self._numbers, chain)
        known = journal.known_among(self._numbers, account, but=self.fingerprint)
        self._known = known[~lines_with(known, self._settled["number"])]
        return KnownNumbers.of(self._known)

    def make_groups(
        self,
        job: Job,
        batch: str,
        first_number: Callable[[Collection[NameParts]], int],
        *,
        size_limit: int | None,
        skip_known: bool,
    ) -> list[Group]:
        """See `list_to_plan.ListToPlan`."""
        self._skipped = pd.concat([self._settled, self._known]) if skip_known else self._settled
        return plan.make_groups(
            job, self._normalized, self._left(), batch, first_number, size_limit=size_limit
        )

    def _left(self) -> pd.DataFrame:
        """Return the lines whose numbers are not left out."""
        lines = self._normalized.lines
        if self._skipped.empty:
            return lines
        return lines[~lines_with(lines, self._skipped["number"])]

    def show(self, groups: Sequence[Group], settings: Settings, progress: Progress) -> None:
        """See `list_to_plan.ListToPlan`."""
        plan.show_preview(self._normalized, self._left(), groups, settings, progress)

    def prepare(self, groups: Sequence[Group]) -> None:
        """See `list_to_plan.ListToPlan`."""
        self._known_groups = list(plan.known_groups(self._skipped))

    def record(
        self, journal: Journal, batch: Batch, groups: Sequence[Group], run: Run, seen: int
    ) -> tuple[str, ...]:
        """See `list_to_plan.ListToPlan`."""

        def plan_and_hold() -> None:
            journal.plan(batch, groups, self._known_groups, seen=seen)
            run.take_now([batch.id])

        journal.run(plan_and_hold)
        return ()
