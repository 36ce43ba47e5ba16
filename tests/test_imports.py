"""The command answers at once: what is heavy is imported where it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import importer

HEAVY = {
    "pandas",
    "numpy",
    "pyarrow",
    "aiohttp",
    "openpyxl",
    "phonenumbers",
    "python_calamine",
    "distributed",
}
ROOT = Path(importer.__file__).parents[1]


def imported_by(*arguments: str) -> tuple[set[str], subprocess.CompletedProcess[str]]:
    """Run the command; return the top-level modules that it imported, and how it went."""
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        [sys.executable, "-X", "importtime", "-m", "importer", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    names = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    return names, done


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["check", "--help"]]
)
def test_help_is_light(arguments: list[str]) -> None:
    """Help and version come without pandas, numpy, pyarrow, aiohttp or other heavy modules."""
    names, done = imported_by(*arguments)
    assert done.returncode == 0
    assert "click" in names
    assert not names & HEAVY


def test_wrong_option_is_light() -> None:
    """A misspelt option is told as fast, with exit code 2."""
    names, done = imported_by("run", "--grup-size", "3", "list.csv")
    assert done.returncode == 2
    assert "--group-size" in done.stderr
    assert not names & HEAVY


def test_a_check_loads_what_it_needs(tmp_path: Path) -> None:
    """A list in UTF-8, where nobody looks at bars, needs no network, bars or guessing."""
    path = tmp_path / "list.csv"
    path.write_text("Phone\n+85251230000\n")
    names, done = imported_by("check", str(path), "--quiet")
    assert done.returncode == 0, done.stderr
    assert "pandas" in names
    assert not names & {"aiohttp", "openpyxl", "tqdm", "charset_normalizer", "tomllib", "psycopg"}
    assert not names & {"dask", "distributed"}
