"""Stores of both kinds for tests: what the journal promises, it promises on each."""

from __future__ import annotations

import atexit
from functools import cache
from typing import TYPE_CHECKING

import pytest

from importer.store import PostgresStore, SqliteStore
from tests.postgres import MISSING, PostgresServer, programs

if TYPE_CHECKING:
    from pathlib import Path

    from importer.journal import Journal
    from importer.journal.database.protocol import Database
    from importer.store import Store

KINDS = ("sqlite", "postgresql")


@cache
def postgres_server() -> PostgresServer:
    """Return the server of this test run, begun by the first who asks; without one, skip."""
    found = programs()
    if found is None:
        pytest.skip(MISSING)
    server = PostgresServer(found)
    atexit.register(server.remove)
    return server


@cache
def _prepared() -> str:
    """Return the name of a database that has the journal's tables, to be copied."""
    name = postgres_server().new_database()
    shared_store(name).open().close()
    return name


def new_store(kind: str, folder: Path) -> Store:
    """Return a store of a kind with a journal of its own; its files are in `folder`."""
    if kind == "sqlite":
        return SqliteStore(folder / "state" / "journal.sqlite3")
    return shared_store(postgres_server().new_database(_prepared()), folder)


def shared_store(database: str, folder: Path | None = None) -> PostgresStore:
    """Return the store of a database on the server."""
    from importer.journal.database.postgres.address import read_address

    server = postgres_server()
    place = (folder or server.folder) / "state" / "shared"
    return PostgresStore(read_address(server.url(database), {}), place)


def database_of(journal: Journal) -> Database:
    """Return the database of a journal, for what only tests ask."""
    return journal._database
