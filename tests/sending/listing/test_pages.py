"""What listGroup answers: understood in every form that vendors send, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.sending.listing.pages import Listed, Page, Reading, Readings, read_page, read_phones

REMARK = "#abcdefghij spring"


def told(phones: object = "85235753351,85235753352", **changes: Any) -> dict[str, Any]:
    """Return a group as listGroup shows it."""
    fields = {"customerId": "1", "groupName": "n", "groupId": "g1", "remark": REMARK}
    return fields | {"phones": phones} | changes


@pytest.mark.parametrize(
    "phones",
    [
        "85235753351,85235753352",
        "85235753352,85235753351",
        "+85235753351,+85235753352",
        " 85235753351 , 85235753352 ",
        "85235753351,85235753352,",
        "0085235753351,0085235753352",
        "85235753351,85235753352,85235753351",
        "85235753351;85235753352",
        ["85235753351", "+85235753352"],
        [85235753351, 85235753352],
    ],
)
def test_numbers_are_the_same_in_any_order_and_dress(phones: object) -> None:
    """The vendor may list numbers in another order, form or dress."""
    assert read_phones(phones) == {"85235753351", "85235753352"}


@given(st.lists(st.from_regex(r"0{0,3}[1-9][0-9]{0,14}", fullmatch=True)))
def test_numbers_as_they_are_sent_are_read_as_all_others(phones: list[str]) -> None:
    """Numbers in the form that they are sent in are what they are in an array."""
    assert read_phones(",".join(phones)) == read_phones(phones)


def test_a_page_is_read() -> None:
    """What the vendor documents is understood; null texts are empty, numeric ids are texts."""
    page = read_page({"total": 7, "groups": [told("1", groupName=None, remark=None, groupId=7)]})
    group = Listed("7", "", frozenset({"1"}), "")
    assert page == Page((group,), 7, found=(group,))
    assert read_page({"total": "0", "groups": []}) == Page((), 0)


def test_of_groups_that_are_not_wanted_only_the_id_is_kept() -> None:
    """Of a page of thousands of numbers, those that may be meant stay."""
    groups = [told(groupId="g1"), told(groupId="g2")]
    page = read_page({"total": 2, "groups": groups}, lambda one: one.group_id == "g2")
    assert page is not None
    assert [(one.group_id, len(one.phones)) for one in page.groups] == [("g1", 0), ("g2", 2)]
    assert [one.group_id for one in page.found] == ["g2"]


@pytest.mark.parametrize(
    "data", [None, {}, {"total": 0}, {"total": 0, "groups": None}, {"groups": None}]
)
def test_an_account_without_groups(data: object) -> None:
    """Null and missing lists are an empty account."""
    assert read_page(data) == Page((), 0)


@pytest.mark.parametrize(
    "data",
    [[], "none", 7, {"total": 3, "groups": None}, {"total": 3}, {"total": 1, "groups": "g1"}],
)
def test_what_is_no_list_of_groups(data: object) -> None:
    """Groups that are counted and not shown, and anything else, is no page."""
    assert read_page(data) is None


@pytest.mark.parametrize("entry", ["g1", None, {}, told(groupId=None), told(groupId=True)])
def test_an_entry_without_a_group_id_is_counted(entry: object) -> None:
    """What can't be read could be the group that is looked for: no list is whole with it."""
    page = read_page({"total": 2, "groups": [told(), entry]})
    assert page is not None
    assert (len(page.groups), page.unreadable) == (1, 1)
    reading, readings = Reading(), Readings()
    reading.add(page)
    readings.add(reading)
    assert not readings.are_whole


@pytest.mark.parametrize(
    ("total", "expected"),
    [(7, 7), ("7", 7), (" 7 ", 7), ("many", None), (None, None), (True, None), (1.5, None)],
)
def test_a_total_as_text(total: object, expected: int | None) -> None:
    """A total that says nothing usable is none."""
    page = read_page({"total": total, "groups": [told()]})
    assert page is not None
    assert page.total == expected


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
        assert len(page.groups) + page.unreadable == len(data.get("groups") or ())


def readings_of(*passes: tuple[list[str], int]) -> Readings:
    """Return passes of one page each, of these groupIds and this total."""
    readings = Readings()
    for ids, total in passes:
        reading = Reading()
        listed = tuple(Listed(one, "", frozenset(), "") for one in ids)
        reading.add(Page(listed, total))
        readings.add(reading)
    return readings


def test_a_pass_that_shows_less_than_one_before_it_proves_nothing_alone() -> None:
    """An empty answer after one with groups is not the whole list; and only what it shows counts.

    Groups may be deleted meanwhile: two such passes in a row are believed, for what they show.
    """
    broken: tuple[list[str], int] = (["a", "b"], 7)
    empty: tuple[list[str], int] = ([], 0)
    assert not readings_of(broken, empty).are_whole
    twice = readings_of(broken, empty, empty)
    assert (twice.are_whole, twice.proof) == (True, frozenset())
    assert twice.ids == {"a", "b"}
    assert readings_of((["a", "b"], 2)).proof == {"a", "b"}
