"""Records the steps of one batch's groups, and what the batch has learned from them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from importer.model import Group, GroupRecord, GroupState, Transition
from importer.sending.calls.retry import SIZE_CODE, may_split

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence


class GroupRecorder(Protocol):
    """What sending needs to record groups, and to cut them in two."""

    batch: str

    async def record(self, step: Transition) -> None:
        """Return when a step is on disk."""

    def may_split(self, group: Group) -> bool:
        """Say whether a group that was refused for its content can be cut in two."""

    def halves(self, group: Group) -> tuple[Group, Group]:
        """Cut a group in two, each half with a name, a place and a token of its own."""

    def is_too_large(self, group: Group) -> bool:
        """Say whether the account has refused groups of this size."""

    def claim(self, group_id: str) -> bool:
        """Take a groupId for a new group's; return False where another group has or had it."""


class BatchGroupRecorder:
    """Records one batch's steps.

    `groups` are the batch's groups as they stand, `taken` the groupIds of all groups that any batch
    has or had, `size_limit` the most numbers of a group that this account takes, None where nothing
    is known of it.
    """

    def __init__(
        self,
        batch: str,
        groups: Sequence[GroupRecord],
        record: Callable[[Transition], Awaitable[None]],
        halve: Callable[[Group, int], tuple[Group, Group]],
        *,
        taken: Collection[str] = (),
        size_limit: int | None = None,
    ) -> None:
        self.batch = batch
        self.size_limit = size_limit
        self._record = record
        self._halve = halve
        self._taken = set(taken)
        self._next_seq = max((one.group.seq for one in groups), default=0) + 1
        self._splits = sum(one.state is GroupState.SPLIT for one in groups)
        created = [one.group.size for one in groups if one.state is GroupState.CREATED]
        self._created = len(created)
        self.largest_made = max(created, default=0)
        """The most numbers of a group of this batch that the account took."""
        self._sizes = {one.group.seq: one.group.size for one in groups}
        self._attempts = {one.group.seq: one.attempts for one in groups}
        self._sibling: dict[int, Group] = {}
        """The other half of each half of a group that was refused in this run, by its place."""
        self._made: set[int] = set()

    async def record(self, step: Transition) -> None:
        """Return when a step is on disk."""
        attempt = self._attempts.get(step.seq, 0)
        await self._record(replace(step, attempt=attempt))
        self._attempts[step.seq] = attempt + (step.enters is GroupState.SENDING)
        if step.enters is GroupState.SPLIT and step.leaves is GroupState.SENDING:
            self._splits += 1
            first, second = step.children
            if step.code == SIZE_CODE:
                self._sibling |= {first.seq: second, second.seq: first}
        self._sizes |= {child.seq: child.size for child in step.children}
        if step.enters is GroupState.CREATED:
            self._created += 1
            self._taken.add(step.group_id)
            self._made.add(step.seq)
            self.largest_made = max(self.largest_made, self._sizes.get(step.seq, 0))
            self._learn_size(step.seq)
            if self.size_limit is not None and self.largest_made > self.size_limit:
                # It was not for its size that a larger one was refused.
                self.size_limit = None

    def may_split(self, group: Group) -> bool:
        """Say whether a group that was refused for its content can be cut in two."""
        return may_split(group.size, self._splits, self._created)

    def halves(self, group: Group) -> tuple[Group, Group]:
        """Cut a group in two, each half with a name, a place and a token of its own."""
        halves = self._halve(group, self._next_seq)
        self._next_seq += 2
        return halves

    def is_too_large(self, group: Group) -> bool:
        """Say whether the account has refused groups of this size."""
        return self.size_limit is not None and group.size > max(self.size_limit, 1)

    def claim(self, group_id: str) -> bool:
        """Take a groupId for a new group's; return False where another group has or had it."""
        if group_id in self._taken:
            return False
        self._taken.add(group_id)
        return True

    def _learn_size(self, seq: int) -> None:
        """Where both halves of a refused group went through, its size was what was refused.

        Not so where a group of its size was made all the same.
        """
        sibling = self._sibling.get(seq)
        if sibling is None or sibling.seq not in self._made:
            return
        size = max(sibling.size, self._sibling[sibling.seq].size)
        if self.size_limit is None or size < self.size_limit:
            self.size_limit = size
