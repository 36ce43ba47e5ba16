"""The simulation of nights on several computers that share one journal, and one vendor.

Each night is a real process. While the lists of an evening are worked off, nights are begun on any
computer, killed at any moment, put to sleep for longer than their leases last and woken again, and
the database's server restarts under them. Then all is calm, and nights go on until no list is left.

`IMPORTER_HOSTS_SECONDS` is how long the slow test goes on with new seeds; `IMPORTER_HOSTS_SEED`
replays one that failed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import pytest

from importer.journal.run import Run
from importer.model import Batch, GroupState
from importer.nightly.coming_night import is_of_a_night
from importer.nightly.config import load_night_config
from importer.store import store_of
from tests.hosts import LEASE, begin
from tests.nightly.nights import sample_config
from tests.served import account_of, fast_sandbox, hong_kong, numbers_at, running
from tests.stores import KINDS, new_store, postgres_server

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

    from importer.sandbox import Sandbox
    from tests.nightly.nights import Office

SECONDS = float(os.environ.get("IMPORTER_HOSTS_SECONDS", "900"))
REPLAY = os.environ.get("IMPORTER_HOSTS_SEED")
FAULTS = ("cut-after", "cut-before", "500-before", "500-after", "429", "half-json", "no-group-id")
LISTS = {"a.csv": (0, 40), "b.csv": (1000, 40), "both.csv": (20, 40)}
"""The lists of an evening: from which number on, and how many. The last one overlaps the first."""
LEAST = {"begun", "killed", "slept"}
"""What happens in every evening."""
ENOUGH = 300.0
ENDS = {0, 1, 2, 75, -signal.SIGKILL}
"""Exit codes of a night: 2 where the server is away as it begins, or a list is wrongly blamed."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@dataclass
class Host:
    """One computer: its name, its folder, and its night, while one goes on."""

    name: str
    office: Path
    state: Path
    night: subprocess.Popen[bytes] | None = None
    asleep_until: float = 0.0
    said: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Begin a night."""
        with self.log.open("ab") as log:
            self.night = begin(
                self.name, "nightly", log=log, folder=self.office, XDG_STATE_HOME=str(self.state)
            )

    @property
    def log(self) -> Path:
        """What its nights say."""
        self.state.mkdir(parents=True, exist_ok=True)
        return self.state / "log"

    def has_ended(self) -> bool:
        """Whether no night goes on here; a list that was blamed for a killed night is put back."""
        if self.night is None:
            return True
        code = self.night.poll()
        if code is None:
            return False
        assert code in ENDS, (code, self.log.read_text())
        self.night = None
        for failed in (self.office / "failed").rglob("*.csv"):
            failed.rename(self.office / "inbox" / "hk" / failed.name)
        return True

    def sleep(self, seconds: float) -> None:
        """Stop its night, as a computer does whose lid is closed."""
        assert self.night is not None
        self.night.send_signal(signal.SIGSTOP)
        self.asleep_until = time.monotonic() + seconds

    def wake_up(self) -> None:
        """Let a night go on that was stopped."""
        if self.asleep_until and time.monotonic() >= self.asleep_until:
            self.asleep_until = 0.0
            if self.night is not None:
                self.night.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End its night, wherever it is."""
        assert self.night is not None
        self.night.kill()
        self.night.wait()
        self.asleep_until = 0.0


