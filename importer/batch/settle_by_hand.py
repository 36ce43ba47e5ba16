"""`settle`: the operator's word on groups in doubt, where no listing can tell."""

from __future__ import annotations

import asyncio
import getpass
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.batch.history import ensure_same_account
from importer.batch.send import account_at, terms_of
from importer.context import open_journal
from importer.errors import GateClosed, SettingsError
from importer.journal import lock
from importer.model import GroupState, Transition
from importer.plurals import counted
from importer.sending.listing import ListingError
from importer.sending.session import list_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.context import Context, Progress
    from importer.journal import Journal
    from importer.model import Batch, GroupRecord
    from importer.sending.pages import Listed
    from importer.settings import Settings

NOT_MADE = ""
"""The word that a group was not made."""
SHOWN = 10
"""How many listed groups are shown beside one in doubt."""


@dataclass(frozen=True, slots=True)
class DoubtfulGroup:
    """A group in doubt, and the vendor's groups that may be it."""

    record: GroupRecord
    near: tuple[Listed, ...]

    def as_json(self) -> Mapping[str, Any]:
        """Return the object that `--json` prints."""
        group = self.record.group
        return {
            "seq": group.seq,
            "name": group.name,
            "numbers": group.size,
            "message": self.record.message,
            "near": [
                {
                    "group_id": one.group_id,
                    "name": one.name,
                    "remark": one.remark,
                    "numbers": len(one.phones),
                    "same_numbers": len(one.phones & _numbers_of(group.phones)),
                }
                for one in self.near
            ],
        }


@dataclass(frozen=True, slots=True)
class Doubts:
    """A batch's groups in doubt, and why the vendor's could not be listed; "" where they were."""

    groups: tuple[DoubtfulGroup, ...]
    problem: str = ""


def find_doubts(batch: Batch, settings: Settings, context: Context) -> Doubts:
    """Return a batch's groups in doubt, each with what the vendor's listing holds that is near.

    Raises:
        ImporterError: the journal can't be used, or the batch is another account's.
    """
    ensure_same_account(batch, context)
    with (
        lock.hold(context.journal, context.now, wait=context.wait),
        open_journal(context) as journal,
    ):
        journal.settle_interrupted(batch.id)
        doubtful = _doubtful(journal, batch)
        if not doubtful:
            return Doubts(())
        try:
            listed = asyncio.run(_list(doubtful, journal, settings, context))
        except ListingError as error:
            return Doubts(tuple(DoubtfulGroup(one, ()) for one in doubtful), str(error))
        owned = journal.owned_groups()
        free = [one for one in listed if one.group_id not in owned]
    return Doubts(tuple(DoubtfulGroup(one, _near(one, free)) for one in doubtful))


def _doubtful(journal: Journal, batch: Batch) -> list[GroupRecord]:
    return [one for one in journal.groups(batch.id) if one.state is GroupState.IN_DOUBT]


async def _list(
    doubtful: Sequence[GroupRecord], journal: Journal, settings: Settings, context: Context
) -> tuple[Listed, ...]:
    numbers = frozenset[str]().union(*(_numbers_of(one.group.phones) for one in doubtful))
    names = {one.group.name for one in doubtful}
    tokens = [one.group.token for one in doubtful]

    def wanted(listed: Listed) -> bool:
        marked = any(token in listed.remark for token in tokens)
        return marked or listed.name in names or not numbers.isdisjoint(listed.phones)

    async with account_at(settings, context) as account:
        snapshot = await list_groups(account, terms_of(settings, context, journal), wanted)
    return snapshot.groups


def _near(record: GroupRecord, listed: Sequence[Listed]) -> tuple[Listed, ...]:
    """Return the listed groups that may be a group, the likeliest first."""
    group, numbers = record.group, _numbers_of(record.group.phones)

    def likeness(one: Listed) -> tuple[bool, int, bool]:
        return group.token in one.remark, len(one.phones & numbers), one.name == group.name

    near = [one for one in listed if any(likeness(one))]
    return tuple(sorted(near, key=likeness, reverse=True)[:SHOWN])


def _numbers_of(phones: str) -> frozenset[str]:
    return frozenset(phones.split(","))


def record_words(
    batch: Batch, words: Mapping[int, str], context: Context, progress: Progress
) -> int:
    """Record the operator's word on groups, with who and when; return how many stay in doubt.

    `words` are groupIds by the groups' places, `NOT_MADE` for a group that was not made.

    Raises:
        SettingsError: a group is not in doubt.
        GateClosed: the operator does not agree.
        JournalError: the journal can't be used, or a groupId is another group's.
    """
    ensure_same_account(batch, context)
    with (
        lock.hold(context.journal, context.now, wait=context.wait),
        open_journal(context) as journal,
    ):
        doubtful = {one.group.seq: one for one in _doubtful(journal, batch)}
        unknown = sorted(words.keys() - doubtful.keys())
        if unknown:
            raise SettingsError(
                f"Group {unknown[0]} of batch {batch.id} is not in doubt: `importer settle "
                f"{batch.id}` shows those that are."
            )
        if words and not context.prompter.confirm(_question(batch, words)):
            raise GateClosed("Nothing was recorded. Where nobody can be asked, --yes agrees.")
        for seq, group_id in sorted(words.items()):
            step = _step(batch, doubtful[seq], group_id, context.now_ms)
            journal.decide_by_hand(step, _who())
            progress.steps([step])
    return len(doubtful) - len(words)


def _question(batch: Batch, words: Mapping[int, str]) -> str:
    made = sum(group_id != NOT_MADE for group_id in words.values())
    return (
        f"Record on your word that of batch {batch.id} {counted(made, 'group')} in doubt "
        f"{'was' if made == 1 else 'were'} made and {len(words) - made:,} not, which will be sent "
        "again?"
    )


def _step(batch: Batch, record: GroupRecord, group_id: str, now_ms: int) -> Transition:
    made = group_id != NOT_MADE
    return Transition(
        batch=batch.id,
        seq=record.group.seq,
        leaves=GroupState.IN_DOUBT,
        enters=GroupState.CREATED if made else GroupState.PLANNED,
        at_ms=now_ms,
        message=f"{'made' if made else 'not made'}, on the word of {_who()}",
        group_id=group_id,
    )


def _who() -> str:
    """Return who runs the command, and where."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # A container's user may have no name.
        return socket.gethostname()
