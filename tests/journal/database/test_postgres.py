"""A journal in PostgreSQL: what a server, its administrator and the network can do to it.

A real server on loopback, restarted and reconfigured by the tests.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.errors import Exit, JournalAway, JournalError
from importer.journal import Journal
from importer.model import Batch, GroupState
from tests.journal.test_batch_rows import plain
from tests.journal.test_journal import BATCH, CREATED, PLANNED, SENDING, states, step
from tests.postgres import free_port
from tests.postgres_proxy import CuttingProxy
from tests.stores import database_of, postgres_server

pytest.importorskip("psycopg")

from importer.journal.database.postgres import schema
from importer.journal.database.postgres.address import read_address
from importer.journal.database.postgres.database import PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakeGroup
    from tests.postgres import PostgresServer

SECRET = "s3cret-and-long"


@pytest.fixture
def server() -> PostgresServer:
    return postgres_server()


@pytest.fixture
def name(server: PostgresServer) -> str:
    """An empty database of its own."""
    return server.new_database()


def opened(url: str) -> Journal:
    return Journal(PostgresDatabase.open(read_address(url, {}), lambda _: None))


def told(url: str, about: str, kind: type[JournalError] = JournalError) -> str:
    """Open a journal, expect one sentence without a password, and return it."""
    with pytest.raises(kind, match=about) as caught:
        opened(url)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert SECRET not in text
    return text


@contextmanager
def let_in_by(server: PostgresServer, line: str) -> Iterator[None]:
    """Put a line first into the server's list of who may connect, and how."""
    place = server.data / "pg_hba.conf"
    before = place.read_text()
    place.write_text(f"{line}\n{before}")
    server.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        place.write_text(before)
        server.execute("SELECT pg_reload_conf()")


@pytest.fixture
def user(server: PostgresServer, name: str) -> Iterator[str]:
    """A user with a password and no rights but to connect."""
    role = f"user_of_{name}"
    server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{SECRET}'")
    yield role
    server.execute(f"ALTER DATABASE {name} OWNER TO admin")
    server.execute(f"DROP OWNED BY {role}", database=name)
    server.execute(f"DROP ROLE {role}")


def test_a_server_that_is_away(server: PostgresServer) -> None:
    """Exit 1: nothing was sent, and the same command may go well later."""
    with closing(socket.socket()) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        url = f"postgresql://ann:{SECRET}@127.0.0.1:{port}/lists"
        text = told(url, "can't be reached", JournalAway)
    assert f"postgresql://ann@127.0.0.1:{port}/lists" in text
    assert JournalAway.exit_code is Exit.UNFINISHED


def test_a_wrong_password(server: PostgresServer, name: str, user: str) -> None:
    """What to correct is said; neither the wrong password nor the right one."""
    with let_in_by(server, f"host all {user} 127.0.0.1/32 scram-sha-256"):
        wrong = f"postgresql://{user}:{SECRET[:-1]}@127.0.0.1:{server.port}/{name}"
        assert SECRET[:-1] not in told(wrong, "correct PGPASSWORD")
        told(server.url(name, user), "correct PGPASSWORD")


