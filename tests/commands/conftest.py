"""A desk at which the commands are tried."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.served import Operator, fast_sandbox, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.commands.desk import Desk


@pytest.fixture
def vendor() -> dict[str, Any]:
    """What the sandbox is like."""
    return {}


@pytest.fixture
def desk(operator: Operator, environment: Path, vendor: dict[str, Any]) -> Iterator[Desk]:
    """A desk whose vendor is as the test says."""
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminals of this kind")
    from tests.commands.desk import Desk

    server = fast_sandbox(**vendor)
    with running(server) as url:
        yield Desk(operator, server, url, environment)
