"""What a sync is asked for beside the settings. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_REMOVE = 10.0
"""Percent of a list's numbers that a sync may remove where nothing else is said."""
LIST_NAME_RULE = "a list's name: up to 60 letters, digits, spaces, dots, - and _"
_NAME = re.compile(r"\w(?:[\w .-]{0,58}[\w.-])?")


@dataclass(frozen=True, slots=True)
class SyncTerms:
    """What a sync is asked for beside the settings."""

    name: str
    """The list."""
    adopt: str = ""
    """A batch that was run before, whose groups are the list's from now on."""
    max_remove: float = MAX_REMOVE
    """Percent of the list's numbers that may be removed."""
    is_said: bool = False
    """Whether the operator named that percentage for this very file."""
    dry_run: bool = False

    @property
    def max_remove_said(self) -> float | None:
        """The percentage that the operator named for this very file, None where there is none."""
        return self.max_remove if self.is_said else None


def other_spelling(name: str, names: Iterable[str]) -> str | None:
    """Return the list whose name differs only by capitals and spaces, None where there is none."""
    folded = _folded(name)
    return next((one for one in names if one != name and _folded(one) == folded), None)


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()


def is_list_name(name: str) -> bool:
    """Return whether a list may be called so."""
    return _NAME.fullmatch(name) is not None
