"""Looking through an account of any size keeps what may be meant, and of the rest only the ids."""

from __future__ import annotations

import json
import select
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.api.reply import Reply, read_reply
from importer.sandbox import CreatedGroup
from importer.sending.calls.access import VendorAccess
from importer.sending.calls.pacing import Pacer
from importer.sending.calls.stop_signal import StopSignal
from importer.sending.listing import lister
from importer.sending.listing.lister import GroupLister
from tests.processes import start
from tests.sending.fakes import SendingProgress, UnaskedApi, clock_of
from tests.sending.virtual_time import VirtualLoop, run_virtually
from tests.served import account_of, fast_sandbox, hong_kong, running

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sending.listing.lister import Snapshot
    from importer.sending.listing.pages import Listed

NUMBERS = 500
PER_FOREIGN_GROUP = 1_500
"""Bytes that a group may cost of which only the groupId is kept; its 500 numbers take 35,000."""
WHOLE_PROCESS = 300 * 2**20
"""Bytes for looking through 10,000 groups of 500 numbers."""


class Account(UnaskedApi):
    """An account of many groups, whose pages are made when they are asked for."""

    def __init__(self, groups: int) -> None:
        self._groups = groups

    async def list_groups(self, *, limit: int, offset: int) -> Reply:
        places = range(offset, min(offset + limit, self._groups))
        data = {"total": self._groups, "groups": [_group(at) for at in places]}
        return read_reply(200, {}, json.dumps({"code": 0, "data": data}).encode(), sent_ms=0)


def _group(at: int) -> dict[str, str]:
    first = 85_250_000_000 + at * NUMBERS
    phones = ",".join(str(first + one) for one in range(NUMBERS))
    return {"groupId": f"g{at}", "groupName": f"list {at}", "phones": phones, "remark": ""}


def peak_of(groups: int, wanted: Callable[[Listed], bool]) -> int:
    """Return the most memory that was held while an account was looked through, in bytes."""
    loop = VirtualLoop()
    clock = clock_of(loop)
    pacer = Pacer(None, clock=clock.monotonic, sleep=clock.sleep)
    access = VendorAccess(Account(groups), pacer, clock, SendingProgress())

    async def read() -> Snapshot:
        return await GroupLister(access, StopSignal()).read(wanted)

    tracemalloc.start()
    try:
        snapshot = run_virtually(read(), loop)
        assert (len(snapshot.ids), snapshot.is_whole) == (groups, True)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_groups_that_are_not_meant_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory grows with the account by its groupIds alone, and by whole groups if all are meant."""
    monkeypatch.setattr(lister, "PAGE_SIZE", 20)
    few, many = 40, 120
    foreign = peak_of(many, lambda one: False) - peak_of(few, lambda one: False)
    meant = peak_of(many, lambda one: True) - peak_of(few, lambda one: True)
    assert foreign / (many - few) < PER_FOREIGN_GROUP
    assert meant / (many - few) > 10 * PER_FOREIGN_GROUP, "the measure would miss a kept group"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_large_account_is_looked_through_in_little_memory(tmp_path: Path) -> None:
    """A run that settles a doubt among 10,000 groups of 500 stays under 300 MB, all in all."""
    server = fast_sandbox(script=["cut-after"])
    for at in range(10_000):
        group = _group(at)
        phones = tuple(group["phones"].split(","))
        server.groups[group["groupId"]] = CreatedGroup(
            group["groupId"], group["groupName"], phones, "", "1"
        )
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["Phone", *hong_kong(9)]) + "\n", encoding="utf-8")
    with running(server) as url:
        world = account_of(url) | {"IMPORTER_JOURNAL": str(tmp_path / "journal.sqlite3")}
        process = start(tmp_path, "run", path, "--quiet", "--group-size", "3", **world)
        most = 0
        while process.poll() is None:
            most = max(most, _highest_memory(process.pid))
            select.select([], [], [], 0.01)
        process.communicate()
    assert process.returncode == 0
    assert len(server.groups) == 10_003
    assert 0 < most < WHOLE_PROCESS


def _highest_memory(process: int) -> int:
    """Return the most memory that a process has held so far, in bytes; 0 where it has ended.

    What the system tells of an ended child counts the parent's memory before the program began.
    """
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    kilobytes = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(kilobytes[0]) * 1024 if kilobytes else 0
