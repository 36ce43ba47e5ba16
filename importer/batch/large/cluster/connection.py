"""A connection to a Dask cluster: its workers, their versions, and results that do come.

A scheduler has to have the importer as well: Dask unpickles there what the workers are to call.
"""

from __future__ import annotations

import logging
import threading
import time
import warnings
from concurrent.futures import Future as Answer
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from importer.batch.large.cluster import errors
from importer.batch.large.cluster.versions import PACKAGES, differences, installed, told_by
from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from distributed import Client, Future

    from importer.batch.large.cluster.errors import ClusterError

REACHED = 10.0
"""Seconds in which a scheduler answers."""
WORKERS_COME = 30.0
"""Seconds in which a cluster has a worker."""
WORKERS_RETURN = 300.0
"""Seconds in which one that has lost all workers gets another: some are started anew by others."""
VERSIONS_TOLD = 60.0
"""Seconds in which all workers tell their versions."""
_MORE = 2.0
"""Seconds that a scheduler is waited for beyond those in which Dask itself gives up."""
_LOOK = 1.0
"""Seconds between two looks at the cluster while a result is waited for."""
_SCHEMES = ("tcp://", "tls://")
_SCHEDULER_GONE = "its scheduler went away"
_DROPPED = "its scheduler dropped the work, as one does that has another importer"


@dataclass(slots=True)
class Cluster:
    """A cluster that has workers of our versions."""

    address: str
    client: Client
    say: Callable[[str], None]
    """Shows the operator a sentence now."""
    clock: Callable[[], float] = time.monotonic
    _idle_since: float | None = None

    @property
    def workers(self) -> int:
        """How many workers there are now that do something."""
        return sum(one["status"] == "running" for one in self._workers().values())

    def why_idle(self) -> ClusterError:
        """Return why no worker does anything."""
        paused = self._workers()
        return errors.paused(self.address) if paused else errors.no_workers(self.address)

    @property
    def threads(self) -> int:
        """How many tasks are done at a time."""
        return sum(one["nthreads"] for one in self._workers().values()) or 1

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future:
        """Have a function called by a worker; where it dies, by another.

        Raises:
            ClusterError: the cluster is lost.
        """
        try:
            self._ensure_connected()
            return self.client.submit(function, *arguments, pure=False)
        except RuntimeError as error:  # Between the look and the call.
            raise errors.lost(self.address, _SCHEDULER_GONE) from error

    def result(self, future: Future) -> Any:
        """Wait for what a worker returns.

        Raises:
            ClusterError: the cluster is lost, or a worker can't do it.
        """
        from distributed import CancelledError, KilledWorker

        while True:
            try:
                return future.result(timeout=_LOOK)
            except KilledWorker as error:
                raise errors.worker_died(self.address) from error
            except CancelledError as error:
                self._ensure_connected()
                raise errors.lost(self.address, _DROPPED) from error
            except Exception as error:  # A task raises whatever its worker's environment lacks.
                if future.status == "error":
                    raise errors.worker_failed(self.address, error) from error
                if not isinstance(error, TimeoutError):
                    raise errors.lost(self.address, _SCHEDULER_GONE) from error
            self._ensure_alive()

    def _ensure_alive(self) -> None:
        self._ensure_connected()
        if self.workers:
            self._idle_since = None
            return
        now = self.clock()
        if self._idle_since is None:
            self._idle_since = now
            self.say(
                f"No worker of {self.address} does anything now; waiting for one, up to "
                f"{WORKERS_RETURN / 60:g} minutes."
            )
        if now - self._idle_since >= WORKERS_RETURN:
            raise self.why_idle()

    def _ensure_connected(self) -> None:
        if self.client.status != "running":
            raise errors.lost(self.address, _SCHEDULER_GONE)

    def _workers(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        except OSError as error:
            raise errors.lost(self.address, _SCHEDULER_GONE) from error
        return found


def is_address(text: str) -> bool:
    """Whether a text has the form of a scheduler's address, as in tcp://host:8786."""
    try:
        found = urlsplit(text)
        return text.startswith(_SCHEMES) and bool(found.hostname and found.port) and not found.path
    except ValueError:
        return False


@contextmanager
def connected(address: str, origin: str, say: Callable[[str], None]) -> Iterator[Cluster]:
    """Connect to a cluster while the `with` block runs; `origin` is where its address is set.

    `say` shows the operator what is waited for. Dask's own settings say how to connect: for tls://
    its certificates.

    Raises:
        SettingsError: it is no address, or Dask is not installed.
        ClusterError: it can't be reached, has no workers, or they have other versions.
    """
    if not is_address(address):
        raise SettingsError(
            f"{origin} is '{address}', which is no address of a Dask scheduler: write it as in "
            "tcp://host:8786 or tls://host:8786."
        )
    client = _client(address)
    try:
        cluster = Cluster(address, client, say)
        _ensure_workers(cluster)
        _ensure_versions(cluster)
        yield cluster
    finally:
        with suppress(Exception):  # Whatever it is: we are done with it.
            client.close(timeout=1)


def _client(address: str) -> Client:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Versions that differ are looked at by ourselves.
            from distributed import Client

            _silence()
            _ensure_certificates(address)
            # A client that can't be made would wait for 20 s as it goes, and then complain.
            quiet = type("Connection", (Client,), {"__del__": lambda client: None})
            connect = partial(quiet, address, timeout=REACHED, set_as_default=False)
            found: Client = _in_time(connect, REACHED + _MORE)
            return found
    except ImportError as error:
        raise SettingsError(
            "--cluster needs the library of Dask: `pip install '.[cluster]'` in the importer's "
            "folder, then this command again."
        ) from error
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise errors.unreachable(address, reason[:200]) from error


def _in_time(ask: Callable[[], Any], seconds: float) -> Any:
    """Return what a call returns; Dask waits for ever where something else than Dask listens.

    Raises:
        TimeoutError: it takes longer. The call goes on, in a thread that ends with the process.
    """
    answer: Answer[Any] = Answer()

    def work() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - raised anew by `result`
            answer.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return answer.result(timeout=seconds)
    except TimeoutError as error:
        raise TimeoutError(str(error) or f"no answer in {seconds:g} seconds") from error


def _ensure_certificates(address: str) -> None:
    from distributed.security import Security

    if not address.startswith("tls://"):
        return
    try:
        found = Security().get_connection_args("client").get("ssl_context")
    except OSError as error:
        raise errors.no_certificates(address, error.strerror or str(error)) from error
    if found is None:
        raise errors.no_certificates(address, "none is named")


def _silence() -> None:
    """Keep the library from talking on standard error: what is to be said is said in sentences."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in {"distributed", "tornado"}:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _ensure_workers(cluster: Cluster) -> None:
    if not cluster.workers:
        cluster.say(
            f"{cluster.address} has no worker that does anything; waiting for one, up to "
            f"{WORKERS_COME:g} seconds."
        )
    try:
        cluster.client.wait_for_workers(1, timeout=WORKERS_COME)
    except TimeoutError as error:
        raise cluster.why_idle() from error


def _ensure_versions(cluster: Cluster) -> None:
    ask = partial(cluster.client.get_versions, packages=list(PACKAGES))
    try:
        told = _in_time(ask, VERSIONS_TOLD)
    except OSError as error:
        raise errors.unreachable(cluster.address, f"a worker of it: {error}") from error
    found = differences(
        installed(), [told_by(one) for one in (told["scheduler"], *told["workers"].values())]
    )
    if found:
        raise errors.other_versions(cluster.address, found)
