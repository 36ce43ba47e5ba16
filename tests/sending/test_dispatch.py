"""Workers: what is recorded before what, who stops when, and what one answer does to all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from importer.sending.calls.retry import Stop
from importer.sending.dispatch import SEND_WITHIN
from tests.sending.fakes import (
    LOST,
    NOT_SENT,
    FakeGroupRecorder,
    answered,
    date_of,
    groups_of,
    made,
)

if TYPE_CHECKING:
    from importer.api.reply import Reply
    from importer.model import Group, Transition


from tests.sending.dispatching import (
    CREATED,
    IN_DOUBT,
    PLANNED,
    REFUSED,
    SENDING,
    SPLIT,
    Stage,
    in_turn,
)


def test_every_group_is_sent_once() -> None:
    """All are created, each by one call, and the progress hears of each."""
    stage = Stage(groups_of(*[3] * 20))
    assert stage.send() is None
    assert stage.states == [CREATED] * 20
    assert sorted(stage.called()) == list(range(1, 21))
    assert stage.progress.states == [CREATED] * 20


def test_slot_record_leave_call_record() -> None:
    """SENDING is on disk before the call leaves; the slot is taken first, `ts` comes last."""
    stage = Stage(groups_of(3), recorder={"slow": lambda step: 2.0})
    stage.send()
    assert stage.events == ["slot", "SENDING 1", "leave", "call 1", "CREATED 1"]
    sending, answer = stage.recorder.steps
    ts = stage.api.calls[0][1]
    assert ts == sending.at_ms + 2000, "signed after the record, not before it"
    assert sending.sent_ms is not None
    assert sending.sent_ms >= ts
    assert (answer.sent_ms, answer.group_id, answer.code) == (ts, "id-1", 0)


def test_the_recorded_ts_is_the_latest_possible() -> None:
    """Whatever the disk does, no call carries a `ts` later than was recorded before it."""
    delays = iter([0.0, 4.9, 3.0, 5.1, 1.0, 20.0])
    stage = Stage(
        groups_of(*[1] * 12),
        recorder={"slow": lambda s: next(delays, 0.0) if s.enters is SENDING else 0},
    )
    assert stage.send() is None
    assert_no_ts_is_later_than_recorded(stage)


def assert_no_ts_is_later_than_recorded(stage: Stage) -> None:
    recorded: dict[int, int] = {}
    calls = {
        seq: [ts for group, ts in stage.api.calls if group.seq == seq] for seq in stage.called()
    }
    for step in stage.recorder.steps:
        if step.enters is SENDING:
            recorded[step.seq] = step.sent_ms or 0
        elif step.code is not None or step.enters is IN_DOUBT:
            assert calls[step.seq].pop(0) <= recorded[step.seq]
    for seq, unanswered in calls.items():
        assert all(ts <= recorded[seq] for ts in unanswered)


def test_a_group_recorded_too_slowly_is_given_back() -> None:
    """More than SEND_WITHIN after its record began, a call would be later than recorded."""
    delays = iter([SEND_WITHIN + 1, 0.0])
    stage = Stage(groups_of(2), recorder={"slow": lambda step: next(delays, 0.0)})
    assert stage.send() is None
    assert [step.enters for step in stage.recorder.steps] == [SENDING, PLANNED, SENDING, CREATED]
    assert len(stage.api.calls) == 1


def test_a_clock_corrected_meanwhile_gives_the_group_back() -> None:
    """A call recorded by the old clock must not carry the new one: its `ts` would be too late."""
    ahead = 90_000

    def answer(group: Group) -> Reply:
        told = answered(1004, date=date_of(stage.loop.epoch_ms() + ahead))
        return made(group) if stage.api.clock_ms else told

    def slow(step: Transition) -> float:
        return 3.0 if step.seq == 2 and step.enters is SENDING else 0.0

    stage = Stage(groups_of(1, 1), recorder={"slow": slow}, api={"answer": answer})
    assert stage.send() is None
    assert stage.states == [CREATED, CREATED]
    assert_no_ts_is_later_than_recorded(stage)


def test_the_unclear_are_never_sent_again() -> None:
    """A group in doubt may exist: in this round it is called once."""
    stage = Stage(groups_of(*[1] * 4), api={"answer": in_turn([LOST, None, LOST])})
    assert stage.send() is None
    assert sorted(stage.called()) == [1, 2, 3, 4]
    assert stage.states.count(IN_DOUBT) == 2


def test_the_clock_is_corrected_once_for_all() -> None:
    """Eight workers that are refused at once correct it once, and each sends its group again."""

    def answer(group: Group) -> Reply:
        told = answered(1004, date=date_of(stage.loop.epoch_ms() + 90_000))
        return made(group) if stage.api.clock_ms else told

    stage = Stage(groups_of(*[1] * 16), concurrency=8, api={"answer": answer})
    assert stage.send() is None
    assert len(stage.api.followed) == 1
    assert stage.states == [CREATED] * 16
    assert len(stage.api.calls) == 16 + 8


def test_a_clock_that_stays_refused_stops_the_run() -> None:
    """A correction that does not help is not repeated."""

    def answer(group: Group) -> Reply:
        return answered(1004, date=date_of(stage.loop.epoch_ms() + 90_000))

    stage = Stage(groups_of(*[1] * 4), concurrency=1, api={"answer": answer})
    assert stage.send() is Stop.CLOCK
    assert stage.states == [PLANNED] * 4
    assert len(stage.api.followed) == 1


def test_a_refusal_for_rate_slows_all() -> None:
    """The pace is shared: it is cut once for a burst, nobody calls for as long as was asked."""
    stage = Stage(
        groups_of(*[1] * 12),
        rate=100,
        concurrency=3,
        api={"answer": in_turn([answered(None, http_status=429, retry_after=30.0)] * 3)},
    )
    assert stage.send() is None
    assert stage.states == [CREATED] * 12
    times = sorted(ts for _, ts in stage.api.calls)
    assert times[3] - times[2] >= 29_900
    assert stage.progress.waits[0] == (30.0, "told")
    assert 50 <= (stage.rate_left or 0) < 60


def test_what_was_not_sent_is_tried_again() -> None:
    """Where no connection was made, nothing can have been made either."""
    stage = Stage(groups_of(1), api={"answer": in_turn([NOT_SENT, NOT_SENT])})
    assert stage.send() is None
    assert stage.states == [CREATED]


def test_halves_are_sent() -> None:
    """A group that is refused for its content is cut until only the bad number is refused."""
    groups = groups_of(8, 2)
    bad = groups[0].phones.split(",")[5]

    def answer(group: Group) -> Reply:
        return answered(10004) if bad in group.phones.split(",") else made(group)

    stage = Stage(groups, api={"answer": answer})
    assert stage.send() is None
    assert stage.states.count(SPLIT) == 3
    refused = [group for group, _ in stage.api.calls if stage.recorder.states[group.seq] is REFUSED]
    assert [group.phones for group in refused] == [bad]
    created = [g for g, _ in stage.api.calls if stage.recorder.states[g.seq] is CREATED]
    there = [number for group in created for number in group.phones.split(",")]
    every = [number for group in groups for number in group.phones.split(",")]
    assert sorted([*there, bad]) == sorted(every)
    remarks = [group.remark for group, _ in stage.api.calls]
    assert len(set(remarks)) == len(remarks), "each half has a mark of its own"


def test_what_may_not_be_split_is_refused() -> None:
    """Where the recorder allows no split, the group is refused as it is, with the vendor's code."""
    stage = Stage(
        groups_of(8), recorder={"splits": False}, api={"answer": lambda g: answered(1002)}
    )
    assert stage.send() is None
    assert stage.states == [REFUSED]
    assert stage.recorder.steps[-1].code == 1002


