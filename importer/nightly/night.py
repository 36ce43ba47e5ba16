"""A night: finish what earlier nights left, take the new files, report.

Whatever is cut off is done again by the next night, and harmlessly: a list is known by its numbers,
so a file that is still in the inbox is continued or shown, never sent twice. That is why a file
leaves the inbox last, when its results are in the outbox.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from importer.batch.history import unfinished_batches
from importer.batch.input.usable_settings import ensure_usable
from importer.batch.lists.state import batches_of_lists
from importer.batch.lists.sync import resume_sync, sync_file
from importer.batch.pipeline import resume_batch, run_file
from importer.batch.planning.send_question import new_journal_note
from importer.context import begin_run, open_journal
from importer.errors import (
    ENDS_ALL,
    Exit,
    ImporterError,
    JournalError,
    JournalLocked,
    OutputError,
)
from importer.journal import disk_space
from importer.journal.leases import FILE
from importer.log import level_of
from importer.nightly import not_taken, outcome
from importer.nightly.begun_marks import marks_of
from importer.nightly.coming_night import is_of_a_night
from importer.nightly.folders import cleanup, file_choice, inbox_folder, moving
from importer.nightly.folders.cleanup import CleanupResult
from importer.nightly.folders.put_away import put_away, put_results, share_folders
from importer.nightly.morning import report
from importer.nightly.outcome import FileOutcome, FileState, Night
from importer.sending.calls.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from importer.batch.results.summary import Summary
    from importer.context import Context
    from importer.journal.run import Run
    from importer.log import Log
    from importer.model import Batch
    from importer.nightly.clock import NightClock
    from importer.nightly.config import NightConfig
    from importer.settings import Settings

STOPPED_IN_A_ROW = 3
"""Batches that the vendor ended early, one after the other, after which the next has no chance."""


def run_night(night_config: NightConfig, context: Context, log: Log, clock: NightClock) -> Night:
    """Take every ready file of the inbox through the main job, and write the report.

    Raises:
        ImporterError: somebody has the journal alone, or nothing can be begun as the rules are.
    """
    check_night_config(night_config, context.now.date())
    with (
        context.store.show_run(wait=False),
        context.store.lock_inbox(night_config.inbox, clock.now()),
    ):
        moving.make_folders(night_config.outbox, night_config.done, night_config.failed)
        share_folders(night_config)
        disk_space.check_room(disk_space.A_NIGHT, night_config.outbox)
        context.store.check_room_for_night()
        night = _Night(night_config, context, log, clock)
        night.run()
        night.clear()
        return report.write_report(night.result(), night_config, log)


def check_night_config(night_config: NightConfig, today: date) -> None:
    """Find settings that no file can be run with before any file is blamed for them.

    Raises:
        SettingsError: a region, a template, an encoding or a delimiter is none.
    """
    for settings in (night_config.settings, *night_config.folders.values()):
        ensure_usable(settings, today)


class _Night:
    """One night, as far as it has come."""

    def __init__(
        self, night_config: NightConfig, context: Context, log: Log, clock: NightClock
    ) -> None:
        self._config = night_config
        self._log = log
        self._clock = clock
        self._begun = clock.now()
        self._date = self._begun.date().isoformat()
        self._deadline = night_config.deadline(self._begun)
        over = None if self._deadline is None else self._is_over
        self._marks = marks_of(night_config.inbox, context.store)
        self._budget = Budget(over=over, groups=night_config.max_groups)
        self._context = replace(context, in_night=True, budget=self._budget)
        self._files: list[FileOutcome] = []
        self._resumed: list[FileOutcome] = []
        """Batches of earlier nights, as long as their files were not looked at."""
        self._notes: list[str] = []
        self._exits: list[Exit] = []
        self._cleared = CleanupResult()
        self._stopped = ""
        self._stopped_in_a_row = 0
        self._run: Run | None = None
        """What holds the files of the inbox that this night takes."""

    def run(self) -> None:
        """Do the night's work, as far as it goes."""
        self._log.event("night begun", "")
        try:
            with (
                open_journal(self._context) as journal,
                begin_run(journal, self._context, self._log) as self._run,
            ):
                new = new_journal_note(journal, self._context)
                self._notes += [new] if new else []
                self._finish_earlier()
                self._take_new()
        except KeyboardInterrupt:
            self._end("it was interrupted", Exit.INTERRUPTED)
        except ImporterError as error:
            self._end(str(error).removesuffix("."), error.exit_code)
        for result in self._resumed:
            self._record(result)

    def clear(self) -> None:
        """Remove what is no longer kept; the night is as good whether that works or not."""
        if not self._config.keep_days or Exit.INTERRUPTED in self._exits:
            return
        try:
            self._cleared = cleanup.clear(self._config, self._context_now(), self._log)
        except KeyboardInterrupt:
            self._end("it was interrupted", Exit.INTERRUPTED)

    def result(self) -> Night:
        """Return what became of the night."""
        return Night(
            begun=self._begun,
            ended=self._clock.now(),
            files=tuple(self._files),
            made=self._budget.begun,
            stopped=self._stopped,
            notes=(*self._notes, *self._cleared.notes),
            forgotten=self._cleared.forgotten,
            removed=self._cleared.removed,
            exits=tuple(self._exits),
        )

    def _is_over(self) -> bool:
        now = self._clock.now().replace(tzinfo=None)
        return self._deadline is not None and now >= self._deadline

    def _end(self, why: str, code: Exit) -> None:
        self._stopped = self._stopped or why
        self._exits.append(code)

    def _why_not_now(self) -> str:
        """Say why nothing further is begun in this night, or "" where it may be."""
        return self._stopped or str(self._budget.reason() or "")

    # Earlier nights.

    def _finish_earlier(self) -> None:
        left = [
            one for one in unfinished_batches(self._context) if is_of_a_night(one, self._config)
        ]
        for at, batch in enumerate(left):
            if self._why_not_now():
                count = len(left) - at
                self._notes.append(
                    f"{count} unfinished batches of earlier nights were not reached."
                )
                self._exits.append(Exit.UNFINISHED)
                return
            self._finish(batch)

    def _finish(self, batch: Batch) -> None:
        file = PurePosixPath(batch.file)

        member = batches_of_lists(self._context).get(batch.id)

        def work() -> Summary:
            settings, context = self._settings(self._config.settings), self._context_now()
            if member is not None:
                return resume_sync(batch, member, settings, context, self._log)
            return resume_batch(batch, settings, context, self._log)

        result = self._try(file, work, batch.id)
        if result.exit is not Exit.LOCKED:  # Else another night finishes it, and says so.
            self._resumed.append(result)

    # New files.

    def _take_new(self) -> None:
        first = inbox_folder.scan(self._config.inbox)
        if not self._why_not_now() and not all(map(file_choice.is_no_list, first)):
            self._clock.sleep(self._clock.settle)
        second = inbox_folder.scan(self._config.inbox)
        self._marks.keep_only(second)
        choice = file_choice.choose(first, second)
        for one in choice.waiting:
            message = f"It waits: {one.why}."
            self._record(FileOutcome(one.file, FileState.WAITS, Exit.DONE, message, one.advice))
        for file in choice.ready:
            self._take(file, second[file])

    def _take(self, file: PurePosixPath, seen: file_choice.Seen) -> None:
        """Take one file through, and put it where it belongs."""
        earlier = next((one for one in self._resumed if one.file == file), None)
        ended = earlier is not None and earlier.state in {FileState.DONE, FileState.FAILED}
        # Nothing is sent for a batch that has ended, so its file may be put away at any time.
        why = self._stopped if ended else self._why_not_now()
        if why and earlier is not None:
            return
        if why:
            message = f"It waits for the next night: {why}."
            self._record(FileOutcome(file, FileState.WAITS, Exit.UNFINISHED, message))
            return
        try:
            with inbox_folder.opened(self._config.inbox, file) as source:
                self._take_opened(source, file, seen)
        except OSError as error:
            self._record(not_taken.not_opened(file, error))

    def _take_opened(
        self, source: inbox_folder.OpenedFile, file: PurePosixPath, seen: file_choice.Seen
    ) -> None:
        held = self._held_by_other(file, seen)
        if held is not None:
            self._record(held)
            return
        # Looked at once nobody else may take it: a night on another computer may just have done so.
        if not source.is_still(seen):
            self._record(not_taken.still_changing(file))
            return
        with self._log.about(str(file)):
            self._log.event("file begun", "")
            begun = self._marks.begun(file, seen)
            if begun is not None and not self._is_resumed(file):
                self._record(self._put_away_ended(file, begun, source, seen))
                return
            with self._marks.reading(file, seen, self._clock.now()):
                result = self._merged(self._process(file, source))
                self._record(put_away(result, source, seen, self._config, self._date))

    def _held_by_other(self, file: PurePosixPath, seen: file_choice.Seen) -> FileOutcome | None:
        """Hold a file for this night, or return that a night on another computer has it.

        The same inbox may have another path there, so a file is known by what it looks like.
        """
        looks = f"{self._context.account} {file} {seen.size} {seen.changed_ns}"
        name = FILE + hashlib.sha256(os.fsencode(looks)).hexdigest()[:16]
        try:
            if self._run is not None:
                self._run.take([name])
        except JournalLocked as error:
            return not_taken.held_elsewhere(file, error)
        return None

    def _put_away_ended(
        self,
        file: PurePosixPath,
        begun: str,
        source: inbox_folder.OpenedFile,
        seen: file_choice.Seen,
    ) -> FileOutcome:
        """Put a file away unread at which an earlier night ended."""
        result = outcome.of_ended_night(file, begun)
        result = put_away(result, source, seen, self._config, self._date)
        if result.moved is not None:
            self._marks.end(file)
        return result

    def _is_resumed(self, file: PurePosixPath) -> bool:
        """Whether a file was recorded before its night ended, so that its batch went on."""
        return any(one.file == file for one in self._resumed)

    def _process(self, file: PurePosixPath, source: inbox_folder.OpenedFile) -> FileOutcome:
        settings = self._config.settings_of(file.parent)
        if settings is None:
            return not_taken.unknown_folder(file)
        if not file_choice.is_text(file):
            return not_taken.name_is_no_text(file)
        context = replace(
            self._context_now(),
            opened=source.stream,
            on_recorded=lambda: self._marks.end(file),
        )
        terms = self._config.list_of(file.parent)
        if terms is not None:
            return self._try(
                file,
                lambda: sync_file(source.path, terms, self._settings(settings), context, self._log),
            )
        return self._try(
            file, lambda: run_file(source.path, self._settings(settings), context, self._log)
        )

    def _merged(self, result: FileOutcome) -> FileOutcome:
        """Join a file with its batch, where this night has gone on with that already."""
        for one in self._resumed:
            if (
                result.batch is None
                or one.batch != result.batch
                or one.file.name != result.file.name
            ):
                continue
            self._resumed.remove(one)
            if one.tally == result.tally and one.results is not None and result.results is not None:
                result.results.unlink(missing_ok=True)
                return replace(result, results=one.results)
            return result
        return result

    # What both have in common.

    def _try(
        self, file: PurePosixPath, work: Callable[[], Summary], batch: str = ""
    ) -> FileOutcome:
        """Do one piece of work; its failure is its own, and the others go on."""
        moving.empty(self._config.writing)
        moving.make_folders(self._config.writing)
        try:
            summary = work()
            self._end_if_hopeless(summary)
            file = file if not batch else self._file_of(summary.file)
            result = outcome.of_summary(
                file,
                summary,
                put_results(file, summary.results, self._config, self._date),
                self._words(file),
            )
        except JournalLocked as error:
            return replace(
                not_taken.held_elsewhere(file, error), exit=Exit.LOCKED if batch else Exit.DONE
            )
        except (JournalError, OutputError, OSError) as error:
            return not_taken.not_to_blame(file, error, batch or None)
        except ImporterError as error:
            return outcome.of_error(file, error, batch or None, self._words(file))
        except Exception as error:  # noqa: BLE001 - one file must not end all the nights to come
            return not_taken.unknown_failure(file, error)
        return result

    def _end_if_hopeless(self, summary: Summary) -> None:
        """End the night where the next file has no better chance."""
        if summary.exit in ENDS_ALL:
            self._end(summary.stopped or "it was interrupted", summary.exit)
        stopped = bool(summary.stopped) and self._budget.reason() is None
        self._stopped_in_a_row = self._stopped_in_a_row + 1 if stopped else 0
        if self._stopped_in_a_row >= STOPPED_IN_A_ROW:
            self._end(summary.stopped, Exit.UNFINISHED)

    def _record(self, result: FileOutcome) -> None:
        self._files.append(result)
        with self._log.about(str(result.file)):
            self._log.event(
                f"file {result.state}",
                result.message,
                level_of(result.exit),
                batch=result.batch,
                exit=int(result.exit),
            )
        if result.state is not FileState.WAITS or result.exit is not Exit.DONE:
            report.write_line(self._config, self._date, result.as_json(), self._log)

    def _words(self, file: PurePosixPath) -> outcome.Words:
        folder = self._config.shown_folder(file.parent)
        return outcome.Words(self._config.folder_of_region, folder)

    def _settings(self, settings: Settings) -> Settings:
        return replace(settings, out=self._config.writing)

    def _context_now(self) -> Context:
        return replace(self._context, now=self._clock.now())

    def _file_of(self, path: Path) -> PurePosixPath:
        try:
            return PurePosixPath(path.relative_to(self._config.inbox).as_posix())
        except ValueError:
            return PurePosixPath(path.name)
