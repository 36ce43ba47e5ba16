"""Everything that changes batches and groups: plans, steps of groups, an operator's word.

Every step is committed with `synchronous=FULL` before anything depends on it. Every UPDATE of a
group names the state that it leaves, the attempt and the run that holds the batch, and must change
exactly one row: two runs can't both take one step, and one that was thought dead takes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from importer.errors import JournalError, PlanOvertaken
from importer.journal import number_index
from importer.journal import numbers as numbers_in_groups
from importer.journal.batches import BatchQueries
from importer.journal.leases import IS_HELD_BY, Leases, taken_over
from importer.journal.part import in_one_transaction
from importer.model import Batch, Group, GroupState, Known, Transition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.journal.database.protocol import Database

_INSERT_GROUP = (
    "INSERT INTO groups (batch, seq, name, country, remark, phones, size, state) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, 'PLANNED')"
)
_STEP = f"""
UPDATE groups SET
    state = :enters,
    attempts = attempts + :sends,
    sent_ms = coalesce(:sent_ms, sent_ms),
    code = :code,
    message = :message,
    request_id = :request_id,
    group_id = :group_id,
    created_ms = CASE :enters WHEN 'CREATED' THEN :at_ms ELSE created_ms END
WHERE batch = :batch AND seq = :seq AND state = :leaves
    AND (:attempt < 0 OR attempts = :attempt)
    AND {IS_HELD_BY.format(batch=":batch", owner=":owner")}
