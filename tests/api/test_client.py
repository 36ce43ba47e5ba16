"""The client: one call is one POST of the signed bytes, and every silence has its right name."""

from __future__ import annotations

import asyncio
import inspect
import json
import socket
import ssl
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aioresponses import aioresponses

from importer.api.client import Account, Client, Operation, open_session
from importer.api.reply import SHOWN_CHARACTERS, Reply, Silence
from importer.api.signing import sign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.conftest import MakeGroup


URL = "https://number.example/api/pns/"


KEY = "fme2na3kdi3ki"


SECRET = "abciiiko2k3"


DONE = {"code": 0, "msg": "success", "requestId": "1602", "groupId": "6a7s"}


@asynccontextmanager
async def client_of(url: str = URL, **changes: Any) -> AsyncIterator[Client]:
    """Give a client whose clock stands at 1,700,000,000,000 ms."""
    algorithm = changes.pop("algorithm", "md5")
    options: dict[str, Any] = {"timeout": 5.0, "now_ms": lambda: 1_700_000_000_000}
    async with open_session(connections=2, use_proxy=False) as session:
        yield Client(session, Account(url, KEY, SECRET, algorithm), **(options | changes))


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses]:
    """Answer aiohttp's calls without any network; calls that are not foreseen fail."""
    # aioresponses 0.7.9 leaves out what aiohttp 3.14 asks for: pnuckowski/aioresponses#289.
    if "stream_writer" in inspect.signature(aiohttp.ClientResponse).parameters:
        whole = partial(aiohttp.ClientResponse, stream_writer=Mock(output_size=0))
        monkeypatch.setattr("aioresponses.core.ClientResponse", whole)
    with aioresponses() as mock:
        yield mock


def posts(mocked: aioresponses) -> list[dict[str, Any]]:
    """Return the options of all calls that were made, which must all be POSTs of the URL."""
    assert all((method, str(url)) == ("POST", URL) for method, url in mocked.requests)
    return [dict(call.kwargs) for calls in mocked.requests.values() for call in calls]


async def test_answer(mocked: aioresponses, make_group: MakeGroup) -> None:
    """One call is one POST, and its answer comes back understood."""
    mocked.post(URL, payload=DONE)
    async with client_of() as client:
        reply = await client.create_group(make_group(), client.next_ts())
    assert (reply.http_status, reply.code, reply.group_id) == (200, 0, "6a7s")
    assert reply.silence is None
    assert len(posts(mocked)) == 1


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
async def test_bytes_signed_are_bytes_sent(
    algorithm: Any, mocked: aioresponses, make_group: MakeGroup
) -> None:
    """The signature in the headers is that of the very body beside it, also beyond ASCII."""
    mocked.post(URL, payload=DONE)
    async with client_of(algorithm=algorithm) as client:
        await client.create_group(
            make_group("85235753351", "8613123456789", name="春季 - été"), client.next_ts()
        )
    [call] = posts(mocked)
    assert call["headers"]["sign"] == sign(call["headers"], call["data"], SECRET, algorithm)
    assert call["headers"].get("algorithm", "md5") == algorithm
    assert json.loads(call["data"]) == {
        "phones": "85235753351,8613123456789",
        "groupName": "春季 - été",
        "remark": "spring #token1",
    }
    assert "春季".encode() in call["data"]


async def test_list_groups(mocked: aioresponses) -> None:
    """A page of groups is asked for with limit and offset, signed as everything is."""
    mocked.post(URL, payload={"code": 0, "data": {"total": 0, "groups": []}})
    async with client_of() as client:
        reply = await client.list_groups(limit=1000, offset=2000)
    [call] = posts(mocked)
    assert call["headers"]["action"] == "listGroup"
    assert json.loads(call["data"]) == {"limit": 1000, "offset": 2000}
    assert reply.data == {"total": 0, "groups": []}


async def test_delete_group(mocked: aioresponses) -> None:
    """A group is deleted by its groupId alone, signed as everything is."""
    mocked.post(URL, payload={"code": 0})
    async with client_of() as client:
        reply = await client.delete_group("6a7s")
    [call] = posts(mocked)
    assert call["headers"]["action"] == "deleteGroup"
    assert call["headers"]["sign"] == sign(call["headers"], call["data"], SECRET)
    assert json.loads(call["data"]) == {"groupId": "6a7s"}
    assert reply.code == 0


