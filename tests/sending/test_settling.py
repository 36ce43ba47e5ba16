"""Doubt settled by looking: which traces are proof, and which leave the doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.reply import Reply
from importer.batch import grouping
from importer.model import Group
from importer.sending.settling import (
    TS_WINDOW_MS,
    Listed,
    Listing,
    Page,
    Presence,
    Settlement,
    final_from,
    read_page,
    server_time,
    settle,
)
from tests.sending.fakes import date_of

TOKEN = grouping.token("batch", 1)
OTHER_TOKEN = grouping.token("other", 1)
REMARK = f"spring sale {TOKEN}"
DOUBTFUL = Group(1, "list HK 001", "HK", REMARK, "85235753351,85235753352", 2)
OURS = Listed("g1", DOUBTFUL.name, frozenset(DOUBTFUL.phones.split(",")), REMARK)
OTHER_PHONES = frozenset({"85235753351"})

FOUND, ABSENT, UNCERTAIN = Presence.FOUND, Presence.ABSENT, Presence.UNCERTAIN


def listed(**changes: Any) -> Listed:
    return replace(OURS, **changes)


TABLE: list[tuple[str, list[Listed], set[str], Presence, str]] = [
    # what is listed | as | groupIds of other groups | finding | its groupId
    ("nothing", [], set(), ABSENT, ""),
    ("only others", [listed(phones=OTHER_PHONES, remark=OTHER_TOKEN)], set(), ABSENT, ""),
    ("mark and numbers", [OURS], set(), FOUND, "g1"),
    ("mark and numbers, another name", [listed(name="renamed")], set(), FOUND, "g1"),
    ("mark within a longer remark", [listed(remark=f"a {TOKEN} b")], set(), FOUND, "g1"),
    ("mark, other numbers", [listed(phones=OTHER_PHONES)], set(), UNCERTAIN, ""),
    ("mark, more numbers", [listed(phones=OURS.phones | {"1"})], set(), UNCERTAIN, ""),
    ("mark, no numbers", [listed(phones=frozenset({""}))], set(), UNCERTAIN, ""),
    ("mark twice, the second with the numbers",
     [listed(phones=OTHER_PHONES), listed(group_id="g2")], set(), FOUND, "g2"),
    ("a mark that ours begins", [listed(remark=f"{TOKEN}x", phones=OTHER_PHONES)],
     set(), ABSENT, ""),
    ("numbers and name, remark dropped", [listed(remark="")], set(), FOUND, "g1"),
    ("numbers and name, remark cut", [listed(remark="spring sa")], set(), FOUND, "g1"),
    ("numbers and name, remark cut within the mark", [listed(remark=REMARK[:-3])],
     set(), FOUND, "g1"),
    ("numbers and name, remark cut with dots", [listed(remark="spring sale...")],
     set(), FOUND, "g1"),
    ("numbers and name, remark cut with an ellipsis", [listed(remark="spring…")],
     set(), FOUND, "g1"),
    ("numbers and name, of another group of ours", [listed(remark="")], {"g1"}, ABSENT, ""),
    ("numbers and name, one of ours and one of nobody",
     [listed(remark=""), listed(remark="", group_id="g2")], {"g1"}, FOUND, "g2"),
    ("numbers and name, another remark", [listed(remark="autumn")], set(), UNCERTAIN, ""),
    ("numbers and name, another's mark", [listed(remark=f"spring sale {OTHER_TOKEN}")],
     set(), UNCERTAIN, ""),
    ("numbers, another name, no remark", [listed(name="list HK", remark="")],
     set(), UNCERTAIN, ""),
    ("numbers, another name, of another group of ours", [listed(name="list", remark="")],
     {"g1"}, ABSENT, ""),
    ("name and remark cut, other numbers", [listed(phones=OTHER_PHONES, remark="")],
     set(), ABSENT, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("groups", "owned", "finding", "group_id"),
    [row[1:] for row in TABLE],
    ids=[r[0] for r in TABLE],
)
def test_table(groups: list[Listed], owned: set[str], finding: Presence, group_id: str) -> None:
    """Only mark and numbers, or numbers, name and a cut remark of nobody's group, are proof.

    Source: issue 3, points 2 and 3. A group is sent again only where nothing of it is listed.
    """
    settlement = settle(DOUBTFUL, Listing(groups), owned)
    assert (settlement.finding, settlement.group_id) == (finding, group_id)


def test_found_twice_adopts_the_first_and_tells_the_others() -> None:
    """Issue 3, point 2: adopt the first, report the others by groupId."""
    settlement = settle(DOUBTFUL, Listing([OURS, listed(group_id="g2"), listed(group_id="g3")]), ())
    assert settlement.group_id == "g1"
    assert "g2, g3" in settlement.message
    assert "g2" not in settle(DOUBTFUL, Listing([OURS]), ()).message


def test_a_group_listed_twice_is_one_group() -> None:
    """Pages can overlap; one groupId on two of them is no double."""
    assert settle(DOUBTFUL, Listing([OURS, OURS]), ()) == settle(DOUBTFUL, Listing([OURS]), ())


def test_uncertainty_names_the_group() -> None:
    """The operator is told which group at the vendor to look at."""
    for what, groups, owned, expected, _ in TABLE:
        if expected is UNCERTAIN:
            assert "g1" in settle(DOUBTFUL, Listing(groups), owned).message, what


def test_nothing_to_say_of_what_is_absent() -> None:
    """A group that is not there gets no message: it is sent again."""
    assert settle(DOUBTFUL, Listing([]), ()) == Settlement(ABSENT)


def told(phones: object = "85235753351,85235753352", **changes: Any) -> dict[str, Any]:
    """Return a group as listGroup tells it."""
    fields = {"customerId": "1", "groupName": "n", "groupId": "g1", "remark": REMARK}
    return fields | {"phones": phones} | changes


@pytest.mark.parametrize(
    "phones",
    [
        "85235753351,85235753352",
        "85235753352,85235753351",
        "+85235753351,+85235753352",
        " 85235753351 , 85235753352 ",
    ],
)
def test_numbers_are_the_same_in_any_order_and_dress(phones: str) -> None:
    """The vendor may list numbers in another order, with + or spaces."""
    page = read_page({"total": 1, "groups": [told(phones)]})
    assert page is not None
    assert settle(DOUBTFUL, Listing(page.groups), ()).finding is FOUND


def test_a_page_is_read() -> None:
    """What the vendor documents is understood; null texts are empty."""
    page = read_page({"total": 7, "groups": [told("1", groupName=None, remark=None)]})
    assert page == Page(7, (Listed("g1", "", frozenset({"1"}), ""),))
    assert read_page({"total": 0, "groups": []}) == Page(0, ())


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"total": 1},
        {"total": "1", "groups": []},
        {"total": 0, "groups": None},
        {"total": 1, "groups": ["g1"]},
        {"total": 1, "groups": [told(groupId=None)]},
        {"total": 1, "groups": [told(groupId=7)]},
        {"total": 2, "groups": [told(), {}]},
    ],
)
def test_a_page_of_another_shape_is_no_page(data: dict[str, Any] | None) -> None:
    """Never half a page: what can't be understood could be the group that is looked for."""
    assert read_page(data) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
