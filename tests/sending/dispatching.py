"""A dispatcher among stand-ins, on a virtual loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.model import Group, GroupState
from importer.sending.calls.access import VendorAccess
from importer.sending.calls.budget import Budget
from importer.sending.calls.retry import Stop
from importer.sending.dispatch import Dispatcher
from tests.sending.fakes import (
    FakeApi,
    FakeGroupRecorder,
    SendingProgress,
    TellingPacer,
    clock_of,
    made,
)
from tests.sending.virtual_time import VirtualLoop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.api.reply import Reply

PLANNED, SENDING, CREATED = GroupState.PLANNED, GroupState.SENDING, GroupState.CREATED
IN_DOUBT, REFUSED, SPLIT = GroupState.IN_DOUBT, GroupState.REFUSED, GroupState.SPLIT


class Stage:
    """A dispatcher among stand-ins, on a virtual loop. `recorder` and `api` are their options."""

    def __init__(
        self,
        groups: list[Group],
        *,
        concurrency: int = 4,
        rate: float | None = None,
        recorder: dict[str, Any] | None = None,
        api: dict[str, Any] | None = None,
    ) -> None:
        self.loop = VirtualLoop()
        self.events: list[str] = []
        self.groups = groups
        self.recorder = FakeGroupRecorder(groups, self.events, **(recorder or {}))
        self.api = FakeApi(self.loop, self.events, **(api or {}))
        self.progress = SendingProgress()
        self.budget: Budget | None = None
        self._rate = rate
        self._concurrency = concurrency
        self.ended_at = 0.0
        self.rate_left: float | None = None

    def send(self, stop_at: float | None = None) -> Stop | None:
        """Send all groups; `stop_at` interrupts after some seconds."""
        return run_virtually(self._send(stop_at), self.loop)

    async def _send(self, stop_at: float | None) -> Stop | None:
        pacer = TellingPacer(self._rate, self.loop, self.events)
        dispatcher = Dispatcher(
            self.recorder,
            VendorAccess(
                self.api, pacer, clock_of(self.loop), self.progress, self.budget or Budget()
            ),
            concurrency=self._concurrency,
        )
        if stop_at is not None:
            self.loop.call_later(stop_at, dispatcher.stop, Stop.INTERRUPTED)
        try:
            return await dispatcher.send(self.groups)
        finally:
            self.ended_at = self.loop.time()
            self.rate_left = pacer.rate

    @property
    def states(self) -> list[GroupState]:
        return list(self.recorder.states.values())

    def called(self) -> list[int]:
        return [group.seq for group, _ in self.api.calls]


def in_turn(answers: Iterable[Reply | None]) -> Callable[[Group], Reply]:
    """Answer each call with the next of these, None for a group made, as are all after them."""
    coming = iter(answers)

    def answer(group: Group) -> Reply:
        return next(coming, None) or made(group)

    return answer
