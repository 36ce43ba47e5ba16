"""How long a list is, before it is read: which way it goes, and the disk that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.journal.disk_space import MEGABYTE
from importer.reading.limits import FILE_BYTES, GRID_CELLS
from importer.reading.parts.blocks import parquet_size
from importer.reading.parts.find import find_files
from importer.reading.unpack import compression_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.context import Job
    from importer.reading.parts.find import FoundFiles
    from importer.reading.parts.part import Part

_TIMES_PACKED = 4
"""How much more a compressed file holds than it has; lists are often packed to a fifth."""
_LINE_BYTES = 40
"""Of a line of text where nothing else is known of it."""
_HEAD = 65_536
"""Bytes of a text file that tell how long its lines are."""
A_ROW = 100
"""Bytes of disk that a row takes while it is worked on, with its results; without the input's other
columns, which take what they take."""


MORE_OF_A_RUN = 60
"""Bytes of disk that a row takes besides while its group is planned."""


@dataclass(frozen=True, slots=True)
class Size:
    """About how much a list holds."""

    rows: int
    cells: int
    text_bytes: int
    """Of its text files, unpacked."""

    @property
    def is_long(self) -> bool:
        """Whether it is more than is read into memory at once."""
        return self.text_bytes > FILE_BYTES or self.cells > GRID_CELLS

    def disk(self, bytes_of_files: int, *, is_run: bool = False) -> int:
        """Return the bytes of disk that it may need while it is checked, or run."""
        a_row = A_ROW + (MORE_OF_A_RUN if is_run else 0)
        return 100 * MEGABYTE + self.rows * a_row + 2 * max(bytes_of_files, self.text_bytes)


def files_of(job: Job) -> FoundFiles:
    """Return the files of a job's list.

    Raises:
        UnreadableInput: there is none.
    """
    return find_files(job.settings.together or (str(job.path),))


def size_of(parts: Sequence[Part]) -> Size:
    """Return about how much a list holds, by its files' sizes and by what Parquet says of itself.

    Raises:
        UnreadableInput: a file can't be opened.
    """
    rows = cells = text = 0
    for part in parts:
        with part.open() as file:
            head = file.read(_HEAD)
        counted = parquet_size(part) if head.startswith(b"PAR1") else None
        if counted is not None:
            rows += counted[0]
            cells += counted[0] * counted[1]
            continue
        packed = bool(compression_of(head))
        unpacked = part.size * (_TIMES_PACKED if packed else 1)
        text += unpacked
        lines = 0 if packed else head.count(b"\n")
        rows += unpacked * lines // len(head) if lines else unpacked // _LINE_BYTES
    return Size(rows, cells, text)
