"""Choose the sheets to read, and bound what all sheets of a file may hold together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.plurals import visible
from importer.reading.limits import SHEETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sparse import SparseSheet


@dataclass(frozen=True, slots=True)
class SparseWorkbook:
    """The sheets of a file, as a careful reader gives them."""

    form: str
    sheets: tuple[SparseSheet, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetTitle:
    """One sheet as a workbook lists it."""

    name: str
    visible: bool = True


def choose(
    name: str, titles: Sequence[SheetTitle], wanted: Sequence[str]
) -> tuple[list[str], tuple[str, ...]]:
    """Return the titles of the sheets to read, and what is said of those left out.

    Raises:
        UnreadableInput: there is no sheet of a wanted name, two of one name, or too many.
    """
    names = [title.name for title in titles]
    if len(names) > SHEETS:
        raise UnreadableInput(
            f"{name} has {len(names):,} sheets, more than the {SHEETS:,} that can be read: copy "
            "the list into a workbook of its own."
        )
    for title, count in Counter(names).items():
        if count > 1:
            raise UnreadableInput(
                f"{name} has two sheets of the name '{title}', so that nobody can tell which is "
                "meant: rename one of them."
            )
    if wanted:
        return [_named(name, one, names) for one in dict.fromkeys(wanted)], ()
    notes = tuple(
        f"Sheet '{title.name}' is hidden and was left out; --sheet \"{title.name}\" reads it."
        for title in titles
        if not title.visible
    )
    return [title.name for title in titles if title.visible], notes


def ensure_no_other_sheet(name: str, title: str, wanted: Sequence[str]) -> None:
    """Make sure that a file without sheets is asked for none but `title`, which results call it.

    Raises:
        UnreadableInput: another sheet is wanted.
    """
    others = [one for one in wanted if not _is_called(one, title)]
    if others:
        raise UnreadableInput(
            f"{name} has no sheets, so none is called '{others[0]}': leave --sheet out, or name "
            "the workbook that has it."
        )


def _is_called(wanted: str, title: str) -> bool:
    return title.strip().casefold() == wanted.strip().casefold()


def _named(name: str, wanted: str, titles: Sequence[str]) -> str:
    for shown in (str, visible):  # As it is, or as messages show it.
        for title in titles:
            if _is_called(wanted, shown(title)):
                return title
    there = ", ".join(f"'{title}'" for title in titles) or "none"
    raise UnreadableInput(
        f"{name} has no sheet '{wanted}': name one of those there are by --sheet ({there})."
    )


def damaged(name: str, where: str = "") -> UnreadableInput:
    """Return the error that says that a workbook is damaged, and where if that is known."""
    return UnreadableInput(
        f"{name} is a workbook that is cut off or damaged{where and f' ({where})'}: get it again "
        "from its source, or open it in Excel and save it as .xlsx."
    )


def too_much_memory(name: str) -> UnreadableInput:
    """Return the error that says that a workbook holds more than there is memory for."""
    return UnreadableInput(
        f"{name} holds more than can be read in the memory that a workbook of its size may take: "
        "copy the list alone into a new workbook."
    )


def locked(name: str) -> UnreadableInput:
    """Return the error that says that a workbook is locked."""
    return UnreadableInput(f"{name} is protected with a password: save a copy without one.")
