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
    packed: bool = False
    """Whether the body is sent packed with gzip."""
    then: "Reply | None" = None
    """What follows on the same connection a moment later, without having been asked for."""


class NoReply(Enum):
    """How a client can be left without an answer."""

    CUT = "the connection is cut"
    SILENCE = "the connection stays open, and nothing comes"


Outcome: TypeAlias = Reply | NoReply
Alteration: TypeAlias = Callable[[Reply], Reply]


def vendor_reply(answer: Answer) -> Reply:
    """Return an answer of the vendor as it goes out: HTTP 200, failures too."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    code = answer["code"]
    return Reply(200, body, code=int(code) if isinstance(code, int | str) else None)


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


def padded(reply: Reply) -> Reply:
    """Return `reply` with so many spaces before its end that nobody should read it to the end."""
    return replace(reply, body=reply.body[:-1] + b" " * HUGE + reply.body[-1:])


def packed(reply: Reply) -> Reply:
    """Return `reply` padded as `padded`, and small on its way."""
    return replace(padded(reply), packed=True)


def refusal(code: int) -> Reply:
    """Return a failure that came about before the vendor's own answer."""
    return vendor_reply({"code": code, "msg": "failed", "requestId": "0"})


def failing(code: int) -> Alteration:
    """Return what puts a return code into the place of an answer."""

    def fail(reply: Reply) -> Reply:
        request_id = json.loads(reply.body)["requestId"]
        return vendor_reply({"code": code, "msg": "failed", "requestId": request_id})

    return fail


def listing(groups: Callable[[list[object]], list[object]]) -> Alteration:
    """Return what changes the groups of a page, with a total that seems right."""

    def change(reply: Reply) -> Reply:
        answer = json.loads(reply.body)
        data = answer.get("data")
        if isinstance(data, dict):
            shown = groups(data.get("groups") or [])
            answer["data"] = {"total": len(shown), "groups": shown}
        return vendor_reply(answer)

    return change


def without_data(reply: Reply) -> Reply:
    """Return `reply` with data null."""
    answer = json.loads(reply.body)
    return vendor_reply(answer | {"data": None}) if "data" in answer else reply


HUGE = 64 * 1024**2
"""Bytes."""

GATEWAY_REFUSALS: Mapping[str, Reply] = {
    "429": page(429, retry_after=1),
    "429-bare": page(429),
    "503": page(503, retry_after=1),
}
"""Refusals for rate that come from a gateway, by name."""

VENDOR_REFUSALS: Mapping[str, int] = {"27": 27, "28": 28}
"""Refusals for rate that come as a return code, by name."""
