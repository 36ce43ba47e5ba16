"""What the journal knows of batches. Nothing is changed here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.errors import JournalError
from importer.journal import batch_rows, forgetting
from importer.journal.journal_file import JournalFile
from importer.journal.schema import explained, states
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


class BatchQueries(JournalFile):
    """Finds and lists batches."""

    def find(self, fingerprint: str, account: str) -> Batch | None:
        """Return the newest batch of these numbers for this account that was not undone."""
        row = self._rows(
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
            raise JournalError(
                f"The journal {self.path} is damaged: what it keeps of batch {batch.id} can't be "
                "read. Put back the latest copy of the journal, with its folder of rows, then run "
                "again."
            ) from error
        return batch

    def moment_for(self, fingerprint: str, account: str, now_ms: int) -> int:
        """Return when a batch is planned: now, but later than any other of the same numbers.

        So the newest stays the newest when the clock was set back.
        """
        latest = self._rows(
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
        with explained(self.path):
            salt = forgetting.salt_of(self._connection)
        return fingerprint, forgetting.stretched(fingerprint, salt)

    def forgotten(self, account: str) -> list[int]:
        """Return when the numbers of this account's batches were forgotten, the earliest first."""
        rows = self._rows(
            "SELECT forgotten_ms FROM batches WHERE forgotten_ms IS NOT NULL AND account = ? "
            "ORDER BY forgotten_ms",
            (account,),
        )
        return [row[0] for row in rows]

    def batches(self, account: str | None = None) -> list[Batch]:
        """Return all batches, or those of one account, the oldest first."""
        if account is None:
            rows = self._rows(f"{_BATCH} ORDER BY created_ms, id", ())
        else:
            rows = self._rows(f"{_BATCH} WHERE account = ? ORDER BY created_ms, id", (account,))
        return [self._batch(row) for row in rows]

    def _ids(self) -> frozenset[str]:
        return frozenset(one for (one,) in self._rows("SELECT id FROM batches", ()))

    def batch_count(self) -> int:
        """Return how many batches were ever recorded."""
        count: int = self._rows("SELECT count(*) FROM batches", ())[0][0]
        return count

    def is_new(self) -> bool:
        """Whether no batch was ever recorded here."""
        return not self._rows("SELECT 1 FROM batches LIMIT 1", ())

    def is_undone(self, batch: str) -> bool:
        """Whether a batch's groups were deleted by an undo that came to its end."""
        rows = self._rows("SELECT 1 FROM batches WHERE id = ? AND undone_ms IS NOT NULL", (batch,))
        return bool(rows)

    def progress(self) -> dict[str, BatchProgress]:
        """Return how far each batch is that was not forgotten, without reading its numbers."""
        rows = self._rows(
            "SELECT b.id, max(b.created_ms, coalesce(b.undone_ms, 0), "  # noqa: S608 - states of GroupState
            "coalesce(max(max(coalesce(g.sent_ms, 0), coalesce(g.created_ms, 0))), 0)), "
            f"coalesce(max(g.state IN {_NEEDING_NUMBERS}), 0) "
            "FROM batches b LEFT JOIN groups g INDEXED BY group_facts ON g.batch = b.id "
            "WHERE b.forgotten_ms IS NULL GROUP BY b.id",
            (),
        )
        return {name: BatchProgress(last, bool(needed)) for name, last, needed in rows}

    def correction_chain(self, batch: str) -> list[str]:
        """Return the batches that a batch corrects, the earliest first, and at last itself."""
        rows = self._rows(
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
        lost = sorted(batch_rows.kept_batches(self.path) - self._ids())
        if lost:
            some = ", ".join(lost[:3]) + (" and others" if len(lost) > 3 else "")
            folder = batch_rows.folder_of(self.path)
            raise JournalError(
                f"The journal {self.path} does not know {len(lost):,} of the batches whose rows "
                f"are in {folder} ({some}): it is older than they are, or was begun anew, and "
                "nothing was sent. Put back the latest copy of the journal. Only where there is "
                f"none, move the files of these batches out of {folder}: then their lists are as "
                "good as new, and each would make all its groups again."
            )
