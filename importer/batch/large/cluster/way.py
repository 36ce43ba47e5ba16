"""The two passes over a list, on the workers of a cluster."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from importer.batch.large.cluster import errors, tasks
from importer.batch.large.cluster.files import ensure_no_secret, fingerprint_of, to_send
from importer.batch.large.cluster.tasks import Failed, LookedAt, NotSeen, OtherVersions, Work
from importer.batch.large.cluster.versions import installed
from importer.batch.large.passes.decisions import put_together
from importer.batch.large.passes.evidence import Assumed, Looked, ensure_countries, evidence_of
from importer.errors import UnreadableInput
from importer.phones.list_facts import FactCounts
from importer.phones.shares import Counts
from importer.reading.parts.cutting import partitions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from distributed import Future

    from importer.batch.large.cluster.connection import Cluster
    from importer.batch.large.cluster.files import Fingerprint
    from importer.batch.large.cluster.tasks import Numbering
    from importer.batch.large.passes.decisions import DecidedBlock, DecidedList
    from importer.batch.large.passes.evidence import ListEvidence
    from importer.batch.large.passes.list_reading import ListReading
    from importer.phones.shares import Places
    from importer.reading.parts.cutting import Partition

_IN_FLIGHT = 3
"""Partitions for each thread of the cluster that are decided, or wait to be fetched."""


class _CutWrongly(Exception):
    """A range of a text file can't be read by itself; `args` has the file's place in the list."""


@dataclass(slots=True)
class OnCluster:
    """Reads and decides a list on a cluster."""

    cluster: Cluster
    folder: Path
    """Where, on this computer, what comes back waits."""
    _partitions: list[Partition] = field(default_factory=list)
    _firsts: list[int] = field(default_factory=list)
    """How many cells come before each partition."""

    def evidence(self, reading: ListReading, advance: Callable[[int], None]) -> ListEvidence:
        """Count what the columns of a list show.

        Raises:
            UnreadableInput: a file can't be read, or the country column holds no countries.
            ClusterError: the cluster is lost, or its workers see other files.
            SettingsError: a password would go over the network as it is.
        """
        for part in reading.large.parts:
            ensure_no_secret(part, self.cluster.address)
        looker = _Looker(self.cluster, reading, advance)
        found = evidence_of(looker, reading.options)
        self._partitions, self._firsts = looker.counted_partitions(), looker.firsts
        return found

    def decide(
        self, reading: ListReading, evidence: ListEvidence, advance: Callable[[int], None]
    ) -> DecidedList:
        """Decide about the list whose evidence was found last.

        Raises:
            UnreadableInput: a file can't be read.
            ClusterError: the cluster is lost.
        """
        works = works_of(reading, self._partitions, self._firsts)
        return put_together(self._decided(works, evidence), self.folder, reading.shares, advance)

    def _decided(self, works: Iterable[Work], evidence: ListEvidence) -> Iterator[DecidedBlock]:
        """Give the decided blocks in the order of the list, so many partitions at a time."""
        most = _IN_FLIGHT * self.cluster.threads
        slim = replace(evidence, types={})
        waiting: deque[Future] = deque()
        for work in works:
            waiting.append(self.cluster.submit(tasks.decide, work, slim))
            if len(waiting) >= most:
                yield from _result(self.cluster, waiting.popleft())
        while waiting:
            yield from _result(self.cluster, waiting.popleft())


@dataclass(slots=True)
class _Looker:
    """The first pass on a cluster: cells that count wait in the memory of its workers."""

    cluster: Cluster
    reading: ListReading
    advance: Callable[[int], None]
    firsts: list[int] = field(default_factory=list)
    _ordinary: frozenset[int] | None = None
    """The columns that were ordinary when the cells before each partition were counted."""
    _partitions: list[Partition] = field(default_factory=list)
    _whole: set[int] = field(default_factory=set)
    """Files that are not cut."""
    _lines: list[tuple[int, ...]] = field(default_factory=list)
    """The lines of each partition's portions."""
    _numbering: list[Numbering] = field(default_factory=list)
    _pieces: list[list[Future]] = field(default_factory=list)
    """By partition: the cells of each bundle of shares."""

    def look(self, assumed: Assumed) -> Looked:
        """Read the list, and count what it shows."""
        while True:
            try:
                if assumed.facts.sums and self._ordinary != assumed.ordinary:
                    # Which cells are sums is said by their number, so the cells are counted first.
                    self._look(replace(assumed, facts=replace(assumed.facts, sums=frozenset())))
                return self._look(assumed)
            except _CutWrongly as wrong:
                # The second time, lines that end inside quoted cells are usual in this list.
                self._whole = (
                    {*range(len(self.reading.large.parts))} if self._whole else {*wrong.args}
                )
                self._partitions, self._ordinary = [], None

    def count(self, looked: Looked) -> Counts:
        """Count what the cells show that were read last: each share by one worker."""
        slim, shares = without_files(self.reading), self.reading.shares
        found = [
            self.cluster.submit(
                tasks.count,
                slim,
                installed(),
                range(at, shares, len(self._pieces[0])),
                looked.places,
                self._numbering,
                *pieces,
            )
            for at, pieces in enumerate(zip(*self._pieces, strict=True))
        ]
        self._pieces = []
        counts = Counts()
        for one in found:
            counts.add(_result(self.cluster, one))
        return counts

    def _look(self, assumed: Assumed) -> Looked:
        reading = self.reading
        if not self._partitions:
            large = reading.large
            self._partitions = partitions_of(large.parts, large.options, self._whole)
        firsts = self.firsts if self._ordinary == assumed.ordinary else []
        bundles = min(reading.shares, self.cluster.threads)
        works = works_of(reading, self._partitions, firsts)
        futures = [self.cluster.submit(tasks.look, work, assumed, bundles) for work in works]
        outcomes = [self.cluster.submit(itemgetter(0), one) for one in futures]
        is_auto = reading.options.bare_digits == "auto"
        count = bundles if is_auto else 0
        self._pieces = [
            [self.cluster.submit(itemgetter(1 + at), one) for at in range(count)] for one in futures
        ]
        del futures
        looked = Looked(FactCounts(all_phones=not is_auto))
        self.firsts, self._lines, self._numbering = [], [], []
        for partition, outcome in zip(self._partitions, outcomes, strict=True):
            self._add(partition, self.cluster.result(outcome), looked)
        self._ordinary = assumed.ordinary
        return looked

    def _add(self, partition: Partition, found: Any, looked: Looked) -> None:
        if isinstance(found, Failed) and partition[0].shape is not None:
            raise _CutWrongly(partition[0].at)
        at: LookedAt = _good(self.cluster, found)
        large = self.reading.large
        top = max(large.layout.first, len(large.tops))
        if partition[0].shape is not None and at.portions[0] < top:
            raise _CutWrongly(partition[0].at)
        self.firsts.append(looked.cells)
        self._lines.append(at.portions)
        looked.merge(at.looked)
        self._numbering.append(_numbered(at.looked.places, looked.places))
        ensure_countries(large, looked.places)
        self.advance(at.looked.lines)

    def counted_partitions(self) -> list[Partition]:
        """Return the partitions, now that it is known in which row each range begins."""
        found: list[Partition] = []
        rows = 0
        for partition, lines in zip(self._partitions, self._lines, strict=True):
            [first, *others] = partition
            if first.shape is None:
                found.append(partition)
                continue
            rows = 0 if first.row == 1 else rows
            found.append((replace(first, row=rows + 1), *others))
            rows += lines[0]
        return found


