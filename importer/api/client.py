"""One signed call at a time, with no retry: what to do with an answer is decided elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
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

_NOTHING_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)
"""What is raised before the request's first byte; all else may have come after it."""


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

    async def create_group(self, group: Group) -> Reply:
        """Ask for one group. Not idempotent: twice makes two groups."""
        # Digits and commas are JSON already: to escape 6 KB of them takes as long as to sign them.
        body = f'{{"phones":"{group.phones}",{_json(groupName=group.name, remark=group.remark)[1:]}'
        return await self._call("createGroup", body)

    async def list_groups(self, *, limit: int, offset: int) -> Reply:
        """Ask for a page of all groups; `limit` from 1 to 1000."""
        return await self._call("listGroup", _json(limit=limit, offset=offset))

    async def delete_group(self, group_id: str) -> Reply:
        """Delete one group. Deleting it again does no harm."""
        return await self._call("deleteGroup", _json(groupId=group_id))

    def follow_clock(self, server_ms: int) -> None:
        """Sign by the server's clock from now on; `server_ms` is what it shows at this moment."""
        self.clock_ms = server_ms - self._now_ms()

    async def _call(self, action: str, body: str) -> Reply:
        """Sign the bytes that are sent, and send the bytes that are signed."""
        payload = body.encode()
        clock_ms = self.clock_ms
        ts = self._now_ms() + clock_ms
        headers = signed_headers(
            action,
            payload,
            access_key=self._account.access_key,
            secret=self._account.secret,
            ts=ts,
            algorithm=self._account.algorithm,
        )
        try:
            # A redirect would turn the POST into a GET, or carry the signature elsewhere.
            async with self._session.post(
                self._account.url,
                data=payload,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                answer = await response.read()
                return read_reply(
                    response.status, response.headers, answer, sent_ms=ts, clock_ms=clock_ms
                )
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return Reply(
                ts, clock_ms, silence=_silence(error), message=_explain(error, self._account.url)
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
    return f"the connection broke before the answer ({type(error).__name__})"


def open_session(*, connections: int, use_proxy: bool) -> aiohttp.ClientSession:
    """Open a session for `connections` calls at a time, each with a connection of its own.

    `use_proxy` takes the system's proxy, as browsers do.
    """
    connector = aiohttp.TCPConnector(limit=connections)
    return aiohttp.ClientSession(connector=connector, trust_env=use_proxy)