@pytest.mark.parametrize(("operation", "sent"), [(Operation.ADD, 0), (Operation.REMOVE, 1)])
async def test_update_group(mocked: aioresponses, operation: Operation, sent: int) -> None:
    """Numbers are put into a group or taken out of it by the documented fields."""
    mocked.post(URL, payload={"code": 0})
    async with client_of() as client:
        ts = client.next_ts()
        reply = await client.update_group('6a"7s', operation, "85211111114,85235753351", ts)
    [call] = posts(mocked)
    assert call["headers"]["action"] == "updateGroup"
    assert call["headers"]["sign"] == sign(call["headers"], call["data"], SECRET)
    assert json.loads(call["data"]) == {
        "groupId": '6a"7s',
        "operateType": sent,
        "phones": "85211111114,85235753351",
    }
    assert (reply.code, reply.sent_ms) == (0, ts)


async def test_follow_clock(mocked: aioresponses, make_group: MakeGroup) -> None:
    """Who follows the server's clock signs with what it shows."""
    mocked.post(URL, payload=DONE)
    async with client_of() as client:
        client.follow_clock(1_700_000_090_000)
        reply = await client.create_group(make_group(), client.next_ts())
    assert (reply.sent_ms, reply.clock_ms) == (1_700_000_090_000, 90_000)


async def test_clock(mocked: aioresponses, make_group: MakeGroup) -> None:
    """`ts` is the given clock plus the correction, and the reply tells both."""
    mocked.post(URL, payload=DONE, repeat=True)
    async with client_of() as client:
        first = await client.create_group(make_group(), client.next_ts())
        client.clock_ms = -90_000
        second = await client.create_group(make_group(), client.next_ts())
    assert [call["headers"]["ts"] for call in posts(mocked)] == ["1700000000000", "1699999910000"]
    assert (first.sent_ms, first.clock_ms) == (1_700_000_000_000, 0)
    assert (second.sent_ms, second.clock_ms) == (1_699_999_910_000, -90_000)


async def test_clock_is_read_for_each_call(mocked: aioresponses, make_group: MakeGroup) -> None:
    """Each call has the time at which it is made."""
    mocked.post(URL, payload=DONE, repeat=True)
    times = iter([1_000, 2_000])
    async with client_of(now_ms=lambda: next(times)) as client:
        replies = [await client.create_group(make_group(), client.next_ts()) for _ in range(2)]
    assert [reply.sent_ms for reply in replies] == [1_000, 2_000]


@pytest.mark.parametrize("status", [400, 403, 429, 500, 502, 503, 504])
async def test_no_retry(status: int, mocked: aioresponses, make_group: MakeGroup) -> None:
    """Whatever the status, there is one POST: to create twice makes two groups."""
    mocked.post(URL, status=status, repeat=True)
    async with client_of() as client:
        reply = await client.create_group(make_group(), client.next_ts())
    assert reply.http_status == status
    assert len(posts(mocked)) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect(status: int, mocked: aioresponses, make_group: MakeGroup) -> None:
    """A redirect is an answer like others: the signed call is not carried elsewhere."""
    mocked.post(URL, status=status, headers={"Location": "https://elsewhere.example/"}, repeat=True)
    async with client_of() as client:
        reply = await client.create_group(make_group(), client.next_ts())
    assert reply.http_status == status
    [call] = posts(mocked)
    assert call["allow_redirects"] is False


BROKEN = [b"", b'{"code":0,"groupId":"6a', b"<html>busy</html>", b"\xff\xfe", b"[" * 100_000]


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:8]))
async def test_broken_body(body: bytes, mocked: aioresponses, make_group: MakeGroup) -> None:
    """Half JSON, HTML and worse are an answer without a code, never an error."""
    mocked.post(URL, body=body)
    async with client_of() as client:
        reply = await client.create_group(make_group(), client.next_ts())
    assert (reply.silence, reply.code, reply.message) == (None, None, "HTTP 200")


async def test_huge_message(mocked: aioresponses, make_group: MakeGroup) -> None:
    """A message of fifty thousand characters is cut."""
    mocked.post(URL, payload={"code": 1002, "msg": "x" * 50_000})
    async with client_of() as client:
        reply = await client.create_group(make_group(), client.next_ts())
    assert len(reply.message) == SHOWN_CHARACTERS


