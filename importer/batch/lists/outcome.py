"""What the results say of a batch that belongs to a list: the list's groups, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.batch.input.duplicates import accepted_numbers
from importer.batch.lists.changes import REMOVED, ListChanges, Removed
from importer.batch.lists.state import load_list
from importer.batch.results.results_file import BatchOutcome
from importer.columns.buffers import texts_of
from importer.columns.matching import is_among, repeated
from importer.model import (
    Group,
    GroupRecord,
    GroupState,
    ListRole,
    Status,
    StepKind,
    StepState,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.batch.input.normalized_file import NormalizedFile
    from importer.batch.lists.state import ListState
    from importer.journal import Journal
    from importer.model import Batch, ListBatch, ListStep
    from importer.sending.calls.retry import Stop

_GROUP_STATE: Mapping[StepState, GroupState] = {
    StepState.PLANNED: GroupState.PLANNED,
    StepState.SENDING: GroupState.IN_DOUBT,
    StepState.IN_DOUBT: GroupState.IN_DOUBT,
    StepState.REFUSED: GroupState.REFUSED,
    StepState.GIVEN_UP: GroupState.PLANNED,
}
_STATUS: Mapping[StepState, str] = {
    StepState.DONE: REMOVED,
    StepState.REFUSED: Status.REFUSED.value,
    StepState.SENDING: Status.IN_DOUBT.value,
    StepState.IN_DOUBT: Status.IN_DOUBT.value,
}


@dataclass(frozen=True, slots=True)
class _Calls:
    """The calls of a batch, and the groups that it made."""

    steps: Sequence[ListStep]
    own: Sequence[GroupRecord]

    def numbers(self, *kinds: StepKind) -> Iterator[str]:
        for one in self.steps:
            if one.kind in kinds:
                yield from one.phones.split(",")

    def made(self) -> Iterator[str]:
        """Give the numbers that calls have put into groups."""
        for one in self.steps:
            if one.kind is StepKind.ADD and one.state is StepState.DONE:
                yield from one.phones.split(",")
        for record in self.own:
            if record.state is GroupState.CREATED:
                yield from record.group.phones.split(",")


def outcome_in_list(
    journal: Journal,
    batch: Batch,
    member: ListBatch,
    normalized: NormalizedFile,
    stop: Stop | None = None,
    notes: tuple[str, ...] = (),
) -> BatchOutcome:
    """Return what the journal says of a batch of a list.

    Raises:
        JournalError: the journal can't be read.
    """
    skipped = journal.skipped(batch.id)
    numbers = accepted_numbers(normalized.lines)
    numbers = numbers[~is_among(texts_of(numbers), texts_of(skipped["number"]))]
    wanted = dict.fromkeys(numbers.to_numpy(dtype=object).tolist())
    state = load_list(journal, member.account, member.name)
    calls = _Calls(journal.list_steps(batch.id), journal.groups(batch.id))
    return BatchOutcome(
        batch,
        groups_for(state, batch.id, calls.steps, calls.own, texts_of(numbers)),
        skipped,
        stop,
        notes,
        journal.without_group(skipped),
        changes=None if member.role is ListRole.ADOPTED else _changes(member.name, wanted, calls),
        list_name=member.name,
    )


def groups_for(
    state: ListState,
    batch: str,
    steps: Sequence[ListStep],
    own: Sequence[GroupRecord],
    wanted: pa.Array,
) -> list[GroupRecord]:
    """Return the groups that the wanted numbers are in, or are to come into, each once.

    A group's other numbers are left out: they are not the file's.
    """
    others = [one.record for one in state.groups if one.batch != batch]
    records = [*others, *own, *_coming(steps)]
    held = [one.group.phones if one.state.has_numbers else None for one in records]
    in_groups = pc.split_pattern(pa.array(held, pa.large_string()), ",")
    numbers = pc.list_flatten(in_groups)
    is_shown = is_among(numbers, wanted) & ~repeated(numbers)
    ends = np.cumsum(pc.fill_null(pc.list_value_length(in_groups), 0).to_numpy())
    found = []
    for one, phones, begin, end in zip(records, held, [0, *ends], ends, strict=False):
        shown = is_shown[begin:end]
        if phones is None or (shown.all() and one.group.size == len(shown)):
            found.append(one)
        elif shown.any():
            some = list(compress(phones.split(","), shown))
            group = replace(one.group, phones=",".join(some), size=len(some))
            found.append(replace(one, group=group))
    return found


def _coming(steps: Iterable[ListStep]) -> Iterator[GroupRecord]:
    """Return the numbers that calls have not put into their groups, as if they were groups."""
    for one in steps:
        if one.kind is not StepKind.ADD or one.state is StepState.DONE:
            continue
        group = Group(one.step, one.group_name, "", "", one.phones, one.size)
        yield GroupRecord(
            group,
            _GROUP_STATE[one.state],
            attempts=one.attempts,
            sent_ms=one.sent_ms,
            code=one.code,
            message=one.message or "to be added to this group",
            request_id=one.request_id,
            group_id=one.group_id,
        )


def _changes(name: str, wanted: Mapping[str, None], calls: _Calls) -> ListChanges:
    """Return what a sync changes: what moves from one group to another is kept."""
    leaving = set(calls.numbers(StepKind.REMOVE, StepKind.DELETE))
    coming = set(calls.numbers(StepKind.ADD))
    for one in calls.own:
        if one.state.has_numbers:
            coming.update(one.group.phones.split(","))
    added = frozenset(coming.intersection(wanted) - leaving)
    removed = tuple(
        Removed(number, one.group_name, one.group_id, _STATUS.get(one.state, Status.PLANNED.value))
        for one in calls.steps
        if one.kind is not StepKind.ADD
        for number in one.phones.split(",")
        if number not in wanted
    )
    waiting = len(added.difference(calls.made()))
    return ListChanges(name, added, len(wanted) - len(added), removed, waiting)
