"""No regular expression that sees a file's text goes back over it again and again."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.reading.patterns import slow

PACKAGES = (
    "importer.reading",
    "importer.phones",
    "importer.countries",
    "importer.masking",
    "importer.plurals",
)
START = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
except ImportError:
    pass
from tests.reading.patterns import main
main(*sys.argv[1:])
"""


def test_every_expression_is_linear() -> None:
    """Each is tried with repetitions of all that it looks for, in a process that can be ended.

    Where that process is ended, the last line that it wrote names the expression.
    """
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", START, *PACKAGES],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"ended at {lines[-1:]}: {done.stderr[-500:]}"
    assert [line for line in lines if line.startswith("SLOW")] == []
    assert sum(line.startswith("importer.reading.") for line in lines) > 40
    assert sum(line.startswith("importer.phones.") for line in lines) > 25


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\d+\.", "search"),
        (r"\s*[(\s]*x", "fullmatch"),
        (r"\s+$", "sub"),
        (r"(a|b)*?[ab]*c", "match"),
    ],
)
def test_expressions_that_go_back_are_found(pattern: str, method: str) -> None:
    """The trial tells those that take the square of a text's length."""
    assert slow("some.module", re.compile(pattern), frozenset([method]))


def test_linear_expressions_pass() -> None:
    """What looks at each character a bounded number of times is not taken for slow."""
    for pattern in (r"\d{1,9}\.", r"[^<>]*>", r"(?:ab)+c", r"\s{0,99}x"):
        assert not slow("some.module", re.compile(pattern), frozenset(["match", "fullmatch"]))
