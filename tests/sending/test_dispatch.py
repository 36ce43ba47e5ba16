"""Workers: what is recorded before what, who stops when, and what one answer does to all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import JournalError
from importer.model import Group, GroupState, Transition
from importer.sending.calls.access import VendorAccess
from importer.sending.calls.budget import Budget
from importer.sending.calls.retry import MAX_TRIES, Stop
from importer.sending.dispatch import BREAKER, GRACE, SEND_WITHIN, Dispatcher
from tests.sending.fakes import (
    LOST,
    NOT_SENT,
    FakeApi,
    FakeGroupRecorder,
    SendingProgress,
    TellingPacer,
    answered,
    clock_of,
    date_of,
    groups_of,
    made,
)
from tests.sending.virtual_time import VirtualLoop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.api.reply import Reply

PLANNED, SENDING, CREATED = GroupState.PLANNED, GroupState.SENDING, GroupState.CREATED
IN_DOUBT, REFUSED, SPLIT = GroupState.IN_DOUBT, GroupState.REFUSED, GroupState.SPLIT


class Stage:
    """A dispatcher among stand-ins, on a virtual loop. `recorder` and `api` are their options."""

    def __init__(
        self,
        groups: list[Group],
        *,
        concurrency: int = 4,
        rate: float | None = None,
        recorder: dict[str, Any] | None = None,
        api: dict[str, Any] | None = None,
    ) -> None:
        self.loop = VirtualLoop()
        self.events: list[str] = []
        self.groups = groups
        self.recorder = FakeGroupRecorder(groups, self.events, **(recorder or {}))
        self.api = FakeApi(self.loop, self.events, **(api or {}))
        self.progress = SendingProgress()
        self.budget: Budget | None = None
        self._rate = rate
        self._concurrency = concurrency
        self.ended_at = 0.0
        self.rate_left: float | None = None

    def send(self, stop_at: float | None = None) -> Stop | None:
        """Send all groups; `stop_at` interrupts after some seconds."""
        return run_virtually(self._send(stop_at), self.loop)

    async def _send(self, stop_at: float | None) -> Stop | None:
        pacer = TellingPacer(self._rate, self.loop, self.events)
        dispatcher = Dispatcher(
            self.recorder,
            VendorAccess(
                self.api, pacer, clock_of(self.loop), self.progress, self.budget or Budget()
            ),
            concurrency=self._concurrency,
        )
        if stop_at is not None:
            self.loop.call_later(stop_at, dispatcher.stop, Stop.INTERRUPTED)
        try:
            return await dispatcher.send(self.groups)
        finally:
            self.ended_at = self.loop.time()
            self.rate_left = pacer.rate

    @property
    def states(self) -> list[GroupState]:
        return list(self.recorder.states.values())

    def called(self) -> list[int]:
        return [group.seq for group, _ in self.api.calls]


def in_turn(answers: Iterable[Reply | None]) -> Callable[[Group], Reply]:
    """Answer each call with the next of these, None for a group made, as are all after them."""
    coming = iter(answers)

    def answer(group: Group) -> Reply:
        return next(coming, None) or made(group)

    return answer


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


def test_a_stop_lets_calls_under_way_be_answered() -> None:
    """What was called is heard and recorded; what was not, stays PLANNED and is not called."""
    stage = Stage(groups_of(*[1] * 10), concurrency=3, api={"latency": lambda group: 2.0})
    assert stage.send(stop_at=1.0) is Stop.INTERRUPTED
    assert stage.states == [CREATED] * 3 + [PLANNED] * 7
    assert stage.called() == [1, 2, 3]
    assert stage.ended_at == pytest.approx(2.0, abs=0.1)


def test_a_stop_does_not_wait_for_slots() -> None:
    """Workers that wait for their turn leave at once."""
    stage = Stage(groups_of(*[1] * 10), rate=0.5)
    assert stage.send(stop_at=0.5) is Stop.INTERRUPTED
    assert stage.states == [CREATED] + [PLANNED] * 9
    assert stage.ended_at == pytest.approx(0.5, abs=0.01)


def test_a_stop_has_an_end() -> None:
    """After GRACE, a call without answer stays SENDING: it is in doubt, and the run ends."""
    stage = Stage(groups_of(1, 1), api={"latency": lambda group: 0.1 if group.seq == 1 else 99.0})
    assert stage.send(stop_at=1.0) is Stop.INTERRUPTED
    assert stage.states == [CREATED, SENDING]
    assert stage.ended_at == pytest.approx(1.0 + GRACE, abs=0.1)


def test_an_answer_after_the_stop_sends_nothing_again() -> None:
    """A refusal for rate that comes after the stop puts its group back, for the next run."""
    stage = Stage(groups_of(1), api={"answer": lambda g: answered(27), "latency": lambda g: 2.0})
    assert stage.send(stop_at=1.0) is Stop.INTERRUPTED
    assert stage.states == [PLANNED]
    assert stage.called() == [1]


def test_nothing_is_sent_that_is_not_recorded() -> None:
    """Where the journal fails, all stop, and the error reaches the caller."""
    stage = Stage(
        groups_of(*[1] * 20),
        concurrency=3,
        recorder={"fails": lambda step: step.enters is SENDING and step.seq >= 5},
    )
    with pytest.raises(JournalError, match="full"):
        stage.send()
    assert set(stage.called()) <= {1, 2, 3, 4}
    assert stage.states[4:] == [PLANNED] * 16


def test_an_answer_that_is_not_recorded_stops_all() -> None:
    """The call was recorded before it left, so the next run finds it in doubt."""
    stage = Stage(
        groups_of(*[1] * 20), concurrency=3, recorder={"fails": lambda step: step.enters is CREATED}
    )
    with pytest.raises(JournalError, match="full"):
        stage.send()
    assert len(stage.called()) <= 6
    for seq in stage.called():
        assert stage.recorder.states[seq] is SENDING


def test_a_failure_nobody_foresaw_is_not_swallowed() -> None:
    """A fault of our own reaches the caller, too."""

    def answer(group: Group) -> Reply:
        raise ZeroDivisionError

    stage = Stage(groups_of(1, 1), api={"answer": answer})
    with pytest.raises(ZeroDivisionError):
        stage.send()


def test_unclear_answers_in_a_row_open_the_breaker() -> None:
    """After BREAKER answers in a row that say nothing, no further group is risked."""
    stage = Stage(groups_of(*[1] * 20), concurrency=1, api={"answer": lambda group: LOST})
    assert stage.send() is Stop.UNCLEAR
    assert stage.states == [IN_DOUBT] * BREAKER + [PLANNED] * (20 - BREAKER)


def test_a_clear_answer_closes_the_row() -> None:
    """One clear answer between unclear ones shows that the server can still be heard."""
    answers = [*[LOST] * (BREAKER - 1), None] * 4
    stage = Stage(groups_of(*[1] * 20), concurrency=1, api={"answer": in_turn(answers)})
    assert stage.send() is None
    assert stage.states.count(IN_DOUBT) == 16


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


def test_rate_refusals_without_end_stop_the_run() -> None:
    """A group is tried MAX_TRIES times; then the run ends with all of them still planned."""
    stage = Stage(groups_of(1, 1), rate=5, concurrency=1, api={"answer": lambda g: answered(28)})
    assert stage.send() is Stop.RATE
    assert stage.states == [PLANNED, PLANNED]
    assert len(stage.api.calls) == MAX_TRIES


def test_what_was_not_sent_is_tried_again() -> None:
    """Where no connection was made, nothing can have been made either."""
    stage = Stage(groups_of(1), api={"answer": in_turn([NOT_SENT, NOT_SENT])})
    assert stage.send() is None
    assert stage.states == [CREATED]


@pytest.mark.parametrize("code", [1003, 1005])
def test_refused_credentials_stop_all_at_once(code: int) -> None:
    """No further group is called with a key or a signature that is refused."""
    stage = Stage(groups_of(*[1] * 20), concurrency=2, api={"answer": lambda g: answered(code)})
    assert stage.send() is Stop.CREDENTIALS
    assert stage.states == [PLANNED] * 20
    assert len(stage.api.calls) <= 4


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


def test_a_stop_while_a_group_is_recorded_gives_it_back() -> None:
    """What is recorded but has not left when the run is stopped, does not leave any more."""
    stage = Stage(groups_of(1), recorder={"slow": lambda step: 2.0})
    assert stage.send(stop_at=1.0) is Stop.INTERRUPTED
    assert [step.enters for step in stage.recorder.steps] == [SENDING, PLANNED]
    assert stage.api.calls == []


def test_nothing_begins_when_the_time_is_up() -> None:
    """From that moment on no group is sent; calls under way are heard out, the rest stays."""
    stage = Stage(groups_of(*[1] * 40), rate=5)
    stage.budget = Budget(over=lambda: stage.loop.time() >= 2)
    assert stage.send() is Stop.TIME
    created = stage.states.count(CREATED)
    assert 0 < created < 40
    assert stage.states == [CREATED] * created + [PLANNED] * (40 - created)
    assert len(stage.called()) == created


def test_no_more_groups_than_allowed() -> None:
    """What is certain not to be made is given back, what is in doubt is not."""
    turned_away = answered(None, http_status=429, retry_after=1.0)
    answer = in_turn([turned_away, LOST])
    stage = Stage(groups_of(*[1] * 9), concurrency=1, api={"answer": answer})
    stage.budget = Budget(groups=4)
    assert stage.send() is Stop.ENOUGH
    assert stage.states.count(CREATED) == 3
    assert stage.states.count(GroupState.IN_DOUBT) == 1
    assert stage.budget.begun == 4


def test_where_the_journal_fails_nothing_more_leaves() -> None:
    """A group that another worker is recording at that moment is not sent."""
    stage = Stage(
        groups_of(1, 1),
        recorder={"slow": lambda step: float(step.seq), "fails": lambda step: step.seq == 1},
    )
    with pytest.raises(JournalError, match="full"):
        stage.send()
    assert stage.called() == []
    assert stage.states == [PLANNED, PLANNED]


def test_as_many_groups_as_allowed() -> None:
    """Who asks in vain for one more does not keep back those that are about to leave."""
    stage = Stage(groups_of(*[1] * 9), concurrency=6, recorder={"slow": lambda step: 2.0})
    stage.budget = Budget(groups=4)
    assert stage.send() is Stop.ENOUGH
    assert stage.states == [CREATED] * 4 + [PLANNED] * 5


def test_a_long_pause_does_not_outlast_the_time() -> None:
    """While the server asks everybody to wait, the end of the night comes all the same."""
    answer = in_turn([answered(None, http_status=429, retry_after=500.0)])
    stage = Stage(groups_of(*[1] * 3), concurrency=1, api={"answer": answer})
    stage.budget = Budget(over=lambda: stage.loop.time() >= 30)
    assert stage.send() is Stop.TIME
    assert stage.states == [PLANNED] * 3
    assert stage.ended_at < 60
