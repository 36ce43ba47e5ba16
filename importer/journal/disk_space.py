"""Room on the disks, looked for before anything is sent: a full disk is no place for records."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from importer.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1024**2
A_NIGHT = 200 * MEGABYTE
"""A list of a million numbers takes about as much: its rows, its journal and its workbook."""
A_LIST = 20 * MEGABYTE
"""What the journal and its log may take besides the numbers."""
A_ROW = 200


def check_room(needed: int, *folders: Path) -> None:
    """Make sure before anything is sent that results and records will find room, in bytes.

    Raises:
        OutputError: a disk is nearly full.
    """
    for folder in folders:
        there = next(one for one in (folder, *folder.parents) if one.exists())
        free = shutil.disk_usage(there).free
        if free < needed:
            raise OutputError(
                f"The disk of {folder} has {free // MEGABYTE} MB left, less than the "
                f"{needed // MEGABYTE} MB that may be needed: nothing was sent; make room."
            )


def for_list(rows: int) -> int:
    """Return the bytes that a list of so many rows takes at most, as a rule."""
    return A_LIST + rows * A_ROW
