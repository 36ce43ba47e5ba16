"""A sandbox on a real socket in a thread of its own, and the importer run against it.

Both live in a world in which a minute takes a second (see `fast_forward.py`).
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.commands.cli import main
from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, Sandbox, serve
from importer.sending import dispatch, session
from importer.sending.calls import shared_pace
from importer.sending.lists import updating
from tests.fast_forward import EXPIRES, now, skipping_clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

SEND_WITHIN = 60.0
"""Seconds of the fast world from a record to its call: one of the computer's, however busy."""


def fast_sandbox(**how: Any) -> Sandbox:
    """Make a sandbox whose clock is that of the fast world."""
    return Sandbox(clock=now, **how)


@contextmanager
def running(sandbox: Sandbox) -> Iterator[str]:
    """Serve a sandbox while the block runs, and give its URL."""
    started = threading.Event()
    loop = asyncio.new_event_loop()
    told: dict[str, str] = {}

    async def live(ended: asyncio.Event) -> None:
        async with serve(sandbox) as url:
            told["url"] = url
            started.set()
            await ended.wait()

    ended = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(live(ended),))
    thread.start()
    started.wait(10)
    try:
        yield told["url"]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


def account_of(url: str) -> dict[str, str]:
    """Return the environment that makes the importer call a sandbox."""
    return {
        "NXCLOUD_URL": url,
        "NXCLOUD_ACCESS_KEY": ACCESS_KEY,
        "NXCLOUD_ACCESS_SECRET": ACCESS_SECRET,
    }


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    exit: int
    out: str
    err: str


class Operator:
    """Runs the command in this process, in a folder of its own."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.folder = folder
        monkeypatch.chdir(folder)
        monkeypatch.setattr(session, "Clock", skipping_clock)
        monkeypatch.setattr(shared_pace, "EXPIRES", EXPIRES)
        for sends in (dispatch, updating):
            monkeypatch.setattr(sends, "SEND_WITHIN", SEND_WITHIN)

    def use(self, url: str) -> None:
        """Set the credentials for a sandbox."""
        for name, value in account_of(url).items():
            self._monkeypatch.setenv(name, value)

    def run(self, *arguments: str | Path) -> Done:
        """Run `importer` with arguments to its end."""
        self._monkeypatch.setattr("sys.argv", ["importer", *map(str, arguments)])
        self._capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            told = self._capsys.readouterr()
            return Done(int(end.code or 0), told.out, told.err)

    def write_list(self, name: str, numbers: list[str], header: str = "Phone") -> Path:
        """Write a CSV of one column."""
        path = self.folder / name
        path.write_text("\n".join([header, *numbers]) + "\n", encoding="utf-8")
        return path


def numbers_at(sandbox: Sandbox) -> Counter[str]:
    """Count in how many groups each number is, by the server's own state."""
    return Counter(number for group in sandbox.groups.values() for number in group.phones)


def hong_kong(count: int, start: int = 0) -> list[str]:
    """Make numbers of Hong Kong's mobile range, with country code and plus."""
    return [f"+8525{1000000 + start + at}" for at in range(count)]
