"""Results: every line finds its group by its number, and the books balance."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.batch.input.duplicates import ACCEPTED
from importer.batch.results.line_statuses import assign_statuses, group_table, imbalance, tally
from importer.model import Group, GroupRecord, GroupState, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import MakeRecord

STATUS_OF = {
    GroupState.PLANNED: "planned",
    GroupState.SENDING: "in doubt",
    GroupState.CREATED: "created",
    GroupState.REFUSED: "refused",
    GroupState.IN_DOUBT: "in doubt",
    GroupState.DELETING: "created",
    GroupState.DELETED: "planned",
}
A, B, C, D = "85251234560", "85251234561", "85251234562", "6581234560"
NO_REASON = {Status.REJECTED.value: "too short", Status.DUPLICATE.value: "same as List row 2"}


def lines_of(*lines: tuple[str, str]) -> pd.DataFrame:
    """Return judged lines out of (number, status) pairs."""
    columns = {
        "number": [number for number, _ in lines],
        "status": [status for _, status in lines],
        "reason": [NO_REASON.get(status, "") for _, status in lines],
    }
    return pd.DataFrame(columns, dtype="str")


def accepted(*numbers: str) -> pd.DataFrame:
    return lines_of(*((number, ACCEPTED) for number in numbers))


def skipped_of(*lines: tuple[str, str, str]) -> pd.DataFrame:
    """Return what the journal tells of known numbers: number, earlier batch, its group's name."""
    columns = {
        "number": [number for number, _, _ in lines],
        "batch": [batch for _, batch, _ in lines],
        "group_name": [name for _, _, name in lines],
    }
    return pd.DataFrame(columns, dtype="str").assign(seq=1)


@pytest.mark.parametrize("state", STATUS_OF)
def test_status_of_a_group(state: GroupState, make_record: MakeRecord) -> None:
    """The numbers of a group share what became of it."""
    statuses = assign_statuses(accepted(A, B), [make_record(A, B, state=state)])
    assert [*statuses["status"]] == [STATUS_OF[state]] * 2
    assert [*statuses["group_name"]] == ["list HK 001"] * 2


def test_every_state_is_tried() -> None:
    """The table above knows every state but SPLIT, whose numbers are in other groups."""
    assert {*STATUS_OF} == {*GroupState} - {GroupState.SPLIT}


def test_split_group(make_record: MakeRecord) -> None:
    """The numbers of a group that was split are told by the halves; the whole is shown nowhere."""
    groups = [
        make_record(A, B, seq=1, state=GroupState.SPLIT, code=1002, message="parameter error"),
        make_record(A, seq=2),
        make_record(B, seq=3, state=GroupState.REFUSED, code=1002, message="parameter error"),
    ]
    statuses = assign_statuses(accepted(A, B), groups)
    assert [*statuses["status"]] == ["created", "refused"]
    assert imbalance(tally(statuses, groups), groups) == ""
    assert [*group_table(groups)["Group Name"]] == ["list HK 002", "list HK 003"]


def test_joined_by_number(make_record: MakeRecord) -> None:
    """Each line gets its own group, whatever the order of lines, groups and index."""
    groups = [
        make_record(C, A, seq=1),
        make_record(B, seq=2, state=GroupState.REFUSED, code=1002, message="parameter error"),
        make_record(D, seq=3, state=GroupState.PLANNED),
    ]
    lines = accepted(A, B, C, D).sample(frac=1, random_state=1)
    for some in (groups, groups[::-1]):
        statuses = assign_statuses(lines, some)
        assert [*statuses.index] == [*lines.index]
        found = statuses.assign(number=lines["number"]).set_index("number")
        assert [*found.loc[A]] == ["created", "", "list HK 001", "id-1"]
        assert [*found.loc[B]] == ["refused", "code 1002: parameter error", "list HK 002", ""]
        assert [*found.loc[C]] == ["created", "", "list HK 001", "id-1"]
        assert [*found.loc[D]] == ["planned", "", "list HK 003", ""]


def test_duplicates_show_the_group(make_record: MakeRecord) -> None:
    """A duplicate keeps its reason and shows the group that its number is in."""
    statuses = assign_statuses(lines_of((A, ACCEPTED), (A, "duplicate")), [make_record(A)])
    assert [*statuses.loc[1]] == ["duplicate", "same as List row 2", "list HK 001", "id-1"]


