"""Doubt settled by looking: which of the groups at the vendor is the one in doubt. Pure.

A call is signed with its `ts`, and the server refuses it once its clock is more than 60 s past
that. From then on nobody can deliver it any more, so what listGroup shows is final.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.model import MADE_TWICE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from importer.api.reply import Reply
    from importer.model import Group
    from importer.sending.listing.pages import Listed

TS_WINDOW_MS = 60_000
"""How far `ts` may be from the server's clock, either way: the vendor's public request headers."""

LISTING_DELAY = 10.0
"""Seconds for a call that was accepted at the last moment to be done and to show in the list.

No document says how long that takes. It also covers the whole second to which `Date` is cut.
"""
SHORTEST_NAME = 10
"""Characters that a vendor keeps of a name at least: fewer could be anybody's name."""
UNPROVED_DELAY = 150.0
"""Seconds that a listing may be old where no young group of the account's own shows how old it is.
"""
RECENT_MS = 30 * 24 * 3600 * 1000
"""How long a created group counts as one that is still at the vendor without any doubt."""

_HALVES = re.compile(r"(?:\.[12])+\Z")
_TOKEN = re.compile(r"#[a-z2-7]{10}(?![a-z0-9])")


class Presence(StrEnum):
    """What a listing says of a group in doubt."""

    FOUND = "found"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was found, with the groupId and what the operator should know."""

    presence: Presence
    group_id: str = ""
    message: str = ""


class Wanted:
    """Picks from a listing what may be meant by some groups; the rest need not be kept."""

    def __init__(self, groups: Iterable[Group], ids: Collection[str] = ()) -> None:
        self._ids = ids
        self._tokens: set[str] = set()
        self._phones: set[int] = set()
        """Of each group a hash: the numbers of all may be more than memory holds."""
        self._names: set[str] = set()
        for one in groups:
            self._tokens.add(one.token)
            self._phones.add(hash(_phones_of(one)))
            self._names.add(one.name)

    def __call__(self, listed: Listed) -> bool:
        """Say whether a listed group may be one of the groups, or has one of the ids."""
        return (
            listed.group_id in self._ids
            or _name_before_splits(listed.name) in self._names
            or listed.name in self._names
            or hash(listed.phones) in self._phones
            or not self._tokens.isdisjoint(tokens_in(listed.remark))
        )


class ListingIndex:
    """Groups of a listing, findable by groupId, by token and by phones."""

    def __init__(self, groups: Iterable[Listed]) -> None:
        self._by_token: defaultdict[str, list[Listed]] = defaultdict(list)
        self._by_phones: defaultdict[frozenset[str], list[Listed]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Listed]] = defaultdict(list)
        self._by_first_name: defaultdict[str, list[Listed]] = defaultdict(list)
        self._by_id = {one.group_id: one for one in groups}
        for group in self._by_id.values():
            self._by_phones[group.phones].append(group)
            self._by_name[group.name].append(group)
            self._by_first_name[_name_before_splits(group.name)].append(group)
            for token in tokens_in(group.remark):
                self._by_token[token].append(group)

    def with_id(self, group_id: str) -> Listed | None:
        """Return the group of a groupId."""
        return self._by_id.get(group_id)

    def with_token(self, token: str) -> list[Listed]:
        """Return the groups that carry a token in their remark."""
        return self._by_token.get(token, [])

    def with_phones(self, phones: frozenset[str]) -> list[Listed]:
        """Return the groups that hold exactly these numbers."""
        return self._by_phones.get(phones, [])

    def with_name(self, name: str) -> list[Listed]:
        """Return the groups of a name."""
        return self._by_name.get(name, [])

    def pieces_of(self, group: Group, owned: Collection[str]) -> list[Listed]:
        """Return the groups that another copy of the journal split this one into.

        They have its name with `.1` or `.2` behind it, and a part of its numbers; no group of this
        journal has their groupIds.
        """
        phones = _phones_of(group)
        return [
            one
            for one in self._by_first_name.get(group.name, [])
            if one.name != group.name
            and one.phones
            and one.phones < phones
            and one.group_id not in owned
        ]


def _name_before_splits(name: str) -> str:
    return _HALVES.sub("", name)


def tokens_in(remark: str) -> list[str]:
    """Return the tokens in a remark."""
    return _TOKEN.findall(remark)


def is_cut_of(shown: str, sent: str) -> bool:
    """Say whether a text is what a vendor kept of the one that was sent: its beginning."""
    return sent.startswith(shown.rstrip(" .\u2026"))


def missing_canaries(created: Mapping[str, int], shown: Collection[str], now_ms: int) -> list[str]:
    """Return the groupIds that a listing must show and does not.

    `created` are the account's own created groups with when they were made, in ms. A list that does
    not show those of the last `RECENT_MS` is old, or not whole, or another account's. Older ones
    may have been deleted by hand since; but one of them must be there.
    """
    recent = {one for one, made_ms in created.items() if made_ms > now_ms - RECENT_MS}
    older = created.keys() - recent
    missing = recent - set(shown)
    if older and not recent and older.isdisjoint(shown):
        missing = older
    return sorted(missing)


def shown_delay(
    made: Mapping[str, int], shown: Collection[str], now_ms: int, listing_delay: float
) -> float:
    """Return after how many seconds a listing shows a new group, as far as it proves that itself.

    `made` are the account's own groups with when they can have been made at the earliest, in ms. A
    listing that shows one that was made N seconds ago shows all that were made N seconds ago. At
    least `listing_delay` is allowed for, and where no group is young, `UNPROVED_DELAY`.
    """
    youngest = max((at for one, at in made.items() if one in shown and at <= now_ms), default=0)
    age = (now_ms - youngest) / 1000
    return max(listing_delay, min(age, UNPROVED_DELAY))


def final_from(sent_ms: int, listing_delay: float = LISTING_DELAY) -> int:
    """Return the server's time, in ms, from which a listing is final about a call.

    `listing_delay` is how many seconds the vendor may take until a listing shows a new group.
    """
    return sent_ms + TS_WINDOW_MS + int(listing_delay * 1000)


def server_time(reply: Reply) -> int:
    """Return the earliest that the server's clock can have shown for an accepted call, in ms.

    An accepted `ts` proves that clock within `TS_WINDOW_MS`. A `Date` within that may show more,
    but not more than `ts`: it may come from another clock than the one that `ts` was compared with.
    """
    earliest = reply.sent_ms - TS_WINDOW_MS
    shown = reply.server_ms
    # Date is cut to whole seconds.
    if shown is None or not earliest - 1000 <= shown <= reply.sent_ms + TS_WINDOW_MS:
        return earliest
    return min(shown, reply.sent_ms)


def settle(group: Group, listing: ListingIndex, owned: Collection[str]) -> Settlement:
    """Say whether a group in doubt was made. `owned` are the groupIds that other groups have.

    The token and the phones together are proof. Where a server drops or cuts remarks, the name and
    the phones together are, of a group that is nobody else's. A trace that is neither proof nor
    another's group leaves the doubt: sending again could make the group twice. So do pieces of it,
    which are there where another copy of the journal has split it.
    """
    phones = _phones_of(group)
    marked = listing.with_token(group.token)
    if marked:
        mine = [one for one in marked if one.phones == phones]
        if not mine:
            return _uncertain(marked[0], f"has its mark {group.token} but other numbers")
        if mine[0].group_id in owned:
            return _uncertain(mine[0], "has its mark and numbers, but was another group before")
        return _found(mine, "found by its mark after no clear answer")
    alike = [one for one in listing.with_phones(phones) if one.group_id not in owned]
    pieces = listing.pieces_of(group, owned)
    if pieces and not alike:
        why = "has a part of its numbers: another copy of the journal split it"
        return _uncertain(pieces[0], why)
    if not alike:
        return _settle_by_name(group, listing, owned)
    mine = [one for one in alike if _is_mine(one, group)]
    if mine:
        return _found(mine, "found by its name and numbers after no clear answer")
    return _uncertain(alike[0], "has its numbers but another name or remark")


def _settle_by_name(group: Group, listing: ListingIndex, owned: Collection[str]) -> Settlement:
    """Say whether a group in doubt may be one whose numbers the vendor does not show."""
    named = [one for one in listing.with_name(group.name) if one.group_id not in owned]
    veiled = [one for one in named if not shows_numbers(one)]
    if veiled:
        return _uncertain(veiled[0], "has its name, and numbers that can't be read")
    return Settlement(Presence.ABSENT)


def shows_numbers(listed: Listed) -> bool:
    """Whether a group is listed with its numbers, and not without any or with digits hidden."""
    return "".join(listed.phones).isdecimal()


def is_recognisable(listed: Listed, group: Group) -> bool:
    """Say whether a group that was made is listed so that it is known again."""
    return group.token in tokens_in(listed.remark) or listed.phones == _phones_of(group)


def doubles_of(group: Group, listing: ListingIndex, owned: Collection[str]) -> list[str]:
    """Return the groupIds under which a listing has this group besides those that are known."""
    phones = _phones_of(group)
    alike = [one for one in listing.with_phones(phones) if one.group_id not in owned]
    return [
        one.group_id
        for one in alike
        if group.token in tokens_in(one.remark) or _is_mine(one, group)
    ]


def _phones_of(group: Group) -> frozenset[str]:
    return frozenset(group.phones.split(","))


def _is_mine(listed: Listed, group: Group) -> bool:
    """Whether name and remark are what a vendor kept of the group's own."""
    is_cut_name = len(listed.name) >= SHORTEST_NAME and is_cut_of(listed.name, group.name)
    named = listed.name == group.name or is_cut_name
    return named and is_cut_of(listed.remark, group.remark)


def _uncertain(listed: Listed, why: str) -> Settlement:
    return Settlement(Presence.UNCERTAIN, message=f"group {listed.group_id} {why}")


def _found(groups: list[Listed], how: str) -> Settlement:
    others = ", ".join(one.group_id for one in groups[1:])
    twice = f"; {MADE_TWICE}{others}" if others else ""
    return Settlement(Presence.FOUND, groups[0].group_id, how + twice)
