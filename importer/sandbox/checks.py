"""What a call has to be before the vendor carries it out: its headers and its body's fields.

Where the documents are silent the rules are the strict ones: what passes here has nothing to hide.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from importer.api import signing

ACCESS_KEY = "sandbox"
ACCESS_SECRET = "sandbox-secret"

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

Body: TypeAlias = Mapping[str, object]

_REQUIRED_HEADERS = (*signing.SIGNED_HEADERS, "sign")
_ALGORITHMS: Mapping[str, signing.Algorithm] = {"md5": "md5", "sha256": "sha256"}
_TS = re.compile(r"[0-9]{1,18}")
# Possessive, so that the match of a long list keeps no way back in memory.
_PHONES = re.compile(r"[0-9]{5,20}+(?:,[0-9]{5,20}+)*+")


class RefusalError(Exception):
    """The vendor refuses a call with a return code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code} {MESSAGES.get(code, '')}")
        self.code = code


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


def body_fields(body: bytes) -> Body:
    """Return the JSON object of a body.

    Raises RefusalError where it is of another form.
    """
    try:
        parsed = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise RefusalError(1002) from None
    if not isinstance(parsed, dict):
        raise RefusalError(1002)
    return parsed


def refuse_other_fields(body: Body, *names: str) -> None:
    """Refuse a field that the action does not have: most likely a name spelled wrong."""
    if not body.keys() <= set(names):
        raise RefusalError(1002)


def text_of(body: Body, name: str) -> str:
    """Return a text field of a body, "" where it is missing.

    Raises RefusalError where it is of another form.
    """
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


def integer_of(body: Body, name: str) -> int:
    """Return a whole number of a body.

    Raises RefusalError where it is of another form.
    """
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusalError(1002)
    return value


def phones_of(body: Body) -> tuple[str, ...]:
    """Return the numbers of a body, digits only.

    Raises RefusalError where it is of another form.
    """
    phones = text_of(body, "phones")
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


def operation_of(body: Body) -> _Operation:
    """Return what an updateGroup does to the old numbers with the new ones.

    Raises RefusalError where it is of another form.
    """
    operation = _OPERATIONS.get(integer_of(body, "operateType"))
    if operation is None:
        raise RefusalError(1002)
    return operation
