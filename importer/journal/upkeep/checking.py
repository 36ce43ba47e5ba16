"""Reads all of a journal, and says what of it can't be so."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import JournalError
from importer.journal import number_index
from importer.journal.rows_in_portions import KeptRows
from importer.model import GroupState, ListRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from importer.journal.database.protocol import Database, UpgradeProgress
    from importer.journal.journal import Journal

_GROUPS_READ = 500
_OWNERS = {
    "groups": "SELECT id FROM batches",
    "known": "SELECT id FROM batches",
    "decisions": "SELECT id FROM batches",
    "list_batches": "SELECT id FROM batches",
    "list_steps": "SELECT batch FROM list_batches",
}
"""Tables with rows of batches, and which batches these may be."""
_SHOWN = 20
"""Findings that are named one by one."""


@dataclass(frozen=True, slots=True)
class Soundness:
    """What was read, and what of it can't be so."""

    batches: int
    groups: int
    numbers: int
    """Numbers in groups."""
    findings: tuple[str, ...]
    """Sentences; none where all is sound."""


def check(journal: Journal, progress: UpgradeProgress | None = None) -> Soundness:
    """Read all batches, groups, numbers and kept rows of a journal.

    Raises:
        JournalError: it can't be read at all.
    """
    database = journal.database
    return database.run(lambda: _check(journal, database, progress))


def _check(journal: Journal, database: Database, progress: UpgradeProgress | None) -> Soundness:
    findings = database.unsound_storage()
    batches = journal.batches()
    [(total, with_numbers)] = database.rows(
        "SELECT count(*), coalesce(sum(CASE WHEN b.forgotten_ms IS NULL THEN 1 ELSE 0 END), 0) "
        "FROM groups g INDEXED BY group_facts JOIN batches b ON b.id = g.batch"
    )
    numbers = 0
    with _stage(progress, with_numbers + len(batches)) as advance:
        for groups in _portions_of_groups(database):
            found, count = _check_groups(database, groups)
            findings += found
            numbers += count
            advance(len(groups))
        findings += _check_owners(database)
        findings += _check_count(database, numbers)
        findings += _check_skipped(database)
        without_rows = _undos(database)
        for batch in batches:
            if batch.forgotten_ms is None and batch.id not in without_rows:
                findings += _check_rows(journal, batch.id)
            advance(1)
        findings += _check_unknown_rows(journal)
    return Soundness(len(batches), total, numbers, tuple(_shortened(findings)))


def _stage(
    progress: UpgradeProgress | None, total: int
) -> AbstractContextManager[Callable[[int], None]]:
    return progress.stage("Checking", total, "group") if progress else nullcontext(lambda _: None)


_GroupRow = tuple[str, int, int, str, int, str]
"""Of a group: its batch, the batch's ordinal, its place, its state, its size, its numbers."""


def _portions_of_groups(database: Database) -> Iterator[list[_GroupRow]]:
    yield from database.portions(
        "SELECT g.batch, b.ordinal, g.seq, g.state, g.size, g.phones "
        "FROM groups g JOIN batches b ON b.id = g.batch WHERE b.forgotten_ms IS NULL",
        size=_GROUPS_READ,
    )


def _check_groups(database: Database, groups: list[_GroupRow]) -> tuple[list[str], int]:
    """Return what can't be so of some groups, and how many numbers they have."""
    findings: list[str] = []
    held: list[tuple[int, int, str]] = []
    for batch, ordinal, seq, state, size, phones in groups:
        name = f"group {seq} of batch {batch}"
        if state not in {*GroupState}:
            findings.append(f"{name} is in the state '{state}', which does not exist.")
        numbers = phones.split(",")
        if len(numbers) != size:
            findings.append(f"{name} has {len(numbers):,} numbers instead of {size:,}.")
        if not all(one.isascii() and one.isdigit() and one[0] != "0" for one in numbers):
            findings.append(f"{name} has a number that is none.")
        elif state != GroupState.SPLIT:
            held.append((ordinal, seq, phones))
    missing = number_index.count_missing(database, held)
    if missing:
        findings.append(f"{missing:,} numbers of groups are not found by a look-up.")
    return findings, sum(phones.count(",") + 1 for _, _, phones in held)


def _check_owners(database: Database) -> list[str]:
    """Find rows of no batch. Those of a plan are not a batch's yet."""
    return [
        f"Rows of {table} are of batch {batch}, which is not there."
        for table, owners in _OWNERS.items()
        for (batch,) in database.rows(
            f"SELECT DISTINCT batch FROM {table} "
            f"WHERE batch NOT IN ({owners}) AND batch NOT IN (SELECT batch FROM plans)"
        )
    ]


def _check_count(database: Database, numbers: int) -> list[str]:
    [(there,)] = database.rows(
        "SELECT count(*) FROM group_numbers WHERE batch NOT IN (SELECT ordinal FROM plans) "
        "AND batch NOT IN (SELECT ordinal FROM batches WHERE forgotten_ms IS NOT NULL)"
    )
    if there <= numbers:
        return []
    return [f"The look-up finds {there:,} numbers, and the groups have {numbers:,}."]


def _check_skipped(database: Database) -> list[str]:
    lost = database.rows(
        "SELECT DISTINCT k.batch, k.earlier_batch FROM known k "
        "LEFT JOIN groups g ON g.batch = k.earlier_batch AND g.seq = k.earlier_seq "
        "WHERE g.batch IS NULL AND k.batch NOT IN (SELECT batch FROM plans)"
    )
    return [
        f"Batch {batch} left numbers out as known from batch {earlier}, where they are not."
        for batch, earlier in lost
    ]


def _undos(database: Database) -> frozenset[str]:
    """Return the batches that took a sync back: they were made of no file, so they have no rows."""
    undos = database.rows("SELECT batch FROM list_batches WHERE role = ?", (ListRole.UNDO.value,))
    return frozenset(batch for (batch,) in undos)


def _check_rows(journal: Journal, batch: str) -> list[str]:
    try:
        with journal.open_rows_file(batch) as file:
            kept = KeptRows(file)
            for portion in range(len(kept)):
                kept.read(portion)
    except JournalError as error:
        return [str(error)]
    return []


def _check_unknown_rows(journal: Journal) -> list[str]:
    try:
        journal.refuse_lost_batches()
    except JournalError as error:
        return [str(error)]
    return []


def _shortened(findings: list[str]) -> Iterator[str]:
    yield from findings[:_SHOWN]
    if len(findings) > _SHOWN:
        yield f"{len(findings) - _SHOWN:,} more things of this kind were found."
