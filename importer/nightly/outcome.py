"""What became of each file in a night, and what the operator does about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from importer.batch.results.summary import Summary, as_json, exit_of
from importer.errors import Exit, SettingsError, gravest
from importer.masking import masked
from importer.model import Tally
from importer.nightly.without_options import without_options
from importer.plurals import counted, plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from importer.errors import ImporterError


NOTHING = Tally(0)


class FileState(StrEnum):
    """Where a file is in the morning; the value is shown to the operator."""

    DONE = "done"
    """Every accepted number is in a group; the file is in `done`."""
    FAILED = "failed"
    """It came to an end that somebody has to look at; the file is in `failed`."""
    CONTINUES = "continues"
    """Begun and recorded; the file is in the inbox, and the next night goes on."""
    WAITS = "waits"
    """Not begun; the file is in the inbox."""


_STATE_WORDS = {
    FileState.DONE: "{n:,} {0} done",
    FileState.FAILED: "{n:,} failed and {0} to be looked at",
    FileState.CONTINUES: "{n:,} continue{1} in the next night",
    FileState.WAITS: "{n:,} wait{1} in the inbox",
}


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One file's night."""

    file: PurePosixPath
    """Its place in the inbox."""
    state: FileState
    exit: Exit
    message: str
    """What happened, in plain words."""
    advice: str = ""
    """What to do about it."""
    tally: Tally = NOTHING
    batch: str | None = None
    results: Path | None = None
    moved: Path | None = None
    """Where the file is now, if not in the inbox."""
    reason: Path | None = None
    """The text beside it that says why it failed."""

    @property
    def groups_made(self) -> int:
        """Groups that there are: where nothing was recorded, none of those that were planned."""
        return 0 if self.batch is None else self.tally.groups

    def as_json(self) -> dict[str, Any]:
        """Return the object of the file's line in night.jsonl: that of `run --json`, and more."""
        result = Summary(
            Path(self.file), self.tally, self.exit, self.message, self.batch, self.results
        )
        return {
            "event": "batch",
            **as_json(result),
            "outcome": self.state.value,
            "said": masked(self.message),
            "advice": masked(self.advice),
            "moved": None if self.moved is None else str(self.moved),
        }


@dataclass(frozen=True, slots=True)
class Night:
    """A whole night."""

    begun: datetime
    ended: datetime
    files: Sequence[FileOutcome]
    made: int = 0
    """Groups that this night made, or may have made."""
    stopped: str = ""
    """Why it ended before its last file; "" where it did not."""
    notes: tuple[str, ...] = ()
    """What else the operator should know, a sentence each."""
    forgotten: int = 0
    """Batches whose phone numbers were removed from the journal."""
    removed: int = 0
    """Folders of old lists and results that were removed."""
    exits: tuple[Exit, ...] = field(default=())
    """Exit codes of the night itself, beside those of its files."""
    report: Path | None = None
    """Its workbook, once that is written."""

    @property
    def exit(self) -> Exit:
        """The gravest of all exit codes."""
        return gravest([*self.exits, *(one.exit for one in self.files)])

    @property
    def tally(self) -> Tally:
        """All files together; a batch that came as several files counts once."""
        batches = {
            one.batch or (at,): replace(one.tally, groups=one.groups_made)
            for at, one in enumerate(self.files)
        }
        names = [one.name for one in fields(Tally)]
        return Tally(
            **{name: sum(getattr(one, name) for one in batches.values()) for name in names}
        )

    def count(self, state: FileState) -> int:
        """Count the files in one state."""
        return sum(one.state is state for one in self.files)

    @property
    def outcome_words(self) -> str:
        """How the night went, in a few short sentences."""
        tally, files = self.tally, counted(len(self.files), "list")
        states = [
            _STATE_WORDS[state].format(plural(count, "is", "are"), plural(count, "s", ""), n=count)
            for state in FileState
            if (count := self.count(state))
        ]
        numbers, are = counted(tally.created, "number"), plural(tally.created, "is", "are")
        sentences = [
            f"{files}: {', '.join(states)}." if self.files else "",
            "" if self.files or self.stopped else "There was nothing to do.",
            f"{numbers} {are} in {counted(tally.groups, 'group')}." if tally.created else "",
            f"The night ended early: {self.stopped}." if self.stopped else "",
        ]
        return " ".join(filter(None, sentences))

    @property
    def headline(self) -> str:
        """The night in one paragraph: how it went, and what else is to be known."""
        return " ".join([self.outcome_words, *self.notes])

    def as_json(self) -> dict[str, Any]:
        """Return the object of the night's line in night.jsonl."""
        tally = self.tally
        return {
            "event": "night",
            "date": self.begun.date().isoformat(),
            "begun": self.begun.isoformat(timespec="seconds"),
            "ended": self.ended.isoformat(timespec="seconds"),
            "files": len(self.files),
            **{str(state): self.count(state) for state in FileState},
            **{one.name: getattr(tally, one.name) for one in fields(Tally) if one.name != "groups"},
            "groups": tally.groups,
            "made_tonight": self.made,
            "forgotten": self.forgotten,
            "removed": self.removed,
            "stopped": self.stopped,
            "said": masked(self.headline),
            "exit": int(self.exit),
        }


