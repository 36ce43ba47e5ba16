"""One signed call at a time, with no retry: what to do with an answer is decided elsewhere."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import aiohttp

from importer.api.reply import Reply, Silence, read_reply
from importer.api.signing import Algorithm, signed_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.model import Group

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
CONNECT_TIMEOUT = 10.0
"""Seconds to reach the server. Within the 60 s that `ts` is good for, and nothing was sent yet."""
LARGEST_ANSWER = 4 * 2**20
"""Bytes of one answer, unpacked."""
LARGEST_PAGE = 32 * 2**20
"""Bytes of one page of listGroup, unpacked: 1,000 groups of 500 numbers take 7 MB."""
_ACCEPTED_PACKING = "gzip, deflate"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32

_NOTHING_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)
"""What is raised before the request's first byte; all else may have come after it."""


class Operation(IntEnum):
    """What an updateGroup does with its numbers: the vendor's `operateType`."""

    ADD = 0
    REMOVE = 1


class AnswerTooLarge(Exception):
    """An answer goes on beyond what is read of one."""


class AnswerNotReadable(Exception):
    """An answer is packed in a way that was not asked for, or broken."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where calls go and who makes them."""

    url: str
    access_key: str
    secret: str = field(repr=False)
    algorithm: Algorithm = "md5"


class Client:
    """The vendor's API over one aiohttp session.

    `now_ms` is the computer's clock in milliseconds since the epoch. `clock_ms` is what is added
    to it before signing: how far the server's clock is ahead.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        account: Account,
        *,
        timeout: float,
        now_ms: Callable[[], int],
    ) -> None:
        self._session = session
        self._account = account
        # Were all the time spent on connecting, the end of it would look like a lost answer.
        connect = min(CONNECT_TIMEOUT, timeout / 2)
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=connect)
        self._now_ms = now_ms
        self.clock_ms = 0

    def next_ts(self) -> int:
        """Return the `ts` of a call that is signed now, in ms since the epoch."""
        return self._now_ms() + self.clock_ms

    async def create_group(self, group: Group, ts: int) -> Reply:
        """Ask for one group. Not idempotent: twice makes two groups.

        `ts` is what the call is signed with: the caller has compared it with its record.
        """
        # Digits and commas are JSON already: to escape 6 KB of them takes as long as to sign them.
        body = f'{{"phones":"{group.phones}",{_json(groupName=group.name, remark=group.remark)[1:]}'
        return await self._call("createGroup", body, ts, LARGEST_ANSWER)

    async def list_groups(self, *, limit: int, offset: int) -> Reply:
        """Ask for a page of all groups; `limit` from 1 to 1000."""
        body = _json(limit=limit, offset=offset)
        return await self._call("listGroup", body, self.next_ts(), LARGEST_PAGE)

    async def update_group(
        self, group_id: str, operation: Operation, phones: str, ts: int
    ) -> Reply:
        """Put numbers into one group, or take them out of it.

        `phones` are digits joined by commas; `ts` is what the call is signed with. To do it again
        does no harm, unless something else was done to the same numbers in between.
        """
        ids = _json(groupId=group_id, operateType=operation)
        body = f'{ids[:-1]},"phones":"{phones}"}}'
        return await self._call("updateGroup", body, ts, LARGEST_ANSWER)

    async def delete_group(self, group_id: str) -> Reply:
        """Delete one group. Deleting it again does no harm."""
        body = _json(groupId=group_id)
        return await self._call("deleteGroup", body, self.next_ts(), LARGEST_ANSWER)

    def follow_clock(self, server_ms: int) -> None:
        """Sign by the server's clock from now on; `server_ms` is what it shows at this moment."""
        self.clock_ms = server_ms - self._now_ms()

    async def _call(self, action: str, body: str, ts: int, largest: int) -> Reply:
        """Sign the bytes that are sent, and send the bytes that are signed."""
        payload = body.encode()
        clock_ms = self.clock_ms
        headers = signed_headers(
            action,
            payload,
            access_key=self._account.access_key,
            secret=self._account.secret,
            ts=ts,
            algorithm=self._account.algorithm,
        )
        headers["Accept-Encoding"] = _ACCEPTED_PACKING
        try:
            # A redirect would turn the POST into a GET, or carry the signature elsewhere.
            async with self._session.post(
                self._account.url,
                data=payload,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                answer = await _read(response, largest)
                return read_reply(
                    response.status, response.headers, answer, sent_ms=ts, clock_ms=clock_ms
                )
        except _ANSWER_ERRORS as error:
            return Reply(
                ts,
                clock_ms,
                silence=_silence(error),
                message=_explain(error, self._account.url),
                too_large=isinstance(error, AnswerTooLarge),
            )


async def _read(response: aiohttp.ClientResponse, largest: int) -> bytes:
    """Read an answer's body and unpack it, both up to `largest` bytes.

    The session leaves answers packed: a few kilobytes could unpack to all of the memory.

    Raises:
        AnswerTooLarge: there is more.
        AnswerNotReadable: it is packed in another way than was asked for, or broken.
    """
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > largest:
            raise AnswerTooLarge
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    if packing in {"", "identity"}:
        return bytes(body)
    if packing not in {"gzip", "x-gzip", "deflate"}:
        raise AnswerNotReadable
    return _unpacked(bytes(body), largest)


def _unpacked(body: bytes, largest: int) -> bytes:
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        answer = unpacking.decompress(body, largest + 1)
    except zlib.error as error:
        raise AnswerNotReadable from error
    if len(answer) > largest:
        raise AnswerTooLarge
    if not unpacking.eof:
        raise AnswerNotReadable
    return answer


_ANSWER_ERRORS = (
    TimeoutError,
    aiohttp.ClientError,
    OSError,
    AnswerTooLarge,
    AnswerNotReadable,
)


def _json(**fields: str | int) -> str:
    return _ENCODER.encode(fields)


def _silence(error: Exception) -> Silence:
    """Only a failure to connect is certain not to have sent anything."""
    return Silence.NOT_SENT if isinstance(error, _NOTHING_LEFT) else Silence.LOST


def _explain(error: Exception, url: str) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {url} is not trusted"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection to {url} in time"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection to {url} ({error.os_error.strerror or error.os_error})"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy lets no call through (HTTP {error.status})"
    if isinstance(error, aiohttp.InvalidURL):
        return f"{url} is no web address"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, AnswerTooLarge):
        return "the answer is larger than any that the vendor documents"
    if isinstance(error, AnswerNotReadable):
        return "the answer can't be unpacked"
    return f"the connection broke before the answer ({type(error).__name__})"


def open_session(*, connections: int, use_proxy: bool) -> aiohttp.ClientSession:
    """Open a session for `connections` calls at a time, each call on a connection of its own.

    A connection that is used again may carry bytes from before: a proxy that carried a call out
    twice leaves the second answer on it, and the next call would take that for its own.
    For the same reason no cookie is kept: a call carries nothing that an answer before it said.
    `use_proxy` takes the system's proxy, as browsers do.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=use_proxy,
        auto_decompress=False,
    )
