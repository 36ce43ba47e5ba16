"""Waits until nobody can deliver a call any more, by the server's own clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sending.calls.stop_signal import Stopped
from importer.sending.listing.lister import ListingError

if TYPE_CHECKING:
    from importer.sending.calls.access import VendorAccess
    from importer.sending.calls.stop_signal import StopSignal
    from importer.sending.listing.lister import GroupLister

DATE_STEP = 1.0
"""Seconds in which `Date` moves on: it shows whole ones."""
MAX_WAITS = 5
"""How often the server's clock is asked for before it counts as standing still."""
LONGEST_WAIT = 600.0
"""Seconds. A call that was signed for a later time than this is left to a later run."""
LOOK_AGAIN_AFTER = (15.0, 45.0, 120.0)
"""Seconds between looks at a listing that does not show what must be there."""


class NotFinal(ListingError):
    """A call in doubt may still be carried out, for longer than a run waits."""


class Waiting:
    """Waits for one run, until that is stopped."""

    def __init__(self, access: VendorAccess, stop_signal: StopSignal, lister: GroupLister) -> None:
        self._access = access
        self._stop_signal = stop_signal
        self._lister = lister

    async def until(self, final_ms: int, why: str) -> None:
        """Wait until the server's clock shows a time, in milliseconds since the epoch.

        `why` is what the operator reads meanwhile.

        Raises:
            NotFinal: that is too long to wait for.
            ListingError: the run was stopped, or the server's clock stands still.
        """
        for _ in range(MAX_WAITS):
            early = (final_ms - await self._lister.server_ms()) / 1000
            if early <= 0:
                return
            if early > LONGEST_WAIT:
                raise NotFinal(_why_too_long(early))
            self._access.progress.waiting(early, why)
            await self.pause(early + DATE_STEP)
        raise ListingError("the server's clock stands still")

    async def pause(self, seconds: float) -> None:
        """Sleep, but not longer than until the run is stopped.

        Raises:
            ListingError: the run was stopped.
        """
        try:
            await self._stop_signal.wait(self._access.clock.sleep(seconds))
        except Stopped:
            raise ListingError("the run was stopped") from None


def _why_too_long(seconds: float) -> str:
    return (
        f"a call without an answer may still be carried out for {seconds / 60:.0f} minutes, as it "
        "was signed for a time ahead of the server's clock: run the same command again after that"
    )
