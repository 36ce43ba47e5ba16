"""A run whose database restarts while it sends: it waits with a word, and goes on."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.served import hong_kong
from tests.stores import new_store, postgres_server

pytest.importorskip("psycopg")

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox
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
