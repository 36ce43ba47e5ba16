"""What a listing must prove before a group in doubt is sent again, and what is said afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.model import GroupState, Transition
from importer.sandbox import CreatedGroup
from importer.sending.calls.retry import Stop
from importer.sending.listing.waiting import LONGEST_WAIT
from tests.sending.fakes import BATCH, SendingProgress, groups_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sending.stage import Stage

CREATED, PLANNED, IN_DOUBT = GroupState.CREATED, GroupState.PLANNED, GroupState.IN_DOUBT


@pytest.mark.parametrize("older", [None, 3600, 200])
def test_a_list_that_hides_young_groups_makes_no_double(
    stage_of: Callable[..., Stage], older: int | None
) -> None:
    """Where no young group shows how old a list is, it is given two and a half minutes more."""
    stage = stage_of(groups_of(1), script=["cut-after"], vendor="stale-listing")
    if older is not None:
        stage.has_older_group(older)
    assert stage.run() is None
    assert len(stage.creates()) == 1
    assert stage.states == [CREATED]


def test_a_young_group_that_is_listed_shortens_the_wait(stage_of: Callable[..., Stage]) -> None:
    """A list that shows groups made seconds ago is as new as that: no further wait is needed."""
    stage = stage_of(groups_of(*[1] * 600), script=["cut-before"])
    assert stage.run() is None
    stage.assert_made_once()
    first, second, *_ = stage.client.looked_at_ms
    assert second - first < 15_000


def test_a_list_that_shows_less_than_was_counted_proves_nothing(
    stage_of: Callable[..., Stage],
) -> None:
    """Pages cut short, with a total that fits them, are given away by what was counted before."""
    server = [None, None, "listing-short", None, "listing-short", "listing-short", "listing-short"]
    stage = stage_of(groups_of(1), script=["cut-after"], listing_script=[*server, *server, *server])
    stage.has_older_group(3600)
    stage.run()
    assert len(stage.creates()) == 1


def test_numbers_that_are_hidden_are_no_absence(stage_of: Callable[..., Stage]) -> None:
    """A listing with digits hidden and without remarks proves nothing, alone or among others."""
    for count in (1, 3):
        stage = stage_of(groups_of(*[2] * count), script=["cut-after"])

        def hide(stage: Stage = stage) -> None:
            for group_id, one in list(stage.sandbox.groups.items()):
                phones = tuple(f"852****{phone[-4:]}" for phone in one.phones)
                stage.sandbox.groups[group_id] = replace(one, phones=phones, remark="")

        stage.progress = SendingProgress(hide)
        stage.run()
        assert len(stage.creates()) == count
        assert sorted(stage.states) == [CREATED] * (count - 1) + [IN_DOUBT]


def test_strangers_in_place_of_own_groups_are_no_absence(stage_of: Callable[..., Stage]) -> None:
    """Own groups that nobody would know again show that the doubtful one would not be known."""
    stage = stage_of(groups_of(*[2] * 3), script=["cut-after"])

    def change_all() -> None:
        for group_id, one in list(stage.sandbox.groups.items()):
            changed = replace(one, phones=("85200000000",), remark="", group_name="?")
            stage.sandbox.groups[group_id] = changed

    stage.progress = SendingProgress(change_all)
    stage.run()
    assert len(stage.creates()) == 3
    assert sorted(stage.states) == [CREATED, CREATED, IN_DOUBT]
    assert "neither the marks nor the numbers" in stage.progress.waits[-1][1]


def test_a_call_that_was_refused_and_made_all_the_same_is_said(
    stage_of: Callable[..., Stage],
) -> None:
    """A proxy carries a call out twice, and unique names refuse the second: the double is said."""
    stage = stage_of(groups_of(2), script=["twice"], vendor="names-refused")
    assert stage.run() is None
    [parent, *_] = stage.records
    assert parent.state is GroupState.SPLIT
    [double] = parent.doubles
    assert stage.sandbox.groups[double].phones == tuple(parent.group.phones.split(","))


def test_a_refused_group_that_is_listed_was_made(stage_of: Callable[..., Stage]) -> None:
    """What can't be cut in two is refused, and taken for made where a listing shows it."""
    stage = stage_of(groups_of(1), script=["twice"], vendor="names-refused")
    assert stage.run() is None
    stage.assert_made_once()


def test_a_group_that_turns_up_after_it_was_sent_again_is_said(
    stage_of: Callable[..., Stage],
) -> None:
    """However long the vendor hid the first one: the operator hears of the double."""
    stage = stage_of(groups_of(1), script=["cut-before"])
    late = stage.groups[0]

    def turn_up() -> None:
        if len(stage.creates()) > 1:
            phones = tuple(late.phones.split(","))
            stage.sandbox.groups["late"] = CreatedGroup("late", late.name, phones, late.remark, "1")

    stage.progress = SendingProgress(turn_up)
    assert stage.run() is None
    [record] = stage.records
    assert (record.state, record.doubles) == (CREATED, ("late",))


def test_an_empty_list_that_hides_what_was_made_is_said(stage_of: Callable[..., Stage]) -> None:
    """By an account's first group nobody can tell that a listing is always empty: it is said."""
    stage = stage_of(groups_of(1), script=["cut-after"], vendor="empty-listing")
    assert stage.run() is None
    [record] = stage.records
    assert (record.state, record.may_be_twice) == (CREATED, True)
    assert len(stage.sandbox.groups) == 2


def test_a_listing_that_shows_it_a_little_later_is_no_alarm(stage_of: Callable[..., Stage]) -> None:
    """What was sent again rightly and is listed after two minutes may not be there twice."""
    stage = stage_of(groups_of(1), script=["cut-before"], vendor="stale-listing")
    assert stage.run() is None
    stage.assert_made_once()
    assert not stage.records[0].may_be_twice


def test_a_call_signed_far_ahead_is_not_waited_for(stage_of: Callable[..., Stage]) -> None:
    """A server's clock that jumped back leaves the doubt to a later run, and says until when."""
    stage = stage_of(groups_of(1))
    ts = stage.loop.epoch_ms() + 3_600_000
    for leaves, enters in ((PLANNED, GroupState.SENDING), (GroupState.SENDING, IN_DOUBT)):
        stage.journal.apply([Transition(BATCH, 1, leaves, enters, ts, sent_ms=ts)])
    assert stage.run() is Stop.BLIND
    assert stage.loop.now < LONGEST_WAIT
    assert "for 61 minutes" in stage.progress.waits[-1][1]
    assert stage.creates() == []
