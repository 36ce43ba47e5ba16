"""A whole batch on a stage: the real sender, journal and client, and time that is made up."""

from __future__ import annotations

from functools import partial

from importer.batch.planning import fingerprint, grouping
from importer.model import Batch, Group, GroupState, Transition
from importer.sandbox import CreatedGroup
from importer.sending.batch_sender import BatchSender
from importer.sending.calls.access import VendorAccess
from importer.sending.calls.pacing import Pacer
from importer.sending.calls.retry import Stop
from importer.sending.group_recorder import BatchGroupRecorder
from tests.sending.fakes import BATCH, Scene, clock_of
from tests.sending.virtual_time import run_virtually


class Stage(Scene):
    """A sender with the real journal and client, the sandbox's vendor and a virtual clock."""

    concurrency = 4
    sender: BatchSender | None = None

    def run(self) -> Stop | None:
        """Run one sender, as one process does."""
        return run_virtually(self.run_once(), self.loop)

    async def run_once(self) -> Stop | None:
        async def record(step: Transition) -> None:
            self.journal.apply([step])

        pacer = Pacer(10, clock=self.loop.time, sleep=clock_of(self.loop).sleep)
        halve = partial(grouping.halve, BATCH)
        self.sender = BatchSender(
            self.journal,
            BatchGroupRecorder(
                BATCH,
                self.journal.group_facts(BATCH),
                record,
                halve,
                taken=self.journal.known_group_ids(),
            ),
            VendorAccess(self.client, pacer, clock_of(self.loop), self.progress),
            concurrency=self.concurrency,
        )
        return await self.sender.run()

    def stop(self) -> None:
        assert self.sender is not None
        self.sender.stop(Stop.INTERRUPTED)

    def creates(self) -> list[float]:
        """Return when createGroup was called, by the server's clock, in seconds."""
        return [call.at for call in self.sandbox.calls if call.action == "createGroup"]

    def assert_made_once(self) -> None:
        there = sorted(",".join(one.phones) for one in self.sandbox.groups.values())
        assert there == sorted(one.phones for one in self.groups)
        assert set(self.states) == {GroupState.CREATED}
        assert {one.group_id for one in self.records} == set(self.sandbox.groups)

    def has_older_group(self, seconds: float) -> str:
        """Let the account have a group of another batch that was made so long ago; return its id.

        A listing that does not show it is not believed.
        """
        group = Group(1, "older", "HK", fingerprint.token("older", 1), "85270000000", 1)
        self.journal.plan(Batch("older", "g", "a", "older.csv", 0), [group])
        made_ms = self.loop.epoch_ms() - int(seconds * 1000)
        for leaves, enters, group_id in (
            (GroupState.PLANNED, GroupState.SENDING, ""),
            (GroupState.SENDING, GroupState.CREATED, "77"),
        ):
            step = Transition("older", 1, leaves, enters, made_ms, made_ms, group_id=group_id)
            self.journal.apply([step])
        self.sandbox.groups["77"] = CreatedGroup(
            "77", group.name, (group.phones,), group.remark, "1"
        )
        return "77"
