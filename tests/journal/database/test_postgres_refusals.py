"""A journal in PostgreSQL whose server refuses: one sentence each, and what to do."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from importer.errors import Exit, JournalAway, JournalError
from tests.journal.test_journal import BATCH
from tests.stores import database_of

pytest.importorskip("psycopg")

from importer.journal.database.postgres import schema

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeGroup
    from tests.postgres import PostgresServer

from tests.journal.database.conftest import SECRET, let_in_by, opened, told


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
