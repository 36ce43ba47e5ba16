"""`samples/nightly/`: what is installed runs what there is, and no more."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from importer.commands.cli import cli
from tests.nightly.nights import SAMPLE

FOLDER = SAMPLE.parent
UNITS = sorted(FOLDER.glob("*.service")) + sorted(FOLDER.glob("*.timer"))


@pytest.mark.parametrize("name", ["importer-nightly.service", "crontab", "windows.txt"])
def test_the_command_is_one_that_there_is(name: str) -> None:
    """Each way to install a night calls `importer nightly` with options that it has."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    (options,) = re.findall(r"importer nightly((?: --[a-z-]+(?: [a-z]+)?)+)", text)
    cli.commands["nightly"].make_context("nightly", options.split())


def test_the_folders_are_those_of_the_sample() -> None:
    """The service may write exactly where the sample's importer.toml says, and to its state."""
    text = (FOLDER / "importer-nightly.service").read_text(encoding="utf-8")
    (places,) = re.findall(r"^ReadWritePaths=(.*)$", text, re.MULTILINE)
    assert {Path(one).name for one in places.split()} == {"inbox", "outbox", "done", "failed"}


def test_the_secret_stands_in_no_unit() -> None:
    """It is loaded as a credential; no file of the samples sets it."""
    for file in FOLDER.iterdir():
        assert "NXCLOUD_ACCESS_SECRET=" not in file.read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not there")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Systemd finds no fault in service and timer, but that the program is not installed there."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(
            re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE),
            encoding="utf-8",
        )
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / one.name) for one in UNITS)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