KEY_OF_CONNECTION = ConnectionKey("number.example", 443, True, True, None, None, None)


REFUSED = ConnectionRefusedError(111, "Connection refused")


NO_SUCH_HOST = socket.gaierror(-2, "Name or service not known")


UNTRUSTED = ssl.SSLCertVerificationError(1, "self-signed certificate")


HANDSHAKE = ssl.SSLError(1, "wrong version number")


REQUEST: Any = Mock(real_url=URL)


NOT_SENT: list[Exception] = [
    aiohttp.ClientConnectorError(KEY_OF_CONNECTION, REFUSED),
    aiohttp.ClientConnectorDNSError(KEY_OF_CONNECTION, NO_SUCH_HOST),
    aiohttp.ClientConnectorCertificateError(KEY_OF_CONNECTION, UNTRUSTED),
    aiohttp.ClientConnectorSSLError(KEY_OF_CONNECTION, HANDSHAKE),
    aiohttp.ClientProxyConnectionError(KEY_OF_CONNECTION, REFUSED),
    aiohttp.ConnectionTimeoutError("connecting"),
    aiohttp.ClientHttpProxyError(REQUEST, (), status=407, message="Proxy Authentication Required"),
    aiohttp.InvalidURL(URL),
]


LOST: list[Exception] = [
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientOSError(104, "Connection reset by peer"),
    aiohttp.ClientConnectionResetError("Cannot write to closing transport"),
    aiohttp.ClientPayloadError("Response payload is not completed"),
    aiohttp.SocketTimeoutError("reading"),
    aiohttp.ServerTimeoutError("server"),
    aiohttp.ClientResponseError(REQUEST, (), status=400, message="Bad status line"),
    aiohttp.ClientConnectionError("Connection closed"),
    aiohttp.ClientError(),
    TimeoutError(),
    ConnectionResetError(104, "Connection reset by peer"),
    BrokenPipeError(32, "Broken pipe"),
    OSError(5, "Input/output error"),
]


def name_of(error: Exception) -> str:
    return type(error).__name__


async def broken_by(error: Exception, mocked: aioresponses, make_group: MakeGroup) -> Reply:
    mocked.post(URL, exception=error, repeat=True)
    async with client_of() as client:
        reply = await client.create_group(make_group(), client.next_ts())
    assert len(posts(mocked)) == 1
    assert (reply.http_status, reply.code, reply.sent_ms) == (0, None, 1_700_000_000_000)
    return reply


@pytest.mark.parametrize("error", NOT_SENT, ids=name_of)
async def test_not_sent(error: Exception, mocked: aioresponses, make_group: MakeGroup) -> None:
    """Where no connection came about, nothing was sent, and the message says so."""
    reply = await broken_by(error, mocked, make_group)
    assert reply.silence is Silence.NOT_SENT
    assert "broke" not in reply.message


@pytest.mark.parametrize("error", LOST, ids=name_of)
async def test_lost(error: Exception, mocked: aioresponses, make_group: MakeGroup) -> None:
    """All else may have come after the server got the call: the answer is lost."""
    reply = await broken_by(error, mocked, make_group)
    assert reply.silence is Silence.LOST
    assert "no connection" not in reply.message


@pytest.mark.parametrize("error", [*NOT_SENT, *LOST], ids=name_of)
async def test_secret_in_no_message(
    error: Exception, mocked: aioresponses, make_group: MakeGroup
) -> None:
    """What is told of a failure holds neither the secret nor a number."""
    reply = await broken_by(error, mocked, make_group)
    assert SECRET not in repr(reply)
    assert "85235753351" not in repr(reply)


async def test_cancelling_is_no_answer(mocked: aioresponses, make_group: MakeGroup) -> None:
    """A call that is cancelled ends as cancelled: no reply is made up for it."""
    mocked.post(URL, exception=asyncio.CancelledError())
    async with client_of() as client:
        with pytest.raises(asyncio.CancelledError):
            await client.create_group(make_group(), client.next_ts())


def test_secret_is_not_shown() -> None:
    """An account prints without its secret."""
    account = Account(URL, KEY, SECRET)
    assert SECRET not in f"{account!r} {account}"
    assert SECRET not in repr([account])
