"""Who reads and decides a long list: this computer, or a cluster."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from importer.batch.large.passes.decisions import decide
from importer.batch.large.passes.evidence import find_evidence
from importer.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.batch.large.passes.decisions import DecidedList
    from importer.batch.large.passes.evidence import ListEvidence
    from importer.batch.large.passes.list_reading import ListReading
    from importer.context import Progress
    from importer.settings import Settings


class Way(Protocol):
    """The two passes over a list; `advance` is told how many lines were read."""

    def evidence(self, reading: ListReading, advance: Callable[[int], None]) -> ListEvidence:
        """Count what its columns show; see `find_evidence`."""

    def decide(
        self, reading: ListReading, evidence: ListEvidence, advance: Callable[[int], None]
    ) -> DecidedList:
        """Decide about its cells; see `decisions.decide`."""


@dataclass(frozen=True, slots=True)
class Here:
    """The two passes on this computer."""

    folder: Path
    """Where what memory does not hold waits."""

    def evidence(self, reading: ListReading, advance: Callable[[int], None]) -> ListEvidence:
        """Count what the columns of a list show."""
        return find_evidence(reading, self.folder, advance)

    def decide(
        self, reading: ListReading, evidence: ListEvidence, advance: Callable[[int], None]
    ) -> DecidedList:
        """Decide about the cells of a list."""
        return decide(reading, evidence, self.folder, advance)


@contextmanager
def way_of(settings: Settings, folder: Path, progress: Progress) -> Iterator[Way]:
    """Give the way that the settings name, which works in a folder, while the `with` block runs.

    Raises:
        SettingsError: --cluster is no address, or needs a library that is not there.
        ClusterError: the cluster can't be used.
    """
    if not settings.cluster:
        yield Here(folder)
        return
    from importer.batch.large.cluster.connection import connected
    from importer.batch.large.cluster.way import OnCluster

    with connected(settings.cluster, settings.origin("cluster"), progress.note) as cluster:
        progress.note(f"{counted(cluster.workers, 'worker')} of {cluster.address} read the list.")
        yield OnCluster(cluster, folder)
