"""What the journal knows of batches. Nothing is changed here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.journal import forgetting
from importer.journal.part import JournalPart, states
from importer.model import Batch, ForgottenCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

_BATCH = (
    "SELECT id, fingerprint, account, file, created_ms, settings, undone_ms, corrects, "
    "forgotten_ms, remains FROM batches "
)
_NEEDING_NUMBERS = states(lambda one: one.needs_numbers)


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is."""

    last_ms: int
    """When something was last done for it, in milliseconds since the epoch."""
    needs_numbers: bool
    """Whether a run or an undo still needs the numbers of one of its groups."""


def _check_settings(batch: Batch) -> None:
    """Check that the texts of a batch that hold JSON can be read.

    Raises:
        ValueError: one is no JSON, or no JSON object.
        TypeError: the counts of a forgotten batch are not complete.
    """
    if not isinstance(json.loads(batch.settings), dict):
        raise ValueError("the settings are no JSON object")
    if batch.forgotten_ms is not None:
        ForgottenCounts.of(batch)


class BatchQueries(JournalPart):
    """Finds and lists batches."""

    def find(self, fingerprint: str, account: str) -> Batch | None:
        """Return the newest batch of these numbers for this account that was not undone."""
        row = self._database.rows(
            f"{_BATCH} WHERE fingerprint IN (?, ?) AND account = ? AND undone_ms IS NULL "
            "ORDER BY created_ms DESC, id LIMIT 1",
            (*self._known_as(fingerprint, account), account),
        )
        return self._batch(row[0]) if row else None

    def _batch(self, row: Sequence[Any]) -> Batch:
        batch = Batch(*row)
        try:
            _check_settings(batch)
        except (ValueError, TypeError) as error:
            raise self._database.damaged(
                f"what it keeps of batch {batch.id} can't be read"
            ) from error
        return batch

    def moment_for(self, fingerprint: str, account: str, now_ms: int) -> int:
        """Return when a batch is planned: now, but later than any other of the same numbers.

        So the newest stays the newest when the clock was set back.
        """
        latest = self._database.rows(
            "SELECT max(created_ms) FROM batches WHERE fingerprint IN (?, ?) AND account = ?",
            (*self._known_as(fingerprint, account), account),
        )[0][0]
        return now_ms if latest is None else max(now_ms, latest + 1)

    def _known_as(self, fingerprint: str, account: str) -> tuple[str, str]:
        """Return a batch's fingerprint as it is, and as it would be if it was forgotten.

        The second takes 50 ms, and is worked out only where something was forgotten.
        """
        if not self.forgotten(account):
            return fingerprint, fingerprint
        salt = forgetting.salt_of(self._database)
        return fingerprint, forgetting.stretched(fingerprint, salt)

    def forgotten(self, account: str) -> list[int]:
        """Return when the numbers of this account's batches were forgotten, the earliest first."""
        rows = self._database.rows(
            "SELECT forgotten_ms FROM batches WHERE forgotten_ms IS NOT NULL AND account = ? "
            "ORDER BY forgotten_ms",
            (account,),
        )
        return [row[0] for row in rows]

    def batches(self, account: str | None = None) -> list[Batch]:
        """Return all batches, or those of one account, the oldest first."""
        if account is None:
            rows = self._database.rows(f"{_BATCH} ORDER BY created_ms, id")
        else:
            rows = self._database.rows(
                f"{_BATCH} WHERE account = ? ORDER BY created_ms, id", (account,)
            )
        return [self._batch(row) for row in rows]

    def plannings(self, account: str) -> int:
        """Return how often numbers of an account were planned: it grows with each time."""
        rows = self._database.rows("SELECT times FROM plannings WHERE account = ?", (account,))
        return rows[0][0] if rows else 0

    def is_new(self) -> bool:
        """Whether no batch was ever recorded here."""
        return not self._database.rows("SELECT 1 FROM batches LIMIT 1")

    def is_undone(self, batch: str) -> bool:
        """Whether a batch's groups were deleted by an undo that came to its end."""
        rows = self._database.rows(
            "SELECT 1 FROM batches WHERE id = ? AND undone_ms IS NOT NULL", (batch,)
        )
        return bool(rows)

    def is_forgotten(self, batch: str) -> bool:
        """Whether a batch's numbers were forgotten."""
        rows = self._database.rows(
            "SELECT 1 FROM batches WHERE id = ? AND forgotten_ms IS NOT NULL", (batch,)
        )
        return bool(rows)

    def progress(self) -> dict[str, BatchProgress]:
        """Return how far each batch is that was not forgotten, without reading its numbers."""
        rows = self._database.rows(
            "SELECT b.id, max(b.created_ms), max(coalesce(b.undone_ms, 0)), "
            "max(coalesce(g.sent_ms, 0)), max(coalesce(g.created_ms, 0)), "
            f"max(CASE WHEN g.state IN {_NEEDING_NUMBERS} THEN 1 ELSE 0 END) "
            "FROM batches b LEFT JOIN groups g INDEXED BY group_facts ON g.batch = b.id "
            "WHERE b.forgotten_ms IS NULL GROUP BY b.id"
        )
        return {name: BatchProgress(max(times), bool(needed)) for name, *times, needed in rows}

    def correction_chain(self, batch: str) -> list[str]:
        """Return the batches that a batch corrects, the earliest first, and at last itself."""
        rows = self._database.rows(
            "WITH RECURSIVE line (id, corrects, back) AS ("
            "SELECT id, corrects, 0 FROM batches WHERE id = ? UNION ALL "
            "SELECT b.id, b.corrects, back + 1 FROM batches b JOIN line ON b.id = line.corrects"
            ") SELECT id FROM line ORDER BY back DESC",
            (batch,),
        )
        return [row[0] for row in rows]

    def refuse_lost_batches(self) -> None:
        """Notice a journal that is older than its batches, or was begun anew.

        Raises:
            JournalError: rows are beside it of batches that it does not know.
        """
        known = self._database.rows("SELECT id FROM batches UNION ALL SELECT batch FROM plans")
        self._database.refuse_lost_batches(frozenset(one for (one,) in known))
