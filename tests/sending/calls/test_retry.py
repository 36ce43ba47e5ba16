"""Answers and tries to decisions: the whole table, and what holds whatever the answer is."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.codes import CallOutcome, outcome_of
from importer.api.reply import Reply, Silence
from importer.batch.planning import grouping
from importer.model import Group, GroupRecord, GroupState, Transition
from importer.sending.calls.retry import (
    CONTENT_CODES,
    FREE_SPLITS,
    LONGEST_PAUSE,
    MAX_SENDINGS,
    MAX_TRIES,
    Decision,
    RateRefusals,
    Stop,
    after_absence,
    backoff,
    decide,
    may_split,
)
from importer.sending.group_recorder import BatchGroupRecorder
from tests.sending.fakes import BATCH, LOST, NOT_SENT, answered, date_of, groups_of
from tests.sending.virtual_time import run_virtually

PLANNED, REFUSED, IN_DOUBT = GroupState.PLANNED, GroupState.REFUSED, GroupState.IN_DOUBT
MADE = answered(0, group_id="g1")
BUSY = answered(27)
LATE_CLOCK = answered(1004, date=date_of(1_700_000_000_000))


def asked_to_wait(seconds: float) -> Reply:
    return Reply(0, http_status=429, retry_after=seconds)


def decision(reply: Reply, tries: int = 1, **changes: Any) -> Decision:
    """Decide on a reply by its own outcome, with no jitter."""
    options: dict[str, Any] = {"may_split": False, "jitter": 0.0}
    return decide(outcome_of(reply), reply, tries, **(options | changes))


TABLE: list[tuple[str, Reply, int, dict[str, Any], Decision]] = [
    # what | answer | tries | circumstances | decision
    ("code 0 with groupId", MADE, 1, {}, Decision(GroupState.CREATED)),
    ("the last try counts as any", MADE, MAX_TRIES, {}, Decision(GroupState.CREATED)),
    ("a business code", answered(10008), 1, {}, Decision(REFUSED)),
    ("a code nobody documents proves nothing", answered(4711), 1, {}, Decision(IN_DOUBT)),
    ("`exception` proves nothing", answered(10006), 1, {"may_split": True}, Decision(IN_DOUBT)),
    ("-1 proves nothing", answered(-1), MAX_TRIES, {}, Decision(IN_DOUBT)),
    ("500 in a body proves nothing", answered(500), 1, {}, Decision(IN_DOUBT)),
    ("a failure of what may be repeated", answered(10009), 1, {"repeatable": True},
     Decision(PLANNED, again=True, pause=1.0)),
    ("no answer to what may be repeated", LOST, 2, {"repeatable": True},
     Decision(PLANNED, again=True, pause=2.0)),
    ("what may be repeated waits as it is asked to", answered(500, retry_after=9.0), 1,
     {"repeatable": True}, Decision(PLANNED, again=True, pause=9.0)),
    ("what may be repeated has an end", LOST, MAX_TRIES, {"repeatable": True},
     Decision(PLANNED, stop=Stop.UNCLEAR)),
    ("a refusal is not repeated", answered(1002), 1, {"repeatable": True}, Decision(REFUSED)),
    ("off for codes of the account", answered(10003), 1, {"may_split": True},
     Decision(REFUSED)),
    ("content, 1002", answered(1002), 1, {"may_split": True},
     Decision(GroupState.SPLIT)),
    ("content, 10004", answered(10004), 1, {"may_split": True},
     Decision(GroupState.SPLIT)),
    ("content, 10007", answered(10007), 1, {"may_split": True},
     Decision(GroupState.SPLIT)),
    ("a bound on splits", answered(1002), 1, {"may_split": False}, Decision(REFUSED)),
    ("1003 stops the whole batch", answered(1003), 1, {},
     Decision(PLANNED, stop=Stop.CREDENTIALS)),
    ("1005 stops the whole batch", answered(1005), 1, {},
     Decision(PLANNED, stop=Stop.CREDENTIALS)),
    ("1004 is put right by Date", LATE_CLOCK, 1, {},
     Decision(PLANNED, again=True, correct_clock=True)),
    ("1004 once more: the computer's clock was set", LATE_CLOCK, 2, {},
     Decision(PLANNED, again=True, correct_clock=True)),
    ("1004 for what Date says itself: that is not the clock that refuses",
     replace(LATE_CLOCK, sent_ms=1_700_000_000_500), 1, {}, Decision(PLANNED, stop=Stop.CLOCK)),
    ("1004 without a Date to go by", answered(1004), 1, {},
     Decision(PLANNED, stop=Stop.CLOCK)),
    ("tries have an end", LATE_CLOCK, MAX_TRIES, {}, Decision(PLANNED, stop=Stop.CLOCK)),
    ("27, frequency limit", BUSY, 1, {},
     Decision(PLANNED, again=True, pause=1.0, slow_down=True)),
    ("28, TPS limit", answered(28), 3, {},
     Decision(PLANNED, again=True, pause=4.0, slow_down=True)),
    ("429 bare", Reply(0, http_status=429), 2, {},
     Decision(PLANNED, again=True, pause=2.0, slow_down=True)),
    ("honour Retry-After", asked_to_wait(7), 1, {},
     Decision(PLANNED, again=True, pause=7.0, slow_down=True)),
    ("Retry-After is not lengthened", asked_to_wait(7), 1, {"jitter": 1.0},
     Decision(PLANNED, again=True, pause=7.0, slow_down=True)),
    ("RFC 9110, 10.2.3: Retry-After may be 0", asked_to_wait(0), 1, {},
     Decision(PLANNED, again=True, pause=0.0, slow_down=True)),
    ("the longest Retry-After", asked_to_wait(LONGEST_PAUSE), 1, {},
     Decision(PLANNED, again=True, pause=LONGEST_PAUSE, slow_down=True)),
    ("too long a Retry-After", asked_to_wait(LONGEST_PAUSE + 1), 1, {},
     Decision(PLANNED, stop=Stop.RATE)),
    ("a Retry-After of no end", asked_to_wait(math.inf), 1, {},
     Decision(PLANNED, stop=Stop.RATE)),
    ("503 with Retry-After", Reply(0, http_status=503, retry_after=2.0), 1, {},
     Decision(PLANNED, again=True, pause=2.0, slow_down=True)),
    ("the last try but one", BUSY, MAX_TRIES - 1, {},
     Decision(PLANNED, again=True, pause=16.0, slow_down=True)),
    ("tries have an end", BUSY, MAX_TRIES, {}, Decision(PLANNED, stop=Stop.RATE)),
    ("not sent for certain", NOT_SENT, 1, {},
     Decision(PLANNED, again=True, pause=1.0)),
    ("pauses are jittered by half", NOT_SENT, 2, {"jitter": 1.0},
     Decision(PLANNED, again=True, pause=3.0)),
    ("tries have an end", NOT_SENT, MAX_TRIES, {},
     Decision(PLANNED, stop=Stop.NOT_REACHED)),
    ("a create of unknown outcome", LOST, 1, {}, Decision(IN_DOUBT)),
    ("5xx", Reply(0, http_status=500), 1, {}, Decision(IN_DOUBT)),
    ("503 that does not say when to return", Reply(0, http_status=503), 1, {},
     Decision(IN_DOUBT)),
    ("5xx, whatever its body says", answered(1002, http_status=502), 1,
     {"may_split": True}, Decision(IN_DOUBT)),
    ("no JSON", answered(None), 1, {}, Decision(IN_DOUBT)),
    ("code 0 without groupId", answered(0), MAX_TRIES, {}, Decision(IN_DOUBT)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "tries", "circumstances", "expected"),
    [row[1:] for row in TABLE],
    ids=[f"{row[0]}, try {row[2]}" for row in TABLE],
)
def test_table(reply: Reply, tries: int, circumstances: dict[str, Any], expected: Decision) -> None:
    """Each answer leads to what the row's source asks for."""
    assert decision(reply, tries, **circumstances) == expected


