"""The real thing: the command as a process, killed at random moments, against a faulty server.

Both processes live in a world in which a minute takes a second (see `fast_forward.py`).
`IMPORTER_KILLS` is how often it is killed; the marker `slow` makes it 200.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

import importer
from importer.batch.history import history
from importer.model import Status
from importer.sandbox import state_url
from importer.store import SqliteStore
from tests.served import account_of, hong_kong

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(importer.__file__).parents[1]
FAULTS = (
    "cut-before=0.05",
    "cut-after=0.08",
    "500-after=0.05",
    "502-before=0.03",
    "429=0.05",
    "html=0.03",
    "half-json=0.03",
    "no-group-id=0.03",
    "remark-dropped=0.05",
)
NUMBERS = 600
KILLS = int(os.environ.get("IMPORTER_KILLS", "20"))
MAX_RUNS = 30


def start(role: str, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start a process of the fast world."""
    return subprocess.Popen(  # noqa: S603 - the arguments are ours
        [sys.executable, "-m", "tests.fast_forward", role, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | more,
        cwd=ROOT,
    )


@contextmanager
def faulty_server(seed: int) -> Iterator[str]:
    """Run a sandbox with faults as a process of its own, and give its URL."""
    server = start("sandbox", str(seed), *FAULTS)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.communicate()


def list_all(url: str) -> list[dict[str, str]]:
    """Return the groups of a server, as it holds them itself."""
    with urllib.request.urlopen(state_url(url), timeout=10) as answer:  # noqa: S310 - our own
        groups = json.load(answer)["groups"]
    return [one | {"phones": ",".join(one["phones"])} for one in groups]


def kill_until_tired(path: Path, url: str, kills: int, random: Random, **more: str) -> int:
    """Start the command again and again, killing it at random moments; return how many died."""
    died = 0
    for _ in range(kills):
        process = start("importer", "run", str(path), "--group-size", "5", **more)
        try:
            process.communicate(timeout=random.uniform(0.7, 2.2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            died += 1
    return died


def run_to_the_end(path: Path, **more: str) -> str:
    """Run the command until it says that all is done; return what it said last."""
    for _ in range(MAX_RUNS):
        process = start("importer", "run", str(path), **more)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err, err
        if process.returncode == 0:
            return out
    raise AssertionError(f"never done:\n{out}\n{err}")


def live_through(tmp_path: Path, kills: int) -> None:
    """Kill, run to the end, and compare the server's state with the file's numbers."""
    numbers = hong_kong(NUMBERS)
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["Phone", *numbers]) + "\n", encoding="utf-8")
    journal = tmp_path / "journal.sqlite3"
    with faulty_server(kills) as url:
        world = account_of(url) | {"IMPORTER_JOURNAL": str(journal)}
        died = kill_until_tired(path, url, kills, Random(kills), **world)
        out = run_to_the_end(path, **world)
        groups = list_all(url)
    there = Counter(number for group in groups for number in group["phones"].split(","))
    assert there == Counter(number.removeprefix("+") for number in numbers)
    (past,) = history(SqliteStore(journal))
    assert (past.numbers[Status.CREATED], past.groups) == (NUMBERS, len(groups))
    assert f"{NUMBERS} of {NUMBERS} numbers are in" in out
    assert died > 0, "nothing was ever killed: the run is too short for this test"


def test_killed_at_random_moments_no_number_is_lost_or_doubled(tmp_path: Path) -> None:
    """After 20 SIGKILLs and a run to the end, the server has every number exactly once."""
    live_through(tmp_path, KILLS)


@pytest.mark.slow
def test_killed_two_hundred_times(tmp_path: Path) -> None:
    """The same, ten times as often."""
    live_through(tmp_path, 200)


def test_a_signal_stops_well(tmp_path: Path) -> None:
    """SIGINT ends with exit 130 and a workbook, and the next run sends exactly the rest."""
    numbers = hong_kong(NUMBERS)
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["Phone", *numbers]) + "\n", encoding="utf-8")
    server = start("sandbox", "1")
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        world = account_of(url) | {"IMPORTER_JOURNAL": str(tmp_path / "journal.sqlite3")}
        process = start("importer", "run", str(path), "--group-size", "2", "--rate", "2", **world)
        deadline = time.monotonic() + 30
        while not list_all(url) and time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 130, err
        assert "wait to be sent: run the same command again" in out
        assert (tmp_path / "list.results.xlsx").exists()
        there = len(list_all(url))
        assert 0 < there < NUMBERS / 2
        run_to_the_end(path, **world)
        groups = list_all(url)
    finally:
        server.kill()
        server.communicate()
    counted = Counter(number for group in groups for number in group["phones"].split(","))
    assert counted == Counter(number.removeprefix("+") for number in numbers)
