"""The journal's tables in PostgreSQL, and how those of older versions are brought up to date.

Texts are compared byte by byte, as SQLite does: hence the collation "C".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import JournalError

if TYPE_CHECKING:
    from importer.journal.database.protocol import Database

FIRST_VERSION = 4
"""The version that the first step makes: older ones were in SQLite only."""
_FIRST = """
CREATE TABLE batches (
    id TEXT COLLATE "C" PRIMARY KEY,
    fingerprint TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    created_ms BIGINT NOT NULL,
    settings TEXT NOT NULL,
    undone_ms BIGINT,
    corrects TEXT COLLATE "C" NOT NULL,
    forgotten_ms BIGINT,
    remains TEXT NOT NULL DEFAULT '{}',
    ordinal INTEGER NOT NULL UNIQUE
);
CREATE INDEX batches_by_fingerprint ON batches (fingerprint, account, created_ms);
CREATE SEQUENCE batch_ordinals AS INTEGER;
CREATE TABLE groups (
    batch TEXT COLLATE "C" NOT NULL REFERENCES batches (id),
    seq INTEGER NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C" NOT NULL,
    remark TEXT NOT NULL,
    phones TEXT NOT NULL,
    size INTEGER NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent_ms BIGINT,
    code BIGINT,
    message TEXT NOT NULL DEFAULT '',
    request_id TEXT NOT NULL DEFAULT '',
    group_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    created_ms BIGINT,
    PRIMARY KEY (batch, seq)
);
CREATE INDEX groups_by_name ON groups (name);
CREATE INDEX groups_by_group_id ON groups (group_id) WHERE group_id <> '';
CREATE TABLE known (
    batch TEXT COLLATE "C" NOT NULL REFERENCES batches (id),
    earlier_batch TEXT COLLATE "C" NOT NULL,
    earlier_seq INTEGER NOT NULL,
    group_name TEXT NOT NULL,
    phones TEXT NOT NULL,
    PRIMARY KEY (batch, earlier_batch, earlier_seq)
);
CREATE INDEX known_by_earlier ON known (earlier_batch, earlier_seq);
CREATE TABLE group_numbers (
    number BIGINT NOT NULL,
    batch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (number, batch, seq)
);
CREATE TABLE decisions (
    batch TEXT COLLATE "C" NOT NULL REFERENCES batches (id),
    seq INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    who TEXT NOT NULL,
    group_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (batch, seq, at_ms)
);
CREATE TABLE rates (
    account TEXT COLLATE "C" PRIMARY KEY,
    rate DOUBLE PRECISION NOT NULL
);
CREATE TABLE group_sizes (
    account TEXT COLLATE "C" PRIMARY KEY,
    size INTEGER NOT NULL
);
CREATE TABLE keeping (
    salt BYTEA NOT NULL
);
INSERT INTO keeping (salt) VALUES (decode(replace(gen_random_uuid()::text, '-', ''), 'hex'));
CREATE TABLE batch_rows (
    batch TEXT COLLATE "C" NOT NULL REFERENCES batches (id),
    part INTEGER NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (batch, part)
);
CREATE TABLE commits (
    session UUID PRIMARY KEY,
    number BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);
