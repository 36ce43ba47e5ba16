"""Tries a package's regular expressions with texts that are made to hold them up.

Run as a program it prints a line for each expression that takes too long, so that a test can give
it a bounded process of its own: one that goes back over its text again and again never returns.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import re
import sys
import time
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LENGTH = 20_000
"""Characters: what looks at each pair of them looks two hundred million times."""
SECONDS = 0.3
"""Of one look at such a text; what is linear takes a few thousandths."""
LONGEST = {
    "importer.phones.cell.": 400,
    "importer.reading.layout.content.": 500,
    "importer.countries.": 120,
}
"""Characters of the longest text that the expressions of some modules see: their own bounds."""
METHODS = frozenset(["match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"])
UNMATCHED = "\x01"
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_NOT_SPACE: "a",
    codes.CATEGORY_NOT_WORD: "-",
}


def modules(package: str) -> Iterator[str]:
    """Give the names of a package's modules, or its own if it is a module."""
    found = importlib.import_module(package)
    yield package
    if hasattr(found, "__path__"):
        for info in pkgutil.walk_packages(found.__path__, f"{package}."):
            yield info.name


def compiled(value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Give the compiled expressions that a value is or holds, with where."""
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, dict) and depth < 3:
        for key, one in value.items():
            yield from compiled(one, f"{name}[{key!r}]", depth + 1)
    elif isinstance(value, tuple | list | set | frozenset) and depth < 3:
        for at, one in enumerate(value):
            yield from compiled(one, f"{name}[{at}]", depth + 1)


def uses(module: str) -> Iterator[tuple[str, re.Pattern[Any], frozenset[str]]]:
    """Give a module's expressions, each with the methods by which the module looks with it."""
    loaded = importlib.import_module(module)
    with open(str(loaded.__file__), encoding="utf-8") as file:  # noqa: PTH123 - a module's file
        tree = ast.parse(file.read())
    methods: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            methods.setdefault(ast.unparse(node.value).partition("[")[0], set()).add(node.attr)
    for name, value in vars(loaded).items():
        for where, pattern in compiled(value, name):
            used = methods.get(name) or {"fullmatch", "search"}
            yield f"{module}.{where}", pattern, frozenset(used)
    for node in ast.walk(tree):
        called = _RE_CALL.fullmatch(ast.unparse(node.func)) if isinstance(node, ast.Call) else None
        if called and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
            pattern = re.compile(node.args[0].value)
            yield f"{module}:{node.lineno}", pattern, frozenset([called[1]])


_RE_CALL = re.compile(rf"re\.({'|'.join(METHODS)})")


def of_set(items: Any) -> str:
    """Return some characters of a class, the first of each range and kind."""
    if items and items[0][0] is codes.NEGATE:
        chars = [char for char in "a1 -;" if not _in_set(items[1:], char)]
        return "".join(chars) or "~"
    found = ""
    for kind, value in items:
        if kind is codes.LITERAL:
            found += chr(value)
        elif kind is codes.RANGE:
            found += chr(value[0])
        elif kind is codes.CATEGORY:
            found += _CATEGORIES.get(value, "")
    return found


def _in_set(items: Any, char: str) -> bool:
    for kind, value in items:
        if kind is codes.LITERAL and chr(value) == char:
            return True
        if kind is codes.RANGE and value[0] <= ord(char) <= value[1]:
            return True
        if kind is codes.CATEGORY and _CATEGORIES.get(value) == char:
            return True
    return False


def shortest(tree: Any) -> str:
    """Return a short text that an expression matches."""
    text = ""
    for kind, value in tree:
        if kind is codes.LITERAL:
            text += chr(value)
        elif kind is codes.NOT_LITERAL or kind is codes.ANY:
            text += "a"
        elif kind is codes.IN:
            text += of_set(value)[:1]
        elif kind is codes.BRANCH:
            text += shortest(value[1][0])
        elif kind is codes.SUBPATTERN:
            text += shortest(value[-1])
        elif kind in _REPEATS:
            text += shortest(value[2]) * min(value[0], 20)
        elif kind is codes.ATOMIC_GROUP:
            text += shortest(value)
    return text


_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


def pieces(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Give what can be repeated, each with a text before it that brings the match there."""
    for kind, value in tree:
        if kind is codes.IN:
            yield from ((before, char) for char in of_set(value)[:6])
        elif kind is codes.BRANCH:
            for one in value[1]:
                yield before, shortest(one)
                yield from pieces(one, before)
        elif kind in _REPEATS:
            yield before, shortest(value[2])
            yield from pieces(value[2], before)
            yield from pieces(value[2], before + shortest(value[2]))
        elif kind in _INNER:
            yield from pieces(_INNER[kind](value), before)
        else:
            yield before, shortest([(kind, value)])
        before += shortest([(kind, value)])


_INNER: dict[Any, Callable[[Any], Any]] = {
    codes.SUBPATTERN: lambda value: value[-1],
    codes.ATOMIC_GROUP: lambda value: value,
    codes.ASSERT: lambda value: value[1],
    codes.ASSERT_NOT: lambda value: value[1],
}


def texts(pattern: re.Pattern[Any], most: int) -> Iterator[str]:
    """Give texts of many repetitions: of each piece, each pair of pieces, and a whole match."""
    binary = isinstance(pattern.pattern, bytes)
    flags = pattern.flags & ~re.UNICODE if binary else pattern.flags
    tree = parser.parse(pattern.pattern, flags)
    found = [(before, unit) for before, unit in pieces(tree) if unit]
    units = list(dict.fromkeys(unit for _, unit in found))[:12]
    pairs = [("", a + b) for a, b in itertools.product(units, units) if a != b]
    alone = [("", unit) for unit in (*units, shortest(tree)) if unit]
    for before, unit in dict.fromkeys([*found, *alone, *pairs]):
        for after in ("", UNMATCHED):
            yield before[:most] + unit * ((most - len(before)) // len(unit)) + after


def look(pattern: re.Pattern[Any], method: str, text: Any) -> None:
    """Look once with an expression, by one of its methods."""
    if method in {"sub", "subn"}:
        pattern.sub(text[:0], text)
    elif method == "finditer":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, method)(text)


def slow(name: str, pattern: re.Pattern[Any], methods: frozenset[str]) -> str:
    """Return what an expression is slow at, or ""."""
    most = next((most for place, most in LONGEST.items() if name.startswith(place)), LENGTH)
    for text in texts(pattern, most):
        given: Any = (
            text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
        )
        for method in methods:
            began = time.process_time()
            look(pattern, method, given)
            if time.process_time() - began > SECONDS:
                return f"{method} of {text[:12]!r} ... {text[-3:]!r}"
    return ""


def main(*packages: str) -> None:
    """Print a line for each expression before it is tried, and what it is slow at."""
    for package in packages:
        for module in modules(package):
            for name, pattern, methods in uses(module):
                print(name, flush=True)
                if found := slow(name, pattern, methods):
                    print(f"SLOW {name}: {found}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
