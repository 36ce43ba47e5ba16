"""`settle`: the operator's word on groups in doubt, where no listing can tell."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.batch.history import ensure_same_account
from importer.batch.send import account_at, terms_of
from importer.context import begin_run, open_journal
from importer.environment import host_name, user_name
from importer.errors import GateClosed, SettingsError
from importer.model import GroupState, Transition
from importer.plurals import counted
from importer.sending.listing.lister import ListingError
from importer.sending.session import list_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.context import Context, Progress
    from importer.journal import Journal
    from importer.model import Batch, GroupRecord
    from importer.sending.listing.pages import Listed
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


def find_doubts(batch: Batch, settings: Settings, context: Context, progress: Progress) -> Doubts:
    """Return a batch's groups in doubt, each with what the vendor's listing holds that is near.

    Raises:
        ImporterError: the journal can't be used, or the batch is another account's.
    """
    ensure_same_account(batch, context)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        run.take([batch.id])
        journal.settle_interrupted(batch.id)
        doubtful = _doubtful(journal, batch)
        if not doubtful:
            return Doubts(())
        try:
            listed = asyncio.run(_list(doubtful, journal, settings, context))
        except ListingError as error:
            return Doubts(tuple(DoubtfulGroup(one, ()) for one in doubtful), str(error))
        owned = journal.owned_groups(batch.id)
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


@dataclass(frozen=True, slots=True)
class Words:
    """What an operator says of a batch's groups."""

    groups: Mapping[int, str] = field(default_factory=dict)
    """Of groups in doubt, by their places: groupIds, `NOT_MADE` for one that was not made."""
    unsent: bool = False
    """That no other copy of the journal has sent the groups that are planned."""
    deleted: tuple[str, ...] = ()
    """GroupIds of the account's created groups that somebody deleted at the vendor by hand."""

    def __bool__(self) -> bool:
        """Say whether anything is said."""
        return bool(self.groups or self.unsent or self.deleted)


def record_words(batch: Batch, words: Words, context: Context, progress: Progress) -> int:
    """Record the operator's word, with who and when; return how many groups stay in doubt.

    Raises:
        SettingsError: a group is not in doubt.
        GateClosed: the operator does not agree.
        JournalError: the journal can't be used, or a groupId is another group's.
    """
    ensure_same_account(batch, context)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        run.take([batch.id])
        doubtful = {one.group.seq: one for one in _doubtful(journal, batch)}
        unknown = sorted(words.groups.keys() - doubtful.keys())
        if unknown:
            raise SettingsError(
                f"Group {unknown[0]} of batch {batch.id} is not in doubt: `importer settle "
                f"{batch.id}` shows those that are."
            )
        planned = _planned(journal, batch) if words.unsent else []
        if words and not context.prompter.confirm(_question(batch, words, len(planned))):
            raise GateClosed(
                "Nothing was recorded. Where nobody can be asked, --yes agrees: add it to the "
                "command."
            )
        for group_id in words.deleted:
            journal.decide_deleted(group_id, context.account, context.now_ms, _who())
        said = [(doubtful[seq], group_id) for seq, group_id in sorted(words.groups.items())]
        for record, group_id in [*((one, NOT_MADE) for one in planned), *said]:
            step = _step(batch, record, group_id, context.now_ms)
            journal.decide_by_hand(step, _who())
            progress.steps([step])
    return len(doubtful) - len(words.groups)


def _planned(journal: Journal, batch: Batch) -> list[GroupRecord]:
    return [one for one in journal.groups(batch.id) if one.state is GroupState.PLANNED]


def _question(batch: Batch, words: Words, planned: int) -> str:
    return f"Record on your word that {'; '.join(_sayings(batch, words, planned))}?"


def _sayings(batch: Batch, words: Words, planned: int) -> Iterator[str]:
    if words.groups:
        made = [f"{seq} is {word}" for seq, word in words.groups.items() if word != NOT_MADE]
        unmade = [str(seq) for seq, word in words.groups.items() if word == NOT_MADE]
        sayings = [
            *([f"{_in_doubt(len(made))} made ({_first(made)})"] if made else []),
            *([f"{_in_doubt(len(unmade))} not made ({_first(unmade)}), which will be sent again"]
              if unmade else []),
        ]  # fmt: skip
        yield f"of batch {batch.id} {' and '.join(sayings)}"
    if words.unsent:
        yield (
            f"no other copy of the journal has sent the {counted(planned, 'group')} of batch "
            f"{batch.id} that {'is' if planned == 1 else 'are'} planned, which will be sent where "
            "no listing can tell"
        )
    if words.deleted:
        ids = ", ".join(words.deleted)
        yield f"somebody deleted {counted(len(words.deleted), 'group')} at the vendor ({ids})"


def _in_doubt(groups: int) -> str:
    return f"{counted(groups, 'group')} in doubt {'was' if groups == 1 else 'were'}"


def _first(places: Sequence[str]) -> str:
    return ", ".join(places[:SHOWN]) + (", …" if len(places) > SHOWN else "")


def _step(batch: Batch, record: GroupRecord, group_id: str, now_ms: int) -> Transition:
    made = group_id != NOT_MADE
    return Transition(
        batch=batch.id,
        seq=record.group.seq,
        leaves=record.state,
        enters=GroupState.CREATED if made else GroupState.PLANNED,
        at_ms=now_ms,
        message=f"{'made' if made else 'not made'}, on the word of {_who()}",
        group_id=group_id,
        attempt=record.attempts,
    )


def _who() -> str:
    """Return who runs the command, and where."""
    user = user_name()
    return f"{user}@{host_name()}" if user else host_name()
