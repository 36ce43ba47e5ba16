"""Other processes that hold something until they are told to end, or are killed."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@contextmanager
def held_by_another_process(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python code that prints `held` and then waits for the end of its input."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()
