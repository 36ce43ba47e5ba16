"""A file read with the region that the operator chooses, where most of its rows lack one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.batch.input.read_file import read_and_normalize
from importer.batch.planning.gates import gate, question, suggested_regions
from importer.settings import OPTION, merge

if TYPE_CHECKING:
    from importer.batch.input.normalized_file import NormalizedFile
    from importer.context import Job, Progress


def read_with_region(job: Job, progress: Progress) -> tuple[Job, NormalizedFile]:
    """Read a file; where most rows lack a region, ask for it and read the file anew.

    Raises:
        ImporterError: the file or a setting can't be used.
    """
    job, normalized = read_and_normalize(job, progress)
    if not gate(normalized.rows, normalized.lines, job.settings):
        return job, normalized
    found = suggested_regions(normalized.rows, normalized.lines, job.settings)
    if not found:
        return job, normalized
    answer = job.context.prompter.choose(question(found), [one.region for one in found])
    if answer is None:
        return job, normalized
    job = replace(job, settings=merge(job.settings, {"region": answer}, OPTION))
    return read_and_normalize(job, progress)


def region_change(job: Job, normalized: NormalizedFile) -> dict[str, Any]:
    """Return the region that would make numbers of most rejects, as a change of the settings."""
    found = suggested_regions(normalized.rows, normalized.lines, job.settings)
    return {"region": found[0].region} if found else {}
