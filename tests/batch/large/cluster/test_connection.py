"""A cluster's address, and what its tasks end with, told without a cluster."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from importer.batch.large.cluster import connection
from importer.batch.large.cluster.errors import ClusterError


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("tcp://cluster.example:8786", True),
        ("tls://[::1]:8786", True),
        ("tcp://cluster.example", False),
        ("tcp://:8786", False),
        ("tcp://cluster.example:0", False),
        ("tcp://cluster.example:99999", False),
        ("tcp://cluster.example:http", False),
        ("tcp://cluster.example:8786/status", False),
        ("cluster.example:8786", False),
        ("tcp://[::1:8786", False),
    ],
)
def test_addresses(text: str, *, is_one: bool) -> None:
    """Dask would look for a port of its own choice, or end in a traceback: both are named."""
    assert connection.is_address(text) is is_one


class Ended:
    """A task that a worker, or several of them, could not do."""

    status = "error"

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def result(self, timeout: float) -> None:
        raise self._error


def test_tasks_that_end_badly() -> None:
    """Workers that die at one task, and one whose disk is full, are told in a sentence each."""
    distributed = pytest.importorskip("distributed")
    waiting: Any = connection.Cluster("tcp://a:8786", None, lambda text: None)
    died = distributed.KilledWorker("look", "tcp://b:1", 3)
    for error, said in [
        (died, "died at the same part of the list.*more memory"),
        (OSError(28, "No space left on device"), r"can't go on \(.*No space left on device\)"),
        (TimeoutError(), r"can't go on \(TimeoutError\)"),
    ]:
        with pytest.raises(ClusterError, match=said):
            waiting.result(Ended(error))


def test_a_scheduler_that_drops_the_work_or_is_gone() -> None:
    """A task that nobody does any more, and one that can't be asked for, are told so."""
    distributed = pytest.importorskip("distributed")
    client: Any = SimpleNamespace(status="running")
    waiting = connection.Cluster("tcp://a:8786", client, lambda text: None)
    dropped: Any = Ended(distributed.CancelledError())
    with pytest.raises(ClusterError, match=r"dropped the work, as one does that has another"):
        waiting.result(dropped)
    client.status = "connecting"
    with pytest.raises(ClusterError, match=r"its scheduler went away"):
        waiting.result(dropped)
    with pytest.raises(ClusterError, match=r"its scheduler went away"):
        waiting.submit(len, [])
