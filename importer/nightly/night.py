"""The story of a night: finish what earlier nights left, take what is new, tell it.

Whatever is cut off is done again by the next night, and harmlessly: a list is known by its numbers,
so a file that is still in the inbox is continued or shown, never sent twice. That is why a file
leaves the inbox last, when its results are in the outbox.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from importer.batch.history import unfinished_batches
from importer.batch.pipeline import default_region, resume_batch, run_file
from importer.batch.plan import check_template
from importer.context import Job
from importer.errors import ENDS_ALL, Exit, ImporterError, JournalError, OutputError
from importer.journal import disk_space, lock
from importer.log import level_of
from importer.nightly import cleanup, inbox, moving, outcome, report
from importer.nightly.cleanup import Cleared
from importer.nightly.outcome import Fate, Night, Told
from importer.sending.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.batch.summary import Summary
    from importer.context import Context
    from importer.log import Log
    from importer.model import Batch
    from importer.nightly.clock import Hours
    from importer.nightly.config import Rules
    from importer.settings import Settings

STOPPED_IN_A_ROW = 3
"""Batches that the vendor ended early, one after the other, after which the next has no chance."""


def run_night(rules: Rules, context: Context, log: Log, hours: Hours) -> Night:
    """Take every ready file of the inbox through the main job, and tell the operator.

    Raises:
        ImporterError: another run holds the journal, or nothing can be begun as the rules are.
    """
    check_rules(rules, context)
    with lock.hold(context.journal, hours.now()), lock.hold_inbox(rules.inbox, hours.now()):
        moving.make_folders(rules.outbox, rules.done, rules.failed)
        disk_space.check_room(disk_space.A_NIGHT, rules.outbox, context.journal.parent)
        night = _Night(rules, context, log, hours)
        night.live()
        night.clear()
        return report.tell(night.told(), rules, log)


def check_rules(rules: Rules, context: Context) -> None:
    """Find settings that no file can be run with before any file is blamed for them.

    Raises:
        SettingsError: a template or a region can't be used.
    """
    for settings in (rules.settings, *rules.folders.values()):
        check_template(Job(rules.inbox, settings, context))
        default_region(settings)


class _Night:
    """One night, as far as it has come."""

    def __init__(self, rules: Rules, context: Context, log: Log, hours: Hours) -> None:
        self._rules = rules
        self._log = log
        self._hours = hours
        self._begun = hours.now()
        self._date = self._begun.date().isoformat()
        self._deadline = rules.deadline(self._begun)
        over = None if self._deadline is None else self._is_over
        self._bounds = Budget(over=over, groups=rules.max_groups)
        self._site = replace(context, held=True, budget=self._bounds)
        self._files: list[Told] = []
        self._resumed: list[Told] = []
        """Batches of earlier nights, as long as their files were not looked at."""
        self._notes: list[str] = []
        self._exits: list[Exit] = []
        self._cleared = Cleared()
        self._stopped = ""
        self._stopped_in_a_row = 0

    def live(self) -> None:
        """Do the night's work, as far as it goes."""
        self._log.event("night begun", "")
        try:
            self._finish_earlier()
            self._take_new()
        except KeyboardInterrupt:
            self._end("it was interrupted", Exit.INTERRUPTED)
        except ImporterError as error:
            self._end(str(error).removesuffix("."), error.exit_code)
        for told in self._resumed:
            self._tell(told)

    def clear(self) -> None:
        """Remove what is no longer kept; the night is as good whether that works or not."""
        if not self._rules.keep_days or Exit.INTERRUPTED in self._exits:
            return
        try:
            self._cleared = cleanup.clear(self._rules, self._site_now(), self._log)
        except KeyboardInterrupt:
            self._end("it was interrupted", Exit.INTERRUPTED)

    def told(self) -> Night:
        """Tell the night as it was."""
        return Night(
            begun=self._begun,
            ended=self._hours.now(),
            files=tuple(self._files),
            made=self._bounds.begun,
            stopped=self._stopped,
            notes=(*self._notes, *self._cleared.notes),
            forgotten=self._cleared.forgotten,
            removed=self._cleared.removed,
            exits=tuple(self._exits),
        )

    def _is_over(self) -> bool:
        now = self._hours.now().replace(tzinfo=None)
        return self._deadline is not None and now >= self._deadline

    def _end(self, why: str, code: Exit) -> None:
        self._stopped = self._stopped or why
        self._exits.append(code)

    def _why_not_now(self) -> str:
        """Say why nothing further is begun in this night, or "" where it may be."""
        return self._stopped or str(self._bounds.reason() or "")

    # Earlier nights.

    def _finish_earlier(self) -> None:
        left = [one for one in unfinished_batches(self._site) if self._is_of_a_night(one)]
        for at, batch in enumerate(left):
            if self._why_not_now():
                count = len(left) - at
                self._notes.append(
                    f"{count} unfinished batches of earlier nights were not reached."
                )
                self._exits.append(Exit.UNFINISHED)
                return
            self._finish(batch)

    def _is_of_a_night(self, batch: Batch) -> bool:
        """Leave alone what somebody began, and perhaps stopped, by hand."""
        planned: dict[str, object] = json.loads(batch.settings)
        return planned.get("out") == str(self._rules.writing)

    def _finish(self, batch: Batch) -> None:
        file = PurePosixPath(batch.file)

        def work() -> Summary:
            return resume_batch(
                batch, self._settings(self._rules.settings), self._site_now(), self._log
            )

        self._resumed.append(self._try(file, work, batch.id))

    # New files.

    def _take_new(self) -> None:
        first = moving.look(self._rules.inbox)
        if not self._why_not_now() and not all(map(inbox.is_no_list, first)):
            self._hours.sleep(self._hours.settle)
        second = moving.look(self._rules.inbox)
        choice = inbox.choose(first, second)
        for one in choice.waiting:
            self._tell(Told(one.file, Fate.WAITS, Exit.DONE, f"It waits: {one.why}."))
        for file in choice.ready:
            self._take(file, second[file])

    def _take(self, file: PurePosixPath, seen: inbox.Seen) -> None:
        """Take one file through, and put it where it belongs."""
        earlier = next((one for one in self._resumed if one.file == file), None)
        ended = earlier is not None and earlier.fate in {Fate.DONE, Fate.FAILED}
        # Nothing is sent for a batch that has ended, so its file may be put away at any time.
        why = self._stopped if ended else self._why_not_now()
        if why and earlier is not None:
            return
        if why:
            said = f"It waits for the next night: {why}."
            self._tell(Told(file, Fate.WAITS, Exit.UNFINISHED, said))
            return
        if moving.look_at(self._place(file)) != seen:
            self._tell(Told(file, Fate.WAITS, Exit.DONE, "It waits: it was still changing."))
            return
        with self._log.about(str(file)):
            self._log.event("file begun", "")
            told = self._merged(self._process(file))
            self._tell(self._put_away(told, seen))

    def _process(self, file: PurePosixPath) -> Told:
        settings = self._rules.settings_of(file.parent)
        if settings is None:
            said = f"importer.toml does not name the folder {file.parent}: it could be any country."
            todo = f'Add [nightly.folders."{file.parent}"] to importer.toml, then put it back.'
            return Told(file, Fate.FAILED, Exit.USAGE, said, todo)
        if not inbox.is_text(file):
            said = "Its name holds bytes that are no text in UTF-8."
            return Told(file, Fate.FAILED, Exit.USAGE, said, "Rename it, then put it back.")
        return self._try(
            file,
            lambda: run_file(
                self._place(file), self._settings(settings), self._site_now(), self._log
            ),
        )

    def _merged(self, told: Told) -> Told:
        """Join a file with its batch, where this night has gone on with that already."""
        for one in self._resumed:
            if told.batch is None or one.batch != told.batch or one.file.name != told.file.name:
                continue
            self._resumed.remove(one)
            if one.tally == told.tally and one.results is not None and told.results is not None:
                told.results.unlink(missing_ok=True)
                return replace(told, results=one.results)
            return told
        return told

    def _put_away(self, told: Told, seen: inbox.Seen) -> Told:
        """Move a file out of the inbox if its outcome is final."""
        source = self._place(told.file)
        if told.fate in {Fate.CONTINUES, Fate.WAITS}:
            return told
        if moving.look_at(source) != seen:
            said = f"{told.said} The file was changed meanwhile: the next night takes it as it is."
            return replace(told, fate=Fate.WAITS, said=said)
        try:
            return replace(told, moved=self._move(source, told))
        except OSError as error:
            return replace(
                told,
                fate=Fate.WAITS,
                exit=Exit.UNFINISHED if told.exit is Exit.DONE else told.exit,
                said=f"{told.said} It can't be moved out of the inbox ({error.strerror or error}).",
                advice="Close the file and correct the folder's rights; nothing is sent twice.",
            )

    def _move(self, source: Path, told: Told) -> Path:
        if told.fate is Fate.DONE:
            return moving.move(source, self._rules.done / self._date / told.file)
        reason = outcome.reason(told)
        return moving.move_with_reason(source, self._rules.failed / self._date / told.file, reason)

    # What both have in common.

    def _try(self, file: PurePosixPath, work: Callable[[], Summary], batch: str = "") -> Told:
        """Do one piece of work; its failure is its own, and the others go on."""
        moving.empty(self._rules.writing)
        moving.make_folders(self._rules.writing)
        try:
            summary = work()
            self._heed(summary)
            file = file if not batch else self._file_of(summary.file)
            told = outcome.of_summary(file, summary, self._put_results(file, summary))
        except (JournalError, OutputError, OSError) as error:
            code = error.exit_code if isinstance(error, ImporterError) else Exit.UNFINISHED
            advice = "The file is not to blame: it stays in the inbox for the next night."
            return Told(file, Fate.WAITS, code, str(error), advice, batch=batch or None)
        except ImporterError as error:
            advice = "Correct the file or importer.toml, then put it back into the inbox."
            return Told(file, Fate.FAILED, error.exit_code, str(error), advice, batch=batch or None)
        except Exception as error:  # noqa: BLE001 - one file must not end all the nights to come
            return self._unexpected(file, error)
        return told

    def _unexpected(self, file: PurePosixPath, error: Exception) -> Told:
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        at = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "?"
        said = f"The importer failed on it in an unknown way ({type(error).__name__} at {at})."
        advice = "Keep the file and report this; what was sent is recorded, and nothing is lost."
        return Told(file, Fate.FAILED, Exit.UNFINISHED, said, advice)

    def _heed(self, summary: Summary) -> None:
        """End the night where the next file has no better chance."""
        if summary.exit in ENDS_ALL:
            self._end(summary.stopped or "it was interrupted", summary.exit)
        stopped = bool(summary.stopped) and self._bounds.reason() is None
        self._stopped_in_a_row = self._stopped_in_a_row + 1 if stopped else 0
        if self._stopped_in_a_row >= STOPPED_IN_A_ROW:
            self._end(summary.stopped, Exit.UNFINISHED)

    def _put_results(self, file: PurePosixPath, summary: Summary) -> Path | None:
        if summary.results is None:
            return None
        place = self._rules.outbox / self._date / file.parent / summary.results.name
        try:
            return moving.move(summary.results, place)
        except OSError as error:
            raise OutputError(
                f"The results can't be moved to {place} ({error.strerror or error}): correct the "
                "folder's rights."
            ) from error

    def _tell(self, told: Told) -> None:
        self._files.append(told)
        with self._log.about(str(told.file)):
            self._log.event(
                f"file {told.fate}",
                told.said,
                level_of(told.exit),
                batch=told.batch,
                exit=int(told.exit),
            )
        if told.fate is not Fate.WAITS or told.exit is not Exit.DONE:
            report.write_line(self._rules.outbox / self._date, told.as_json(), self._log)

    def _settings(self, settings: Settings) -> Settings:
        return replace(settings, out=self._rules.writing)

    def _site_now(self) -> Context:
        return replace(self._site, now=self._hours.now())

    def _place(self, file: PurePosixPath) -> Path:
        return self._rules.inbox / file

    def _file_of(self, path: Path) -> PurePosixPath:
        try:
            return PurePosixPath(path.relative_to(self._rules.inbox).as_posix())
        except ValueError:
            return PurePosixPath(path.name)
