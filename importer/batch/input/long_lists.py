"""Lists past one workbook: which are, and what `run` says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import SettingsError
from importer.reading.limits import FILE_BYTES

if TYPE_CHECKING:
    from importer.context import Job, Progress

_MAY_BE_LONG = FILE_BYTES // 128
"""Bytes of a file that may hold more than is read into memory at once: Parquet packs well."""


def is_long(job: Job) -> bool:
    """Whether a list is more than is read into memory at once, or its results are to be a folder.

    Raises:
        UnreadableInput: its files can't be looked at.
    """
    if job.settings.format == "parquet":
        return True
    if job.context.opened is not None or not (job.settings.together or _is_large(job)):
        return False
    from importer.batch.large.size import files_of, size_of

    parts = files_of(job).parts
    if sum(part.size for part in parts) < _MAY_BE_LONG:
        return False
    return size_of(parts).is_long


def _is_large(job: Job) -> bool:
    try:
        return job.path.is_file() and job.path.stat().st_size >= _MAY_BE_LONG
    except (OSError, ValueError):
        return False


def say_if_no_cluster(job: Job, progress: Progress) -> None:
    """Say that a list which is not a long one goes to no cluster."""
    if job.settings.cluster:
        progress.note(
            f"{job.path} is short enough for this computer, which does it alone; `importer check "
            f"--format parquet` would have {job.settings.cluster} read it."
        )


def refuse_long(job: Job) -> None:
    """Refuse to run a list that is too long for one batch, and say how long sending it would take.

    Raises:
        SettingsError: it is.
    """
    if not is_long(job):
        return
    if job.settings.format == "parquet":
        return  # Where the results would go is refused.
    from importer.batch.large.size import files_of, size_of
    from importer.batch.planning.duration import sending_time

    rows = size_of(files_of(job).parts).rows
    time = sending_time(-(-rows // job.settings.group_size), job.settings.rate)
    raise SettingsError(
        f"{job.path} has about {rows:,} rows, more than one batch holds; to send them would take "
        f"{time} at {job.settings.rate:g} calls a second. `importer check {job.path}` shows what "
        "its numbers are; run it as files of up to a million rows each, a batch a file: with "
        "--known skip, numbers of an earlier file are left out."
    )
