"""The journal's tables in SQLite, and how older journals are brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import JournalError
from importer.journal import number_index
from importer.journal.database.sqlite.database import transaction

if TYPE_CHECKING:
    import sqlite3

    from importer.journal.database.protocol import UpgradeProgress
    from importer.journal.database.sqlite.database import SqliteDatabase

_FIRST = """
CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    account TEXT NOT NULL,
    file TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    settings TEXT NOT NULL,
    undone_ms INTEGER,
    corrects TEXT NOT NULL
) STRICT;
CREATE INDEX batches_by_fingerprint ON batches (fingerprint, account, created_ms);
CREATE TABLE groups (
    batch TEXT NOT NULL REFERENCES batches (id),
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    remark TEXT NOT NULL,
    phones TEXT NOT NULL,
    size INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent_ms INTEGER,
    code INTEGER,
    message TEXT NOT NULL DEFAULT '',
    request_id TEXT NOT NULL DEFAULT '',
    group_id TEXT NOT NULL DEFAULT '',
    created_ms INTEGER,
    PRIMARY KEY (batch, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE known (
    batch TEXT NOT NULL REFERENCES batches (id),
    earlier_batch TEXT NOT NULL,
    earlier_seq INTEGER NOT NULL,
    group_name TEXT NOT NULL,
    phones TEXT NOT NULL,
    PRIMARY KEY (batch, earlier_batch, earlier_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE rates (
    account TEXT PRIMARY KEY,
    rate REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""
_FORGETTING = """
ALTER TABLE batches ADD COLUMN forgotten_ms INTEGER;
ALTER TABLE batches ADD COLUMN remains TEXT NOT NULL DEFAULT '{}';
CREATE TABLE keeping (
    salt BLOB NOT NULL,
    unclean INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO keeping (salt) VALUES (randomblob(16));
"""
_CERTAINTY = """
CREATE INDEX groups_by_name ON groups (name);
CREATE TABLE group_sizes (
    account TEXT PRIMARY KEY,
    size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE decisions (
    batch TEXT NOT NULL REFERENCES batches (id),
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    group_id TEXT NOT NULL,
    PRIMARY KEY (batch, seq, at_ms)
) STRICT, WITHOUT ROWID;
"""
_LOOK_UP = """
ALTER TABLE batches ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;
UPDATE batches SET ordinal = rowid;
CREATE UNIQUE INDEX batches_by_ordinal ON batches (ordinal);
CREATE TABLE group_numbers (
    number INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (number, batch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_facts ON groups (batch, seq, state, size, sent_ms, created_ms, group_id);
"""
"""`group_numbers` finds numbers, see `number_index`. `group_facts` holds what is asked of many
groups, so that their phones need not be read."""
_LISTS = """
CREATE TABLE list_batches (
    batch TEXT PRIMARY KEY REFERENCES batches (id),
    account TEXT NOT NULL,
    list TEXT NOT NULL,
    role TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    ended_ms INTEGER,
    undoes TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE list_steps (
    batch TEXT NOT NULL REFERENCES list_batches (batch),
    step INTEGER NOT NULL,
    kind TEXT NOT NULL,
    group_batch TEXT NOT NULL,
    group_seq INTEGER NOT NULL,
    phones TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    sent_ms INTEGER,
    code INTEGER,
    message TEXT NOT NULL,
    request_id TEXT NOT NULL,
    PRIMARY KEY (batch, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX list_steps_by_group ON list_steps (group_batch, group_seq, sent_ms);
"""
_RUNS = """
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    host TEXT NOT NULL,
    process INTEGER NOT NULL,
    who TEXT NOT NULL,
    command TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    batch TEXT NOT NULL,
    owner TEXT NOT NULL,
    host TEXT NOT NULL,
    process INTEGER NOT NULL,
    who TEXT NOT NULL,
    command TEXT NOT NULL,
    begun_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    PRIMARY KEY (batch, owner)
) STRICT, WITHOUT ROWID;
"""
"""`leases` says which run may act on a batch or another thing, `runs` which ones have acted."""
_PLANNINGS = """
CREATE TABLE plannings (
    account TEXT PRIMARY KEY,
    times INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
"""Counts how often numbers of an account were planned, so that a run notices that another one has
planned some between its look at the journal and its own plan."""
_LONG_PLANS = """
CREATE TABLE plans (
    batch TEXT PRIMARY KEY,
    ordinal INTEGER NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;
ALTER TABLE batches ADD COLUMN planning INTEGER NOT NULL DEFAULT 0;
"""
"""`plans` has the plans that are no batches yet: see `long_plans`. `planning` is what `plannings`
said once numbers of the batch were planned last."""
STEPS = (_FIRST, _FORGETTING, _CERTAINTY, _LOOK_UP, _LISTS, _RUNS, _PLANNINGS, _LONG_PLANS)
"""What made each version out of the one before it. They are never changed: journals have them."""
SCHEMA_VERSION = len(STEPS)


def prepare(database: SqliteDatabase, progress: UpgradeProgress | None = None) -> None:
    """Set a connection up, and bring its journal up to date: whole, or not at all.

    Raises:
        JournalError: the journal was written by a newer version.
    """
    connection = database.connection
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # The groups of a long plan are written before their batch is: see `long_plans`.
    connection.execute("PRAGMA foreign_keys = OFF")
    # What is deleted or overwritten is overwritten in the file as well.
    connection.execute("PRAGMA secure_delete = ON")
    if _version(connection) != SCHEMA_VERSION:
        with transaction(connection):
            _bring_up_to_date(database, progress)


def is_older(connection: sqlite3.Connection) -> bool:
    """Whether an older version wrote a journal; an empty database is none."""
    return 0 < _version(connection) < SCHEMA_VERSION


def _bring_up_to_date(database: SqliteDatabase, progress: UpgradeProgress | None) -> None:
    version = _version(database.connection)
    if version > SCHEMA_VERSION:
        raise JournalError(
            f"The journal {database} was written by a newer importer: update this one, as in "
            "`pip install --upgrade` from where it was installed; nothing was changed."
        )
    for step in STEPS[version:]:
        # One by one: executescript would commit what this transaction has begun.
        for statement in step.split(";"):
            database.connection.execute(statement)
        if step is _LOOK_UP:
            _build_number_index(database, progress)
    database.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _build_number_index(database: SqliteDatabase, progress: UpgradeProgress | None) -> None:
    total = database.rows(
        "SELECT coalesce(sum(g.size), 0) FROM groups g INDEXED BY group_facts "
        "JOIN batches b ON b.id = g.batch WHERE g.state <> 'SPLIT' AND b.forgotten_ms IS NULL"
    )[0][0]
    if progress is None or not total:
        number_index.build(database, lambda _: None)
        return
    with progress.stage("Upgrading", total, "number") as advance:
        number_index.build(database, advance)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
