"""The numbers of a batch's groups, read from the journal in portions that memory holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.model import GroupRecord

AT_ONCE = 500
"""Groups of a portion."""


class GroupStore(Protocol):
    """What the numbers of groups are read from."""

    def groups_at(self, batch: str, places: Sequence[int]) -> list[GroupRecord]:
        """Return some of a batch's groups with their numbers, by their place in the batch."""


def with_numbers(
    store: GroupStore, batch: str, groups: Sequence[GroupRecord]
) -> Iterator[GroupRecord]:
    """Yield groups of a batch, which stand in the order of their places, with their numbers."""
    for start in range(0, len(groups), AT_ONCE):
        some = groups[start : start + AT_ONCE]
        yield from store.groups_at(batch, [one.group.seq for one in some])
