"""Servers that speak HTTP in odd ways: a call is DONE for certain, or has no clear answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import zlib
from random import Random
from typing import TYPE_CHECKING

import pytest

from importer.api.client import Account, Client, open_session
from importer.api.codes import CallOutcome, outcome_of
from importer.api.reply import Reply, Silence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.conftest import MakeGroup

DONE = {"code": 0, "msg": "success", "requestId": "1602", "groupId": "6a7s"}
BODY = json.dumps(DONE).encode()


DEEP = b"[" * 10_000 + b"]" * 10_000


def whole(body: bytes = BODY, head: bytes = b"", status: bytes = b"200 OK") -> bytes:
    """Return a plain answer."""
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, head, len(body), body)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Return an answer in chunks."""
    parts = [b"%x\r\n%b\r\n" % (len(one), one) for one in chunks]
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts) + end


async def call_all(
    answers: Sequence[bytes], make_group: MakeGroup
) -> tuple[list[Reply], list[bytes]]:
    """Make a call for each answer, which the server writes before it hangs up.

    Return the replies, and the heads of the requests.
    """
    waiting = iter(answers)
    requests: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        requests.append(head)
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        with contextlib.suppress(ConnectionError):
            writer.write(next(waiting))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    url = f"http://localhost:{server.sockets[0].getsockname()[1]}/"
    async with server, open_session(connections=1, use_proxy=False) as session:
        client = Client(session, Account(url, "key", "secret"), timeout=5, now_ms=lambda: 1)
        replies = [await client.create_group(make_group(), 1) for _ in answers]
    assert len(requests) == len(answers), "a call is one request, whatever comes back"
    return replies, requests


UNDERSTOOD = {
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + whole(),
    "100 three times": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + whole(),
    "in chunks of one byte": chunked(*(BODY[at : at + 1] for at in range(len(BODY)))),
    "with trailers": chunked(BODY, end=b"0\r\nX-Sum: 1\r\n\r\n"),
    "until the connection ends": b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
    "byte order mark": whole(b"\xef\xbb\xbf" + BODY),
    "a field said twice alike": whole(BODY[:-1] + b', "code": 0}'),
    "a field that is not a number": whole(BODY[:-1] + b', "cost": NaN}'),
    "a field nested deeply": whole(BODY[:-1] + b', "more": ' + b"[" * 90 + b"]" * 90 + b"}"),
    "an odd cookie": whole(head=b"Set-Cookie: a b=\x01; =; Path\r\n"),
    "more than its length": whole() + b"HTTP/1.1 500 No\r\n\r\n{}",
}
NOT_UNDERSTOOD = {
    "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + BODY,
    "301 to itself": whole(head=b"Location: /\r\n", status=b"301 Moved"),
    "307 to another host": whole(head=b"Location: http://127.0.0.2/\r\n", status=b"307 T"),
    "204 with a body": whole(status=b"204 No Content"),
    "chunk garbage": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY,
    "a chunk too long": chunked(BODY)[:-7] + b"ffffffffffffffffff\r\n",
    "no last chunk": chunked(BODY, end=b""),
    "length and chunks": whole(head=b"Transfer-Encoding: chunked\r\n"),
    "two lengths": whole(head=b"Content-Length: 3\r\n"),
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + BODY,
    "a length beyond the end": b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + BODY,
    "status of words": b"HTTP/1.1 twohundred OK\r\n\r\n" + BODY,
    "no HTTP": BODY,
    "endless header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n" + BODY,
    "packed twice": whole(zlib.compress(zlib.compress(BODY)), b"Content-Encoding: deflate\r\n"),
    "two values of one field": whole(b'{"code": 1002, ' + BODY[1:]),
    "nested ten thousand deep": whole(BODY[:-1] + b', "x": ' + DEEP + b"}"),
    "a giant whole number": whole(BODY[:-1] + b', "x": ' + b"9" * 5000 + b"}"),
    "code as a fraction": whole(BODY.replace(b'"code": 0', b'"code": 0e3')),
    "code not a number": whole(BODY.replace(b'"code": 0', b'"code": NaN')),
    "groupId of spaces": whole(BODY.replace(b"6a7s", b"   ")),
    "groupId with a zero width space": whole(BODY.replace(b"6a7s", "6a\u200b7s".encode())),
    "groupId of 999 characters": whole(BODY.replace(b"6a7s", b"6" * 999)),
    "groupId as a fraction": whole(BODY.replace(b'"6a7s"', b"1e3")),
    "two JSON objects": whole(BODY + BODY),
    "JSON in UTF-7": whole(BODY.replace(b"{", b"+AHs-")),
}


@pytest.mark.parametrize("answer", UNDERSTOOD.values(), ids=UNDERSTOOD)
async def test_odd_and_understood(answer: bytes, make_group: MakeGroup) -> None:
    """What HTTP and JSON allow is read for what it says."""
    [reply], _ = await call_all([answer], make_group)
    assert outcome_of(reply) is CallOutcome.DONE
    assert reply.group_id == "6a7s"


@pytest.mark.parametrize("answer", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
async def test_odd_and_in_doubt(answer: bytes, make_group: MakeGroup) -> None:
    """What can mean two things, or nothing, leaves the doubt, and makes no second call."""
    [reply], _ = await call_all([answer], make_group)
    assert outcome_of(reply) is CallOutcome.UNCLEAR


async def test_a_slow_body_ends_with_the_time(make_group: MakeGroup) -> None:
    """A body that drips for ever is given up when the time for one call is over."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.transport.abort()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, open_session(connections=1, use_proxy=False) as session:
        client = Client(session, Account(url, "key", "secret"), timeout=0.2, now_ms=lambda: 1)
        reply = await client.create_group(make_group(), 1)
        await asyncio.sleep(0.05)  # The server notices that nobody listens any more.
    assert (reply.silence, reply.message) == (Silence.LOST, "no answer in time")


async def test_a_cookie_is_not_kept(make_group: MakeGroup) -> None:
    """What one answer asks to be sent along is sent along with no other call."""
    cookie = b"Set-Cookie: backend=stale; Path=/\r\n"
    _, requests = await call_all([whole(head=cookie), whole()], make_group)
    assert b"cookie" not in requests[1].lower()


def broken(random: Random) -> bytes:
    """Return an answer in which a few bytes are changed, lost or doubled."""
    answer = bytearray(random.choice([*UNDERSTOOD.values(), *NOT_UNDERSTOOD.values()])[:3000])
    changes: list[Callable[[int], None]] = [
        lambda at: answer.__setitem__(at, random.randrange(256)),
        lambda at: answer.__delitem__(slice(at, at + random.randint(1, 9))),
        lambda at: answer.insert(at, answer[at]),
        lambda at: answer.__setitem__(slice(at, at), b"\r\n"),
    ]
    for _ in range(random.randint(1, 6)):
        if answer:
            random.choice(changes)(random.randrange(len(answer)))
    return bytes(answer)


async def test_no_broken_answer_raises(make_group: MakeGroup) -> None:
    """Whatever bytes come back, a call ends in a reply, not in an error of the program."""
    random = Random(16)
    replies, _ = await call_all([broken(random) for _ in range(400)], make_group)
    assert all(isinstance(one, Reply) for one in replies)
