"""What planning asks of a list whose lines are decided, in memory or on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import pandas as pd

    from importer.batch.planning.grouping import NameParts
    from importer.context import Job, Progress
    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.model import Batch, Group
    from importer.settings import Settings


IN_PORTIONS = "in_portions"
"""Among the settings of a batch: whether it was planned as a list that memory does not hold."""


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """How many of a list's numbers are in groups already, and of which batches."""

    count: int
    batches: tuple[str, ...]

    @classmethod
    def of(cls, known: pd.DataFrame) -> KnownNumbers:
        """Count numbers as `Journal.known_among` gives them."""
        return cls(len(known), tuple(known["batch"].unique()) if len(known) else ())


class NumbersToPlan(Protocol):
    """The different numbers of a list that may go into groups."""

    @property
    def fingerprint(self) -> str:
        """What a batch of its numbers is known by."""

    def count(self) -> int:
        """Count its different numbers."""

    def find_elsewhere(self, journal: Journal, account: str) -> KnownNumbers:
        """Find its numbers that batches of other accounts have in groups."""


class ListToPlan(NumbersToPlan, Protocol):
    """A list whose lines are decided, as planning sees it; in memory or on disk."""

    @property
    def corrects(self) -> str:
        """The batch whose results workbook this is, corrected; "" for any other list."""

    @property
    def in_portions(self) -> bool:
        """Whether it is more than memory holds."""

    def find_known(self, journal: Journal, account: str) -> KnownNumbers:
        """Find its numbers that other batches of the account have in groups."""

    def make_groups(
        self,
        job: Job,
        batch: str,
        first_number: Callable[[Collection[NameParts]], int],
        *,
        size_limit: int | None,
        skip_known: bool,
    ) -> list[Group]:
        """Cut its numbers into groups, without those that were found when these are skipped.

        The groups may come without their numbers, which `record` gives.

        Raises:
            SettingsError: --name or --group-by does not fit this list.
        """

    def show(self, groups: Sequence[Group], settings: Settings, progress: Progress) -> None:
        """Say what would be done."""

    def prepare(self, groups: Sequence[Group]) -> None:
        """Make ready what `record` writes."""

    def record(
        self, journal: Journal, batch: Batch, groups: Sequence[Group], run: Run, seen: int
    ) -> tuple[str, ...]:
        """Plan the groups in the journal, and let `run` hold the batch.

        `seen` is what `Journal.plannings` said. Return what is to be noted of it.
        """