odd_groups = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["groupId", "groupName", "phones", "remark"], json_values)
)


@given(
    st.fixed_dictionaries(
        {},
        optional={"total": json_values, "groups": json_values | st.lists(odd_groups | json_values)},
    )
)
def test_reading_a_page_never_fails(data: dict[str, Any]) -> None:
    """Whatever a server answers, it is a page whose groups can be looked through, or none."""
    page = read_page(data)
    if page is not None:
        assert len(page.groups) == len(data["groups"])
        assert settle(DOUBTFUL, Listing(page.groups), ()).finding in Presence


def test_final_is_after_the_last_moment_of_acceptance() -> None:
    """api.md: the server refuses a call once its clock is more than 60 s past its ts."""
    assert TS_WINDOW_MS == 60_000
    assert final_from(1_000_000) > 1_000_000 + 60_000 + 1_000, "Date is cut to the second"


def test_the_servers_time_is_its_date_or_the_earliest_possible() -> None:
    """A reply shows the server's time; without Date, a call that was accepted bounds it."""
    assert server_time(Reply(sent_ms=500_000, date=date_of(123_000))) == 123_000
    assert server_time(Reply(sent_ms=500_000)) == 440_000


@given(
    ts=st.integers(0, 2**42),
    delivered_after=st.integers(-60_000, 60_000),
    skew=st.integers(-60_000, 60_000),
    looked=st.integers(0, 300_000),
)
def test_what_is_final_without_a_date_is_final(
    ts: int, delivered_after: int, skew: int, looked: int
) -> None:
    """Where the listing counts as final, no accepted delivery can be left, Date or none."""
    looking_ts = ts + looked
    server_now = looking_ts + skew
    if server_time(Reply(sent_ms=looking_ts)) >= final_from(ts):
        assert server_now >= ts + delivered_after
