"""Who reads and decides a long list: this computer, or a cluster."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from importer.batch.large.passes.decisions import decide
from importer.batch.large.passes.evidence import find_evidence
from importer.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.batch.large.passes.decisions import DecidedList
    from importer.batch.large.passes.evidence import ListEvidence
    from importer.context import Progress
    from importer.phones.options import PhoneOptions
    from importer.reading.parts.stream import LargeList
    from importer.settings import Settings


class Way(Protocol):
    """The two passes over a list."""

    def evidence(
        self,
        large: LargeList,
        options: PhoneOptions,
        folder: Path,
        shares: int,
        progress: Callable[[int], None],
    ) -> ListEvidence:
        """Count what its columns show; see `find_evidence`."""

    def decide(
        self,
        large: LargeList,
        options: PhoneOptions,
        evidence: ListEvidence,
        folder: Path,
        shares: int,
        progress: Callable[[int], None],
    ) -> DecidedList:
        """Decide about its cells; see `decisions.decide`."""


class Here:
    """The two passes on this computer."""

    evidence = staticmethod(find_evidence)
    decide = staticmethod(decide)


@contextmanager
def way_of(settings: Settings, progress: Progress) -> Iterator[Way]:
    """Give the way that the settings name, while the `with` block runs.

    Raises:
        SettingsError: --cluster is no address, or needs a library that is not there.
        ClusterError: the cluster can't be used.
    """
    if not settings.cluster:
        yield Here()
        return
    from importer.batch.large.cluster.connection import connected
    from importer.batch.large.cluster.way import OnCluster

    with connected(settings.cluster, settings.origin("cluster")) as cluster:
        progress.note(f"{counted(cluster.workers, 'worker')} of {cluster.address} read the list.")
        yield OnCluster(cluster)