class Evening:
    """Some computers, their lists, and what happens to them by the chance of a seed."""

    def __init__(self, seed: int, kind: str, inboxes: int, folder: Path) -> None:
        self.random = Random(seed)
        self.kind = kind
        self.offices = [folder / f"office {at}" for at in range(inboxes)]
        for one in self.offices:
            make_office(one)
        hosts = 3 if inboxes == 1 else inboxes
        # A file is one computer's; its runs know each other by their locks.
        names = [f"desk{at if kind == 'postgresql' else 0}" for at in range(hosts)]
        self.hosts = [
            Host(name, self.offices[at % inboxes], folder / f"state {at}")
            for at, name in enumerate(names)
        ]
        self.happened: Counter[str] = Counter()

    def faults(self) -> dict[str, float]:
        """What the vendor does wrong in this evening."""
        chosen = self.random.sample(FAULTS, self.random.randint(0, 3))
        return {name: self.random.uniform(0, 0.08) for name in chosen}

    def be_troubled(self, sandbox: Sandbox, seconds: float) -> None:
        """Let nights begin, die, sleep and wake up for so long, or until there is nothing to do."""
        end = time.monotonic() + seconds
        while (time.monotonic() < end or not self.happened.keys() >= LEAST) and self._left():
            for host in self.hosts:
                host.wake_up()
                if host.has_ended():
                    self._count("begun")
                    host.begin()
            self._wait_for_moment(sandbox)
            self._trouble_some()

    def _wait_for_moment(self, sandbox: Sandbox) -> None:
        """Wait for some time, or until a call has come."""
        calls = len(sandbox.calls) if self.random.random() < 0.5 else None
        end = time.monotonic() + self.random.uniform(0.05, 0.6 if calls is None else 2)
        while time.monotonic() < end and len(sandbox.calls) != calls:
            time.sleep(0.002 if calls is not None else 0.05)

    def _trouble_some(self) -> None:
        host = self.random.choice(self.hosts)
        chance = self.random.random()
        if chance < 0.06 and self.kind == "postgresql":
            self._count("server restarted")
            postgres_server().stop(at_once=True)
            time.sleep(self.random.choice([0, 0, 1]))
            postgres_server().start()
        elif host.has_ended():
            return
        elif chance < 0.25:
            self._count("killed")
            host.kill()
        elif chance < 0.45 and not host.asleep_until:
            self._count("slept")
            host.sleep(self.random.choice([0.5, LEASE + 1]))

    def end_well(self) -> None:
        """Let nights go by, undisturbed, until no list is left."""
        end = time.monotonic() + ENOUGH
        while self._go_on() or self._left():
            if time.monotonic() > end:
                logs = [one.log.read_text() for one in self.hosts]
                raise AssertionError(f"never done: {self._left()}, {logs}")
            time.sleep(0.05)

    def _go_on(self) -> bool:
        """Begin nights as long as lists are left; return whether any night goes on."""
        for host in self.hosts:
            host.wake_up()
            if host.has_ended() and self._left():
                host.begin()
        return any(one.night is not None for one in self.hosts)

    def _left(self) -> list[Path]:
        return [one for office in self.offices for one in (office / "inbox").rglob("*.csv")]

    def _count(self, what: str) -> None:
        self.happened[what] += 1

    def check(self, sandbox: Sandbox) -> None:
        """Compare the vendor, the journal and the folders with what the lists held."""
        wanted = {
            one.removeprefix("+")
            for start, count in LISTS.values()
            for one in hong_kong(count, start)
        }
        there = numbers_at(sandbox)
        assert [one for one in there if there[one] > 1] == [], "twice at the vendor"
        assert wanted - {*there} == set(), "lost"
        assert {*there} == wanted
        with store_of(os.environ).open() as journal:
            records = [one for batch in journal.batches() for one in journal.groups(batch.id)]
        assert {one.state for one in records} <= {GroupState.CREATED, GroupState.SPLIT}
        made = {one.group_id: one.group.phones for one in records if one.group_id}
        actual = {one.group_id: ",".join(one.phones) for one in sandbox.groups.values()}
        assert made == actual, "journal and vendor differ"
        assert len(made) == sum(one.state is GroupState.CREATED for one in records)
        for office in self.offices:
            done = sorted(one.name for one in (office / "done").rglob("*") if one.is_file())
            assert done == sorted(LISTS), ("a file twice, or lost", sorted(office.rglob("*.*")))
            results = {one.name for one in (office / "outbox").rglob("*.results.xlsx")}
            assert results == {name.replace(".csv", ".results.xlsx") for name in LISTS}
        for host in self.hosts:
            assert "Traceback" not in host.log.read_text()


