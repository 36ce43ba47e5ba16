"""The journal: a SQLite file that knows what was planned, sent and answered. All SQL is here.

Every step of a group is committed with `synchronous=FULL` before anything leans on it, and every
UPDATE names the state that it leaves and must change exactly one row: what the journal says, holds
after a crash, and two runs can't both take one step.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from importer.errors import JournalError
from importer.journal import accounts, batch_rows, forgetting, numbers
from importer.journal.forgetting import BatchProgress
from importer.journal.opening import connect, identity_of
from importer.journal.schema import explained, states, transaction
from importer.model import Batch, Decision, Group, GroupRecord, GroupState, Known, Transition

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    import pandas as pd

    from importer.journal.forgetting import ForgottenBatch

_BATCH = (
    "SELECT id, fingerprint, account, file, created_ms, settings, undone_ms, corrects, "
    "forgotten_ms, remains FROM batches "
)
_INSERT_GROUP = (
    "INSERT INTO groups (batch, seq, name, country, remark, phones, size, state) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, 'PLANNED')"
)


_NEEDING_NUMBERS = states(lambda one: one.needs_numbers)
_AT_VENDOR = states(lambda one: one.is_at_vendor)

_STEP = """
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
"""


class Journal:
    """One journal file, open. Use it as a context manager; it may pass between threads."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path
        self._file = identity_of(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a journal by its real path, made anew with its folder where there is none yet.

        Raises:
            JournalError: no such folder can be made, the file is no journal, is damaged, or was
                written by a newer version.
        """
        path = path.resolve()
        return cls(connect(path), path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def find(self, fingerprint: str, account: str) -> Batch | None:
        """Return the newest batch of these numbers for this account that was not undone."""
        row = self._rows(
            f"{_BATCH} WHERE fingerprint IN (?, ?) AND account = ? AND undone_ms IS NULL "
            "ORDER BY created_ms DESC, id LIMIT 1",
            (*self._known_as(fingerprint, account), account),
        )
        return Batch(*row[0]) if row else None

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

    def forget(self, partings: Sequence[ForgottenBatch], at_ms: int) -> None:
        """Take the numbers out of finished batches: out of all of them, or of none.

        Until `clean`, bytes of them may be left in the file and beside it.

        Raises:
            JournalError: a batch is not finished, or was forgotten before.
        """
        with self._transaction():
            for one in partings:
                forgetting.forget(self._connection, one, at_ms)

    def is_clean(self) -> bool:
        """Whether no number that was forgotten is left in the journal's bytes."""
        with explained(self.path):
            return forgetting.is_clean(self._connection)

    def clean(self) -> None:
        """Leave no byte of what was forgotten in the journal's files.

        Raises:
            JournalError: the disk has no room, or another program reads the journal.
        """
        with explained(self.path):
            forgetting.clean(self._connection, str(self.path))

    def batches(self, account: str | None = None) -> list[Batch]:
        """Return all batches, or those of one account, the oldest first."""
        if account is None:
            rows = self._rows(f"{_BATCH} ORDER BY created_ms, id", ())
        else:
            rows = self._rows(f"{_BATCH} WHERE account = ? ORDER BY created_ms, id", (account,))
        return [Batch(*row) for row in rows]

    def batch_count(self) -> int:
        """Return how many batches were ever recorded."""
        count: int = self._rows("SELECT count(*) FROM batches", ())[0][0]
        return count

    def progress(self) -> dict[str, BatchProgress]:
        """Return how far each batch is that was not forgotten, without reading its numbers."""
        rows = self._rows(
            "SELECT b.id, max(b.created_ms, coalesce(b.undone_ms, 0), "  # noqa: S608 - the enum's words
            "coalesce(max(max(coalesce(g.sent_ms, 0), coalesce(g.created_ms, 0))), 0)), "
            f"coalesce(max(g.state IN {_NEEDING_NUMBERS}), 0) "
            "FROM batches b LEFT JOIN groups g ON g.batch = b.id "
            "WHERE b.forgotten_ms IS NULL GROUP BY b.id",
            (),
        )
        return {name: BatchProgress(last, bool(needed)) for name, last, needed in rows}

    def is_undone(self, batch: str) -> bool:
        """Whether a batch's groups were deleted by an undo that came to its end."""
        rows = self._rows("SELECT 1 FROM batches WHERE id = ? AND undone_ms IS NOT NULL", (batch,))
        return bool(rows)

    def plan(
        self,
        batch: Batch,
        groups: Sequence[Group],
        known: Sequence[Known] = (),
        *,
        seen: int | None = None,
    ) -> None:
        """Record a new batch with its groups, all PLANNED: whole, or not at all.

        `seen` is what `batch_count` said before the journal was searched for this list.

        Raises:
            JournalError: another run has recorded a batch since, perhaps of the same numbers.
        """
        with self._transaction():
            if seen is not None and seen != self.batch_count():
                raise JournalError(
                    f"Another run has recorded a list in the journal {self.path} meanwhile, "
                    "perhaps with the same numbers: nothing was sent; run again."
                )
            self._connection.execute(
                "INSERT INTO batches "
                "(id, fingerprint, account, file, created_ms, settings, corrects) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    batch.id,
                    batch.fingerprint,
                    batch.account,
                    batch.file,
                    batch.created_ms,
                    batch.settings,
                    batch.corrects,
                ),
            )
            self._connection.executemany(
                _INSERT_GROUP, (_group_row(batch.id, one) for one in groups)
            )
            self._connection.executemany(
                "INSERT INTO known (batch, earlier_batch, earlier_seq, group_name, phones) "
                "VALUES (?, ?, ?, ?, ?)",
                ((batch.id, one.batch, one.seq, one.group_name, one.phones) for one in known),
            )

    def groups(self, batch: str) -> list[GroupRecord]:
        """Return a batch's groups, by their place in the batch."""
        rows = self._rows(
            "SELECT seq, name, country, remark, phones, size, state, attempts, sent_ms, code, "
            "message, request_id, group_id, created_ms FROM groups WHERE batch = ? ORDER BY seq",
            (batch,),
        )
        return [
            GroupRecord(Group(*row[:6]), self._state(batch, row[0], row[6]), *row[7:])
            for row in rows
        ]

    def _state(self, batch: str, seq: int, state: str) -> GroupState:
        try:
            return GroupState(state)
        except ValueError as error:
            raise JournalError(
                f"The journal {self.path} is damaged: group {seq} of batch {batch} is in the state "
                f"'{state}', which does not exist. Nothing is sent of it. Put back the latest copy "
                "of the journal, with its folder of rows, then run again."
            ) from error

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

    def chain_groups(self, batch: str) -> list[GroupRecord]:
        """Return the groups of a batch and of those that it corrects, the earliest first."""
        return [record for one in self.correction_chain(batch) for record in self.groups(one)]

    def apply(self, transitions: Sequence[Transition]) -> None:
        """Record steps of groups in one durable commit: all of them, or none.

        Raises:
            JournalError: a group was not in the state that its step leaves, or the disk failed.
        """
        with self._transaction():
            for step in transitions:
                self._take(step)

    def settle_interrupted(self, batch: str) -> int:
        """Put groups found SENDING, which only a crash leaves behind, IN_DOUBT; return how many."""
        with self._transaction():
            return self._connection.execute(
                "UPDATE groups SET state = 'IN_DOUBT', message = ? "
                "WHERE batch = ? AND state = 'SENDING'",
                ("the run was cut off while this group was being sent", batch),
            ).rowcount

    def known_numbers(self, account: str, but: str, *, of_others: bool = False) -> pd.DataFrame:
        """Return the numbers that this account's batches hold in groups: see `numbers`."""
        with explained(self.path):
            return numbers.known_numbers(self._connection, account, but, of_others=of_others)

    def settled_numbers(self, chain: Sequence[str]) -> pd.DataFrame:
        """Return the numbers about which a chain of corrected batches has decided."""
        with explained(self.path):
            return numbers.settled_numbers(self._connection, chain)

    def skipped(self, batch: str) -> pd.DataFrame:
        """Return the numbers that a batch left out as known, shaped as `known_numbers`."""
        with explained(self.path):
            return numbers.skipped_numbers(self._connection, batch)

    def without_group(self, skipped: pd.DataFrame) -> frozenset[str]:
        """Return those of `skipped` numbers that are in no created group of their batch."""
        with explained(self.path):
            return numbers.without_group(self._connection, skipped)

    def owned_groups(self) -> frozenset[str]:
        """Return the groupIds of all groups that any batch has at the vendor."""
        rows = self._rows(
            f"SELECT group_id FROM groups WHERE group_id <> '' AND state IN {_AT_VENDOR}",  # noqa: S608 - the enum's words
            (),
        )
        return frozenset(row[0] for row in rows)

    def known_group_ids(self) -> frozenset[str]:
        """Return the groupIds of all groups that any batch has or had."""
        rows = self._rows("SELECT group_id FROM groups WHERE group_id <> ''", ())
        return frozenset(row[0] for row in rows)

    def created_at(self, batch: str) -> dict[str, int]:
        """Return when the created groups of a batch's account were made, in ms, by groupId."""
        rows = self._rows(
            "SELECT g.group_id, coalesce(g.created_ms, 0) FROM groups g "
            "JOIN batches b ON b.id = g.batch "
            "WHERE b.account = (SELECT account FROM batches WHERE id = ?) "
            "AND g.state = 'CREATED' AND g.group_id <> ''",
            (batch,),
        )
        return dict(rows)

    def mark_undone(self, batch: str, at_ms: int) -> None:
        """Record that a batch's groups were deleted, so that its list may be run anew."""
        with self._transaction():
            self._connection.execute(
                "UPDATE batches SET undone_ms = ? WHERE id = ?", (at_ms, batch)
            )

    def adopt(self, account: str, former: Collection[str]) -> None:
        """Let an account's batches be known by the account's name of today."""
        with explained(self.path):
            known = accounts.is_known_as(self._connection, former)
        if known:
            with self._transaction():
                accounts.adopt(self._connection, account, former)

    def accounts(self) -> list[str]:
        """Return the accounts that have batches here."""
        with explained(self.path):
            return accounts.accounts(self._connection)

    def highest_number(self, account: str, names: Collection[Sequence[str]]) -> int:
        """Return the highest number in an account's group names: see `accounts`."""
        with explained(self.path):
            return accounts.highest_number(self._connection, account, names)

    def is_new(self) -> bool:
        """Whether no batch was ever recorded here."""
        return not self._rows("SELECT 1 FROM batches LIMIT 1", ())

    def state_counts(self, batch: str) -> dict[str, int]:
        """Return how many groups of a batch are in each state that has numbers of its own."""
        rows = self._rows(
            "SELECT state, count(*) FROM groups WHERE batch = ? AND state <> 'SPLIT' "
            "GROUP BY state",
            (batch,),
        )
        return dict(rows)

    def refuse_lost_batches(self) -> None:
        """Notice a journal that is older than its batches, or was begun anew.

        Raises:
            JournalError: rows are beside it of batches that it does not know.
        """
        lost = sorted(batch_rows.kept_batches(self.path) - {one.id for one in self.batches()})
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

    def decide_by_hand(self, step: Transition, who: str) -> None:
        """Record an operator's word on a group in doubt: which group it is, or that it is not made.

        Raises:
            JournalError: the group is in doubt no more, or the groupId is another group's.
        """
        with self._transaction():
            owner = self._connection.execute(
                "SELECT batch, seq FROM groups WHERE group_id = ? AND group_id <> '' "
                "AND (batch <> ? OR seq <> ?)",
                (step.group_id, step.batch, step.seq),
            ).fetchone()
            if owner is not None:
                raise JournalError(
                    f"The groupId {step.group_id} is that of group {owner[1]} of batch {owner[0]}: "
                    f"it can't be that of group {step.seq} of batch {step.batch} as well; look at "
                    "the vendor's page again."
                )
            self._take(step)
            self._connection.execute(
                "INSERT INTO decisions VALUES (?, ?, ?, ?, ?)",
                (step.batch, step.seq, step.at_ms, who, step.group_id),
            )

    def decisions(self, batch: str) -> list[Decision]:
        """Return what operators said of a batch's groups in doubt, the earliest first."""
        rows = self._rows(
            "SELECT seq, at_ms, who, group_id FROM decisions WHERE batch = ? ORDER BY at_ms, seq",
            (batch,),
        )
        return [Decision(*row) for row in rows]

    def learned_group_size(self, account: str) -> int | None:
        """Return the most numbers that the server takes in a group, where it refused more."""
        rows = self._rows("SELECT size FROM group_sizes WHERE account = ?", (account,))
        return rows[0][0] if rows else None

    def learn_group_size(self, account: str, size: int) -> None:
        """Keep the most numbers of a group for this account's next groups."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO group_sizes VALUES (?, ?) "
                "ON CONFLICT DO UPDATE SET size = excluded.size",
                (account, size),
            )

    def learned_rate(self, account: str) -> float | None:
        """Return the calls a second that the server last put up with, where it refused more."""
        rows = self._rows("SELECT rate FROM rates WHERE account = ?", (account,))
        return rows[0][0] if rows else None

    def learn_rate(self, account: str, rate: float | None) -> None:
        """Keep a rate for the next run; None forgets it."""
        with self._transaction():
            self._connection.execute("DELETE FROM rates WHERE account = ?", (account,))
            if rate is not None:
                self._connection.execute("INSERT INTO rates VALUES (?, ?)", (account, rate))

    def _take(self, step: Transition) -> None:
        changed = self._connection.execute(
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
            },
        ).rowcount
        if changed != 1:
            raise JournalError(
                f"Group {step.seq} of batch {step.batch} is no longer {step.leaves.value} in the "
                f"journal {self.path}: another run must have changed it; run again when it ended."
            )
        self._connection.executemany(
            _INSERT_GROUP, (_group_row(step.batch, child) for child in step.children)
        )

    def _rows(self, statement: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        with explained(self.path):
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self.path), transaction(self._connection):
            self._refuse_replaced()
            yield

    def _refuse_replaced(self) -> None:
        if identity_of(self.path) != self._file:
            raise JournalError(
                f"The journal {self.path} was removed or replaced while this run had it open, so "
                "the run ends here. Put the journal back that was there before, then run "
                "`importer resume`."
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
