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
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from importer.errors import JournalError
from importer.journal import number_index
from importer.journal.numbers import places_in
from importer.model import GroupState

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.journal.database.protocol import Database


_GROUPS_AT_ONCE = 100
"""Groups that are read to remove the numbers of some."""


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

    The caller holds a transaction. From its end on the batch is a forgotten one, so nobody asks
    for its numbers. They are removed after it, by `remove_next_numbers` and from the look-up: those
    of a long list are more than one transaction may hold.

    Raises:
        JournalError: the batch is not finished, does not exist, or was forgotten before.
    """
    _refuse_unfinished(database, parting.batch)
    _point_beyond_splits(database, parting.batch)
    database.change("DELETE FROM known WHERE batch = ?", (parting.batch,))
    database.change("DELETE FROM list_steps WHERE batch = ?", (parting.batch,))
    _rewrite_groups(database, parting)
    _rename(database, parting, at_ms)
    database.note_unclean()


def _rewrite_groups(database: Database, parting: ForgottenBatch) -> None:
    groups = database.rows(
        "SELECT seq, name, country, remark, message FROM groups WHERE batch = ?", (parting.batch,)
    )
    names: dict[int, str] = {}
    changed: list[tuple[str, str, str, str, int]] = []
    for seq, name, country, remark, message in groups:
        now = parting.group_name(name, country), parting.remark(remark), parting.message(message)
        if now != (name, remark, message):
            changed.append((*now, parting.batch, seq))
        if now[0] != name:
            names[seq] = now[0]
    database.change_many(
        "UPDATE groups SET name = ?, remark = ?, message = ? WHERE batch = ? AND seq = ?", changed
    )
    database.change_many(
        "UPDATE known SET group_name = ? WHERE earlier_batch = ? AND earlier_seq = ?",
        ((name, parting.batch, seq) for seq, name in names.items()),
    )


class LeftNumbers(NamedTuple):
    """Numbers of a forgotten batch that are still to be removed."""

    batch: str
    ordinal: int
    numbers: int


def left_numbers(database: Database) -> list[LeftNumbers]:
    """Return what is still to be removed of forgotten batches."""
    rows = database.rows(
        "SELECT b.id, b.ordinal, sum(g.size) FROM batches b JOIN groups g ON g.batch = b.id "
        "WHERE b.forgotten_ms IS NOT NULL AND g.phones <> '' GROUP BY b.id, b.ordinal"
    )
    return [LeftNumbers(batch, ordinal, int(count)) for batch, ordinal, count in rows]


def remove_next_numbers(database: Database, left: LeftNumbers, most: int) -> int:
    """Remove the numbers of the next groups of a forgotten batch, within a transaction.

    They are about `most`. Return how many groups they were of.
    """
    groups = database.rows(
        "SELECT seq, phones FROM groups WHERE batch = ? AND phones <> '' ORDER BY seq LIMIT ?",
        (left.batch, _GROUPS_AT_ONCE),
    )
    ends = accumulate(phones.count(",") + 1 for _, phones in groups)
    some = groups[: 1 + sum(end <= most for end in ends)]
    number_index.remove(database, [(left.ordinal, seq, phones) for seq, phones in some])
    database.change_many(
        "UPDATE groups SET phones = '' WHERE batch = ? AND seq = ?",
        ((left.batch, seq) for seq, _ in some),
    )
    return len(some)


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
    names = dict(
        database.rows("SELECT seq, name FROM groups WHERE batch = ? AND state <> 'SPLIT'", (batch,))
    )
    for other, split, phones in left_to:
        database.change(
            "DELETE FROM known WHERE batch = ? AND earlier_batch = ? AND earlier_seq = ?",
            (other, batch, split),
        )
        numbers = np.array(phones.split(","), dtype=np.int64)
        members = defaultdict(list)
        for number, seq in places_in(database, batch, numbers).tolist():
            members[seq].append(str(number))
        database.change_many(
            "INSERT INTO known VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (batch, earlier_batch, earlier_seq) "
            "DO UPDATE SET phones = known.phones || ',' || excluded.phones",
            ((other, batch, seq, names[seq], ",".join(found)) for seq, found in members.items()),
        )
