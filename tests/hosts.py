"""The command on one computer among several: `python -m tests.hosts NAME ARGUMENTS...`.

The process has a computer's name and short leases; the inbox is as on a share whose folders can't
be locked. All else is the command in a fast world (see `tests.fast_forward`).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO

import importer
from importer.journal import leases, lock
from importer.journal import run as runs
from tests.fast_forward import run_importer

ROOT = Path(importer.__file__).parents[1]
ENOUGH = 90.0
"""Seconds in which every command of these tests has ended."""
LEASE = float(os.environ.get("IMPORTER_TEST_LEASE", "4"))
"""Seconds that a lease lasts here which is not renewed."""
RENEW_AFTER = 0.3


def open_folder(folder: Path) -> int:
    """Open a folder, and lock it no more than a network's file system does."""
    return os.open(folder, os.O_RDONLY)


def begin(
    host: str,
    *arguments: str | Path,
    log: IO[bytes] | int = subprocess.PIPE,
    folder: Path | None = None,
    **more: str,
) -> subprocess.Popen[bytes]:
    """Begin a command on a computer of a name; `more` goes into its environment."""
    return subprocess.Popen(  # noqa: S603 - the arguments are ours
        [sys.executable, "-m", "tests.hosts", host, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | more,
        cwd=folder,
    )


def end(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Wait until a command ends; return its exit code, and all that it said."""
    out, _ = process.communicate(timeout=ENOUGH)
    said = out.decode(errors="replace")
    assert "Traceback" not in said, said
    return process.returncode, said


def main(name: str, *arguments: str) -> None:
    """Run the command on a computer of this name."""
    setattr(socket, "gethostname", lambda: name)  # noqa: B010
    setattr(lock, "_locked_folder", open_folder)  # noqa: B010
    setattr(leases, "LASTS_MS", int(LEASE * 1000))  # noqa: B010
    setattr(runs, "RENEW_AFTER", RENEW_AFTER)  # noqa: B010
    run_importer([*arguments])


if __name__ == "__main__":
    main(*sys.argv[1:])
