"""What can go wrong with a cluster, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import ImporterError

if TYPE_CHECKING:
    from collections.abc import Sequence


class ClusterError(ImporterError):
    """A cluster can't be reached or used; the same command without --cluster needs none."""


def _here(why: str) -> ClusterError:
    return ClusterError(f"{why}; without --cluster this computer does it alone.")


def unreachable(address: str, reason: str) -> ClusterError:
    """Say that nothing answers at an address."""
    return _here(
        f"The cluster {address} can't be reached ({reason}): check the address, that its scheduler "
        "runs, and whether it is one of tcp:// or of tls://"
    )


def no_certificates(address: str, reason: str) -> ClusterError:
    """Say that Dask's settings name no certificates that can be used."""
    return _here(
        f"The cluster {address} needs certificates ({reason}): name them in Dask's own settings, "
        "distributed.comm.tls.ca-file, and below distributed.comm.tls.client cert and key"
    )


def no_workers(address: str) -> ClusterError:
    """Say that a cluster has nobody who works, from the beginning or any more."""
    return _here(
        f"The cluster {address} has no worker, and nothing was written: start some with "
        f"`dask worker {address} --nthreads 1`, then run again"
    )


def paused(address: str) -> ClusterError:
    """Say that a cluster's workers do nothing."""
    return _here(
        f"All workers of {address} have paused, as they do when their memory is nearly full, and "
        "nothing was written: give each worker more memory, or wait for what else they do, then "
        "run again"
    )


def lost(address: str, reason: str) -> ClusterError:
    """Say that a cluster went away in the middle."""
    return _here(
        f"The cluster {address} was lost in the middle ({reason}), and nothing was written: see "
        "that its scheduler and workers run, then run again"
    )


def worker_died(address: str) -> ClusterError:
    """Say that the same work has ended several workers."""
    return _here(
        f"Several workers of {address} died at the same part of the list, as they do when their "
        "memory is full: give each worker more memory, then run again"
    )


def worker_failed(address: str, error: BaseException) -> ClusterError:
    """Say what a worker, or its system, can't do."""
    said = " ".join(str(error).split())
    # What the system says tells enough; of other errors, their kind tells more than their words.
    reason = said if said and isinstance(error, OSError) else f"{type(error).__name__}: {said}"
    return _here(
        f"A worker of {address} can't go on ({reason.removesuffix(': ')[:200]}): put that right "
        "there, then run again"
    )


def other_versions(address: str, differences: Sequence[str]) -> ClusterError:
    """Say what differs between computers of the cluster and this computer."""
    return _here(
        f"Scheduler or workers of {address} have other versions ({', '.join(differences)}), which "
        "may read numbers otherwise: install the same on all, start them anew, then run again"
    )


def not_seen(worker: str, name: str, what: str) -> ClusterError:
    """Say that a worker can't see or read a file, or sees another one."""
    return _here(
        f"The worker {worker} {what} {name}: put the list where all workers and this computer read "
        "it by the same path, a shared folder or an object store, then run again"
    )
