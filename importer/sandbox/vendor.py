"""The vendor as far as its documents tell: who may call, what a call does, what it answers.

Plain state and rules, without HTTP; the clock and the randomness are passed in. Where the documents
are silent the rules are the strict ones: a call that passes here has nothing to hide.
"""

import hmac
import json
import re
import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import TypeAlias

from importer.api import signing

ACCESS_KEY = "sandbox"
ACCESS_SECRET = "sandbox-secret"  # noqa: S105 - a throw-away word, the same for everybody

MESSAGES: Mapping[int, str] = {
    0: "success",
    27: "frequency limit",
    28: "TPS limit reached",
    1001: "missing public parameters",
    1002: "parameter error",
    1003: "invalid signature",
    1004: "timestamp expired",
    1005: "insufficient permissions",
    10001: "binding number empty",
    10002: "binding number same",
    10003: "user does not exist",
    10004: "number without the country code of the virtual number",
    10005: "failed to get number",
    10006: "exception",
    10007: "virtual number without prefix",
    10008: "user has no virtual number",
    10009: "failed to retrieve data",
    10010: "user's virtual numbers exhausted",
    10011: "list limit out of range",
    10012: "list offset out of range",
    10013: "user has no binding",
}
"""The message of each return code. Source: the vendor's table of return codes."""

TS_TOLERANCE_MS = 60_000
"""How far `ts` may be from the server's clock, either way. Source: the vendor's documents."""

LIST_LIMIT = 1000
"""The most groups in one answer of listGroup. Source: the vendor's documents."""

POISON_CODE = 10004
"""The code that a poisoned number is refused with, where none is named."""

Body: TypeAlias = Mapping[str, object]
Answer: TypeAlias = dict[str, object]

_REQUIRED_HEADERS = (*signing.SIGNED_HEADERS, "sign")
_ALGORITHMS: Mapping[str, signing.Algorithm] = {"md5": "md5", "sha256": "sha256"}
_TS = re.compile(r"[0-9]{1,18}")
# Possessive, so that the match of a long list keeps no way back in memory.
_PHONES = re.compile(r"[0-9]{5,20}+(?:,[0-9]{5,20}+)*+")
_GROUP_ID_LETTERS = string.digits + string.ascii_lowercase
_GROUP_ID_LENGTH = len("6a7sd3402px21429s04")


@dataclass(frozen=True, slots=True)
class CreatedGroup:
    """One group as the vendor keeps it."""

    group_id: str
    group_name: str
    phones: tuple[str, ...]
    remark: str
    customer_id: str


