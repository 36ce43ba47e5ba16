"""What the journal knows of groups. Nothing is changed here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.journal.batches import BatchQueries
from importer.journal.part import states
from importer.model import Decision, Group, GroupRecord, GroupState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_RECORD = (
    "g.seq, g.name, g.country, g.remark, g.phones, g.size, g.state, g.attempts, g.sent_ms, g.code, "
    "g.message, g.request_id, g.group_id, g.created_ms"
)
"""The columns of a `GroupRecord`, of groups `g`."""
_AT_VENDOR = states(lambda one: one.is_at_vendor)

_NOT_DELETED_BY_HAND = (
    "NOT EXISTS (SELECT 1 FROM decisions d WHERE d.batch = g.batch AND d.seq = g.seq "
    "AND d.group_id = '' AND d.at_ms >= g.created_ms)"
)
"""In a query of groups `g`: no operator said, since a group was made, that it is not there."""


@dataclass(frozen=True, slots=True)
class StateCounts:
    """How much of a batch is in one state."""

    groups: int
    numbers: int


class GroupQueries(BatchQueries):
    """Reads groups: a batch's, or the groupIds of all batches."""

    def groups(self, batch: str) -> list[GroupRecord]:
        """Return a batch's groups, by their place in the batch."""
        rows = self._database.rows(
            f"SELECT {_RECORD} FROM groups g WHERE g.batch = ? ORDER BY g.seq",
            (batch,),
        )
        return self._records(batch, rows)

    def group_facts(self, batch: str) -> list[GroupRecord]:
        """Return a batch's groups without their numbers, which may be more than memory holds."""
        columns = _RECORD.replace("g.phones", "''")
        rows = self._database.rows(
            f"SELECT {columns} FROM groups g WHERE g.batch = ? ORDER BY g.seq",
            (batch,),
        )
        return self._records(batch, rows)

    def groups_at(self, batch: str, places: Sequence[int]) -> list[GroupRecord]:
        """Return some of a batch's groups with their numbers, by their place in the batch."""
        rows = self._database.rows_given(
            {"seq": places},
            f"SELECT {_RECORD} FROM given CROSS JOIN groups g "
            "WHERE g.batch = ? AND g.seq = given.seq ORDER BY g.seq",
            (batch,),
        )
        return self._records(batch, rows)

    def _records(self, batch: str, rows: Iterable[tuple[Any, ...]]) -> list[GroupRecord]:
        return [
            GroupRecord(Group(*row[:6]), self._state(batch, row[0], row[6]), *row[7:])
            for row in rows
        ]

    def _state(self, batch: str, seq: int, state: str) -> GroupState:
        try:
            return GroupState(state)
        except ValueError as error:
            raise self._database.damaged(
                f"group {seq} of batch {batch} is in the state '{state}', which does not exist, so "
                "nothing is sent of it"
            ) from error

    def chain_groups(self, batch: str) -> list[GroupRecord]:
        """Return the groups of a batch and of those that it corrects, the earliest first."""
        return [record for one in self.correction_chain(batch) for record in self.groups(one)]

    def chain_facts(self, batch: str) -> list[GroupRecord]:
        """Return what `chain_groups` returns, without the numbers."""
        return [record for one in self.correction_chain(batch) for record in self.group_facts(one)]

    def state_counts(self, batch: str) -> dict[str, int]:
        """Return how many groups of a batch are in each state that has numbers of its own."""
        rows = self._database.rows(
            "SELECT state, count(*) FROM groups INDEXED BY group_facts "
            "WHERE batch = ? AND state <> 'SPLIT' GROUP BY state",
            (batch,),
        )
        return dict(rows)

    def counts_by_state(self) -> dict[str, dict[GroupState, StateCounts]]:
        """Return how many groups and numbers of each batch are in each state.

        A batch without groups is not among them.
        """
        rows = self._database.rows(
            "SELECT batch, state, min(seq), count(*), sum(size) "
            "FROM groups INDEXED BY group_facts GROUP BY batch, state"
        )
        counts: dict[str, dict[GroupState, StateCounts]] = defaultdict(dict)
        for batch, state, seq, groups, numbers in rows:
            counts[batch][self._state(batch, seq, state)] = StateCounts(groups, numbers)
        return dict(counts)

    def owned_groups(self, batch: str) -> frozenset[str]:
        """Return the groupIds of the groups that a batch's account has at the vendor.

        Another account may be at another server, which gives the same groupIds to other groups.
        """
        rows = self._database.rows(
            "SELECT g.group_id FROM groups g INDEXED BY group_facts "
            "JOIN batches b ON b.id = g.batch "
            "WHERE b.account = (SELECT account FROM batches WHERE id = ?) "
            f"AND g.group_id <> '' AND g.state IN {_AT_VENDOR}",
            (batch,),
        )
        return frozenset(row[0] for row in rows)

    def known_group_ids(self) -> frozenset[str]:
        """Return the groupIds of all groups that any batch has or had."""
        rows = self._database.rows(
            "SELECT group_id FROM groups INDEXED BY group_facts WHERE group_id <> ''"
        )
        return frozenset(row[0] for row in rows)

    def created_at(self, batch: str) -> dict[str, int]:
        """Return when the created groups of a batch's account were made, in ms, by groupId.

        Those that an operator deleted by hand, and said so, are left out.
        """
        rows = self._database.rows(
            "SELECT g.group_id, coalesce(g.created_ms, 0) FROM groups g "
            "INDEXED BY group_facts "
            "JOIN batches b ON b.id = g.batch "
            "WHERE b.account = (SELECT account FROM batches WHERE id = ?) "
            f"AND g.state = 'CREATED' AND g.group_id <> '' AND {_NOT_DELETED_BY_HAND}",
            (batch,),
        )
        return dict(rows)

    def not_made_before(self, batch: str) -> dict[str, int]:
        """Return when those groups can have been made at the earliest, in ms, by groupId.

        That of a group found by a look was recorded after it was made; of one that another copy of
        the journal sent, nothing is known.
        """
        rows = self._database.rows(
            "SELECT g.group_id, coalesce(g.created_ms, 0), coalesce(g.sent_ms, 0) "
            "FROM groups g INDEXED BY group_facts JOIN batches b ON b.id = g.batch "
            "WHERE b.account = (SELECT account FROM batches WHERE id = ?) "
            f"AND g.state = 'CREATED' AND g.group_id <> '' AND {_NOT_DELETED_BY_HAND}",
            (batch,),
        )
        return {group_id: min(created, sent) for group_id, created, sent in rows}

    def decisions(self, batch: str) -> list[Decision]:
        """Return what operators said of a batch's groups in doubt, the earliest first."""
        rows = self._database.rows(
            "SELECT seq, at_ms, who, group_id FROM decisions WHERE batch = ? ORDER BY at_ms, seq",
            (batch,),
        )
        return [Decision(*row) for row in rows]
