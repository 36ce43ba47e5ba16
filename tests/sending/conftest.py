"""What the tests of sending share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sending.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.model import Group


@pytest.fixture
def stage_of(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Make a stage; its journal is closed at the end."""
    stages: list[Stage] = []

    def make(groups: list[Group], **sandbox: Any) -> Stage:
        stages.append(Stage(tmp_path / f"{len(stages)}.sqlite3", groups, **sandbox))
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()
