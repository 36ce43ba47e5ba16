"""What the results show of a list's groups: the file's numbers, each once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from importer.batch.lists.outcome import groups_for
from importer.batch.lists.state import ListGroup, ListState
from importer.model import Group, GroupRecord, GroupState

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERS = st.integers(1, 20).map(str)
STATES = st.sampled_from([GroupState.CREATED, GroupState.SPLIT, GroupState.IN_DOUBT])


def record(seq: int, numbers: Sequence[str], state: GroupState) -> GroupRecord:
    group = Group(seq, f"g{seq}", "HK", "", ",".join(numbers), len(numbers))
    return GroupRecord(group, state)


@given(
    st.lists(st.tuples(st.lists(NUMBERS, min_size=1, max_size=5, unique=True), STATES), max_size=6),
    st.sets(NUMBERS),
    st.integers(0, 6),
)
def test_each_wanted_number_is_shown_once(
    groups: list[tuple[list[str], GroupState]], wanted: set[str], own: int
) -> None:
    """A number in two groups is shown in the first; of split groups nothing is left out."""
    records = [record(seq, numbers, state) for seq, (numbers, state) in enumerate(groups, 1)]
    earlier = tuple(ListGroup("b", one) for one in records[own:])
    state = ListState("x", (), earlier)
    found = groups_for(state, "new", [], records[:own], pa.array(sorted(wanted), pa.large_string()))
    seen: set[str] = set()
    expected = []
    for one in (*records[own:], *records[:own]):
        numbers = [n for n in one.group.phones.split(",") if n in wanted and n not in seen]
        if not one.state.has_numbers:
            expected.append(one)
        elif numbers:
            seen.update(numbers)
            group = replace(one.group, phones=",".join(numbers), size=len(numbers))
            expected.append(replace(one, group=group))
    assert found == expected
