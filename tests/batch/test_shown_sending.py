"""What an operator is shown while groups are sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from importer.batch import send

if TYPE_CHECKING:
    import pytest

    from importer.context import Progress


class Shown:
    """Remembers what was shown."""

    is_log = False

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.left: list[int] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def waiting(self, seconds: int) -> None:
        self.left.append(seconds)


def test_a_wait_counts_down_and_a_newer_one_takes_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each second is shown once, down to none; then the bar has its own name again."""
    seconds: list[float] = []
    pause = asyncio.sleep

    async def sleep(time: float) -> None:
        seconds.append(time)
        await pause(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    shown = Shown()

    async def wait() -> None:
        sending = send.SendingNotes(_progress(shown), lambda count: None)
        sending.waiting(9, "the first")
        sending.waiting(3, "the second")
        for _ in range(9):
            await pause(0)

    asyncio.run(wait())
    assert shown.left == [0, 3, 2, 1, 0]
    assert seconds == [1, 1, 1]
    assert [note.partition(":")[0][:12] for note in shown.notes] == ["Waiting 9 s,", "Waiting 3 s,"]


def test_an_interrupt_is_answered_by_what_is_still_done() -> None:
    """It names the calls and the seconds; a log is not told to press keys."""
    shown = Shown()
    sending = send.SendingNotes(_progress(shown), lambda count: None)
    sending.stopping(3, 10.0)
    sending.stopping(0, 10.0)
    shown.is_log = True
    sending.stopping(1, 10.0)
    press = "; press Ctrl+C again to leave now."
    assert shown.notes == [
        f"Stopping: finishing 3 calls, at most 10 s{press}",
        f"Stopping: nothing more is sent, and what was done is being written down{press}",
        "Stopping: finishing 1 call, at most 10 s.",
    ]


def _progress(shown: Shown) -> Progress:
    progress: Progress = shown  # type: ignore[assignment]
    return progress
