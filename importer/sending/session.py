"""Puts client, pace, journal and workers together for one batch, and stops them on a signal."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.api.client import Account, Client, open_session
from importer.sending.dispatch import Dispatcher
from importer.sending.pacing import Pacer
from importer.sending.recording import Recorder
from importer.sending.retry import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.model import Group, GroupState, Transition


@dataclass(frozen=True, slots=True)
class Terms:
    """How fast and how patiently to call."""

    rate: float | None
    """Calls a second; None for no limit."""
    concurrency: int
    timeout: float
    """Seconds for one call."""
    use_proxy: bool = False


async def send_groups(
    batch: str,
    groups: Sequence[Group],
    account: Account,
    terms: Terms,
    apply: Callable[[Sequence[Transition]], None],
    *,
    settled: Callable[[GroupState], None] = lambda state: None,
    waiting: Callable[[float, str], None] = lambda seconds, reason: None,
) -> Stop | None:
    """Send a batch's PLANNED groups, recording each step by `apply`.

    Returns why it stopped before the last group, or None. SIGINT and SIGTERM stop it well; a second
    one ends it at once.

    Raises:
        JournalError: a step could not be recorded.
    """
    async with open_session(connections=terms.concurrency, use_proxy=terms.use_proxy) as session:
        dispatcher = Dispatcher(
            batch,
            Client(session, account, timeout=terms.timeout, now_ms=_now_ms),
            Recorder(apply),
            Pacer(terms.rate, clock=time.monotonic, sleep=asyncio.sleep),
            concurrency=terms.concurrency,
            clock=time.monotonic,
            now_ms=_now_ms,
            chance=random.random,
            settled=settled,
            waiting=waiting,
        )
        with _stopped_by_signals(dispatcher):
            return await dispatcher.send(groups)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def _stopped_by_signals(dispatcher: Dispatcher) -> Iterator[None]:
    """Let the first signal stop the run well, and give the second its usual effect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    usual = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, frame: object) -> None:
        _restore()
        loop.call_soon_threadsafe(dispatcher.stop, Stop.INTERRUPTED)

    def _restore() -> None:
        for one, handler in usual.items():
            signal.signal(one, handler)

    for one in usual:
        signal.signal(one, stop)
    try:
        yield
    finally:
        _restore()
