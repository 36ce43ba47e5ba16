"""A Dask cluster on this computer, in processes of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CODE = """
import os, signal, sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(
        n_workers=int(sys.argv[1]),
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        death_timeout=600,
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        for line in sys.stdin:
            if line == "kill\\n":
                os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)
            else:
                cluster.scale(0)
            print("done", flush=True)
"""
_PATIENCE = {f"DASK_DISTRIBUTED__COMM__TIMEOUTS__{one}": "300s" for one in ("CONNECT", "TCP")}
"""On a busy computer a worker takes long to start."""


@dataclass
class RunningCluster:
    """A cluster and its address."""

    address: str
    process: subprocess.Popen[str]
    folder: Path
    _later: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def kill_worker(self) -> None:
        """Kill a worker; another one is started in its place."""
        self._order("kill")

    def remove_workers(self) -> None:
        """Stop all workers for good."""
        self._order("remove")

    def add_worker(self, environment: dict[str, str] | None = None) -> None:
        """Have one more worker join."""
        module = ("-m", "distributed.cli.dask_worker")
        how = ("--no-nanny", "--no-dashboard", "--nthreads", "1", "--death-timeout", "600")
        self._later.append(
            subprocess.Popen(  # noqa: S603 - it is ours
                [sys.executable, *module, self.address, *how],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.folder,
                env=os.environ | _PATIENCE | (environment or {}),
            )
        )

    def end(self) -> None:
        """Kill scheduler and workers."""
        for one in self._later:
            one.kill()
            one.communicate()
        if sys.platform == "win32":
            self.process.kill()
        else:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def _order(self, word: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@contextmanager
def running_cluster(
    folder: Path, workers: int, environment: dict[str, str] | None = None
) -> Iterator[RunningCluster]:
    """Run a cluster whose files are in a folder, while the `with` block runs."""
    folder.mkdir(exist_ok=True)
    script = folder / "cluster.py"
    script.write_text(_CODE, encoding="utf-8")
    process = subprocess.Popen(  # noqa: S603 - it is ours
        [sys.executable, script.name, str(workers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
        start_new_session=True,
        env=os.environ | _PATIENCE | {"PYTHONWARNINGS": "ignore"} | (environment or {}),
    )
    assert process.stdout is not None
    cluster = RunningCluster(process.stdout.readline().strip(), process, folder)
    try:
        yield cluster
    finally:
        cluster.end()
