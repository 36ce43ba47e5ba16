"""A listing beside the journal: every difference is named once, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.batch.at_vendor.comparing import Finding, compare
from importer.model import Batch, Group, GroupRecord, GroupState
from importer.sending.listing.pages import Listed

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH = Batch("batch", "", "account", "list.csv", 0)
NOW = 1_700_000_000_000


def record(
    *numbers: str, seq: int = 1, state: GroupState = GroupState.CREATED, made_ms: int = NOW
) -> GroupRecord:
    token = f"#{'abcdefghij'[seq]}aaaaaaaaa"
    name = f"list HK {seq:03}"
    group = Group(seq, name, "HK", f"{token} spring", ",".join(numbers), len(numbers))
    group_id = f"id-{seq}" if state in {GroupState.CREATED, GroupState.DELETED} else ""
    return GroupRecord(group, state, group_id=group_id, created_ms=made_ms)


def listed(one: GroupRecord, **changes: object) -> Listed:
    phones = frozenset(one.group.phones.split(","))
    shown = Listed(one.group_id, one.group.name, phones, one.group.remark)
    return replace(shown, **changes)  # type: ignore[arg-type]


def findings(
    shown: Sequence[Listed], *records: GroupRecord, young_from_ms: int = NOW + 1, problem: str = ""
) -> list[Finding]:
    found = compare(shown, [(BATCH, records)], young_from_ms=young_from_ms, problem=problem)
    return [one.finding for one in found.groups]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Finding.AGREES),
        ({"name": "list H"}, Finding.AGREES),
        ({"remark": "#baaaa"}, Finding.AGREES),
        ({"remark": ""}, Finding.AGREES),
        ({"name": "other"}, Finding.RENAMED),
        ({"remark": "other"}, Finding.RENAMED),
        ({"phones": frozenset({"85251000001"})}, Finding.NUMBERS),
        ({"phones": frozenset({"85251000001", "85251000002", "85251000003"})}, Finding.NUMBERS),
        ({"phones": frozenset()}, Finding.HIDDEN),
        ({"phones": frozenset({"8525****001"})}, Finding.HIDDEN),
    ],
)
def test_what_a_listed_group_is_found_to_be(changes: dict[str, object], expected: Finding) -> None:
    """What a vendor cuts off a name or a remark is no difference; another text or number is."""
    one = record("85251000001", "85251000002")
    assert findings([listed(one, **changes)], one) == [expected]


def test_a_group_that_is_not_listed() -> None:
    """Gone only where the list is whole and had time to show it."""
    one = record("85251000001")
    assert findings([], one) == [Finding.GONE]
    assert findings([], one, problem="not whole") == [Finding.NOT_SEEN]
    assert findings([], one, young_from_ms=NOW - 1) == [Finding.YOUNG]


@pytest.mark.parametrize(
    "state", [GroupState.PLANNED, GroupState.REFUSED, GroupState.DELETED, GroupState.SPLIT]
)
def test_a_group_that_is_there_against_the_journal(state: GroupState) -> None:
    """What the journal has as not made, and the vendor lists, is told; else there is nothing."""
    one = record("85251000001", state=state)
    assert findings([], one) == []
    assert findings([listed(one, group_id="id-9")], one) == [Finding.UNEXPECTED]


def test_a_double_and_a_foreign_group() -> None:
    """Another groupId with our mark was made twice; one without is not ours."""
    one = record("85251000001")
    double = listed(one, group_id="id-8")
    foreign = Listed("id-9", "theirs", frozenset({"85251000009"}), "")
    shown = [listed(one), double, foreign]
    assert findings(shown, one) == [Finding.AGREES, Finding.DOUBLE, Finding.FOREIGN]


def test_a_forgotten_group_is_compared_by_its_size() -> None:
    """Where the numbers were forgotten, their count is all that can be compared."""
    one = record("85251000001", "85251000002")
    shown = listed(one)
    forgotten = replace(one, group=replace(one.group, phones="", name="gone", remark="#b"))
    assert findings([shown], forgotten) == [Finding.AGREES]
    fewer = replace(shown, phones=frozenset({"85251000001"}))
    assert findings([fewer], forgotten) == [Finding.NUMBERS]


@given(st.sets(st.integers(1, 9)), st.sets(st.integers(1, 9)))
def test_missing_and_added_are_the_difference_of_the_sets(sent: set[int], held: set[int]) -> None:
    """Whatever was sent and is held: missing and added are exactly the two differences."""
    numbers = [f"8525100000{one}" for one in sorted(sent)]
    at_vendor = frozenset(f"8525100000{one}" for one in held)
    if not numbers or not at_vendor:
        return
    one = record(*numbers)
    shown = listed(one, phones=at_vendor)
    [found] = compare([shown], [(BATCH, [one])], young_from_ms=NOW).groups
    assert set(found.missing) == set(numbers) - at_vendor
    assert set(found.added) == at_vendor - set(numbers)
    assert (found.finding is Finding.AGREES) == (set(numbers) == at_vendor)
