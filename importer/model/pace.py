"""Departures of calls, as the row gives them out that all processes of an account share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Departures:
    """Times at which calls may leave, in microseconds by the clock of the row's database."""

    first_us: int
    gap_us: int
    """The distance from one to the next."""
    now_us: int
    """What that clock showed."""
    rate: float
    """Calls a second that the server puts up with, as far as any process has learned."""
    raised_us: int
    """When that rate was last changed, or a pause ended."""
