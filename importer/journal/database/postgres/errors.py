"""What PostgreSQL and libpq say, in sentences that an operator can act on."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors as kinds

from importer.errors import JournalAway, JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal.database.postgres.address import Address

AGAIN = (kinds.DeadlockDetected, kinds.SerializationFailure, kinds.UniqueViolation)
"""What may go well when the transaction is done once more: two runs did the same at once."""
_REFUSED = (
    (
        r"password authentication failed|no password supplied|SCRAM|SASL",
        "takes the password of this user for none: correct PGPASSWORD, the passfile or the service "
        "file",
    ),
    (
        r"role .* does not exist|peer authentication|ident authentication",
        "knows no such user: correct the user in IMPORTER_JOURNAL",
    ),
    (
        r"database .* does not exist|no such database",
        "has no database of this name: correct the name in IMPORTER_JOURNAL, or have the database "
        "made, as in `createdb importer`",
    ),
    (
        r"no pg_hba.conf entry",
        "lets this user in from this computer in no way: ask its administrator for a line in "
        "pg_hba.conf",
    ),
    (
        r"does not support SSL|SSL was required|server does not support",
        "offers no encryption: have TLS switched on there. Only where everybody on the way to it "
        "is trusted, put ?sslmode=disable at the end of IMPORTER_JOURNAL",
    ),
    (
        r"certificate|SSL error|hostname.* does not match|host name .* does not match|root\.crt",
        "shows a certificate that is not trusted here: let sslrootcert in IMPORTER_JOURNAL name "
        "the file of the authority that signed it",
    ),
    (
        r"permission denied for database|not permitted to log in|CONNECT privilege",
        "does not let this user into the database: ask its administrator for the right CONNECT",
    ),
    (
        r"session is read-only|session is not read-only|cannot .* in a read-only|in hot standby",
        "can only be read, as a standby: lead IMPORTER_JOURNAL to the primary server",
    ),
    (r"service file|definition of service", "is not described: correct the service file"),
)
"""What libpq says of a connection that waiting does not help, and what it means. Its errors of
connections have a text only, no code."""


def connection_error(address: Address, error: psycopg.Error) -> JournalError:
    """Return what a connection that was not made means."""
    text = str(error)
    for pattern, meaning in _REFUSED:
        if re.search(pattern, text, re.IGNORECASE):
            return JournalError(f"The server of the journal {address} {meaning}.")
    return away(address, error)


def away(address: Address, error: psycopg.Error) -> JournalAway:
    """Return the error of a database that can't be reached at this moment."""
    return JournalAway(
        f"The journal {address} can't be reached ({_first_line(address, error)}): see whether its "
        "server runs and the network is there, then run again; nothing is sent that is not "
        "recorded."
    )


@contextmanager
def explained(address: Address, connection: psycopg.Connection) -> Iterator[None]:
    """Turn what PostgreSQL says of a statement into a sentence that an operator can act on."""
    try:
        yield
    except AGAIN:
        raise
    except psycopg.Error as error:
        if connection.closed:
            raise away(address, error) from error
        raise JournalError(_explanation(address, error)) from error


def _explanation(address: Address, error: psycopg.Error) -> str:
    match error:
        case kinds.InsufficientPrivilege():
            return (
                f"This user may not do what the journal {address} needs "
                f"({_first_line(address, error)}): let the database's administrator run what "
                "`importer doctor --sql` prints, and grant the rights that it names."
            )
        case kinds.DiskFull():
            return (
                f"The disk of the server of the journal {address} is full: have its administrator "
                "make room, then run again."
            )
        case kinds.ReadOnlySqlTransaction():
            return (
                f"The server of the journal {address} can only be read, as a standby: lead "
                "IMPORTER_JOURNAL to the primary server."
            )
        case kinds.DuplicateTable() | kinds.DuplicateObject():
            return (
                f"The database {address} has tables of another program "
                f"({_first_line(address, error)}): give the importer a database of its own."
            )
        case kinds.UndefinedTable() | kinds.UndefinedColumn():
            return (
                f"The journal {address} is not complete ({_first_line(address, error)}): put back "
                "its latest backup, then run again."
            )
        case kinds.DataCorrupted() | kinds.IndexCorrupted():
            return (
                f"The journal {address} is damaged ({_first_line(address, error)}): have its "
                "administrator put back the latest backup, then run again."
            )
        case kinds.LockNotAvailable() | kinds.QueryCanceled():
            return (
                f"The server of the journal {address} stopped a statement "
                f"({_first_line(address, error)}): another program holds the same rows, or the "
                "server is slow; run again."
            )
    return (
        f"The journal {address} failed ({_first_line(address, error)}): tell the database's "
        "administrator, then run again."
    )


def both_at_once(address: Address, error: psycopg.Error) -> JournalError:
    """Return the error of a transaction that came into another's way again and again."""
    return JournalError(
        f"Another run changed the same in the journal {address} at the same moment "
        f"({_first_line(address, error)}): run again when it has ended."
    )


def _first_line(address: Address, error: psycopg.Error) -> str:
    lines = [one.strip() for one in address.without_secrets(str(error)).splitlines()]
    return next((one for one in lines if one), type(error).__name__).rstrip(".")