def test_the_table_has_every_outcome() -> None:
    """No outcome is left out of the table."""
    assert {outcome_of(row[1]) for row in TABLE} == set(CallOutcome)


replies = st.builds(
    Reply,
    sent_ms=st.just(0),
    silence=st.sampled_from([None, None, None, *Silence]),
    http_status=st.sampled_from([200, 200, 200, 301, 400, 404, 429, 500, 502, 503, 504]),
    code=st.sampled_from([None, 0, 27, 28, *range(1001, 1006), *range(10001, 10014), -1, 4711]),
    group_id=st.sampled_from(["", "g1"]),
    retry_after=st.none() | st.floats(0, 10_000),
    date=st.none() | st.just(date_of(1_700_000_000_000)),
)


def certainly_not_made(reply: Reply) -> bool:
    """Say so in this test's own words: nothing left, or the vendor itself says that it is not."""
    if reply.silence is not None:
        return reply.silence is Silence.NOT_SENT
    if reply.group_id:
        return False
    if reply.http_status == 429:
        return reply.code != 0
    if reply.http_status == 503:
        return reply.retry_after is not None and reply.code != 0
    proofs = {27, 28, *range(1001, 1006), *range(10001, 10014)} - {10005, 10006, 10009}
    return reply.http_status < 500 and reply.code in proofs


