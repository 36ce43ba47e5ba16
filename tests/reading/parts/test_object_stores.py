"""Lists in an object store, read from a local server of its protocol."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importer.errors import UnreadableInput
from importer.reading import ReadOptions
from importer.reading.parts.find import find_parts, is_list
from importer.reading.parts.together import read_list
from tests.batch.large.cluster.clusters import running_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.served import Operator

moto = pytest.importorskip("moto.server", reason="an object store of one's own needs moto")
A, B, C = "+85235753351", "+85235753352", "+85235753353"


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """Serve a bucket on this computer, to which the usual variables lead."""
    import boto3

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", url)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        client = boto3.client("s3")
        client.create_bucket(Bucket="exports")
        yield client
    server.stop()


@pytest.fixture(scope="module")
def june(store: Any) -> str:
    """Put a list of three files into the bucket, and what a cluster leaves beside it."""
    packed = io.BytesIO()
    pq.write_table(pa.table({"Phone": [C], "Name": ["z"]}), packed)
    files = {
        "june/part-0.csv": f"Phone,Name\n{A},x\n".encode(),
        "june/part-1.csv": f"Phone,Name\n{B},y\n{A},x\n".encode(),
        "june/deep/part-2.parquet": packed.getvalue(),
        "june/_SUCCESS": b"",
        "july/part-0.csv": b"Phone,Name\n",
    }
    for name, content in files.items():
        store.put_object(Bucket="exports", Key=name, Body=content)
    return "s3://exports/june"


@pytest.mark.parametrize(
    ("below", "numbers"),
    [("", [C, A, B, A]), ("/", [C, A, B, A]), ("/part-*.csv", [A, B, A]), ("/part-1.csv", [B, A])],
)
def test_a_list_in_a_bucket(june: str, below: str, numbers: list[str]) -> None:
    """A place, a pattern and a file are lists, in the order of their names."""
    assert is_list(june + below)
    rows = read_list(Path("june"), find_parts([june + below]), ReadOptions())
    assert [*rows.cells["original"]] == numbers


def test_rows_are_known_by_file_and_row(june: str) -> None:
    """A row is known by its file's name below the place that was named."""
    cells = read_list(Path("june"), find_parts([june]), ReadOptions()).cells
    assert [*cells["sheet"]] == ["deep/part-2.parquet", "part-0.csv", "part-1.csv", "part-1.csv"]
    assert [*cells["row"]] == [2, 2, 2, 3]


def test_a_long_list_in_a_bucket(june: str, operator: Operator) -> None:
    """A long list is checked from where it lies; its results go into the current folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(operator.folder)
        told = json.loads(operator.run("check", june, "--format", "parquet", "--json").out)
    assert (told["planned"], told["duplicate"], told["results"]) == (3, 1, "june.check")
    table = pq.read_table(operator.folder / "june.check" / "numbers")
    assert table["Sheet"].to_pylist()[0] == "deep/part-2.parquet"
    assert table["Reason"].to_pylist() == ["", "", "", "same as part-0.csv row 2"]


def test_a_list_in_a_bucket_on_a_cluster(
    june: str, operator: Operator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Workers open the bucket by themselves, with the credentials that they find."""
    pytest.importorskip("distributed", reason="a cluster of one's own needs Dask")
    with (
        running_cluster(tmp_path_factory.mktemp("cluster"), 1) as cluster,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.chdir(operator.folder)
        options = ("--format", "parquet", "--json", "--cluster", cluster.address)
        told = json.loads(operator.run("check", june, *options).out)
    assert (told["planned"], told["duplicate"]) == (3, 1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("s3://exports/no", "has no file in it"),
        ("s3://another/june", "s3://another/june (can't be opened|has no file)"),
        ("s3://exports/june/*.txt", "matches no file"),
    ],
)
def test_places_that_are_not_there(june: str, name: str, said: str) -> None:
    """A place that is not there, or that may not be read, is told by its name."""
    with pytest.raises(UnreadableInput, match=said):
        find_parts([name])
