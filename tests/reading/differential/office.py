"""What LibreOffice shows of many files: one start of it for all of them."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Grid = list[list[str]]

SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
"""Comma, quotation mark, UTF-8, from line 1, cells as they are shown, each sheet into a file."""
_AT_ONCE = 200
"""Files of one call; LibreOffice 7.4 ends without a word behind the 241st."""


def office() -> str:
    """Return where LibreOffice is, or skip the test."""
    found = shutil.which("soffice")
    if found is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    return found


def converted(files: Sequence[Path], to: str, folder: Path) -> None:
    """Convert files into a folder; those that LibreOffice can't read are not there."""
    program = office()
    for start in range(0, len(files), _AT_ONCE):
        subprocess.run(  # noqa: S603 - the office found above
            [
                program,
                f"-env:UserInstallation={(folder.parent / 'office').as_uri()}",
                "--headless",
                "--convert-to",
                to,
                "--outdir",
                str(folder),
                *map(str, files[start : start + _AT_ONCE]),
            ],
            check=False,
            capture_output=True,
            timeout=1800,
        )


def shown_by_office(files: Sequence[Path], folder: Path) -> dict[str, dict[str, Grid]]:
    """Return what is shown of each file, by its stem and by the titles of its sheets."""
    converted(files, SHOWN, folder)
    shown: dict[str, dict[str, Grid]] = defaultdict(dict)
    for path in folder.glob("*.csv"):
        stem, _, title = path.stem.partition("-")
        with path.open(encoding="utf-8", newline="") as lines:
            shown[stem][title] = list(csv.reader(lines))
        path.unlink()
    return shown
