"""What goes into a results workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from importer.model import Rows, Tally


@dataclass(frozen=True, slots=True)
class LongListCounts:
    """What a workbook says of a list whose lines no workbook holds."""

    sentence: str
    """Where the lines are; it stands for the sheet Numbers."""
    countries: pd.Series
    """How many numbers go into groups, by country, the commonest first."""
    reasons: pd.Series
    """How many lines are rejected, by reason, the commonest first."""


@dataclass(frozen=True, slots=True)
class ResultsContent:
    """All that goes into a results workbook.

    `rows.cells`, `rows.extras`, `lines` and `statuses` speak of the same lines in the same order.
    """

    headline: str
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    """Label and value of what was assumed and used, under titles of their own."""
    tally: Tally
    rows: Rows
    lines: pd.DataFrame
    """`number`, `country` and `type` of each line."""
    statuses: pd.DataFrame
    """`status`, `reason`, `group_name` and `group_id` of each line. A reason may carry a detail
    after a colon."""
    groups: pd.DataFrame
    """The sheet Groups as it is shown."""
    next_step: Sequence[tuple[str, str]] = ()
    """Label and value of what to do next; empty where that is not known."""
    how_to_print: str = ""
    """How to print all of a long list, which prints its Summary and Rejected alone; "" where all
    is printed."""
    zone: str = "UTC"
    """The zone of all times."""
    how_to_run: str = ""
    """What is done with this workbook once it is corrected: the command, or a sentence."""
    changes: pd.DataFrame | None = None
    """The sheet Changes of a list that is kept in step; None for any other batch."""
    long: LongListCounts | None = None
    """What is counted over a list whose lines are elsewhere; `rows` are its first rejects then."""
    forgotten: str = ""
    """The sentence that stands for the lines, where a batch has no numbers any more."""
