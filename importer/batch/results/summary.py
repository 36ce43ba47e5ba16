"""The summary of a run: for the terminal, the workbook and scripts. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.errors import Exit
from importer.model import Status
from importer.plurals import counted, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from importer.batch.results.next_step import NextStep
    from importer.model import Tally

SHOWN_REASONS = 4
COMMAND_INDENT = "    "
"""Before a command to paste, which is never broken into lines."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One file's outcome."""

    file: Path
    tally: Tally
    exit: Exit
    headline: str
    batch: str | None = None
    results: Path | None = None
    reasons: tuple[tuple[str, int], ...] = ()
    """Why rows were rejected, the commonest first."""
    notes: tuple[str, ...] = ()
    """What else the operator should know, a sentence each."""
    stopped: str = ""
    """Why sending ended before all was done; "" where it did not."""
    doubles: tuple[str, ...] = ()
    """The groupIds under which the vendor has groups of this batch once more."""
    next_step: NextStep | None = None
    """What the operator does next; None where that is not known."""


def headline(
    tally: Tally,
    *,
    sandbox: bool = False,
    imbalance: str = "",
    stopped: str = "",
    undone: bool = False,
    deleted: int = 0,
    before: int = 0,
    trial: bool = False,
) -> str:
    """Say in a few short sentences whether a run worked and what to do now.

    `stopped` says why it ended early; `undone` is whether the batch's groups were deleted again;
    `deleted` is how many numbers an undo has taken out of their groups, which no run sends again;
    `before` is how many of its numbers were in groups when the run began; `trial` is whether it was
    to make the first groups only.
    """
    rehearsal = "A rehearsal on the sandbox: nothing reached the vendor."
    sentences = [
        imbalance,
        rehearsal if sandbox else "",
        stopped,
        f"{_in_groups(tally)}{_since(before, tally.created - before)}.",
        *_unfinished(tally, undone=undone, deleted=deleted, goes_on=not (trial or sandbox)),
        _corrections(tally),
    ]
    return " ".join(filter(None, sentences))


def _in_groups(tally: Tally) -> str:
    if not tally.created:
        return "No number is in a group"
    are = _are(tally.created)
    return f"{tally.created:,} of {tally.rows:,} numbers {are} in {_groups(tally.groups)}"


def _since(before: int, now: int) -> str:
    """Say what a run has added to the groups of earlier runs, where both are something."""
    return f": {before:,} from before, {now:,} now" if before > 0 and now > 0 else ""


def forgotten_headline(tally: Tally, since: str, *, undone: bool = False) -> str:
    """Say what is still known of a batch whose numbers were forgotten on the day `since`."""
    sentences = [
        f"{_in_groups(tally)}.",
        # Only what is finished was forgotten: nothing waits.
        *_unfinished(tally, undone=undone, deleted=tally.planned),
        f"The phone numbers of this batch were forgotten on {since}.",
    ]
    return " ".join(sentences)


def check_headline(tally: Tally, problem: str = "") -> str:
    """Say what would be sent, where nothing was; `problem` says why nothing may be."""
    would = f"{tally.planned:,} of {tally.rows:,} numbers would go into {_groups(tally.groups)}."
    none = "No number would go into a group."
    sentences = [
        problem or "A check: nothing was sent.",
        would if tally.planned else "" if problem else none,
        _corrections(tally),
    ]
    return " ".join(filter(None, sentences))


def _corrections(tally: Tally) -> str:
    if not tally.rejected:
        return ""
    need = plural(tally.rejected, "needs", "need")
    return f"{tally.rejected:,} {need} a correction, see Rejected."


def _groups(count: int) -> str:
    return counted(count, "group")


def _are(count: int) -> str:
    return plural(count, "is", "are")


