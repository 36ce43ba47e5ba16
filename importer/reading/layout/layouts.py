"""What looking for columns comes to: a layout, or what is not clear about it. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator said about columns."""

    columns: tuple[str, ...] = ()
    """The phone columns by header or by Excel's letter; empty: found by header and content."""
    country_column: str | None = None
    """The column of countries by header or letter, `none` for none; None: found."""
    region: str | None = None
    """The two-letter region of numbers that say nothing of a country."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one sheet; indexes count from 0."""

    header: int
    """The header's index in the sheet's lines; where there is none, the line before the first."""
    names: tuple[str, ...]
    """The header's names; Excel's letters where there is no header."""
    phones: tuple[int, ...]
    countries: tuple[tuple[int, ...], ...] = ()
    """For each phone column where its rows' countries stand: in the first that holds something."""
    by_content: bool = False
    """Whether the header did not say which column it is."""
    sure: bool = True
    """Whether the cells themselves are written as only phone numbers are."""
    headed: bool = True
    """Whether there is a header."""
    notes: tuple[str, ...] = ()
    """What was left out or decided, a sentence each."""

    @property
    def first(self) -> int:
        """The index of the first line below the header."""
        return self.header + 1

    def countries_of(self, phone: int) -> tuple[int, ...]:
        """Return the country columns of a phone column, the one that counts most first."""
        by_phone = dict(zip(self.phones, self.countries, strict=False))
        return by_phone.get(phone, ())


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that could be meant."""

    name: str
    """What to call it by: its header, or its letter where that says more."""
    samples: tuple[str, ...]
    """The first cells that hold something, three at most."""


@dataclass(frozen=True, slots=True)
class NoLayout:
    """Why the columns of a sheet are not known."""

    columns: tuple[Candidate, ...] = ()
    """The columns that there are."""
    headed: bool = True
    """Whether they are called by their headers."""
    candidates: tuple[Candidate, ...] = ()
    """The columns that could be meant, where the choice is the operator's."""
    by_content: bool = False
    """Whether no header speaks for any of the candidates."""
    missing: str = ""
    """The country column that was named and is not there."""
    sideways: int = 0
    """Excel's row that holds the numbers side by side, 0 where none does."""


@dataclass(frozen=True, slots=True)
class UnclearCountry:
    """Why it is not known which column says the numbers' countries."""

    candidates: tuple[Candidate, ...]
    why: str
    """What the columns do, as it goes on after their names: `may hold the countries`."""
    layout: Layout
    """The layout that is clear but for that."""
