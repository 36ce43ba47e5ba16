"""Real runs killed while a call of theirs is under way, on both stores.

The sandbox is in this process, so that the moment at which a call has arrived is known: then the
run is killed by SIGKILL, before it hears the answer. `IMPORTER_KILLS_IN_FLIGHT` is how often; the
marker `slow` makes it 100.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import importer
from importer.sandbox import Sandbox
from importer.store import store_of
from tests.fast_forward import now
from tests.served import account_of, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from importer.store import Store

ROOT = Path(importer.__file__).parents[1]
KILLS = int(os.environ.get("IMPORTER_KILLS_IN_FLIGHT", "1"))
ANSWER_AFTER = 0.1
"""Seconds for which the server holds an answer back, by this computer's clock."""
PATIENCE = 60.0
MAX_RUNS = 12

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start the command in the fast world."""
    return subprocess.Popen(  # noqa: S603 - the arguments are ours
        [sys.executable, "-m", "tests.fast_forward", "importer", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "IMPORTER_TEST_SPEED": "60"},
        cwd=ROOT,
    )


def creates(sandbox: Sandbox) -> int:
    return sum(one.action == "createGroup" for one in sandbox.calls)


def kill_in_flight(path: Path, sandbox: Sandbox) -> bool:
    """Start a run, and kill it when a call of its own has arrived; return whether one did."""
    before = creates(sandbox)
    process = start("run", path, "--group-size", "2", "--rate", "100")
    until = time.monotonic() + PATIENCE
    while creates(sandbox) == before and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    ended = process.poll() is not None
    process.kill()
    _, err = process.communicate()
    assert "Traceback" not in err, err
    return not ended


def live_through(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, kills: int) -> None:
    """Kill so often, run to the end, and compare the server's state with the list's numbers."""
    numbers = hong_kong(kills * 40)
    path = folder / "list.csv"
    path.write_text("\n".join(["Phone", *numbers]) + "\n", encoding="utf-8")
    sandbox = Sandbox(clock=now, latency=ANSWER_AFTER)
    with running(sandbox) as url:
        for name, value in account_of(url).items():
            monkeypatch.setenv(name, value)
        killed = sum(kill_in_flight(path, sandbox) for _ in range(kills))
        for _ in range(MAX_RUNS):
            process = start("run", path, "--rate", "100")
            out, err = process.communicate(timeout=PATIENCE + kills * 10)
            assert "Traceback" not in err, err
            if process.returncode == 0:
                break
        assert process.returncode == 0, out + err
    assert killed >= 0.9 * kills, "too few were under way when they were to be killed"
    assert numbers_at(sandbox) == dict.fromkeys((one.removeprefix("+") for one in numbers), 1)
    with store_of(os.environ).open() as journal:
        [batch] = journal.batches()
        made = Counter(one.group_id for one in journal.groups(batch.id))
        assert made == dict.fromkeys(sandbox.groups, 1)
        runs = journal.run_records()[batch.id]
        assert not any(one.is_alive for one in runs)
        assert any(one.ended_ms is None for one in runs)


def test_killed_with_a_call_in_flight(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No number is twice at the vendor, none is lost; each next run goes on at once."""
    live_through(store, tmp_path, monkeypatch, KILLS)


@pytest.mark.slow
def test_killed_a_hundred_times_with_a_call_in_flight(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, 100 times."""
    live_through(store, tmp_path, monkeypatch, 100)