def test_the_password_of_a_file(
    server: PostgresServer,
    name: str,
    user: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may come from PGPASSWORD, a passfile or a service file, so that no URL has to hold it."""
    server.execute(f"ALTER DATABASE {name} OWNER TO {user}")
    passfile, services = tmp_path / "pass", tmp_path / "services"
    passfile.write_text(f"*:*:*:{user}:{SECRET}\n")
    passfile.chmod(0o600)
    services.write_text(
        f"[team]\nhost=127.0.0.1\nport={server.port}\ndbname={name}\nuser={user}\n"
        f"password={SECRET}\n"
    )
    with let_in_by(server, f"host all {user} 127.0.0.1/32 scram-sha-256"):
        opened(f"{server.url(name, user)}?passfile={passfile}").close()
        with monkeypatch.context() as changed:
            changed.setenv("PGSERVICEFILE", str(services))
            opened("postgresql:///?service=team").close()
        monkeypatch.setenv("PGPASSWORD", SECRET)
        opened(server.url(name, user)).close()


def test_a_user_who_is_not_known(server: PostgresServer, name: str) -> None:
    """The user of the URL is what to correct."""
    told(server.url(name, "nobody_at_all"), "knows no such user")


def test_a_database_that_is_not_there(server: PostgresServer) -> None:
    """The sentence says how one is made."""
    told(server.url("no_such_database"), "createdb")


def test_a_computer_that_is_not_let_in(server: PostgresServer, name: str, user: str) -> None:
    """That is for the administrator of the server."""
    with let_in_by(server, f"host all {user} 127.0.0.1/32 reject"):
        told(server.url(name, user), "pg_hba.conf")


def test_a_server_without_encryption(server: PostgresServer, name: str) -> None:
    """Where TLS is asked for and refused, nothing is sent in the clear."""
    told(server.url(name, query="?sslmode=require"), "offers no encryption")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_encryption(server: PostgresServer, name: str, tmp_path: Path) -> None:
    """The way is encrypted, and a certificate that nobody trusts is refused where that is asked."""
    if server.execute("SHOW ssl_library") == [("",)]:
        pytest.skip("this server was built without TLS")
    key, certificate = server.data / "server.key", server.data / "server.crt"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj"]
    subprocess.run(  # noqa: S603 - fixed words
        [*made, "/CN=localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    for one in (key, certificate):
        shutil.chown(one, server.data.stat().st_uid)
        one.chmod(0o600)
    trusted = tmp_path / "root.crt"
    shutil.copy(certificate, trusted)
    server.execute("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()")
    try:
        with let_in_by(server, "hostnossl all all 127.0.0.1/32 reject"):
            full = f"?sslmode=verify-ca&sslrootcert={trusted}"
            with opened(server.url(name, query=full)) as journal:
                encrypted = database_of(journal).rows("SELECT ssl FROM pg_stat_ssl WHERE ssl")
                assert encrypted
            untrusted = f"?sslmode=verify-ca&sslrootcert={tmp_path / 'other.crt'}"
            told(server.url(name, query=untrusted), "certificate that is not trusted")
            told(server.url(name, query="?sslmode=disable"), "pg_hba.conf")
    finally:
        server.execute("ALTER SYSTEM RESET ssl", "SELECT pg_reload_conf()")


def test_a_user_who_may_make_no_tables(server: PostgresServer, name: str, user: str) -> None:
    """The administrator makes them with what doctor prints; then the user needs rows only."""
    server.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database=name)
    told(server.url(name, user), "importer doctor --sql")
    server.execute(schema.as_script(0), database=name)
    told(server.url(name, user), "importer doctor --sql")
    server.execute(*schema.rights_for(user), database=name)
    with opened(server.url(name, user)) as journal:
        journal.plan(BATCH, [])
        journal.forget([], 1)
        journal.clean()
        assert journal.batches() == [BATCH]


def test_a_standby(server: PostgresServer, name: str, make_group: MakeGroup) -> None:
    """A server that can only be read is told when the journal is opened, or when it is written."""
    with opened(server.url(name)) as journal:
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        database_of(journal).session.close()  # type: ignore[attr-defined]
        with pytest.raises(JournalError, match="can only be read, as a standby"):
            journal.plan(BATCH, [make_group()])
    told(
        server.url(server.new_database(), query="?options=-cdefault_transaction_read_only%3Don"),
        "can only be read, as a standby",
    )


def test_a_full_disk(server: PostgresServer, name: str, make_group: MakeGroup) -> None:
    """A plan that finds no room is not there at all, and the journal works on."""
    with opened(server.url(name)) as journal:
        server.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE 'could not extend file: no space' USING ERRCODE = '53100'; END $$",
            "CREATE TRIGGER full_disk BEFORE INSERT ON group_numbers EXECUTE FUNCTION full_disk()",
            database=name,
        )
        with pytest.raises(JournalError, match=r"disk of the server of the journal .* is full"):
            journal.plan(BATCH, [make_group()])
        assert journal.batches() == []
        server.execute("DROP TRIGGER full_disk ON group_numbers", database=name)
        journal.plan(BATCH, [make_group()])


def test_tables_of_a_newer_importer(server: PostgresServer, name: str) -> None:
    """They are not touched: nobody knows what they mean."""
    opened(server.url(name)).close()
    server.execute("UPDATE importer_schema SET version = version + 1", database=name)
    told(server.url(name), "newer importer")


def test_tables_of_another_program(server: PostgresServer, name: str) -> None:
    """A database that has a table of one of our names is another's; nothing is made in it."""
    server.execute("CREATE TABLE groups (x int)", database=name)
    told(server.url(name), "a database of its own")
    there = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert server.execute(there, database=name) == [("groups",)]


def test_a_database_that_lacks_characters(server: PostgresServer) -> None:
    """Names of lists and columns come in all scripts."""
    server.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    told(server.url("latin"), "keeps texts as LATIN1")


def test_two_computers_begin_at_once(server: PostgresServer, name: str) -> None:
    """Each table is made once, and both go on."""
    with ThreadPoolExecutor(8) as computers:
        journals = list(computers.map(opened, [server.url(name)] * 8))
    for journal in journals:
        with journal:
            assert journal.is_new()
    assert server.execute("SELECT count(*) FROM keeping", database=name) == [(1,)]


@pytest.fixture
def journal(server: PostgresServer, name: str) -> Iterator[Journal]:
    with opened(server.url(name)) as one:
        yield one


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
