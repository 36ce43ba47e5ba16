"""Every return code and every HTTP outcome against what became of the call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.codes import ADVICE, CallOutcome, advice, outcome_of
from importer.api.reply import Reply, Silence, read_reply

CREATED, REFUSED, FAILED, RATE, CREDENTIALS, CLOCK, UNCLEAR = (
    CallOutcome.DONE,
    CallOutcome.REFUSED,
    CallOutcome.FAILED,
    CallOutcome.RATE_LIMITED,
    CallOutcome.CREDENTIALS,
    CallOutcome.CLOCK,
    CallOutcome.UNCLEAR,
)
DONE = {"code": 0, "msg": "success", "requestId": "1602", "groupId": "6a7s"}
NO_ID = {"code": 0, "msg": "success", "requestId": "1602"}
SOON = {"Retry-After": "1"}


def outcome(status: int, answer: Any, headers: dict[str, str] | None = None) -> CallOutcome:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return outcome_of(read_reply(status, headers or {}, body, sent_ms=1))


RETURN_CODES = {
    1001: REFUSED,
    1002: REFUSED,
    1003: CREDENTIALS,
    1004: CLOCK,
    1005: CREDENTIALS,
    10001: REFUSED,
    10002: REFUSED,
    10003: REFUSED,
    10004: REFUSED,
    10005: FAILED,
    10006: FAILED,
    10007: REFUSED,
    10008: REFUSED,
    10009: FAILED,
    10010: REFUSED,
    10011: REFUSED,
    10012: REFUSED,
    10013: REFUSED,
    27: RATE,
    28: RATE,
    26: FAILED,
    29: FAILED,
    1: FAILED,
    -1: FAILED,
    1000: FAILED,
    1006: FAILED,
    99999: FAILED,
}


@pytest.mark.parametrize("status", [200, 400, 401, 403])
@pytest.mark.parametrize(("code", "expected"), RETURN_CODES.items())
def test_return_codes(code: int, expected: CallOutcome, status: int) -> None:
    """A return code says the same with HTTP 200 and with a client error."""
    assert outcome(status, {"code": code, "msg": "m"}) is expected


@pytest.mark.parametrize("code", [code for code in RETURN_CODES if code > 0])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_return_codes_of_a_failing_server(code: int, status: int) -> None:
    """No return code is believed that comes with a server's failure: the group may exist."""
    assert outcome(status, {"code": code, "msg": "m"}) is UNCLEAR


@pytest.mark.parametrize("code", [1002, 1003, 1005, 10006, 27])
def test_refused_with_a_group_id(code: int) -> None:
    """A groupId beside another code than 0 contradicts it: neither made nor refused."""
    assert outcome(200, DONE | {"code": code}) is UNCLEAR


