"""What a cluster can't do ends in a sentence with what to do, and nothing is left behind."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.batch.large.cluster import connection, way
from tests.batch.large.cluster.clusters import running_cluster
from tests.batch.large.cluster.test_cluster import at_results
from tests.batch.large.rows import rows_of, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.parts.part import Part
    from tests.batch.large.cluster.clusters import RunningCluster
    from tests.served import Operator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no groups of processes there")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for less than an operator would, but for a cluster that is there on a busy computer."""
    monkeypatch.setattr(connection, "REACHED", 60.0)
    monkeypatch.setattr(connection, "WORKERS_COME", 120.0)
    monkeypatch.setattr(connection, "WORKERS_RETURN", 0.5)
    monkeypatch.setattr(connection, "_LOOK", 0.1)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), 1) as running:
        yield running


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), 1) as running:
        yield running


def refusal(operator: Operator, address: str, given: Path | None = None) -> str:
    """Check a list on a cluster, which has to fail in one sentence, and return that."""
    folder = given or written(operator.folder / "june", rows_of(60), 2, "csv")
    done = operator.run("check", folder, "--format", "parquet", "--cluster", address)
    assert done.exit == 2
    assert "Traceback" not in done.err
    assert not [*operator.folder.glob(".importer-*")]
    assert not [*operator.folder.glob("*.check")]
    return done.err.splitlines()[-1]


def test_no_address(operator: Operator) -> None:
    """What is no address is refused with an example of one."""
    said = refusal(operator, "http://cluster.example:8786")
    assert said.startswith("importer: --cluster is 'http://cluster.example:8786'")
    assert "tcp://host:8786" in said


def test_a_short_list(operator: Operator) -> None:
    """A list that is read into memory goes to no cluster, and that is said."""
    path = operator.write_list("june.csv", ["+85235753351"])
    done = operator.run("check", path, "--cluster", "tcp://127.0.0.1:9")
    assert done.exit == 0
    assert "short enough for this computer" in done.err
    assert "--format parquet" in done.err


def test_nobody_there(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nothing answers is named, with what to look at."""
    monkeypatch.setattr(connection, "REACHED", 1.0)
    said = refusal(operator, "tcp://127.0.0.1:9")
    assert "The cluster tcp://127.0.0.1:9 can't be reached" in said
    assert "without --cluster this computer does it alone" in said


def test_something_else_listens(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something else than Dask listens, and says nothing, it is not waited for for ever."""
    monkeypatch.setattr(connection, "REACHED", 0.3)
    monkeypatch.setattr(connection, "_MORE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = refusal(operator, f"tcp://127.0.0.1:{silent.getsockname()[1]}")
    assert "can't be reached" in said
    assert "whether it is one of tcp:// or of tls://" in said


def test_no_certificates(operator: Operator) -> None:
    """For tls:// the settings of Dask that are missing are named."""
    said = refusal(operator, "tls://127.0.0.1:9")
    assert "needs certificates (none is named)" in said
    assert "distributed.comm.tls.ca-file" in said


def test_workers_that_come_late_or_not_at_all(
    operator: Operator,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cluster that stays without workers is told how to start one; one that comes is taken."""
    distributed = pytest.importorskip("distributed")
    wait = distributed.Client.wait_for_workers
    with running_cluster(tmp_path_factory.mktemp("cluster"), 0) as empty:
        with monkeypatch.context() as impatience:
            impatience.setattr(connection, "WORKERS_COME", 0.5)
            said = refusal(operator, empty.address)
        assert f"`dask worker {empty.address} --nthreads 1`" in said

        def add_and_wait(client: Any, count: int, timeout: float) -> Any:
            empty.add_worker()
            return wait(client, count, timeout=timeout)

        monkeypatch.setattr(distributed.Client, "wait_for_workers", add_and_wait)
        folder = operator.folder / "june"
        how = ("--format", "parquet", "--cluster", empty.address)
        done = operator.run("check", folder, *how)
    assert done.exit == 0, done.err
    assert "has no worker that does anything; waiting for one, up to 120 seconds" in done.err


def test_workers_whose_memory_is_full(
    operator: Operator,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers that have paused do nothing for ever: they are not waited for for ever."""
    monkeypatch.setattr(connection, "WORKERS_COME", 0.5)
    place = tmp_path_factory.mktemp("cluster")
    with running_cluster(place, 1, {"DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE": "1e-6"}) as full:
        assert "have paused, as they do when their memory is nearly full" in refusal(
            operator, full.address
        )


def with_other_phonenumbers(place: Path) -> dict[str, str]:
    """Return the environment of a process that believes to have another version of a library."""
    metadata = place / "packages" / "phonenumbers-8.1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Name: phonenumbers\nVersion: 8.1\n", encoding="utf-8")
    return before_others(metadata.parent)


def before_others(folder: Path) -> dict[str, str]:
    """Return the environment of a process that looks for modules in a folder first."""
    others = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([others] if others else [])])}


