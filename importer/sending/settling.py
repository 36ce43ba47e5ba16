"""Doubt settled by looking: which of the groups at the vendor is the one in doubt. Pure.

A call is signed with its `ts`, and the server refuses it once its clock is more than 60 s past
that. From then on nobody can deliver it any more, so what listGroup shows is final.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from importer.api.reply import Reply
    from importer.model import Group

TS_WINDOW_MS = 60_000
"""How far `ts` may be from the server's clock, either way: the vendor's public request headers."""

MARGIN_MS = 10_000
"""Time for a call that was accepted at the last moment to be done and to show in the list.

No document says how long that takes. It also covers the whole second to which `Date` is cut.
"""

_TOKEN = re.compile(r"#[a-z2-7]{10}(?![a-z0-9])")


class Presence(StrEnum):
    """What a listing says of a group in doubt."""

    FOUND = "found"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Listed:
    """One group as listGroup shows it."""

    group_id: str
    name: str
    phones: frozenset[str]
    remark: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """A finding with its groupId, and what the operator should know."""

    finding: Presence
    group_id: str = ""
    message: str = ""


class Listing:
    """All groups of an account, findable by token and by phones."""

    def __init__(self, groups: Iterable[Listed]) -> None:
        self._by_token: defaultdict[str, list[Listed]] = defaultdict(list)
        self._by_phones: defaultdict[frozenset[str], list[Listed]] = defaultdict(list)
        self._by_id = {one.group_id: one for one in groups}
        for group in self._by_id.values():
            self._by_phones[group.phones].append(group)
            for token in _TOKEN.findall(group.remark):
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


def final_from(sent_ms: int) -> int:
    """Return the server's time, in ms, from which a listing is final about a call."""
    return sent_ms + TS_WINDOW_MS + MARGIN_MS


def server_time(reply: Reply) -> int:
    """Return the earliest that the server's clock can have shown for a reply, in ms.

    Without a `Date` it is the call's own `ts` less the window: it would have been refused else.
    """
    return reply.sent_ms - TS_WINDOW_MS if reply.server_ms is None else reply.server_ms


def settle(group: Group, listing: Listing, owned: Collection[str]) -> Settlement:
    """Say whether a group in doubt was made. `owned` are the groupIds that other groups have.

    The token and the phones together are proof. Where a server drops or cuts remarks, the name and
    the phones together are, of a group that is nobody else's. A trace that is neither proof nor
    another's group leaves the doubt: sending again could make the group twice.
    """
    phones = frozenset(group.phones.split(","))
    marked = listing.with_token(group.token)
    if marked:
        mine = [one for one in marked if one.phones == phones]
        if not mine:
            return Settlement(
                Presence.UNCERTAIN,
                message=f"group {marked[0].group_id} has its mark {group.token} but other numbers",
            )
        return _found(mine, "found by its mark after no clear answer")
    alike = [one for one in listing.with_phones(phones) if one.group_id not in owned]
    if not alike:
        return Settlement(Presence.ABSENT)
    mine = [
        one
        for one in alike
        if one.name == group.name and group.remark.startswith(one.remark.rstrip(" .\u2026"))
    ]
    if mine:
        return _found(mine, "found by its name and numbers after no clear answer")
    return Settlement(
        Presence.UNCERTAIN,
        message=f"group {alike[0].group_id} has its numbers but another name or remark",
    )


def _found(groups: list[Listed], how: str) -> Settlement:
    others = ", ".join(one.group_id for one in groups[1:])
    twice = f"; the vendor has it more than once, also as {others}" if others else ""
    return Settlement(Presence.FOUND, groups[0].group_id, how + twice)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of listGroup."""

    total: int
    groups: tuple[Listed, ...]


def read_page(data: Mapping[str, Any] | None) -> Page | None:
    """Understand listGroup's `data`; None where it has not the shape that the vendor documents."""
    if data is None:
        return None
    total, groups = data.get("total"), data.get("groups")
    if not isinstance(total, int) or not isinstance(groups, list):
        return None
    listed = [_read_group(one) for one in groups]
    if None in listed:
        return None
    return Page(total, tuple(one for one in listed if one is not None))


def _read_group(told: Any) -> Listed | None:
    if not isinstance(told, dict) or not isinstance(told.get("groupId"), str):
        return None
    phones = str(told.get("phones") or "")
    return Listed(
        group_id=told["groupId"],
        name=str(told.get("groupName") or ""),
        phones=frozenset(phone.strip().removeprefix("+") for phone in phones.split(",")),
        remark=str(told.get("remark") or ""),
    )
