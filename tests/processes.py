"""The importer and the sandbox as processes of their own, as an operator has them in two terminals.

Both live in a world in which time goes faster (see `fast_forward.py`); all else is the real
command. What the server holds is read from the server itself, not from its listing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import importer
from importer.sandbox import state_url
from tests.served import Done, account_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(importer.__file__).parents[1]
COMMAND = (sys.executable, "-m", "tests.fast_forward", "importer")
_BUSY = os.getloadavg()[0] > 2 * (os.cpu_count() or 1)
SPEED = "60" if _BUSY else "240"
"""Four minutes take a second: most of the time of these tests would be waiting. Where other work
keeps the computer busy, an answer would often take a command too long at that speed."""
ENOUGH = 60.0
"""Seconds in which every command of these tests has ended."""


def start(folder: Path, *arguments: str | Path, **more: str) -> subprocess.Popen[str]:
    """Start the command in a folder; `more` goes into its environment."""
    return subprocess.Popen(  # noqa: S603 - the arguments are ours
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "IMPORTER_TEST_SPEED": SPEED} | more,
        cwd=folder,
    )


@dataclass
class World:
    """An operator's folder and environment, and the vendor that it leads to."""

    folder: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def journal(self) -> Path:
        """Where the operator's journal is."""
        return Path(self.environment["IMPORTER_JOURNAL"])

    def start(self, *arguments: str | Path, **more: str) -> subprocess.Popen[str]:
        """Start the command; `more` goes into its environment."""
        return start(self.folder, *arguments, **(self.environment | more))

    def run(self, *arguments: str | Path, **more: str) -> Done:
        """Run the command to its end."""
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=ENOUGH)
        assert "Traceback" not in err, err
        return Done(process.returncode, out, err)

    def run_list(self, path: Path, *more: str, **changes: str) -> tuple[Done, dict[str, Any]]:
        """Run a list in groups of three, one call at a time; return also what it told scripts."""
        done = self.run(
            "run", path, "--json", "--group-size", "3", "--concurrency", "1", *more, **changes
        )
        return done, json.loads(done.out)

    def write_list(self, name: str, numbers: list[str]) -> Path:
        """Write a CSV of one column."""
        path = self.folder / name
        path.write_text("\n".join(["Phone", *numbers]) + "\n", encoding="utf-8")
        return path

    def state(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """Ask the server what it holds, and which calls came."""
        with urllib.request.urlopen(state_url(self.url), timeout=10) as answer:  # noqa: S310
            told: Mapping[str, list[Mapping[str, Any]]] = json.load(answer)
        return told

    def groups(self) -> list[Mapping[str, Any]]:
        """Return the groups at the server."""
        return self.state()["groups"]

    def creates(self) -> list[Mapping[str, Any]]:
        """Return the calls of createGroup that came."""
        return [one for one in self.state()["calls"] if one["action"] == "createGroup"]

    def numbers(self) -> Counter[str]:
        """Count in how many groups each number is."""
        return Counter(f"+{number}" for group in self.groups() for number in group["phones"])


@contextmanager
def world(folder: Path, *vendor: str) -> Iterator[World]:
    """Give a world whose vendor is `importer sandbox` with these arguments."""
    folder.mkdir(exist_ok=True)
    # In this world an answer takes four times as long as at the speed of other tests.
    (folder / "importer.toml").write_text("timeout = 120\n")
    server = start(folder, "sandbox", "--port", "0", "--seed", "1", *vendor)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line.startswith("The sandbox listens at "), server.communicate(timeout=10)
        url = line.split()[4]
        journal = {"IMPORTER_JOURNAL": str(folder / "state" / "journal.sqlite3")}
        yield World(folder, url, account_of(url) | journal)
    finally:
        server.kill()
        server.communicate()
