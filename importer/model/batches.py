"""A batch, and what stays of one whose numbers were forgotten."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Batch:
    """One input file taken through the whole way, once.

    It is known by the set of its accepted numbers (`fingerprint`) and the `account`, not by the
    file's name or bytes nor by settings.
    """

    id: str
    fingerprint: str
    account: str
    file: str
    created_ms: int
    settings: str = field(default="{}", repr=False)
    """The settings that it was planned with, as JSON."""
    undone_ms: int | None = None
    """When its groups were deleted again, in milliseconds since the epoch."""
    corrects: str = ""
    """The batch whose rejected rows it adds; the results hold that batch's groups as well."""
    forgotten_ms: int | None = None
    """When its phone numbers were removed, in milliseconds since the epoch."""
    remains: str = field(default="{}", repr=False)
    """What was kept of it then, as JSON: see `ForgottenCounts`."""


@dataclass(frozen=True, slots=True)
class ForgottenCounts:
    """What stays of a forgotten batch's rows; what stays of its groups is in the journal."""

    path: str
    """Where its input was."""
    form: str
    rows: int
    duplicate: int
    rejected: int
    reasons: Mapping[str, int]
    """How many rows were rejected for each reason, the commonest first."""

    def as_json(self) -> str:
        """Return it as the journal keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, batch: Batch) -> ForgottenCounts:
        """Return what the journal kept of a forgotten batch."""
        return cls(**json.loads(batch.remains))
