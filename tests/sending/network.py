"""A made-up network between the real client and the sandbox's model of the vendor.

It loses, delays and delivers late, and the client's process may die at any step. It stands in for
an aiohttp session, so that the client's own code is part of what is tried.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import aiohttp

from importer.sandbox.replies import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from random import Random

    from importer.sandbox import Sandbox

LATEST_DELIVERY = 90.0
"""Seconds after which the network gives a lost call up: later than any server accepts it."""


class Crash(BaseException):
    """The process dies here."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """How likely each trouble is, for one call."""

    not_connected: float = 0.0
    lost_before: float = 0.0
    lost_after: float = 0.0
    late: float = 0.0
    """No answer, and delivered at any time up to `LATEST_DELIVERY` later."""
    crash: float = 0.0
    """For each step at which a process can die."""


@dataclass
class _Content:
    body: bytes

    async def iter_any(self) -> AsyncIterator[bytes]:
        yield self.body


@dataclass
class _Response:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> _Content:
        return _Content(self.body)


class Network:
    """Carries calls to a sandbox. `dead` is set when the process has died."""

    def __init__(self, sandbox: Sandbox, random: Random, troubles: Troubles) -> None:
        self.sandbox = sandbox
        self.troubles = troubles
        self.dead = False
        self._random = random
        self._late: set[asyncio.Task[None]] = set()

    def step(self) -> None:
        """Be a place where the process can die; once dead, it does nothing any more."""
        if self.dead or self._random.random() < self.troubles.crash:
            self.dead = True
            raise Crash

    async def nap(self) -> None:
        """Be a place where the computer can fall asleep; this one never does."""

    async def reach_journal(self) -> None:
        """Be a place where the journal's database may be away; this one never is."""

    async def sleep(self, seconds: float) -> None:
        """Sleep as the client does; the computer may fall asleep meanwhile."""
        await asyncio.sleep(seconds)
        await self.nap()

    @asynccontextmanager
    async def post(
        self, url: str, *, data: bytes, headers: Mapping[str, str], **rest: Any
    ) -> AsyncIterator[_Response]:
        """Do what `aiohttp.ClientSession.post` does, or what can happen instead."""
        await self.nap()
        self.step()
        await asyncio.sleep(self._random.uniform(0.001, 0.2))
        self.step()
        if self._happens(self.troubles.not_connected):
            raise aiohttp.ConnectionTimeoutError
        if self._happens(self.troubles.lost_before):
            raise aiohttp.ServerDisconnectedError
        if self._happens(self.troubles.late):
            self._deliver_late(headers, data)
            await asyncio.sleep(30)
            self.step()
            raise TimeoutError
        answer = self._deliver(headers, data)
        if self._happens(self.troubles.lost_after):
            raise aiohttp.ServerDisconnectedError
        await asyncio.sleep(self._random.uniform(0.001, 0.2))
        await self.nap()
        self.step()
        if answer is None:
            raise aiohttp.ServerDisconnectedError
        yield answer

    async def everything_delivered(self) -> None:
        """Wait until no lost call can turn up any more."""
        while self._late:
            await asyncio.wait(self._late)

    def late_deliveries(self) -> set[asyncio.Task[None]]:
        """Return what is under way without the process that sent it."""
        return set(self._late)

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance

    def _deliver(self, headers: Mapping[str, str], body: bytes) -> _Response | None:
        arrival = self.sandbox.arrive(headers["action"])
        outcome = self.sandbox.conclude(arrival, headers, body)
        if not isinstance(outcome, Reply):
            return None
        told = {"Date": formatdate(self.sandbox.now(), usegmt=True)}
        if outcome.retry_after is not None:
            told["Retry-After"] = str(outcome.retry_after)
        return _Response(outcome.status, told, outcome.body)

    def _deliver_late(self, headers: Mapping[str, str], body: bytes) -> None:
        async def later() -> None:
            await asyncio.sleep(self._random.uniform(0, LATEST_DELIVERY))
            self._deliver(headers, body)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
