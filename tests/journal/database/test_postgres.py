"""A journal in PostgreSQL: what a server, its administrator and the network can do to it.

A real server on loopback, restarted and reconfigured by the tests.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from importer.errors import JournalError
from importer.model import Batch, GroupState, Runner
from tests.journal.test_batch_rows import plain
from tests.journal.test_journal import BATCH, CREATED, PLANNED, SENDING, step
from tests.postgres import free_port
from tests.stores import database_of

pytest.importorskip("psycopg")


if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal import Journal
    from tests.conftest import MakeGroup
    from tests.postgres import PostgresServer

from tests.journal.database.conftest import opened


def test_two_computers_begin_at_once(server: PostgresServer, name: str) -> None:
    """Each table is made once, and both go on."""
    with ThreadPoolExecutor(8) as computers:
        journals = list(computers.map(opened, [server.url(name)] * 8))
    for journal in journals:
        with journal:
            assert journal.is_new()
    assert server.execute("SELECT count(*) FROM keeping", database=name) == [(1,)]


def test_texts_that_postgres_can_not_keep(journal: Journal, make_group: MakeGroup) -> None:
    """A NUL, which SQLite keeps, is replaced: a vendor's message is not worth a lost record."""
    journal.plan(BATCH, [make_group()])
    journal.apply([step(PLANNED, SENDING, message="a\0b", request_id="\0")])
    assert journal.groups(BATCH.id)[0].message == "a\ufffdb"


def test_rows_in_several_parts(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list's rows come back as they were; removed, none is left."""
    monkeypatch.setattr("importer.journal.database.postgres.database.A_PART", 1000)
    journal.plan(BATCH, [])
    rows, lines = plain()
    journal.save_rows(BATCH.id, rows, lines, ("assumed",))
    parts = database_of(journal).rows("SELECT length(bytes) FROM batch_rows ORDER BY part")
    assert len(parts) > 1
    assert all(size == 1000 for (size,) in parts[:-1])
    loaded, loaded_lines, assumptions = journal.load_rows(BATCH.id)
    pd.testing.assert_frame_equal(loaded.cells, rows.cells, check_index_type=False)
    assert loaded_lines["status"].tolist() == lines["status"].tolist()
    assert assumptions == ("assumed",)
    journal.remove_rows(BATCH.id)
    with pytest.raises(JournalError, match="run the importer on the input file again"):
        journal.load_rows(BATCH.id)


def test_a_transaction_whose_network_is_cut_ends(journal: Journal) -> None:
    """Its server gives it up after a minute, so that others don't wait for its rows for ever."""
    database = database_of(journal)

    def limit() -> str:
        [(shown,)] = database.rows("SHOW idle_in_transaction_session_timeout")
        return str(shown)

    assert journal.run(limit) == "1min"


def test_a_renewal_in_the_way_of_another_transaction_is_done_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that renews leases lives on: without it, others would take the batch over."""
    from psycopg.errors import DeadlockDetected

    database = database_of(journal)
    change, failures = database.change, iter([DeadlockDetected("deadlock detected")])

    def in_the_way_once(statement: str, values: Any = ()) -> int:
        for error in failures:
            raise error
        return change(statement, values)

    with journal.begin_run(Runner("run", "ann", "desk1", 1)) as run:
        run.take(["batch"])
        database.change("UPDATE leases SET until_ms = 0")
        with monkeypatch.context() as patch:
            patch.setattr(database, "change", in_the_way_once)
            journal.renew_leases(journal.owner)
        assert database.rows("SELECT until_ms > now_ms() FROM leases") == [(True,)]


def test_what_was_forgotten_leaves_no_row(journal: Journal, make_group: MakeGroup) -> None:
    """No table has the number any more, whichever tables there are."""
    from tests.journal.test_known_numbers import forgotten

    journal.plan(BATCH, [make_group("85251000001")])
    rows, lines = plain()
    journal.save_rows(BATCH.id, rows, lines)
    journal.apply([step(PLANNED, SENDING)])
    journal.apply([step(SENDING, CREATED, group_id="g")])
    journal.forget([forgotten(BATCH.id)], 9)
    journal.remove_rows(BATCH.id)
    journal.clean()
    database = database_of(journal)
    tables = database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        found = database.rows(
            f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%85251000001%'"  # noqa: S608 - its own tables
        )
        assert found == [(0,)], table
    assert database.rows("SELECT count(*) FROM batch_rows") == [(0,)]
    assert journal.groups(BATCH.id)[0].state is GroupState.CREATED


POOLER = """
[databases]
* = host=127.0.0.1 port={port} user=admin
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
auth_type = any
pool_mode = transaction
default_pool_size = 2
unix_socket_dir =
logfile = {folder}/pooler.log
"""


@pytest.fixture
def pooler(server: PostgresServer) -> Iterator[int]:
    """The port of a PgBouncer that gives connections for one transaction each, two at a time."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("no PgBouncer is here: `apt-get install pgbouncer`")
    own_port, config = free_port(), server.folder / "pooler.ini"
    config.write_text(POOLER.format(port=server.port, own_port=own_port, folder=server.folder))
    config.chmod(0o644)  # It is read by the server's user, whatever the umask is.
    with subprocess.Popen([program, "-q", str(config)], user=server.user) as process:  # noqa: S603 - ours
        try:
            wait_for(own_port)
            yield own_port
        finally:
            process.terminate()


def test_through_a_pooler(pooler: int, name: str, make_group: MakeGroup) -> None:
    """Where each transaction has another connection, nothing is lost: no session is relied on."""
    url = f"postgresql://admin@127.0.0.1:{pooler}/{name}"
    journals = [opened(url) for _ in range(4)]
    try:
        for at, journal in enumerate(journals):
            numbers = [str(85251000000 + at * 10 + more) for more in range(10)]
            batch = Batch(f"b{at}", f"f{at}", "account", "list.xlsx", at)
            journal.plan(batch, [make_group(*numbers)])
            rows, lines = plain()
            journal.save_rows(batch.id, rows, lines)
        with ThreadPoolExecutor(4) as runs:
            list(runs.map(take_and_give_back, journals, range(4)))
        sought = pd.Series([str(85251000000 + at) for at in range(60)])
        for at, journal in enumerate(journals):
            assert len(journal.known_among(sought, "account", f"f{at}")) == 30
            assert journal.groups(f"b{at}")[0].attempts == 20
            assert len(journal.load_rows(f"b{at}")[1]) == 50
    finally:
        for journal in journals:
            journal.close()


def take_and_give_back(journal: Journal, at: int) -> None:
    for _ in range(20):
        journal.apply([step(PLANNED, SENDING, batch=f"b{at}")])
        journal.apply([step(SENDING, PLANNED, batch=f"b{at}")])


def wait_for(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.05)
    pytest.fail("the pooler does not answer")
