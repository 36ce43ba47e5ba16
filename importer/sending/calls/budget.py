"""What a night may still begin: until when, and how many groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sending.calls.retry import Stop

if TYPE_CHECKING:
    from collections.abc import Callable


class Budget:
    """Is asked before each call, by all batches of one night.

    `over` says whether the time is up, None for no end. `groups` is the most groups that may be
    made, None for any number; one that may have been made counts as made, and is given back only
    where it is certain that it was not.
    """

    def __init__(
        self, *, over: Callable[[], bool] | None = None, groups: int | None = None
    ) -> None:
        self._over = over
        self._groups = groups
        self.begun = 0
        """Groups that were made, or may have been."""

    @property
    def has_end(self) -> bool:
        """Whether there is a time after which nothing may begin."""
        return self._over is not None

    def over(self) -> bool:
        """Say whether that time has come."""
        return self._over is not None and self._over()

    def reason(self) -> Stop | None:
        """Return why no further call may begin, None where one may."""
        if self.over():
            return Stop.TIME
        if self._groups is not None and self.begun >= self._groups:
            return Stop.ENOUGH
        return None

    def begin(self) -> None:
        """Count a group whose call is about to leave."""
        self.begun += 1

    def give_back(self) -> None:
        """Take back the count of a group that was certainly not made."""
        self.begun -= 1