def works_of(
    reading: ListReading, partitions: Iterable[Partition], firsts: list[int]
) -> Iterator[Work]:
    """Give what a worker needs to know of each partition."""
    slim = without_files(reading)
    prints: dict[int, Fingerprint] = {}
    for at, partition in enumerate(partitions):
        for portion in partition:
            if portion.at not in prints:
                prints[portion.at] = fingerprint_of(portion.part)
        yield Work(
            slim,
            installed(),
            tuple(replace(one, part=to_send(one.part)) for one in partition),
            tuple(prints[one.at] for one in partition),
            firsts[at] if firsts else 0,
        )


def without_files(reading: ListReading) -> ListReading:
    """Return what all workers need to know of a list: of its files each is told those it reads."""
    return replace(reading, large=replace(reading.large, parts=()))


def _result(cluster: Cluster, future: Future) -> Any:
    return _good(cluster, cluster.result(future))


def _good(cluster: Cluster, found: Any) -> Any:
    """Return what a worker has returned, unless it tells of trouble."""
    if isinstance(found, Failed):
        raise UnreadableInput(found.sentence)
    if isinstance(found, OtherVersions):
        raise errors.other_versions(cluster.address, found.differences)
    if isinstance(found, NotSeen):
        raise errors.not_seen(found.worker, found.name, found.what)
    return found


def _numbered(part: Places, whole: Places) -> Numbering:
    """Number the places of a partition as the list has them."""
    return (
        np.array([whole.number_of(one) for one in part.places], dtype=np.int32),
        np.array([whole.kind_of(one) for one in part.kinds], dtype=np.int8),
    )