@given(
    reply=replies,
    tries=st.integers(1, MAX_TRIES + 3),
    splits=st.booleans(),
    jitter=st.floats(0, 1),
)
def test_only_what_was_certainly_not_made_is_sent_again(
    reply: Reply, tries: int, splits: bool, jitter: float
) -> None:
    """A group goes back to PLANNED, is split or refused only where no call can have made it."""
    told = decision(reply, tries, may_split=splits, jitter=jitter)
    if not certainly_not_made(reply):
        assert told.enters in {GroupState.CREATED, IN_DOUBT}
        assert not told.again
    if told.again:
        assert told.enters is PLANNED
        assert told.stop is None
        assert tries < MAX_TRIES
    assert 0 <= told.pause <= LONGEST_PAUSE
    assert told.enters is not GroupState.CREATED or (reply.code == 0 and reply.group_id)


@given(tries=st.integers(1, MAX_TRIES), jitter=st.floats(0, 1))
def test_pauses_grow_and_are_jittered(tries: int, jitter: float) -> None:
    """Each pause is twice the one before, lengthened by half at the most."""
    assert 2 ** (tries - 1) <= backoff(tries, jitter) <= 1.5 * 2 ** (tries - 1)
    assert backoff(tries + 1, jitter) == 2 * backoff(tries, jitter)


def calls_for(group: Group, bad: set[str]) -> tuple[int, set[str], set[str]]:
    """Send a group to a vendor that refuses bad numbers; return calls, numbers made and refused."""
    return run_virtually(_calls_for(group, bad))


async def _calls_for(group: Group, bad: set[str]) -> tuple[int, set[str], set[str]]:
    async def record(step: object) -> None:
        pass

    recorder = BatchGroupRecorder(BATCH, [], record, partial(grouping.halve, BATCH))
    queue, calls, made, refused = [group], 0, set[str](), set[str]()
    while queue:
        one = queue.pop(0)
        calls += 1
        numbers = set(one.phones.split(","))
        code = 1002 if numbers & bad else 0
        group_id = "" if code else f"g{one.seq}"
        told = decision(answered(code, group_id=group_id), may_split=recorder.may_split(one))
        halves = recorder.halves(one) if told.enters is GroupState.SPLIT else ()
        step = Transition(BATCH, one.seq, GroupState.SENDING, told.enters, 0, children=halves)
        await recorder.record(step)
        if halves:
            queue += halves
        elif told.enters is REFUSED:
            refused |= numbers
        else:
            made |= numbers
    return calls, made, refused


@given(size=st.integers(1, 2000), place=st.integers(0, 1999))
def test_one_bad_number_costs_two_calls_a_halving(size: int, place: int) -> None:
    """One bad number in N takes at most 2·log2(N) calls more, and only it is refused."""
    group = groups_of(size)[0]
    numbers = group.phones.split(",")
    bad = numbers[place % size]
    calls, made, refused = calls_for(group, {bad})
    assert calls - 1 <= 2 * math.ceil(math.log2(size))
    assert refused == {bad}
    assert made == set(numbers) - {bad}


