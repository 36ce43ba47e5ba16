"""The client over a real socket: what goes out, and answers that are cut, huge or late."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from importer.api.client import LARGEST_ANSWER
from importer.api.reply import Silence
from importer.api.signing import sign

if TYPE_CHECKING:
    from tests.conftest import MakeGroup

from tests.api.test_client import DONE, SECRET, client_of

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[str]:
    under_way: set[asyncio.Task[None] | None] = set()

    async def talk_and_hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())
        try:
            await talk(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(talk_and_hang_up, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    talking = [one for one in under_way if one is not None and not one.done()]
    for one in talking:
        one.cancel()
    await asyncio.gather(*talking, return_exceptions=True)
    await asyncio.sleep(0.01)  # Sockets are closed by the loop's next turn.


async def receive(reader: asyncio.StreamReader) -> tuple[dict[str, str], bytes]:
    """Read one request; its headers' names keep their case."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    return headers, await reader.readexactly(int(headers["Content-Length"]))


async def test_what_goes_over_the_wire(make_group: MakeGroup) -> None:
    """The bytes that reach the server carry the signature that belongs to them."""
    seen: list[tuple[dict[str, str], bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await receive(reader))
        answer = json.dumps(DONE).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
        await writer.drain()
        writer.close()

    async with serving(talk) as url, client_of(url) as client:
        reply = await client.create_group(make_group(name="春季 - été"), client.next_ts())
    [(headers, body)] = seen
    assert reply.group_id == "6a7s"
    assert headers["Content-Type"] == "application/json"
    assert headers["sign"] == sign(headers, body, SECRET)
    assert json.loads(body)["groupName"] == "春季 - été"


CUTS = {
    "no answer": b"",
    "half a status line": b"HTTP/1.1 2",
    "half a body": b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"code":0',
    "no HTTP": b"hello\r\n\r\n",
}


@pytest.mark.parametrize("answer", CUTS.values(), ids=CUTS)
async def test_cut(answer: bytes, make_group: MakeGroup) -> None:
    """A connection that ends before the whole answer is LOST, and the call is not made again."""
    calls = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(await receive(reader))
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with serving(talk) as url, client_of(url) as client:
        reply = await client.create_group(make_group(), client.next_ts())
    assert reply.silence is Silence.LOST
    assert len(calls) == 1


async def test_an_answer_that_was_there_before_is_no_answer(make_group: MakeGroup) -> None:
    """A second answer that a proxy leaves on a connection is not taken for the next call's.

    Each call has a connection of its own, so the second call gets the answer to itself.
    """
    connections: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(len(connections) + 1)
        await receive(reader)
        body = json.dumps(DONE | {"groupId": f"call{len(connections)}"}).encode()
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        writer.write(answer + answer.replace(b"call", b"late"))
        await writer.drain()
        await reader.read()

    async with serving(talk) as url, client_of(url) as client:
        first = await client.create_group(make_group(), client.next_ts())
        second = await client.create_group(make_group(), client.next_ts())
    assert (first.group_id, second.group_id) == ("call1", "call2")
    assert len(connections) == 2


@pytest.mark.parametrize("packed", [False, True])
async def test_a_huge_answer_is_read_up_to_a_limit(packed: bool, make_group: MakeGroup) -> None:
    """An answer without end, packed or not, leaves the call LOST and the memory free."""
    body = json.dumps(DONE | {"more": "x" * (LARGEST_ANSWER + 1)}).encode()
    packing = b"Content-Encoding: gzip\r\n" if packed else b""
    body = gzip.compress(body) if packed else body

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await receive(reader)
        head = b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n" % (packing, len(body))
        with contextlib.suppress(ConnectionError):
            writer.write(head + body)
            await writer.drain()
        writer.transport.abort()

    async with serving(talk) as url, client_of(url) as client:
        reply = await client.create_group(make_group(), client.next_ts())
    assert (reply.silence, reply.too_large) == (Silence.LOST, True)


async def test_a_packed_answer_is_unpacked(make_group: MakeGroup) -> None:
    """Gzip is understood; a body that breaks off, or of another packing, leaves the call LOST."""
    whole = gzip.compress(json.dumps(DONE).encode())
    answers = iter([(b"gzip", whole), (b"gzip", whole[:-9]), (b"br", whole), (b"gzip", b"{}")])

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await receive(reader)
        packing, body = next(answers)
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % (packing, len(body)) + body)
        await writer.drain()
        writer.close()

    async with serving(talk) as url, client_of(url) as client:
        replies = [await client.create_group(make_group(), client.next_ts()) for _ in range(4)]
    assert replies[0].group_id == "6a7s"
    assert [one.silence for one in replies[1:]] == [Silence.LOST] * 3


async def test_no_answer_in_time(make_group: MakeGroup) -> None:
    """A server that took the call and says nothing until the timeout leaves it LOST."""
    done = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await receive(reader)
        await done.wait()
        writer.close()

    async with serving(talk) as url, client_of(url, timeout=0.05) as client:
        reply = await client.create_group(make_group(), client.next_ts())
        done.set()
    assert (reply.silence, reply.message) == (Silence.LOST, "no answer in time")


@contextmanager
def unaccepting() -> Iterator[str]:
    """Give a URL whose host lets no connection come about and refuses none."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            for one in waiting:
                one.close()


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="needs Linux's full backlog")
async def test_no_connection_in_time(make_group: MakeGroup) -> None:
    """Where the time ends while connecting, nothing was sent, however short the timeout."""
    with unaccepting() as url:
        async with client_of(url, timeout=0.1) as client:
            reply = await client.create_group(make_group(), client.next_ts())
    assert (reply.silence, reply.message) == (
        Silence.NOT_SENT,
        f"no connection to {url} in time",
    )


async def test_nobody_listens(make_group: MakeGroup) -> None:
    """A refused connection is NOT_SENT."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        async with client_of(url) as client:
            reply = await client.create_group(make_group(), client.next_ts())
    assert reply.silence is Silence.NOT_SENT
    assert url in reply.message
