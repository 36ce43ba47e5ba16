"""Who may act on a batch: one run at a time, known to others, and nobody that was thought dead."""

from __future__ import annotations

import os
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from importer.errors import Exit, JournalError, JournalLocked
from importer.journal import leases
from importer.journal.presence import LONG_AGO, Presence
from importer.journal.run import _keep_leases
from importer.model import Batch, GroupState, Runner, Transition
from importer.store import store_of
from tests.journal.holders import held_by_another_process
from tests.stores import database_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.journal import Journal
    from importer.store import Store
    from tests.conftest import MakeGroup

BATCH = Batch("abcdefgh", "f", "a", "list.csv", 0)
HERE = Runner("resume", "ann", "desk1", 17)
THERE = Runner("run", "bob", "desk2", 18)
HOLDER = """
import sys
from importer.model import Runner
from importer.store import store_of
import os
with store_of(os.environ).open() as journal:
    with journal.begin_run(Runner("run", "ann", sys.argv[1], os.getpid())) as run:
        run.take(["abcdefgh"])
        print("held", flush=True)
        sys.stdin.readline()
"""
"""Holds a batch until its input ends, or it is killed."""


@pytest.fixture
def journal(store: Store, make_group: MakeGroup) -> Iterator[Journal]:
    """A journal with a batch of two groups."""
    with store_of(os.environ).open() as opened:
        opened.plan(BATCH, [make_group("85251000001"), make_group("85251000002", seq=2)])
        yield opened


def step(
    leaves: GroupState, enters: GroupState, seq: int = 1, attempt: int | None = None
) -> Transition:
    return Transition(BATCH.id, seq, leaves, enters, 5, attempt=attempt)


PLANNED, SENDING, IN_DOUBT = GroupState.PLANNED, GroupState.SENDING, GroupState.IN_DOUBT


def test_a_second_run_is_told_who_works_on_the_batch(journal: Journal, store: Store) -> None:
    """With exit 75, by command, user, host, process and time; another batch is free."""
    with (
        journal.begin_run(HERE) as run,
        store.open() as other,
        other.begin_run(THERE) as second,
    ):
        run.take([BATCH.id])
        run.take([BATCH.id])
        words = r"batch abcdefgh \(resume by ann@desk1, process 17, since 20\d\d-.*\).*--wait"
        with pytest.raises(JournalLocked, match=words) as caught:
            second.take(["other", BATCH.id])
        assert caught.value.exit_code is Exit.LOCKED
        second.take(["other"])
    with store.open() as other, other.begin_run(THERE) as second:
        second.take([BATCH.id])


def test_no_run_takes_a_batch_that_is_being_changed_as_a_whole(
    journal: Journal, store: Store
) -> None:
    """One that comes in the middle waits, and then sees what was done."""
    seen = []

    def take() -> None:
        with store.open() as other, other.begin_run(THERE) as run:
            run.take([BATCH.id])
            seen.append(other.is_forgotten(BATCH.id))

    taking = threading.Thread(target=take)

    def forget() -> None:
        journal.keep_runs_out(BATCH.id)
        taking.start()
        taking.join(0.5)
        database_of(journal).change("UPDATE batches SET forgotten_ms = 1, remains = '{}'")

    journal.run(forget)
    taking.join(30)
    assert seen == [True]


def test_all_names_are_taken_or_none(journal: Journal, store: Store) -> None:
    """Two runs that want the same batches never hold one each and wait for ever."""
    with journal.begin_run(HERE) as run, store.open() as other, other.begin_run(THERE) as second:
        run.take([BATCH.id])
        with pytest.raises(JournalLocked):
            second.take(["first", BATCH.id])
        run.take(["first"])


def test_a_killed_run_holds_nothing_on_its_own_computer(journal: Journal) -> None:
    """It is known at once to be gone."""
    with held_by_another_process(HOLDER, "desk1") as holder, journal.begin_run(HERE) as run:
        with pytest.raises(JournalLocked, match=f"process {holder.pid}"):
            run.take([BATCH.id])
        holder.kill()
        holder.wait(30)
        run.take([BATCH.id])


def test_a_lease_that_ran_out_is_taken_over(store: Store, journal: Journal) -> None:
    """Of a run on another computer, which nothing else tells of."""
    with journal.begin_run(HERE) as run, store.open() as other, other.begin_run(THERE) as second:
        run.take([BATCH.id])
        journal.apply([step(PLANNED, SENDING)])
        database = journal._database
        database.change("UPDATE leases SET until_ms = now_ms() - 1, owner = 'somebody'")
        second.take([BATCH.id])
        assert other.settle_interrupted(BATCH.id) == 1
        with pytest.raises(JournalError, match="Another run works on batch abcdefgh now"):
            journal.apply([step(SENDING, GroupState.CREATED)])
        with pytest.raises(JournalError, match="Another run works"):
            journal.apply([step(PLANNED, SENDING, 2)])
        for record in (journal.settle_interrupted, partial(journal.mark_undone, at_ms=6)):
            with pytest.raises(JournalError, match="Another run works"):
                record(BATCH.id)
        assert not other.is_undone(BATCH.id)
        other.apply([step(IN_DOUBT, PLANNED)])
    # Nor when the other run has ended.
    journal.owner = "the first"
    with pytest.raises(JournalError, match="no longer"):
        journal.apply([step(PLANNED, SENDING, 2)])


