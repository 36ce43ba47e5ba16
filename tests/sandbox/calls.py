"""How the tests of this folder make calls."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp

from importer.api.signing import signed_headers
from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, Sandbox, serve
from importer.sandbox.vendor import Vendor

NOW = 1_700_000_000.0
NUMBERS = "85211111114,85235753351"
GROUP = {"phones": NUMBERS, "groupName": "HK 001", "remark": "spring"}


def encoded(fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def headers_for(action: str, body: bytes, **changes: Any) -> dict[str, str]:
    """Return right headers; `changes` are arguments of signed_headers, so they are signed too."""
    arguments: dict[str, Any] = {
        "access_key": ACCESS_KEY,
        "secret": ACCESS_SECRET,
        "ts": int(NOW * 1000),
    }
    return signed_headers(action, body, **(arguments | changes))


def seeded() -> Random:
    return Random(1)


def vendor(**options: Any) -> Vendor:
    return Vendor(clock=lambda: NOW, random=seeded(), **options)


def ask(of: Vendor, action: str, fields: Any) -> dict[str, Any]:
    body = encoded(fields)
    return of.handle(headers_for(action, body), body)


def sandbox(**options: Any) -> Sandbox:
    defaults: dict[str, Any] = {"clock": lambda: NOW, "random": seeded()}
    return Sandbox(**(defaults | options))


@dataclass(frozen=True)
class Got:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Talk:
    """A client's way to a running sandbox."""

    session: aiohttp.ClientSession
    url: str

    async def post(self, action: str, fields: Any) -> Got:
        body = encoded(fields)
        return await self.request("POST", self.url, headers_for(action, body), body)

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Got:
        data = io.BytesIO(body)
        async with self.session.request(method, url, headers=headers, data=data) as response:
            return Got(response.status, response.headers, await response.read())


@asynccontextmanager
async def talking(to: Sandbox, **options: Any) -> AsyncIterator[Talk]:
    async with serve(to, **options) as url, aiohttp.ClientSession() as session:
        yield Talk(session, url)


async def until(ready: Callable[[], bool]) -> None:
    """Let the loop run until `ready()` holds."""
    async with asyncio.timeout(5):
        while not ready():  # noqa: ASYNC110 - nothing here has an event to wait for
            await asyncio.sleep(0)
