"""Why a list may not be changed as a file wants it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from importer.plurals import counted, plural


@dataclass(frozen=True, slots=True)
class Change:
    """How much of a list would go."""

    name: str
    before: int
    """Numbers that the list has."""
    removed: int
    rows: int
    """Rows of the file."""
    rows_before: int
    """Rows of the file that the list was made of last; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class Rail:
    """Why nothing is sent, and whether the operator's word opens it."""

    problem: str
    question: str = ""
    """What somebody at a terminal is asked; "" where no word opens it."""
    needed: float | None = None
    """The percentage that would open it; None where none does."""


def rail(change: Change, max_remove: float, *, is_said: bool) -> Rail | None:
    """Return what keeps a change from being made; None where nothing does.

    `max_remove` is the most that may be removed, in percent of the list's numbers. `is_said` is
    whether the operator has named it for this very file: then a file that is much shorter than the
    last one is meant.
    """
    if not change.removed:
        return None
    share = 100 * change.removed / change.before
    what = (
        f"{change.removed:,} of the {counted(change.before, 'number')} of the list {change.name} "
        f"({share:.1f} %) {plural(change.removed, 'is', 'are')} not in the file"
    )
    if change.removed == change.before:
        return Rail(
            f"Nothing was sent: {what}, so it is another list's file, or the wrong one. A list "
            "never loses all of its numbers: where it is meant, sync the file as a list of "
            "another name, and undo the batches of this one."
        )
    needed = _rounded_up(share)
    if share > max_remove:
        too_many = f"{what}, more than the {max_remove:g} % that may be removed."
        return Rail(
            f"Nothing was sent: {too_many} If they are to go, say so: --max-remove {needed:g}.",
            f"{too_many} Remove them?",
            needed,
        )
    is_shorter = 2 * change.rows < change.rows_before
    return _much_shorter(change, needed) if is_shorter and not is_said else None


def _much_shorter(change: Change, needed: float) -> Rail:
    """Return what keeps a file from being synced that may be cut off."""
    shorter = (
        f"the file has {counted(change.rows, 'row')}, and the last one had {change.rows_before:,}"
    )
    return Rail(
        f"Nothing was sent: {shorter}; it may be cut off. If it is whole, say how many numbers may "
        f"go: --max-remove {needed:g}.",
        f"{shorter[0].upper()}{shorter[1:]}. Is it whole, and are {change.removed:,} numbers to be "
        "removed?",
        needed,
    )


def _rounded_up(percent: float) -> float:
    """Return a percentage with one digit behind the point that is not less."""
    return -(-percent * 10 // 1) / 10
