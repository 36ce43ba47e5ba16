"""Names of files: what a list is called by its file, and names that take no other's place. Pure."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME_BYTES = 255
"""The most that a file's name takes on ext4, APFS and NTFS (there: UTF-16 units)."""

_COMPRESSED = frozenset({".gz", ".zst"})


def is_pattern(name: str) -> bool:
    """Whether a name may mean several files: it has a `*` or a `?`."""
    return "*" in name or "?" in name


def list_stem(path: Path) -> str:
    """Return what a list is called by its file: `june` of june.csv, and of june.csv.gz.

    A list of several files is called by its folder: `june` of june/*.csv, and `list` where that is
    the top of a disk.
    """
    while is_pattern(path.name):
        path = path.parent.resolve()
    if path.suffix.lower() in _COMPRESSED and Path(path.stem).suffix:
        return Path(path.stem).stem
    return path.stem or "list"


def numbered(path: Path) -> Iterator[Path]:
    """Give a path, then `NAME (2).csv`, `NAME (3).csv` and so on beside it, without an end."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")
