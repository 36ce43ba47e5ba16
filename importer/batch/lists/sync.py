"""`sync`: the groups of a named list made to hold exactly a file's numbers.

file -> rows -> numbers -> the list's groups at the vendor -> difference -> journal -> calls

What an earlier sync left is settled first: the same file goes on with it, and another one takes its
place.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.batch.history import find_batch
from importer.batch.input.chosen_region import read_with_region, region_change
from importer.batch.input.duplicates import accepted_numbers
from importer.batch.input.read_file import stage
from importer.batch.input.saved_rows import load_rows, save_rows
from importer.batch.input.usable_settings import ensure_usable
from importer.batch.lists import planning, sending
from importer.batch.lists.outcome import outcome_in_list
from importer.batch.lists.state import ListState, hold_list, load_list
from importer.batch.lists.terms import SyncTerms, other_spelling
from importer.batch.lists.undoing import resume_undo
from importer.batch.pipeline import show_batch
from importer.batch.planned_settings import as_the_list_was
from importer.batch.planning import fingerprint as fingerprints
from importer.batch.planning import plan
from importer.batch.planning.gates import gate
from importer.batch.results.next_step import NextStep, if_meant, sync_anew
from importer.batch.results.results_file import (
    check_results_place,
    results_folder,
    write_results,
    write_unsent_results,
)
from importer.context import Job, Unattended, begin_run, open_journal
from importer.errors import (
    GateClosed,
    JournalError,
    OutputError,
    PlanOvertaken,
    RecordingFailed,
    ResultsNotWritten,
    SettingsError,
)
from importer.journal import disk_space
from importer.masking import masked
from importer.model import Batch, ListBatch, ListRole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.batch.input.normalized_file import NormalizedFile
    from importer.batch.results.summary import Summary
    from importer.context import Context, Progress
    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.sending.calls.retry import Stop
    from importer.settings import Settings


def sync_file(
    path: Path, terms: SyncTerms, settings: Settings, context: Context, progress: Progress
) -> Summary:
    """Make the groups of a list hold exactly a file's numbers, each in one of them.

    Raises:
        ImporterError: the file, a setting, the journal, the vendor's groups or the output can't be
            used, or nobody agrees.
    """
    job = Job(path, _settings_of_list(terms, settings, context), context)
    ensure_usable(job.settings, context.now.date())
    check_results_place(job)
    job, normalized = read_with_region(job, progress)
    problem = gate(normalized.rows, normalized.lines, job.settings)
    if problem:
        groups = plan.make_groups(job, normalized, normalized.lines, batch="check")
        changes = region_change(job, normalized)
        words = if_meant(changes) if changes else "with the right file"
        again = sync_anew(path, terms.name, job.settings, changes=changes)
        step = None if context.in_night else NextStep(words, again)
        return write_unsent_results(job, normalized, groups, problem, step=step)
    _check_room(job, normalized)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        journal.refuse_lost_batches()
        hold_list(journal, run, context.account, terms.name)
        _look_at_other_names(journal, context.account, terms.name, progress)
        return _Sync(journal, run, job, terms, normalized, progress).run()


def resume_sync(
    batch: Batch, member: ListBatch, settings: Settings, context: Context, progress: Progress
) -> Summary:
    """Finish what an earlier run left of a sync, or of the undo of one, without its input file.

    Where nothing is left, the results are written again.

    Raises:
        ImporterError: the journal, the batch's rows or the output can't be used.
    """
    if member.role is ListRole.UNDO:
        return resume_undo(batch, member, settings, context, progress)
    if batch.forgotten_ms is not None:
        return show_batch(batch, settings, context)
    normalized = load_rows(batch, context)
    job = Job(normalized.rows.source.path, settings, context)
    check_results_place(job)
    with open_journal(context) as journal, begin_run(journal, context, progress) as run:
        journal.refuse_lost_batches()
        hold_list(journal, run, member.account, member.name)
        sync = _Sync(journal, run, job, SyncTerms(member.name), normalized, progress)
        now = journal.list_batch(batch.id) or member
        if now.ended_ms is not None:
            # Later syncs may have changed what its calls did: nothing is looked at or sent again.
            return sync.show(batch, now)
        return sync.go_on(batch, now, planned_now=False)


_NAMED = 5
"""Lists that are named where a new one is begun."""
_PLANS = 4
"""How often a sync is planned anew where other runs record lists at the same time."""


class _Sync:
    """One sync of one list, with the journal open and held."""

    def __init__(
        self,
        journal: Journal,
        run: Run,
        job: Job,
        terms: SyncTerms,
        normalized: NormalizedFile,
        progress: Progress,
    ) -> None:
        self._journal = journal
        self._run = run
        self._job = job
        self._terms = terms
        self._normalized = normalized
        self._progress = progress
        self._account = job.context.account
        numbers = accepted_numbers(normalized.lines)
        self._fingerprint = fingerprints.fingerprint(numbers)

    def run(self) -> Summary:
        """Go on with what an earlier sync left, or plan what changes, show it, and do it.

        Where another run has recorded a list meanwhile, its numbers may be known: it is planned
        anew.
        """
        if self._terms.adopt:
            self._adopt()
        for _ in range(_PLANS):
            try:
                return self._run_once()
            except PlanOvertaken:
                self._progress.note("Another run has recorded a list meanwhile: planned anew.")
        return self._run_once()

    def _run_once(self) -> Summary:
        seen = self._journal.plannings(self._account)
        state = self._load()
        unfinished = state.unfinished
        if unfinished is not None and not self._terms.dry_run:
            if unfinished.fingerprint == self._fingerprint and unfinished.role is ListRole.SYNC:
                self._job.context.on_recorded()
                return self.go_on(self._batch(unfinished.batch), unfinished, planned_now=False)
            stop = self._settle(unfinished)
            if stop is not None:
                return self.show(self._batch(unfinished.batch), unfinished, stop)
            state = self._load()
        planned = planning.plan_sync(
            self._journal, state, self._job, self._normalized, self._terms.name
        )
        return self._plan_and_send(state, planned, seen)

    def go_on(
        self,
        batch: Batch,
        member: ListBatch,
        notes: tuple[str, ...] = (),
        *,
        planned_now: bool,
    ) -> Summary:
        """Make the calls of a sync that is planned, and write its results."""
        try:
            sent = sending.send_sync(
                self._journal, batch, self._load, self._job, self._progress,
                planned_now=planned_now,
            )  # fmt: skip
        except JournalError as error:
            raise RecordingFailed(
                f"{error} What was done until then is recorded: `importer resume {batch.id}` goes "
                "on, and does nothing twice."
            ) from error
        if sent.stop is None:
            self._journal.end_list_batch(batch.id, self._job.context.now_ms)
        return self.show(batch, member, sent.stop, (*notes, *sent.notes))

    def _plan_and_send(self, state: ListState, planned: planning.SyncPlan, seen: int) -> Summary:
        terms, context = self._terms, self._job.context
        earlier = self._shown_again(state, planned)
        if earlier is not None:
            context.on_recorded()
            note = "The list holds this file's numbers already: its results are shown."
            return self.show(self._batch(earlier.batch), earlier, None, (*planned.notes, note))
        preview = planning.Preview(
            self._job, self._normalized, planned, terms.name, terms.max_remove_said
        )
        workbook = preview.write()
        for line in (*planned.notes, *preview.lines, f"  Changes: {workbook}"):
            self._progress.note(masked(line) if self._progress.is_log else line)
        # Where nothing will be sent, nobody is asked to agree to it.
        nobody = terms.dry_run or bool(planned.problem)
        closed = planning.closed_rail(
            state, planned, len(self._normalized.lines), terms.max_remove,
            Unattended() if nobody else context.prompter, is_said=terms.is_said,
        )  # fmt: skip
        problem = planned.problem or (closed.problem if closed is not None else "")
        if problem or terms.dry_run:
            needed = closed.needed if closed is not None and not planned.problem else None
            return preview.summary(problem, workbook, needed, dry_run=terms.dry_run)
        if not context.prompter.send(f"Change the list {terms.name} so?"):
            return preview.summary("Nothing was sent, as you said.", workbook)
        batch, member = self._record(state, planned, seen)
        return self.go_on(batch, member, planned.notes, planned_now=True)

    def _shown_again(self, state: ListState, planned: planning.SyncPlan) -> ListBatch | None:
        """Return the sync of the same file that is the list's newest, where nothing changes."""
        newest = state.standing[-1] if state.standing else None
        is_same = newest is not None and newest.fingerprint == self._fingerprint
        is_in_step = planned.difference.is_empty and not (planned.corrections or planned.gone)
        return newest if is_same and is_in_step and not self._terms.dry_run else None

    def _record(
        self, state: ListState, planned: planning.SyncPlan, seen: int
    ) -> tuple[Batch, ListBatch]:
        """Record what is to be done, whole or not at all, before anything is sent."""
        context, job = self._job.context, self._job
        batch = Batch(
            id=planned.batch_id,
            fingerprint=self._fingerprint,
            account=self._account,
            file=job.path.name.encode(errors="replace").decode(),
            created_ms=self._journal.moment_for(self._fingerprint, self._account, context.now_ms),
            settings=json.dumps(job.settings.values(), default=str),
        )
        member = ListBatch(
            batch.id, self._account, state.name, ListRole.SYNC, len(self._normalized.lines)
        )
        self._journal.plan_list_batch(
            batch, planned.groups, member, planned.steps, planned.known, planned.corrections,
            planned.gone, seen=seen,
        )  # fmt: skip
        self._run.take([batch.id])
        save_rows(batch, self._normalized, self._journal)
        context.on_recorded()
        return batch, member

    def _adopt(self) -> None:
        """Let a batch that was run before belong to the list.

        Raises:
            GateClosed: the list has batches, or the batch is not finished.
        """
        batch = find_batch(self._job.context, self._terms.adopt)
        if self._terms.dry_run:
            raise GateClosed(
                "--dry-run adopts nothing: run it without --adopt, which compares the file with "
                "the list as it is, or with --adopt alone, which asks before anything is sent."
            )
        planning.check_adoption(self._journal, self._load(), batch, self._account)
        self._run.take(self._journal.correction_chain(batch.id))
        chain = [self._batch(one) for one in self._journal.correction_chain(batch.id)]
        self._journal.adopt_into_list(chain, self._terms.name)

    def _settle(self, unfinished: ListBatch) -> Stop | None:
        batch = self._batch(unfinished.batch)
        stop = sending.settle_sync(self._journal, batch, self._job, self._progress)
        if stop is None:
            self._journal.end_list_batch(batch.id, self._job.context.now_ms)
        return stop

    def show(
        self,
        batch: Batch,
        member: ListBatch,
        stop: Stop | None = None,
        notes: Sequence[str] = (),
    ) -> Summary:
        """Write a batch's results as the journal has them, and sum up."""
        outcome = outcome_in_list(
            self._journal, batch, member, self._normalized, stop, tuple(notes)
        )
        with stage(self._progress, "Writing") as advance:
            try:
                summary = write_results(self._job, self._normalized, outcome)
            except OutputError as error:
                raise ResultsNotWritten(
                    f"{error} What was done is recorded: `importer results {batch.id} --out "
                    "FOLDER` writes it elsewhere."
                ) from error
            advance(summary.tally.rows)
        return summary

    def _load(self) -> ListState:
        return load_list(self._journal, self._account, self._terms.name)

    def _batch(self, name: str) -> Batch:
        [found] = [one for one in self._journal.batches(self._account) if one.id == name]
        return found