def test_rejects_have_no_group(make_record: MakeRecord) -> None:
    """A reject keeps its reason, and has neither group nor groupId."""
    statuses = assign_statuses(lines_of(("", "rejected"), (A, ACCEPTED)), [make_record(A)])
    assert [*statuses.loc[0]] == ["rejected", "too short", "", ""]


def test_known_numbers(make_record: MakeRecord) -> None:
    """A number that was skipped as known is a duplicate of the batch and group it is in."""
    lines = lines_of((A, ACCEPTED), (B, ACCEPTED), (B, "duplicate"))
    statuses = assign_statuses(
        lines, [make_record(A)], skipped_of((B, "abcdefgh", "spring HK 007"))
    )
    assert [*statuses["status"]] == ["created", "duplicate", "duplicate"]
    assert statuses.loc[1, "reason"] == "already in batch abcdefgh, group spring HK 007"
    assert statuses.loc[2, "reason"] == "same as List row 2"


def test_known_but_grouped(make_record: MakeRecord) -> None:
    """What stands in a group of this batch is told by this batch, also where it is known."""
    statuses = assign_statuses(accepted(A), [make_record(A)], skipped_of((A, "abcdefgh", "spring")))
    assert [*statuses["status"]] == ["created"]


def test_no_groups() -> None:
    """A list without any group has its rejects and nothing else."""
    statuses = assign_statuses(lines_of(("", "rejected")), [])
    assert [*statuses.loc[0]] == ["rejected", "too short", "", ""]
    assert assign_statuses(lines_of(), []).empty


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        (None, "no answer in time", "no answer in time"),
        (0, "success", "code 0: success"),
        (10006, "exception", "code 10006: exception"),
    ],
)
def test_reason_of_doubt(
    code: int | None, message: str, reason: str, make_record: MakeRecord
) -> None:
    """A number in doubt says why, in the vendor's words where it spoke."""
    group = make_record(A, state=GroupState.IN_DOUBT, code=code, message=message)
    assert assign_statuses(accepted(A), [group]).loc[0, "reason"] == reason


# The books.


def test_tally(make_record: MakeRecord) -> None:
    """Each line counts once, under what became of it; groups are those that exist."""
    lines = lines_of(
        (A, ACCEPTED),
        (A, "duplicate"),
        ("", "rejected"),
        (B, ACCEPTED),
        (C, ACCEPTED),
        (D, ACCEPTED),
    )
    groups = [
        make_record(A, seq=1),
        make_record(B, seq=2, state=GroupState.REFUSED),
        make_record(C, seq=3, state=GroupState.SENDING),
        make_record(D, seq=4, state=GroupState.PLANNED),
    ]
    counted = tally(assign_statuses(lines, groups), groups)
    assert counted.rows == 6
    assert (
        counted.created,
        counted.planned,
        counted.refused,
        counted.in_doubt,
    ) == (1, 1, 1, 1)
    assert (counted.duplicate, counted.rejected, counted.groups) == (
        1,
        1,
        1,
    )
    assert counted.balances
    assert imbalance(counted, groups) == ""


def test_lost_number(make_record: MakeRecord) -> None:
    """A number that was accepted and is in no group unbalances the books, loudly."""
    groups = [make_record(A)]
    counted = tally(assign_statuses(accepted(A, B), groups), groups)
    assert not counted.balances
    assert "DO NOT BALANCE" in imbalance(counted, groups)


def test_number_from_nowhere(make_record: MakeRecord) -> None:
    """A number in a group that no line of the input has unbalances the books, loudly."""
    groups = [make_record(A, B)]
    counted = tally(assign_statuses(accepted(A), groups), groups)
    assert counted.balances
    assert "2 numbers in the journal" in imbalance(counted, groups)


def test_number_in_two_groups(make_record: MakeRecord) -> None:
    """A number that stands in two groups unbalances the books, and crashes nothing."""
    groups = [make_record(A, seq=1), make_record(A, seq=2)]
    counted = tally(assign_statuses(accepted(A), groups), groups)
    assert "DO NOT BALANCE" in imbalance(counted, groups)


