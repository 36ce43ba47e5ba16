"""Choose the sheets to read, and bound what all sheets of a file may hold together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.excel_limits import SHEET_COLUMNS, SHEET_ROWS
from importer.reading.limits import (
    GRID_CELLS,
    SMALL_FILE_BYTES,
    SMALL_FILE_TEXT_CHARACTERS,
    TEXT_CHARACTERS,
)

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
        UnreadableInput: there is no sheet of a wanted name, or there are two of one name.
    """
    names = [title.name for title in titles]
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


def _named(name: str, wanted: str, titles: Sequence[str]) -> str:
    for title in titles:
        if title.strip().casefold() == wanted.strip().casefold():
            return title
    there = ", ".join(f"'{title}'" for title in titles) or "none"
    raise UnreadableInput(
        f"{name} has no sheet '{wanted}': name one of those there are by --sheet ({there})."
    )


class Budget:
    """Counts the grid cells of all sheets of one file.

    Its methods raise `UnreadableInput` where that is too much.
    """

    def __init__(self, name: str, file_bytes: int) -> None:
        self._name = name
        self._grid = 0
        self._characters = 0
        small = file_bytes <= SMALL_FILE_BYTES
        self._most_characters = SMALL_FILE_TEXT_CHARACTERS if small else TEXT_CHARACTERS

    def ensure_place(self, row: int, column: int) -> None:
        """Make sure that a cell is within Excel's bounds; both count from 0."""
        if not (0 <= row < SHEET_ROWS and 0 <= column < SHEET_COLUMNS):
            raise self.too_much(row + 1, column + 1)

    def ensure_grid(self, rows: int, columns: int) -> None:
        """Make sure that a sheet of this size can be read, with those before it."""
        if self._grid + rows * columns > GRID_CELLS:
            raise self.too_much(rows, columns)

    def add(self, rows: int, columns: int) -> None:
        """Add a sheet that was read to what the file holds."""
        self.ensure_grid(rows, columns)
        self._grid += rows * columns

    def add_text(self, characters: int) -> None:
        """Add the characters of one or more cells to what the file holds."""
        self._characters += characters
        if self._characters > self._most_characters:
            raise UnreadableInput(
                f"{self._name} shows more than {self._most_characters // 1024**2:,} million "
                "characters in its cells, more than can be read: copy the list alone into a new "
                "workbook."
            )

    def too_much(self, rows: int, columns: int) -> UnreadableInput:
        """Return the error that says that a sheet spans too much."""
        return UnreadableInput(
            f"{self._name} has a sheet that spans {rows:,} rows and {columns:,} columns, more "
            "than can be read: delete the stray cells at its far end, or copy the list into a new "
            "workbook."
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
