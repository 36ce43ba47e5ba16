"""Checks, before anything is sent, that the disk takes what is to be recorded."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from importer.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1024**2
A_NIGHT = 200 * MEGABYTE
"""Bytes that a list of a million numbers takes: its rows, its journal and its workbook."""
A_LIST = 20 * MEGABYTE
"""Bytes that the journal and its log take besides the numbers."""
A_ROW = 200
"""Bytes that one row takes in the journal, in the kept rows and in the workbook."""
PAGE = 4096
"""Bytes of a page of the journal."""


def check_room(needed: int, *folders: Path) -> None:
    """Check that each folder's disk has `needed` bytes free. A folder may not exist yet.

    Raises:
        OutputError: a disk has less.
    """
    for folder in folders:
        free = _free(folder)
        if free < needed:
            raise OutputError(
                f"The disk of {folder} has {free // MEGABYTE} MB left, less than the "
                f"{needed // MEGABYTE} MB that may be needed: nothing was sent; make room."
            )


def free_megabytes(folder: Path) -> int:
    """Return how many MB are free on the disk of a folder, which may not exist yet."""
    return _free(folder) // MEGABYTE


def _free(folder: Path) -> int:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(there).free


def for_list(rows: int) -> int:
    """Return the bytes to have free for a list of so many rows."""
    return A_LIST + rows * A_ROW


def for_journal(rows: int, journal: Path) -> int:
    """Return the bytes to have free beside a journal for a list of so many rows.

    Each number that is recorded may change another page of a large journal, and its write-ahead log
    holds every changed page until they are all written.
    """
    there = journal.stat().st_size if journal.exists() else 0
    return for_list(rows) + min(rows * PAGE, there)


def check_writable(folder: Path) -> None:
    """Make sure that files can be put into a folder, or that it can be made; nothing is made.

    Raises:
        OutputError: they can't.
    """
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        raise OutputError(f"Nothing can be written in {there}: correct its rights.")
