"""The map of the design, kept by the imports themselves."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import importer

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(importer.__file__).parent
# What each line of the map may import of ours; a name stands for all that is in it.
MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    "__main__": {"cli"},
    # The command line: parse, print, exit. It begins the stories and ends their errors.
    "cli": {
        "console",
        "doctor",
        "endings",
        "errors",
        "history",
        "keeping",
        "lock",
        "log",
        "memory",
        "nightly",
        "options",
        "pipeline",
        "printing",
        "report",
        "sandbox",
        "settings",
        "site",
        "summary",
        "template",
        "undoing",
    },
    "endings": {"console", "errors", "log", "masking", "model", "nightly", "printing", "summary"},
    "printing": {"console", "log", "site"},
    "options": {"settings"},
    # The night, which nobody watches: it begins the same stories, and ends a file's errors itself.
    "nightly": {
        "errors",
        "history",
        "journal",
        "keeping",
        "lock",
        "log",
        "masking",
        "model",
        "pipeline",
        "planning",
        "room",
        "sending",
        "settings",
        "site",
        "summary",
    },
    "doctor": {
        "api",
        "calling",
        "errors",
        "journal",
        "lock",
        "nightly",
        "room",
        "sending",
        "settings",
        "site",
    },
    # The stories, which know the stages.
    "pipeline": {
        "archive",
        "calling",
        "concluding",
        "corrections",
        "errors",
        "grouping",
        "journal",
        "lock",
        "memory",
        "model",
        "phones",
        "planning",
        "preview",
        "reading",
        "room",
        "sending",
        "settings",
        "site",
        "summary",
    },
    "keeping": {
        "archive",
        "errors",
        "journal",
        "masking",
        "model",
        "results",
        "site",
        "summary",
    },
    "undoing": {
        "calling",
        "errors",
        "journal",
        "lock",
        "model",
        "pipeline",
        "sending",
        "settings",
        "site",
    },
    "calling": {
        "api",
        "grouping",
        "journal",
        "model",
        "sandbox",
        "sending",
        "settings",
        "site",
    },
    "history": {"errors", "journal", "model", "results", "site"},
    "planning": {
        "masking",
        "errors",
        "buffers",
        "grouping",
        "journal",
        "matching",
        "model",
        "preview",
        "settings",
        "site",
    },
    "preview": {"grouping", "model"},
    "corrections": {"grouping", "model", "planning", "reading"},
    "concluding": {
        "errors",
        "memory",
        "model",
        "planning",
        "report",
        "results",
        "sending",
        "site",
        "summary",
    },
    "site": {"settings", "errors", "model", "sending"},
    "settings": {"errors"},
    "console": {"model", "site"},
    "masking": set(),
    "memory": set(),
    "log": {"errors", "masking", "model"},
    "room": {"errors"},
    # The stages, which know none of the others.
    "reading": {"model", "errors"},
    "phones": {"buffers", "model", "sharing"},
    "grouping": {"buffers", "matching", "model"},
    "matching": set(),
    "buffers": set(),
    "sharing": set(),
    "journal": {"model", "errors"},
    "archive": {"model", "errors"},
    "lock": {"errors"},
    "api": {"model", "errors"},
    "sending": {"model", "api"},
    "results": {"buffers", "matching", "model", "grouping", "api"},
    "summary": {"model", "errors"},
    "report": {"buffers", "model", "errors", "memory", "sharing"},
    "template": {"model", "errors"},
    # It shares nothing with the client but the signature, so that the two can't be wrong together.
    "sandbox": {"api.signing", "errors"},
    "model": set(),
    "errors": set(),
}
STAGES_APART = ("reading", "phones", "journal", "api", "report")
PURE = (
    "preview",
    "sending.settling",
    "phones",
    "buffers",
    "grouping",
    "matching",
    "results",
    "summary",
    "api.signing",
    "api.codes",
    "api.reply",
    "sending.retry",
    "nightly.inbox",
    "nightly.fate",
)
IMPURE = frozenset({"asyncio", "aiohttp", "sqlite3", "time", "random"})


@dataclass(frozen=True)
class Import:
    """One imported module, by its full name, and whether only type checkers ever import it."""

    name: str
    for_types: bool


def files() -> Iterator[Path]:
    yield from sorted(PACKAGE.rglob("*.py"))


def module_of(file: Path) -> str:
    """Return a file's name within the package: `api.client`, or `api` for its `__init__`."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in files()}


def imports_of(file: Path) -> Iterator[Import]:
    """Find all imports of a file, also those inside of functions."""
    yield from _imports(ast.parse(file.read_text(encoding="utf-8")), for_types=False)


