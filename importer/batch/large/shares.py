"""What waits on disk between two passes over a list, in shares that fit in memory."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from importer.phones.shares import Dealt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from importer.columns.buffers import Ints

CELLS = pa.schema([("text", pa.large_string()), ("kind", pa.int8()), ("place", pa.int32())])
"""What is kept of a cell of a share."""
ROWS_OF_A_SHARE = 600_000
"""About as many rows as one block has, three times over."""
_MOST_SHARES = 256


def shares_for(rows: int) -> int:
    """Return how many shares a list of about so many rows is dealt out to."""
    return max(1, min(_MOST_SHARES, -(-rows // ROWS_OF_A_SHARE)))


class CellShares:
    """Cells in files, one for each share, in the order in which they were added."""

    def __init__(self, folder: Path, shares: int) -> None:
        self._paths = [folder / f"{at:04}.arrow" for at in range(shares)]
        self._writers: list[pa.RecordBatchWriter] = []
        folder.mkdir()

    @contextmanager
    def written(self) -> Iterator[None]:
        """Open the files, and finish them at the end of the `with` block."""
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with ExitStack() as opened:
            for path in self._paths:
                file = opened.enter_context(pa.OSFile(str(path), "wb"))
                writer = pa.ipc.new_stream(file, CELLS, options=options)
                self._writers.append(opened.enter_context(writer))
            yield

    def __len__(self) -> int:
        return len(self._paths)

    def remove(self, share: int) -> None:
        """Remove one share's file."""
        self._paths[share].unlink()

    def add(self, dealt: Dealt) -> None:
        """Add cells to the shares that they come to."""
        for share, cells in in_shares(dealt, len(self._paths)):
            self._writers[share].write_batch(cells)

    def read(self, share: int) -> Dealt:
        """Return one share's cells, once all were added."""
        with pa.OSFile(str(self._paths[share]), "rb") as file:
            return dealt_of(pa.ipc.open_stream(file).read_all(), share)


def in_shares(dealt: Dealt, shares: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Give the cells of each share that has some, in their order."""
    order = np.argsort(dealt.shares, kind="stable")
    bounds = np.searchsorted(dealt.shares[order], np.arange(shares + 1)).tolist()
    at = pa.array(order)
    columns = [dealt.texts, pa.array(dealt.kinds), pa.array(dealt.places)]
    table = pa.record_batch([one.take(at) for one in columns], schema=CELLS)
    for share, (begin, end) in enumerate(pairwise(bounds)):
        if end > begin:
            yield share, table.slice(begin, end - begin)


def dealt_of(table: pa.Table, share: int) -> Dealt:
    """Return the cells of a share that `in_shares` gave."""
    empty = pa.array([], pa.large_string())
    return Dealt(
        np.full(len(table), share, dtype=np.int64),
        pa.concat_arrays([empty, *table.column("text").chunks]),
        table.column("kind").to_numpy(),
        table.column("place").to_numpy(),
    )


class RecordShares:
    """Records of some integers in files, one for each share, in the order of their adding."""

    def __init__(self, folder: Path, width: int) -> None:
        self._folder, self._width = folder, width
        folder.mkdir()

    def add(self, shares: Ints, records: NDArray[np.int64]) -> None:
        """Add records, a row each, to the shares that they come to."""
        if not len(records):
            return
        order = np.argsort(shares, kind="stable")
        shares, records = shares[order], np.ascontiguousarray(records[order])
        different, begins = np.unique(shares, return_index=True)
        ends = [*begins[1:].tolist(), len(shares)]
        for share, begin, end in zip(different.tolist(), begins.tolist(), ends, strict=True):
            with self._path(share).open("ab") as file:
                records[begin:end].tofile(file)

    def read(self, share: int) -> NDArray[np.int64]:
        """Return one share's records."""
        path = self._path(share)
        if not path.exists():
            return np.zeros((0, self._width), dtype=np.int64)
        return np.fromfile(path, dtype=np.int64).reshape(-1, self._width)

    def remove(self, share: int) -> None:
        """Remove one share's file."""
        self._path(share).unlink(missing_ok=True)

    def _path(self, share: int) -> Path:
        return self._folder / f"{share:06}.bin"
