"""What the operator may say about reading; everything not said is found in the file itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read one file."""

    columns: tuple[str, ...] = ()
    """The phone columns by header or by Excel's letter; empty: found by header and content."""
    country_column: str | None = None
    """The column of the rows' countries by header or letter, `none` for none; None: found."""
    region: str | None = None
    """The two-letter region of numbers that say no country: a column that contradicts it is asked
    about."""
    sheets: tuple[str, ...] = ()
    """The sheets to read; empty: every visible one that has a phone column."""
    visible_only: bool = False
    """Leave out rows that are hidden or filtered away."""
    encoding: str | None = None
    """The encoding of a text file; None: found by its bytes."""
    delimiter: str | None = None
    """The delimiter of a text file, as one character or its name; None: found by its lines."""
