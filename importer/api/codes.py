"""What an answer means, and what each return code asks of the operator. Pure.

Codes and messages: the vendor's page *Create Number Group* and its table of return codes; 27 and
28: the same table of the vendor's other products, which share the gateway.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from importer.api.reply import Reply, Silence

if TYPE_CHECKING:
    from collections.abc import Mapping


class CallOutcome(StrEnum):
    """What became of one call, as far as it is certain."""

    DONE = "done"
    REFUSED = "refused"
    """The API says that it did nothing, and why: documented codes that blame the call."""
    FAILED = "failed"
    """The API says that something failed, and not that nothing was done."""
    RATE_LIMITED = "rate limited"
    """Turned away before it was looked at: too many calls."""
    CREDENTIALS = "credentials"
    """Refused for the key, its permissions or the signature: every call will be."""
    CLOCK = "clock"
    """Refused because `ts` is too far from the server's clock."""
    NOT_SENT = "not sent"
    UNCLEAR = "unclear"
    """It may have been done."""


SUCCESS = 0
CLOCK_CODE = 1004
CREDENTIAL_CODES = frozenset({1003, 1005})
RATE_CODES = frozenset({27, 28})
REFUSAL_CODES = frozenset(
    {1001, 1002, 10001, 10002, 10003, 10004, 10007, 10008, 10010, 10011, 10012, 10013}
)
"""Codes that prove that nothing was done: they blame the call or the account.

10005, 10006 and 10009 ("failed to get number", "exception", "failed to retrieve data") and codes
that nobody documents do not: the failure may have come after the group was made.
"""
TOO_MANY_REQUESTS = 429
SERVICE_UNAVAILABLE = 503

ADVICE: Mapping[int, str] = {
    1001: "The vendor misses a header: update the importer, or ask the vendor.",
    1002: "The vendor takes a value of this group for wrong: check its name, remark and numbers.",
    1003: "The signature was refused: check NXCLOUD_ACCESS_SECRET.",
    1004: "This computer's clock is off: set it, then run again.",
    1005: "The access key was refused: check NXCLOUD_ACCESS_KEY, or ask the vendor to enable "
    "number groups for it.",
    10001: "The vendor misses a number in this group: check its numbers.",
    10002: "The vendor found a number twice in this group: check its numbers.",
    10003: "The vendor does not know this account: ask the vendor.",
    10004: "A number has not the country code of the virtual number: group by country.",
    10005: "The vendor failed to get a number: try again later, or ask the vendor.",
    10006: "The vendor had an internal failure: try again later, or ask the vendor.",
    10007: "The virtual number has no prefix: ask the vendor.",
    10008: "The account has no virtual number: ask the vendor.",
    10009: "The vendor failed to retrieve its data: try again later, or ask the vendor.",
    10010: "The account's virtual numbers are used up: ask the vendor.",
    10011: "The vendor refused the size of a list: update the importer.",
    10012: "The vendor refused the place in a list: update the importer.",
    10013: "The account has no binding: ask the vendor.",
}


def advice(code: int | None) -> str:
    """Return what an operator does about a return code, in one sentence."""
    if code is None:
        return ""
    if code == SUCCESS:
        return "The vendor seems to keep group names unique: ask the vendor."
    return ADVICE.get(code, f"The vendor answered with code {code}: ask the vendor what it means.")


def outcome_of(reply: Reply, *, makes_group: bool = True) -> CallOutcome:
    """Say what became of a call. In any doubt it is UNCLEAR.

    `makes_group` says that the call is a createGroup, which is done only if a groupId came back.
    """
    if reply.silence is Silence.NOT_SENT:
        return CallOutcome.NOT_SENT
    if reply.silence is Silence.LOST:
        return CallOutcome.UNCLEAR
    if reply.code == SUCCESS:
        return _outcome_of_success(reply, makes_group=makes_group)
    if not reply.group_id and _is_rate_limited(reply):
        return CallOutcome.RATE_LIMITED
    if reply.code is None or reply.http_status >= 500 or reply.group_id:
        return CallOutcome.UNCLEAR
    if reply.code in CREDENTIAL_CODES:
        return CallOutcome.CREDENTIALS
    if reply.code == CLOCK_CODE:
        return CallOutcome.CLOCK
    return CallOutcome.REFUSED if reply.code in REFUSAL_CODES else CallOutcome.FAILED


def _outcome_of_success(reply: Reply, *, makes_group: bool) -> CallOutcome:
    """Code 0 counts only with a groupId and an HTTP status that does not contradict it."""
    if reply.is_old_group:
        return CallOutcome.UNCLEAR
    clear = 200 <= reply.http_status < 300 and (reply.group_id != "" or not makes_group)
    return CallOutcome.DONE if clear else CallOutcome.UNCLEAR


def _is_rate_limited(reply: Reply) -> bool:
    """Tell a call turned away: a bare 503 may have begun, one that says when to return has not."""
    if reply.http_status == SERVICE_UNAVAILABLE:
        return reply.retry_after is not None
    if reply.http_status == TOO_MANY_REQUESTS:
        return True
    return reply.code in RATE_CODES and reply.http_status < 500