HTTP: list[tuple[int, Any, dict[str, str], CallOutcome]] = [
    (200, DONE, {}, CREATED),
    (201, DONE, {}, CREATED),
    (200, DONE, SOON, CREATED),
    # Code 0 where something else contradicts it.
    (200, NO_ID, {}, UNCLEAR),
    (200, DONE | {"groupId": ""}, {}, UNCLEAR),
    (200, DONE | {"groupId": None}, {}, UNCLEAR),
    (200, DONE | {"groupId": 7}, {}, CREATED),
    (200, DONE | {"code": "0"}, {}, CREATED),
    (200, DONE | {"groupId": True}, {}, UNCLEAR),
    (200, DONE | {"groupId": 7.0}, {}, UNCLEAR),
    (302, DONE, {}, UNCLEAR),
    (400, DONE, {}, UNCLEAR),
    (429, DONE, {}, UNCLEAR),
    (429, DONE, SOON, UNCLEAR),
    (500, DONE, {}, UNCLEAR),
    (503, DONE, {}, UNCLEAR),
    (503, DONE, SOON, UNCLEAR),
    (429, NO_ID, {}, UNCLEAR),
    # What is no code.
    (200, DONE | {"code": "zero"}, {}, UNCLEAR),
    (200, DONE | {"code": True}, {}, UNCLEAR),
    (200, DONE | {"code": False}, {}, UNCLEAR),
    (200, DONE | {"code": 0.0}, {}, UNCLEAR),
    (200, DONE | {"code": None}, {}, UNCLEAR),
    (200, {"code": "27", "msg": "m"}, {}, RATE),
    (200, {"code": "1003", "msg": "m"}, {}, CREDENTIALS),
    (200, {"groupId": "6a7s"}, {}, UNCLEAR),
    (200, {}, {}, UNCLEAR),
    (200, [DONE], {}, UNCLEAR),
    (200, b"", {}, UNCLEAR),
    (200, b'{"code":0,"groupId":"6a', {}, UNCLEAR),
    (200, b"<html>welcome</html>", {}, UNCLEAR),
    (204, b"", {}, UNCLEAR),
    # Turned away for rate: 429 says so by itself, 503 only if it says when to return.
    (429, b"", {}, RATE),
    (429, b"", SOON, RATE),
    (429, b"<html>slow down</html>", {}, RATE),
    (429, {"code": 27, "msg": "m"}, {}, RATE),
    (429, {"code": 1003, "msg": "m"}, {}, RATE),
    (503, b"", SOON, RATE),
    (503, {"code": 27, "msg": "m"}, SOON, RATE),
    (503, b"", {}, UNCLEAR),
    (503, b"", {"Retry-After": "soon"}, UNCLEAR),
    (200, b"", SOON, UNCLEAR),
    (500, b"", SOON, UNCLEAR),
    (502, b"", SOON, UNCLEAR),
    # Gateways and strangers.
    (301, b"", {"Location": "https://elsewhere.example"}, UNCLEAR),
    (400, b"<html>bad request</html>", {}, UNCLEAR),
    (401, b"", {}, UNCLEAR),
    (403, b"<html>forbidden</html>", {}, UNCLEAR),
    (404, b"<html>not found</html>", {}, UNCLEAR),
    (500, b"", {}, UNCLEAR),
    (502, b"<html>bad gateway</html>", {}, UNCLEAR),
    (504, b"", {}, UNCLEAR),
]


@pytest.mark.parametrize(("status", "answer", "headers", "expected"), HTTP)
def test_http(status: int, answer: Any, headers: dict[str, str], expected: CallOutcome) -> None:
    """What HTTP and the body say together; wherever they leave a doubt, it is UNCLEAR."""
    assert outcome(status, answer, headers) is expected


@pytest.mark.parametrize(
    ("silence", "expected"), [(Silence.NOT_SENT, CallOutcome.NOT_SENT), (Silence.LOST, UNCLEAR)]
)
def test_silence(silence: Silence, expected: CallOutcome) -> None:
    """No connection means not sent; everything else without an answer may have been done."""
    assert outcome_of(Reply(sent_ms=1, silence=silence)) is expected


@given(
    status=st.integers(100, 599),
    code=st.none() | st.integers(-(2**31), 2**31) | st.sampled_from(sorted(RETURN_CODES)),
    group_id=st.sampled_from(["", "6a7s"]),
    headers=st.sampled_from([{}, SOON]),
)
def test_created_only_if_nothing_speaks_against_it(
    status: int, code: int | None, group_id: str, headers: dict[str, str]
) -> None:
    """CREATED needs code 0, a groupId and HTTP 2xx; code 0 is never taken for "not made"."""
    answer = {"code": code, "groupId": group_id}
    got = outcome(status, answer, headers)
    assert (got is CREATED) == (code == 0 and group_id != "" and 200 <= status < 300)
    if code == 0:
        assert got in {CREATED, UNCLEAR}


@pytest.mark.parametrize("code", [code for code in RETURN_CODES if code >= 1001 and code != 1006])
def test_advice(code: int) -> None:
    """Every code that the vendor documents tells the operator what to do, in one sentence."""
    known = code in ADVICE
    assert known == (code != 99999)
    assert advice(code).endswith(".")


def test_advice_on_the_unknown() -> None:
    """A code that nobody documented is named; where there is no code there is no advice."""
    assert "4711" in advice(4711)
    assert advice(None) == ""
