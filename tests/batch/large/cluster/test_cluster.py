"""A list on a cluster comes to what it comes to on one computer, also where a worker dies."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from importer.batch.large import results_folder as results
from importer.batch.large.cluster import connection
from importer.reading.parts import cutting
from tests.batch.large.cluster.clusters import running_cluster
from tests.batch.large.rows import HEADER, rows_of, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.batch.large.cluster.clusters import RunningCluster
    from tests.served import Operator

pytestmark = [
    pytest.mark.usefixtures("small_partitions"),
    pytest.mark.skipif(sys.platform == "win32", reason="no groups of processes there"),
]
ROWS = 600
Told = tuple[dict[str, Any], pa.Table, list[Any], str]
HERE: dict[tuple[str, ...], Told] = {}
"""What lists came to on this computer."""


SLOW_BUT_ONE = [
    pytest.param(1, marks=pytest.mark.slow),
    2,
    pytest.param(4, marks=pytest.mark.slow),
]
"""How many workers there are."""


@pytest.fixture(scope="module", params=[1, 2, 4])
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningCluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), request.param) as running:
        yield running


def told(operator: Operator, *arguments: str | Path) -> Told:
    """Return what a check says, its lines, the cells of its workbook, and what it printed."""
    done = operator.run("check", *arguments, "--format", "parquet", "--json")
    assert json.loads(done.out)["results"], done.err
    place = Path(json.loads(done.out)["results"])
    folder = str(operator.folder)
    lines = pa.concat_tables(pq.read_table(one) for one in sorted((place / "numbers").iterdir()))
    book = load_workbook(place / results.SUMMARY)
    rows = (row for sheet in book for row in sheet.iter_rows(values_only=True))
    cells = [row for row in rows if row[0] not in {"Command", "Written"}]
    said = [line for line in done.err.splitlines() if " of tcp://" not in line]
    summary = json.loads(done.out.replace(folder, ""))
    return summary, lines.combine_chunks(), cells, "\n".join(said).replace(folder, "")


def assert_same(operator: Operator, given: Path, address: str, *options: str) -> Told:
    """Check a list here and on a cluster, which has to come to the same."""
    key = (given.name, *options)
    here = HERE[key] = HERE.get(key) or told(operator, given, *options)
    there = told(operator, given, *options, "--cluster", address)
    assert there[0] == here[0]
    assert there[1].equals(here[1])
    assert there[2:] == here[2:]
    return here


def at_results(
    monkeypatch: pytest.MonkeyPatch, happens: dict[int, Callable[[], None]]
) -> dict[int, Callable[[], None]]:
    """Have something happen before the n-th result is waited for; return what did not happen."""
    count = iter(range(10**6))
    result = connection.Cluster.result

    def waited(self: connection.Cluster, future: Any) -> Any:
        happens.pop(next(count), lambda: None)()
        return result(self, future)

    monkeypatch.setattr(connection.Cluster, "result", waited)
    return happens


def in_parquet(folder: Path, rows: list[list[str]]) -> Path:
    """Write rows as one Parquet file of many row groups."""
    folder.mkdir()
    table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(HEADER)})
    pq.write_table(table, folder / "june.parquet", row_group_size=40)
    return folder


def test_one_csv(operator: Operator, cluster: RunningCluster) -> None:
    """As one CSV, which is cut at ends of rows: numbers, rows, groups and books are the same."""
    folder = written(operator.folder / "one", rows_of(ROWS), 1, "csv")
    [path] = folder.iterdir()
    assert path.stat().st_size > 5 * cutting.BYTES
    here = assert_same(operator, path, cluster.address, "--region", "HK")
    assert here[0]["duplicate"] > 30
    assert here[0]["groups"] > 1


@pytest.mark.parametrize("cluster", SLOW_BUT_ONE, indirect=True)
def test_one_parquet(operator: Operator, cluster: RunningCluster) -> None:
    """So they are as one Parquet file, which is cut at its row groups."""
    folder = in_parquet(operator.folder / "parquet", rows_of(ROWS))
    assert_same(operator, folder, cluster.address, "--group-by", "City", "--group-size", "20")


def test_a_worker_is_killed(
    operator: Operator,
    cluster: RunningCluster,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """So they are as 7 files where a worker dies, of two in the second pass, else in the first."""
    result = 12 if request.node.callspec.params["cluster"] == 2 else 2
    folder = written(operator.folder / "seven", rows_of(ROWS), 7, "csv")
    missed = at_results(monkeypatch, {result: cluster.kill_worker})
    assert_same(operator, folder, cluster.address)
    assert not missed


@pytest.mark.parametrize("cluster", SLOW_BUT_ONE, indirect=True)
def test_many_files(operator: Operator, cluster: RunningCluster) -> None:
    """So they are as 64 files, of which several are read together."""
    folder = written(operator.folder / "many", rows_of(ROWS), 64, "csv")
    assert_same(operator, folder, cluster.address, "--bare-digits", "national", "--region", "HK")


@pytest.mark.slow
def test_a_thousand_files(operator: Operator, cluster: RunningCluster) -> None:
    """So they are as a thousand Parquet files."""
    folder = written(operator.folder / "thousand", rows_of(3_000), 1_000, "parquet")
    assert_same(operator, folder, cluster.address)
