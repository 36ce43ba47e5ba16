"""What the cells of a spreadsheet hold, and a file's rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd


class CellKind(StrEnum):
    """What a spreadsheet's cell held; numbers and text of the same digits mean the same."""

    TEXT = "text"
    NUMBER = "number"
    """A whole number of at most 15 digits, the most that a spreadsheet keeps exactly."""
    IMPRECISE = "imprecise"
    """A whole number of more than 15 digits: the last ones are the spreadsheet's invention."""
    FRACTION = "fraction"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"
    """A value that the spreadsheet could not work out, such as `#N/A`."""
    UNSAVED = "unsaved"
    """A formula whose value was not saved with the file; the text is the formula."""
    FORMAT = "format"
    """A number under a format that is not understood, so that what Excel shows is not known."""
    STRUCK = "struck"
    """A text or a number with a line through it: somebody took it out of the list."""
    TOTAL = "total"
    """A sum or a count, by its label or its formula: no phone number, however much like one."""
    DAY = "day"
    """Eight digits that are a day, as those of nearly all cells of the column are."""
    SECONDS = "seconds"
    """Ten digits that are a point in time, in seconds since 1970, as in all cells of the column."""
    ARTICLE = "article"
    """An article number by its check digit, which nearly all cells of the column have."""
    ROUNDED = "rounded"
    """A whole number that ends in five zeros, as several cells of the column do: its last digits
    were rounded away."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows came from, and what was assumed to read them."""

    path: Path
    form: str
    """`CSV, UTF-8, comma` or `Excel workbook`: for the operator's eyes."""
    columns: tuple[tuple[str, str, str], ...]
    """(sheet, phone column, country column or "") of every sheet that was read."""
    notes: tuple[str, ...] = ()
    """What was left out, one sentence each."""
    corrects: str = ""
    """The batch whose results workbook this is; "" for any other input."""
    region: str = ""
    """The country that a results workbook says was assumed; "" for none, and any other input."""
    strict: str = ""
    """Which numbers a results workbook says were good enough; "" for any other input."""
    is_list: bool = False
    """Whether these are several files, by whose names the rows are known instead of by sheets."""

    def noted(self, notes: Sequence[str]) -> Source:
        """Return the same with some notes in front."""
        return replace(self, notes=(*notes, *self.notes))


@dataclass(frozen=True, slots=True)
class Rows:
    """One file's rows, as columns.

    `cells` holds one line per phone cell that held something: `sheet`, `row` (the number that
    Excel shows), `original` (the text that Excel shows), and until it is decided what number that
    is, `column` (the phone column's header), `kind` (a `CellKind`) and `region` (the text of the
    row's country cell, or ""). A results workbook has `shown` as well: the text that stands for
    `original` in the results. `extras` holds the input's other columns for the same lines; where a
    row has several phone cells, they repeat.
    """

    cells: pd.DataFrame
    extras: pd.DataFrame
    source: Source
