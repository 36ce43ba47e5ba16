"""Corrected rows, put back into the list that they were rejected from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.batch.input import corrections
from importer.batch.input.normalized_file import NormalizedFile
from importer.context import Job, open_journal
from importer.errors import SettingsError

if TYPE_CHECKING:
    from importer.context import Context
    from importer.model import Batch


def put_corrections_back(
    corrected: NormalizedFile, batch: Batch | None, job: Job
) -> NormalizedFile:
    """Put corrected rows back among the rows of the batch that they were rejected from.

    Without such a batch (None) they are a list of their own: that of another computer or account,
    or one that was undone. The other rows were not sent then, and that is said.

    Raises:
        SettingsError: the batch was forgotten, and --again does not say what to do then.
    """
    context = job.context
    if batch is None:
        return _on_their_own(corrected, context)
    if batch.forgotten_ms is not None:
        return _of_forgotten(batch, corrected, job)
    with open_journal(context) as journal:
        earlier = NormalizedFile(*journal.load_rows(batch.id))
    return corrections.merge(earlier, corrected)


def batch_in_use(batch: str, context: Context) -> Batch | None:
    """Return a batch of this account's journal, unless it was undone."""
    if not batch or not context.store.exists():
        return None
    with open_journal(context) as journal:
        known = {one.id: one for one in journal.batches(context.account)}
    return known[batch] if batch in known and known[batch].undone_ms is None else None


def _of_forgotten(batch: Batch, corrected: NormalizedFile, job: Job) -> NormalizedFile:
    """Take corrected rows as a list of their own, where --again says so.

    Which of them were sent before was known by all rows of their batch, which are forgotten.
    """
    if not job.settings.again:
        raise SettingsError(
            f"{corrected.rows.source.path.name} corrects batch {batch.id}, whose phone numbers "
            "were forgotten, so it can't be told whether its corrected rows were sent already: if "
            "you are sure that they were not, --again sends them as a list of their own."
        )
    return _on_their_own(corrected, job.context)


def _on_their_own(corrected: NormalizedFile, context: Context) -> NormalizedFile:
    source = corrected.rows.source
    only = "only the rows of its sheet Rejected are a list now"
    note = (
        f"No batch that is in use here belongs to {source.path.name}: {only}; for all other rows "
        "run the list that it was made from."
    )
    if context.credentials is None:
        note = (
            f"A check or a rehearsal looks into no journal: of {source.path.name} {only}; a run "
            "puts them back among the others."
        )
    source = replace(source, corrects="", notes=(*source.notes, note))
    return replace(corrected, rows=replace(corrected.rows, source=source))
