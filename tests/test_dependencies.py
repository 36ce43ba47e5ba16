"""What is installed: no version with a known hole, and a CI that looks for new ones."""

from __future__ import annotations

import runpy
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

import importer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Judge = Callable[[Mapping[str, Any]], tuple[int, list[str]]]

ROOT = Path(importer.__file__).parents[1]
LAST_WITH_A_HOLE = [
    ("aiohttp", "3.14.2", "CVE-2026-69244"),
    ("babel", "2.9.0", "CVE-2021-42771"),
    ("click", "8.3.2", "CVE-2026-7246"),
    ("distributed", "2026.1.0", "CVE-2026-23528"),
    ("filelock", "3.20.2", "CVE-2026-22701"),
    ("openpyxl", "2.4.1", "CVE-2017-5992"),
    ("pyarrow", "23.0.0", "CVE-2026-25087"),
    ("tqdm", "4.66.2", "CVE-2024-34062"),
]


@pytest.fixture
def judge() -> Judge:
    loaded: Judge = runpy.run_path(str(ROOT / ".ci" / "audit.py"))["judge"]
    return loaded


@pytest.mark.parametrize(("package", "version", "hole"), LAST_WITH_A_HOLE)
def test_no_known_hole_is_let_in(package: str, version: str, hole: str) -> None:
    """The lower bound of each package excludes the last version that an advisory names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    some = [*project["dependencies"], *project["optional-dependencies"]["cluster"]]
    bounds = {one.name: one for one in map(Requirement, some)}
    assert not bounds[package].specifier.contains(version), f"{hole} is let in"


def _package(name: str, *holes: tuple[str, list[str]]) -> dict[str, Any]:
    vulns = [{"id": id_, "fix_versions": fixed} for id_, fixed in holes]
    return {"name": name, "version": "1.0", "vulns": vulns}


def test_a_hole_with_a_fix_fails(judge: Judge) -> None:
    """The line says which package, which hole, and the version that mends it."""
    report = {"dependencies": [_package("a"), _package("b", ("CVE-1", ["1.1"]))]}
    code, lines = judge(report)
    assert code == 1
    assert "b 1.0 has CVE-1: raise its bound to 1.1." in lines


def test_a_hole_without_a_fix_is_said(judge: Judge) -> None:
    """Nobody could do anything about it by failing."""
    code, lines = judge({"dependencies": [_package("b", ("CVE-1", []))]})
    assert code == 0
    assert "b 1.0 has CVE-1: no version mends it yet." in lines


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"dependencies": []},
        {"dependencies": [{"name": "a", "skip_reason": "Dependency not found"}]},
    ],
)
def test_no_source_is_no_all_clear(judge: Judge, report: Mapping[str, Any]) -> None:
    """A source that is not reached fails nothing, and is never taken for a good answer."""
    code, lines = judge(report)
    assert code == 0
    assert lines == [
        "No advisory source is reached from here: the installed packages were not checked."
    ]


def test_what_the_environment_brings_by_itself_is_left_out(judge: Judge) -> None:
    """Every environment has pip, in the version that came with Python."""
    report = {"dependencies": [_package("a"), _package("pip", ("CVE-1", ["99"]))]}
    assert judge(report)[0] == 0
