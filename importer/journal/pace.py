"""The pace that the processes of one account keep together: one row, changed by single statements.

The row loses nothing worth a sync of the disk: after a crash it is begun anew, with the rate that
the journal has learned. So it lies in a table of its own kind: `pace_file` says which on SQLite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from importer.model import Departures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FAR_US = 60_000_000
"""How far ahead the last departure may lie, in us, beside `FAR_GAPS` distances between two calls.

What lies further ahead was written by another clock, as before this computer was started anew.
"""
FAR_GAPS = 64
LONGEST_HOLD_US = 900_000_000
"""The longest that anybody holds the pace, in us."""
ANY_RATE = 1e9
"""The rate of a row of which nothing was learned, in calls a second."""

TABLE = """
CREATE TABLE IF NOT EXISTS paces (
    account TEXT PRIMARY KEY,
    last_us BIGINT NOT NULL,
    gap_us BIGINT NOT NULL,
    hold_us BIGINT NOT NULL,
    rate DOUBLE PRECISION NOT NULL,
    cut_us BIGINT NOT NULL,
    raised_us BIGINT NOT NULL
)
"""
"""`last_us` is the last departure given out, `gap_us` the distance that is kept after it, `hold_us`
the end of a pause; `cut_us` and `raised_us` are when the rate was cut and changed."""

_NOW = "now_us()"
_GAP = "CAST(1000000.0 * :spread / least(rate, :ceiling) AS BIGINT)"
_BEGIN = (
    "INSERT INTO paces VALUES (:account, 0, 0, 0, :rate, 0, 0) ON CONFLICT (account) DO NOTHING"
)
# The expressions see the row as it was; each statement changes it whole.
_RESERVE = f"""
UPDATE paces SET
    last_us = greatest(
        CASE
            WHEN last_us > {_NOW} + :far_us + :far_gaps * greatest(gap_us, {_GAP}) THEN 0
            WHEN last_us = :missed_us THEN last_us
            ELSE last_us + greatest(gap_us, {_GAP})
        END,
        CASE WHEN hold_us > {_NOW} + :longest_us THEN 0 ELSE hold_us END,
        {_NOW} + :ahead_us
    ) + (:count - 1) * {_GAP},
    gap_us = {_GAP}
WHERE account = :account
RETURNING last_us, gap_us, {_NOW}, rate, raised_us
"""
_MOVE_ON = """
UPDATE paces SET last_us = last_us + :late_us
WHERE account = :account AND last_us - :departure_us <= 1000000 - gap_us
RETURNING last_us
"""
_RAISE = f"""
UPDATE paces SET rate = :rate, raised_us = {_NOW}
WHERE account = :account AND raised_us = :seen_us AND rate < :rate
"""
_CUT = f"""
UPDATE paces SET
    rate = greatest(least(rate, :ceiling) * :cut, :lowest),
    cut_us = {_NOW},
    raised_us = greatest(raised_us, {_NOW})
WHERE account = :account AND (cut_us <= :called_us OR cut_us > {_NOW})
"""
_HOLD = f"""
UPDATE paces SET
    hold_us = greatest(hold_us, {_NOW} + :pause_us),
    raised_us = greatest(raised_us, {_NOW} + :pause_us)
WHERE account = :account
"""


class Statements(Protocol):
    """Where the row is: takes single statements, each of them whole or not at all."""

    def rows(self, statement: str, values: Mapping[str, Any], /) -> Sequence[Sequence[Any]]:
        """Return what a statement gives.

        Raises:
            JournalError: it can't be read or written.
        """


class PaceRow:
    """One account's row; see `importer.sending.calls.shared_pace` for what it promises.

    `learned` is the rate that a row begins with, None where nothing was learned. `is_quick` says
    whether it answers within a millisecond.
    """

    def __init__(
        self,
        statements: Statements,
        account: str,
        learned: float | None = None,
        *,
        is_quick: bool,
    ) -> None:
        self.is_quick = is_quick
        self._statements = statements
        self._account = account
        self._learned = learned

    def reserve(
        self, ceiling: float, count: int, *, spread: float, ahead_us: int, missed_us: int
    ) -> Departures:
        """Give out departures.

        Raises:
            JournalError: the row can't be read or written.
        """
        values = {
            "ceiling": ceiling,
            "count": count,
            "spread": spread,
            "ahead_us": ahead_us,
            # No row has this departure.
            "missed_us": missed_us or -1,
            "far_us": FAR_US,
            "far_gaps": FAR_GAPS,
            "longest_us": LONGEST_HOLD_US,
        }
        while not (given := self._rows(_RESERVE, **values)):
            self._rows(_BEGIN, rate=self._learned or ANY_RATE)
        [(last_us, gap_us, now_us, rate, raised_us)] = given
        return Departures(last_us - (count - 1) * gap_us, gap_us, now_us, rate, raised_us)

    def move_on(self, departure_us: int, late_us: int) -> bool:
        """Move all departures that are not given out yet on by some time.

        Return False where a second's worth of them after `departure_us` are given out.
        """
        return bool(self._rows(_MOVE_ON, departure_us=departure_us, late_us=late_us))

    def raise_rate(self, rate: float, seen_us: int) -> None:
        """Raise the rate, unless another process has changed it since."""
        self._rows(_RAISE, rate=rate, seen_us=seen_us)

    def cut_rate(self, ceiling: float, called_us: int, *, cut: float, lowest: float) -> None:
        """Cut the rate after a refusal of a call that was made at `called_us`."""
        self._rows(_CUT, ceiling=ceiling, called_us=called_us, cut=cut, lowest=lowest)

    def hold(self, pause_us: int) -> None:
        """Give out no departure for some time from now."""
        self._rows(_HOLD, pause_us=pause_us)

    def _rows(self, statement: str, **values: Any) -> Sequence[Sequence[Any]]:
        return self._statements.rows(statement, {"account": self._account, **values})
