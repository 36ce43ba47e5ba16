"""One way to stop a run: from a signal, from an answer, also in the middle of a wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from importer.sending.retry import Stop


class Stopped(Exception):
    """A wait was ended, because the run is being stopped."""


class Brake:
    """Is pulled once, for one reason; whoever waits through it waits no longer."""

    def __init__(self) -> None:
        self.reason: Stop | None = None
        self._pulled = asyncio.Event()

    def pull(self, reason: Stop) -> None:
        """Stop the run; the first reason counts."""
        self.reason = self.reason or reason
        self._pulled.set()

    async def wait(self, awaited: Awaitable[None]) -> None:
        """Wait for something, but not longer than until the brake is pulled.

        Raises:
            Stopped: it was.
        """
        waiting = asyncio.ensure_future(awaited)
        pulled = asyncio.create_task(self._pulled.wait())
        try:
            await asyncio.wait([waiting, pulled], return_when=asyncio.FIRST_COMPLETED)
        finally:
            pulled.cancel()
            if not waiting.done():
                waiting.cancel()
        if self.reason is not None:
            raise Stopped
        waiting.result()
