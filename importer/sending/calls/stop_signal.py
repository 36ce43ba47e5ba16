"""One way to stop a run: from a signal, from an answer, also in the middle of a wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from importer.sending.calls.retry import Stop


class Stopped(Exception):
    """A wait was ended, because the run is being stopped."""


class StopSignal:
    """Is set once, for one reason, and ends every wait that goes through it."""

    def __init__(self) -> None:
        self.reason: Stop | None = None
        self._set = asyncio.Event()

    def set(self, reason: Stop) -> None:
        """Stop the run; the first reason counts."""
        self.reason = self.reason or reason
        self._set.set()

    async def wait(self, awaited: Awaitable[None]) -> None:
        """Wait for something, but not longer than until the signal is set.

        Raises:
            Stopped: the signal is set.
        """
        waiting = asyncio.ensure_future(awaited)
        is_set = asyncio.create_task(self._set.wait())
        try:
            await asyncio.wait([waiting, is_set], return_when=asyncio.FIRST_COMPLETED)
        finally:
            is_set.cancel()
            if not waiting.done():
                waiting.cancel()
        if self.reason is not None:
            raise Stopped
        waiting.result()
