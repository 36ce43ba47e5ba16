"""Named lists: which batches belong to one, and the calls that change their groups.

What such a call has done is done to the group in the journal by the same commit: its numbers, and
where a number is found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.errors import JournalError
from importer.journal import number_index
from importer.journal.groups import GroupQueries
from importer.journal.leases import IS_HELD_BY, name_of_list
from importer.journal.part import in_one_transaction
from importer.journal.transitions import Transitions
from importer.model import (
    Batch,
    Group,
    GroupState,
    Known,
    ListBatch,
    ListRole,
    ListStep,
    StepKind,
    StepState,
    StepTransition,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_LIST_BATCH = (
    "SELECT l.batch, b.account, l.list, l.role, l.row_count, l.ended_ms, l.undoes, b.file, "
    "b.fingerprint, b.created_ms, b.undone_ms "
    "FROM list_batches l JOIN batches b ON b.id = l.batch "
)
"""A list belongs to the account that its batches belong to now: that may get a name later."""
_LIST_STEP = (
    "SELECT s.step, s.kind, s.group_batch, s.group_seq, s.phones, s.state, s.attempts, s.sent_ms, "
    "s.code, s.message, s.request_id, g.group_id, g.name "
    "FROM list_steps s JOIN groups g ON g.batch = s.group_batch AND g.seq = s.group_seq "
)
_TAKE_STEP = f"""
UPDATE list_steps SET
    state = :enters,
    attempts = attempts + :sends,
    sent_ms = coalesce(:sent_ms, sent_ms),
    code = :code,
    message = :message,
    request_id = :request_id
WHERE batch = :batch AND step = :step AND state = :leaves
    AND (:attempt < 0 OR attempts = :attempt)
    AND {IS_HELD_BY.format(batch=":batch", owner=":owner")}
