"""A terminal at which the real command is run, and somebody who reads and types there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.processes import ROOT

if TYPE_CHECKING:
    from types import TracebackType

ENTER, CTRL_C, CTRL_D = "\n", "\x03", "\x04"
SIZE = (50, 400)
"""Lines and characters: so wide that no question is broken."""
PATIENCE = 60.0
"""Seconds to wait for what must come."""
_AT_TERMINAL = (
    "import fcntl, runpy, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('tests.fast_forward', run_name='__main__', alter_sys=True)"
)
"""Makes the terminal the process's own, so that Ctrl+C there is a signal to it; tests that a shell
runs in the background would ignore it."""


@dataclass
class Terminal:
    """One run of the command; leave the block when it has ended."""

    folder: Path
    arguments: tuple[str | Path, ...]
    environment: dict[str, str] = field(default_factory=dict)
    size: tuple[int, int] = SIZE
    """Lines and characters."""
    shown: str = ""
    """All that was ever on the screen."""
    _read: int = 0

    def __enter__(self) -> Terminal:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *self.size, 0, 0))
        self._process = subprocess.Popen(  # noqa: S603 - the arguments are ours
            [sys.executable, "-c", _AT_TERMINAL, "importer", *map(str, self.arguments)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"} | self.environment,
            cwd=self.folder,
            start_new_session=True,
        )
        os.close(slave)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def wait_for(self, text: str) -> None:
        """Read on until a text is shown that was not read before."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown[self._read :]:
            if not self._look(deadline):
                raise AssertionError(f"{text!r} never came:\n{self.shown}")
        self._read = self.shown.index(text, self._read) + len(text)

    @property
    def screen(self) -> list[str]:
        """What stands on the screen: a return to the line's beginning writes over what was there.

        Lines are as long as they were printed, since the terminal itself breaks none here.
        """
        lines, at = [""], 0
        for piece in re.split("(\r|\n)", self.shown):
            if piece == "\n":
                lines.append("")
            if piece in {"\r", "\n"}:
                at = 0
                continue
            lines[-1] = lines[-1][:at] + piece + lines[-1][at + len(piece) :]
            at += len(piece)
        return [line.rstrip() for line in lines]

    def terminate(self) -> None:
        """Send SIGTERM, as a service manager does."""
        self._process.terminate()

    def press(self, keys: str) -> None:
        """Press keys, whatever the command does."""
        os.write(self._master, keys.encode())

    def wait_until_asleep(self) -> None:
        """Wait until the command does nothing."""
        deadline = time.monotonic() + PATIENCE
        while not self._is_asleep() and time.monotonic() < deadline:
            select.select([], [], [], 0.01)

    def answer(self, text: str) -> None:
        """Press keys when a question is at its end and the command waits for an answer."""
        self.wait_for(": ")
        # A key pressed between a question and the reading of its answer may wake nobody.
        self.wait_until_asleep()
        self.press(text)

    def _is_asleep(self) -> bool:
        """Whether the process does nothing, twice in a row, as far as the system tells."""
        status = Path(f"/proc/{self._process.pid}/stat")
        for _ in range(2):
            if status.exists() and ") S " not in status.read_text():
                return False
            select.select([], [], [], 0.02)
        return True

    def end(self) -> int:
        """Read to the end of the run; return the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._look(deadline):
            pass
        code = self._process.wait(timeout=PATIENCE)
        assert "Traceback" not in self.shown, self.shown
        return code

    def _look(self, deadline: float) -> bool:
        """Read what is shown next; return False when nothing comes any more."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        piece = b""
        if ready:
            # Linux's way of saying that the other side of the terminal is closed.
            with contextlib.suppress(OSError):
                piece = os.read(self._master, 65536)
        self.shown += piece.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)
