"""Puts client, pace, journal and workers together for one batch, and stops them on a signal."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from importer.api.client import Account, Client, open_session
from importer.sending.batch_sender import BatchSender
from importer.sending.calls.access import SendingProgress, VendorAccess
from importer.sending.calls.budget import Budget
from importer.sending.calls.clock import Clock
from importer.sending.calls.pacing import Pace, Pacer
from importer.sending.calls.retry import Stop
from importer.sending.calls.shared_pace import PaceRow, SharedPacer
from importer.sending.calls.stop_signal import StopSignal
from importer.sending.deletion import Deletion, FoundGroups
from importer.sending.doubt import SendingStore
from importer.sending.group_recorder import BatchGroupRecorder
from importer.sending.listing.lister import GroupLister
from importer.sending.listing.settling import LISTING_DELAY
from importer.sending.lists.updating import ListUpdater
from importer.sending.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from importer.api.reply import Reply
    from importer.model import Group, GroupState, StepKind, Transition
    from importer.sending.listing.lister import Snapshot
    from importer.sending.listing.pages import Listed
    from importer.sending.lists.recording import ListStore


T = TypeVar("T")


class OpenPace(Protocol):
    """Opens an account's row of the shared pace."""

    def __call__(self, clock: Callable[[], float]) -> AbstractContextManager[PaceRow]:
        """Give the row while a `with` block runs; `clock` shows seconds on this computer."""


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
    listing_delay: float = LISTING_DELAY
    """Seconds that the vendor may take until a listing shows a new group."""
    size_limit: int | None = None
    """The most numbers of a group, where the account has refused more; None: not known."""
    most_groups: int | None = None
    """How many of a batch's groups may be made in all; None for all of them."""
    open_pace: OpenPace | None = None
    """Opens the pace that all runs of the account keep together; None for a pace of one's own."""


@dataclass(frozen=True, slots=True)
class SendResult:
    """How far a run came with a batch."""

    stop: Stop | None
    """Why it ended before all was done; None where it did not."""
    learned_rate: float | None
    """The calls a second that it ended with, where that is below the rate asked for."""
    size_limit: int | None = None
    """The most numbers of a group, where this run or an earlier one learned it."""
    largest_made: int = 0
    """The most numbers of a group of this batch that the vendor took."""


@dataclass(frozen=True, slots=True)
class DeletionResult:
    """How far a deletion came."""

    stop: Stop | None
    """Why it ended before all was done; None where it did not."""
    refused: Mapping[str, str]
    """What the vendor said to the deletions that it refused, by groupId."""
    doubles: tuple[str, ...]
    """The groupIds of the doubles that were deleted."""


class SendingJournal(SendingStore, Protocol):
    """The journal, as far as sending needs it."""

    def known_group_ids(self) -> frozenset[str]:
        """Return the groupIds of all groups that any batch has or had."""

    def apply(self, transitions: Sequence[Transition]) -> None:
        """Record steps of groups in one durable commit: all of them, or none."""


async def send_batch(
    batch: str,
    journal: SendingJournal,
    account: Account,
    terms: Terms,
    halve: Callable[[Group, int], tuple[Group, Group]],
    progress: SendingProgress,
    *,
    look_first: bool = False,
    refused: Collection[int] = (),
) -> SendResult:
    """Send a batch's PLANNED groups and settle those IN_DOUBT, recording each step.

    `look_first` finds PLANNED groups that another copy of the journal has sent, before any call.
    `refused` are the places of REFUSED groups to send once more, after a look. SIGINT and SIGTERM
    stop it well; a second one ends it at once.

    Raises:
        JournalError: a step could not be recorded.
    """
    recorder = BatchGroupRecorder(
        batch,
        journal.group_facts(batch),
        Recorder(journal.apply),
        halve,
        taken=journal.known_group_ids(),
        size_limit=terms.size_limit,
    )
    async with _access(account, terms, progress) as access:
        sender = BatchSender(
            journal,
            recorder,
            access,
            concurrency=terms.concurrency,
            listing_delay=terms.listing_delay,
            look_first=look_first,
            most_groups=terms.most_groups,
        )
        with stopped_by_signals(sender.stop):
            stop = await sender.look_for_refused(refused) if refused else None
            stop = stop or await sender.run()
    rate = access.pacer.rate
    slowed = rate is not None and terms.rate is not None and rate < terms.rate
    return SendResult(stop, rate if slowed else None, recorder.size_limit, recorder.largest_made)


