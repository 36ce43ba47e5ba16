"""The README is true: what it lists is what there is, what it shows is what is printed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import unescape

import importer
from importer.commands.cli import cli
from importer.commands.topics.pages import all_pages
from tests.served import Operator

if TYPE_CHECKING:
    import pytest

ROOT = Path(importer.__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> list[str]:
    """Return the first cell of each line of the first table below a heading or a text."""
    table = re.search(r"(?:^\|.*\n)+", README[README.index(heading) :], re.MULTILINE)
    assert table is not None
    lines = table.group().splitlines()[2:]
    return [line.split("|")[1].strip().strip("`") for line in lines]


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_commands_are_all_there() -> None:
    """Each command of the program is in the table, and the other way round."""
    told = {cell.split()[1] for cell in first_cells("## Commands")}
    assert told == set(cli.commands)


def test_topics_are_all_there() -> None:
    """The list of topics is what `importer help` lists, and each link leads to its page."""
    found = re.findall(r"\[`([\w-]+)`\]\((importer/[^)]+)\)", README)
    told = {topic: ROOT / path for topic, path in found}
    assert [*told] == [one.topic for one in all_pages()]
    assert all(path.is_file() for path in told.values())


def test_pictures_are_there() -> None:
    """Each picture that the README shows lies where it says."""
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 2
    assert all((ROOT / one).is_file() for one in pictures)


def test_it_is_read_in_a_few_minutes() -> None:
    """What is for reference stands in the pages of `importer help`."""
    assert len(README.splitlines()) <= 210


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


def test_the_first_command_prints_what_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The README's first command, run on a copy of the samples, prints what its picture shows.

    Where words were changed: `python -m tests.make_pictures`.
    """
    command = blocks("sh")[0].strip().rpartition("&& ")[2]
    program, *arguments = command.split()
    assert program == ".venv/bin/importer"
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    done = Operator(monkeypatch, capsys, tmp_path).run(*arguments)
    assert done.exit == 0, done.err
    picture = (ROOT / "samples" / "pictures" / "terminal.svg").read_text(encoding="utf-8")
    shown = [unescape(one) for one in re.findall(r"<text [^>]*>(.*)</text>", picture)]
    printed = re.sub(r"\(batch \w{8}\)", "(batch xxxxxxxx)", done.out).replace("\\", "/")
    # On a terminal of the picture's width lines are broken between words.
    assert "".join(printed.split()) in "".join("".join(shown).split())
    assert shown[0] == f"$ importer {' '.join(arguments)}"
    assert (tmp_path / "samples" / "customers.results.xlsx").exists()


def test_ci_runs_the_readme_s_tests() -> None:
    """The command that passes the tests is the one that every change must pass."""
    told = blocks("sh")[1].strip().rpartition("/")[2]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f'"$venv/bin/{told}"\n' in ci
    assert "pip install --quiet --disable-pip-version-check -e '.[dev]'" in ci
