"""A long list whose decided lines are on disk, as planning sees it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from importer.batch.input.read_file import stage
from importer.batch.large.blocks import numbers_in
from importer.batch.large.check import note_preview
from importer.batch.large.groups import Grouped, group, groups_of
from importer.batch.large.recorded import known as known_numbers
from importer.batch.large.recorded import ordered
from importer.batch.large.recorded.ordered import OrderedNumbers, Ranges, texts
from importer.batch.large.shares import RecordShares
from importer.batch.planning import grouping, plan
from importer.batch.planning.fingerprint import joined
from importer.errors import SettingsError
from importer.plurals import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from importer.batch.large.check import SeenList
    from importer.batch.large.passes.decisions import DecidedList
    from importer.batch.large.recorded.known import KnownLines
    from importer.batch.planning.grouping import NameParts
    from importer.batch.planning.list_to_plan import KnownNumbers
    from importer.context import Job, Progress
    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.model import Batch, Group, Known
    from importer.settings import Settings

NUMBERS_OF_A_SHARE = 500_000
"""Numbers of the groups that are put together in memory at once."""


class ListOnDisk:
    """See `list_to_plan.ListToPlan`. The groups come without their numbers."""

    corrects = ""
    in_portions = True

    def __init__(
        self,
        seen: SeenList,
        folder: Path,
        progress: Progress,
        keep_lines: Callable[[Journal, Batch, SeenList, ListOnDisk], None],
    ) -> None:
        """Put a list's numbers in order in a new folder; `keep_lines` keeps its planned lines."""
        folder.mkdir()
        self._keep_lines = keep_lines
        self._seen = seen
        self._progress = progress
        self._decided = seen.decided
        self._folder = folder
        self._looks = count()
        self.ranges = Ranges(seen.decided)
        self.numbers = ordered.lines_of_numbers(seen.decided, folder / "ordered", self.ranges)
        """Each with its line."""
        self._known: KnownLines | None = None
        self.skipped: KnownLines | None = None
        """The lines that go into no group, as their numbers are in one of an earlier batch."""
        self.grouped = Grouped(folder / "none")
        self._choice = "ask"
        self.has_lines_kept = False
        """Whether its lines are kept with the journal as it was planned."""

    @cached_property
    def fingerprint(self) -> str:
        """See `list_to_plan.ListToPlan`."""
        return ordered.fingerprint(self.numbers)

    def count(self) -> int:
        """See `list_to_plan.ListToPlan`."""
        return sum(map(len, self.numbers))

    def find_known(self, journal: Journal, account: str) -> KnownNumbers:
        """See `list_to_plan.ListToPlan`."""
        self._known = known_numbers.find_known(
            self._decided, self.numbers, journal, account, self.fingerprint, self._new("known")
        )
        return self._known.count

    def _new(self, name: str) -> Path:
        """Return a folder's name that was not used before: what was looked up may be so anew."""
        return self._folder / f"{name}-{next(self._looks)}"

    def find_elsewhere(self, journal: Journal, account: str) -> KnownNumbers:
        """See `list_to_plan.ListToPlan`."""
        return known_numbers.count_elsewhere(self.numbers, journal, account, self.fingerprint)

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
        self.skipped = self._known if skip_known else None
        self._choice = job.settings.known
        options = plan.grouping_options(job, batch, size_limit)
        try:
            self.grouped = group(self._decided, options, self._new("groups"), self._left_out)
            return groups_of(self.grouped, options, first_number)
        except grouping.TemplateError as error:
            raise SettingsError(f"{job.settings.origin('name')}: {error}.") from error

    def _left_out(self, block: int) -> NDArray[np.int64]:
        if self.skipped is None:
            return np.zeros(0, dtype=np.int64)
        return self.skipped.in_block(self._decided, block)[:, 0]

    def show(self, groups: Sequence[Group], settings: Settings, progress: Progress) -> None:
        """See `list_to_plan.ListToPlan`."""
        note_preview(self._seen, self.grouped, groups, settings, progress)

    def prepare(self, groups: Sequence[Group]) -> None:
        """See `list_to_plan.ListToPlan`."""
        self._planned = _PlanOnDisk(self, groups, self._new("plan"))
        self._planned.fill(self._decided, self.grouped)

    def record(
        self, journal: Journal, batch: Batch, groups: Sequence[Group], run: Run, seen: int
    ) -> tuple[str, ...]:
        """See `list_to_plan.ListToPlan`. The lines are kept by the same step."""
        with stage(self._progress, "Saving"):
            journal.remove_abandoned_plans()
            left = journal.plan_large(
                batch,
                self._planned,
                run.take_now,
                seen=seen,
                known=self._choice,
                keep_lines=lambda: self._keep_lines(journal, batch, self._seen, self),
            )
        self.has_lines_kept = not left
        if not left:
            return ()
        were = plural(left, "number was", "numbers were")
        return (
            f"{left:,} {were} left out, as another run has put {plural(left, 'it', 'them')} into "
            "groups while this list was planned.",
        )


class _PlanOnDisk:
    """See `transitions.LargePlan`."""

    def __init__(self, listed: ListOnDisk, groups: Sequence[Group], folder: Path) -> None:
        folder.mkdir()
        largest = max((one.size for one in groups), default=1)
        self._of_a_share = max(1, NUMBERS_OF_A_SHARE // largest)
        self._listed = listed
        self._groups = groups
        self._by_group = RecordShares(folder / "by-group", 2)
        self._by_number = OrderedNumbers(folder / "by-number", listed.ranges)

    def fill(self, decided: DecidedList, grouped: Grouped) -> None:
        """Deal the numbers out by their groups, and by themselves."""
        for block in range(len(decided.blocks)):
            seqs = grouped.seqs(*decided.blocks.begins[block : block + 2]).astype(np.int64)
            at = np.flatnonzero(seqs)
            numbers = numbers_in(decided.blocks.read(block, ["number"]))[at]
            records = np.column_stack([seqs[at], numbers])
            self._by_group.add((seqs[at] - 1) // self._of_a_share, records)
            self._by_number.add(numbers, seqs[at])

    def groups(self) -> Iterator[list[Group]]:
        """See `LargePlan`."""
        for share, start in enumerate(range(0, len(self._groups), self._of_a_share)):
            groups = self._groups[start : start + self._of_a_share]
            records = self._by_group.read(share)
            # Within a group, in the order of the list.
            records = records[np.argsort(records[:, 0], kind="stable")]
            seqs = np.arange(start + 1, start + len(groups) + 2)
            bounds = np.searchsorted(records[:, 0], seqs)
            phones = joined(texts(records[:, 1]), bounds)
            yield [replace(one, phones=text) for one, text in zip(groups, phones, strict=True)]

    def numbers(self) -> Iterator[NDArray[np.int64]]:
        """See `LargePlan`."""
        return iter(self._by_number)

    def known(self) -> Iterator[Sequence[Known]]:
        """See `LargePlan`."""
        return iter(()) if self._listed.skipped is None else self._listed.skipped.known()
