"""Group names without values: nothing of the value is left, and the rest is where it can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.batch.planning.forgotten_names import without_value
from importer.batch.planning.grouping import FORGOTTEN, render_name

FIELDS = {"file": "My  list", "country": "HK", "batch": "abcd2345"}
BY = "Whose"


@pytest.mark.parametrize(
    ("template", "name", "shown"),
    [
        ("{file} {value} {seq:03}", "My list Ann Example 003", "My list … 003"),
        ("{file} {value} {seq:03}", "My list 003", "My list … 003"),
        ("{value}", "Ann Example", "…"),
        ("{value} {seq} {value}", "5 1 12 5 1", "…"),
        ("{value}-{seq}", "An-n-12", "…-12"),
        ("{seq} {value}", "12 Ann 7", "12 …"),
        ("{date} {value}: {seq}", "2026-01-02 Ann: 5.1.2", "2026-01-02 …: 5.1.2"),
        ("{value} {country} {batch}", "Ann HK abcd2345", "… HK abcd2345"),
        ("{value:>5} {seq}", "Ann 1", "… 1"),
        ("{file} {value} {seq}", "made by another version", "…"),
        ("{file} {seq}", "My list 3", "My list 3"),
    ],
)
def test_what_is_left_of_a_name(template: str, name: str, shown: str) -> None:
    """The value goes, and what the template explains stays."""
    assert without_value(name, template, BY, FIELDS) == shown


@pytest.mark.parametrize("by", ["country", "none"])
def test_a_country_is_no_value_of_the_list(by: str) -> None:
    """Groups that are of no column's value keep their names."""
    assert without_value("HK 1", "{value} {seq}", by, FIELDS) == "HK 1"


pieces = st.sampled_from(
    ["{file}", "{country}", "{value}", "{seq:03}", "{date}", "{batch}", " ", "-"]
)


@given(
    template=st.lists(pieces, min_size=1, max_size=7).map("".join),
    value=st.text(alphabet="qwQWj %.\u4e2d", max_size=12),
    number=st.integers(1, 10_000),
    halves=st.sampled_from(["", ".1", ".2.1"]),
)
def test_nothing_of_a_value_is_left(template: str, value: str, number: int, halves: str) -> None:
    """Whatever the template, no character that only the value has is in the name afterwards."""
    known = FIELDS | {"value": value, "date": "2026-01-02"}
    name = render_name(template, {**known, "seq": number}) + halves
    shown = without_value(name, template, BY, FIELDS)
    if "{value}" in template:
        assert not {*"qwQWj%\u4e2d"} & {*shown}
        assert FORGOTTEN in shown
    else:
        assert shown == name