def _unfinished(tally: Tally, *, undone: bool, deleted: int = 0, goes_on: bool = True) -> list[str]:
    """Say what is not created; `goes_on` is whether the same command would go on with it."""
    sentences = []
    waiting = tally.planned - deleted
    if tally.planned and undone:
        sentences.append("The batch was undone: its groups are deleted.")
    elif waiting > 0:
        wait = plural(waiting, "waits", "wait")
        how = ": run the same command again" if goes_on else ""
        sentences.append(f"{waiting:,} {wait} to be sent{how}.")
    if deleted and not undone:
        were = plural(deleted, "was in a group", "were in groups")
        sentences.append(f"{deleted:,} {were} that an undo deleted.")
    if tally.refused:
        were = plural(tally.refused, "was", "were")
        sentences.append(f"{tally.refused:,} {were} refused by the vendor, see Groups.")
    if tally.in_doubt:
        sentences.append(
            f"{tally.in_doubt:,} {_are(tally.in_doubt)} in doubt, see Groups: run the same command "
            "again, which looks at the vendor first."
        )
    return sentences


def reasons(settled: pd.DataFrame) -> tuple[tuple[str, int], ...]:
    """Count the rejected lines by reason, without its details."""
    rejected = settled.loc[settled["status"] == Status.REJECTED.value, "reason"]
    return tuple(Counter(rejected.str.split(":", n=1).str[0]).most_common())


def exit_of(tally: Tally) -> Exit:
    """Return the exit code of a run that went to its end."""
    unfinished = tally.planned or tally.refused or tally.in_doubt
    return Exit.UNFINISHED if unfinished else Exit.DONE


def terminal_lines(summary: Summary) -> list[str]:
    """Lay out a summary of about a dozen lines, in characters that every console has."""
    tally = summary.tally
    title = f"{summary.file.name}  (batch {summary.batch})" if summary.batch else summary.file.name
    lines = [title, f"  {summary.headline}", ""]
    lines.append(f"  {'rows with a number':20}{tally.rows:>12,}")
    for status in Status:
        count = getattr(tally, status.name.lower())
        if count or status in {Status.CREATED, Status.DUPLICATE, Status.REJECTED}:
            lines.append(f"  {status.value:20}{count:>12,}  {_remark(status, summary)}".rstrip())
    lines += [f"  note: {note}" for note in summary.notes]
    if summary.results is not None:
        lines += ["", f"  Results: {summary.results}"]
    return [*lines, *next_lines(summary.next_step)]


def next_lines(step: NextStep | None) -> list[str]:
    """Return the last lines of an ending: what is next, and then the command alone."""
    if step is None:
        return []
    if not step.command:
        return [f"  Next: {step.words}"]
    return [f"  Next, {step.words}:", f"{COMMAND_INDENT}{step.command}"]


def _remark(status: Status, summary: Summary) -> str:
    match status:
        case Status.CREATED:
            return f"in {_groups(summary.tally.groups)}" if summary.tally.created else ""
        case Status.PLANNED:
            return "not sent"
        case Status.REJECTED:
            return _most_common(summary.reasons)
        case _:
            return ""


def _most_common(counted: Sequence[tuple[str, int]]) -> str:
    shown = [f"{count:,} {reason}" for reason, count in counted[:SHOWN_REASONS]]
    others = sum(count for _, count in counted[SHOWN_REASONS:])
    return ", ".join([*shown, *([f"{others:,} other"] if others else [])])


def as_json(summary: Summary) -> Mapping[str, Any]:
    """Return the object that `--json` prints; its keys are promised to scripts.

    `doubles`, groupIds, is there only where the vendor made a group twice.
    """
    tally = summary.tally
    return {
        "batch": summary.batch,
        "file": str(summary.file),
        "rows": tally.rows,
        "created": tally.created,
        "planned": tally.planned,
        "duplicate": tally.duplicate,
        "rejected": tally.rejected,
        "refused": tally.refused,
        "in_doubt": tally.in_doubt,
        "groups": tally.groups,
        "results": None if summary.results is None else str(summary.results),
        "exit": int(summary.exit),
        **({"doubles": list(summary.doubles)} if summary.doubles else {}),
    }
