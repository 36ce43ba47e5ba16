"""A run whose list a cluster reads makes what the run of this computer alone makes.

What sends is this computer: a cluster that goes away once the groups are planned is not missed.
"""

from __future__ import annotations

import signal
import sqlite3
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from importer.batch.large.cluster import connection
from importer.batch.large.recorded import run as recorded_run
from tests.batch.large.cluster.clusters import running_cluster
from tests.batch.large.cluster.test_cluster import at_results
from tests.batch.large.recorded.test_run import groups_at, run_long, vendor_of
from tests.batch.large.rows import rows_of, written
from tests.served import numbers_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.batch.large.cluster.clusters import RunningCluster
    from tests.served import Operator

pytestmark = [
    pytest.mark.usefixtures("small_partitions"),
    pytest.mark.skipif(sys.platform == "win32", reason="no groups of processes there"),
]
SMALL = ("--group-size", "20", "--region", "HK")
TOLD = ("rows", "created", "planned", "duplicate", "rejected", "refused", "in_doubt", "groups")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), 2) as running:
        yield running


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections that are made to clusters."""
    made: list[Any] = []
    client = connection._client

    def noted(address: str) -> Any:
        made.append(client(address))
        return made[-1]

    monkeypatch.setattr(connection, "_client", noted)
    return made


def journalled(operator: Operator, name: str) -> list[Any]:
    """Return all that a journal says of its groups and numbers but what each vendor gives anew."""
    with closing(sqlite3.connect(operator.folder / f"{name}.sqlite3")) as journal:
        groups = "SELECT seq, name, country, phones, size, state, attempts, code FROM groups"
        numbers = "SELECT number, seq FROM group_numbers"
        batches = "SELECT fingerprint, file FROM batches"
        return [sorted(journal.execute(one)) for one in (groups, numbers, batches)]


def test_the_same_groups_journal_and_books(
    operator: Operator, cluster: RunningCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups, journal, lines and books are those of the run without a cluster; a worker may die."""
    folder = written(operator.folder / "june", rows_of(600), 7, "csv")
    with vendor_of(operator, monkeypatch, "here") as sandbox:
        told, lines = run_long(operator, folder, *SMALL)
        groups = groups_at(sandbox)
    missed = at_results(monkeypatch, {12: cluster.kill_worker})
    with vendor_of(operator, monkeypatch, "there") as sandbox:
        of_cluster, cluster_lines = run_long(operator, folder, *SMALL, "--cluster", cluster.address)
        assert groups_at(sandbox) == groups
    assert not missed
    assert len(groups) > 10
    assert {one: of_cluster[one] for one in TOLD} == {one: told[one] for one in TOLD}
    ids = lines[0].index("Group ID")
    assert [[*line[:ids], *line[ids + 1 :]] for line in cluster_lines] == [
        [*line[:ids], *line[ids + 1 :]] for line in lines
    ]
    assert journalled(operator, "there") == journalled(operator, "here")


def test_a_cluster_that_goes_away_before_sending(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, clients: list[Any]
) -> None:
    """Days of sending hold no connection to it, and neither they nor `resume` need it."""
    folder = written(operator.folder / "june", rows_of(300), 3, "csv")
    send = recorded_run._send
    closed = []
    with running_cluster(tmp_path / "cluster", 1) as cluster:

        def without_cluster(*given: Any, **how: Any) -> Any:
            closed.append([one.status for one in clients])
            cluster.end()
            return send(*given, **how)

        monkeypatch.setattr(recorded_run, "_send", without_cluster)
        with vendor_of(operator, monkeypatch, "there") as sandbox:
            some = ("--limit-groups", "2", "--cluster", cluster.address)
            told, _ = run_long(operator, folder, *SMALL, *some)
            assert (told["exit"], len(sandbox.groups)) == (1, 2)
            done = operator.run("resume", "--format", "parquet")
            assert done.exit == 0, done.err
            numbers = numbers_at(sandbox)
            assert len(numbers) == told["created"] + told["planned"] > told["created"]
            assert set(numbers.values()) == {1}
    assert closed[0] == ["closed"]


def test_an_interrupt_in_the_middle(
    operator: Operator, cluster: RunningCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl+C ends what the workers were to do and what waited on disk, and nothing was sent."""
    distributed = pytest.importorskip("distributed")
    folder = written(operator.folder / "june", rows_of(600), 7, "csv")
    missed = at_results(monkeypatch, {3: lambda: signal.raise_signal(signal.SIGINT)})
    with vendor_of(operator, monkeypatch, "there") as sandbox:
        given = ("--format", "parquet", "--cluster", cluster.address)
        done = operator.run("run", folder, *given)
        assert not sandbox.groups
    assert not missed
    assert done.exit == 130
    assert "Traceback" not in done.err
    assert not [*operator.folder.glob(".importer-*")]
    deadline = time.monotonic() + 60
    with distributed.Client(cluster.address, set_as_default=False) as looking:
        while looking.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
            assert time.monotonic() < deadline
