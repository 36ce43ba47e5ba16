"""Where the program starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import importer
from importer.errors import Exit

ROOT = Path(importer.__file__).parents[1]
INTERRUPTED_WHILE_LOADING = """
import sys
from importer.__main__ import main

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "importer.commands.cli":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
main()
"""


def test_an_interrupt_while_modules_are_loaded_is_one_sentence() -> None:
    """Ctrl+C in the first moments gives no traceback, and the exit code of an interrupt."""
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        [sys.executable, "-c", INTERRUPTED_WHILE_LOADING],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == Exit.INTERRUPTED
    assert done.stderr == "importer: Interrupted before anything began: run it again.\n"
