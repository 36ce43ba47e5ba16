"""The simulation with two and three computers on one journal, all in one made-up time.

Each starts its process again and again on the same batch, holds it by a lease or is told who does,
dies or falls asleep at any step, sleeps longer than a lease lasts and goes on where it was; and the
database is away for a while. The network and the vendor are as moody as in the simulation of one.

`IMPORTER_NIGHTS_OF_HOSTS` and `IMPORTER_NIGHTS_SECONDS` are how many nights to run at most, and how
long; `IMPORTER_SEED` replays a night that failed.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import Counter
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.api.client import LARGEST_ANSWER
from importer.errors import JournalError, JournalLocked
from importer.journal import Journal
from importer.journal.database.sqlite import database
from importer.journal.leases import LASTS_MS, RENEW_AFTER
from importer.model import Batch, GroupState, Runner
from importer.sandbox import replies
from importer.sending.listing import lister
from tests.sending.network import Crash, Network, Troubles
from tests.sending.test_simulation import BATCH, Night
from tests.sending.virtual_time import VirtualLoop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Coroutine

    import pytest

NIGHTS = int(os.environ.get("IMPORTER_NIGHTS_OF_HOSTS", "60"))
SECONDS = float(os.environ.get("IMPORTER_NIGHTS_SECONDS", "30"))
REPLAY = os.environ.get("IMPORTER_SEED")
CALM_AFTER = 25
"""Processes after which nothing goes wrong any more, so that every night has an end."""
MOST_PROCESSES = 120
_HOST: ContextVar[str] = ContextVar("host", default="")
"""On which computer a task runs."""


def task_of_host(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **options: Any
) -> asyncio.Task[Any]:
    """Make a task that is named after its computer."""
    return asyncio.Task(work, loop=loop, name=_HOST.get(), context=options.get("context"))


class SleepyNetwork(Network):
    """The network of a computer that falls asleep."""

    def __init__(self, night: SharedNight) -> None:
        super().__init__(night.sandbox, night.random, night.network.troubles)
        self.nap_chance = night.nap_chance
        self.reach_journal = night.reach_database  # type: ignore[method-assign]
        self.naps = 0
        self._asleep_until = 0.0

    async def nap(self) -> None:
        """Fall asleep perhaps; nothing here goes on before the computer wakes up."""
        loop = asyncio.get_running_loop()
        if self._happens(self.nap_chance) and loop.time() >= self._asleep_until:
            self.naps += 1
            seconds = self._random.choice([1, 30, 90, LASTS_MS / 1000 + 1, 400])
            self._asleep_until = loop.time() + seconds
        while loop.time() < self._asleep_until:  # noqa: ASYNC110 - it may sleep on meanwhile
            await asyncio.sleep(self._asleep_until - loop.time())


class SharedNight(Night):
    """One seeded night of several computers on one batch."""

    def __init__(self, seed: int, folder: Path, loop: VirtualLoop) -> None:
        super().__init__(seed, folder, loop)
        self.happened: Counter[str] = Counter()
        self.nap_chance = self.random.choice([0.0, 0.01, 0.03])
        self._database_back_at = 0.0
        self._outage_chance = self.random.choice([0.0, 0.0, 0.05])
        self._networks: list[SleepyNetwork] = []

    async def until_done(self) -> None:
        """Let all computers start their processes until the batch has nothing left to do."""
        asyncio.get_running_loop().set_task_factory(task_of_host)  # type: ignore[arg-type]
        with Journal.open(self.path) as journal:
            self.make_older_group(journal)
            journal.plan(Batch(BATCH, "f", "a", "night.csv", 0), self.groups)
        hosts = [
            asyncio.create_task(self._live(f"desk{at}")) for at in range(self.random.choice([2, 3]))
        ]
        await asyncio.gather(*hosts)
        for one in self._networks:
            await one.everything_delivered()

    async def _live(self, host: str) -> None:
        while not self._is_done():
            await asyncio.sleep(self.random.uniform(0, 200))
            self.happened["processes"] += 1
            assert self.happened["processes"] < MOST_PROCESSES, "it never ends"
            if self.happened["processes"] == CALM_AFTER:
                self.calm_down()
            await self._one_process_on(host)

    def calm_down(self) -> None:
        """Let nothing go wrong any more."""
        super().calm_down()
        self.nap_chance = self._outage_chance = 0.0
        for one in self._networks:
            one.sandbox, one.troubles, one.nap_chance = self.sandbox, Troubles(), 0.0

    def _is_done(self) -> bool:
        with Journal.open(self.path) as journal:
            states = {one.state for one in journal.groups(BATCH)}
        return states.isdisjoint({GroupState.PLANNED, GroupState.SENDING, GroupState.IN_DOUBT})

    async def _one_process_on(self, host: str) -> None:
        """Run one process to its end or its death, and nothing of it longer."""
        owner = f"{host} {self.random.random()}"
        network = SleepyNetwork(self)
        self._networks.append(network)
        with Journal.open(self.path) as journal:
            _HOST.set(owner)
            work = asyncio.create_task(self._process(journal, network, owner, host))
            _HOST.set("")
            await asyncio.wait([work])
            others = {one for one in asyncio.all_tasks() if one.get_name() == owner}
            others -= network.late_deliveries()
            for one in others:
                one.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            if (error := work.exception()) is None:
                journal.release_leases(owner)
            elif isinstance(error, Crash):
                self.happened["crashed"] += 1
            elif isinstance(error, JournalLocked):
                self.happened["locked"] += 1
            elif isinstance(error, JournalError):
                self.happened["lost its batch"] += 1
                journal.release_leases(owner)
            else:
                raise error
        self.happened["naps"] += network.naps

    async def _process(
        self, journal: Journal, network: SleepyNetwork, owner: str, host: str
    ) -> None:
        journal.owner = owner
        await self.reach_database()
        journal.take_leases([BATCH], owner, Runner("run", "ann", host, 1))
        asyncio.create_task(self._keep_leases(journal, network, owner))  # noqa: RUF006 - ended with all others
        network.step()
        await network.nap()
        if journal.settle_interrupted(BATCH):
            self.happened["found calls under way"] += 1
        network.step()
        await self.batch_sender(journal, network).run()

    async def _keep_leases(self, journal: Journal, network: SleepyNetwork, owner: str) -> None:
        while True:
            await network.sleep(RENEW_AFTER)
            await self.reach_database()
            journal.renew_leases(owner)

    async def reach_database(self) -> None:
        """Wait while the database is away, which it sometimes is."""
        if self.random.random() < self._outage_chance:
            self.happened["outages"] += 1
            self._database_back_at = self.loop.now + self.random.choice([1, 60, 300])
        while self.loop.now < self._database_back_at:  # noqa: ASYNC110 - it may stay away
            await asyncio.sleep(self._database_back_at - self.loop.now)


def live_through(seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> SharedNight:
    """Live one night to its end."""
    loop = VirtualLoop()
    night = SharedNight(seed, folder, loop)
    monkeypatch.setattr(database, "_clock_of_this_computer", loop.epoch_ms)
    run_virtually(night.until_done(), loop)
    return night


def test_every_night_of_several_computers_ends_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server has every accepted number exactly once, and the journal agrees with it."""
    monkeypatch.setattr(lister, "PAGE_SIZE", 2)
    monkeypatch.setattr(replies, "HUGE", LARGEST_ANSWER + 2**20)
    # As in a database of several computers: none sees which runs of another one are alive.
    monkeypatch.setattr(database.SqliteDatabase, "is_gone", lambda *_, **__: None)
    happened: Counter[str] = Counter()
    begun = time.monotonic()
    for seed in [int(REPLAY)] if REPLAY else range(NIGHTS):
        if time.monotonic() - begun > SECONDS:
            break
        with tempfile.TemporaryDirectory() as folder:
            try:
                night = live_through(seed, Path(folder), monkeypatch)
                night.check()
            except BaseException as error:
                error.add_note(f"replay it with IMPORTER_SEED={seed}")
                raise
        happened += night.happened
        happened["nights"] += 1
    with capsys.disabled():
        print(f" {dict(happened)} in {time.monotonic() - begun:.0f} s ", end="")
