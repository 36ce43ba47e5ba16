"""Who runs what where, for the message that another run prints and for `importer batches`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Runner:
    """One command that works on batches."""

    command: str
    """Its name, such as `resume`."""
    who: str
    """The user's name; "" where the system knows none."""
    host: str
    process: int

    @property
    def place(self) -> str:
        """The user and the computer, such as `ann@desk1`."""
        return f"{self.who}@{self.host}" if self.who else self.host


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run that worked on a batch, or does so now."""

    batch: str
    runner: Runner
    begun_ms: int
    ended_ms: int | None
    """None while it goes on, and of one that was cut off."""
    is_alive: bool
    """Whether it holds the batch now."""