"""


class Transitions(BatchQueries, Leases):
    """Plans batches and takes steps of groups, each in one durable commit."""

    @in_one_transaction
    def plan(
        self,
        batch: Batch,
        groups: Sequence[Group],
        known: Sequence[Known] = (),
        *,
        seen: int | None = None,
    ) -> None:
        """Record a new batch with its groups, all PLANNED: whole, or not at all.

        `seen` is what `plannings` said before the journal was searched for this list.

        Raises:
            PlanOvertaken: another run has planned numbers since, perhaps the same ones.
        """
        self._database.lock_account(batch.account)
        if seen is not None and seen != self.plannings(batch.account):
            raise overtaken(self._database)
        ordinal = self._database.next_ordinal()
        self.insert_batch(batch, ordinal)
        self._insert_groups(batch.id, ordinal, groups)
        self.insert_known(batch.id, known)

    @in_one_transaction
    def apply(self, transitions: Sequence[Transition]) -> None:
        """Record steps of groups in one durable commit: all of them, or none.

        Raises:
            PlanOvertaken: a number of a group that was refused is in another group by now.
            JournalError: a group was not in the state that its step leaves, or the disk failed.
        """
        for step in transitions:
            self._take(step)

    @in_one_transaction
    def settle_interrupted(self, batch: str) -> int:
        """Put groups found SENDING, which only a crash leaves behind, IN_DOUBT; return how many.

        Raises:
            JournalError: another run has taken the batch over.
        """
        self.refuse_unheld(batch)
        return self._database.change(
            "UPDATE groups SET state = 'IN_DOUBT', message = ? "
            "WHERE batch = ? AND state = 'SENDING'",
            ("the run was cut off while this group was being sent", batch),
        )

    @in_one_transaction
    def decide_by_hand(self, step: Transition, who: str) -> None:
        """Record an operator's word on a group in doubt: which group it is, or that it is not made.

        Raises:
            JournalError: the group is in doubt no more, or the groupId is another group's.
        """
        owners = self._database.rows(
            "SELECT g.batch, g.seq "
            "FROM groups g INDEXED BY group_facts JOIN batches b ON b.id = g.batch "
            "WHERE g.group_id = ? AND g.group_id <> '' AND (g.batch <> ? OR g.seq <> ?) "
            "AND b.account = (SELECT account FROM batches WHERE id = ?)",
            (step.group_id, step.batch, step.seq, step.batch),
        )
        for batch, seq in owners:
            raise JournalError(
                f"The groupId {step.group_id} is that of group {seq} of batch {batch}: "
                f"it can't be that of group {step.seq} of batch {step.batch} as well; look at "
                "the vendor's page again."
            )
        self._take(step)
        self._decide(step.batch, step.seq, step.at_ms, who, step.group_id)

    @in_one_transaction
    def decide_deleted(self, group_id: str, account: str, at_ms: int, who: str) -> None:
        """Record that an operator deleted a created group of an account at the vendor, by hand.

        Raises:
            JournalError: the account has no such group.
        """
        groups = self._database.rows(
            "SELECT g.batch, g.seq, g.created_ms "
            "FROM groups g INDEXED BY group_facts JOIN batches b ON b.id = g.batch "
            "WHERE g.group_id = ? AND b.account = ? AND g.state = 'CREATED'",
            (group_id, account),
        )
        if not groups:
            raise JournalError(
                f"No created group of this account has the groupId {group_id}: see the sheet "
                "Groups of the results."
            )
        batch, seq, created_ms = groups[0]
        # Never before it was made, whatever became of the clock since.
        self._decide(batch, seq, max(at_ms, created_ms or 0), who, "")

    def _decide(self, batch: str, seq: int, at_ms: int, who: str, group_id: str) -> None:
        self._database.change(
            "INSERT INTO decisions VALUES (?, ?, ?, ?, ?)", (batch, seq, at_ms, who, group_id)
        )

    @in_one_transaction
    def mark_undone(self, batch: str, at_ms: int) -> None:
        """Record that a batch's groups were deleted, so that its list may be run anew.

        Raises:
            JournalError: another run has taken the batch over.
        """
        self.refuse_unheld(batch)
        self._database.change("UPDATE batches SET undone_ms = ? WHERE id = ?", (at_ms, batch))

    def insert_batch(self, batch: Batch, ordinal: int) -> None:
        """Insert a new batch, within a transaction that has its account locked."""
        self._database.change(
            "INSERT INTO batches "
            "(id, fingerprint, account, file, created_ms, settings, corrects, ordinal) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                batch.id,
                batch.fingerprint,
                batch.account,
                batch.file,
                batch.created_ms,
                batch.settings,
                batch.corrects,
                ordinal,
            ),
        )
        self.count_planning(batch.id)

    def insert_known(self, batch: str, known: Iterable[Known]) -> None:
        """Insert the numbers that a batch leaves out, within a transaction."""
        self._database.change_many(
            "INSERT INTO known (batch, earlier_batch, earlier_seq, group_name, phones) "
            "VALUES (?, ?, ?, ?, ?)",
            ((batch, one.batch, one.seq, one.group_name, one.phones) for one in known),
        )

    def count_planning(self, batch: str) -> None:
        """Count that numbers of a batch come into groups, within a transaction."""
        [(account,)] = self._database.rows("SELECT account FROM batches WHERE id = ?", (batch,))
        self._database.lock_account(account)
        self._database.change(
            "INSERT INTO plannings (account, times) VALUES (?, 1) "
            "ON CONFLICT (account) DO UPDATE SET times = plannings.times + 1",
            (account,),
        )
        self._database.change(
            "UPDATE batches SET planning = (SELECT times FROM plannings WHERE account = ?) "
            "WHERE id = ?",
            (account, batch),
        )

    def _refuse_numbers_elsewhere(self, step: Transition) -> None:
        """Let a refused group come back only where no other group got its numbers meanwhile.

        While it was refused, its numbers were free for other lists.
        """
        refused = self._database.rows(
            "SELECT b.account, g.phones FROM groups g JOIN batches b ON b.id = g.batch "
            "WHERE g.batch = ? AND g.seq = ? AND g.state = 'REFUSED'",
            (step.batch, step.seq),
        )
        for account, phones in refused:
            self.count_planning(step.batch)
            if step.enters is GroupState.PLANNED:
                self._look_for_numbers(step, account, phones)

    def _look_for_numbers(self, step: Transition, account: str, phones: str) -> None:
        numbers = pd.Series(phones.split(","), dtype="str")
        known = numbers_in_groups.known_among(self._database, numbers, account, but="")
        for batch in known["batch"].head(1):
            raise PlanOvertaken(
                f"Another run has put numbers of group {step.seq} of batch {step.batch} into a "
                f"group of batch {batch} meanwhile, so the group stays refused and is not sent "
                "again; run the same command once more for the others."
            )

    def _take(self, step: Transition) -> None:
        if step.leaves is GroupState.REFUSED:
            self._refuse_numbers_elsewhere(step)
        changed = self._database.change(
            _STEP,
            {
                "batch": step.batch,
                "seq": step.seq,
                "leaves": step.leaves.value,
                "enters": step.enters.value,
                "sends": int(step.enters is GroupState.SENDING),
                "at_ms": step.at_ms,
                "sent_ms": step.sent_ms,
                "code": step.code,
                "message": step.message,
                "request_id": step.request_id,
                "group_id": step.group_id,
                "attempt": -1 if step.attempt is None else step.attempt,
                "owner": self.owner,
            },
        )
        if changed != 1:
            raise self._not_taken(step)
        if step.children:
            self._give_numbers_to_children(step)

    def _not_taken(self, step: Transition) -> JournalError:
        holder = self.holder_of(step.batch)
        if holder is not None:
            return taken_over(step.batch, holder)
        return JournalError(
            f"Group {step.seq} of batch {step.batch} is no longer {step.leaves.value} in the "
            f"journal {self._database}: another run must have changed it; run again when it ended."
        )

    def _give_numbers_to_children(self, step: Transition) -> None:
        [parent] = self._database.rows(
            "SELECT b.ordinal, g.seq, g.phones FROM groups g JOIN batches b ON b.id = g.batch "
            "WHERE g.batch = ? AND g.seq = ?",
            (step.batch, step.seq),
        )
        number_index.remove(self._database, [parent])
        self._insert_groups(step.batch, parent[0], step.children)

    def _insert_groups(self, batch: str, ordinal: int, groups: Sequence[Group]) -> None:
        self.insert_only_groups(batch, groups)
        number_index.add(self._database, [(ordinal, one.seq, one.phones) for one in groups])

    def insert_only_groups(self, batch: str, groups: Iterable[Group]) -> None:
        """Insert groups, within a transaction, of which the look-up of numbers knows nothing."""
        self._database.change_many(_INSERT_GROUP, (_group_row(batch, one) for one in groups))


def overtaken(database: Database) -> PlanOvertaken:
    """Return the error of a run that has looked its numbers up too early."""
    return PlanOvertaken(
        f"Another run has recorded a list in the journal {database} meanwhile, perhaps with the "
        "same numbers: nothing was sent; run again."
    )


def _group_row(batch: str, group: Group) -> tuple[str | int, ...]:
    return (
        batch,
        group.seq,
        group.name,
        group.country,
        group.remark,
        group.phones,
        group.size,
    )
