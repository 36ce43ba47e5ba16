"""What a column shows of the way in which it writes numbers: the values that cells are read by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Way = Literal["", "national", "international"]


@dataclass(frozen=True, slots=True)
class Column:
    """What the cells of a column show, for the rows of one region.

    The defaults say of a single cell what is right where nothing else is known of its column.
    """

    from_row: bool = True
    """The rows name the region themselves; it is not a default for the whole file."""
    way: Way = ""
    """The convention that is clear among the rows of this region, or ""."""
    way_of_all: Way = ""
    """The same among all rows of the column."""
    lengths: frozenset[int] = frozenset()
    """How many digits the cells have that only read in this way."""
    national: int = 0
    """Different cells that only read as national ones, with or without trunk prefix."""
    own: int = 0
    """Different cells that only read with the region's own code."""
    fits: bool = True
    """The region fits: at least four in five cells are its numbers."""
    likelier: str = ""
    """The region whose numbers the cells look like much more than those of the one given."""
    fit: tuple[int, int] = (0, 0)
    """How many different cells are numbers of the region, and of how many."""
    shortens_trunk: bool = True
    """Half of the cells have what a number cell leaves of a trunk prefix like 06, or the rows name
    the region."""
    distrusted: frozenset[bool] = frozenset()
    """Where cells read as numbers of other countries may be accidents: with True those that are as
    long as the region's own numbers, with False the others."""
    proven: frozenset[str] = frozenset()
    """Calling codes that the column proves to be written without a plus."""
    proves_codes: bool = False
    """Nearly all bare digits of the column begin with a calling code that is proven."""
    held: frozenset[str] = frozenset()
    """Calling codes of the countries of at least one in ten of the column's numbers."""
    unshortened: frozenset[int] = frozenset()
    """Lengths at which no cell has lost a 0 in front."""
    chinese_elevens: bool = False
    """Nearly all of the eleven digits that begin with 1 may be Chinese mobile numbers."""


PROVISIONAL = Column(proves_codes=True)
"""For pieces of a cell, before the column is known: what may be a number is one."""