def test_no_more_calls_at_a_time_than_workers() -> None:
    """Concurrency bounds the calls under way."""
    under_way: list[int] = []

    def latency(group: Group) -> float:
        under_way.append(1)
        assert len(under_way) <= 3
        asyncio.get_running_loop().call_later(1.0, under_way.pop)
        return 1.001

    stage = Stage(groups_of(*[1] * 30), concurrency=3, api={"latency": latency})
    assert stage.send() is None
    assert stage.ended_at == pytest.approx(10.0, abs=0.1)


def test_a_computer_that_slept_gives_the_group_back() -> None:
    """Steady clocks may stand still while a computer sleeps; what counts is the time of day."""
    stage = Stage(groups_of(1))
    asleep_ms = 0

    def slow(step: Transition) -> float:
        nonlocal asleep_ms
        if step.enters is SENDING and not asleep_ms:
            asleep_ms = 3_600_000
        return 0.0

    usual = stage.loop.epoch_ms
    stage.loop.epoch_ms = lambda: usual() + asleep_ms  # type: ignore[method-assign]
    stage.recorder = FakeGroupRecorder(stage.groups, stage.events, slow)
    assert stage.send() is None
    assert [step.enters for step in stage.recorder.steps] == [SENDING, PLANNED, SENDING, CREATED]
    assert len(stage.api.calls) == 1