class RefusalError(Exception):
    """The vendor refuses a call with a return code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code} {MESSAGES.get(code, '')}")
        self.code = code


class Vendor:
    """One account at the vendor: its groups and the four actions on them.

    `clock` gives the server's time in seconds since the epoch. `poison` holds numbers that make a
    createGroup refused; as a mapping, each with the code it is refused with. `max_phones` is the
    most numbers of one group, None for no limit.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        random: Random,
        poison: Collection[str] = (),
        max_phones: int | None = None,
    ) -> None:
        self.groups: dict[str, CreatedGroup] = {}
        self._foreign: list[CreatedGroup] = []
        self._clock = clock
        self._random = random
        self._poison = _codes_of(poison)
        self._max_phones = max_phones
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
            return self.answer(0, action(_json_object(body)))
        except RefusalError as refusal:
            return self.answer(refusal.code)

    def answer(self, code: int, fields: Mapping[str, object] | None = None) -> Answer:
        """Return the fields of an answer with `code`, under a new requestId."""
        request_id = str(self._random.randrange(10**18, 10**19))
        return {"code": code, "msg": MESSAGES.get(code, ""), "requestId": request_id} | dict(
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
        _only(body, "phones", "groupName", "remark")
        phones = self._fitting(_phones(body))
        self._refuse_poison(phones)
        group = self._new_group(phones, _text(body, "groupName"), _text(body, "remark"))
        self.groups[group.group_id] = group
        return {"groupId": group.group_id}

    def _list_group(self, body: Body) -> Answer:
        _only(body, "limit", "offset")
        limit, offset = _integer(body, "limit"), _integer(body, "offset")
        if not 0 <= limit <= LIST_LIMIT:
            raise RefusalError(10011)
        if offset < 0:
            raise RefusalError(10012)
        listing = [*self._foreign, *self.groups.values()]
        page = listing[offset : offset + (limit or LIST_LIMIT)]
        return {"data": {"total": len(listing), "groups": [_listed(group) for group in page]}}

    def _update_group(self, body: Body) -> Answer:
        _only(body, "groupId", "operateType", "phones")
        group, operate = self._known(body), _operation(body)
        changed = self._fitting(operate(group.phones, _phones(body)))
        self.groups[group.group_id] = replace(group, phones=changed)
        return {}

    def _delete_group(self, body: Body) -> Answer:
        _only(body, "groupId")
        del self.groups[self._known(body).group_id]
        return {}

    def _new_group(self, phones: tuple[str, ...], name: str, remark: str) -> CreatedGroup:
        group_id = "".join(self._random.choices(_GROUP_ID_LETTERS, k=_GROUP_ID_LENGTH))
        return CreatedGroup(group_id, name or group_id, phones, remark, self._customer_id)

    def _known(self, body: Body) -> CreatedGroup:
        group = self.groups.get(_text(body, "groupId"))
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


def verify(headers: Mapping[str, str], body: bytes, *, now: float) -> None:
    """Check who calls, the signature and the age of a call; `now` is in seconds since the epoch.

    Raises RefusalError with the code of the first check that fails.
    """
    if not all(headers.get(name) for name in _REQUIRED_HEADERS):
        raise RefusalError(1001)
    if headers["accessKey"] != ACCESS_KEY:
        raise RefusalError(1005)
    if not _is_json(headers) or not _signed_right(headers, body):
        raise RefusalError(1003)
    ts = headers["ts"]
    if not _TS.fullmatch(ts) or abs(int(ts) - now * 1000) > TS_TOLERANCE_MS:
        raise RefusalError(1004)


def _is_json(headers: Mapping[str, str]) -> bool:
    media_type = headers.get("Content-Type", "").partition(";")[0]
    return media_type.strip().lower() == "application/json"


def _signed_right(headers: Mapping[str, str], body: bytes) -> bool:
    algorithm = _ALGORITHMS.get(headers.get("algorithm", "md5"))
    if algorithm is None:
        raise RefusalError(1002)
    # Other bytes reach a server as lone surrogates, which can be neither signed nor compared.
    if not all(headers[name].isascii() for name in _REQUIRED_HEADERS):
        return False
    expected = signing.sign(headers, body, ACCESS_SECRET, algorithm)
    return hmac.compare_digest(expected, headers["sign"])


def _json_object(body: bytes) -> Body:
    try:
        parsed = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise RefusalError(1002) from None
    if not isinstance(parsed, dict):
        raise RefusalError(1002)
    return parsed


def _only(body: Body, *names: str) -> None:
    """Refuse a field that the action does not have: most likely a name spelled wrong."""
    if not body.keys() <= set(names):
        raise RefusalError(1002)


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or not _is_unicode(value):
        raise RefusalError(1002)
    return value


def _is_unicode(text: str) -> bool:
    """Say whether `text` can go out as UTF-8, which an escaped half of a surrogate pair can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _integer(body: Body, name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusalError(1002)
    return value


def _phones(body: Body) -> tuple[str, ...]:
    phones = _text(body, "phones")
    if not _PHONES.fullmatch(phones):
        raise RefusalError(1002)
    return tuple(phones.split(","))


def _added(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(old + new))


def _removed(old: tuple[str, ...], gone: tuple[str, ...]) -> tuple[str, ...]:
    leaving = frozenset(gone)
    return tuple(phone for phone in old if phone not in leaving)


def _replaced(_old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return new


_Operation: TypeAlias = Callable[[tuple[str, ...], tuple[str, ...]], tuple[str, ...]]
_OPERATIONS: Mapping[int, _Operation] = {0: _added, 1: _removed, 2: _replaced}


def _operation(body: Body) -> _Operation:
    operation = _OPERATIONS.get(_integer(body, "operateType"))
    if operation is None:
        raise RefusalError(1002)
    return operation


def _listed(group: CreatedGroup) -> Answer:
    return {
        "customerId": group.customer_id,
        "groupName": group.group_name,
        "groupId": group.group_id,
        "phones": ",".join(group.phones),
        "remark": group.remark,
    }


def _codes_of(poison: Collection[str]) -> Mapping[str, int]:
    return dict(poison) if isinstance(poison, Mapping) else dict.fromkeys(poison, POISON_CODE)
