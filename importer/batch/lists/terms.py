"""What a sync is asked for beside the settings. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_REMOVE = 10.0
"""Percent of a list's numbers that a sync may remove where nothing else is said."""
LIST_NAME_RULE = "a list's name: up to 60 letters, digits, spaces, dots, - and _"
_NAME = re.compile(r"\w[\w .-]{0,59}")


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


def is_list_name(name: str) -> bool:
    """Return whether a list may be called so."""
    return _NAME.fullmatch(name) is not None
