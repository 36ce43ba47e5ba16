"""Empty databases on a real PostgreSQL server, and who may connect to it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from importer.errors import JournalError
from importer.journal import Journal
from tests.stores import postgres_server

pytest.importorskip("psycopg")

from importer.journal.database.postgres.address import read_address
from importer.journal.database.postgres.database import PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture
def journal(server: PostgresServer, name: str) -> Iterator[Journal]:
    with opened(server.url(name)) as one:
        yield one
