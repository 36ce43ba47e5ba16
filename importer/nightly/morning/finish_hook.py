"""The operator's own command at the end of a night: mail, chat, or whatever they have."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from importer.credentials import without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIMIT = 60.0
"""Seconds that the command may take."""


def run_hook(command: Sequence[str], result: Mapping[str, Any], limit: float = LIMIT) -> str:
    """Run a command with the night as JSON on its standard input; return what went wrong, or "".

    It does not get the credentials. What it prints is not kept.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own command, without a shell
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=without_credentials(os.environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return f"on_finish could not be started ({error})."
    try:
        # A command that ends without reading its input is as good as one that reads it.
        process.communicate(json.dumps(result).encode(), timeout=limit)
    except subprocess.TimeoutExpired:
        _end(process)
        return f"on_finish took longer than {limit:g} s and was ended."
    return f"on_finish ended with exit code {process.returncode}." if process.returncode else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command, and what it has started."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
