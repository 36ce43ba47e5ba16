"""Removes phone numbers from finished batches, so that no byte of them is left in the journal.

A batch's fingerprint stays, because it keeps the same list from being sent twice. It is a plain
hash, so the numbers of a short list could be found by trying all candidates. Forgetting therefore
replaces it by a scrypt hash, which takes about 50 ms to try, salted with this journal's own salt.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.errors import JournalError
from importer.journal import number_index
from importer.model import GroupState

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.journal.database.protocol import Database


@dataclass(frozen=True, slots=True)
class ForgottenBatch:
    """A batch to forget, and what replaces its texts."""

    batch: str
    remains: str
    """The batch's counts, as JSON: see `ForgottenCounts`."""
    settings: str
    """The settings that it was planned with, without the batch's own numbers, as JSON."""
    file_name: Callable[[str], str]
    """Returns the name of a file without the batch's own numbers."""
    group_name: Callable[[str, str], str]
    """Returns the name of a group of a country without values of the list."""
    remark: Callable[[str], str]
    """Returns a group's remark without the batch's own numbers; its mark stays."""
    message: Callable[[str], str]
    """Returns a vendor's message without anything that could be a number."""


@lru_cache(maxsize=256)
def stretched(fingerprint: str, salt: bytes) -> str:
    """Return the hash that a forgotten batch is found by.

    It takes about 50 ms on purpose, so that candidates can't be tried quickly.
    """
    slow = hashlib.scrypt(fingerprint.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"scrypt:{slow.hex()}"


def salt_of(database: Database) -> bytes:
    """Return the random salt that this journal was made with."""
    salt: bytes = database.rows("SELECT salt FROM keeping")[0][0]
    return salt


def forget(database: Database, parting: ForgottenBatch, at_ms: int) -> None:
    """Remove the numbers of a finished batch, at `at_ms` milliseconds since the epoch.

    The caller holds a transaction, and calls `clean` after it: until then, bytes of the numbers may
    be left in the file and in its log.

    Raises:
        JournalError: the batch is not finished, does not exist, or was forgotten before.
    """
    _refuse_unfinished(database, parting.batch)
    _point_beyond_splits(database, parting.batch)
    database.change("DELETE FROM known WHERE batch = ?", (parting.batch,))
    database.change("DELETE FROM list_steps WHERE batch = ?", (parting.batch,))
    phones = database.rows(
        "SELECT b.ordinal, g.seq, g.phones FROM groups g JOIN batches b ON b.id = g.batch "
        "WHERE g.batch = ?",
        (parting.batch,),
    )
    number_index.remove(database, phones)
    groups = database.rows(
        "SELECT name, country, remark, message, seq FROM groups WHERE batch = ?", (parting.batch,)
    )
    names = {seq: parting.group_name(name, country) for name, country, _, _, seq in groups}
    database.change_many(
        "UPDATE groups SET phones = '', name = ?, remark = ?, message = ? "
        "WHERE batch = ? AND seq = ?",
        (
            (names[seq], parting.remark(remark), parting.message(message), parting.batch, seq)
            for _, _, remark, message, seq in groups
        ),
    )
    database.change_many(
        "UPDATE known SET group_name = ? WHERE earlier_batch = ? AND earlier_seq = ?",
        ((name, parting.batch, seq) for seq, name in names.items()),
    )
    _rename(database, parting, at_ms)
    database.note_unclean()


def _refuse_unfinished(database: Database, batch: str) -> None:
    rows = database.rows("SELECT DISTINCT state FROM groups WHERE batch = ?", (batch,))
    if any(GroupState(state).needs_numbers for (state,) in rows):
        raise JournalError(f"Batch {batch} is not finished, so its numbers are needed yet.")


def _rename(database: Database, parting: ForgottenBatch, at_ms: int) -> None:
    found = database.rows(
        "SELECT fingerprint, file FROM batches WHERE id = ? AND forgotten_ms IS NULL",
        (parting.batch,),
    )
    if not found:
        raise JournalError(f"Batch {parting.batch} is not there, or was forgotten before.")
    [(fingerprint, file)] = found
    database.change(
        "UPDATE batches SET fingerprint = ?, file = ?, settings = ?, forgotten_ms = ?, remains = ? "
        "WHERE id = ?",
        (
            stretched(fingerprint, salt_of(database)),
            parting.file_name(file),
            parting.settings,
            at_ms,
            parting.remains,
            parting.batch,
        ),
    )


def _point_beyond_splits(database: Database, batch: str) -> None:
    """Make other batches' skipped numbers point to the halves of groups that were split.

    Which half a number went into is found by the numbers, which are removed next.
    """
    left_to = database.rows(
        "SELECT k.batch, k.earlier_seq, k.phones FROM known k "
        "JOIN groups g ON g.batch = k.earlier_batch AND g.seq = k.earlier_seq "
        "WHERE k.earlier_batch = ? AND g.state = 'SPLIT'",
        (batch,),
    )
    if not left_to:
        return
    standing = database.rows(
        "SELECT phones, seq, name FROM groups WHERE batch = ? AND state <> 'SPLIT'", (batch,)
    )
    place = {number: (seq, name) for phones, seq, name in standing for number in phones.split(",")}
    for other, split, phones in left_to:
        database.change(
            "DELETE FROM known WHERE batch = ? AND earlier_batch = ? AND earlier_seq = ?",
            (other, batch, split),
        )
        members = defaultdict(list)
        for number in phones.split(","):
            members[place[number]].append(number)
        database.change_many(
            "INSERT INTO known VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (batch, earlier_batch, earlier_seq) "
            "DO UPDATE SET phones = known.phones || ',' || excluded.phones",
            (
                (other, batch, seq, name, ",".join(numbers))
                for (seq, name), numbers in members.items()
            ),
        )