@dataclass(frozen=True, slots=True)
class Words:
    """What messages say of the places of a night, to somebody who drops lists into folders."""

    folder_of_region: Mapping[str, str]
    """The folder of each region that has one, such as `inbox/hk`."""
    folder: str
    """The folder that the file lay in."""

    def plain(self, message: str) -> str:
        """Return a message of a run, with folders and headers for its options."""
        return without_options(message, self.folder_of_region)

    @property
    def put_back(self) -> str:
        """What to do with a file that is corrected."""
        return f"put it back into the folder {self.folder}"


def of_summary(
    file: PurePosixPath, summary: Summary, results: Path | None, words: Words
) -> FileOutcome:
    """Return what a batch's summary means for its file."""
    return FileOutcome(
        file=file,
        state=state_of(summary),
        exit=summary.exit,
        message=words.plain(message_of(summary)),
        advice=_advice(summary, words.folder),
        tally=summary.tally,
        batch=summary.batch,
        results=results,
    )


def of_error(
    file: PurePosixPath, error: ImporterError, batch: str | None, words: Words
) -> FileOutcome:
    """Return what an error that a file caused means for it."""
    advice = f"Correct the file, then {words.put_back}."
    if isinstance(error, SettingsError):
        advice = f"Correct the file or importer.toml, then {words.put_back}."
    message = words.plain(str(error))
    return FileOutcome(file, FileState.FAILED, error.exit_code, message, advice, batch=batch)


def of_ended_night(file: PurePosixPath, begun: str) -> FileOutcome:
    """Say of a file that a night ended while it read it; `begun` is when that night took it."""
    return FileOutcome(
        file,
        FileState.FAILED,
        Exit.USAGE,
        f"A night ended while it read this file, which it had begun at {begun}: the computer was "
        "switched off or ran out of memory, or something ended the process. Nothing of it was "
        "sent.",
        "Put it back into the inbox to try it once more. If a night ends at it again, open it in "
        "Excel, copy the list into a new workbook and put that into the inbox.",
    )


def reason(result: FileOutcome) -> str:
    """Say in plain words why a file failed, what to do, and where its results are."""
    said = [("What happened", result.message), ("What to do", result.advice)]
    if result.results is not None:
        said.append(("The results", str(result.results)))
    lines = [f"{title}:\n{visible(masked(text))}" for title, text in said if text]
    return "\n\n".join([visible(masked(result.file.name)), *lines])


def state_of(summary: Summary) -> FileState:
    """Return what a batch's summary means for its file."""
    if summary.batch is None:
        return FileState.FAILED
    tally = summary.tally
    if tally.planned or tally.in_doubt:
        return FileState.CONTINUES
    final = exit_of(tally) is Exit.DONE and summary.exit is not Exit.UNFINISHED
    return FileState.DONE if final else FileState.FAILED


def message_of(summary: Summary) -> str:
    """Return what happened to a batch, without the command that a person would type next."""
    early = f" It stopped early: {summary.stopped}." if summary.stopped else ""
    return summary.headline.replace(": run the same command again.", ".") + early


def _advice(summary: Summary, folder: str) -> str:
    tally = summary.tally
    if summary.batch is None:
        return _advice_unsent(summary, folder)
    if summary.exit is Exit.CREDENTIALS:
        return "Correct the credentials; the next night goes on."
    advice = []
    if tally.planned or tally.in_doubt:
        advice.append("Nothing to do: the next night goes on.")
    if tally.refused:
        advice.append("See the sheet Groups of the results for what the vendor refused, and why.")
    if tally.rejected:
        advice.append(
            f"Correct the sheet Rejected of the results, and put that workbook into {folder}."
        )
    return " ".join(advice)


def _advice_unsent(summary: Summary, folder: str) -> str:
    advice = f"Correct the file, then put it back into the folder {folder}."
    if summary.tally.rejected and summary.results is not None:
        advice += (
            f" Or correct the sheet Rejected of {summary.results.name}, and put that workbook into "
            f"{folder}: it is the whole list."
        )
    return advice


def as_lines(night: Night) -> list[str]:
    """Lay a night out for the terminal."""
    return [
        night.headline,
        *(f"  {one.state:10}{masked(str(one.file))}: {masked(one.message)}" for one in night.files),
    ]


def for_hook(night: Night) -> Mapping[str, Any]:
    """Return the object that the operator's command reads: the night, with its files."""
    return {**night.as_json(), "batches": [one.as_json() for one in night.files]}
