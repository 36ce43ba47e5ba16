"""Durable steps for many workers: those that come while a commit runs share the next one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.model import Transition


class Recorder:
    """Hands transitions to `apply` in a thread, so that a slow disk does not hold the calls up.

    One commit runs at a time, and steps are applied in the order in which they were recorded.
    """

    def __init__(self, apply: Callable[[Sequence[Transition]], None]) -> None:
        self._apply = apply
        self._waiting: list[tuple[Transition, asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def __call__(self, step: Transition) -> None:
        """Return when the step is on disk.

        Raises:
            JournalError: it could not be recorded, and nor was any step of the same commit.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((step, done))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        await done

    async def _commit_all(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            error = await self._commit([step for step, _ in together])
            for _, done in together:
                if done.cancelled():
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)
        self._committing = None

    async def _commit(self, steps: Sequence[Transition]) -> Exception | None:
        try:
            await asyncio.to_thread(self._apply, steps)
        except Exception as error:  # noqa: BLE001 - every worker that waits must hear of it
            return error
        return None
