"""What the journal knows of earlier batches: to list them, and to find one by its name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from importer.context import open_journal
from importer.errors import SettingsError
from importer.model import Batch, GroupState, Status
from importer.moments import zone_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import tzinfo

    from importer.context import Context, Progress
    from importer.journal.groups import StateCounts
    from importer.model import ListBatch, RunRecord
    from importer.store import Store


@dataclass(frozen=True, slots=True)
class Past:
    """One batch and how far it came."""

    batch: Batch
    groups: int
    numbers: Mapping[Status, int]
    member: ListBatch | None = None
    """The list that it belongs to."""
    runs: tuple[RunRecord, ...] = ()
    """The runs that worked on it, the earliest first."""
    deleted: int = 0
    """Numbers of groups that an undo deleted; they count as planned, and no run sends them."""
    is_half_undone: bool = False
    """Whether an undo has begun, and not come to its end."""

    @property
    def by(self) -> str:
        """Who ran it last, and where; "" where that is not known."""
        return self.runs[-1].runner.place if self.runs else ""

    @property
    def outcome(self) -> str:
        """What became of it, in a word or two."""
        if self.runs and self.runs[-1].is_alive:
            return f"{self.runs[-1].runner.command} goes on"
        if self.batch.undone_ms is not None:
            return "undone"
        if self.member is not None:
            is_left = self.member.ended_ms is None
            return f"list {self.member.name}{', not finished' if is_left else ''}"
        if self.is_half_undone:
            return "undo not finished"
        left = [f"{count:,} {status}" for status, count in self._left.items() if count]
        return ", ".join(left) or "done"

    @property
    def _left(self) -> dict[Status, int]:
        statuses = (Status.PLANNED, Status.REFUSED, Status.IN_DOUBT)
        left = {status: self.numbers.get(status, 0) for status in statuses}
        return left | {Status.PLANNED: left[Status.PLANNED] - self.deleted}

    @property
    def is_unfinished(self) -> bool:
        """Whether some of its numbers wait to be sent, or are in doubt."""
        if self.member is not None:
            return self.batch.undone_ms is None and self.member.ended_ms is None
        left = self._left
        return self.batch.undone_ms is None and bool(left[Status.PLANNED] + left[Status.IN_DOUBT])

    def as_json(self) -> dict[str, Any]:
        """Return the object that `importer batches --json` prints."""
        return {
            "batch": self.batch.id,
            "file": self.batch.file,
            "created_ms": self.batch.created_ms,
            "undone_ms": self.batch.undone_ms,
            "forgotten_ms": self.batch.forgotten_ms,
            "groups": self.groups,
            **{
                status.name.lower(): self.numbers.get(status, 0)
                for status in (Status.CREATED, Status.PLANNED, Status.REFUSED, Status.IN_DOUBT)
            },
            "runs": [
                {
                    "command": one.runner.command,
                    "who": one.runner.who,
                    "host": one.runner.host,
                    "begun_ms": one.begun_ms,
                    "ended_ms": one.ended_ms,
                    "goes_on": one.is_alive,
                }
                for one in self.runs
            ],
        }


def history(store: Store, progress: Progress | None = None) -> list[Past]:
    """Return all batches of a journal, the oldest first; none where there is no journal yet.

    `progress` shows how a journal of an older version is brought up to date.

    Raises:
        JournalError: the journal can't be read.
    """
    if not store.exists():
        return []
    with store.open(progress) as journal:
        counts = journal.counts_by_state()
        runs = journal.run_records()
        members = {
            one.batch: one
            for account in journal.accounts()
            for one in journal.list_batches(account)
        }
        return [
            replace(
                _past(one, counts.get(one.id, {}), members.get(one.id)),
                runs=tuple(runs.get(one.id, ())),
            )
            for one in journal.batches()
        ]


def _past(batch: Batch, counts: Mapping[GroupState, StateCounts], member: ListBatch | None) -> Past:
    numbers = Counter[Status]()
    for state, count in counts.items():
        if state.has_numbers:
            numbers[state.status] += count.numbers
    created, deleted = counts.get(GroupState.CREATED), counts.get(GroupState.DELETED)
    return Past(
        batch,
        created.groups if created else 0,
        numbers,
        member,
        deleted=deleted.numbers if deleted else 0,
        is_half_undone=member is None
        and batch.undone_ms is None
        and any(state.is_in_undo for state in counts),
    )


def history_lines(past: Sequence[Past], zone: tzinfo | None) -> list[str]:
    """Lay the history out as a table for the terminal."""
    if not past:
        return ["No batch was run yet."]
    begun = [datetime.fromtimestamp(one.batch.created_ms / 1000, zone) for one in past]
    when = f"begun ({zone_of(begun[0])})" if zone is not None else "begun"
    outcomes = [_outcome(one, zone) for one in past]
    wide = max(len("outcome"), *map(len, outcomes)) + 2
    by = max(len("by"), *(len(one.by) for one in past)) + 2
    lines = [f"{'batch':10}{when:19}{'groups':>7}{'created':>9}  {'outcome':{wide}}{'by':{by}}file"]
    for one, moment, outcome in zip(past, begun, outcomes, strict=True):
        lines.append(
            f"{one.batch.id:10}{moment:%Y-%m-%d %H:%M}   {one.groups:>7,}"
            f"{one.numbers.get(Status.CREATED, 0):>9,}  {outcome:{wide}}{one.by:{by}}"
            f"{one.batch.file}"
        )
    return lines


def _outcome(one: Past, zone: tzinfo | None) -> str:
    if one.batch.forgotten_ms is None:
        return one.outcome
    since = datetime.fromtimestamp(one.batch.forgotten_ms / 1000, zone)
    return f"{one.outcome}, forgotten {since:%Y-%m-%d}"


def find_batch(context: Context, name: str) -> Batch:
    """Return the one batch whose name begins with `name`.

    Raises:
        SettingsError: there is none, or more than one, or `name` is empty, as an unset variable of
            a script is.
        JournalError: the journal can't be read.
    """
    with open_journal(context) as journal:
        known = journal.batches()
    found = [one for one in known if name and one.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} batches begin with" if found else "There is no batch"
    raise SettingsError(f"{what} '{name}': `importer batches` lists them.")


def unfinished_batches(context: Context, *, refused: bool = False) -> list[Batch]:
    """Return the account's batches that have something left to send or to settle, oldest first.

    With `refused` those too of which the vendor refused a group.

    Raises:
        JournalError: the journal can't be read.
    """
    with open_journal(context) as journal:
        counts = journal.counts_by_state()
        in_lists = {one.batch: one for one in journal.list_batches(context.account)}
        return [
            one
            for one in journal.batches(context.account)
            if one.undone_ms is None
            and _is_left(in_lists.get(one.id), counts.get(one.id, ()), refused=refused)
        ]


def _is_left(member: ListBatch | None, states: Collection[GroupState], *, refused: bool) -> bool:
    """Whether a batch has something left; a sync has until its list is in step."""
    if member is not None:
        return member.ended_ms is None
    return any(one.is_unfinished or (refused and one is GroupState.REFUSED) for one in states)


def ensure_same_account(batch: Batch, context: Context) -> None:
    """Refuse to finish or undo a batch at an account that never had it.

    There its groups are not to be found, so that they would be made twice, or taken for deleted.

    Raises:
        SettingsError: the batch is another account's, or another server's.
    """
    if batch.account != context.account:
        raise SettingsError(
            f"Batch {batch.id} was sent with another access key or to another address: set "
            "NXCLOUD_ACCESS_KEY and NXCLOUD_URL as they were then. If it is the same account all "
            f'the same, set IMPORTER_ACCOUNT="{batch.account}".'
        )
