"""What can come back over HTTP: the vendor's JSON, a gateway's page, or nothing at all. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus
from typing import TypeAlias

from importer.sandbox.vendor import Answer


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; `code` is the return code in its body, None where it has none to read.

    `retry_after` is in seconds.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    retry_after: int | None = None
    code: int | None = None


class NoReply(Enum):
    """How a client can be left without an answer."""

    CUT = "the connection is cut"
    SILENCE = "the connection stays open, and nothing comes"


Outcome: TypeAlias = Reply | NoReply


def vendor_reply(answer: Answer) -> Reply:
    """Return an answer of the vendor as it goes out: HTTP 200, failures too."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    code = answer["code"]
    return Reply(200, body, code=code if isinstance(code, int) else None)


def page(status: int, retry_after: int | None = None) -> Reply:
    """Return the HTML page that a gateway before the vendor answers with."""
    title = f"{status} {HTTPStatus(status).phrase}"
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Reply(status, body.encode(), "text/html", retry_after)


def half(reply: Reply) -> Reply:
    """Return `reply` with only the first half of its body."""
    return replace(reply, body=reply.body[: len(reply.body) // 2], code=None)


def without_group_id(reply: Reply) -> Reply:
    """Return `reply` without the groupId."""
    answer = json.loads(reply.body)
    answer.pop("groupId", None)
    return vendor_reply(answer)


GATEWAY_REFUSALS: Mapping[str, Reply] = {
    "429": page(429, retry_after=1),
    "429-bare": page(429),
    "503": page(503, retry_after=1),
}
"""Refusals for rate that come from a gateway, by name."""

VENDOR_REFUSALS: Mapping[str, int] = {"27": 27, "28": 28}
"""Refusals for rate that come as a return code, by name."""

Alteration: TypeAlias = Callable[[Reply], Reply]
