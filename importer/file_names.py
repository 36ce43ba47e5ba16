"""Names for files that must not take another file's place. Pure."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME_BYTES = 255
"""The most that a file's name takes on ext4, APFS and NTFS (there: UTF-16 units)."""


def numbered(path: Path) -> Iterator[Path]:
    """Give a path, then `NAME (2).csv`, `NAME (3).csv` and so on beside it, without an end."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")
