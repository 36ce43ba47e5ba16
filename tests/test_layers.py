"""The map of the code: floors of rooms, kept by the imports themselves."""

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
# Each floor may import from those below it; rooms on one floor do not know each other.
FLOORS = (
    {"__main__"},
    {"commands"},
    {"nightly"},
    {"batch"},
    {"context"},
    {"store"},
    {"reading", "phones", "journal", "sending", "report", "sandbox", "credentials"},
    {"api", "columns", "countries", "settings", "environment", "log"},
    {
        "__init__",
        "model",
        "errors",
        "atomic_files",
        "file_names",
        "masking",
        "accounts",
        "plurals",
        "text_lines",
        "moments",
        "results_columns",
        "excel_limits",
    },
)
# Exceptions: the sandbox shares nothing with the client but the signature.
ONLY = {"sandbox": {"api.signing", "errors"}}
# Fast paths are reached by these modules only; each may say "not mine".
FAST_PATHS = {
    "reading.xlsx.fast": {"reading.xlsx.workbook"},
    "reading.parts.fast": {"reading.parts.text_blocks"},
    "report.fast": {"report.pages"},
    "phones.bulk": {"phones.normalize", "phones.blocks", "phones.shares"},
}
PURE = (
    "phones",
    "countries",
    "columns.buffers",
    "columns.matching",
    "batch.at_vendor.comparing",
    "batch.at_vendor.tables",
    "batch.lists.changes",
    "batch.lists.difference",
    "batch.lists.rails",
    "batch.lists.terms",
    "batch.input.corrections",
    "batch.input.duplicates",
    "batch.planning.fingerprint",
    "batch.planning.forgotten_names",
    "batch.planning.gates",
    "batch.planning.grouping",
    "batch.planning.duration",
    "batch.planning.preview",
    "batch.results.line_statuses",
    "batch.results.next_step",
    "batch.results.summary",
    "sending.listing.settling",
    "sending.calls.retry",
    "accounts",
    "text_lines",
    "moments",
    "report.charts",
    "report.summary_parts",
    "report.summary_sheet",
    "api.signing",
    "api.codes",
    "api.reply",
    "nightly.folders.file_choice",
    "nightly.outcome",
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


def room_of(module: str) -> str:
    """Return the room that a module belongs to: its folder or file at the top."""
    return module.partition(".")[0]


def floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


@pytest.mark.parametrize("module", MODULES)
def test_arrows_point_down(module: str) -> None:
    """A module imports its own room and lower floors, and nothing else of ours."""
    room = room_of(module)
    wrong = [
        target
        for target in arrows_of(module)
        if room_of(target) != room
        and (
            target not in ONLY[room]
            if room in ONLY
            else floor_of(room_of(target)) <= floor_of(room)
        )
    ]
    assert not wrong


@pytest.mark.parametrize("fast", FAST_PATHS)
def test_one_way_into_a_fast_path(fast: str) -> None:
    """A fast path is reached through one module, so that the careful path stays in charge."""
    outside = {
        module
        for module in MODULES
        if not f"{module}.".startswith(f"{fast}.")
        for target in arrows_of(module)
        if f"{target}.".startswith(f"{fast}.")
    }
    assert outside <= FAST_PATHS[fast]


def test_no_circles_of_modules() -> None:
    """No module reaches itself by its imports, those for type checkers included."""
    no_circles({module: {*arrows_of(module)} - {module} for module in MODULES})


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
    assert catchers <= {
        "commands.cli",
        "commands.terminal.exits",
        "commands.doctor",
        "nightly.night",
    }


def test_nothing_shadows_the_standard_library() -> None:
    """No top-level module has a name that Python needs for itself, such as `numbers`."""
    rooms = {room_of(module) for module in MODULES}
    assert not rooms & (sys.stdlib_module_names - {"__main__"})


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