"""
_INSERT_STEP = (
    "INSERT INTO list_steps (batch, step, kind, group_batch, group_seq, phones, state, attempts, "
    "sent_ms, code, message, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_GIVEN_UP = "not sent: a newer file took its place"


class Lists(GroupQueries, Transitions):
    """Reads and changes named lists."""

    def list_batches(self, account: str, name: str | None = None) -> list[ListBatch]:
        """Return the batches of an account's lists, or of one of them, the oldest first."""
        chosen = "" if name is None else "AND l.list = ? "
        rows = self._database.rows(
            f"{_LIST_BATCH} WHERE b.account = ? {chosen}ORDER BY b.ordinal",
            (account,) if name is None else (account, name),
        )
        return [_list_batch(*row) for row in rows]

    def list_batch(self, batch: str) -> ListBatch | None:
        """Return to which list a batch belongs, None for none."""
        rows = self._database.rows(f"{_LIST_BATCH} WHERE l.batch = ?", (batch,))
        return next((_list_batch(*row) for row in rows), None)

    def list_names(self) -> dict[str, str]:
        """Return the list's name of each batch that belongs to one."""
        return dict(self._database.rows("SELECT batch, list FROM list_batches"))

    def list_steps(self, batch: str) -> list[ListStep]:
        """Return the calls of a batch of a list, in their order."""
        rows = self._database.rows(f"{_LIST_STEP} WHERE s.batch = ? ORDER BY s.step", (batch,))
        return [_list_step(*row) for row in rows]

    def last_changed_ms(self, account: str) -> dict[tuple[str, int], int]:
        """Return when a call for each group of an account's lists last left, in ms."""
        rows = self._database.rows(
            "SELECT s.group_batch, s.group_seq, max(s.sent_ms) FROM list_steps s "
            "JOIN batches b ON b.id = s.batch "
            "WHERE b.account = ? AND s.sent_ms IS NOT NULL GROUP BY s.group_batch, s.group_seq",
            (account,),
        )
        return {(batch, seq): at_ms for batch, seq, at_ms in rows}

    def earlier_call_ms(self, batch: str, step: ListStep) -> int:
        """Return when another batch last changed a step's group, in ms; 0 where none has."""
        [[at_ms]] = self._database.rows(
            "SELECT max(sent_ms) FROM list_steps "
            "WHERE group_batch = ? AND group_seq = ? AND batch <> ?",
            (step.group_batch, step.group_seq, batch),
        )
        return at_ms or 0

    @in_one_transaction
    def adopt_into_list(self, batches: Sequence[Batch], name: str) -> None:
        """Let batches that were run before belong to a list.

        Raises:
            JournalError: one belongs to a list already, or another run has taken the list over.
        """
        for one in batches:
            self.refuse_unheld(name_of_list(one.account, name))
            other = self.list_batch(one.id)
            if other is not None:
                raise JournalError(
                    f"Batch {one.id} belongs to the list {other.name} already: a batch belongs to "
                    "one list."
                )
            self._insert_list_batch(
                ListBatch(one.id, one.account, name, ListRole.ADOPTED, 0, one.created_ms)
            )

    @in_one_transaction
    def plan_list_batch(
        self,
        batch: Batch,
        groups: Sequence[Group],
        member: ListBatch,
        steps: Sequence[ListStep],
        known: Sequence[Known] = (),
        corrections: Sequence[tuple[tuple[str, int], Sequence[str]]] = (),
        gone: Collection[tuple[str, int]] = (),
        *,
        seen: int | None = None,
    ) -> None:
        """Record a sync with its new groups and its calls, all PLANNED: whole, or not at all.

        `corrections` are the numbers of groups that somebody else has changed at the vendor, and
        `gone` the groups that an operator has deleted there. `known` and `seen` are as for `plan`.

        Raises:
            JournalError: another run has recorded a batch since, or has taken the list over.
        """
        self.refuse_unheld(name_of_list(member.account, member.name))
        for place, numbers in corrections:
            self._set_numbers(*place, numbers)
        for place in gone:
            self._delete_group(*place, "deleted at the vendor, on the operator's word")
        self.plan(batch, groups, known, seen=seen)
        for other in {place[0] for place, _ in corrections}:
            self.count_planning(other)
        self._insert_list_batch(member)
        self._insert_steps(batch.id, steps)

    @in_one_transaction
    def take_list_steps(self, transitions: Sequence[StepTransition]) -> None:
        """Record what became of calls, and what that did to their groups.

        Raises:
            JournalError: a call was not in the state that its transition leaves.
        """
        for one in transitions:
            self._take_step(one)
            if one.enters is StepState.DONE:
                self._change_group(self._step(one.batch, one.step))

    @in_one_transaction
    def cut_list_step(
        self, batch: str, step: int, rest: Sequence[tuple[str, StepState]], phones: str
    ) -> None:
        """Leave a call some of its numbers, and give the others to new calls in their states.

        Raises:
            JournalError: another run has taken the batch over.
        """
        self.refuse_unheld(batch)
        cut = self._step(batch, step)
        self._database.change(
            "UPDATE list_steps SET phones = ? WHERE batch = ? AND step = ?", (phones, batch, step)
        )
        [[last]] = self._database.rows("SELECT max(step) FROM list_steps WHERE batch = ?", (batch,))
        more = [
            replace(cut, step=last + at, phones=some, state=state)
            for at, (some, state) in enumerate(rest, 1)
        ]
        self._insert_steps(batch, more)

    @in_one_transaction
    def reopen_list_step(self, batch: str, step: int, phones: str) -> None:
        """Record that a call that was DONE has not done these numbers after all: PLANNED again.

        Raises:
            JournalError: another run has taken the batch over.
        """
        found = self._step(batch, step)
        untrue = frozenset(_split(phones))
        done = [one for one in _split(found.phones) if one not in untrue]
        if done:
            self.cut_list_step(batch, step, [(",".join(done), StepState.DONE)], phones)
        transition = StepTransition(
            batch, step, StepState.DONE, StepState.PLANNED, attempt=found.attempts
        )
        self._take_step(replace(transition, message="done by its answer, and not to be seen"))
        self._take_back(found, untrue)

    def _take_back(self, step: ListStep, untrue: frozenset[str]) -> None:
        """Let a group in the journal be as it was without a part of a call."""
        place = (step.group_batch, step.group_seq)
        self.count_planning(step.group_batch)
        if step.kind is StepKind.DELETE:
            self._database.change(
                "UPDATE groups SET state = ? WHERE batch = ? AND seq = ? AND state = ?",
                (GroupState.CREATED.value, *place, GroupState.DELETED.value),
            )
            return
        [[phones]] = self._database.rows(
            "SELECT phones FROM groups WHERE batch = ? AND seq = ?", place
        )
        held = [one for one in _split(phones) if one not in untrue]
        if step.kind is StepKind.REMOVE:
            held += [one for one in _split(step.phones) if one in untrue]
        self._set_numbers(*place, held)

    @in_one_transaction
    def settle_interrupted_steps(self, batch: str) -> int:
        """Put calls found SENDING, which only a crash leaves, IN_DOUBT; return how many.

        Raises:
            JournalError: another run has taken the batch over.
        """
        self.refuse_unheld(batch)
        return self._database.change(
            "UPDATE list_steps SET state = 'IN_DOUBT', message = ? "
            "WHERE batch = ? AND state = 'SENDING'",
            ("the run was cut off while this call was being made", batch),
        )

    @in_one_transaction
    def give_up_list_batch(self, batch: str) -> None:
        """Let what a sync has not sent never be sent.

        Raises:
            JournalError: another run has taken the batch over.
        """
        self.refuse_unheld(batch)
        self._database.change(
            "UPDATE list_steps SET state = 'GIVEN_UP', message = ? "
            "WHERE batch = ? AND state = 'PLANNED'",
            (_GIVEN_UP, batch),
        )
        self._database.change(
            "UPDATE groups SET state = 'REFUSED', message = ? "
            "WHERE batch = ? AND state = 'PLANNED'",
            (_GIVEN_UP, batch),
        )

    @in_one_transaction
    def end_list_batch(self, batch: str, at_ms: int) -> None:
        """Record that a list is as this batch wants it, or that another one took its place.

        What it takes back is undone only where all of it was done.

        Raises:
            JournalError: another run has taken the batch over.
        """
        self.refuse_unheld(batch)
        self._database.change(
            "UPDATE list_batches SET ended_ms = ? WHERE batch = ?", (at_ms, batch)
        )
        member = self.list_batch(batch)
        is_done = all(one.state is StepState.DONE for one in self.list_steps(batch)) and all(
            one.state is GroupState.CREATED for one in self.groups(batch)
        )
        if member is not None and member.undoes and is_done:
            self._database.change(
                "UPDATE batches SET undone_ms = ? WHERE id = ?", (at_ms, member.undoes)
            )

    def _insert_list_batch(self, one: ListBatch) -> None:
        self._database.change(
            "INSERT INTO list_batches (batch, account, list, role, row_count, ended_ms, undoes) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (one.batch, one.account, one.name, one.role.value, one.rows, one.ended_ms, one.undoes),
        )

    def _insert_steps(self, batch: str, steps: Sequence[ListStep]) -> None:
        self._database.change_many(
            _INSERT_STEP,
            (
                (
                    batch,
                    one.step,
                    one.kind.value,
                    one.group_batch,
                    one.group_seq,
                    one.phones,
                    one.state.value,
                    one.attempts,
                    one.sent_ms,
                    one.code,
                    one.message,
                    one.request_id,
                )
                for one in steps
            ),
        )

    def _step(self, batch: str, step: int) -> ListStep:
        [row] = self._database.rows(f"{_LIST_STEP} WHERE s.batch = ? AND s.step = ?", (batch, step))
        return _list_step(*row)

    def _take_step(self, one: StepTransition) -> None:
        changed = self._database.change(
            _TAKE_STEP,
            {
                "batch": one.batch,
                "owner": self.owner,
                "step": one.step,
                "attempt": -1 if one.attempt is None else one.attempt,
                "leaves": one.leaves.value,
                "enters": one.enters.value,
                "sends": int(one.enters is StepState.SENDING),
                "sent_ms": one.sent_ms,
                "code": one.code,
                "message": one.message,
                "request_id": one.request_id,
            },
        )
        if changed != 1:
            raise JournalError(
                f"Call {one.step} of batch {one.batch} is no longer {one.leaves.value} in the "
                f"journal {self._database}: another run must have changed it; run again when it "
                "ended."
            )

    def _change_group(self, step: ListStep) -> None:
        """Do to a group in the journal what a call has done to it at the vendor."""
        if step.kind is StepKind.DELETE:
            self._delete_group(step.group_batch, step.group_seq, "left its list by a sync")
            return
        [[phones]] = self._database.rows(
            "SELECT phones FROM groups WHERE batch = ? AND seq = ?",
            (step.group_batch, step.group_seq),
        )
        before, named = _split(phones), _split(step.phones)
        if step.kind is StepKind.ADD:
            after = list(dict.fromkeys([*before, *named]))
        else:
            leaving = frozenset(named)
            after = [one for one in before if one not in leaving]
        self._set_numbers(step.group_batch, step.group_seq, after)

    def _set_numbers(self, batch: str, seq: int, numbers: Sequence[str]) -> None:
        """Let a group hold these numbers, and let them be found there."""
        [[ordinal, phones]] = self._database.rows(
            "SELECT b.ordinal, g.phones FROM groups g JOIN batches b ON b.id = g.batch "
            "WHERE g.batch = ? AND g.seq = ?",
            (batch, seq),
        )
        before, after = frozenset(_split(phones)), frozenset(numbers)
        self._database.change(
            "UPDATE groups SET phones = ?, size = ? WHERE batch = ? AND seq = ?",
            (",".join(numbers), len(numbers), batch, seq),
        )
        gone, new = ",".join(before - after), ",".join(after - before)
        number_index.remove(self._database, [(ordinal, seq, gone)])
        number_index.add(self._database, [(ordinal, seq, new)])

    def _delete_group(self, batch: str, seq: int, message: str) -> None:
        self._database.change(
            "UPDATE groups SET state = ?, message = ? WHERE batch = ? AND seq = ? AND state = ?",
            (GroupState.DELETED.value, message, batch, seq, GroupState.CREATED.value),
        )


def _split(phones: str) -> list[str]:
    return phones.split(",") if phones else []


def _list_batch(batch: str, account: str, name: str, role: str, *others: Any) -> ListBatch:
    return ListBatch(batch, account, name, ListRole(role), *others)


def _list_step(
    step: int, kind: str, group_batch: str, group_seq: int, phones: str, state: str, *others: Any
) -> ListStep:
    return ListStep(step, StepKind(kind), group_batch, group_seq, phones, StepState(state), *others)
