"""HTTP answers to plain values: whatever a server sends, reading it does not fail."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.api.reply import SHOWN_BYTES, SHOWN_CHARACTERS, Reply, read_reply

DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
DATE_MS = 1_700_000_000_000


def read(answer: Any = None, status: int = 200, **headers: str) -> Reply:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return read_reply(
        status, {k.replace("_", "-"): v for k, v in headers.items()}, body, sent_ms=5, clock_ms=7
    )


def test_whole_answer() -> None:
    """Every field of the vendor's answer arrives, with the call's own clock."""
    answer = {"code": 0, "msg": "success", "requestId": "1602", "groupId": "6a7s"}
    reply = read(answer, Date=DATE)
    assert reply == Reply(
        sent_ms=5,
        clock_ms=7,
        http_status=200,
        code=0,
        message="success",
        request_id="1602",
        group_id="6a7s",
        date=DATE,
    )
    assert reply.server_ms == DATE_MS


def test_list_answer() -> None:
    """The data of listGroup is handed on as it is; what it means is for its reader."""
    assert read({"code": 0, "data": {"total": 0, "groups": []}}).data == {"total": 0, "groups": []}
    assert read({"code": 0, "data": [1]}).data == [1]


def test_a_redirect_says_where_it_leads() -> None:
    """Nobody follows it, but whoever set the address learns that it may have moved."""
    assert (
        "HTTP 301, which leads to https://new.example/"
        in read(b"", 301, Location="https://new.example/").message
    )
    assert read(b"", 301).message == "HTTP 301"
    assert read(b"", 200, Location="https://new.example/").message == "HTTP 200"


NO_CODES: list[Any] = [
    "",
    "zero",
    "0x1",
    "99999999999",
    True,
    False,
    None,
    0.0,
    1.5,
    [],
    {},
    2**31,
    -(2**40),
    10**30,
]


@pytest.mark.parametrize(("code", "number"), [("0", 0), ("1003", 1003), ("-1", -1)])
def test_a_code_as_text(code: str, number: int) -> None:
    """Some vendors write their codes as texts."""
    assert read({"code": code}).code == number


@pytest.mark.parametrize("code", NO_CODES)
def test_no_code(code: Any) -> None:
    """Only a whole number is a code: a word, a truth value or a giant is not taken for one."""
    assert read({"code": code, "msg": "m"}).code is None


BODIES = [
    b"",
    b"{",
    b'{"code":0,"groupId":"6a7s',
    b"<html><body>502 Bad Gateway</body></html>",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 10_000,
    b"null",
    b"[0]",
    b'"code"',
    b"NaN",
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:12]))
def test_no_json_object(body: bytes) -> None:
    """Half JSON, HTML, bytes that are no text and endless nesting are an answer without code."""
    reply = read(body, status=502)
    shown = body[:SHOWN_BYTES]
    assert reply == Reply(5, 7, http_status=502, message="HTTP 502", excerpt=shown)


def test_message_is_cut() -> None:
    """A huge message is cut to what a cell and a terminal can show."""
    assert read({"code": 1, "msg": "x" * 1_000_000}).message == "x" * SHOWN_CHARACTERS


def test_message_is_harmless() -> None:
    """Line ends, terminal escapes and halves of characters become spaces."""
    assert read({"code": 1, "msg": "\x1b[31mred\nline\ud800\x00"}).message == "[31mred line"


@pytest.mark.parametrize(
    "group_id", [True, -1, 1.0, None, "", "  ", "x" * (SHOWN_CHARACTERS + 1), "a\x00b"]
)
def test_no_group_id(group_id: Any) -> None:
    """A groupId is taken whole or not at all: a cut or mended one would name another group."""
    assert read({"code": 0, "groupId": group_id}).group_id == ""


def test_a_numeric_group_id() -> None:
    """Some vendors write identifiers as JSON numbers; they are kept digit by digit."""
    assert read({"code": 0, "groupId": 12345678901234567890}).group_id == "12345678901234567890"
    assert read({"code": 0, "groupId": 10**60}).group_id == ""


RETRY_AFTER = [
    ("0", 0.0),
    ("5", 5.0),
    (" 120 ", 120.0),
    ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
    ("Tue, 14 Nov 2023 22:13:00 GMT", 0.0),
    ("", None),
    ("soon", None),
    ("-5", None),
    ("1.5", None),
    ("²", None),
    ("٣", None),
    ("Tue, 99 Nov 2023 22:13:50 GMT", None),
]


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Retry-After is read as seconds, or as a date by the server's own clock; nonsense is none."""
    assert read({}, status=429, Date=DATE, Retry_After=value).retry_after == seconds


def test_retry_after_date_without_clock() -> None:
    """A date tells nothing where the server does not say what time it has."""
    assert read({}, status=429, Retry_After=DATE).retry_after is None


DATES = [
    (DATE, DATE_MS),
    ("Tuesday, 14-Nov-23 22:13:20 GMT", DATE_MS),
    ("Tue, 14 Nov 2023 23:13:20 +0100", DATE_MS),
    ("Tue, 14 Nov 2023 22:13:20", DATE_MS),
    ("", None),
    ("yesterday", None),
    ("Tue, 14 Nov 2023 22:13:20 +99999999999999999999", None),
]


@pytest.mark.parametrize(("date", "ms"), DATES)
def test_server_clock(date: str, ms: int | None) -> None:
    """The Date header gives the server's clock, in every form of HTTP; nonsense gives none."""
    assert read({}, Date=date).server_ms == ms


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
answers = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("code", "msg", "requestId", "groupId", "data"), anything)
)
bodies = st.binary() | st.builds(lambda answer: json.dumps(answer).encode(), answers | anything)
header_values = st.text() | st.sampled_from([DATE, "5", "²", "Mon, 20 Nov 99999 00:00:00 +9999"])
headers_of_any_kind = st.dictionaries(st.sampled_from(["Date", "Retry-After"]), header_values)


@given(status=st.integers(100, 599), headers=headers_of_any_kind, body=bodies)
@example(status=200, headers={"Retry-After": "9" * 400}, body=b'{"code":-1}')
@example(status=200, headers={"Date": DATE + "0" * 50}, body=b'{"msg":"\\ud800"}')
def test_never_fails(status: int, headers: dict[str, str], body: bytes) -> None:
    """Whatever comes back is read without an error, into values that the journal can hold."""
    reply = read_reply(status, headers, body, sent_ms=1)
    assert reply.silence is None
    values = (reply.code, reply.message, reply.request_id, reply.group_id, reply.server_ms)
    held = sqlite3.connect(":memory:")
    try:
        assert held.execute("SELECT ?, ?, ?, ?, ?", values).fetchone() == values
    finally:
        held.close()
    assert reply.retry_after is None or reply.retry_after >= 0
