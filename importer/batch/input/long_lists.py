"""Which lists are too long to be read into memory."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from importer.batch.planning.list_to_plan import IN_PORTIONS
from importer.errors import UnreadableInput
from importer.reading.limits import FILE_BYTES

if TYPE_CHECKING:
    from importer.context import Job, Progress
    from importer.model import Batch

_MAY_BE_LONG = FILE_BYTES // 128
"""Bytes of a file that may hold more than is read into memory at once: Parquet packs well."""


def is_long(job: Job) -> bool:
    """Whether a list is more than is read into memory at once, or its results are to be a folder.

    Raises:
        UnreadableInput: its files can't be looked at, or one in an inbox is too long for a night.
    """
    if job.context.in_night:
        _ensure_short(job)
        return False  # What is in an inbox is read into memory, and its results are one file.
    if job.settings.format == "parquet":
        return True
    if job.context.opened is not None or not (job.settings.together or _is_large(job)):
        return False
    from importer.batch.large.size import files_of, size_of

    parts = files_of(job).parts
    if sum(part.size for part in parts) < _MAY_BE_LONG:
        return False
    return size_of(parts).is_long


def _ensure_short(job: Job) -> None:
    if job.context.opened is None:
        return
    size = os.fstat(job.context.opened.fileno()).st_size
    if size > FILE_BYTES:
        raise UnreadableInput(
            f"{job.path.name} has {size / 1024**2:,.0f} MB, and a night takes lists of up to "
            f"{FILE_BYTES // 1024**2} MB: run it by hand with `importer run`, which takes lists of "
            "any length, or split it into several files."
        )


def _is_large(job: Job) -> bool:
    try:
        return job.path.is_file() and job.path.stat().st_size >= _MAY_BE_LONG
    except (OSError, ValueError):
        return False


def say_if_no_cluster(job: Job, progress: Progress) -> None:
    """Say that a list which is not a long one goes to no cluster."""
    if job.settings.cluster and job.context.in_night:
        progress.note(
            f"{job.path} is read by this computer: files of an inbox go to no cluster. Run a list "
            "that is too long for it by itself, with `importer run`."
        )
    elif job.settings.cluster:
        progress.note(
            f"{job.path} is short enough for this computer, which does it alone; --format parquet "
            f"would have {job.settings.cluster} read it."
        )


def is_in_portions(batch: Batch) -> bool:
    """Whether a batch was planned as a list that memory does not hold."""
    return bool(json.loads(batch.settings).get(IN_PORTIONS))
