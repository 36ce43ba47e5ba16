"""Runs whose database restarts while they send: they wait with a word, and go on."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.fast_forward import now
from tests.hosts import begin, end
from tests.served import account_of, hong_kong, numbers_at, running
from tests.stores import new_store, postgres_server

pytest.importorskip("psycopg")

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.served import Operator


def test_a_database_that_restarts_under_a_run(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The server dies between two groups: each group is made once, and the run ends well."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user state"))
    monkeypatch.setenv("IMPORTER_JOURNAL", str(new_store("postgresql", tmp_path)))
    server = postgres_server()
    numbers = hong_kong(60)
    file = operator.folder / "list.csv"
    file.write_text("Phone\n" + "\n".join(numbers) + "\n")
    restarted = threading.Event()

    def restart() -> None:
        while not restarted.wait(0.01):
            if len(sandbox.groups) >= 5:
                server.stop(at_once=True)
                server.start()
                restarted.set()

    restarting = threading.Thread(target=restart)
    restarting.start()
    try:
        done = operator.run("run", file, "--yes", "--group-size", "1", "--rate", "20")
    finally:
        restarted.set()
        restarting.join()
    assert done.exit == 0, done.err
    assert "waiting for its server" in done.err
    assert "going on" in done.err
    made = Counter(one.phones for one in sandbox.groups.values())
    assert len(made) == len(numbers)
    assert set(made.values()) == {1}


def test_a_database_that_restarts_under_several_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Three computers send lists that overlap: each number is in one group, and all end well."""
    monkeypatch.setenv("IMPORTER_JOURNAL", str(new_store("postgresql", tmp_path)))
    sandbox = Sandbox(clock=now, latency=0.1)
    options = ("--known", "skip", "--group-size", "2", "--rate", "40", "--concurrency", "2")
    with running(sandbox) as url:
        for name, value in account_of(url).items():
            monkeypatch.setenv(name, value)
        processes = []
        for at in range(3):
            path = tmp_path / f"{at}.csv"
            path.write_text("\n".join(["Phone", *hong_kong(80, at * 60)]) + "\n")
            state = str(tmp_path / f"state {at}")
            processes.append(begin(f"desk{at}", "run", path, *options, XDG_STATE_HOME=state))
        try:
            wait_for_calls_of(sandbox, ["0", "1", "2"])
            postgres_server().stop(at_once=True)
            calls = len(sandbox.calls)
            postgres_server().start()
            ends = [end(one) for one in processes]
        finally:
            for one in processes:
                one.kill()
                one.communicate()
    # One that left numbers to another, whose groups were not all made yet, ends with 1.
    assert {code for code, _ in ends} <= {0, 1}, ends
    # On a busy computer the first may have ended before the last began.
    waited = ["waiting for its server" in said for _, said in ends]
    assert any(waited), ends
    assert waited == ["going on" in said for _, said in ends], ends
    assert numbers_at(sandbox) == {one.removeprefix("+"): 1 for one in hong_kong(200)}
    assert calls < len(sandbox.calls)


def wait_for_calls_of(sandbox: Sandbox, lists: list[str]) -> None:
    """Wait until each list has a group at the vendor."""
    deadline = time.monotonic() + 60
    while {one.group_name.partition(" ")[0] for one in sandbox.groups.values()} < {*lists}:
        assert time.monotonic() < deadline
        time.sleep(0.005)