def _imports(node: ast.AST, *, for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, for_types) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert not child.level, "relative imports hide the arrows"
            yield from (Import(_target(child, alias), for_types) for alias in child.names)
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for line in child.body:
                yield from _imports(ast.Module([line], []), for_types=True)
            for line in child.orelse:
                yield from _imports(ast.Module([line], []), for_types=for_types)
        else:
            yield from _imports(child, for_types=for_types)


def _target(statement: ast.ImportFrom, alias: ast.alias) -> str:
    """Return the module that `from a import b` takes: `a.b` where that is one of ours, else `a`."""
    whole = f"{statement.module}.{alias.name}"
    return whole if whole.removeprefix("importer.") in MODULES else str(statement.module)


def arrows_of(module: str) -> Iterator[str]:
    """Return the modules of ours that a module imports, for whatever use."""
    for one in imports_of(MODULES[module]):
        if one.name.startswith("importer."):
            yield one.name.removeprefix("importer.")


def unit_of(module: str) -> str:
    """Return the line of the map that a module belongs to."""
    return module.partition(".")[0]


def allowed(target: str, by: str) -> bool:
    return any(f"{target}.".startswith(f"{one}.") for one in MAY_IMPORT.get(by, ()))


def test_every_module_has_its_place() -> None:
    """A new top-level module gets a line in the map before it imports anything."""
    assert {unit_of(module) for module in MODULES} <= set(MAY_IMPORT)


@pytest.mark.parametrize("module", MODULES)
def test_arrows(module: str) -> None:
    """A module imports what the map's last column allows its line, and its own folder."""
    unit = unit_of(module)
    wrong = [
        target
        for target in arrows_of(module)
        if unit_of(target) != unit and not allowed(target, unit)
    ]
    assert not wrong


@pytest.mark.parametrize("unit", STAGES_APART)
def test_stages_apart(unit: str) -> None:
    """Stages don't know each other: they meet in the pipeline."""
    others = set(STAGES_APART) - {unit}
    assert not others & MAY_IMPORT[unit]
    assert not [
        (module, target)
        for module in MODULES
        if unit_of(module) == unit
        for target in arrows_of(module)
        if unit_of(target) in others
    ]


def test_no_circles_of_modules() -> None:
    """No module reaches itself by its imports, those for type checkers included."""
    no_circles({module: {*arrows_of(module)} - {module} for module in MODULES})


def test_no_circles_of_units() -> None:
    """No line of the map reaches itself."""
    graph: dict[str, set[str]] = {}
    for module in MODULES:
        unit = unit_of(module)
        graph.setdefault(unit, set()).update({unit_of(one) for one in arrows_of(module)} - {unit})
    no_circles(graph)


def no_circles(graph: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("pure", PURE)
def test_pure(pure: str) -> None:
    """Pure modules import no clock, chance, network or database; neither do those they import."""
    seen: set[str] = set()
    ahead = {module for module in MODULES if f"{module}.".startswith(f"{pure}.")}
    assert ahead
    while ahead:
        module = ahead.pop()
        seen.add(module)
        for one in imports_of(MODULES[module]):
            if one.for_types:
                continue
            root = one.name.partition(".")[0]
            assert root not in IMPURE, f"{module} imports {one.name}"
            if root == "importer" and one.name != "importer":
                ahead |= {one.name.removeprefix("importer.")} - seen


def test_errors_are_caught_in_one_place() -> None:
    """Only the command line catches the errors that a user can cause; a night does by the file."""
    catchers = {
        module
        for module, file in MODULES.items()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and node.type is not None
        and "ImporterError" in ast.unparse(node.type)
    }
    assert catchers <= {"cli", "endings", "nightly.night", "doctor"}


def test_nothing_shadows_the_standard_library() -> None:
    """No top-level module has a name that Python needs for itself, such as `numbers`."""
    assert not {*MAY_IMPORT} & (sys.stdlib_module_names - {"__main__", "site"})


def test_the_reader_of_imports(tmp_path: Path) -> None:
    """The test's own eyes: imports in functions count, those for type checkers are told apart."""
    file = tmp_path / "example.py"
    file.write_text(
        "from __future__ import annotations\n"
        "import time as t, importer.errors\n"
        "from importer import model, __version__\n"
        "from importer.api.codes import ADVICE\n"
        "if TYPE_CHECKING:\n"
        "    import aiohttp\n"
        "else:\n"
        "    import sqlite3\n"
        "def function():\n"
        "    if True:\n"
        "        from importer.api import client\n"
    )
    assert [(one.name, one.for_types) for one in imports_of(file)] == [
        ("__future__", False),
        ("time", False),
        ("importer.errors", False),
        ("importer.model", False),
        ("importer", False),
        ("importer.api.codes", False),
        ("aiohttp", True),
        ("sqlite3", False),
        ("importer.api.client", False),
    ]
