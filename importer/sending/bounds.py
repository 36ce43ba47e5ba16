"""What a night may still begin: until when, and how many groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sending.retry import Stop

if TYPE_CHECKING:
    from collections.abc import Callable


def _never() -> bool:
    return False


class Bounds:
    """Is asked before each call, by all batches of one night.

    `over` says whether the time is up. `groups` is the most groups that may be made, None for any
    number; one that may have been made counts as made, and is given back only where it is certain
    that it was not.
    """

    def __init__(self, *, over: Callable[[], bool] = _never, groups: int | None = None) -> None:
        self.over = over
        self.groups = groups
        self.begun = 0
        """Groups that were made, or may have been."""

    def reason(self) -> Stop | None:
        """Return why no further call may begin, None where one may."""
        if self.over():
            return Stop.TIME
        if self.groups is not None and self.begun >= self.groups:
            return Stop.ENOUGH
        return None

    def begin(self) -> None:
        """Count a group whose call is about to leave."""
        self.begun += 1

    def give_back(self) -> None:
        """Take back the count of a group that was certainly not made."""
        self.begun -= 1
