"""Phone numbers taken out of finished batches, so that no bytes of them are left in the journal.

What keeps groups from being made twice stays: a batch's fingerprint. But it is a plain hash, and
the numbers of a short list could be found from it by trying all there are. So it is replaced by one
that is slow to try (scrypt, some 50 ms) and salted with what only this journal has.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.errors import JournalError
from importer.model import GroupState

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class ForgottenBatch:
    """What stays of a batch when its numbers go."""

    batch: str
    remains: str
    """Its counts, as JSON."""
    name: Callable[[str], str]
    """Takes the batch's own numbers out of the name of a file or a group."""
    message: Callable[[str], str]
    """Takes all that could be a number out of what the vendor said."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is."""

    last_ms: int
    """When something was last done for it, in milliseconds since the epoch."""
    needs_numbers: bool
    """Whether a run or an undo still needs the numbers of one of its groups."""


@lru_cache(maxsize=256)
def stretched(fingerprint: str, salt: bytes) -> str:
    """Return what a forgotten batch is known by. It takes about 50 ms, and that is the point."""
    slow = hashlib.scrypt(fingerprint.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"scrypt:{slow.hex()}"


def salt_of(connection: sqlite3.Connection) -> bytes:
    """Return the salt of a journal, which is its own."""
    salt: bytes = connection.execute("SELECT salt FROM keeping").fetchone()[0]
    return salt


def forget(connection: sqlite3.Connection, parting: ForgottenBatch, at_ms: int) -> None:
    """Take the numbers out of a finished batch, within a transaction; `clean` has to follow.

    Raises:
        JournalError: the batch is not finished, is not there, or was forgotten before.
    """
    _refuse_unfinished(connection, parting.batch)
    _point_beyond_splits(connection, parting.batch)
    connection.execute("DELETE FROM known WHERE batch = ?", (parting.batch,))
    groups = connection.execute(
        "SELECT name, message, seq FROM groups WHERE batch = ?", (parting.batch,)
    ).fetchall()
    connection.executemany(
        "UPDATE groups SET phones = '', name = ?, message = ? WHERE batch = ? AND seq = ?",
        (
            (parting.name(name), parting.message(message), parting.batch, seq)
            for name, message, seq in groups
        ),
    )
    connection.executemany(
        "UPDATE known SET group_name = ? WHERE earlier_batch = ? AND earlier_seq = ?",
        ((parting.name(name), parting.batch, seq) for name, _, seq in groups),
    )
    _rename(connection, parting, at_ms)
    connection.execute("UPDATE keeping SET unclean = 1")


def _refuse_unfinished(connection: sqlite3.Connection, batch: str) -> None:
    rows = connection.execute("SELECT DISTINCT state FROM groups WHERE batch = ?", (batch,))
    if any(GroupState(state).needs_numbers for (state,) in rows):
        raise JournalError(f"Batch {batch} is not finished, so its numbers are needed yet.")


def _rename(connection: sqlite3.Connection, parting: ForgottenBatch, at_ms: int) -> None:
    found = connection.execute(
        "SELECT fingerprint, file FROM batches WHERE id = ? AND forgotten_ms IS NULL",
        (parting.batch,),
    ).fetchone()
    if found is None:
        raise JournalError(f"Batch {parting.batch} is not there, or was forgotten before.")
    fingerprint, file = found
    connection.execute(
        "UPDATE batches SET fingerprint = ?, file = ?, forgotten_ms = ?, remains = ? WHERE id = ?",
        (
            stretched(fingerprint, salt_of(connection)),
            parting.name(file),
            at_ms,
            parting.remains,
            parting.batch,
        ),
    )


def _point_beyond_splits(connection: sqlite3.Connection, batch: str) -> None:
    """Let other batches that left numbers to a group that was split name the group they are in.

    That is found by the numbers, which are about to go.
    """
    left_to = connection.execute(
        "SELECT k.batch, k.earlier_seq, k.phones FROM known k "
        "JOIN groups g ON g.batch = k.earlier_batch AND g.seq = k.earlier_seq "
        "WHERE k.earlier_batch = ? AND g.state = 'SPLIT'",
        (batch,),
    ).fetchall()
    if not left_to:
        return
    standing = connection.execute(
        "SELECT phones, seq, name FROM groups WHERE batch = ? AND state <> 'SPLIT'", (batch,)
    )
    place = {number: (seq, name) for phones, seq, name in standing for number in phones.split(",")}
    for other, split, phones in left_to:
        connection.execute(
            "DELETE FROM known WHERE batch = ? AND earlier_batch = ? AND earlier_seq = ?",
            (other, batch, split),
        )
        members = defaultdict(list)
        for number in phones.split(","):
            members[place[number]].append(number)
        connection.executemany(
            "INSERT INTO known VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET phones = phones || ',' || excluded.phones",
            (
                (other, batch, seq, name, ",".join(numbers))
                for (seq, name), numbers in members.items()
            ),
        )


def is_clean(connection: sqlite3.Connection) -> bool:
    """Whether no forgotten number is left in the bytes of the journal."""
    return not connection.execute("SELECT unclean FROM keeping").fetchone()[0]


def clean(connection: sqlite3.Connection, path: str) -> None:
    """Write the journal anew without what was forgotten, and empty its log.

    Raises:
        JournalError: another program reads the journal.
    """
    # Older versions did not overwrite what they deleted, and a page may hold what was moved away.
    connection.execute("VACUUM")
    _empty_log(connection, path)
    connection.execute("UPDATE keeping SET unclean = 0")


def _empty_log(connection: sqlite3.Connection, path: str) -> None:
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise JournalError(
            f"Another program reads the journal {path}: do the same again when it has ended, so "
            "that no bytes of what was forgotten are left."
        )
