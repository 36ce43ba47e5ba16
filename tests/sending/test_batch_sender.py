"""A batch to its end: doubt is settled late enough, once for all, and never for ever."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.journal import Journal
from importer.model import Batch, GroupRecord, GroupState, Transition
from importer.sandbox import CreatedGroup
from importer.sending import portions
from importer.sending.batch_sender import MAX_LOOKS
from importer.sending.calls.retry import Stop
from importer.sending.dispatch import BREAKER
from importer.sending.listing.settling import TS_WINDOW_MS, final_from
from tests.sending.fakes import BATCH, LOST, SendingProgress, answered, groups_of
from tests.sending.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.sending.stage import Stage

CREATED, PLANNED, IN_DOUBT = GroupState.CREATED, GroupState.PLANNED, GroupState.IN_DOUBT


def test_all_goes_well(stage_of: Callable[..., Stage]) -> None:
    """With no trouble every group is made once, and nobody waits or looks."""
    stage = stage_of(groups_of(2, 2, 2))
    assert stage.run() is None
    stage.assert_made_once()
    assert stage.client.looked_at_ms == []
    assert stage.progress.waits == []


def test_numbers_are_read_in_portions_as_they_are_sent(
    stage_of: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of a batch are never all in memory: a portion is read as the last one is sent."""
    monkeypatch.setattr(portions, "AT_ONCE", 3)
    stage = stage_of(groups_of(*[2] * 10))
    read: list[tuple[int, int]] = []

    def groups_at(batch: str, places: Sequence[int]) -> list[GroupRecord]:
        read.append((len(places), len(stage.creates())))
        return Journal.groups_at(stage.journal, batch, places)

    monkeypatch.setattr(stage.journal, "groups_at", groups_at)
    monkeypatch.setattr(stage.journal, "groups", lambda _: pytest.fail("all numbers are read"))
    assert stage.run() is None
    monkeypatch.undo()
    stage.assert_made_once()
    assert [size for size, _ in read] == [3, 3, 3, 1]
    assert all(sent >= 3 * at - stage.concurrency for at, (_, sent) in enumerate(read))


@pytest.mark.parametrize("skew", [0.0, 45.0, -45.0, 90.0, -90.0])
@pytest.mark.parametrize("fault", ["cut-after", "cut-before"])
def test_doubt_is_settled_when_it_is_final(
    stage_of: Callable[..., Stage], fault: str, skew: float
) -> None:
    """A group in doubt is looked for once the server's clock is 60 s past its `ts`, not before.

    Found, it is adopted; absent, it is sent again. The others are sent meanwhile.
    """
    ahead = [None] if abs(skew) < 60 else [None, None]
    stage = stage_of(groups_of(2, 2, 2, 2), skew=skew, script=[*ahead, fault])
    stage.concurrency = 1
    assert stage.run() is None
    stage.assert_made_once()
    lost = [call for call in stage.sandbox.calls if call.fault == fault]
    # A skew beyond the window is corrected before the call that is lost; a smaller one is not.
    ts = round((lost[0].at - (0 if abs(skew) > 60 else skew)) * 1000)
    looked_ms, *again = stage.client.looked_at_ms
    # Absent takes two looks, found takes one; what was sent again is looked for once more.
    assert len(again) == 2 * (fault == "cut-before")
    # The server's clock counts as no later than `ts`, which a small skew does not correct.
    behind = 45_000 if skew == 45 else 0
    assert final_from(ts) <= looked_ms < final_from(ts) + behind + 3000
    meanwhile = [at for at in stage.creates() if at * 1000 < looked_ms]
    assert len(stage.creates()) - len(meanwhile) == (fault == "cut-before")
    attempts = sorted(one.attempts for one in stage.records)
    assert attempts[-1] == (2 if fault == "cut-before" or abs(skew) > 60 else 1)


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.35, 0.65, 0.95])
def test_whole_seconds_of_the_date_do_not_end_the_wait(
    stage_of: Callable[..., Stage], fraction: float
) -> None:
    """`Date` shows whole seconds: wherever in a second a call was lost, the wait has its end."""
    stage = stage_of(groups_of(1), script=["cut-after"])
    stage.loop.now = fraction
    assert stage.run() is None
    stage.assert_made_once()


