"""The README is true: what it lists is what there is, what it shows is what is printed."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

import importer
from importer.batch.results.summary import Summary, as_json
from importer.commands.cli import cli
from importer.errors import Exit
from importer.model import Status
from tests.served import Operator

if TYPE_CHECKING:
    import pytest

    from importer.settings import Settings

ROOT = Path(importer.__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> list[str]:
    """Return the first cell of each line of the first table below a heading or a text."""
    after = README.split(heading, 1)[1]
    table = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert table is not None
    lines = table.group().splitlines()[2:]
    return [line.split("|")[1].strip().strip("`") for line in lines]


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_commands_are_all_there() -> None:
    """Each command of the program is in the table, and the other way round."""
    told = {cell.split()[1] for cell in first_cells("## Commands and options")}
    assert told == set(cli.commands)


def test_options_are_all_there() -> None:
    """Each option of `run` is in the table, and the other way round."""
    told = {cell.split()[0] for cell in first_cells("Options of `run` and `check`.")}
    there = {one.opts[0] for one in cli.commands["run"].params if isinstance(one, click.Option)}
    assert told == there


def test_keys_of_nights_are_all_there() -> None:
    """Each key of [nightly] is in the table, and the other way round."""
    from dataclasses import fields

    from importer.nightly.config import NightConfig

    told = {
        name.strip(" `")
        for cell in first_cells("somebody began by hand")
        for name in cell.split(",")
    }
    assert told == {one.name for one in fields(NightConfig)} - {"settings"} | {"known"}


def test_which_options_are_keys() -> None:
    """All options can be given in importer.toml."""
    from importer.settings import SETTINGS

    told = [cell.split()[0] for cell in first_cells("Options of `run` and `check`.")]
    keys = {*SETTINGS} - {"account"}  # A key, no option.
    assert {one.removeprefix("--").replace("-", "_") for one in told} == keys


def test_exit_codes_are_all_there() -> None:
    """Each exit code is in the table, and the other way round."""
    assert {int(cell) for cell in first_cells("## Unattended")} == {int(one) for one in Exit}


def test_statuses_are_all_there() -> None:
    """Each status is in the table, and the other way round."""
    assert {*first_cells("## Results")} == {one.value for one in Status}


def test_json_keys_are_all_there() -> None:
    """Each key of the JSON summary is named."""
    from importer.model import Tally

    told = README.split("## Unattended", 1)[1].split("| exit code", 1)[0]
    for key in as_json(Summary(Path("a.csv"), Tally(0), Exit.DONE, "")):
        assert f"`{key}`" in told


def test_modules_are_all_there() -> None:
    """The map names every module and folder, and no other."""
    cells = ", ".join(first_cells("## How it is built"))
    told = {name.strip(" `/") for name in cells.split(",")}
    package = ROOT / "importer"
    files = {one.name for one in package.glob("*.py")} - {"__init__.py", "__main__.py"}
    folders = {one.parent.name for one in package.glob("*/__init__.py")}
    assert told == files | folders


def test_places_of_changes_are_there() -> None:
    """Each file that the README sends a change to exists."""
    table = README.split("Where a change belongs:", 1)[1].split("\n\n", 2)[1]
    named = re.findall(r"`([\w/]+\.py)`", table)
    assert len(named) >= 5
    assert [name for name in named if not (ROOT / "importer" / name).is_file()] == []


def test_each_threat_has_a_test() -> None:
    """Each line of the table of threats names a test that there is."""
    table = README.split("## What is kept out", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)` \|$", table, re.MULTILINE)
    assert len(named) == len(rows) >= 10
    missing = [
        f"{file}::{test}"
        for file, test in named
        if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_the_first_command_prints_what_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The README's first command, run on a copy of the samples, ends as the README says."""
    command = blocks("sh")[0].strip().rpartition("&& ")[2]
    program, *arguments = command.split()
    assert program == ".venv/bin/importer"
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    done = Operator(monkeypatch, capsys, tmp_path).run(*arguments)
    assert done.exit == 0, done.err
    shown = next(block for block in blocks("text") if "(batch xxxxxxxx)" in block)
    printed = re.sub(r"\(batch \w{8}\)", "(batch xxxxxxxx)", done.out)
    assert printed.replace("\\", "/") == textwrap.dedent(shown)
    assert (tmp_path / "samples" / "customers.results.xlsx").exists()


def test_ci_runs_the_readme_s_tests() -> None:
    """The command that passes the tests is the one that every change must pass."""
    told = blocks("sh")[1].strip().rpartition("/")[2]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f'"$venv/bin/{told}"\n' in ci
    assert "pip install --quiet --disable-pip-version-check -e '.[dev]'" in ci


def test_defaults_are_true() -> None:
    """The defaults in the table are those of the settings."""
    from importer.settings import Settings

    defaults = Settings()
    for line in README.splitlines():
        option = re.match(r"\| `--([a-z-]+)[^|]*` \| `?([^|`]*)`? \|", line)
        if option and hasattr(defaults, option[1].replace("-", "_")):
            told, value = option[2].strip(), _shown(defaults, option[1].replace("-", "_"))
            assert told.startswith(value), line


def _shown(defaults: Settings, name: str) -> str:
    """Say a default as the README does, as far as it is a value and not a description."""
    value = getattr(defaults, name)
    if value is False:
        return "off"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value in (None, (), "") else str(value)