def test_other_versions(operator: Operator, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Workers with another version of what decides are refused; both versions are named."""
    place = tmp_path_factory.mktemp("cluster")
    with running_cluster(place, 1, with_other_phonenumbers(place)) as other:
        said = refusal(operator, other.address)
    assert "other versions (phonenumbers 8.1 there and " in said


def test_other_versions_that_join_in_the_middle(
    operator: Operator,
    cluster: RunningCluster,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A worker that joins after the others were asked decides nothing with another version."""
    distributed = pytest.importorskip("distributed")
    environment = with_other_phonenumbers(tmp_path)

    def replace_worker() -> None:
        cluster.add_worker(environment)
        with distributed.Client(cluster.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        cluster.remove_workers()

    missed = at_results(monkeypatch, {1: replace_worker})
    monkeypatch.setattr(connection, "WORKERS_RETURN", 120.0)
    assert "other versions (phonenumbers 8.1 there and " in refusal(operator, cluster.address)
    assert not missed


_MISBEHAVES = """
import os
from pathlib import Path
from importer.batch.large.cluster import tasks

look = tasks.look

def misbehaving(work, assumed, bundles):
    what = Path(os.environ["HAPPENS"]).read_text(encoding="utf-8")
    if what == "die":
        os._exit(9)
    if what == "full disk":
        raise OSError(28, "No space left on device")
    if what == "library":
        raise ModuleNotFoundError("No module named 'lz4'")
    return look(work, assumed, bundles)

tasks.look = misbehaving
"""


@pytest.fixture(scope="module")
def misbehaving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    place = tmp_path_factory.mktemp("cluster")
    (place / "misbehaves.py").write_text(_MISBEHAVES, encoding="utf-8")
    environment = {
        "HAPPENS": str(place / "happens"),
        "DASK_DISTRIBUTED__WORKER__PRELOAD": '["misbehaves"]',
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
        **before_others(place),
    }
    with running_cluster(place, 1, environment) as running:
        yield running


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("full disk", "can't go on ([Errno 28] No space left on device): put that right there"),
        ("library", "can't go on (ModuleNotFoundError: No module named 'lz4')"),
        ("die", "died at the same part of the list, as they do when their memory is full"),
    ],
)
def test_a_worker_that_can_not_do_it(
    operator: Operator, misbehaving: RunningCluster, what: str, said: str
) -> None:
    """What a worker's system refuses, what it lacks, and that it died, is a sentence each."""
    (misbehaving.folder / "happens").write_text(what, encoding="utf-8")
    assert said in refusal(operator, misbehaving.address)


def test_files_that_workers_do_not_see(
    operator: Operator, healthy: RunningCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that are at the client alone are told in a sentence that names one and what to do."""

    def elsewhere(part: Part) -> Part:
        return replace(part, path=f"/nowhere{Path(part.path).absolute()}")

    monkeypatch.setattr(way, "to_send", elsewhere)
    said = refusal(operator, healthy.address)
    assert "does not see /nowhere" in said
    assert "by the same path" in said


def test_all_workers_are_lost(
    operator: Operator, cluster: RunningCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last worker goes in the middle, the check ends in a sentence."""
    missed = at_results(monkeypatch, {1: cluster.remove_workers})
    said = refusal(operator, cluster.address)
    assert not missed
    assert "has no worker, and nothing was written" in said


def test_the_scheduler_is_lost(
    operator: Operator, cluster: RunningCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it does where scheduler and workers die."""
    missed = at_results(monkeypatch, {1: cluster.end})
    assert "its scheduler went away" in refusal(operator, cluster.address)
    assert not missed


def test_the_library_is_missing(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask the command that installs it is said; without --cluster nobody needs it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = refusal(operator, "tcp://127.0.0.1:9")
    assert "`pip install '.[cluster]'`" in said
    done = operator.run("check", operator.folder / "june", "--format", "parquet")
    assert done.exit in {0, 3}


def test_a_broken_file(operator: Operator, healthy: RunningCluster) -> None:
    """A file that can't be read is told in the sentence that it gets without a cluster."""
    folder = written(operator.folder / "june", rows_of(60), 2, "csv")
    with (folder / "part-0001.csv").open("a", encoding="utf-8") as file:
        file.write('x,"3575,,\n')
    here = operator.run("check", folder, "--format", "parquet").err.splitlines()[-1]
    assert "quotation mark is not closed" in here
    assert refusal(operator, healthy.address, folder) == here
