"""Who may act on what: a lease for each batch that a run works on, by the database's clock.

A lease names its run by chance, never by host or process, whose names are used again. Every step of
a group names that run, so one that was thought dead can record nothing any more. What it was
sending when its lease was taken over is in doubt and looked for, never sent again.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from importer.environment import host_name
from importer.errors import JournalError, JournalLocked
from importer.journal.part import JournalPart, in_one_transaction
from importer.model import Runner, RunRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

LASTS_MS = 120_000
"""How long a lease lasts that is not renewed: long beside what disks and networks take.

With leases of 1.5 s runs that were alive lost theirs, and their groups came into doubt.
"""
FILE, LIST, PLAN = "file ", "list ", "plan "
"""What the name of a lease begins with that is not a batch's, which has no space in it."""
_BEHIND_ACCOUNT = "\t"
"""Parts an account from its list in the name of a lease: both may have spaces."""
LOOK_AGAIN = 0.5
"""Seconds after which a run that waits for another looks whether it has ended."""
RENEW_AFTER = 20.0
"""Seconds after which a run renews its leases."""

_HOLDER = "SELECT owner, host, process, who, command, since_ms, until_ms, now_ms() FROM leases "
_TAKE = """
INSERT INTO leases (name, owner, host, process, who, command, since_ms, until_ms)
VALUES (:name, :owner, :host, :process, :who, :command, now_ms(), now_ms() + :lasts_ms)
ON CONFLICT (name) DO UPDATE SET
    owner = excluded.owner, host = excluded.host, process = excluded.process, who = excluded.who,
    command = excluded.command, since_ms = excluded.since_ms, until_ms = excluded.until_ms
WHERE leases.owner = :seen
"""
_BEGIN = """
INSERT INTO runs (batch, owner, host, process, who, command, begun_ms, ended_ms)
VALUES (:name, :owner, :host, :process, :who, :command, now_ms(), NULL)
ON CONFLICT (batch, owner) DO NOTHING
"""
IS_HELD_BY = "(SELECT coalesce(max(l.owner), '') FROM leases l WHERE l.name = {batch}) = {owner}"
"""In a statement: the batch is held by this run, or, where that is '', by none."""