def test_a_batch_that_is_refused_alike_ends_splitting() -> None:
    """Where every group is refused, splitting ends after FREE_SPLITS, and no number is lost."""
    group = groups_of(5000)[0]
    numbers = set(group.phones.split(","))
    calls, made, refused = calls_for(group, numbers)
    assert calls == 1 + 2 * FREE_SPLITS
    assert (made, refused) == (set(), numbers)


def test_each_group_made_allows_one_more_split() -> None:
    """The bound grows with what was made, and a single number is never cut."""
    assert may_split(2, FREE_SPLITS - 1, 0)
    assert not may_split(2, FREE_SPLITS, 0)
    assert may_split(2, FREE_SPLITS, 1)
    assert not may_split(1, 0, 100)


@pytest.mark.parametrize("code", sorted(CONTENT_CODES))
def test_a_5xx_is_never_split(code: int) -> None:
    """A server's failure says nothing sure of the content, whatever code its body holds."""
    reply = replace(answered(code), http_status=500)
    assert decision(reply, may_split=True).enters is IN_DOUBT


@pytest.mark.parametrize(
    ("known", "enters", "said"),
    [
        ({"state": IN_DOUBT}, PLANNED, ""),
        ({"state": IN_DOUBT, "code": -1, "attempts": MAX_SENDINGS - 1}, PLANNED, ""),
        ({"state": IN_DOUBT, "code": -1, "attempts": MAX_SENDINGS}, REFUSED, "sent 4 times"),
        ({"state": IN_DOUBT, "attempts": MAX_SENDINGS}, PLANNED, ""),
        ({"state": IN_DOUBT, "group_id": "g1"}, REFUSED, "made no new one"),
        ({"state": REFUSED, "code": -1, "attempts": MAX_SENDINGS}, PLANNED, ""),
    ],
)
def test_what_was_not_made_is_sent_again_a_few_times(
    known: dict[str, Any], enters: GroupState, said: str
) -> None:
    """A group that is certainly absent is planned again, but for failures that repeat."""
    (group,) = groups_of(1)
    state, message = after_absence(GroupRecord(group, **known))
    assert (state, said in message) == (enters, True)


def test_refusals_for_rate_are_counted_in_bursts() -> None:
    """What was called before the pause was over tells nothing new."""
    refusals = RateRefusals()
    for called_at, until, in_a_row in [(0.0, 2.0, 1), (0.5, 2.5, 1), (1.9, 3.4, 1), (3.4, 6.0, 2)]:
        refusals.count(CallOutcome.RATE_LIMITED, called_at)
        refusals.wait(called_at, until)
        assert refusals.in_a_row == in_a_row


@given(
    latency=st.floats(0, 60),
    apart=st.floats(0.5, 60),
    pause=st.floats(0, 60),
)
def test_a_server_that_takes_no_call_is_given_up(
    latency: float, apart: float, pause: float
) -> None:
    """However its refusals overlap: each call left before the one before it was refused."""
    refusals = RateRefusals()
    calls = 0
    while refusals.in_a_row < MAX_TRIES:
        refusals.count(CallOutcome.RATE_LIMITED, calls * apart)
        refusals.wait(calls * apart, calls * apart + latency + pause)
        calls += 1
        assert calls * apart <= MAX_TRIES * (latency + pause + apart)


@pytest.mark.parametrize("outcome", CallOutcome)
def test_a_call_that_was_taken_ends_the_row(outcome: CallOutcome) -> None:
    """Done or refused for what is in it: the server took the call. Nothing else shows that."""
    refusals = RateRefusals()
    refusals.count(CallOutcome.RATE_LIMITED, 0.0)
    refusals.wait(0.0, 1.0)
    refusals.count(outcome, 0.5)
    taken = outcome in {CallOutcome.DONE, CallOutcome.REFUSED}
    assert refusals.in_a_row == (0 if taken else 1)