async def update_list(
    batch: str,
    journal: ListStore,
    account: Account,
    terms: Terms,
    kinds: Collection[StepKind],
    progress: SendingProgress,
    done: Callable[[], None],
    *,
    settle_only: bool = False,
) -> Stop | None:
    """Make a batch's calls of these kinds that change a list's groups, and settle those in doubt.

    Return why it ended before all was done, None where it did not. With `settle_only` no call is
    made that is PLANNED. SIGINT and SIGTERM stop it well; a second one ends it at once.

    Raises:
        JournalError: a call could not be recorded.
    """
    async with _access(account, terms, progress) as access:
        updater = ListUpdater(
            batch,
            journal,
            access,
            concurrency=terms.concurrency,
            listing_delay=terms.listing_delay,
            done=done,
        )
        with stopped_by_signals(updater.stop):
            return await updater.run(kinds, settle_only=settle_only)


async def find_batch_groups(
    batch: str, journal: SendingJournal, account: Account, terms: Terms
) -> FoundGroups:
    """Return a batch's created groups as the vendor shows them now; nothing is changed.

    Raises:
        ListingError: the vendor's groups could not be listed.
    """
    async with _access(account, terms, NoProgress()) as access:
        return await _deletion(batch, journal, access, terms).look()


async def delete_batch(
    batch: str,
    journal: SendingJournal,
    account: Account,
    terms: Terms,
    deleted: Callable[[], None],
    progress: SendingProgress,
) -> DeletionResult:
    """Delete the groups that are a batch's own.

    Raises:
        ListingError: the vendor's groups could not be listed.
        JournalError: a step could not be recorded.
    """
    async with _access(account, terms, progress) as access:
        deletion = _deletion(batch, journal, access, terms, deleted)

        def stop_and_say(reason: Stop) -> None:
            deletion.stop(reason)
            progress.stopping(1, terms.timeout)

        with stopped_by_signals(stop_and_say):
            stop = await deletion.run()
    return DeletionResult(stop, deletion.refused, tuple(deletion.doubles))


async def list_groups(account: Account, terms: Terms, wanted: Callable[[Listed], bool]) -> Snapshot:
    """Return the vendor's groups that are wanted; nothing is changed.

    Raises:
        ListingError: the vendor's groups could not be listed.
    """
    async with _access(account, terms, NoProgress()) as access:
        return await GroupLister(access, StopSignal()).read(wanted)


async def list_all(
    account: Account, terms: Terms, wanted: Callable[[Listed], bool] = lambda one: True
) -> tuple[Snapshot, int]:
    """Return the vendor's groups that are wanted, and when listing them began.

    Nothing is changed. The time is the own clock's, in milliseconds since the epoch.

    Raises:
        ListingError: the vendor's groups could not be listed.
    """
    async with _access(account, terms, NoProgress()) as access:
        begun_ms = access.clock.now_ms()
        return await GroupLister(access, StopSignal()).read(wanted), begun_ms


async def ask_vendor(account: Account, terms: Terms) -> tuple[Reply, int]:
    """Ask once for one group, which changes nothing; return the answer and the own clock's time."""
    async with _access(account, terms, NoProgress()) as access:
        reply = await access.client.list_groups(limit=1, offset=0)
        return reply, access.clock.now_ms()


class NoProgress:
    """Tells nobody how calls go on."""

    def group_finished(self, state: GroupState) -> None:
        """Say nothing."""

    def waiting(self, seconds: float, why: str) -> None:
        """Say nothing."""

    def stopping(self, calls: int, seconds: float) -> None:
        """Say nothing."""

    def not_understood(self, answer: str) -> None:
        """Say nothing."""


@asynccontextmanager
async def _access(
    account: Account, terms: Terms, progress: SendingProgress
) -> AsyncIterator[VendorAccess]:
    """Give what all calls share, with a session that is closed at the end."""
    clock = Clock()
    with _open_pacer(terms, clock) as pacer:
        async with open_session(
            connections=terms.concurrency, use_proxy=terms.use_proxy
        ) as session:
            client = Client(session, account, timeout=terms.timeout, now_ms=clock.now_ms)
            yield VendorAccess(client, pacer, clock, progress, terms.budget or Budget())


async def _at_once(work: Callable[[], T], /) -> T:
    return work()


@contextmanager
def _open_pacer(terms: Terms, clock: Clock) -> Iterator[Pace]:
    """Give the pace that the account's runs keep together, or one of this run alone."""
    if terms.rate is None or terms.open_pace is None:
        yield Pacer(terms.rate, clock=clock.monotonic, sleep=clock.sleep, begin=terms.learned_rate)
        return
    with terms.open_pace(clock.monotonic) as row:
        yield SharedPacer(
            row,
            terms.rate,
            clock=clock.monotonic,
            sleep=clock.sleep,
            call=_at_once if row.is_quick else asyncio.to_thread,
            slack=clock.slack,
        )


def _deletion(
    batch: str,
    journal: SendingJournal,
    access: VendorAccess,
    terms: Terms,
    deleted: Callable[[], None] = lambda: None,
) -> Deletion:
    return Deletion(
        batch,
        journal,
        Recorder(journal.apply),
        access,
        deleted,
        listing_delay=terms.listing_delay,
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
