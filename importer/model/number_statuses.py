"""What became of a number, and how many came to what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What became of a number: the column `Status` of the results workbook."""

    CREATED = "created"
    PLANNED = "planned"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    REFUSED = "refused"
    IN_DOUBT = "in doubt"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines of the input came to what. The books balance if they add up to `rows`."""

    rows: int
    created: int = 0
    planned: int = 0
    duplicate: int = 0
    rejected: int = 0
    refused: int = 0
    in_doubt: int = 0
    groups: int = 0
    """Groups that exist at the vendor, or would be made by a `check`."""

    @property
    def balances(self) -> bool:
        """Whether every row is accounted for exactly once."""
        parts = (
            self.created,
            self.planned,
            self.duplicate,
            self.rejected,
            self.refused,
            self.in_doubt,
        )
        return sum(parts) == self.rows
