"""Puts client, pace, journal and workers together for one batch, and stops them on a signal."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from importer.api.client import Account, Client, open_session
from importer.sending.batch_sender import BatchGroupRecorder, BatchSender, Store
from importer.sending.clock import Clock
from importer.sending.deletion import Deletion, Found
from importer.sending.pacing import Pacer
from importer.sending.recording import Recorder
from importer.sending.retry import Stop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from importer.api.reply import Reply
    from importer.model import Group, Transition
    from importer.sending.budget import Budget
    from importer.sending.dispatch import SendingProgress


@dataclass(frozen=True, slots=True)
class Terms:
    """How fast and how patiently to call."""

    rate: float | None
    """Calls a second; None for no limit."""
    concurrency: int
    timeout: float
    """Seconds for one call."""
    use_proxy: bool = False
    learned_rate: float | None = None
    """The rate to begin with, where an earlier run had to slow down."""
    budget: Budget | None = None
    """What ends sending early; None for nothing."""


@dataclass(frozen=True, slots=True)
class SendResult:
    """How far a run came with a batch."""

    stop: Stop | None
    """Why it ended before all was done; None where it did not."""
    learned_rate: float | None
    """The calls a second that it ended with, where that is below the rate asked for."""


class SendingJournal(Store, Protocol):
    """The journal, as far as sending needs it."""

    def apply(self, transitions: Sequence[Transition]) -> None:
        """Record steps of groups in one durable commit: all of them, or none."""


async def send_batch(
    batch: str,
    records: SendingJournal,
    account: Account,
    terms: Terms,
    halve: Callable[[Group, int], tuple[Group, Group]],
    progress: SendingProgress,
    *,
    look_first: bool = False,
) -> SendResult:
    """Send a batch's PLANNED groups and settle those IN_DOUBT, recording each step.

    `look_first` finds PLANNED groups that another copy of the journal has sent, before any call.
    SIGINT and SIGTERM stop it well; a second one ends it at once.

    Raises:
        JournalError: a step could not be recorded.
    """
    clock = Clock()
    pacer = _pacer(terms, clock)
    async with _client(account, terms, clock) as client:
        sender = BatchSender(
            records,
            BatchGroupRecorder(batch, records.groups(batch), Recorder(records.apply), halve),
            client,
            pacer,
            clock,
            progress,
            concurrency=terms.concurrency,
            budget=terms.budget,
            look_first=look_first,
        )
        with stopped_by_signals(sender.stop):
            stop = await sender.run()
    slowed = pacer.rate is not None and terms.rate is not None and pacer.rate < terms.rate
    return SendResult(stop, pacer.rate if slowed else None)


async def find_batch_groups(
    batch: str, records: SendingJournal, account: Account, terms: Terms
) -> Found:
    """Return a batch's created groups as the vendor shows them now; nothing is changed.

    Raises:
        ListingError: the vendor's groups could not be listed.
    """
    clock = Clock()
    async with _client(account, terms, clock) as client:
        return await _deletion(batch, records, client, terms, clock).look()


async def delete_batch(
    batch: str,
    records: SendingJournal,
    account: Account,
    terms: Terms,
    deleted: Callable[[], None],
) -> Stop | None:
    """Delete the groups that are a batch's own; return why it stopped early, if it did.

    Raises:
        ListingError: the vendor's groups could not be listed.
        JournalError: a step could not be recorded.
    """
    clock = Clock()
    async with _client(account, terms, clock) as client:
        deletion = _deletion(batch, records, client, terms, clock, deleted)
        with stopped_by_signals(deletion.stop):
            return await deletion.run()


async def ask_vendor(account: Account, terms: Terms) -> tuple[Reply, int]:
    """Ask once for one group, which changes nothing; return the answer and the own clock's time."""
    clock = Clock()
    async with _client(account, terms, clock) as client:
        reply = await client.list_groups(limit=1, offset=0)
    return reply, clock.now_ms()


def _pacer(terms: Terms, clock: Clock) -> Pacer:
    return Pacer(terms.rate, clock=clock.monotonic, sleep=clock.sleep, begin=terms.learned_rate)


@asynccontextmanager
async def _client(account: Account, terms: Terms, clock: Clock) -> AsyncIterator[Client]:
    async with open_session(connections=terms.concurrency, use_proxy=terms.use_proxy) as session:
        yield Client(session, account, timeout=terms.timeout, now_ms=clock.now_ms)


def _deletion(
    batch: str,
    records: SendingJournal,
    client: Client,
    terms: Terms,
    clock: Clock,
    deleted: Callable[[], None] = lambda: None,
) -> Deletion:
    return Deletion(
        batch,
        partial(records.groups, batch),
        Recorder(records.apply),
        client,
        _pacer(terms, clock),
        clock,
        deleted,
    )


@contextmanager
def stopped_by_signals(stop: Callable[[Stop], None]) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM stop the run well, and give the second its usual effect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    usual = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for one, handler in usual.items():
            signal.signal(one, handler)

    def on_signal(number: int, frame: object) -> None:
        restore()
        loop.call_soon_threadsafe(stop, Stop.INTERRUPTED)

    for one in usual:
        signal.signal(one, on_signal)
    try:
        yield
    finally:
        restore()
