"""Records the calls that change a list's groups, one commit at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from importer.model import ListStep, StepKind, StepState, StepTransition

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from importer.api.reply import Reply


class ListStore(Protocol):
    """What changing a list's groups reads and writes of the journal."""

    def list_steps(self, batch: str) -> list[ListStep]:
        """Return the calls of a batch of a list, in their order."""

    def take_list_steps(self, transitions: Sequence[StepTransition]) -> None:
        """Record what became of calls, and what that did to their groups."""

    def cut_list_step(
        self, batch: str, step: int, rest: Sequence[tuple[str, StepState]], phones: str
    ) -> None:
        """Leave a call some of its numbers, and give the others to new calls."""

    def reopen_list_step(self, batch: str, step: int, phones: str) -> None:
        """Record that a call that was DONE has not done these numbers after all: PLANNED again."""

    def earlier_call_ms(self, batch: str, step: ListStep) -> int:
        """Return when another batch last changed a step's group, in ms; 0 where none has."""

    def created_at(self, batch: str) -> Mapping[str, int]:
        """Return when the created groups of the batch's account were made, in ms, by groupId."""


class StepRecorder:
    """One batch's calls: reads them, and returns once what became of one is on disk."""

    def __init__(self, batch: str, store: ListStore) -> None:
        self.batch = batch
        self.store = store
        self._recording = asyncio.Lock()
        self._attempts: dict[int, int] = {}
        """How often calls were made, where this run has made them."""

    def in_state(self, state: StepState, kinds: Collection[StepKind]) -> list[ListStep]:
        """Return the calls of these kinds that are in a state."""
        steps = self.store.list_steps(self.batch)
        return [one for one in steps if one.state is state and one.kind in kinds]

    async def take(
        self,
        step: ListStep,
        leaves: StepState,
        enters: StepState,
        *,
        sent_ms: int | None = None,
        reply: Reply | None = None,
        message: str = "",
        code: int | None = None,
    ) -> None:
        """Record that a call leaves a state and enters another, with what an answer said."""
        attempt = self._attempts.get(step.step, step.attempts)
        transition = StepTransition(
            self.batch,
            step.step,
            leaves,
            enters,
            sent_ms=sent_ms if reply is None else reply.sent_ms,
            code=code if reply is None else reply.code,
            message=message if reply is None else reply.message,
            request_id="" if reply is None else reply.request_id,
            attempt=attempt,
        )
        async with self._recording:
            await asyncio.to_thread(self.store.take_list_steps, [transition])
        self._attempts[step.step] = attempt + (enters is StepState.SENDING)

    async def cut(self, step: ListStep, rest: Sequence[tuple[str, StepState]], phones: str) -> None:
        """Leave a call some of its numbers, and give the others to new calls."""
        async with self._recording:
            await asyncio.to_thread(self.store.cut_list_step, self.batch, step.step, rest, phones)

    async def reopen(self, step: ListStep, phones: str) -> None:
        """Record that a call that was DONE has not done these numbers after all."""
        async with self._recording:
            await asyncio.to_thread(self.store.reopen_list_step, self.batch, step.step, phones)
