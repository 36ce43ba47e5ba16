"""The simulation: thousands of nights in which everything that can go wrong does.

The real sender, dispatcher, client, pacer and journal run on a virtual clock against the
sandbox's model of the vendor. The network loses, delays and delivers late, the server errs, its
clock is off, numbers are poisoned, and the process dies between any two steps and is started again.

`IMPORTER_NIGHTS` is how many nights to run at most, `IMPORTER_NIGHTS_SECONDS` how long;
`IMPORTER_SEED` replays a night that failed.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, cast

from importer.api.client import LARGEST_ANSWER, Account, Client
from importer.batch.planning import fingerprint, grouping
from importer.journal import Journal
from importer.model import Batch, Group, GroupState, Transition
from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, CreatedGroup, Sandbox, replies
from importer.sending.batch_sender import BatchSender
from importer.sending.calls.access import VendorAccess
from importer.sending.calls.clock import Clock
from importer.sending.calls.pacing import Pacer
from importer.sending.group_recorder import BatchGroupRecorder
from importer.sending.listing import lister
from tests.sending.network import Crash, Network, Troubles
from tests.sending.virtual_time import EPOCH, VirtualLoop, run_virtually

if TYPE_CHECKING:
    import aiohttp
    import pytest


NIGHTS = int(os.environ.get("IMPORTER_NIGHTS", "300"))
SECONDS = float(os.environ.get("IMPORTER_NIGHTS_SECONDS", "120"))
REPLAY = os.environ.get("IMPORTER_SEED")
BATCH = "night"
OLDER_ID = "77"
MAX_RUNS = 40
CALM_AFTER = 12
"""Runs after which nothing goes wrong any more, so that every night has an end."""

SERVER_FAULTS = (
    "500-before",
    "500-after",
    "502-before",
    "502-after",
    "429",
    "429-bare",
    "503",
    "html",
    "html-before",
    "half-json",
    "no-group-id",
    "cut-before",
    "cut-after",
    "remark-dropped",
    *(
        f"code{code}-{when}"
        for code in (-1, 500, 10005, 10006, 10009, 99999)
        for when in ("before", "after")
    ),
    "huge-answer",
    "packed-answer",
)
LISTING_FAULTS = (
    "listing-changes",
    "listing-empty",
    "listing-short",
    "listing-null",
    "listing-half-json",
    "listing-500",
    "listing-10009",
)
KINDS = (
    "page-100",
    "unordered",
    "empty-listing",
    "stale-listing",
    "trailing-comma",
    "spaced-phones",
    "array-phones",
    "plus-phones",
    "zero-phones",
    "doubled-phones",
    "reversed-phones",
    "integer-phones",
    "null-data",
    "null-groups",
    "no-groups",
    "total-more",
    "total-less",
    "total-text",
    "no-total",
    "numeric-ids",
    "text-codes",
    "cut-names",
    "cut-remarks",
    "no-remarks",
    "null-remarks",
    "unique-names",
    "names-refused",
    "frozen-date",
    "date-behind",
    "date-ahead",
    "no-date",
)


class Night:
    """One seeded night: a batch, a server, a network, and a process that is started until done."""

    def __init__(self, seed: int, folder: Path, loop: VirtualLoop) -> None:
        self.random = Random(seed)
        self.loop = loop
        self.path = folder / f"{seed}.sqlite3"
        self.groups = self._made_up_groups()
        self.poison = self._some_numbers(0.3)
        self.sandbox = Sandbox(
            clock=lambda: EPOCH + loop.now,
            random=Random(seed + 1),
            faults=self._some_faults(),
            skew=self.random.choice([0, 0, 0, self.random.uniform(-90, 90)]),
            rate=self.random.choice([None, None, 3, 10]),
            poison=self.poison,
            vendor=self.random.sample(KINDS, self.random.choice([0, 0, 1, 2])),
            max_phones=self.random.choice([None, None, 3]),
        )
        self.network = Network(self.sandbox, self.random, self._some_troubles())

    def _made_up_groups(self) -> list[Group]:
        size = self.random.randint(1, 6)
        numbers = iter(range(85250000000, 85260000000))
        return [
            Group(
                seq=seq,
                name=f"night HK {seq:03}",
                country="HK",
                remark=fingerprint.token(BATCH, seq) + self.random.choice(["", " spring sale"]),
                phones=",".join(str(next(numbers)) for _ in range(size)),
                size=size,
            )
            for seq in range(1, self.random.randint(1, 12) + 1)
        ]

    def _some_numbers(self, chance: float) -> set[str]:
        if self.random.random() > chance:
            return set()
        every = [number for group in self.groups for number in group.phones.split(",")]
        return set(self.random.sample(every, min(2, len(every))))

    def _some_faults(self) -> dict[str, float]:
        chosen = self.random.sample(SERVER_FAULTS, self.random.randint(0, 4))
        share = self.random.uniform(0, 0.6)
        faults = {name: share / len(chosen) for name in chosen}
        return {**faults, self.random.choice(LISTING_FAULTS): self.random.choice([0.0, 0.4])}

    def _some_troubles(self) -> Troubles:
        most = self.random.choice([0.0, 0.05, 0.2])
        return Troubles(
            not_connected=self.random.uniform(0, most),
            lost_before=self.random.uniform(0, most),
            lost_after=self.random.uniform(0, most),
            late=self.random.uniform(0, most),
            crash=self.random.choice([0.0, 0.01, 0.03, 0.08]),
        )

    async def until_done(self) -> None:
        """Start the process again and again until it has nothing left to do."""
        with Journal.open(self.path) as journal:
            self.make_older_group(journal)
            journal.plan(Batch(BATCH, "f", "a", "night.csv", 0), self.groups)
        for run in range(MAX_RUNS):
            if run == CALM_AFTER:
                self.calm_down()
            if await self._one_process():
                break
            await asyncio.sleep(self.random.uniform(0, 200))
        await self.network.everything_delivered()

    def make_older_group(self, journal: Journal) -> None:
        """Let the account have a group: a listing that does not show it is not believed.

        Where an account has no group that must be there, an empty list can't be told from a lie.
        """
        group = Group(1, "older", "HK", fingerprint.token("older", 1), "85270000000", 1)
        journal.plan(Batch("older", "g", "a", "older.csv", 0), [group])
        made_ms = int((EPOCH - 3600) * 1000)
        for leaves, enters, group_id in (
            (GroupState.PLANNED, GroupState.SENDING, ""),
            (GroupState.SENDING, GroupState.CREATED, OLDER_ID),
        ):
            journal.apply([Transition("older", 1, leaves, enters, made_ms, group_id=group_id)])
        older = CreatedGroup(OLDER_ID, group.name, (group.phones,), group.remark, "1")
        self.sandbox.groups[OLDER_ID] = older

    def calm_down(self) -> None:
        """Let nothing go wrong any more, but for numbers that are poisoned."""
        self.network.troubles = Troubles()
        calm = Sandbox(clock=lambda: EPOCH + self.loop.now, poison=self.poison)
        calm.groups.update(self.sandbox.groups)
        self.network.sandbox = self.sandbox = calm

    async def _one_process(self) -> bool:
        """Run one process to its end or its death; return whether everything is settled."""
        self.network.dead = False
        with Journal.open(self.path) as journal:
            try:
                self.network.step()
                journal.settle_interrupted(BATCH)
                self.network.step()
                await self.batch_sender(journal, self.network).run()
            except Crash:
                await self._bury()
        with Journal.open(self.path) as journal:
            states = {one.state for one in journal.groups(BATCH)}
        return states.isdisjoint({GroupState.PLANNED, GroupState.SENDING, GroupState.IN_DOUBT})

    async def _bury(self) -> None:
        """End what a dead process leaves on the loop; it can neither call nor record any more."""
        mine = asyncio.current_task()
        others = asyncio.all_tasks() - self.network.late_deliveries() - {mine}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def batch_sender(self, journal: Journal, network: Network) -> BatchSender:
        """Return what sends the batch by way of a network, in a process on this loop."""

        async def record(step: Transition) -> None:
            network.step()
            await asyncio.sleep(self.random.choice([0, 0.001, 0.05]))
            await network.nap()
            await network.reach_journal()
            network.step()
            journal.apply([step])
            await network.nap()
            network.step()

        clock = Clock(
            monotonic=self.loop.time,
            now_ms=self.loop.epoch_ms,
            sleep=network.sleep,
            random=self.random.random,
        )
        pacer = Pacer(self.random.choice([5.0, 50.0]), clock=clock.monotonic, sleep=clock.sleep)
        account = Account("http://127.0.0.1/api/pns/", ACCESS_KEY, ACCESS_SECRET)
        session = cast("aiohttp.ClientSession", network)
        client = Client(session, account, timeout=30, now_ms=clock.now_ms)
        return BatchSender(
            journal,
            BatchGroupRecorder(
                BATCH,
                journal.groups(BATCH),
                record,
                partial(grouping.halve, BATCH),
                taken=journal.known_group_ids(),
            ),
            VendorAccess(client, pacer, clock, Silent()),
            concurrency=self.random.choice([1, 3, 8]),
        )

    def check(self) -> None:
        """Compare what the server has with the batch, and the journal with the server."""
        del self.sandbox.groups[OLDER_ID]
        wanted = Counter(n for group in self.groups for n in group.phones.split(","))
        there = Counter(n for group in self.sandbox.groups.values() for n in group.phones)
        missing, extra = wanted - there, there - wanted
        with Journal.open(self.path) as journal:
            records = journal.groups(BATCH)
        refused = {
            number
            for one in records
            if one.state is GroupState.REFUSED
            for number in one.group.phones.split(",")
        }
        assert not extra, f"twice at the server: {extra}"
        assert set(missing) == refused, f"lost: {set(missing) ^ refused}"
        assert self.poison <= refused
        believed = {
            one.group_id: one.group.phones for one in records if one.state is GroupState.CREATED
        }
        actual = {one.group_id: ",".join(one.phones) for one in self.sandbox.groups.values()}
        assert believed == actual


class Silent:
    """Hears how sending goes on, and says nothing."""

    def group_finished(self, state: GroupState) -> None:
        """Hear that a group is done with."""

    def waiting(self, seconds: float, why: str) -> None:
        """Hear that nobody calls for a while."""

    def stopping(self, calls: int, seconds: float) -> None:
        """Hear that the run was interrupted."""

    def not_understood(self, answer: str) -> None:
        """Hear of an answer that was not understood."""


def live_through(seed: int, folder: Path) -> Night:
    """Live one night to its end."""
    loop = VirtualLoop()
    night = Night(seed, folder, loop)
    run_virtually(night.until_done(), loop)
    return night


def test_every_night_ends_with_each_number_in_exactly_one_group(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server has every accepted number exactly once, and the journal agrees with it."""
    monkeypatch.setattr(lister, "PAGE_SIZE", 2)
    # Larger than any answer that is read, and no larger: thousands of them are padded.
    monkeypatch.setattr(replies, "HUGE", LARGEST_ANSWER + 2**20)
    seeds = [int(REPLAY)] if REPLAY else range(NIGHTS)
    begun = time.monotonic()
    for seed in seeds:
        if time.monotonic() - begun > SECONDS:
            break
        # A folder of its own each: ten thousand journals are a lot of files.
        with tempfile.TemporaryDirectory() as folder:
            try:
                live_through(seed, Path(folder)).check()
            except BaseException as error:
                error.add_note(f"replay it with IMPORTER_SEED={seed}")
                raise
    with capsys.disabled():
        print(f" {seed + 1:,} nights in {time.monotonic() - begun:.0f} s ", end="")
