"""A night as a process of its own: killed at random moments, and stopped by a signal."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

import importer
from tests.nightly.nights import sample_config
from tests.served import account_of, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

ROOT = Path(importer.__file__).parents[1]
KILLS = 8
MOST_NIGHTS = 12
FAULTS = {"cut-after": 0.06, "500-before": 0.05, "429": 0.05, "half-json": 0.03}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def office(folder: Path, group_size: int) -> None:
    """Make a folder with the sample's settings, whatever the time of day, and three lists."""
    text = sample_config().replace("group_size = 100", f"group_size = {group_size}")
    text = text.replace('until = "05:30"', "")
    (folder / "importer.toml").write_text(text, encoding="utf-8")
    (folder / "inbox" / "hk").mkdir(parents=True)
    for at in range(3):
        lines = ["Phone", *hong_kong(200, at * 1000)]
        (folder / "inbox" / "hk" / f"{at}.csv").write_text("\n".join(lines), encoding="utf-8")


def begin(folder: Path, url: str) -> subprocess.Popen[str]:
    """Begin a night in a folder."""
    more = account_of(url) | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fast_forward", "importer", "nightly"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | more,
        cwd=folder,
    )


def end_well(folder: Path, url: str) -> None:
    """Let nights go by until one has nothing left to do.

    A file that was being read when a night was killed comes to `failed`; it is put back.
    """
    for _ in range(MOST_NIGHTS):
        process = begin(folder, url)
        out, err = process.communicate(timeout=90)
        assert "Traceback" not in err, err
        for failed in (folder / "failed").rglob("*.csv"):
            failed.rename(folder / "inbox" / "hk" / failed.name)
        if process.returncode == 0:
            return
    raise AssertionError(f"never done:\n{out}\n{err}")


def check(folder: Path, sandbox: Sandbox) -> None:
    wanted = [one.removeprefix("+") for at in range(3) for one in hong_kong(200, at * 1000)]
    assert numbers_at(sandbox) == dict.fromkeys(wanted, 1)
    assert not [*(folder / "inbox").rglob("*.csv")]
    assert sorted(one.name for one in (folder / "done").rglob("*.csv")) == [
        "0.csv",
        "1.csv",
        "2.csv",
    ]


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """After some SIGKILLs and a night to its end, each number is at the vendor exactly once."""
    random = Random(11)
    office(tmp_path, 4)
    sandbox = fast_sandbox(faults=FAULTS, random=random)
    died = 0
    with running(sandbox) as url:
        for _ in range(KILLS):
            process = begin(tmp_path, url)
            try:
                process.communicate(timeout=random.uniform(0.8, 2.0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                died += 1
        end_well(tmp_path, url)
    check(tmp_path, sandbox)
    assert died


def test_a_signal_stops_a_night_well(tmp_path: Path) -> None:
    """SIGTERM, as systemd sends it, ends with 130 and a report; the next night sends the rest."""
    office(tmp_path, 1)
    sandbox = fast_sandbox()
    with running(sandbox) as url:
        process = begin(tmp_path, url)
        deadline = time.monotonic() + 30
        while not sandbox.groups and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 130, err
        assert 0 < len(sandbox.groups) < 600
        assert [*(tmp_path / "outbox").rglob("night.xlsx")]
        shutil.rmtree(tmp_path / "outbox")
        end_well(tmp_path, url)
    check(tmp_path, sandbox)