def make_office(folder: Path) -> None:
    """Make a folder with the sample's settings and the lists of an evening."""
    text = sample_config().replace("group_size = 100", "group_size = 4")
    text = text.replace('until = "05:30"', "").replace("rate = 5 ", "rate = 60 ")
    (folder / "inbox" / "hk").mkdir(parents=True)
    (folder / "importer.toml").write_text(text, encoding="utf-8")
    for name, (start, count) in LISTS.items():
        lines = ["Phone", *hong_kong(count, start)]
        (folder / "inbox" / "hk" / name).write_text("\n".join(lines), encoding="utf-8")


def live_through(
    seed: int,
    kind: str,
    inboxes: int,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> Counter[str]:
    """Live an evening to its end, and return how often each thing happened."""
    monkeypatch.setenv("IMPORTER_JOURNAL", str(new_store(kind, folder)))
    evening = Evening(seed, kind, inboxes, folder)
    sandbox = fast_sandbox(faults=evening.faults(), random=Random(seed + 1))
    with running(sandbox) as url:
        for name, value in account_of(url).items():
            monkeypatch.setenv(name, value)
        try:
            evening.be_troubled(sandbox, seconds)
            evening.end_well()
        finally:
            for host in evening.hosts:
                if host.night is not None:
                    host.kill()
    evening.check(sandbox)
    return evening.happened


def test_another_computer_s_night_is_let_alone(office: Office, sandbox: Sandbox) -> None:
    """On a shared outbox: what it writes at this moment stays; its batch is of a night as well."""
    writing = office.folder / "outbox" / ".writing"
    for name in ("desk2", socket.gethostname()):
        (writing / name).mkdir(parents=True)
        (writing / name / "other.results.xlsx").touch()
    office.drop("list.csv", hong_kong(3))
    assert office.night().exit == 0
    assert office.names("outbox/.writing") == ["desk2/other.results.xlsx"]
    config = load_night_config(office.folder)
    for out, is_ours in [(writing / "desk2", True), (writing, True), (office.folder, False)]:
        batch = Batch("b", "f", "a", "list.csv", 0, settings=json.dumps({"out": str(out)}))
        assert is_of_a_night(batch, config) == is_ours


def test_a_file_that_another_night_has_just_put_away_is_let_alone(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was opened before that, and is looked at again once this night holds it."""
    path = office.drop("list.csv", hong_kong(3))
    take = Run.take

    def take_late(run: Run, names: Sequence[str]) -> bool:
        path.unlink(missing_ok=True)
        return take(run, names)

    monkeypatch.setattr(Run, "take", take_late)
    assert office.night().exit == 0
    assert not sandbox.groups
    assert office.names("done") == office.names("failed") == []


@pytest.mark.parametrize("inboxes", [1, 2])
def test_an_evening_of_several_computers(
    inboxes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each accepted number is at the vendor once, as the journal says, and each file in `done`."""
    happened = live_through(inboxes, "postgresql", inboxes, tmp_path, monkeypatch, 2)
    assert happened.keys() >= LEAST


@pytest.mark.slow
def test_many_evenings_of_several_computers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same, with many seeds, one after the other."""
    begun = time.monotonic()
    happened: Counter[str] = Counter()
    seed = first = int(REPLAY or 100)
    while time.monotonic() - begun < SECONDS and not (REPLAY and seed > first):
        random = Random(seed)
        kind, inboxes = random.choice(["postgresql", *KINDS]), random.choice([1, 2, 2, 3])
        folder = tmp_path / str(seed)
        folder.mkdir()
        try:
            happened += live_through(
                seed, kind, inboxes, folder, monkeypatch, random.uniform(3, 12)
            )
        except BaseException as error:
            error.add_note(f"replay it with IMPORTER_HOSTS_SEED={seed}")
            raise
        with capsys.disabled():
            print(f" {seed}:{kind[0]}{inboxes}", end="", flush=True)
        happened["evenings"] += 1
        seed += 1
    with capsys.disabled():
        print(f" {dict(happened)} in {time.monotonic() - begun:.0f} s ", end="")
