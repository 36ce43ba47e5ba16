"""A long list, and how its two passes read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.phones.options import PhoneOptions
    from importer.reading.parts.stream import LargeList


@dataclass(frozen=True, slots=True)
class ListReading:
    """A long list, and how its two passes read it: the same on this computer and on a cluster."""

    large: LargeList
    options: PhoneOptions
    shares: int
    """Into how many shares its cells and its numbers are dealt out, each of which memory holds."""
