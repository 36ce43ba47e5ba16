"""What is read of a file of a list by itself: all of it, or some of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.reading.parts.part import Part
    from importer.reading.parts.text_blocks import TextShape


@dataclass(frozen=True, slots=True)
class Portion:
    """Lines of one file that follow each other."""

    part: Part
    at: int
    """The place of the file in the list."""
    begin: int = 0
    """The first byte of a text file, or row group of a Parquet file."""
    end: int = -1
    """The one behind the last; -1 for the whole file."""
    row: int = 1
    """The row of the first line, as far as it is known; above 1 for any but the file's first."""
    shape: TextShape | None = None
    """Of a text file of which this is a portion."""

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole file."""
        return self.end < 0
