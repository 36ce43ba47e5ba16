"""The vendor as far as its documents tell: who may call, what a call does, what it answers.

Plain state and rules, without HTTP; the clock and the randomness are passed in. What the documents
don't tell is the vendor's `VendorKind`.
"""

import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from random import Random
from typing import TypeAlias

from importer.api import signing
from importer.sandbox.checks import (
    MESSAGES,
    Body,
    RefusalError,
    body_fields,
    integer_of,
    operation_of,
    phones_of,
    refuse_other_fields,
    text_of,
    verify,
)
from importer.sandbox.listing import CreatedGroup, listing_data, shown_id
from importer.sandbox.vendor_kinds import PLAIN, VendorKind

LIST_LIMIT = 1000
"""The most groups in one answer of listGroup. Source: the vendor's documents."""

POISON_CODE = 10004
"""The code that a poisoned number is refused with, where none is named."""

Answer: TypeAlias = dict[str, object]

_GROUP_ID_LETTERS = string.digits + string.ascii_lowercase
_GROUP_ID_LENGTH = len("6a7sd3402px21429s04")


class Vendor:
    """One account at the vendor: its groups and the four actions on them.

    `clock` gives the server's time in seconds since the epoch. `poison` holds numbers that make a
    createGroup refused; as a mapping, each with the code it is refused with. `max_phones` is the
    most numbers of one group, None for what `kind` says. `kind` is what this vendor does where the
    documents are silent.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        random: Random,
        poison: Collection[str] = (),
        max_phones: int | None = None,
        kind: VendorKind = PLAIN,
    ) -> None:
        self.groups: dict[str, CreatedGroup] = {}
        self._made_at: dict[str, float] = {}
        self._deleted: list[tuple[float, CreatedGroup]] = []
        self._before: dict[str, list[tuple[float, CreatedGroup]]] = {}
        """What groups were before they were updated, and until when."""
        self._kind = kind
        self._foreign: list[CreatedGroup] = []
        self._clock = clock
        self._random = random
        self._poison = _codes_of(poison)
        self._max_phones = kind.max_phones if max_phones is None else max_phones
        self._customer_id = str(random.randrange(10**9, 10**10))
        self._actions: Mapping[str, Callable[[Body], Answer]] = {
            "createGroup": self._create_group,
            "listGroup": self._list_group,
            "updateGroup": self._update_group,
            "deleteGroup": self._delete_group,
        }

    def handle(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Check one call, carry it out and return the answer's fields."""
        try:
            verify(headers, body, now=self._clock())
            action = self._actions.get(headers["action"])
            if headers["bizType"] != signing.BIZ_TYPE or action is None:
                raise RefusalError(1002)
            return self.answer(0, action(body_fields(body)))
        except RefusalError as refusal:
            return self.answer(refusal.code)

    def answer(self, code: int, fields: Mapping[str, object] | None = None) -> Answer:
        """Return the fields of an answer with `code`, under a new requestId."""
        request_id = str(self._random.randrange(10**18, 10**19))
        answered = str(code) if self._kind.text_codes else code
        return {"code": answered, "msg": MESSAGES.get(code, ""), "requestId": request_id} | dict(
            fields or {}
        )

    def drop_remark(self, group_id: str) -> None:
        """Forget the remark of a group, as a server would that never kept it."""
        self.groups[group_id] = replace(self.groups[group_id], remark="")

    def disturb_listing(self) -> None:
        """Let a group of somebody else appear or vanish at the top of the listing.

        At the top, because there it moves every group to another place.
        """
        if self._foreign and self._random.random() < 0.5:
            self._foreign.pop(0)
        else:
            self._foreign.insert(0, self._new_group(("85200000000",), "", "not of this program"))

    def _create_group(self, body: Body) -> Answer:
        refuse_other_fields(body, "phones", "groupName", "remark")
        phones = self._fitting(phones_of(body))
        self._refuse_poison(phones)
        name, remark = self._kept(text_of(body, "groupName"), text_of(body, "remark"))
        old = self._named(name)
        if old is not None:
            return {"groupId": shown_id(self._kind, old.group_id)}
        self._refuse_too_many()
        group = self._new_group(phones, name, remark)
        self.groups[group.group_id] = group
        self._made_at[group.group_id] = self._clock()
        return {"groupId": shown_id(self._kind, group.group_id)}

    def _list_group(self, body: Body) -> Answer:
        refuse_other_fields(body, "limit", "offset")
        limit, offset = integer_of(body, "limit"), integer_of(body, "offset")
        if not 0 <= limit <= LIST_LIMIT:
            raise RefusalError(10011)
        if offset < 0:
            raise RefusalError(10012)
        listing = self._listed()
        most = min(limit or LIST_LIMIT, self._kind.page_cap or LIST_LIMIT)
        page = listing[offset : offset + most]
        return {"data": listing_data(self._kind, page, len(listing))}

    def _listed(self) -> list[CreatedGroup]:
        """Return the groups as this vendor knows them for its listing."""
        if self._kind.never_lists:
            return []
        shown_until = self._clock() - self._kind.listing_delay
        own = [
            self._at(one, shown_until)
            for key, one in self.groups.items()
            if self._made_at.get(key, 0.0) <= shown_until
        ]
        gone = [one for at, one in self._deleted if at > shown_until]
        listing = [*self._foreign, *gone, *own]
        if self._kind.unordered:
            self._random.shuffle(listing)
        return listing

    def _at(self, group: CreatedGroup, moment: float) -> CreatedGroup:
        """Return a group as it was at a moment, in seconds since the epoch."""
        earlier = (old for until, old in self._before.get(group.group_id, ()) if until > moment)
        return next(earlier, group)

    def _update_group(self, body: Body) -> Answer:
        refuse_other_fields(body, "groupId", "operateType", "phones")
        group, operate = self._known(body), operation_of(body)
        changed = self._fitting(operate(group.phones, phones_of(body)))
        self._refuse_poison(tuple(one for one in changed if one not in group.phones))
        if not changed:  # Two sister vendors document that a group has at least one number.
            raise RefusalError(1002)
        if self._kind.listing_delay:
            self._before.setdefault(group.group_id, []).append((self._clock(), group))
        self.groups[group.group_id] = replace(group, phones=changed)
        return {}

    def _delete_group(self, body: Body) -> Answer:
        refuse_other_fields(body, "groupId")
        group = self._known(body)
        if not self._kind.deletes:
            raise RefusalError(1002)
        del self.groups[group.group_id]
        if self._kind.listing_delay:
            self._deleted.append((self._clock(), group))
        return {}

    def _kept(self, name: str, remark: str) -> tuple[str, str]:
        return name[: self._kind.name_length], remark[: self._kind.remark_length]

    def _named(self, name: str) -> CreatedGroup | None:
        """Return the group that a createGroup gives in place of a new one, where its name is taken.

        Raises RefusalError where this vendor refuses such a name.
        """
        if self._kind.name_rule == "free" or not name:
            return None
        old = next((one for one in self.groups.values() if one.group_name == name), None)
        if old is not None and self._kind.name_rule == "refused":
            raise RefusalError(1002)
        return old

    def _refuse_too_many(self) -> None:
        most = self._kind.max_groups
        if most is not None and len(self.groups) >= most:
            raise RefusalError(10010)

    def _new_group(self, phones: tuple[str, ...], name: str, remark: str) -> CreatedGroup:
        if self._kind.numeric_ids:
            group_id = str(self._random.randrange(10**17, 10**18))
        else:
            group_id = "".join(self._random.choices(_GROUP_ID_LETTERS, k=_GROUP_ID_LENGTH))
        return CreatedGroup(group_id, name or group_id, phones, remark, self._customer_id)

    def _known(self, body: Body) -> CreatedGroup:
        numeric = self._kind.numeric_ids and isinstance(body.get("groupId"), int)
        group = self.groups.get(str(body["groupId"]) if numeric else text_of(body, "groupId"))
        if group is None:
            raise RefusalError(1002)
        return group

    def _fitting(self, phones: tuple[str, ...]) -> tuple[str, ...]:
        if self._max_phones is not None and len(phones) > self._max_phones:
            raise RefusalError(1002)
        return phones

    def _refuse_poison(self, phones: tuple[str, ...]) -> None:
        if self._poison and not self._poison.keys().isdisjoint(phones):
            raise RefusalError(next(self._poison[p] for p in phones if p in self._poison))


def _codes_of(poison: Collection[str]) -> Mapping[str, int]:
    return dict(poison) if isinstance(poison, Mapping) else dict.fromkeys(poison, POISON_CODE)