@pytest.mark.parametrize("kind", ["frozen-date", "date-behind", "date-ahead", "no-date"])
def test_a_date_that_an_accepted_ts_refutes_is_not_believed(
    stage_of: Callable[..., Stage], kind: str
) -> None:
    """Behind a server whose `Date` is wrong, doubt is settled by the `ts` that it accepts."""
    stage = stage_of(groups_of(1), script=["cut-before"], vendor=kind)
    assert stage.run() is None
    stage.assert_made_once()
    lost, resent = stage.creates()
    assert resent - lost > 70


def test_one_look_settles_all(stage_of: Callable[..., Stage]) -> None:
    """However many are in doubt, one listing tells of them all, and a second what is absent."""
    faults = ["cut-after", "cut-before", "no-group-id", "half-json"]
    stage = stage_of(groups_of(*[1] * 8), script=faults)
    assert stage.run() is None
    stage.assert_made_once()
    *looks, for_doubles = stage.client.looked_at_ms
    assert len(looks) == 2
    assert for_doubles > stage.creates()[-1] * 1000


def test_one_look_waits_for_the_last(stage_of: Callable[..., Stage]) -> None:
    """The look is final for the group that was lost last, too, however long after the first."""
    stage = stage_of(groups_of(1, 1))
    last = stage.loop.epoch_ms()
    for seq, ts in ((1, last), (2, last - 50_000)):
        for leaves, enters in ((PLANNED, GroupState.SENDING), (GroupState.SENDING, IN_DOUBT)):
            stage.journal.apply([Transition(BATCH, seq, leaves, enters, ts, sent_ms=ts)])
    assert stage.run() is None
    stage.assert_made_once()
    assert len(stage.client.looked_at_ms) == 3
    assert stage.client.looked_at_ms[0] >= last + TS_WINDOW_MS


def test_the_breaker_looks_and_goes_on(stage_of: Callable[..., Stage]) -> None:
    """After unclear answers in a row the run looks, then sends the rest."""
    stage = stage_of(groups_of(*[1] * 20), script=["cut-after"] * BREAKER)
    stage.concurrency = 1
    assert stage.run() is None
    stage.assert_made_once()
    creates = stage.creates()
    assert creates[BREAKER] - creates[BREAKER - 1] > 60


def test_uncertain_stays_in_doubt(stage_of: Callable[..., Stage]) -> None:
    """A trace that is no proof leaves the doubt: not sent again, and the operator is told."""
    stage = stage_of(groups_of(2, 2), script=["cut-after"])
    stage.concurrency = 1

    def somebody_changes_it() -> None:
        for group_id, one in list(stage.sandbox.groups.items()):
            if one.group_name == "list HK 001":
                stage.sandbox.groups[group_id] = replace(one, phones=one.phones[:1])

    stage.progress = SendingProgress(somebody_changes_it)
    stage.run()
    assert stage.states == [IN_DOUBT, CREATED]
    assert len(stage.creates()) == 2
    assert "other numbers" in stage.records[0].message


def test_a_dropped_remark_is_settled_by_name_and_numbers(stage_of: Callable[..., Stage]) -> None:
    """Nobody's remark comes back: exact numbers and name of a group that nobody owns are proof."""
    stage = stage_of(groups_of(2, 2), script=["cut-after"])

    def remarks_vanish() -> None:
        for group_id, one in list(stage.sandbox.groups.items()):
            stage.sandbox.groups[group_id] = replace(one, remark="")

    stage.progress = SendingProgress(remarks_vanish)
    assert stage.run() is None
    stage.assert_made_once()


def test_looks_have_an_end(stage_of: Callable[..., Stage]) -> None:
    """A group that is always lost is looked for MAX_LOOKS times in one run, then left in doubt."""
    stage = stage_of(groups_of(1), faults={"cut-before": 1.0})
    stage.run()
    assert stage.states == [IN_DOUBT]
    assert len(stage.client.looked_at_ms) == 2 * MAX_LOOKS + 1
    assert len(stage.creates()) == MAX_LOOKS + 1