def _settings_of_list(terms: SyncTerms, settings: Settings, context: Context) -> Settings:
    """Return the settings with those that the list was begun with, but for options given now."""
    if context.credentials is None or not context.store.exists():
        return settings
    with open_journal(context) as journal:
        first = next(iter(journal.list_batches(context.account, terms.name)), None)
        name = first.batch if first is not None else ""
        batches = {one.id: one for one in journal.batches(context.account)}
    if not name and terms.adopt:
        name = find_batch(context, terms.adopt).id
    return as_the_list_was(batches[name], settings) if name in batches else settings


def _look_at_other_names(journal: Journal, account: str, name: str, progress: Progress) -> None:
    """Say that a list is new where there are others: a slip in its name would make it twice.

    Raises:
        SettingsError: there is a list whose name differs only by capitals and spaces.
    """
    names = {one.name for one in journal.list_batches(account)}
    if name in names or not names:
        return
    same = other_spelling(name, names)
    if same is not None:
        raise SettingsError(f"There is no list '{name}', but there is '{same}': --list '{same}'.")
    there = ", ".join(sorted(names)[:_NAMED])
    more = ", ..." if len(names) > _NAMED else ""
    progress.note(f"The list {name} is new; there are: {there}{more}.")


def _check_room(job: Job, normalized: NormalizedFile) -> None:
    """Make sure before the first call that its record and its results will find room."""
    rows = len(normalized.lines)
    disk_space.check_room(disk_space.for_list(rows), results_folder(job))
    job.context.store.check_room(rows)
