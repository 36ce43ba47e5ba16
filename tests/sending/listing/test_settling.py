"""Doubt settled by looking: which traces are proof, and which leave the doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.reply import Reply
from importer.batch.planning import fingerprint
from importer.model import Group
from importer.sending.listing.pages import Listed
from importer.sending.listing.settling import (
    TS_WINDOW_MS,
    ListingIndex,
    Presence,
    Settlement,
    final_from,
    is_cut_of,
    missing_canaries,
    server_time,
    settle,
)
from tests.sending.fakes import date_of

TOKEN = fingerprint.token("batch", 1)
OTHER_TOKEN = fingerprint.token("other", 1)
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

    A group is sent again only where nothing of it is listed.
    """
    settlement = settle(DOUBTFUL, ListingIndex(groups), owned)
    assert (settlement.presence, settlement.group_id) == (finding, group_id)


def test_found_twice_adopts_the_first_and_tells_the_others() -> None:
    """The first is adopted, the others are reported by groupId."""
    settlement = settle(
        DOUBTFUL, ListingIndex([OURS, listed(group_id="g2"), listed(group_id="g3")]), ()
    )
    assert settlement.group_id == "g1"
    assert "g2, g3" in settlement.message
    assert "g2" not in settle(DOUBTFUL, ListingIndex([OURS]), ()).message


def test_a_group_listed_twice_is_one_group() -> None:
    """Pages can overlap; one groupId on two of them is no double."""
    assert settle(DOUBTFUL, ListingIndex([OURS, OURS]), ()) == settle(
        DOUBTFUL, ListingIndex([OURS]), ()
    )


def test_uncertainty_names_the_group() -> None:
    """The operator is told which group at the vendor to look at."""
    for what, groups, owned, expected, _ in TABLE:
        if expected is UNCERTAIN:
            assert "g1" in settle(DOUBTFUL, ListingIndex(groups), owned).message, what


def test_nothing_to_say_of_what_is_absent() -> None:
    """A group that is not there gets no message: it is sent again."""
    assert settle(DOUBTFUL, ListingIndex([]), ()) == Settlement(ABSENT)


def test_final_is_after_the_last_moment_of_acceptance() -> None:
    """The server refuses a call once its clock is more than 60 s past its ts."""
    assert TS_WINDOW_MS == 60_000
    assert final_from(1_000_000) > 1_000_000 + 60_000 + 1_000, "Date is cut to the second"


@pytest.mark.parametrize(
    ("date_ms", "expected"),
    [
        (None, 440_000),
        (499_000, 499_000),
        (440_000, 440_000),
        (439_000, 439_000),
        (560_000, 500_000),
        (438_000, 440_000),
        (123_000, 440_000),
        (561_000, 440_000),
        (1_100_000, 440_000),
    ],
)
def test_the_servers_time_is_no_later_than_proved(date_ms: int | None, expected: int) -> None:
    """An accepted `ts` proves the server's clock within 60 s; a `Date` beyond is not believed."""
    date = None if date_ms is None else date_of(date_ms)
    assert server_time(Reply(sent_ms=500_000, date=date)) == expected


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


DAY = 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("created", "shown", "missing"),
    [
        ({}, [], []),
        ({"a": 0}, ["a", "x"], []),
        ({"a": 0, "b": 0}, ["b"], ["a"]),
        ({"a": 0, "b": -40 * DAY}, ["a"], []),
        ({"a": 0, "b": -40 * DAY}, ["b"], ["a"]),
        ({"a": -40 * DAY, "b": -41 * DAY}, ["b"], []),
        ({"a": -40 * DAY, "b": -41 * DAY}, ["x"], ["a", "b"]),
    ],
)
def test_a_listing_must_show_what_is_there(
    created: dict[str, int], shown: list[str], missing: list[str]
) -> None:
    """All groups of the last 30 days must be listed, and one of the older ones at least."""
    assert missing_canaries(created, shown, 0) == missing


@pytest.mark.parametrize(
    ("shown", "sent", "expected"),
    [
        ("", "#abc spring", True),
        ("#abc", "#abc spring", True),
        ("#abc spr…", "#abc spring", True),
        ("#abc spr...", "#abc spring", True),
        ("autumn", "#abc spring", False),
        ("#abc spring and more", "#abc spring", False),
    ],
)
def test_a_cut_text_is_the_beginning_of_what_was_sent(
    shown: str, sent: str, expected: bool
) -> None:
    """Whatever else a vendor shows was written by somebody."""
    assert is_cut_of(shown, sent) is expected
