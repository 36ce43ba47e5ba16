"""A journal in PostgreSQL whose server or network fails: waited for, and nothing is done twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from importer.errors import JournalAway, JournalError
from importer.model import Batch
from tests.journal.test_journal import BATCH, CREATED, PLANNED, SENDING, states, step
from tests.postgres_proxy import CuttingProxy
from tests.stores import database_of

pytest.importorskip("psycopg")

from importer.journal.database.postgres.database import PostgresDatabase

if TYPE_CHECKING:
    from importer.journal import Journal
    from tests.conftest import MakeGroup
    from tests.postgres import PostgresServer

from tests.journal.database.conftest import opened


class Network:
    """Notices of a journal whose server comes back, and a clock that only waiting moves."""

    def __init__(self, journal: Journal, come_back: threading.Event | None = None) -> None:
        self.notices: list[str] = []
        self.now = 0.0
        self.on_wait: list[object] = []
        database = database_of(journal)
        assert isinstance(database, PostgresDatabase)
        database.session.notice = self.notices.append
        database.session.sleep = self.sleep
        database.session.clock = lambda: self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for one in self.on_wait:
            assert callable(one)
            one()


@pytest.mark.parametrize("lost", [["after"], ["before"], ["before", "after"], ["before"] * 3])
def test_a_lost_answer_to_commit(
    server: PostgresServer, name: str, make_group: MakeGroup, lost: list[str]
) -> None:
    """It is looked up whether the server has committed: each step is recorded once, none twice."""
    opened(server.url(name)).close()
    with CuttingProxy(server.port) as proxy:
        url = f"postgresql://admin@127.0.0.1:{proxy.port}/{name}"
        with opened(url) as journal:
            Network(journal)
            proxy.cuts = [*lost]
            journal.plan(BATCH, [make_group("1"), make_group("2", seq=2)])
            proxy.cuts = [*lost]
            journal.apply([step(PLANNED, SENDING), step(PLANNED, SENDING, 2)])
            proxy.cuts = [*lost]
            journal.apply([step(SENDING, PLANNED, 1, message="refused for rate")])
            proxy.cuts = [*lost]
            journal.apply([step(PLANNED, SENDING, 1)])
            assert not proxy.cuts
            assert [one.attempts for one in journal.groups(BATCH.id)] == [2, 1]
            assert states(journal) == [SENDING, SENDING]


def test_an_error_after_a_lost_answer_is_the_right_one(
    server: PostgresServer, name: str, make_group: MakeGroup
) -> None:
    """A step that another run took meanwhile is not taken for ours that was recorded."""
    opened(server.url(name)).close()
    with CuttingProxy(server.port) as proxy, opened(server.url(name)) as other:
        with opened(f"postgresql://admin@127.0.0.1:{proxy.port}/{name}") as journal:
            network = Network(journal)
            journal.plan(BATCH, [make_group()])
            network.on_wait.append(lambda: other.apply([step(PLANNED, SENDING)]))
            proxy.cuts = ["before"]
            with pytest.raises(JournalError, match="no longer PLANNED"):
                journal.apply([step(PLANNED, SENDING)])
        assert other.groups(BATCH.id)[0].attempts == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_a_server_that_restarts(
    server: PostgresServer, journal: Journal, make_group: MakeGroup, at_once: bool
) -> None:
    """The run says that it waits, and goes on; nothing is lost and nothing is done twice."""
    network = Network(journal)
    journal.plan(BATCH, [make_group()])
    server.stop(at_once=at_once)
    network.on_wait = [server.start, network.on_wait.clear]
    journal.apply([step(PLANNED, SENDING)])
    assert journal.groups(BATCH.id)[0].attempts == 1
    waiting, going_on = network.notices
    assert "waiting for its server" in waiting
    assert "going on" in going_on
    server.stop(at_once=at_once)
    network.on_wait = [server.start, network.on_wait.clear]
    assert states(journal) == [SENDING]


def test_a_server_that_stays_away(
    server: PostgresServer, journal: Journal, make_group: MakeGroup
) -> None:
    """After ten minutes the run ends with exit 1; what was recorded is there."""
    network = Network(journal)
    journal.plan(BATCH, [make_group()])
    server.stop(at_once=True)
    try:
        with pytest.raises(JournalAway, match="can't be reached"):
            journal.apply([step(PLANNED, SENDING)])
        assert 600 <= network.now < 610
        assert len(network.notices) == 1
    finally:
        server.start()
    assert states(journal) == [PLANNED]


def test_a_connection_that_dies_within_a_transaction(
    server: PostgresServer, journal: Journal, make_group: MakeGroup
) -> None:
    """All of it is done again from its start."""
    Network(journal)
    database = database_of(journal)
    done: list[object] = []

    def work() -> None:
        done.append(journal.plan(BATCH, [make_group()]))
        if len(done) == 1:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'importer'"
            )
        journal.apply([step(PLANNED, SENDING), step(SENDING, CREATED, group_id="g")])

    database.run(work)
    assert len(done) == 2
    assert states(journal) == [CREATED]
    assert journal.groups(BATCH.id)[0].attempts == 1


def test_two_that_wait_for_each_other(
    server: PostgresServer, name: str, make_group: MakeGroup
) -> None:
    """Where the server ends one of two transactions that block each other, it is done again."""
    first, second = opened(server.url(name)), opened(server.url(name))
    server.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '10ms'")
    first.plan(BATCH, [make_group("1"), make_group("2", seq=2)])
    both = threading.Barrier(2, timeout=30)
    tries: list[int] = []

    def take(journal: Journal, order: tuple[int, int]) -> None:
        met: list[int] = []

        def work() -> None:
            tries.append(1)
            database = database_of(journal)
            database.change("UPDATE groups SET attempts = attempts + 1 WHERE seq = ?", order[:1])
            if not met:
                met.append(both.wait())
            database.change("UPDATE groups SET attempts = attempts + 1 WHERE seq = ?", order[1:])

        database_of(journal).run(work)

    with first, second, ThreadPoolExecutor(2) as runs:
        list(runs.map(take, (first, second), ((1, 2), (2, 1))))
        assert [one.attempts for one in first.groups(BATCH.id)] == [2, 2]
    assert len(tries) > 2, "no transaction was ended by the server"


def test_no_rows_are_left_of_connections(server: PostgresServer, name: str) -> None:
    """What is kept to look a COMMIT up goes with its connection."""
    for at in range(3):
        with opened(server.url(name)) as journal:
            journal.plan(Batch(f"b{at}", "f", "a", "l", at), [])
    assert server.execute("SELECT count(*) FROM commits", database=name) == [(0,)]


def test_rows_of_killed_runs_do_not_stay(
    server: PostgresServer, name: str, make_group: MakeGroup
) -> None:
    """What a run that was killed kept of its commits is removed after a week."""
    opened(server.url(name)).close()
    ages = {"00000000-0000-0000-0000-000000000001": 8, "00000000-0000-0000-0000-000000000002": 6}
    for session, days in ages.items():
        server.execute(
            f"INSERT INTO commits SELECT '{session}', 1, "  # noqa: S608 - our own words
            f"(extract(epoch FROM now()) * 1000)::bigint - {days} * 86400000",
            database=name,
        )
    with opened(server.url(name)) as journal:
        journal.plan(BATCH, [make_group()])
    left = server.execute("SELECT session::text FROM commits", database=name)
    assert left == [("00000000-0000-0000-0000-000000000002",)]


def test_who_wants_an_end_waits_no_longer(
    server: PostgresServer, journal: Journal, make_group: MakeGroup
) -> None:
    """Ctrl-C while the database is away ends the run at once, also in its other threads."""
    network = Network(journal)
    journal.plan(BATCH, [make_group()])
    server.stop(at_once=True)
    try:
        network.on_wait.append(database_of(journal).stop_waiting)
        with pytest.raises(JournalAway):
            journal.apply([step(PLANNED, SENDING)])
        assert network.now < 1
    finally:
        server.start()