@pytest.mark.parametrize("fault", ["cut-after", "cut-before"])
def test_a_stop_during_the_wait_ends_it_at_once(stage_of: Callable[..., Stage], fault: str) -> None:
    """Nobody waits for the vendor's clock after Ctrl-C, and the next run settles what was left."""
    stage = stage_of(groups_of(1, 1), script=[fault])
    began: list[float] = []

    def stop_soon() -> None:
        if not began:
            began.append(stage.loop.now)
            stage.loop.call_later(5, stage.stop)

    stage.progress = SendingProgress(stop_soon)
    assert stage.run() is Stop.INTERRUPTED
    assert stage.loop.now == pytest.approx(began[0] + 5)
    assert sorted(stage.states) == [CREATED, IN_DOUBT]
    resume(stage)
    stage.assert_made_once()


def resume(stage: Stage) -> None:
    """Run again as a new process would."""
    stage.start_anew()
    assert stage.run() is None


def test_a_doubt_of_an_earlier_run_is_settled_by_a_clock_that_is_off(
    stage_of: Callable[..., Stage],
) -> None:
    """A run that begins with looking corrects the clock, too: else it could never settle."""
    stage = stage_of(groups_of(1), skew=90.0)
    ts = stage.loop.epoch_ms() + 90_000
    for leaves, enters in ((PLANNED, GroupState.SENDING), (GroupState.SENDING, IN_DOUBT)):
        stage.journal.apply([Transition(BATCH, 1, leaves, enters, ts, sent_ms=ts)])
    assert stage.run() is None
    stage.assert_made_once()
    assert stage.client.looked_at_ms[0] > ts + TS_WINDOW_MS


def test_a_stop_before_the_start_calls_nobody(stage_of: Callable[..., Stage]) -> None:
    """A signal that comes early is not lost."""
    stage = stage_of(groups_of(1))

    async def main() -> Stop | None:
        running = stage.run_once()
        stage.loop.call_soon(stage.stop)
        return await running

    assert run_virtually(main(), stage.loop) is Stop.INTERRUPTED
    assert stage.states == [PLANNED]
    assert stage.creates() == []


def test_a_list_that_cannot_be_read_leaves_the_doubt(stage_of: Callable[..., Stage]) -> None:
    """Without a listing the group stays in doubt, and the run says that it is not finished."""
    stage = stage_of(groups_of(1, 1), script=["cut-after"])
    stage.client.listing_answer = LOST
    assert stage.run() is Stop.BLIND
    assert sorted(stage.states) == [CREATED, IN_DOUBT]
    assert "could not be listed" in stage.progress.waits[-1][1]
    stage.client.listing_answer = None
    resume(stage)
    stage.assert_made_once()


@pytest.mark.parametrize("code", [1003, 1005])
def test_credentials_refused_while_looking(stage_of: Callable[..., Stage], code: int) -> None:
    """A key that is refused only now ends the run as any refused key does."""
    stage = stage_of(groups_of(1, 1), script=["cut-after"])
    stage.client.listing_answer = answered(code)
    assert stage.run() is Stop.CREDENTIALS
    assert sorted(stage.states) == [CREATED, IN_DOUBT]


def test_a_group_in_doubt_of_another_batch_is_not_adopted(
    stage_of: Callable[..., Stage],
) -> None:
    """The same numbers and name may be another batch's group, whose remark was dropped."""
    stage = stage_of(groups_of(1), script=["cut-before"])
    stage.journal.plan(Batch("other", "g", "a", "list.csv", 0), groups_of(1, batch="other"))

    def the_others_group_is_made() -> None:
        if stage.sandbox.groups:
            return
        one = stage.groups[0]
        theirs = CreatedGroup("theirs", one.name, tuple(one.phones.split(",")), "", "1")
        stage.sandbox.groups["theirs"] = theirs
        for leaves, enters in ((PLANNED, GroupState.SENDING), (GroupState.SENDING, CREATED)):
            step = Transition("other", 1, leaves, enters, 0, group_id="theirs")
            stage.journal.apply([step])

    stage.progress = SendingProgress(the_others_group_is_made)
    assert stage.run() is None
    assert stage.states == [CREATED]
    assert stage.records[0].group_id not in {"", "theirs"}
