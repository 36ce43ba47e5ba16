"""Workers: what ends a run early, and what becomes then of calls under way and groups to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.errors import JournalError
from importer.model import Group, GroupState
from importer.sending.calls.budget import Budget
from importer.sending.calls.retry import MAX_TRIES, OTHERS_FIRST, Stop
from importer.sending.dispatch import BREAKER, GRACE
from tests.sending.fakes import (
    LOST,
    NOT_SENT,
    answered,
    groups_of,
    made,
)

if TYPE_CHECKING:
    from importer.api.reply import Reply


from tests.sending.dispatching import CREATED, IN_DOUBT, PLANNED, SENDING, Stage, in_turn


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


def test_a_group_that_is_always_the_refused_one_does_not_stop_the_run() -> None:
    """Others go through meanwhile, so the server takes calls; the run finds its pace."""
    refused = dict.fromkeys((1, 2, 3), 3 * MAX_TRIES)

    def answer(group: Group) -> Reply:
        left = refused.get(group.seq, 0)
        refused[group.seq] = left - 1
        return answered(28) if left > 0 else made(group)

    stage = Stage(groups_of(*[1] * 400), rate=20, concurrency=4, api={"answer": answer})
    assert stage.send() is None
    assert stage.states == [CREATED] * 400


def test_a_group_that_is_refused_alone_holds_the_others_up_for_a_while_only() -> None:
    """All wait as long as the server asks, so after OTHERS_FIRST times the others go first."""
    busy = answered(None, http_status=429, retry_after=60.0)
    stage = Stage(
        groups_of(*[1] * 400),
        rate=20,
        concurrency=4,
        api={"answer": lambda group: busy if group.seq == 2 else made(group)},
    )
    assert stage.send() is Stop.RATE
    assert stage.states == [CREATED, PLANNED, *[CREATED] * 398]
    assert stage.called().count(2) == OTHERS_FIRST + MAX_TRIES
    assert stage.ended_at < 60 * (OTHERS_FIRST + MAX_TRIES + 1)


def test_a_connection_that_fails_once_after_refusals_for_rate_stops_nothing() -> None:
    """A group that others were let before was not out of reach meanwhile."""
    busy = iter([answered(28)] * 2 * MAX_TRIES)

    def answer(group: Group) -> Reply:
        return made(group) if group.seq > 1 else next(busy, NOT_SENT)

    first = groups_of(*[1] * 60)
    stage = Stage(first, rate=20, concurrency=2, api={"answer": answer})
    stage.send()
    assert stage.called().count(1) == 3 * MAX_TRIES


def test_rate_refusals_without_end_stop_the_run() -> None:
    """A group is tried MAX_TRIES times; then the run ends with all of them still planned."""
    stage = Stage(groups_of(1, 1), rate=5, concurrency=1, api={"answer": lambda g: answered(28)})
    assert stage.send() is Stop.RATE
    assert stage.states == [PLANNED, PLANNED]
    assert len(stage.api.calls) == MAX_TRIES


@pytest.mark.parametrize("code", [1003, 1005])
def test_refused_credentials_stop_all_at_once(code: int) -> None:
    """No further group is called with a key or a signature that is refused."""
    stage = Stage(groups_of(*[1] * 20), concurrency=2, api={"answer": lambda g: answered(code)})
    assert stage.send() is Stop.CREDENTIALS
    assert stage.states == [PLANNED] * 20
    assert len(stage.api.calls) <= 4


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
