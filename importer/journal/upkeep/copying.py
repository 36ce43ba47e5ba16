"""Copies a journal into another database: whole, or not at all.

Leases and paces are left out: they are about processes that run at this moment, and none does.
"""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from importer.errors import JournalError
from importer.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from importer.journal.database.protocol import Database, UpgradeProgress

_PORTION = 1_000
"""Rows that are copied by one statement; those of numbers are small."""
_NUMBERS_PORTION = 50_000
COPIED = {
    "batches": (
        "id, fingerprint, account, file, created_ms, settings, undone_ms, corrects, forgotten_ms, "
        "remains, ordinal, planning"
    ),
    "groups": (
        "batch, seq, name, country, remark, phones, size, state, attempts, sent_ms, code, message, "
        "request_id, group_id, created_ms"
    ),
    "known": "batch, earlier_batch, earlier_seq, group_name, phones",
    "decisions": "batch, seq, at_ms, who, group_id",
    "runs": "batch, owner, host, process, who, command, begun_ms, ended_ms",
    "plannings": "account, times",
    "rates": "account, rate",
    "group_sizes": "account, size",
    "list_batches": "batch, account, list, role, row_count, ended_ms, undoes",
    "list_steps": (
        "batch, step, kind, group_batch, group_seq, phones, state, attempts, sent_ms, code, "
        "message, request_id"
    ),
}
"""The tables and their columns, each after those that it refers to. `group_numbers` follows them,
and the files of rows."""
_NUMBERS = "group_numbers"
_OF_BATCHES = {
    "groups": "WHERE batch NOT IN (SELECT batch FROM plans)",
    "known": "WHERE batch NOT IN (SELECT batch FROM plans)",
    _NUMBERS: "WHERE batch NOT IN (SELECT ordinal FROM plans)",
}
"""Leaves out the rows of plans that are no batches yet."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of each table, and rows of how many batches, were copied."""

    tables: dict[str, int]
    kept_rows: int


def copy(source: Database, target: Database, progress: UpgradeProgress | None = None) -> Copied:
    """Copy all that a journal knows into a new one, and compare the counts.

    The caller has both to itself; but in a shared database, runs may begin meanwhile. Cut off, the
    target is as new; only files of rows may be left beside it, which the next copy replaces.

    Raises:
        JournalError: the target knows something already, a count is not the same, runs have
            recorded something in the source meanwhile, or one of the databases failed.
    """

    def all_of_one_moment() -> Copied:
        source.freeze()
        return target.run(lambda: _copy(source, target, progress))

    copied = source.run(all_of_one_moment)
    _refuse_changed(source, target, copied)
    return copied


def _copy(source: Database, target: Database, progress: UpgradeProgress | None) -> Copied:
    _refuse_used(target)
    counts = _counts(source)
    forgotten = source.rows("SELECT id FROM batches WHERE forgotten_ms IS NOT NULL")
    kept = sorted(source.kept_batches().difference(batch for (batch,) in forgotten))
    with _stage(progress, sum(counts.values()) + len(kept)) as advance:
        for table, columns in COPIED.items():
            _copy_table(source, target, table, columns, advance)
        _copy_numbers(source, target, advance)
        salt = source.rows("SELECT salt FROM keeping")[0]
        target.change("UPDATE keeping SET salt = ?", salt)
        for batch in kept:
            _copy_rows_file(source, target, batch)
            advance(1)
    target.number_batches_on()
    _compare(target, counts, frozenset(kept))
    return Copied(counts, len(kept))


def _stage(
    progress: UpgradeProgress | None, total: int
) -> AbstractContextManager[Callable[[int], None]]:
    return progress.stage("Copying", total, "row") if progress else nullcontext(lambda _: None)


def _refuse_used(target: Database) -> None:
    batches = target.rows("SELECT count(*) FROM batches")[0][0]
    # A plan has an ordinal, which is that of a batch in the source.
    if batches or _count(target, "plans") or any(_counts(target).values()):
        known = counted(batches, "batch", "batches")
        raise JournalError(
            f"The journal {target} knows {known} already, and a copy "
            "needs a new one: name another place. Nothing was copied."
        )


def _refuse_changed(source: Database, target: Database, copied: Copied) -> None:
    """Refuse a copy that lacks what was planned while it was made: that would be made again."""
    if any(_count(source, table) != copied.tables[table] for table in COPIED):
        raise JournalError(
            f"Runs went on in {source} while it was copied, so the copy in {target} lacks what "
            "they have recorded: remove that copy, and copy again when nobody uses the journal."
        )


def _counts(database: Database) -> dict[str, int]:
    return {table: _count(database, table) for table in (*COPIED, _NUMBERS)}


def _count(database: Database, table: str) -> int:
    rows = f"{table} {_OF_BATCHES.get(table, '')}"
    count: int = database.rows(f"SELECT count(*) FROM {rows}")[0][0]
    return count


def _copy_table(
    source: Database,
    target: Database,
    table: str,
    columns: str,
    advance: Callable[[int], None],
) -> None:
    marks = ", ".join("?" * len(columns.split(",")))
    insert = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
    read = f"SELECT {columns} FROM {table} {_OF_BATCHES.get(table, '')}"
    for rows in source.portions(read, size=_PORTION):
        target.change_many(insert, rows)
        advance(len(rows))


def _copy_numbers(source: Database, target: Database, advance: Callable[[int], None]) -> None:
    portions = source.portions(
        f"SELECT number, batch, seq FROM {_NUMBERS} {_OF_BATCHES[_NUMBERS]} "
        "ORDER BY number, batch, seq",
        size=_NUMBERS_PORTION,
    )
    for rows in portions:
        numbers, batches, places = zip(*rows, strict=True)
        target.change_given(
            {"number": numbers, "batch": batches, "seq": places},
            f"INSERT INTO {_NUMBERS} SELECT number, batch, seq FROM given",
        )
        advance(len(rows))


def _copy_rows_file(source: Database, target: Database, batch: str) -> None:
    with source.open_rows_file(batch) as file:
        target.write_rows_file(batch, partial(shutil.copyfileobj, file), lambda: None)


def _compare(target: Database, counts: dict[str, int], kept: frozenset[str]) -> None:
    there = _counts(target)
    wrong = [
        f"{there[table]:,} of {count:,} rows of {table}"
        for table, count in counts.items()
        if there[table] != count
    ]
    if missing := kept - target.kept_batches():
        wrong.append(f"the rows of {counted(len(missing), 'batch is', 'batches are')} missing")
    if wrong:
        raise JournalError(
            f"The copy in {target} would not be whole ({_listed(wrong)}), so nothing was copied: "
            "run `importer journal check` on the journal that it was taken from."
        )


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts)
