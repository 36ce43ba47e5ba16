"""What the sheet Summary says beside its figures: assumptions, how it was done, what is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import __version__
from importer.batch.results import next_step
from importer.moments import shown_moment
from importer.results_columns import (
    ACCEPTED_LABEL,
    AT_THE_SANDBOX,
    BATCH_LABEL,
    COLUMNS_LABEL,
    COMMAND_LABEL,
    NO_REGION,
    NOTHING_RECORDED,
    REGION_LABEL,
    SENT_TO_LABEL,
    columns_note,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.batch.input.normalized_file import NormalizedFile
    from importer.batch.results.summary import Summary
    from importer.context import Job

MOST_ASSUMPTIONS = 5
"""Sentences about digits alone on the sheet Summary."""


def sections_of(
    summary: Summary, normalized: NormalizedFile, job: Job
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what the sheet Summary says under titles of its own."""
    return [
        ("What was assumed", _assumed(summary, normalized, job)),
        ("How it was done", _done(summary, job)),
    ]


def how_to_print(job: Job, batch: str | None) -> str:
    """Return the command that writes the workbook so that all of its sheets are printed."""
    if batch is None:
        return next_step.run(job.path, job.settings, verb="check", print="all")
    return f"importer results {batch} --print all"


def _assumed(summary: Summary, normalized: NormalizedFile, job: Job) -> list[tuple[str, str]]:
    """List what was read and how, for the sheet Summary."""
    source = normalized.rows.source
    return [
        ("Input", f"{source.path.name} ({source.form})"),
        (COLUMNS_LABEL, columns_note(source.columns)),
        (REGION_LABEL, job.settings.region or NO_REGION),
        *(("Digits alone", sentence) for sentence in _shortened(normalized.assumptions, job)),
        *(("Note", note) for note in summary.notes),
    ]


def _shortened(assumptions: Sequence[str], job: Job) -> list[str]:
    """Leave out sentences that would make the sheet Summary longer than a page."""
    if len(assumptions) <= MOST_ASSUMPTIONS:
        return list(assumptions)
    shown = assumptions[: MOST_ASSUMPTIONS - 1]
    more = (
        f"{len(assumptions) - len(shown)} more countries or columns were read by what their own "
        f"cells show: importer check {job.path.name} lists them all."
    )
    return [*shown, more]


def _done(summary: Summary, job: Job) -> list[tuple[str, str]]:
    """List what was used, for the sheet Summary."""
    settings, context = job.settings, job.context
    return [
        (BATCH_LABEL, summary.batch or NOTHING_RECORDED),
        (SENT_TO_LABEL, _sent_to(summary, job)),
        ("Written", f"{shown_moment(context.now)}, by importer {__version__}"),
        (
            "Groups",
            f"by {settings.group_by}, at most {settings.group_size} numbers each, "
            f"named '{settings.name}'",
        ),
        (
            "Sending",
            f"{settings.rate:g} calls a second, {settings.concurrency} at a time, "
            f"{settings.timeout:g} s for an answer",
        ),
        (ACCEPTED_LABEL, f"{settings.strict} numbers; at most {settings.max_rejects:g} % rejects"),
    ]


def next_of(summary: Summary) -> list[tuple[str, str]]:
    """List what comes next, for the sheet Summary: last the command alone, to be copied."""
    step = summary.next_step
    if step is None:
        return []
    return [("Next", step.words), *([(COMMAND_LABEL, step.command)] if step.command else [])]


def _sent_to(summary: Summary, job: Job) -> str:
    if summary.batch is None:
        return "nobody: nothing was sent"
    if job.settings.sandbox:
        return AT_THE_SANDBOX
    return (
        job.context.credentials.url if job.context.credentials else "the vendor, by an earlier run"
    )