statuses = st.sampled_from(["accepted", "duplicate", "rejected", "known"])


@st.composite
def batches(draw: st.DrawFn) -> tuple[pd.DataFrame, Sequence[GroupRecord], pd.DataFrame]:
    """Draw a batch: judged lines, groups in any states, and the numbers that were skipped."""
    kinds = draw(st.lists(statuses, max_size=40))
    numbers = [f"8525{at:07}" for at in range(len(kinds))]
    lines = lines_of(
        *(
            ("", "rejected") if kind == "rejected" else (number, kind.replace("known", ACCEPTED))
            for number, kind in zip(numbers, kinds, strict=True)
        )
    )
    own = [n for n, kind in zip(numbers, kinds, strict=True) if kind == "accepted"]
    known = [n for n, kind in zip(numbers, kinds, strict=True) if kind == "known"]
    size = draw(st.integers(1, 5))
    groups = [
        GroupRecord(
            Group(seq, f"group {seq}", "HK", f"#{seq}", ",".join(part), len(part)),
            draw(st.sampled_from(sorted(STATUS_OF))),
            group_id=f"id-{seq}",
        )
        for seq, part in enumerate(
            (own[at : at + size] for at in range(0, len(own), size)), start=1
        )
    ]
    groups = draw(st.permutations(groups))
    return lines, groups, skipped_of(*((number, "abcdefgh", "spring") for number in known))


@given(batch=batches())
def test_books_balance(
    batch: tuple[pd.DataFrame, Sequence[GroupRecord], pd.DataFrame],
) -> None:
    """Rows in = created + planned + duplicate + rejected + refused + in doubt, always."""
    lines, groups, skipped = batch
    statuses = assign_statuses(lines, groups, skipped)
    counted = tally(statuses, groups)
    assert counted.rows == len(lines)
    assert counted.balances
    assert imbalance(counted, groups) == ""
    of_number = {n: one for one in groups for n in one.group.phones.split(",")}
    for number, status, group_id in zip(
        lines["number"], statuses["status"], statuses["group_id"], strict=True
    ):
        if number in of_number:
            assert (status, group_id) == (
                STATUS_OF[of_number[number].state],
                of_number[number].group_id,
            )


# The sheet Groups.


def test_group_table(make_record: MakeRecord) -> None:
    """The sheet Groups has the promised columns, and a line per group in the planned order."""
    groups = [
        make_record(A, B, request_id="1602", attempts=2),
        make_record(C, seq=2, state=GroupState.PLANNED, attempts=0),
    ]
    table = group_table(groups)
    assert [*table.columns] == [
        "Group Name",
        "Group ID",
        "Country",
        "Numbers",
        "Status",
        "Code",
        "Message",
        "Request ID",
        "Attempts",
        "Created At",
    ]
    local = datetime.fromtimestamp(1_700_000_000)  # noqa: DTZ006 - a cell shows local time
    assert [*table.loc[0]] == [
        "list HK 001",
        "id-1",
        "HK",
        2,
        "created",
        0,
        "success",
        "1602",
        2,
        pd.Timestamp(local),
    ]
    assert [*table.loc[1, ["Status", "Group ID", "Attempts"]]] == ["planned", "", 0]
    assert [*table["Code"].isna()] == [False, True]
    assert [*table["Created At"].isna()] == [False, True]
    assert group_table([]).empty


def test_refused_group_says_what_to_do(make_record: MakeRecord) -> None:
    """A refused group has the vendor's message and a sentence of what to do."""
    group = make_record(A, state=GroupState.REFUSED, code=10004, message="no country code")
    message = group_table([group]).loc[0, "Message"]
    assert message == (
        "no country code. A number has not the country code of the virtual number: "
        "group by country."
    )


@pytest.mark.parametrize("state", [GroupState.IN_DOUBT, GroupState.SENDING])
def test_group_in_doubt_says_how_to_find_it(state: GroupState, make_record: MakeRecord) -> None:
    """A group in doubt names the token by which it is found at the vendor."""
    group = replace(make_record(A, state=state), message="no answer in time")
    assert "#token1" in str(group_table([group]).loc[0, "Message"])
