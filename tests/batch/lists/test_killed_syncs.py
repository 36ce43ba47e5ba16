"""The real thing: syncs killed while their calls are under way, against a server with faults.

Both processes live in a world in which a minute takes a second (see `fast_forward.py`).
"""

from __future__ import annotations

import json
import signal
import time
import urllib.request
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import state_url
from tests.batch.test_killed import start
from tests.served import account_of, hong_kong

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

FAULTS = (
    "update-cut-before=0.04",
    "update-cut-after=0.06",
    "update-500-after=0.03",
    "update-html-before=0.02",
    "update-429=0.03",
    "update-not-done=0.01",
    "delete-cut-after=0.1",
    "delete-500-before=0.1",
    "cut-after=0.05",
    "500-before=0.03",
)
NUMBERS = 300
LIST = ("--list", "customers", "--group-size", "10", "--rate", "30", "--max-remove", "40")
MAX_RUNS = 30


def state_of(url: str) -> Any:
    with urllib.request.urlopen(state_url(url), timeout=10) as answer:  # noqa: S310 - our own
        return json.load(answer)


def sync(path: Path, **more: str) -> subprocess.Popen[str]:
    return start("importer", "sync", str(path), *LIST, "--out", str(path.parent), **more)


def kill_at_work(process: subprocess.Popen[str], url: str, random: Random) -> bool:
    """Kill a process once some of its changing calls have come; return whether it still lived."""
    before = len(state_of(url)["calls"])
    wanted = random.randint(1, 12)
    while process.poll() is None:
        came = state_of(url)["calls"][before:]
        if sum(one["action"] != "listGroup" for one in came) >= wanted:
            break
        time.sleep(0.01)
    is_alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return is_alive


def finish(path: Path, **more: str) -> None:
    """Sync a file until it is done."""
    said = ""
    for _ in range(MAX_RUNS):
        process = sync(path, **more)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        assert process.returncode in {0, 1}, (process.returncode, out, err)
        if process.returncode == 0:
            return
        said = f"{out}\n{err}"
    raise AssertionError(f"never done:\n{said}")


def next_file(folder: Path, number: int, held: list[str], random: Random) -> tuple[Path, list[str]]:
    """Write the list's next file: some numbers left, others came."""
    free = [one for one in hong_kong(NUMBERS * 2) if one not in held]
    wanted = random.sample(held, len(held) - 15) + random.sample(free, 15)
    path = folder / f"{number}.csv"
    path.write_text("\n".join(["Phone", *wanted]) + "\n", encoding="utf-8")
    return path, wanted


def live_through(folder: Path, kills: int) -> None:
    """Kill syncs of ever new files, finish some of them, and compare what the server holds."""
    random = Random(kills)
    server = start("sandbox", str(kills), *FAULTS)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        world = account_of(url) | {"IMPORTER_JOURNAL": str(folder / "journal.sqlite3")}
        wanted = hong_kong(NUMBERS)
        path = folder / "0.csv"
        path.write_text("\n".join(["Phone", *wanted]) + "\n", encoding="utf-8")
        finish(path, **world)
        died = at = 0
        while died < kills:
            at += 1
            assert at <= 4 * kills, "too few were killed at work: the syncs are too short"
            if at % 3 != 2:  # The same file goes on, or a new one takes its place.
                path, wanted = next_file(folder, at, wanted, random)
            died += kill_at_work(sync(path, **world), url, random)
            if at % 5 == 0:
                finish(path, **world)
                compare(url, wanted)
        finish(path, **world)
        compare(url, wanted)
    finally:
        server.kill()
        server.communicate()


def compare(url: str, wanted: list[str]) -> None:
    """Check that the server has every number of the file exactly once, and no other."""
    groups = state_of(url)["groups"]
    held = Counter(number for group in groups for number in group["phones"])
    assert held == Counter(number.removeprefix("+") for number in wanted)


def test_syncs_killed_at_work(tmp_path: Path) -> None:
    """After SIGKILLs in the middle of calls, the end is the last file's set."""
    live_through(tmp_path, 4)


@pytest.mark.slow
def test_syncs_killed_a_hundred_times(tmp_path: Path) -> None:
    """The same, a hundred times."""
    live_through(tmp_path, 100)
