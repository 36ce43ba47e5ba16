"""Counts what one file holds against the limits of a file."""

from __future__ import annotations

from importer.errors import UnreadableInput
from importer.excel_limits import SHEET_COLUMNS, SHEET_ROWS
from importer.reading.limits import (
    GRID_CELLS,
    SMALL_FILE_BYTES,
    SMALL_FILE_TEXT_CHARACTERS,
    TEXT_CHARACTERS,
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