"""
"""`commits` has the number of each connection's last transaction, so that it can be looked up
whether a COMMIT was done whose answer was lost. `batch_rows` keeps the file of a batch's rows in
parts."""
_LISTS = """
CREATE TABLE list_batches (
    batch TEXT COLLATE "C" PRIMARY KEY REFERENCES batches (id),
    account TEXT COLLATE "C" NOT NULL,
    list TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    row_count INTEGER NOT NULL,
    ended_ms BIGINT,
    undoes TEXT COLLATE "C" NOT NULL
);
CREATE TABLE list_steps (
    batch TEXT COLLATE "C" NOT NULL REFERENCES list_batches (batch),
    step INTEGER NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    group_batch TEXT COLLATE "C" NOT NULL,
    group_seq INTEGER NOT NULL,
    phones TEXT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts INTEGER NOT NULL,
    sent_ms BIGINT,
    code BIGINT,
    message TEXT NOT NULL,
    request_id TEXT NOT NULL,
    PRIMARY KEY (batch, step)
);
CREATE INDEX list_steps_by_group ON list_steps (group_batch, group_seq, sent_ms);
"""
_RUNS = """
CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    process BIGINT NOT NULL,
    who TEXT NOT NULL,
    command TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE TABLE runs (
    batch TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    process BIGINT NOT NULL,
    who TEXT NOT NULL,
    command TEXT NOT NULL,
    begun_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    PRIMARY KEY (batch, owner)
);
CREATE UNLOGGED TABLE paces (
    account TEXT COLLATE "C" PRIMARY KEY,
    last_us BIGINT NOT NULL,
    gap_us BIGINT NOT NULL,
    hold_us BIGINT NOT NULL,
    rate DOUBLE PRECISION NOT NULL,
    cut_us BIGINT NOT NULL,
    raised_us BIGINT NOT NULL
);
"""
"""`paces` is not logged: each call changes it, and after a crash it may be begun anew."""
_PLANNINGS = """
CREATE TABLE plannings (
    account TEXT COLLATE "C" PRIMARY KEY,
    times BIGINT NOT NULL
);
"""
"""Counts how often numbers of an account were planned, so that a run notices that another one has
planned some between its look at the journal and its own plan."""
_LONG_PLANS = """
CREATE TABLE plans (
    batch TEXT COLLATE "C" PRIMARY KEY,
    ordinal INTEGER NOT NULL UNIQUE
);
ALTER TABLE batches ADD COLUMN planning BIGINT NOT NULL DEFAULT 0;
ALTER TABLE batches ALTER COLUMN planning SET DEFAULT 9223372036854775807;
ALTER TABLE groups DROP CONSTRAINT groups_batch_fkey;
ALTER TABLE known DROP CONSTRAINT known_batch_fkey;
ALTER TABLE batch_rows DROP CONSTRAINT batch_rows_batch_fkey;
"""
"""`plans` has the plans that are no batches yet, whose rows are written before their batch is: see
`long_plans`. `planning` is what `plannings` said once numbers of the batch were planned last. A run
of an older version that goes on does not say it, so its batches are always looked at."""
STEPS = (_FIRST, _LISTS, _RUNS, _PLANNINGS, _LONG_PLANS)
"""What made each version out of the one before it. They are never changed: journals have them."""
SCHEMA_VERSION = FIRST_VERSION + len(STEPS) - 1
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('importer schema', 0))"
"""Held while tables are made, so that two computers don't make them at once."""
_VERSION_TABLE = "CREATE TABLE importer_schema (version INTEGER NOT NULL)"


def version_of(database: Database) -> int:
    """Return the version of a database's tables; 0 where there are none."""
    there = database.rows(
        "SELECT count(*) FROM pg_class WHERE oid = to_regclass('importer_schema')"
    )
    if not there[0][0]:
        return 0
    version: int = database.rows("SELECT max(version) FROM importer_schema")[0][0]
    return version


def prepare(database: Database) -> None:
    """Make the tables or bring them up to date: whole, or not at all.

    Raises:
        JournalError: a newer version made them, or this user may not.
    """
    if version_of(database) == SCHEMA_VERSION:
        return
    database.run(lambda: _bring_up_to_date(database))


def _bring_up_to_date(database: Database) -> None:
    database.rows(_LOCK)
    version = version_of(database)
    if version > SCHEMA_VERSION:
        raise JournalError(
            f"The journal {database} was brought up to date by a newer importer: update this one, "
            "as in `pip install --upgrade` from where it was installed; nothing was changed."
        )
    for statement in statements_from(version):
        database.change(statement)


def statements_from(version: int) -> list[str]:
    """Return the statements that bring tables of a version up to date; of version 0, all."""
    if version == SCHEMA_VERSION:
        return []
    done = max(0, version - FIRST_VERSION + 1)
    steps = [one.strip() for step in STEPS[done:] for one in step.split(";") if one.strip()]
    if version:
        return [*steps, f"UPDATE importer_schema SET version = {SCHEMA_VERSION}"]
    return [_VERSION_TABLE, *steps, f"INSERT INTO importer_schema VALUES ({SCHEMA_VERSION})"]


def as_script(version: int) -> str:
    """Return the same as a script for an administrator, done whole or not at all.

    At its end are the rights of those who run the importer, as a comment.
    """
    statements = statements_from(version)
    if not statements:
        return f"-- The tables are there, and of version {version}: nothing is left to do."
    return "\n".join(
        [
            "BEGIN;",
            *(f"{one};" for one in statements),
            "COMMIT;",
            "-- Each user who runs the importer, here OPERATOR, then needs these rights:",
            *(f"-- {one}" for one in rights_for("OPERATOR")),
        ]
    )


def rights_for(user: str) -> list[str]:
    """Return what lets a user work with tables that somebody else has made.

    `user` is a name as SQL writes it: quoted where it has to be.
    """
    return [
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user};",
        f"GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {user};",
    ]
