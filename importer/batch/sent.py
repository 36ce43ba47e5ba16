"""A recorded batch sent as far as it goes, and what the journal says of it then."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from importer.batch.planned_settings import as_planned
from importer.batch.results.results_file import BatchOutcome
from importer.errors import (
    JournalError,
    OutputError,
    RecordingFailed,
    ResultsNotWritten,
    SettingsError,
)
from importer.model import GroupState
from importer.plurals import share_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.context import Job, Progress
    from importer.journal import Journal
    from importer.model import Batch
    from importer.sending.calls.retry import Stop


def send_recorded(
    journal: Journal,
    batch: Batch,
    job: Job,
    progress: Progress,
    notes: tuple[str, ...] = (),
    *,
    planned_now: bool,
    refused: bool = False,
    has_numbers: bool = True,
) -> BatchOutcome:
    """Send what is planned of a batch, and return what the journal says of it then.

    See `send.send`. With `has_numbers` False, the outcome comes without the groups' numbers.

    Raises:
        RecordingFailed: a step could not be recorded.
    """
    # Imported by who calls: the libraries of the network take a tenth of a second to load.
    from importer.batch import send

    as_planned(batch, job.settings)  # Settings that are damaged end the run before a call.
    before = _numbers_in_groups(journal, batch)
    try:
        sent = send.send(journal, batch, job, progress, planned_now=planned_now, refused=refused)
    except JournalError as error:
        raise RecordingFailed(f"{error} {_made_so_far(journal, batch)}") from error
    read = outcome_of if has_numbers else facts_of
    outcome = read(journal, batch, sent.stop, (*notes, *sent.notes))
    return replace(outcome, before=before)


def _numbers_in_groups(journal: Journal, batch: Batch) -> int:
    groups = journal.chain_facts(batch.id)
    return sum(one.group.size for one in groups if one.state is GroupState.CREATED)


def _made_so_far(journal: Journal, batch: Batch) -> str:
    """Say what a run had made when its journal failed."""
    try:
        states = journal.state_counts(batch.id)
    except JournalError:
        return f"What was made of batch {batch.id} until then can't be read."
    made = states.get(GroupState.CREATED, 0)
    doubtful = states.get(GroupState.SENDING, 0) + states.get(GroupState.IN_DOUBT, 0)
    sentence = f"Until then {share_of(made, sum(states.values()), 'group')} were made"
    if doubtful:
        sentence += f", and {doubtful:,} more may have been"
    return f"{sentence}: `importer resume {batch.id}` goes on, and makes none twice."


def outcome_of(
    journal: Journal, batch: Batch, stop: Stop | None = None, notes: tuple[str, ...] = ()
) -> BatchOutcome:
    """Return what the journal says of a batch; `stop` is what ended its run early."""
    skipped = journal.skipped(batch.id)
    missing = journal.without_group(skipped)
    return BatchOutcome(batch, journal.chain_groups(batch.id), skipped, stop, notes, missing)


def ensure_not_undone(journal: Journal, batch: Batch) -> None:
    """Refuse to go on with a batch whose groups an undo has deleted.

    Raises:
        SettingsError: it was undone.
    """
    if journal.is_undone(batch.id):
        raise SettingsError(
            f"Batch {batch.id} was undone: `importer run {batch.file}` makes its groups anew."
        )


def facts_of(
    journal: Journal, batch: Batch, stop: Stop | None = None, notes: tuple[str, ...] = ()
) -> BatchOutcome:
    """Return what `outcome_of` returns without any numbers: they may be more than memory holds."""
    return BatchOutcome(batch, journal.chain_facts(batch.id), pd.DataFrame(), stop, notes)


@contextmanager
def results_written(outcome: BatchOutcome) -> Iterator[None]:
    """Say what was made of a batch whose results can't be written in the `with` block.

    Raises:
        ResultsNotWritten: they can't.
    """
    try:
        yield
    except OutputError as error:
        raise ResultsNotWritten(f"{error} {_made(outcome)}") from error


def _made(outcome: BatchOutcome) -> str:
    """Say what was made of a batch whose results can't be written."""
    groups = [one for one in outcome.groups if one.state.has_numbers]
    made = sum(one.state is GroupState.CREATED for one in groups)
    return (
        f"Of this list {share_of(made, len(groups), 'group')} are made: `importer results "
        f"{outcome.batch.id} --out FOLDER` writes them elsewhere."
    )
