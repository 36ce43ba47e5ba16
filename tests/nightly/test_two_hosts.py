"""Nights of two computers with one journal in PostgreSQL: real processes, one of them killed."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.nightly.test_killed_process import begin, check, end_well, office
from tests.served import fast_sandbox, running
from tests.stores import postgres_server

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from importer.sandbox import Sandbox

ENOUGH = 60.0
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def wait_for_groups(sandbox: Sandbox, nights: list[subprocess.Popen[str]]) -> None:
    """Wait until groups are at the vendor, while a night still goes on."""
    deadline = time.monotonic() + ENOUGH
    while len(sandbox.groups) < 10 and time.monotonic() < deadline:
        assert any(one.poll() is None for one in nights), "both nights ended early"
        time.sleep(0.02)


def end(night: subprocess.Popen[str]) -> None:
    _, err = night.communicate(timeout=ENOUGH)
    assert "Traceback" not in err, err


@pytest.fixture
def shared_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """One journal in PostgreSQL, for every process that is begun."""
    monkeypatch.setenv("IMPORTER_JOURNAL", postgres_server().new_url())


def test_one_of_two_nights_is_killed(
    tmp_path: Path, shared_journal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one inbox: each number is in one group, and no list is left."""
    office(tmp_path, 4)
    hosts = [tmp_path / "host 0", tmp_path / "host 1"]
    sandbox = fast_sandbox()
    with running(sandbox) as url:
        nights = []
        for host in hosts:
            # Where a computer keeps which of its runs are alive: none sees the other's.
            monkeypatch.setenv("XDG_STATE_HOME", str(host))
            nights.append(begin(tmp_path, url))
        wait_for_groups(sandbox, nights)
        # The inbox is on one disk here, so that one of the nights may have ended with exit 75.
        killed = next(one for one in nights if one.poll() is None)
        killed.kill()
        for one in nights:
            end(one)
        for host in hosts:
            monkeypatch.setenv("XDG_STATE_HOME", str(host))
            end_well(tmp_path, url)
    assert killed.returncode == -signal.SIGKILL
    check(tmp_path, sandbox)