def test_a_lease_from_before_the_clock_was_set_back_does_not_last(
    store: Store, journal: Journal
) -> None:
    """Whoever waits for a run that is dead has its batch two minutes later, and not that day."""
    hour = 3_600_000
    with journal.begin_run(HERE) as run, store.open() as other, other.begin_run(THERE):
        run.take([BATCH.id])
        database = database_of(journal)
        database.change("UPDATE leases SET until_ms = until_ms + ?", (hour,))
        other.renew_leases(other.owner)
        [(left,)] = database.rows("SELECT until_ms - now_ms() FROM leases")
        assert left <= leases.LASTS_MS


def test_a_step_names_the_attempt(journal: Journal) -> None:
    """A step of an attempt that is over is not taken."""
    journal.apply([step(PLANNED, SENDING, attempt=0)])
    with pytest.raises(JournalError, match="no longer"):
        journal.apply([step(SENDING, PLANNED, attempt=0)])
    journal.apply([step(SENDING, PLANNED, attempt=1)])


def test_a_lease_is_renewed(
    journal: Journal, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as its run goes on, however long that takes; not for a moment more."""
    monkeypatch.setattr(leases, "RENEW_AFTER", 0.01)
    monkeypatch.setattr("importer.journal.run.RENEW_AFTER", 0.01)
    renewed = threading.Event()
    usual = leases.Leases.renew_leases

    def renew(part: leases.Leases, owner: str) -> None:
        usual(part, owner)
        if until(journal) > first:
            renewed.set()

    with journal.begin_run(HERE) as run:
        run.take([BATCH.id])
        first = until(journal)
        monkeypatch.setattr(leases.Leases, "renew_leases", renew)
        assert renewed.wait(30)
    assert journal._database.rows("SELECT name FROM leases") == []


def test_a_renewal_that_failed_is_made_again_soon(
    journal: Journal, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when the next one is due: a lease lasts only for six of them."""
    pauses: list[float] = []
    failing = iter([True, True, False, False])

    class Ended(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0)
            return len(pauses) > 4

    def renew(part: leases.Leases, owner: str) -> None:
        if next(failing):
            raise JournalError("the disk is busy")

    monkeypatch.setattr(leases.Leases, "renew_leases", renew)
    _keep_leases(journal, "owner", Ended())
    due, soon = leases.RENEW_AFTER, leases.LOOK_AGAIN
    assert pauses == [due, soon, soon, due, due]
    assert due >= 10 * soon


def until(journal: Journal) -> int:
    [[ends]] = journal._database.rows("SELECT until_ms FROM leases")
    assert isinstance(ends, int)
    return ends


def test_it_waits_for_the_other_run(journal: Journal, store: Store) -> None:
    """With `wait`; it says for whom, and that something may have changed since."""
    notes: list[str] = []
    with store.open() as other, other.begin_run(THERE) as second:
        second.take([BATCH.id])
        with journal.begin_run(HERE, wait=True, note=notes.append) as run:
            run._sleep = lambda seconds: other.release_leases(other.owner)
            assert run.take([BATCH.id])
            assert not run.take([BATCH.id])
    assert len(notes) == 1
    assert notes[0].startswith("Waiting: another run works on batch abcdefgh (run by bob@desk2")


def test_who_ran_what_where(journal: Journal, store: Store) -> None:
    """Each run of a batch is recorded, with whether it goes on."""
    with journal.begin_run(HERE) as run:
        run.take([BATCH.id])
    with journal.begin_run(THERE) as run:
        run.take([BATCH.id, "file 1234"])
        [first, second] = journal.run_records()[BATCH.id]
        assert (first.runner, second.runner) == (HERE, THERE)
        assert first.ended_ms is not None
        assert (first.is_alive, second.is_alive) == (False, True)
        assert {*journal.run_records()} == {BATCH.id}
    assert not any(one.is_alive for one in journal.run_records()[BATCH.id])


def test_two_that_begin_at_the_same_moment(journal: Journal, store: Store) -> None:
    """Of many that want one batch at once, one has it."""
    ready = threading.Barrier(6)
    won: list[str] = []

    def want(host: str) -> None:
        with store.open() as mine, mine.begin_run(Runner("run", "ann", host, 1)) as run:
            ready.wait()
            try:
                run.take([BATCH.id])
                won.append(host)
            except JournalLocked:
                pass
            ready.wait()

    threads = [threading.Thread(target=want, args=(f"desk{at}",)) for at in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(won) == 1


def test_a_run_that_ended_is_known_so_at_every_look(tmp_path: Path) -> None:
    """A killed run may hold several leases: each is looked at, and none waits to run out."""
    for is_whole in (True, False):
        presence = Presence(tmp_path, is_whole)
        (tmp_path / "killed.lock").touch()
        assert [presence.is_gone("killed") for _ in range(3)] == [True, True, True]


def test_files_of_runs_that_were_killed_long_ago_are_removed(tmp_path: Path) -> None:
    """Those of a run that is alive stay, however old, and so do those of a moment ago."""
    presence = Presence(tmp_path, is_whole=False)
    with presence.shown() as alive:
        for owner, age in [("long-dead", LONG_AGO + 60), ("just-dead", 5), (alive, LONG_AGO + 60)]:
            place = tmp_path / f"{owner}.lock"
            place.touch()
            os.utime(place, (time.time() - age,) * 2)
        with presence.shown() as mine:
            left = {one.stem for one in tmp_path.iterdir()}
    assert left == {"just-dead", alive, mine}