class Leases(JournalPart):
    """Gives batches to runs, one run at a time."""

    @in_one_transaction
    def take_leases(self, names: Sequence[str], owner: str, runner: Runner) -> None:
        """Hold some names for a run: all of them, or none. It may hold some of them already.

        Raises:
            JournalLocked: another run that may be alive holds one.
        """
        for name in names:
            self._take_lease(name, owner, runner)

    def _take_lease(self, name: str, owner: str, runner: Runner) -> None:
        self._wait_for_changes(name)
        holders = self._database.rows(f"{_HOLDER} WHERE name = ? FOR UPDATE", (name,))
        seen = holders[0][0] if holders else ""
        if holders and seen != owner and not self._has_ended(holders[0], runner.host):
            raise _held(name, holders[0])
        values = {
            "name": name,
            "owner": owner,
            "host": runner.host,
            "process": runner.process,
            "who": runner.who,
            "command": runner.command,
            "lasts_ms": LASTS_MS,
            "seen": seen,
        }
        if not self._database.change(_TAKE, values):
            # Another run was quicker; what it wrote is seen once it has committed.
            holders = self._database.rows(f"{_HOLDER} WHERE name = ?", (name,))
            raise _held(name, holders[0] if holders else None)
        if " " not in name:
            self._database.change(_BEGIN, {key: values[key] for key in _BEGIN_VALUES})

    def _wait_for_changes(self, batch: str) -> None:
        """Let a transaction end that changes a batch, and let none begin until this one has."""
        self._database.rows("SELECT 1 FROM batches WHERE id = ? FOR UPDATE", (batch,))

    def _has_ended(self, holder: Sequence[Any], host: str) -> bool:
        """Whether a holder's lease ran out, or its run is known to be gone on its own computer.

        A run that is stopped is alive, and may stay so for ever: its lease runs out all the same.
        """
        owner, on, *_, until_ms, now_ms = holder
        return until_ms <= now_ms or self._is_gone(owner, on, host)

    def _is_gone(self, owner: str, on: str, host: str) -> bool:
        return bool(self._database.is_gone(owner, on_this_computer=on == host))

    @in_one_transaction
    def renew_leases(self, owner: str) -> None:
        """Let all leases of a run last from now on.

        Those of other runs that would last longer were written before the database's clock was set
        back: if their runs are dead, nobody could take them over until it has caught up.
        """
        self._database.change(
            "UPDATE leases SET until_ms = now_ms() + ? WHERE owner = ? OR until_ms > now_ms() + ?",
            (LASTS_MS, owner, LASTS_MS),
        )

    @in_one_transaction
    def release_leases(self, owner: str) -> None:
        """Give back all that a run holds, and record that it has ended."""
        self._database.change("DELETE FROM leases WHERE owner = ?", (owner,))
        self._database.change(
            "UPDATE runs SET ended_ms = now_ms() WHERE owner = ? AND ended_ms IS NULL", (owner,)
        )

    def run_records(self) -> dict[str, list[RunRecord]]:
        """Return which runs have worked on each batch, the earliest first."""
        rows = self._database.rows(
            "SELECT r.batch, r.command, r.who, r.host, r.process, r.begun_ms, r.ended_ms, "
            "coalesce(l.owner, ''), coalesce(l.host, ''), coalesce(l.until_ms, 0), now_ms() "
            "FROM runs r LEFT JOIN leases l ON l.name = r.batch AND l.owner = r.owner "
            "ORDER BY r.begun_ms, r.owner"
        )
        records: dict[str, list[RunRecord]] = {}
        for batch, command, who, host, process, begun, ended, owner, on, until_ms, now_ms in rows:
            alive = until_ms > now_ms and not self._is_gone(owner, on, host_name())
            record = RunRecord(batch, Runner(command, who, host, process), begun, ended, alive)
            records.setdefault(batch, []).append(record)
        return records

    def keep_runs_out(self, name: str) -> None:
        """Let no run take a batch until this transaction ends.

        Raises:
            JournalLocked: another run holds it that may be alive.
        """
        self._wait_for_changes(name)
        holders = self._database.rows(
            f"{_HOLDER} WHERE name = ? AND owner <> ?", (name, self.owner)
        )
        if holders and not self._has_ended(holders[0], host_name()):
            raise _held(name, holders[0])

    def refuse_runs(self, *, wait: bool) -> None:
        """Refuse to go on while any run holds anything; with `wait`, wait until none does.

        Raises:
            JournalLocked: one does that may be alive.
        """
        while alive := self._alive():
            if not wait:
                raise JournalLocked(
                    f"A run uses the journal {self._database} at this moment "
                    f"({_in_words(alive[0])}): wait until it has ended, then do the same again."
                )
            time.sleep(LOOK_AGAIN)

    def _alive(self) -> list[Sequence[Any]]:
        holders = self._database.rows(f"{_HOLDER} WHERE owner <> ?", (self.owner,))
        return [one for one in holders if not self._has_ended(one, host_name())]

    def refuse_unheld(self, name: str) -> None:
        """Refuse to record anything about a name that this run does not hold any more.

        Raises:
            JournalError: another run has taken it over, or has taken it after that.
        """
        self._wait_for_changes(name)  # In the order in which others lock the same rows.
        holders = self._database.rows(f"{_HOLDER} WHERE name = ? FOR UPDATE", (name,))
        owner = holders[0][0] if holders else ""
        if owner != self.owner:
            raise taken_over(name, holders[0] if holders else None)

    def holder_of(self, name: str) -> Sequence[Any] | None:
        """Return the row of another run that holds a name; None where none does."""
        rows = self._database.rows(f"{_HOLDER} WHERE name = ? AND owner <> ?", (name, self.owner))
        return rows[0] if rows else None


def name_of_list(account: str, name: str) -> str:
    """Return the name of the lease of an account's list."""
    return f"{LIST}{account}{_BEHIND_ACCOUNT}{name}"


def name_of_plan(batch: str) -> str:
    """Return the name of the lease of a plan that is no batch yet."""
    return f"{PLAN}{batch}"


def taken_over(name: str, holder: Sequence[Any] | None) -> JournalError:
    """Return the error of a run whose lease another one has taken over."""
    if name.startswith(PLAN):
        return JournalError(
            "This run was not heard of for two minutes while it recorded what it planned, so "
            "another run has removed that, and this one ends. Nothing was sent: run it again."
        )
    what = _in_plain(name)
    works = (
        f"works on {what} now ({_in_words(holder)})" if holder else f"has worked on {what} since"
    )
    return JournalError(
        f"Another run {works}, as this one was not heard of for two minutes, so this one ends. "
        "Nothing is lost: what it was sending is looked for at the vendor before anything is sent "
        "again."
    )


_BEGIN_VALUES = ("name", "owner", "host", "process", "who", "command")


def _held(name: str, holder: Sequence[Any] | None) -> JournalLocked:
    who = f" ({_in_words(holder)})" if holder else ""
    return JournalLocked(
        f"Another run works on {_in_plain(name)}{who}: wait until it has ended, or let --wait do "
        "that."
    )


def _in_plain(name: str) -> str:
    """Return what a lease is of, in words."""
    if name.startswith(FILE):
        return "this file"
    if name.startswith(PLAN):
        return "this list"
    if name.startswith(LIST):
        return f"the list {name.partition(_BEHIND_ACCOUNT)[2]}"
    return f"batch {name}"


def _in_words(holder: Sequence[Any]) -> str:
    _, host, process, who, command, since_ms, *_ = holder
    by = Runner(command, who, host, process).place
    since = datetime.fromtimestamp(since_ms / 1000).astimezone()
    return f"{command} by {by}, process {process}, since {since:%Y-%m-%d %H:%M:%S%z}"
