"""What the workers of a cluster do: each function reads a partition, and returns plain data.

What the user can put right is returned and not raised: a worker logs a task that raises with its
arguments, in which phone numbers may stand.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from importer.batch.large.cluster.files import SEEN, state_of
from importer.batch.large.cluster.versions import differences, installed
from importer.batch.large.passes.decisions import DecidedBlock, decide_blocks
from importer.batch.large.passes.evidence import Assumed, Looked, look_through
from importer.batch.large.shares import CELLS, dealt_of, in_shares
from importer.errors import UnreadableInput
from importer.phones.list_facts import FactCounts
from importer.phones.shares import Counts, Dealt, count_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from importer.batch.large.cluster.files import Fingerprint
    from importer.batch.large.cluster.versions import Versions
    from importer.batch.large.passes.evidence import ListEvidence
    from importer.batch.large.passes.list_reading import ListReading
    from importer.phones.shares import Places
    from importer.reading.parts.cutting import Partition


@dataclass(frozen=True, slots=True)
class Work:
    """A partition, and what is the same for all of them."""

    reading: ListReading
    """The list without its files."""
    versions: Versions
    """Of the client."""
    partition: Partition
    prints: tuple[Fingerprint, ...]
    """Of the partition's files, as the client sees them."""
    first: int
    """How many cells of the list come before, as far as it is known."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A partition that can't be read, in a sentence."""

    sentence: str


@dataclass(frozen=True, slots=True)
class NotSeen:
    """A worker that sees another file than the client, or none."""

    worker: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class OtherVersions:
    """A worker that has other versions than the client: it came after the others were asked."""

    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a partition shows."""

    looked: Looked
    portions: tuple[int, ...]
    """The lines of each portion."""


Trouble = Failed | NotSeen | OtherVersions
Numbering = tuple["NDArray[np.int32]", "NDArray[np.int8]"]
"""The list's numbers of the places and kinds that a partition has numbered."""


def look(work: Work, assumed: Assumed, bundles: int) -> list[LookedAt | Trouble | list[pa.Buffer]]:
    """Count what a partition shows; behind that stand the cells of each bundle of shares.

    `bundles` is into how many tasks the counting of the shares is put together.
    """
    no_cells: list[list[pa.Buffer]] = [[] for _ in range(bundles)]
    found = _here(work)
    if not isinstance(found, tuple):
        return [found, *no_cells]
    reading = work.reading
    looked = Looked(
        FactCounts(all_phones=reading.options.bare_digits != "auto", all_digits=True), work.first
    )
    dealt = _Dealt(reading.shares)
    portions: list[int] = []
    try:
        blocks = reading.large.blocks(assumed.ordinary, found, portions.append)
        look_through(reading, blocks, assumed, looked, dealt.add)
    except UnreadableInput as error:
        return [Failed(str(error)), *no_cells]
    buffers = dealt.buffers()
    return [LookedAt(looked, tuple(portions)), *(buffers[at::bundles] for at in range(bundles))]


def count(
    reading: ListReading,
    versions: Versions,
    bundle: range,
    places: Places,
    numbering: Sequence[Numbering],
    *pieces: list[pa.Buffer],
) -> Counts | Trouble:
    """Count what the cells of some shares show, of which each partition has given its own."""
    other = differences(versions, [installed()])
    if other:
        return OtherVersions(tuple(other))
    counts = Counts()
    for at, share in enumerate(bundle):
        dealt = _joined([one[at] for one in pieces], numbering, share)
        counts.add(count_share(dealt, share, reading.shares, places, reading.options))
    return counts


def _joined(pieces: Sequence[pa.Buffer], numbering: Sequence[Numbering], share: int) -> Dealt:
    read = [
        _renumbered(dealt_of(pa.ipc.open_stream(piece).read_all(), share), *numbers)
        for piece, numbers in zip(pieces, numbering, strict=True)
    ]
    return Dealt(
        np.concatenate([one.shares for one in read]),
        pa.concat_arrays([one.texts for one in read]),
        np.concatenate([one.kinds for one in read]),
        np.concatenate([one.places for one in read]),
    )


def decide(work: Work, evidence: ListEvidence) -> list[DecidedBlock] | Trouble:
    """Decide about the cells of a partition."""
    found = _here(work)
    if not isinstance(found, tuple):
        return found
    try:
        blocks = work.reading.large.blocks(evidence.assumed.ordinary, found)
        return [*decide_blocks(work.reading, blocks, evidence, work.first)]
    except UnreadableInput as error:
        return Failed(str(error))


def _here(work: Work) -> Partition | NotSeen | OtherVersions:
    """Return the partition with its files as this worker sees them."""
    other = differences(work.versions, [installed()])
    if other:
        return OtherVersions(tuple(other))
    found = []
    for portion, fingerprint in zip(work.partition, work.prints, strict=True):
        part, what = state_of(portion.part, fingerprint)
        if what != SEEN:
            return NotSeen(socket.gethostname(), part.path, what)
        found.append(replace(portion, part=part))
    return tuple(found)


def _renumbered(dealt: Dealt, places: NDArray[np.int32], kinds: NDArray[np.int8]) -> Dealt:
    return replace(dealt, kinds=kinds[dealt.kinds], places=places[dealt.places])


class _Dealt:
    """Cells in memory, for each share as Arrow has them."""

    def __init__(self, shares: int) -> None:
        self._sinks = [pa.BufferOutputStream() for _ in range(shares)]
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writers = [pa.ipc.new_stream(sink, CELLS, options=options) for sink in self._sinks]

    def add(self, dealt: Dealt) -> None:
        for share, cells in in_shares(dealt, len(self._sinks)):
            self._writers[share].write_batch(cells)

    def buffers(self) -> list[pa.Buffer]:
        for writer in self._writers:
            writer.close()
        return [sink.getvalue() for sink in self._sinks]
