"""How many calls a second a server takes. Pure; the times are passed in."""

from collections import deque

from importer.errors import SettingsError


class RateWindow:
    """Takes at most `rate` calls in any window of one second.

    A window holds its first moment and not its last, so a call exactly one second later is free
    again. A rate below one takes one call in any `1 / rate` seconds. Raises SettingsError where
    `rate` is not above zero.
    """

    def __init__(self, rate: float) -> None:
        if not 0 < rate < float("inf"):
            raise SettingsError(f"The sandbox's rate must be above 0 calls a second, not {rate}.")
        self._most = max(1, int(rate))
        self._seconds = max(1.0, 1 / rate)
        self._taken: deque[float] = deque()

    def takes(self, now: float) -> bool:
        """Say whether a call at `now` seconds is taken; only a call that is taken counts."""
        while self._taken and now - self._taken[0] >= self._seconds:
            self._taken.popleft()
        if len(self._taken) >= self._most:
            return False
        self._taken.append(now)
        return True
