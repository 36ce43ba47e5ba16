"""What came back from one call, as plain values. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN_CHARACTERS = 200
"""How much of a message is kept: it goes into a cell and onto a terminal."""
SHOWN_BYTES = 500
"""How much of an answer that was not understood is kept for the log."""
_CODE = re.compile(r"-?[0-9]{1,10}")
_LARGEST_IDENTIFIER = 10**40
_LARGEST_CODE = 2**31 - 1
"""Return codes are small; what is larger is no code, and a journal could not hold it."""


class Silence(StrEnum):
    """Why a call has no HTTP answer."""

    NOT_SENT = "not sent"
    """No connection was made, so nothing can have reached the server."""
    LOST = "lost"
    """The call left and no whole answer came: it may have been done."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one call, or its silence."""

    sent_ms: int
    """The `ts` that the call was signed with."""
    clock_ms: int = 0
    """The clock correction that the call was signed with."""
    silence: Silence | None = None
    http_status: int = 0
    code: int | None = None
    """The vendor's return code; None where the answer was no JSON object with one."""
    message: str = ""
    request_id: str = ""
    group_id: str = ""
    retry_after: float | None = None
    """Seconds that the server asks to wait."""
    date: str | None = None
    """The server's `Date` header."""
    data: object = None
    """The field `data` as it came: what listGroup answers."""
    is_old_group: bool = False
    """Whether the groupId is one that another group had before: what was asked for is not made."""
    too_large: bool = False
    """Whether the answer went on beyond what is read of one."""
    excerpt: bytes = b""
    """The first bytes of an answer of another form than the vendor documents, for the log."""

    @property
    def server_ms(self) -> int | None:
        """The server's clock by its `Date`, in ms since the epoch; read only where it matters."""
        return _date_ms(self.date)


def read_reply(
    status: int, headers: Mapping[str, str], body: bytes, *, sent_ms: int, clock_ms: int = 0
) -> Reply:
    """Understand an HTTP answer; whatever is missing or malformed in it stays empty."""
    answer = _json_object(body)
    date = headers.get("Date")
    return Reply(
        sent_ms=sent_ms,
        clock_ms=clock_ms,
        http_status=status,
        code=_code(answer.get("code")),
        message=_message(answer.get("msg")) or _of_status(status, headers),
        request_id=identifier(answer.get("requestId")),
        group_id=identifier(answer.get("groupId")),
        retry_after=_retry_after(headers.get("Retry-After"), date),
        date=date,
        data=answer.get("data"),
        excerpt=b"" if "code" in answer else body[:SHOWN_BYTES],
    )


def _of_status(status: int, headers: Mapping[str, str]) -> str:
    """Return what is said of an answer without words of its own."""
    place = _message(headers.get("Location")) if 300 <= status < 400 else ""
    elsewhere = f", which leads to {place}: see whether NXCLOUD_URL is right" if place else ""
    return f"HTTP {status}{elsewhere}"


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body, object_pairs_hook=_without_contradiction)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _without_contradiction(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object's fields, of which none may be said twice in two ways.

    Readers differ in which of the two they take (RFC 8259, 4).

    Raises:
        ValueError: one is.
    """
    answer = dict(fields)
    if len(answer) != len(fields) and any(answer[name] != value for name, value in fields):
        raise ValueError("a field has two values")
    return answer


def _code(value: object) -> int | None:
    """Read a return code; some vendors write it as a text."""
    if isinstance(value, str) and _CODE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST_CODE:
        return None
    return value


def _message(value: object) -> str:
    """Return a text for eyes: one line, without what no terminal, cell or journal can hold."""
    if not isinstance(value, str):
        return ""
    shown = value[:SHOWN_CHARACTERS]
    return "".join(one if one.isprintable() else " " for one in shown).strip()


def identifier(value: object) -> str:
    """Return an identifier whole or not at all: one that is cut or mended would name another.

    Some vendors write their numeric identifiers as JSON numbers, which Python reads exactly.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        # A number longer than the interpreter writes out is no identifier.
        return str(value) if 0 <= value < _LARGEST_IDENTIFIER else ""
    if not isinstance(value, str) or len(value) > SHOWN_CHARACTERS or not value.isprintable():
        return ""
    return value.strip()


def _date_ms(date: str | None) -> int | None:
    if date is None:
        return None
    try:
        moment = parsedate_to_datetime(date)
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _retry_after(value: str | None, date: str | None) -> float | None:
    """Read seconds, or a date by the server's own clock (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.isascii() and value.strip().isdigit():
        return float(value)
    until, now = _date_ms(value), _date_ms(date)
    if until is None or now is None:
        return None
    return max(0.0, (until - now) / 1000)
